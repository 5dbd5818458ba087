//! Where evidence is kept: a log of its own, beside the event store.
//!
//! ```text
//!   verdicts ─┐                     ┌─ sync ─▶ answers: what was answered stays
//!   reviews ──┼─▶ keeper (a thread) ─▶ vault ─▶ log: a segment a day
//!   readers ──┘   groups jobs        └─ checkpoints ─▶ the event log, too
//! ```
//!
//! **The rule.** A job is answered only after its entries were written and the file synced; jobs that
//! wait together share one sync. Whoever reads a record is written down before it is shown. What is
//! deleted gets a tombstone first; then its segment is written anew without it.

mod keeper;
mod key_file;
mod log;
mod offline;
mod vault;

use std::path::PathBuf;

pub use keeper::{Evidence, Keeping, start};
pub use key_file::{generate, read_key};
pub use log::Log;
pub use offline::{Taken, check_store, export_offline};
pub use vault::{Found, Person, Settings, Vault};

use interval_speed::evidence::bundle::NoBundle;
use interval_speed::evidence::detection::Doubt;
use interval_speed::evidence::review::StepRefused;

/// Why the keeper would not.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// Another process has it.
    #[error("the evidence in {0} is in use by another process")]
    InUse(PathBuf),
    /// The file system would not.
    #[error("evidence: {what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// Why not.
        error: std::io::Error,
    },
    /// The key file is not as it must be.
    #[error("evidence: {0}")]
    Key(String),
    /// There is no such record, or it was deleted.
    #[error("there is no record {0}, or no longer")]
    NoRecord(u64),
    /// A step that may not be taken.
    #[error(transparent)]
    Step(#[from] StepRefused),
    /// No bundle can be made.
    #[error(transparent)]
    Bundle(#[from] NoBundle),
    /// A text that must not stand in the log.
    #[error("{0}")]
    Text(&'static str),
    /// What was handed in is no evidence.
    #[error("this is no evidence: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    NoEvidence(Vec<Doubt>),
    /// The keeper has ended, or more waits for it than it takes.
    #[error("the keeper of the evidence is closed or overloaded")]
    Closed,
}

fn io<T>(what: &std::path::Path, result: std::io::Result<T>) -> Result<T, EvidenceError> {
    result.map_err(|error| EvidenceError::Io { what: what.display().to_string(), error })
}

/// 32 random bytes of the system.
fn random() -> Result<[u8; 32], EvidenceError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| EvidenceError::Io {
        what: "random bytes".to_owned(),
        error: std::io::Error::other(error.to_string()),
    })?;
    Ok(bytes)
}
