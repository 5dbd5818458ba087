//! Digital outputs that are wired to a controller's inputs, held for as long as a command lives.
//!
//! ```text
//!   off ──call──▶ on ──the pulse is over──▶ off
//!   off ──preempt, plan──▶ on ──not renewed within the lease, release──▶ off
//! ```
//!
//! Only an admitted command raises an output; each falls by itself. All outputs of a unit are written
//! in one request, at once when one changes, and again within a third of the unit's watchdog, by
//! its profile or by what the unit says of itself, while one is on: when nobody writes any more, the unit drops them.

use hw_profiles::{CommandName, Life};
use signal::{Admitted, Command};
use units::{GroupId, JunctionId, Millis, Moment};

use crate::map::DeviceMap;
use crate::message::Request;

/// After a unit refused its outputs they are not written again for this long.
const REFUSED_WAIT: Millis = Millis(1_000);

/// What an output does where it is wired to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutputRole {
    /// It calls a group, for as long as the pulse lasts.
    Call {
        /// The group.
        group: GroupId,
        /// How long a detector would be occupied.
        pulse: Millis,
    },
    /// It raises a preempt, for as long as it is on.
    Preempt {
        /// The preempt, from 1.
        number: u8,
    },
    /// It is one bit of the number of the plan that is to run, counted from 1; all bits off let the
    /// controller choose.
    PlanBit {
        /// Which bit; 0 is the least significant.
        bit: u8,
    },
}

/// An output and where it is wired to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutputPort {
    /// The output's number in the unit, from 0.
    pub channel: u16,
    /// At which junction it acts.
    pub junction: JunctionId,
    /// What it does there.
    pub role: OutputRole,
}

#[derive(Clone, Copy, Debug)]
struct Port {
    wired: OutputPort,
    /// Until when it is on.
    until: Option<Moment>,
}

/// The outputs of one unit.
#[derive(Clone, Debug)]
pub struct Board {
    ports: Vec<Port>,
    count: usize,
    /// The longest time from one write to the next while an output is on, by the profile.
    renew: Millis,
    /// The same by the watchdog's time that the unit itself has told.
    told: Millis,
    /// What the unit was last told, and when; none where that is not known.
    written: Option<(Vec<bool>, Moment)>,
    /// Nothing is written before this moment.
    not_before: Moment,
}

impl Board {
    /// The outputs of a unit of this model, of which nothing is known.
    #[must_use]
    pub fn new(map: &DeviceMap, ports: &[OutputPort]) -> Self {
        let entry = map.profile().command(CommandName::SetOutput);
        let watched = entry.is_some_and(|entry| entry.life == Life::Watchdog);
        let timeout = Millis::from_secs_f64(map.profile().watchdog.timeout_s);
        let count = map.output_count();
        let settable = ports.iter().filter(|wired| wired.channel < count);
        Self {
            ports: settable.map(|&wired| Port { wired, until: None }).collect(),
            count: count.into(),
            renew: if watched { Millis(timeout.0 / 3) } else { Millis::MAX },
            told: Millis::MAX,
            written: None,
            not_before: Moment(i64::MIN),
        }
    }

    /// The unit has told after which time without a write it drops its outputs. One that is shorter
    /// than the profile's is kept to; else the outputs would fall and rise all the time.
    pub fn watchdog(&mut self, timeout: Millis) {
        if self.renew < Millis::MAX && timeout > Millis::ZERO {
            self.told = Millis(timeout.0 / 3);
        }
    }

    /// Takes a command for a junction.
    ///
    /// # Errors
    /// Where no output of this unit is wired for it.
    pub fn tell(
        &mut self,
        now: Moment,
        junction: JunctionId,
        command: &Admitted<Command>,
    ) -> Result<(), String> {
        let command = command.get();
        let mut wired = false;
        for port in self.ports.iter_mut().filter(|port| port.wired.junction == junction) {
            let until = match (command, port.wired.role) {
                (Command::Release, _) => None,
                (Command::Call { group }, OutputRole::Call { group: of, pulse })
                    if *group == of =>
                {
                    Some(now + pulse)
                }
                (Command::Preempt { number, lease }, OutputRole::Preempt { number: of })
                    if *number == of =>
                {
                    Some(now + *lease)
                }
                (Command::SelectPlan { plan, lease }, OutputRole::PlanBit { bit }) => {
                    let number = u16::from(plan.0) + 1;
                    (number >> bit & 1 == 1).then_some(now + *lease)
                }
                _ => continue,
            };
            wired = true;
            port.until = until;
        }
        if wired { Ok(()) } else { Err("no output of the unit is wired for it".to_owned()) }
    }

    /// When something is to be written next.
    #[must_use]
    pub fn due(&self, now: Moment) -> Moment {
        if self.ports.is_empty() {
            return Moment(i64::MAX);
        }
        let levels = self.levels(now);
        let Some((written, at)) = self.written.as_ref().filter(|(written, _)| *written == levels)
        else {
            return now.max(self.not_before);
        };
        let falls = self.ports.iter().filter_map(|port| port.until).filter(|&until| until > now);
        let renewal = written.contains(&true).then(|| *at + self.renew.min(self.told));
        falls.chain(renewal).min().unwrap_or(Moment(i64::MAX))
    }

    /// When something is to be written next to a unit that must be told nothing new: only what falls
    /// is written, and nothing is renewed.
    #[must_use]
    pub fn fall_due(&self, now: Moment) -> Moment {
        let levels = self.levels(now);
        let falls = |written: &[bool]| {
            let raises = levels.iter().zip(written).any(|(&level, &before)| level && !before);
            levels != written && !raises
        };
        let is_due = match &self.written {
            Some((written, _)) => falls(written),
            None => !self.ports.is_empty() && !levels.contains(&true),
        };
        if is_due {
            return now.max(self.not_before);
        }
        // What was never raised there does not fall either.
        let is_on = |channel: u16| {
            let level =
                |(written, _): &(Vec<bool>, Moment)| written.get(usize::from(channel)).copied();
            self.written.as_ref().is_none_or(|written| level(written).unwrap_or(false))
        };
        let raised = self.ports.iter().filter(|port| is_on(port.wired.channel));
        let ends = raised.filter_map(|port| port.until).filter(|&until| until > now);
        ends.min().map_or(Moment(i64::MAX), |end| end.max(self.not_before))
    }

    /// From when on nothing is to be raised, as things stand.
    #[must_use]
    pub fn lowered_at(&self, now: Moment) -> Moment {
        self.ports.iter().filter_map(|port| port.until).max().unwrap_or(now)
    }

    /// Whether the unit holds what it is to hold.
    #[must_use]
    pub fn is_settled(&self, now: Moment) -> bool {
        let holds = |(written, _): &(Vec<bool>, Moment)| *written == self.levels(now);
        self.ports.is_empty() || self.written.as_ref().is_some_and(holds)
    }

    /// The write that is due, and the levels that it writes.
    pub(crate) fn request(&self, map: &DeviceMap, now: Moment) -> Option<(Request, Vec<bool>)> {
        let levels = self.levels(now);
        map.encode_outputs(&levels).ok().map(|request| (request, levels))
    }

    /// The unit has taken the levels. A pulse lasts from when it was taken.
    pub fn wrote(&mut self, now: Moment, levels: Vec<bool>) {
        let before = self.written.take().map(|(before, _)| before);
        for port in &mut self.ports {
            let channel = usize::from(port.wired.channel);
            let is_on = |levels: &Vec<bool>| levels.get(channel).copied().unwrap_or(false);
            let rose = is_on(&levels) && !before.as_ref().is_some_and(is_on);
            if let (OutputRole::Call { pulse, .. }, true, Some(until)) =
                (port.wired.role, rose, port.until)
            {
                port.until = Some(until.max(now + pulse));
            }
        }
        self.written = Some((levels, now));
        self.not_before = now;
    }

    /// What the unit holds is not known any more: it has started again, or is on a new connection.
    pub fn forget(&mut self) {
        self.written = None;
    }

    /// A write failed.
    pub fn failed(&mut self, now: Moment) {
        self.written = None;
        self.not_before = now + REFUSED_WAIT;
    }

    fn levels(&self, now: Moment) -> Vec<bool> {
        let mut levels = vec![false; self.count];
        for port in &self.ports {
            if let Some(level) = levels.get_mut(usize::from(port.wired.channel)) {
                *level |= port.until.is_some_and(|until| now < until);
            }
        }
        levels
    }
}
