//! What can go wrong in the engine, in terms that do not depend on the database behind it.

use std::error::Error as StdError;

/// The underlying library's error, kept for the log.
pub(super) type Source = Box<dyn StdError + Send + Sync>;

/// A failed read or write. Messages never carry parameter values: they may be personal data or secrets.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The database could not be reached or is out of resources. Nothing was written.
    #[error("the database is unavailable: {0}")]
    Unavailable(#[source] Source),
    /// The connection was lost while a commit was under way: the write may or may not be stored. Never retried here.
    #[error("the outcome of a commit is unknown: {0}")]
    Ambiguous(#[source] Source),
    /// The database refused a statement: a defect of Stepwell or a damaged database. Nothing was written.
    #[error("the database refused a statement: {0}")]
    Refused(#[source] Source),
    /// A text parameter holds U+0000, which PostgreSQL cannot store.
    #[error("a text value holds a NUL character")]
    NulByte,
    /// The number of parameters given is not the number that the statement takes.
    #[error("a statement takes {takes} parameters and was given {given}")]
    Arity {
        /// How many the statement takes.
        takes: usize,
        /// How many were given.
        given: usize,
    },
    /// A result column is absent or of another type than the code expects.
    #[error("column {index} of a result is not {expected}")]
    Column {
        /// Position, from 0.
        index: usize,
        /// The type that was asked for.
        expected: &'static str,
    },
    /// The database cannot be used as configured; the text tells the operator what to do.
    #[error("{0}")]
    Unusable(String),
}

impl EngineError {
    /// An [`EngineError::Unavailable`] with a message in place of a library's error.
    pub(crate) fn unavailable(message: &str) -> Self {
        Self::Unavailable(message.into())
    }
}

/// A submission that was not stored (save for [`EngineError::Ambiguous`]).
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The statement at `index` changed another number of rows than it had to; everything was rolled back.
    #[error("precondition {index} does not hold")]
    Precondition {
        /// Position in the submission, from 0.
        index: usize,
    },
    /// Anything else.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
