//! When each poll group of a unit is due.

use units::Moment;

use crate::map::DeviceMap;
use crate::message::Request;

/// For each poll group, when it is due, and which of its requests is next.
#[derive(Clone, Debug)]
pub(super) struct Polls(Vec<(Moment, usize)>);

impl Polls {
    pub(super) fn new(map: &DeviceMap, now: Moment) -> Self {
        Self(map.polls().iter().map(|_| (now, 0)).collect())
    }

    /// All are due now.
    pub(super) fn start(&mut self, now: Moment) {
        self.0.fill((now, 0));
    }

    pub(super) fn due(&self) -> Moment {
        self.0.iter().map(|&(due, _)| due).min().unwrap_or(Moment(i64::MAX))
    }

    /// The most overdue group's next request, where one is due; the group's next turn is set.
    pub(super) fn next(&mut self, map: &DeviceMap, now: Moment) -> Option<(usize, usize, Request)> {
        let due = |&(index, &(due, _)): &(usize, &(Moment, usize))| (due, index);
        let (poll, &(at, part)) =
            self.0.iter().enumerate().filter(|(_, (due, _))| *due <= now).min_by_key(due)?;
        let group = &map.polls()[poll];
        let request = group.requests.get(part)?.clone();
        let last = part + 1 == group.requests.len();
        // Late by a whole period, the beat starts afresh: no burst makes up for what was missed.
        let next = if at + group.period > now { at + group.period } else { now + group.period };
        self.0[poll] = if last { (next, 0) } else { (at, part + 1) };
        Some((poll, part, request))
    }

    /// A group of which a part failed is read whole with its next turn.
    pub(super) fn set_back(&mut self, map: &DeviceMap, poll: usize, now: Moment) {
        self.0[poll] = (now + map.polls()[poll].period, 0);
    }
}
