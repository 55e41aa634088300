//! Where the value of a field comes from.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, de};

use crate::import::Order;

/// Where the value of one field comes from, and what is done to it on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Where it comes from.
    pub origin: Origin,
    /// What is done to it.
    pub steps: Steps,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// A column.
    Column(String),
    /// A text with columns in it: `{last}, {first}`.
    Template(Vec<Piece>),
    /// Always the same.
    Fixed(String),
    /// What a lookup has under the value of another source.
    Lookup {
        /// The name of the lookup.
        lookup: String,
        /// What is looked up.
        key: Box<Source>,
    },
    /// The first of these that is not empty.
    FirstOf(Vec<Source>),
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As it stands.
    Text(String),
    /// What the row has in a column.
    Column(String),
}

/// What is done to a value, in this order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Steps {
    /// What each value of the source becomes.
    pub values: BTreeMap<String, String>,
    /// What any other value becomes; without it, another value refuses the row.
    pub otherwise: Option<String>,
    /// What is taken when there is none.
    pub default: Option<String>,
    /// What is put before it, unless there is none.
    pub prefix: String,
    /// For dates: how they are written; without it, as the mapping says for all.
    pub formats: Vec<String>,
    /// For whole names: in which order.
    pub order: Order,
    /// For whole names: the given name of who has only one name.
    pub single_given: Option<String>,
}

impl Source {
    fn of(origin: Origin) -> Self {
        Self { origin, steps: Steps::default() }
    }

    /// Every column of the file itself that is read.
    pub fn columns(&self) -> Vec<&str> {
        match &self.origin {
            Origin::Column(column) => vec![column],
            Origin::Fixed(_) => Vec::new(),
            Origin::Template(pieces) => pieces.iter().filter_map(Piece::column).collect(),
            Origin::Lookup { key, .. } => key.columns(),
            Origin::FirstOf(sources) => sources.iter().flat_map(Source::columns).collect(),
        }
    }

    /// Every lookup that is asked.
    pub fn lookups(&self) -> Vec<&str> {
        match &self.origin {
            Origin::Lookup { lookup, key } => std::iter::once(lookup.as_str()).chain(key.lookups()).collect(),
            Origin::FirstOf(sources) => sources.iter().flat_map(Source::lookups).collect(),
            Origin::Column(_) | Origin::Template(_) | Origin::Fixed(_) => Vec::new(),
        }
    }

    /// Every format of dates, also of what it is made of.
    pub fn formats(&self) -> Vec<&str> {
        let inner = match &self.origin {
            Origin::FirstOf(sources) => sources.iter().flat_map(Source::formats).collect(),
            _ => Vec::new(),
        };
        self.steps.formats.iter().map(String::as_str).chain(inner).collect()
    }

    /// Whether a value that the mapping does not name becomes another.
    pub fn falls_back(&self) -> bool {
        let inner = match &self.origin {
            Origin::FirstOf(sources) => sources.iter().any(Source::falls_back),
            _ => false,
        };
        inner || self.steps.otherwise.is_some() || self.steps.default.is_some()
    }

    /// Every value that the mapping itself gives, whatever the rows hold.
    pub fn given(&self) -> Vec<&str> {
        let fixed = match &self.origin {
            Origin::Fixed(value) => vec![value.as_str()],
            Origin::FirstOf(sources) => sources.iter().flat_map(Source::given).collect(),
            _ => Vec::new(),
        };
        let Steps { default, values, otherwise, .. } = &self.steps;
        // What still passes through the values is no value yet.
        let fixed = fixed.into_iter().filter(|_| values.is_empty());
        fixed.chain(default.iter().chain(values.values()).chain(otherwise).map(String::as_str)).collect()
    }
}

impl Piece {
    fn column(&self) -> Option<&str> {
        match self {
            Self::Column(column) => Some(column),
            Self::Text(_) => None,
        }
    }
}

/// Reads `{description} ({code})`.
fn template(text: &str) -> Result<Vec<Piece>, &'static str> {
    const BRACES: &str = "a template names its columns in braces: \"{description} ({code})\"";
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (column, after) = after.split_once('}').ok_or(BRACES)?;
        if before.contains('}') || column.trim().is_empty() || column.contains('{') {
            return Err(BRACES);
        }
        pieces.extend([Piece::Text(before.to_owned()), Piece::Column(column.trim().to_owned())]);
        rest = after;
    }
    if rest.contains('}') || pieces.is_empty() {
        return Err(BRACES);
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Ok(pieces)
}

/// A source as a table; exactly one of the first five is given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    column: Option<String>,
    template: Option<String>,
    value: Option<Scalar>,
    lookup: Option<String>,
    first_of: Option<Vec<Source>>,
    key: Option<Box<Source>>,
    default: Option<Scalar>,
    #[serde(default)]
    values: BTreeMap<String, Scalar>,
    otherwise: Option<Scalar>,
    #[serde(default)]
    prefix: String,
    format: Option<OneOrMore>,
    #[serde(default)]
    order: Order,
    single_given: Option<String>,
}

impl TryFrom<Written> for Source {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        const ONE: &str =
            "a source is exactly one of `column`, `template`, `value`, `lookup` (with `key`) and `first_of`";
        let Written { column, template: text, value, lookup, first_of, key, default, values, otherwise, .. } = written;
        if lookup.is_some() != key.is_some() {
            return Err("`lookup` and `key` belong together: { lookup = \"…\", key = \"column\" }");
        }
        let origin = match (column, text, value, lookup.zip(key), first_of) {
            (Some(column), None, None, None, None) => Origin::Column(column),
            (None, Some(text), None, None, None) => Origin::Template(template(&text)?),
            (None, None, Some(value), None, None) => Origin::Fixed(value.0),
            (None, None, None, Some((lookup, key)), None) => Origin::Lookup { lookup, key },
            (None, None, None, None, Some(sources)) if !sources.is_empty() => Origin::FirstOf(sources),
            _ => return Err(ONE),
        };
        if otherwise.is_some() && values.is_empty() {
            return Err("`otherwise` says what becomes of values that are not in `values`, and there are none");
        }
        let steps = Steps {
            default: default.map(|scalar| scalar.0),
            values: values.into_iter().map(|(from, to)| (from, to.0)).collect(),
            otherwise: otherwise.map(|scalar| scalar.0),
            prefix: written.prefix,
            formats: written.format.map(|formats| formats.0).unwrap_or_default(),
            order: written.order,
            single_given: written.single_given,
        };
        Ok(Self { origin, steps })
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnySource)
    }
}

/// Text is a column, a number or a truth is itself, a table says more.
struct AnySource;

impl<'de> de::Visitor<'de> for AnySource {
    type Value = Source;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the name of a column, a number, true or false, or a table such as { value = \"…\" }")
    }
    fn visit_str<E: de::Error>(self, column: &str) -> Result<Source, E> {
        Ok(Source::of(Origin::Column(column.to_owned())))
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Source, E> {
        Ok(Source::of(Origin::Fixed(number.to_string())))
    }
    fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Source, E> {
        Ok(Source::of(Origin::Fixed(truth.to_string())))
    }
    fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Source, A::Error> {
        let written = Written::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Source::try_from(written).map_err(de::Error::custom)
    }
}

/// Text, a number or a truth, kept as the text that stands for it.
struct Scalar(String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyScalar;
        impl de::Visitor<'_> for AnyScalar {
            type Value = Scalar;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("text, a whole number, true or false")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar, E> {
                Ok(Scalar(text.to_owned()))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar(number.to_string()))
            }
            fn visit_bool<E: de::Error>(self, truth: bool) -> Result<Scalar, E> {
                Ok(Scalar(truth.to_string()))
            }
        }
        deserializer.deserialize_any(AnyScalar)
    }
}

/// One text or a list of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OneOrMore(pub Vec<String>);

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> de::Visitor<'de> for Texts {
            type Value = OneOrMore;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a text or a list of texts")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<OneOrMore, E> {
                Ok(OneOrMore(vec![text.to_owned()]))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<OneOrMore, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(list)).map(OneOrMore)
            }
        }
        deserializer.deserialize_any(Texts)
    }
}
