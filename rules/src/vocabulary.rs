//! Closed vocabularies: enums whose words are the same in code, SQL, JSON and pages.

/// Defines an enum with its words: `as_str`, `parse`, `ALL`, and the same words for serde, deserr and the schema.
///
/// An alias written `| "word"` is accepted on input and never written.
#[macro_export]
macro_rules! vocabulary {
    ($(#[$meta:meta])* $visibility:vis enum $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal $(| $alias:literal)*,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visibility enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every word, in the order of the documents.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as stored, sent and shown in URLs.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads the word, or one of its aliases.
            pub fn parse(word: &str) -> Option<Self> {
                match word { $($word $(| $alias)* => Some(Self::$variant),)+ _ => None }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, out: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                out.pad(self.as_str())
            }
        }
        impl ::std::str::FromStr for $name {
            type Err = $crate::vocabulary::NotAWord;
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Self::parse(word).ok_or_else(|| $crate::vocabulary::NotAWord::among([$($word),+]))
            }
        }
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <::std::borrow::Cow<'de, str> as ::serde::Deserialize>::deserialize(deserializer)?;
                word.parse().map_err(::serde::de::Error::custom)
            }
        }
        impl $crate::column::Field for $name {
            fn to_value(&self) -> $crate::column::Value {
                $crate::column::Value::Text(self.as_str().to_owned())
            }
            fn from_value(value: &$crate::column::Value) -> Result<Self, $crate::column::BadColumn> {
                let word = <String as $crate::column::Field>::from_value(value)?;
                Self::parse(&word).ok_or_else(|| $crate::column::BadColumn(stringify!($name).to_owned()))
            }
        }
        impl<E: ::deserr::DeserializeError> ::deserr::Deserr<E> for $name {
            fn deserialize_from_value<V: ::deserr::IntoValue>(
                value: ::deserr::Value<V>,
                location: ::deserr::ValuePointerRef<'_>,
            ) -> Result<Self, E> {
                $crate::vocabulary::read(value, location)
            }
        }
        impl ::utoipa::PartialSchema for $name {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::schema::Schema> {
                ::utoipa::openapi::ObjectBuilder::new()
                    .schema_type(::utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$($word),+]))
                    .into()
            }
        }
        impl ::utoipa::ToSchema for $name {
            fn name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}

/// A word that is not in the vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {0}")]
pub struct NotAWord(String);

impl NotAWord {
    /// The refusal that names every word that would do.
    pub fn among<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self(words.into_iter().collect::<Vec<_>>().join(", "))
    }
}

/// Reads a word of a vocabulary from a value, for the macro.
///
/// # Errors
/// The deserr error, naming every word that would do.
pub fn read<T, V, E>(value: deserr::Value<V>, location: deserr::ValuePointerRef<'_>) -> Result<T, E>
where
    T: std::str::FromStr<Err = NotAWord>,
    V: deserr::IntoValue,
    E: deserr::DeserializeError,
{
    let kind = value.kind();
    let message = match value {
        deserr::Value::String(word) => match word.parse() {
            Ok(word) => return Ok(word),
            Err(error) => error.to_string(),
        },
        _ => format!("must be text, not {}", crate::text::kind_name(kind)),
    };
    Err(deserr::take_cf_content(E::error::<V>(None, deserr::ErrorKind::Unexpected { msg: message }, location)))
}
