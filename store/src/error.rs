//! What can go wrong in a database, by kind: names of constraints differ between databases, kinds do not.

use rules::column::BadColumn;

/// A failure of the database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A unique key is taken. The caller knows which uniqueness it meant.
    #[error("a record with this key exists already")]
    Conflict,
    /// A row points to one that is not there.
    #[error("a referenced record does not exist")]
    MissingParent,
    /// A check or not-null constraint refused the row: a rule of ours let it through.
    #[error("a constraint refused the row: {0}")]
    Broken(String),
    /// Locked or serialized out; the whole action may be tried again.
    #[error("the database is busy")]
    Busy,
    /// The database can't be reached.
    #[error("the database can't be reached: {0}")]
    Unavailable(String),
    /// A write on a snapshot for reading.
    #[error("a snapshot for reading can't write")]
    ReadOnly,
    /// A statement after one that failed.
    #[error("the transaction is over: an earlier statement failed")]
    Over,
    /// The row has another version than the one that was read.
    #[error("the record has changed since it was read")]
    Stale,
    /// A column holds what it should not.
    #[error(transparent)]
    Column(#[from] BadColumn),
    /// The address of the database is of no known scheme.
    #[error("the database must be `sqlite:PATH` or `postgres://…`")]
    Address,
    /// The schema was written by a newer version of this program.
    #[error("the database has schema {found}, and this program knows {known}: use a newer program")]
    NewerSchema {
        /// What the database has.
        found: i64,
        /// What this program knows.
        known: i64,
    },
    /// A migration that was applied has been edited since.
    #[error("migration {0} was applied with another text")]
    EditedMigration(i64),
    /// A role that row-level security does not bind must not serve.
    #[error("the database role is a superuser or may bypass row-level security: use a role that can't")]
    RoleBypassesSecurity,
    /// Anything else a driver says.
    #[error("{0}")]
    Other(String),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi;
        let rusqlite::Error::SqliteFailure(failure, message) = &error else { return Self::Other(error.to_string()) };
        match failure.extended_code {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => Self::Conflict,
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Self::MissingParent,
            ffi::SQLITE_CONSTRAINT_CHECK | ffi::SQLITE_CONSTRAINT_NOTNULL | ffi::SQLITE_CONSTRAINT_DATATYPE => {
                Self::Broken(message.clone().unwrap_or_default())
            }
            code if matches!(code & 0xff, ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED) => Self::Busy,
            code if matches!(code & 0xff, ffi::SQLITE_FULL | ffi::SQLITE_IOERR | ffi::SQLITE_CANTOPEN) => {
                Self::Unavailable(error.to_string())
            }
            _ => Self::Other(error.to_string()),
        }
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        use tokio_postgres::error::SqlState;
        let Some(database) = error.as_db_error() else { return Self::Unavailable(error.to_string()) };
        match database.code() {
            state if *state == SqlState::UNIQUE_VIOLATION => Self::Conflict,
            state if *state == SqlState::FOREIGN_KEY_VIOLATION => Self::MissingParent,
            state if *state == SqlState::CHECK_VIOLATION || *state == SqlState::NOT_NULL_VIOLATION => {
                Self::Broken(database.message().to_owned())
            }
            state if *state == SqlState::T_R_SERIALIZATION_FAILURE || *state == SqlState::T_R_DEADLOCK_DETECTED => {
                Self::Busy
            }
            // Class 57: shut down, crashed, starting; class 08: connection; class 53: out of resources.
            state if ["57", "08", "53"].iter().any(|class| state.code().starts_with(class)) => {
                Self::Unavailable(database.message().to_owned())
            }
            _ => Self::Other(database.to_string()),
        }
    }
}
