//! Passages of one section become trips, and some of them verdicts.
//!
//! ```text
//!   passage ─▶ Waiting ── in the order of time ──▶ entry: inside ──────▶ exit: judged
//!              (lateness)                            │ again: the later      │ not above: forgotten
//!                                                    │ entry counts, no      │ above: held until the entry
//!                                                    ▼ evidence              ▼ expires
//!                                                  expired                 evidence, unless the plate
//!                                                                          was seen once more meanwhile
//! ```
//!
//! A verdict is given only when nothing can come any more that would change it: passages are followed in
//! the order of their time, once none can come that was before; and a trip above the limit is held for as
//! long as its vehicle would have been waited for, since a second vehicle with the same plate shows by
//! leaving after the first. Two reads of a plate that cannot be told apart from two vehicles are not
//! evidence.
//!
//! A plate is in memory from its passage until its trip is judged or expired, and nowhere else: a
//! [`Trip`] carries a keyed digest of it. What a plate alone cannot show is written in `docs/sections.md`.

mod disturbed;
mod follow;
mod rows;
mod table;
#[cfg(test)]
mod tests;
mod waiting;

use units::{Millis, WallTime};

pub use disturbed::{Disturbance, Measuring, Reason};

use crate::limits::WeatherChange;
use crate::passage::{CameraId, Passage, VehicleClass};
use crate::plate::PlateKey;
use crate::section::{Section, SectionId};
use crate::speed::place;
use crate::travel::TravelTimes;
use crate::verdict::{Doubts, Method, Verdict};

use disturbed::Disturbances;
use follow::Recent;
use rows::Rows;
use table::Table;
use waiting::{AHEAD, Waiter, Waiting};

/// The most passages that a section keeps: with 1 million inside, what waits is among them.
pub const ROWS_MAX: usize = 1 << 21;
/// Changes of the weather that are remembered: one a minute over the longest trip.
const WEATHER_MAX: usize = 512;

/// What plates are digested with for travel times; another each day, kept by nobody.
#[derive(Clone, Copy)]
pub struct StatisticsKey(pub [u8; 32]);

impl StatisticsKey {
    /// What stands for a plate in the statistics of a day.
    #[must_use]
    pub fn pseudonym(&self, plate: PlateKey) -> u64 {
        let digest = blake3::keyed_hash(&self.0, &plate.number().to_le_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&digest.as_bytes()[..8]);
        u64::from_le_bytes(first)
    }
}

impl std::fmt::Debug for StatisticsKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StatisticsKey")
    }
}

/// Why a passage is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// The section does not have this camera, or not this lane under it.
    #[error("the section has no such lane")]
    NotOurs,
    /// It lies in the future.
    #[error("it is from the future")]
    Ahead,
    /// It comes later than the section waits.
    #[error("it came too late")]
    TooLate,
    /// There is no room for it.
    #[error("the section keeps as many passages as it can")]
    NoRoom,
}

/// A trip, without its plate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Trip {
    /// The section.
    pub section: SectionId,
    /// Where it left.
    pub exit: CameraId,
    /// When it came on.
    pub entered: WallTime,
    /// How long it took.
    pub travel: Millis,
    /// What sort of vehicle.
    pub class: VehicleClass,
    /// What its two passages were matched by.
    pub method: Method,
    /// What stands for its plate today.
    pub pseudonym: u64,
}

/// What comes of passages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Somebody drove through.
    Trip(Trip),
    /// Somebody was too fast, and it is evidence.
    Evidence(Box<Verdict>),
    /// Somebody may have been too fast, and it is no evidence: why. The plate is forgotten.
    Dropped(Doubts),
    /// A plate was at both ends within less time than anybody needs: there are two of it.
    Cloned {
        /// Where it left.
        camera: CameraId,
        /// When.
        at: WallTime,
    },
}

/// Who has signed a change of the section.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Approval {
    /// Somebody whose signature was checked.
    Signed(String),
    /// Nobody.
    Unsigned,
}

/// Why a changed section is not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ChangeRefusal {
    /// Nobody has signed it. The section makes no evidence until a signed one comes.
    #[error("the change is not signed")]
    Unsigned,
    /// It is another section.
    #[error("it is section {0}")]
    OtherSection(SectionId),
    /// Its version is not a higher one.
    #[error("its version {0} is not higher than {1}")]
    Version(u32, u32),
}

/// How many of what there were.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Passages that were taken.
    pub taken: u64,
    /// Of those, without a plate.
    pub unread: u64,
    /// Of those, reads of a passage that had been read.
    pub duplicates: u64,
    /// Entries, duplicates not among them.
    pub entered: u64,
    /// Exits, duplicates not among them.
    pub left: u64,
    /// Trips by equal plates.
    pub matched: u64,
    /// Trips by plates that look alike.
    pub look_alikes: u64,
    /// Entries that nobody left after.
    pub expired: u64,
    /// Entries of plates that had come on already.
    pub entered_twice: u64,
    /// Trips that nobody can make.
    pub cloned: u64,
}

/// One section's matcher.
#[derive(Clone, Debug)]
pub struct Matcher {
    section: Section,
    expiry: Millis,
    key: StatisticsKey,
    rows: Rows,
    table: Table,
    waiting: Waiting,
    /// Passages of the second that is being followed; kept for its memory.
    opened: Vec<Waiter>,
    recent: Recent,
    weather: Vec<WeatherChange>,
    disturbances: Disturbances,
    travel: TravelTimes,
    counts: Counts,
    now: WallTime,
}

impl Matcher {
    /// The matcher of a section that begins to measure `now` and keeps at most so many passages, no
    /// more than [`ROWS_MAX`].
    #[must_use]
    pub fn new(section: Section, most: usize, key: StatisticsKey, now: WallTime) -> Self {
        let salt = u64::from_le_bytes(std::array::from_fn(|at| key.0[at]));
        let lateness = section.spec().rules.lateness;
        Self {
            expiry: section.expiry(),
            key,
            rows: Rows::new(most.min(ROWS_MAX)),
            table: Table::new(salt),
            waiting: Waiting::new(lateness, now),
            opened: Vec::new(),
            recent: Recent::default(),
            weather: Vec::new(),
            disturbances: Disturbances::new(&section),
            travel: TravelTimes::default(),
            counts: Counts::default(),
            section,
            now,
        }
    }

    /// Takes a passage that arrived `now`, after what its arrival lets out. What comes of it comes out
    /// later.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn take(
        &mut self,
        now: WallTime,
        passage: Passage,
        out: &mut Vec<Output>,
    ) -> Result<(), Refusal> {
        self.advance(now, out);
        let at = place(&passage);
        if !self.section.is_entry(at) && !self.section.is_exit(at) {
            return Err(Refusal::NotOurs);
        }
        if passage.at > self.now + AHEAD {
            return Err(Refusal::Ahead);
        }
        let is_late = passage.at < self.now + -self.section.spec().rules.lateness;
        if is_late || self.waiting.is_open(passage.at) {
            return Err(Refusal::TooLate);
        }
        let row = self.rows.keep(passage).ok_or(Refusal::NoRoom)?;
        self.disturbances.heard(&passage);
        self.counts.taken += 1;
        let (at, camera, sequence) = (passage.at, passage.camera.0, passage.sequence);
        self.waiting.push(Waiter { at, camera, sequence, row });
        Ok(())
    }

    /// Follows what nothing can come before any more, to `now`.
    pub fn advance(&mut self, now: WallTime, out: &mut Vec<Output>) {
        self.now = self.now.max(now);
        let watermark = self.now + -self.section.spec().rules.lateness;
        let mut opened = std::mem::take(&mut self.opened);
        while self.waiting.open(watermark, &mut opened) {
            for waiter in &opened {
                self.follow(waiter.row, out);
            }
        }
        opened.clear();
        self.opened = opened;
        self.expire(self.waiting.begin(), out);
    }

    /// The weather that is displayed changes.
    pub fn set_weather(&mut self, change: WeatherChange) {
        // The oldest two make one: what was before the longest trip is asked by nobody.
        if self.weather.len() >= WEATHER_MAX {
            self.weather.remove(0);
        }
        let at = self.weather.partition_point(|before| before.from <= change.from);
        self.weather.insert(at, change);
    }

    /// Something happens that trips are not evidence over.
    pub fn disturb(&mut self, disturbance: Disturbance) {
        self.disturbances.add(disturbance);
    }

    /// What has lasted for this reason is over.
    pub fn settle(&mut self, reason: &Reason, now: WallTime) {
        self.disturbances.end(reason, now);
    }

    /// A person has released a camera from quarantine.
    pub fn release(&mut self, camera: CameraId, now: WallTime) {
        self.disturbances.release(camera, now);
    }

    /// The day's key for statistics.
    pub fn rekey(&mut self, key: StatisticsKey) {
        self.key = key;
    }

    /// Takes a changed description. What is inside, waits or is held spans the change, and is no
    /// evidence.
    ///
    /// # Errors
    /// Why it is not taken; one that is not signed ends evidence until a signed one comes.
    pub fn change(
        &mut self,
        now: WallTime,
        section: Section,
        approval: &Approval,
        out: &mut Vec<Output>,
    ) -> Result<(), ChangeRefusal> {
        let (old, new) = (self.section.spec(), section.spec());
        if new.id != old.id {
            return Err(ChangeRefusal::OtherSection(new.id));
        }
        if *approval == Approval::Unsigned {
            self.disturbances.add(Disturbance::lasting(Reason::UnsignedChange, now));
            return Err(ChangeRefusal::Unsigned);
        }
        if new.version <= old.version {
            return Err(ChangeRefusal::Version(new.version, old.version));
        }
        self.disturbances.end(&Reason::UnsignedChange, now);
        // What was there is followed by the old description to its end.
        self.now = self.now.max(now);
        let all = self.now + AHEAD + Millis(1_000);
        let mut opened = Vec::new();
        while self.waiting.open(all, &mut opened) {
            for waiter in &opened {
                self.follow(waiter.row, out);
            }
        }
        self.disturbances.rewire(&section, self.now);
        self.waiting = Waiting::new(section.spec().rules.lateness, self.now);
        self.expiry = section.expiry();
        self.section = section;
        Ok(())
    }

    /// Whether it makes evidence at this instant, and why it does not.
    #[must_use]
    pub fn measuring(&self, now: WallTime) -> Measuring {
        self.disturbances.measuring(&self.section, now, &self.weather)
    }

    /// Its section.
    #[must_use]
    pub fn section(&self) -> &Section {
        &self.section
    }

    /// Its travel times.
    #[must_use]
    pub fn travel_times(&self) -> &TravelTimes {
        &self.travel
    }

    /// How many of what there were.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Passages that it keeps: waiting, inside and held.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.rows.used()
    }

    /// Passages that wait for their turn.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.count()
    }

    #[cfg(test)]
    fn rows_inside(&self) -> usize {
        usize::from(self.rows.oldest().is_some())
    }

    /// The memory that all of it takes, bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let opened = self.opened.capacity() * size_of::<Waiter>();
        self.rows.bytes() + self.table.bytes() + self.waiting.bytes() + opened
    }
}
