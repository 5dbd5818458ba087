//! The one thread that owns the store: events in, groups of them to the disk, readers served.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use tokio::sync::{broadcast, oneshot};
use units::WallTime;

use super::{EventStore, Page, Record, StoreError};
use crate::clock::steady;

/// The longest that an event waits for others to share its sync.
const GROUP: Duration = Duration::from_millis(200);
/// The wait before a failed write is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// From one line in the log about a disk that refuses events to the next: it must not fill with them.
const TELL: Duration = Duration::from_secs(60);
/// Jobs that may wait: some seconds of a city at its busiest. Beyond, events are counted as lost.
const JOBS_MAX: usize = 65_536;
/// Events that are kept while the disk refuses them.
const PENDING_MAX: usize = 65_536;
/// Events that a slow listener may be behind; beyond, it is told that it missed some.
const BEHIND_MAX: usize = 4_096;

enum Job {
    Append(Box<Record>),
    Read { after: u64, limit: usize, reply: oneshot::Sender<Result<Page, StoreError>> },
    Close,
}

/// The store, for everybody.
#[derive(Clone)]
pub struct Store {
    jobs: SyncSender<Job>,
    written: broadcast::Sender<Arc<Record>>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    last: AtomicU64,
    lost: AtomicU64,
    /// Events that the disk has refused so far.
    refused: AtomicU64,
}

/// Starts the thread of a store. It ends, with everything written, at [`Store::close`].
///
/// # Errors
/// Where the thread cannot be started.
pub fn start(
    mut store: Box<dyn EventStore>,
    now: WallTime,
) -> std::io::Result<(Store, std::thread::JoinHandle<()>)> {
    let (jobs, inbox) = sync_channel(JOBS_MAX);
    let (written, _) = broadcast::channel(BEHIND_MAX);
    let counts = Arc::new(Counts::default());
    counts.last.store(store.last(), Ordering::Relaxed);
    let handle = Store { jobs, written: written.clone(), counts: counts.clone() };
    for alarm in store.alarms() {
        tracing::error!("{alarm}");
        handle.append(Record::own(now, "store-alarm", alarm));
    }
    let writer = Writer {
        store,
        inbox,
        written,
        counts,
        pending: Vec::new(),
        due: None,
        last_at: now,
        refusals: Refusals::default(),
    };
    let thread =
        std::thread::Builder::new().name("event store".to_owned()).spawn(|| writer.run())?;
    Ok((handle, thread))
}

impl Store {
    /// Hands an event over. It never blocks: where the writer cannot keep up, the event is lost,
    /// and counted.
    pub fn append(&self, record: Record) {
        if self.jobs.try_send(Job::Append(Box::new(record))).is_err() {
            self.counts.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Up to `limit` acknowledged events after the one numbered `after`.
    ///
    /// # Errors
    /// Where they cannot be read, or the store is closed.
    pub async fn read(&self, after: u64, limit: usize) -> Result<Page, StoreError> {
        let closed = || StoreError::Database("the store is closed or overloaded".to_owned());
        let (reply, answer) = oneshot::channel();
        self.jobs.try_send(Job::Read { after, limit, reply }).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Events as they are acknowledged.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Record>> {
        self.written.subscribe()
    }

    /// The number of the last acknowledged event.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.counts.last.load(Ordering::Relaxed)
    }

    /// Events that were lost because the disk could not keep up.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.counts.lost.load(Ordering::Relaxed)
    }

    /// Events that wait because the disk refuses them.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.counts.refused.load(Ordering::Relaxed)
    }

    /// Asks the writer to write what it has and end.
    pub fn close(&self) {
        // A writer that is gone has nothing left to write.
        let _ = self.jobs.send(Job::Close);
    }
}

struct Writer {
    store: Box<dyn EventStore>,
    inbox: Receiver<Job>,
    written: broadcast::Sender<Arc<Record>>,
    counts: Arc<Counts>,
    pending: Vec<Record>,
    due: Option<Instant>,
    last_at: WallTime,
    refusals: Refusals,
}

/// Writes that the disk has refused, and when the log was last told.
#[derive(Default)]
struct Refusals {
    told: Option<Instant>,
    since: u64,
}

impl Refusals {
    /// A write was refused; how many were since the log was last told, where it is to be told now.
    fn refused(&mut self, now: Instant) -> Option<u64> {
        self.since += 1;
        if self.told.is_some_and(|told| now.saturating_duration_since(told) < TELL) {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.since))
    }
}

impl Writer {
    fn run(mut self) {
        loop {
            let wait = self.due.map_or(RETRY, |due| due.saturating_duration_since(steady()));
            match self.inbox.recv_timeout(wait) {
                Ok(Job::Append(record)) => self.take(*record),
                Ok(Job::Read { after, limit, reply }) => {
                    let page = self.store.read(after, limit);
                    if let Ok(page) = &page {
                        self.report(page);
                    }
                    // A reader that went away needs no answer.
                    let _ = reply.send(page);
                }
                Ok(Job::Close) | Err(RecvTimeoutError::Disconnected) => {
                    self.commit();
                    self.counts.lost.fetch_add(self.pending.len() as u64, Ordering::Relaxed);
                    return;
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            if self.due.is_some_and(|due| due <= steady()) {
                self.commit();
            }
        }
    }

    fn take(&mut self, record: Record) {
        self.last_at = WallTime(record.at);
        let now = steady();
        let due = if record.safety { now } else { now + GROUP };
        self.due = Some(self.due.map_or(due, |before| before.min(due)));
        if self.pending.len() >= PENDING_MAX {
            self.counts.lost.fetch_add(1, Ordering::Relaxed);
        } else {
            self.pending.push(record);
        }
    }

    fn commit(&mut self) {
        self.due = None;
        if self.pending.is_empty() {
            return;
        }
        if let Err(error) = self.store.append(&mut self.pending) {
            if let Some(refused) = self.refusals.refused(steady()) {
                let waiting = self.pending.len();
                tracing::error!("{waiting} events wait, {refused} writes were refused: {error}");
            }
            self.counts.refused.store(self.pending.len() as u64, Ordering::Relaxed);
            self.due = Some(steady() + RETRY);
            return;
        }
        self.counts.last.store(self.store.last(), Ordering::Relaxed);
        self.counts.refused.store(0, Ordering::Relaxed);
        for record in self.pending.drain(..) {
            // Nobody may be listening.
            let _ = self.written.send(Arc::new(record));
        }
    }

    /// Damaged events and segments that were moved aside become events themselves.
    fn report(&mut self, page: &Page) {
        let mut alarms = self.store.alarms();
        if !page.damaged.is_empty() {
            tracing::error!("damaged events were skipped: {:?}", page.damaged);
        }
        for alarm in alarms.drain(..) {
            tracing::error!("{alarm}");
            self.take(Record::own(self.last_at, "store-alarm", alarm));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_refuses_every_write_is_told_of_once_a_minute_with_a_count() {
        let (mut refusals, begin) = (Refusals::default(), steady());
        let at = |seconds| begin + Duration::from_secs(seconds);
        let told: Vec<_> = (0..=120).filter_map(|s| Some((s, refusals.refused(at(s))?))).collect();
        assert_eq!(told, [(0, 1), (60, 60), (120, 60)]);
    }
}
