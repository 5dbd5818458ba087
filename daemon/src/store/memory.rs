//! An event store that forgets when it is dropped, for tests.

use super::{EventStore, Page, Record, StoreError};

/// Events in memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    records: Vec<Record>,
}

impl EventStore for Memory {
    fn append(&mut self, records: &mut [Record]) -> Result<(), StoreError> {
        for record in records {
            record.sequence = self.last() + 1;
            self.records.push(record.clone());
        }
        Ok(())
    }

    fn read(&mut self, after: u64, limit: usize) -> Result<Page, StoreError> {
        let found = self.records.iter().filter(|r| r.sequence > after);
        let records: Vec<Record> = found.take(limit).cloned().collect();
        let next = records.last().map_or(after, |r| r.sequence);
        Ok(Page { records, next, damaged: Vec::new() })
    }

    fn last(&self) -> u64 {
        self.records.last().map_or(0, |record| record.sequence)
    }
}
