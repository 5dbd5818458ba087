//! The fallback ladder: when the daemon gives up a junction, and when it may come back.
//!
//! ```text
//!   Commanded ──── violation, fault, person at the cabinet, silence ───▶ Released
//!       ▲                                                                   │
//!       └── every reason gone for `settle`, and a severe one for `quarantine` ┘
//! ```
//!
//! Released means that no demand is renewed: the lease runs out and the cabinet runs its own plan.

use units::{Millis, Moment};

/// Where a junction stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Rung {
    /// The daemon may demand.
    Commanded,
    /// The cabinet runs its own plan; the daemon only watches.
    Released,
}

/// What speaks against control, at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Flags {
    /// The monitor found a severe violation in the last sample.
    pub violation: bool,
    /// The cabinet reports a fault.
    pub fault: bool,
    /// A person at the cabinet has control.
    pub local_control: bool,
    /// The read-back is too old, or there is none.
    pub silent: bool,
}

impl Flags {
    fn any(self) -> bool {
        self.violation || self.fault || self.local_control || self.silent
    }

    /// The gravest reason, in words.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self { violation: true, .. } => "the street broke the table",
            Self { fault: true, .. } => "the cabinet reports a fault",
            Self { local_control: true, .. } => "a person at the cabinet has control",
            Self { silent: true, .. } => "the read-back is too old",
            _ => "the conditions to come back are not met for long enough",
        }
    }
}

/// The times of the ladder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LadderTimes {
    /// How long every reason must be gone.
    pub settle: Millis,
    /// How long after the last violation or fault control stays released.
    pub quarantine: Millis,
}

impl Default for LadderTimes {
    fn default() -> Self {
        Self { settle: Millis::from_secs(3), quarantine: Millis::from_secs(60) }
    }
}

/// The ladder of one junction; it starts released.
#[derive(Clone, Debug)]
pub struct Ladder {
    times: LadderTimes,
    rung: Rung,
    clear_since: Option<Moment>,
    severe_at: Option<Moment>,
}

impl Ladder {
    /// A ladder that stands released until the clear conditions hold.
    #[must_use]
    pub fn new(times: LadderTimes) -> Self {
        Self { times, rung: Rung::Released, clear_since: None, severe_at: None }
    }

    /// Takes the reasons of this moment and says where the junction stands.
    pub fn update(&mut self, now: Moment, flags: Flags) -> Rung {
        if flags.violation || flags.fault {
            self.severe_at = Some(now);
        }
        if flags.any() {
            self.clear_since = None;
            self.rung = Rung::Released;
            return self.rung;
        }
        let clear_since = *self.clear_since.get_or_insert(now);
        let settled = now - clear_since >= self.times.settle;
        let served = self.severe_at.is_none_or(|at| now - at >= self.times.quarantine);
        if settled && served {
            self.rung = Rung::Commanded;
        }
        self.rung
    }

    /// Where the junction stands.
    #[must_use]
    pub fn rung(&self) -> Rung {
        self.rung
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_releases_at_once_and_clears_after_it_settled() {
        let mut ladder = Ladder::new(LadderTimes::default());
        let silent = Flags { silent: true, ..Flags::default() };
        assert_eq!(ladder.update(Moment(0), Flags::default()), Rung::Released);
        assert_eq!(ladder.update(Moment(3_000), Flags::default()), Rung::Commanded);
        assert_eq!(ladder.update(Moment(4_000), silent), Rung::Released);
        assert_eq!(ladder.update(Moment(5_000), Flags::default()), Rung::Released);
        assert_eq!(ladder.update(Moment(8_000), Flags::default()), Rung::Commanded);
    }

    #[test]
    fn a_violation_keeps_control_released_for_the_quarantine() {
        let mut ladder = Ladder::new(LadderTimes::default());
        let violation = Flags { violation: true, ..Flags::default() };
        ladder.update(Moment(0), violation);
        assert_eq!(ladder.update(Moment(59_000), Flags::default()), Rung::Released);
        assert_eq!(ladder.update(Moment(62_000), Flags::default()), Rung::Commanded);
    }
}
