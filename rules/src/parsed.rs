//! Small types that are text outside and checked inside: a zone, a short code, an NPI.

/// Gives a type with `parse(&str) -> Result<Self, Error>` and `as_text(&self) -> &str` its other faces: the column,
/// serde, deserr, `FromStr`, `Display` and the schema.
///
/// The literals are the description and the example in the schema.
#[macro_export]
macro_rules! parsed_text {
    ($name:ident, $error:ty, $description:literal, $example:literal) => {
        impl ::std::fmt::Display for $name {
            fn fmt(&self, out: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                out.pad(self.as_text())
            }
        }
        impl ::std::str::FromStr for $name {
            type Err = $error;
            fn from_str(text: &str) -> Result<Self, $error> {
                Self::parse(text)
            }
        }
        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_text())
            }
        }
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <::std::borrow::Cow<'de, str> as ::serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&text).map_err(::serde::de::Error::custom)
            }
        }
        impl<E: ::deserr::DeserializeError> ::deserr::Deserr<E> for $name {
            fn deserialize_from_value<V: ::deserr::IntoValue>(
                value: ::deserr::Value<V>,
                location: ::deserr::ValuePointerRef<'_>,
            ) -> Result<Self, E> {
                $crate::parsed::read(value, location, Self::parse)
            }
        }
        impl $crate::column::Field for $name {
            fn to_value(&self) -> $crate::column::Value {
                $crate::column::Value::Text(self.as_text().to_owned())
            }
            fn from_value(value: &$crate::column::Value) -> Result<Self, $crate::column::BadColumn> {
                let text = <String as $crate::column::Field>::from_value(value)?;
                Self::parse(&text).map_err(|error| $crate::column::BadColumn(error.to_string()))
            }
        }
        impl ::utoipa::PartialSchema for $name {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::schema::Schema> {
                ::utoipa::openapi::ObjectBuilder::new()
                    .schema_type(::utoipa::openapi::schema::Type::String)
                    .description(Some($description))
                    .examples([::serde_json::json!($example)])
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

/// Reads a checked text from a value, for the macro.
///
/// # Errors
/// The deserr error with the reason of `parse`.
pub fn read<T, V, E, B>(
    value: deserr::Value<V>,
    location: deserr::ValuePointerRef<'_>,
    parse: impl Fn(&str) -> Result<T, B>,
) -> Result<T, E>
where
    V: deserr::IntoValue,
    E: deserr::DeserializeError,
    B: std::fmt::Display,
{
    let kind = value.kind();
    let message = match value {
        deserr::Value::String(text) => match parse(&text) {
            Ok(parsed) => return Ok(parsed),
            Err(error) => error.to_string(),
        },
        _ => format!("must be text, not {}", crate::text::kind_name(kind)),
    };
    Err(deserr::take_cf_content(E::error::<V>(None, deserr::ErrorKind::Unexpected { msg: message }, location)))
}
