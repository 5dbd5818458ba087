//! The one thread that owns the vault: jobs in, groups of them to the disk, answers out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use interval_speed::evidence::bundle::{Report, Trust, verify};
use interval_speed::evidence::{Anchor, Body, Detection, Salts, State, Step};
use tokio::sync::oneshot;
use units::WallTime;

use super::EvidenceError;
use super::vault::{Found, Person, Vault};
use crate::store::{Record, Store};

/// Jobs that may wait; beyond, a detection is counted as lost and an alarm is raised.
const JOBS_MAX: usize = 4_096;
/// Jobs that share one sync at most: an answer should not wait for a whole queue.
const GROUP_MAX: usize = 512;
/// From one look at what is due to be deleted to the next, and to a checkpoint that is overdue.
const LOOK_EVERY: Duration = Duration::from_secs(600);

type Reply<T> = oneshot::Sender<Result<T, EvidenceError>>;

enum Job {
    Detect(Box<Detection>, Option<Reply<u64>>),
    Vehicle(Box<dyn FnOnce(Salts) -> Body + Send>),
    Review {
        case: u64,
        step: Step,
        who: String,
        reason: String,
        reply: Reply<State>,
    },
    Look {
        record: u64,
        person: Person,
        reply: Reply<Found>,
    },
    Export {
        case: u64,
        person: Person,
        leave_out: Vec<u16>,
        as_confirmed: bool,
        reply: Reply<Vec<u8>>,
    },
    Check {
        case: u64,
        reply: Reply<Report>,
    },
    List {
        from: u64,
        open_only: bool,
        limit: usize,
        reply: Reply<Vec<Found>>,
    },
    Keeping(Reply<Keeping>),
    Close,
}

/// What is kept, in figures.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keeping {
    /// The station's name.
    pub station: String,
    /// The fingerprint of its key.
    pub fingerprint: String,
    /// Entries of the chain.
    pub entries: u64,
    /// Detections that wait for a first or a second pair of eyes, that are confirmed and rejected, as
    /// far as they are kept.
    pub states: [usize; 4],
    /// Entries that were deleted.
    pub deleted: u64,
    /// The last checkpoint.
    pub anchor: Option<Anchor>,
}

/// The evidence, for everybody.
#[derive(Clone, Debug)]
pub struct Evidence {
    jobs: SyncSender<Job>,
    lost: Arc<AtomicU64>,
}

/// Starts the thread of a vault. It ends, with everything written, at [`Evidence::close`].
///
/// # Errors
/// Where the thread cannot be started.
pub fn start(
    vault: Vault,
    alarms: Vec<String>,
    events: Store,
    now: impl Fn() -> WallTime + Send + 'static,
) -> std::io::Result<(Evidence, std::thread::JoinHandle<()>)> {
    let (jobs, inbox) = sync_channel(JOBS_MAX);
    let lost = Arc::new(AtomicU64::new(0));
    let keeper = Keeper { vault, inbox, events, now: Box::new(now) };
    for alarm in alarms {
        keeper.tell("evidence-alarm", alarm);
    }
    let thread =
        std::thread::Builder::new().name("evidence".to_owned()).spawn(move || keeper.run())?;
    Ok((Evidence { jobs, lost }, thread))
}

impl Evidence {
    /// Hands a detection over without waiting. Where the keeper cannot keep up it is lost, and
    /// counted: see [`Evidence::lost`].
    pub fn hand_over(&self, detection: Detection) {
        if self.jobs.try_send(Job::Detect(Box::new(detection), None)).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Hands over what a key vehicle did, as the fields of an entry.
    pub fn hand_over_vehicle(&self, fields: impl FnOnce(Salts) -> Body + Send + 'static) {
        if self.jobs.try_send(Job::Vehicle(Box::new(fields))).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Detections that were lost because the keeper could not keep up.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Keeps a detection; its index, once it is safe.
    ///
    /// # Errors
    /// Why it is no evidence, or that the disk would not.
    pub async fn detect(&self, detection: Detection) -> Result<u64, EvidenceError> {
        self.ask(|reply| Job::Detect(Box::new(detection), Some(reply))).await
    }

    /// Takes a step of a review; where the case stands then.
    ///
    /// # Errors
    /// Where there is no such case, or the step may not be taken.
    pub async fn review(
        &self,
        case: u64,
        step: Step,
        who: String,
        reason: String,
    ) -> Result<State, EvidenceError> {
        self.ask(|reply| Job::Review { case, step, who, reason, reply }).await
    }

    /// A record; that somebody looked is written before.
    ///
    /// # Errors
    /// Where there is none, or the disk would not.
    pub async fn look(&self, record: u64, person: Person) -> Result<Found, EvidenceError> {
        self.ask(|reply| Job::Look { record, person, reply }).await
    }

    /// The bundle of a case; that somebody took it out is written before.
    ///
    /// # Errors
    /// Why there can be none, or that the disk would not.
    pub async fn export(
        &self,
        case: u64,
        person: Person,
        leave_out: Vec<u16>,
        as_confirmed: bool,
    ) -> Result<Vec<u8>, EvidenceError> {
        self.ask(|reply| Job::Export { case, person, leave_out, as_confirmed, reply }).await
    }

    /// Checks a case as whoever has its bundle would.
    ///
    /// # Errors
    /// Where there is none, or the disk would not.
    pub async fn check(&self, case: u64) -> Result<Report, EvidenceError> {
        self.ask(|reply| Job::Check { case, reply }).await
    }

    /// Up to `limit` detections from an index on, those alone that wait for somebody or all. Whoever
    /// shows them leaves out what is sealed: then no access need be written.
    ///
    /// # Errors
    /// Where the disk would not.
    pub async fn list(
        &self,
        from: u64,
        open_only: bool,
        limit: usize,
    ) -> Result<Vec<Found>, EvidenceError> {
        self.ask(|reply| Job::List { from, open_only, limit, reply }).await
    }

    /// What is kept, in figures.
    ///
    /// # Errors
    /// Where the keeper has ended.
    pub async fn keeping(&self) -> Result<Keeping, EvidenceError> {
        self.ask(Job::Keeping).await
    }

    /// Asks the keeper to write what it has and end.
    pub fn close(&self) {
        // A keeper that is gone has nothing left to write.
        let _ = self.jobs.send(Job::Close);
    }

    async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, EvidenceError> {
        let (reply, answer) = oneshot::channel();
        self.jobs.try_send(job(reply)).map_err(|_| EvidenceError::Closed)?;
        answer.await.map_err(|_| EvidenceError::Closed)?
    }
}

struct Keeper {
    vault: Vault,
    inbox: Receiver<Job>,
    events: Store,
    now: Box<dyn Fn() -> WallTime + Send>,
}

/// What is to be answered once what was staged is safe.
type After = Box<dyn FnOnce(&Vault, Result<(), &EvidenceError>)>;

impl Keeper {
    fn run(mut self) {
        self.look();
        loop {
            let first = match self.inbox.recv_timeout(LOOK_EVERY) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => {
                    self.look();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => Job::Close,
            };
            if self.group(first) {
                let now = (self.now)();
                let written = self.vault.checkpoint(now);
                self.told(written);
                return;
            }
        }
    }

    /// Does a job and those that wait behind it, with one sync; true where it is to end.
    fn group(&mut self, first: Job) -> bool {
        let now = (self.now)();
        let mut after = Vec::new();
        let mut next = Some(first);
        let mut end = false;
        while let Some(job) = next.take() {
            if matches!(job, Job::Close) {
                end = true;
                break;
            }
            after.extend(self.stage(job, now));
            if after.len() < GROUP_MAX {
                next = self.inbox.try_recv().ok();
            }
        }
        let written = self.vault.commit(now);
        let outcome = written.as_ref().map(|_| ());
        for answer in after {
            answer(&self.vault, outcome);
        }
        self.told(written);
        end
    }

    /// Stages what a job writes; what is to be answered then.
    fn stage(&mut self, job: Job, now: WallTime) -> Option<After> {
        let vault = &mut self.vault;
        match job {
            Job::Detect(detection, reply) => {
                let staged = vault.detect(&detection, now);
                if let (Err(why), None) = (&staged, &reply) {
                    self.tell("evidence-refused", why.to_string());
                }
                Some(answer(reply?, staged, |_, index| Ok(index)))
            }
            Job::Vehicle(fields) => {
                if let Err(why) = vault.vehicle(fields, now) {
                    self.tell("evidence-refused", why.to_string());
                }
                None
            }
            Job::Review { case, step, who, reason, reply } => {
                let staged = vault.review(case, step, &who, &reason, now);
                if let Ok(state) = &staged {
                    self.tell("evidence-review", format!("record {case} is {state}, by {who}"));
                }
                Some(answer(reply, staged, |_, state| Ok(state)))
            }
            Job::Look { record, person, reply } => {
                let staged = vault.access(record, "look", &person, now);
                Some(answer(reply, staged, move |vault, _| vault.show(record)))
            }
            Job::Export { case, person, leave_out, as_confirmed, reply } => {
                let deed = if as_confirmed { "export as confirmed" } else { "export for review" };
                let may =
                    interval_speed::evidence::bundle::range(vault.cases(), case, as_confirmed);
                let staged = match may {
                    Ok(_) => vault.access(case, deed, &person, now),
                    Err(why) => Err(why.into()),
                };
                Some(answer(reply, staged, move |vault, _| {
                    vault.bundle(case, &person, &leave_out, as_confirmed, now)
                }))
            }
            Job::Check { case, reply } => {
                Some(answer(reply, Ok(()), move |vault, ()| check(vault, case, now)))
            }
            Job::List { from, open_only, limit, reply } => {
                Some(answer(reply, Ok(()), move |vault, ()| list(vault, from, open_only, limit)))
            }
            Job::Keeping(reply) => Some(answer(reply, Ok(()), |vault, ()| Ok(keeping(vault)))),
            Job::Close => None,
        }
    }

    /// What is due: deletions, and a checkpoint after entries that wait for one.
    fn look(&mut self) {
        let now = (self.now)();
        match self.vault.retain(now) {
            Ok(0) => {}
            Ok(count) => {
                self.tell("evidence-deleted", format!("{count} entries, each with its tombstone"));
                if let Some(anchor) = self.vault.anchor() {
                    self.tell("evidence-checkpoint", anchor.to_string());
                }
            }
            Err(error) => self.tell("evidence-alarm", error.to_string()),
        }
        let written = self.vault.commit(now);
        self.told(written);
    }

    /// A checkpoint goes into the event log too: who cuts the tail of one must cut both.
    fn told(&self, written: Result<Option<Anchor>, EvidenceError>) {
        match written {
            Ok(Some(anchor)) => self.tell("evidence-checkpoint", anchor.to_string()),
            Ok(None) => {}
            Err(error) => self.tell("evidence-alarm", error.to_string()),
        }
    }

    fn tell(&self, kind: &str, text: String) {
        if kind == "evidence-alarm" {
            tracing::error!("{text}");
        }
        self.events.append(Record::own((self.now)(), kind, text));
    }
}

/// Answers with what comes of `then`, or why it was not staged or not written. Whoever went away
/// needs no answer.
fn answer<S: 'static, T: Send + 'static>(
    reply: Reply<T>,
    staged: Result<S, EvidenceError>,
    then: impl FnOnce(&Vault, S) -> Result<T, EvidenceError> + 'static,
) -> After {
    Box::new(move |vault, written| {
        let outcome = match (staged, written) {
            (Err(why), _) => Err(why),
            (Ok(_), Err(error)) => {
                let error = std::io::Error::other(error.to_string());
                Err(EvidenceError::Io { what: "it was not written".to_owned(), error })
            }
            (Ok(staged), Ok(())) => then(vault, staged),
        };
        let _ = reply.send(outcome);
    })
}

fn check(vault: &Vault, case: u64, now: WallTime) -> Result<Report, EvidenceError> {
    let purpose = "a check by the station itself".to_owned();
    let person = Person { who: vault.settings().station.clone(), purpose };
    let bytes = vault.bundle(case, &person, &[], false, now)?;
    let anchors: Vec<Anchor> = vault.anchor().into_iter().collect();
    let last = vault.anchor().filter(|anchor| anchor.index >= case);
    let known = last.map_or(&[][..], |_| &anchors);
    Ok(verify(&bytes, &Trust::Fingerprint(vault.fingerprint()), known))
}

fn list(
    vault: &Vault,
    from: u64,
    open_only: bool,
    limit: usize,
) -> Result<Vec<Found>, EvidenceError> {
    let wanted = vault.cases().detections(from);
    let wanted = wanted.filter(|(_, case)| !open_only || case.state.is_open()).take(limit);
    wanted.map(|(index, _)| vault.show(index)).collect()
}

fn keeping(vault: &Vault) -> Keeping {
    let mut states = [0; 4];
    for (_, case) in vault.cases().detections(0) {
        let place = match case.state {
            State::Detected => 0,
            State::Seen { .. } => 1,
            State::Confirmed => 2,
            State::Rejected => 3,
        };
        states[place] += 1;
    }
    Keeping {
        station: vault.settings().station.clone(),
        fingerprint: vault.fingerprint(),
        entries: vault.head().next,
        states,
        deleted: vault.cases().counts().1,
        anchor: vault.anchor(),
    }
}
