//! One struct, one table: the column list, the row mapping and the values come from one definition.

use rules::column::{Field, Value};

use crate::{Error, Row};

/// A table's record, keyed by organization and id, with a version.
pub trait Record: Sized {
    /// The type of its id.
    type Id: Field + Copy + std::fmt::Display;
    /// The table.
    const TABLE: &'static str;
    /// Every column but the organization, separated by commas, in the order of [`Record::values`].
    const COLUMNS: &'static str;

    /// The id.
    fn id(&self) -> Self::Id;
    /// The version: 1 when created, one more with each change.
    fn version(&self) -> i64;
    /// Sets the version and the instant of the change, for the door.
    fn touch(&mut self, version: i64, now: jiff::Timestamp);
    /// Reads a row of [`Record::COLUMNS`].
    ///
    /// # Errors
    /// [`Error::Column`] when a column holds what it should not.
    fn from_row(row: &Row) -> Result<Self, Error>;
    /// The values in the order of [`Record::COLUMNS`].
    fn values(&self) -> Vec<Value>;
}

/// How long names are without the `r#` of those that are also words of Rust.
#[doc(hidden)]
pub const fn plain_length(names: &str) -> usize {
    let bytes = names.as_bytes();
    let (mut at, mut length) = (0, 0);
    while at < bytes.len() {
        at += if is_raw(bytes, at) { 2 } else { 0 };
        at += 1;
        length += 1;
    }
    length
}

/// Names without the `r#` of those that are also words of Rust: a column is called `type`, not `r#type`.
#[doc(hidden)]
pub const fn plain<const LENGTH: usize>(names: &str) -> [u8; LENGTH] {
    let bytes = names.as_bytes();
    let mut answer = [b' '; LENGTH];
    let (mut at, mut length) = (0, 0);
    while at < bytes.len() {
        at += if is_raw(bytes, at) { 2 } else { 0 };
        answer[length] = bytes[at];
        at += 1;
        length += 1;
    }
    answer
}

const fn is_raw(bytes: &[u8], at: usize) -> bool {
    at + 1 < bytes.len() && bytes[at] == b'r' && bytes[at + 1] == b'#'
}

/// Defines a record: a struct that is a table's row and the JSON of the API at once.
///
/// Adds `id` before and `version`, `created_by_user`, `created_at`, `updated_at` after the named columns.
/// Types must be [`Field`]s; the caller's crate must have `serde` and `utoipa`.
#[macro_export]
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $name:ident($id:ty) in $table:literal {
            $( $(#[$field_meta:meta])* pub $field:ident: $kind:ty, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize, ::utoipa::ToSchema)]
        pub struct $name {
            /// The id.
            pub id: $id,
            $( $(#[$field_meta])* pub $field: $kind, )*
            /// 1 when created, one more with each change; send it back in `If-Match`.
            pub version: i64,
            /// The user who created the record; none when a program or the system did.
            pub created_by_user: Option<::rules::id::UserId>,
            /// When the record was created.
            pub created_at: ::jiff::Timestamp,
            /// When the record was last changed.
            pub updated_at: ::jiff::Timestamp,
        }

        impl $crate::Record for $name {
            type Id = $id;
            const TABLE: &'static str = $table;
            const COLUMNS: &'static str = {
                const NAMES: &str = concat!(
                    "id, ", $( stringify!($field), ", ", )* "version, created_by_user, created_at, updated_at"
                );
                const PLAIN: [u8; $crate::plain_length(NAMES)] = $crate::plain(NAMES);
                match ::std::str::from_utf8(&PLAIN) {
                    Ok(names) => names,
                    Err(_) => NAMES,
                }
            };

            fn id(&self) -> $id {
                self.id
            }
            fn version(&self) -> i64 {
                self.version
            }
            fn touch(&mut self, version: i64, now: ::jiff::Timestamp) {
                self.version = version;
                self.updated_at = now;
            }
            fn from_row(row: &$crate::Row) -> Result<Self, $crate::Error> {
                let mut position = 0..;
                let mut next = || position.next().unwrap_or_default();
                Ok(Self {
                    id: row.at(next())?,
                    $( $field: row.at(next())?, )*
                    version: row.at(next())?,
                    created_by_user: row.at(next())?,
                    created_at: row.at(next())?,
                    updated_at: row.at(next())?,
                })
            }
            fn values(&self) -> Vec<$crate::Value> {
                vec![
                    (&self.id).into(),
                    $( (&self.$field).into(), )*
                    (&self.version).into(),
                    (&self.created_by_user).into(),
                    (&self.created_at).into(),
                    (&self.updated_at).into(),
                ]
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_without_rusts_escape() {
        const NAMES: &str = "id, r#type, or, r#for";
        const PLAIN: [u8; plain_length(NAMES)] = plain(NAMES);
        assert_eq!(std::str::from_utf8(&PLAIN), Ok("id, type, or, for"));
    }
}
