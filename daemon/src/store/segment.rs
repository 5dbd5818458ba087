//! One segment: a directory that holds one database. The only file that names sled.
//!
//! What is known of sled 0.34.7 and answered here: its `flush` is no fsync on Linux (an own
//! `sync_all` follows); a new database is not settled (everything is synced before the first
//! acknowledgement); it can panic on damaged files (caught where panics unwind; see `disk` for where
//! they abort); its cache setting is exceeded severalfold (so it is small).

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::StoreError;

const CACHE_BYTES: u64 = 16 << 20;

/// An open segment.
#[derive(Debug)]
pub(super) struct Segment {
    database: sled::Db,
    file: File,
    path: PathBuf,
}

/// Runs what may panic inside the database, and makes an error of it.
fn guarded<T>(act: impl FnOnce() -> sled::Result<T>) -> Result<T, StoreError> {
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(result) => result.map_err(|error| StoreError::Database(error.to_string())),
        Err(_) => Err(StoreError::Database("the database panicked".to_owned())),
    }
}

fn io(what: &Path) -> impl FnOnce(std::io::Error) -> StoreError {
    let what = what.display().to_string();
    move |error| StoreError::Io { what, error }
}

/// Makes a directory and all in it durable.
pub(super) fn sync_tree(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).map_err(io(path))? {
            sync_tree(&entry.map_err(io(path))?.path())?;
        }
    }
    File::open(path).and_then(|file| file.sync_all()).map_err(io(path))
}

impl Segment {
    /// Opens the segment in the directory `path`, or begins it there.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let fresh = !path.join("db").exists();
        let config =
            sled::Config::new().path(path).cache_capacity(CACHE_BYTES).flush_every_ms(None);
        let database = guarded(|| config.open())?;
        if fresh {
            guarded(|| database.flush())?;
            sync_tree(path)?;
            if let Some(parent) = path.parent() {
                File::open(parent).and_then(|file| file.sync_all()).map_err(io(parent))?;
            }
        }
        let db = path.join("db");
        let file = File::open(&db).map_err(io(&db))?;
        Ok(Self { database, file, path: path.to_owned() })
    }

    /// Writes rows and returns when they are safe. Keys are big-endian: their order is the events'.
    pub(super) fn write(&self, rows: &[(u64, Vec<u8>)]) -> Result<(), StoreError> {
        guarded(|| {
            let mut batch = sled::Batch::default();
            for (sequence, bytes) in rows {
                batch.insert(&sequence.to_be_bytes(), bytes.as_slice());
            }
            self.database.apply_batch(batch)?;
            self.database.flush()
        })?;
        self.file.sync_all().map_err(io(&self.path))
    }

    /// Up to `limit` rows after `after`.
    pub(super) fn read(&self, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        let Some(first) = after.checked_add(1) else { return Ok(Vec::new()) };
        guarded(|| {
            let rows = self.database.range(first.to_be_bytes()..).take(limit);
            rows.map(|row| row.map(|(key, value)| (number(&key), value.to_vec()))).collect()
        })
    }

    /// The number of its last row.
    pub(super) fn last(&self) -> Result<Option<u64>, StoreError> {
        guarded(|| Ok(self.database.last()?.map(|(key, _)| number(&key))))
    }
}

/// A key that is not eight bytes long is not ours; 0 is read by nobody.
fn number(key: &[u8]) -> u64 {
    key.try_into().map_or(0, u64::from_be_bytes)
}
