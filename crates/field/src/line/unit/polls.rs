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

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> DeviceMap {
        DeviceMap::new(hw_profiles::builtin("open-stage-controller").expect("it ships"))
    }

    /// The groups of the requests that are due, each served in no time, until `end`.
    fn served(polls: &mut Polls, map: &DeviceMap, mut now: Moment, end: Moment) -> Vec<usize> {
        let mut groups = Vec::new();
        while now < end {
            match polls.next(map, now) {
                Some((poll, _, _)) => groups.push(poll),
                None => now = polls.due(),
            }
        }
        groups
    }

    #[test]
    fn every_group_has_its_beat_and_its_parts_follow_each_other() {
        let map = map();
        let mut polls = Polls::new(&map, Moment(0));
        let groups = served(&mut polls, &map, Moment(0), Moment(20_000));
        let count = |of: usize| groups.iter().filter(|&&group| group == of).count();
        let parts = |of: usize| map.polls()[of].requests.len();
        assert_eq!((count(0), count(1)), (2 * parts(0), 20 * parts(1)));
        assert_eq!(count(2), 20 * parts(2));
        let first = groups.iter().position(|&group| group == 2).expect("detectors");
        assert_eq!(groups[first..first + parts(2)], vec![2; parts(2)], "in one go");
    }

    #[test]
    fn what_was_missed_is_not_made_up_for() {
        let map = map();
        let mut polls = Polls::new(&map, Moment(0));
        served(&mut polls, &map, Moment(0), Moment(5_000));
        // The line was away for a minute.
        let groups = served(&mut polls, &map, Moment(65_000), Moment(65_001));
        assert_eq!(groups.iter().filter(|&&group| group == 1).count(), 1);
        assert!(polls.due() > Moment(65_000));
    }

    #[test]
    fn a_group_that_failed_in_the_middle_is_read_whole_with_its_next_turn() {
        let map = map();
        let mut polls = Polls::new(&map, Moment(0));
        while polls.next(&map, Moment(0)).is_some_and(|(poll, _, _)| poll != 2) {}
        polls.set_back(&map, 2, Moment(300));
        let groups = served(&mut polls, &map, Moment(300), Moment(1_250));
        assert!(!groups.contains(&2), "{groups:?}");
        let (poll, part, _) = polls.next(&map, Moment(1_300)).expect("due");
        assert_eq!((poll, part), (2, 0));
    }
}
