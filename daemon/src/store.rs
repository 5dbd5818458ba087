//! The event store: what has happened, in order, on the disk.
//!
//! **The flush rule.** An event is *acknowledged* when it is shown: by `/api/v1/events`, by the
//! stream, by a cursor. It is shown only after it was written, flushed, and the file synced with an
//! own `fsync`, because the database's flush is none. Events are written in groups, at the latest
//! 200 ms after the first of a group, and at once where the first is one of safety. What was
//! acknowledged survives `kill -9` and a power cut; what was not may be lost.
//!
//! **Bounds.** A segment is one directory, begun each day or when it has grown large; retention
//! deletes whole directories, because the database never shrinks. A segment that does not open is
//! moved into `aside/`, which raises an alarm event, and a fresh one is begun; its numbers begin far
//! beyond the last, so that no cursor is ever used twice.
//!
//! **Format.** `FORMAT` holds the version; an older one is migrated, a newer one is refused.

mod codec;
mod disk;
mod memory;
mod segment;
mod writer;

use std::path::PathBuf;

use units::WallTime;

pub use disk::Disk;
pub use memory::Memory;
pub use writer::{Store, start};

/// The kinds of events that the daemon writes of itself, beside those of the engine.
pub const OWN_KINDS: &[&str] = &[
    "started",
    "stopped",
    "clock-step",
    "reload",
    "reload-refused",
    "store-alarm",
    "account",
    "sign-in",
    "evidence-alarm",
    "evidence-checkpoint",
    "evidence-deleted",
    "evidence-refused",
    "evidence-review",
    "what-if",
    "alarm",
    "corridor-audit",
    "terminal",
    "notice-lost",
    "key-vehicles",
];

/// One event as it is kept. Names, not ids: a reload renumbers.
#[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Its place in the order of all; a cursor. 0 until it is written.
    pub sequence: u64,
    /// When, Unix milliseconds.
    pub at: i64,
    /// What kind of event.
    pub kind: String,
    /// At which junction.
    pub junction: Option<String>,
    /// With which device.
    pub device: Option<String>,
    /// The Indiana high-resolution code and its parameter.
    pub indiana: Option<(u16, u16)>,
    /// What has happened, in words.
    pub text: String,
    /// Whether it must be on the disk at once.
    pub safety: bool,
}

impl Record {
    /// An event of the daemon itself, which concerns no junction.
    #[must_use]
    pub fn own(at: WallTime, kind: &str, text: impl Into<String>) -> Self {
        Self {
            sequence: 0,
            at: at.0,
            kind: kind.to_owned(),
            junction: None,
            device: None,
            indiana: None,
            text: text.into(),
            safety: true,
        }
    }
}

impl Record {
    /// The same of something that concerns no safety: it may wait for others to be written.
    #[must_use]
    pub fn told(at: WallTime, kind: &str, text: impl Into<String>) -> Self {
        Self { safety: false, ..Self::own(at, kind, text) }
    }
}

/// Why the store would not.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it.
    #[error("the event store {0} is in use by another process")]
    InUse(PathBuf),
    /// A newer version wrote it.
    #[error("the event store has format {found}, this version knows up to {known}")]
    Newer {
        /// Its version.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// The file system would not.
    #[error("event store: {what}: {error}")]
    Io {
        /// What was tried.
        what: String,
        /// Why not.
        error: std::io::Error,
    },
    /// The database would not.
    #[error("event store: {0}")]
    Database(String),
}

/// What a reading brought.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Page {
    /// The events, in order.
    pub records: Vec<Record>,
    /// Where to read on: beyond the last event that was read or skipped.
    pub next: u64,
    /// Events whose bytes were damaged: skipped.
    pub damaged: Vec<u64>,
}

/// Where events are kept. One owner; see [`Store`] for many.
pub trait EventStore: Send {
    /// Numbers the events, writes them, and returns when they are safe.
    ///
    /// # Errors
    /// Where they are not; none of them counts as written then.
    fn append(&mut self, records: &mut [Record]) -> Result<(), StoreError>;

    /// Up to `limit` events after the one numbered `after`.
    ///
    /// # Errors
    /// Where they cannot be read; damaged events are no error.
    fn read(&mut self, after: u64, limit: usize) -> Result<Page, StoreError>;

    /// The number of the last event; 0 where there is none.
    fn last(&self) -> u64;

    /// What had to be done to open it, each an alarm.
    fn alarms(&mut self) -> Vec<String> {
        Vec::new()
    }
}
