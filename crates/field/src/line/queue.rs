//! Commands that wait for their turn on a line.

use std::collections::VecDeque;

use signal::{Admitted, Command};
use units::Moment;

/// Commands that may wait on one line: ten units with a demand each second, some seconds long.
const COMMANDS_MAX: usize = 256;

#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) unit: usize,
    pub(super) command: Admitted<Command>,
    pub(super) deadline: Moment,
    pub(super) tag: u64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Queue(VecDeque<Waiting>);

impl Queue {
    /// Takes a command, and gives back those whose place it takes.
    ///
    /// # Errors
    /// The command itself, where too many wait.
    pub(super) fn push(&mut self, new: Waiting) -> Result<Vec<Waiting>, Waiting> {
        let replaced = |old: &Waiting| old.unit == new.unit && supersedes(&new, old);
        let place = self.0.iter().position(replaced);
        let mut superseded = Vec::new();
        while let Some(at) = self.0.iter().position(replaced) {
            superseded.extend(self.0.remove(at));
        }
        match place {
            // It keeps the turn of what it replaces.
            Some(at) => self.0.insert(at, new),
            None if self.0.len() < COMMANDS_MAX => self.0.push_back(new),
            None => return Err(new),
        }
        Ok(superseded)
    }

    /// The first command that may go.
    pub(super) fn take(&mut self, may_go: impl Fn(&Waiting) -> bool) -> Option<Waiting> {
        let at = self.0.iter().position(may_go)?;
        self.0.remove(at)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.0.iter()
    }

    /// When the first becomes too old.
    pub(super) fn deadline(&self) -> Option<Moment> {
        self.0.iter().map(|waiting| waiting.deadline).min()
    }
}

/// Whether a command makes an older one for the same unit pointless: it sets the same thing, or it
/// is a release, which ends whatever the older one would begin.
fn supersedes(new: &Waiting, old: &Waiting) -> bool {
    match (new.command.get(), old.command.get()) {
        (Command::Call { group }, Command::Call { group: other }) => group == other,
        (Command::Release, Command::SetClock(_)) => false,
        (Command::Release, _) => true,
        (new, old) => std::mem::discriminant(new) == std::mem::discriminant(old),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use units::{GroupId, Millis, PlanId, StageId, WallTime};

    use super::*;
    use crate::admitted::admitted;

    const LEASE: Millis = Millis(5_000);

    /// Commands of every kind, by a number.
    fn command(kind: usize) -> Command {
        match kind {
            0 => Command::DemandStage { stage: StageId(0), lease: LEASE },
            1 => Command::DemandStage { stage: StageId(1), lease: LEASE },
            2 => Command::SelectPlan { plan: PlanId(0), lease: LEASE },
            3 => Command::Preempt { number: 1, lease: LEASE },
            4 => Command::Call { group: GroupId(0) },
            5 => Command::Call { group: GroupId(1) },
            6 => Command::SetClock(WallTime(1)),
            _ => Command::Release,
        }
    }

    fn waiting(unit: usize, kind: usize, tag: u64) -> Waiting {
        Waiting { unit, command: admitted(command(kind)), deadline: Moment(tag as i64), tag }
    }

    #[test]
    fn each_kind_makes_way_for_its_own_kind_and_all_that_holds_for_a_release() {
        // Whether the newer, a row, takes the place of the older, a column.
        let table = [
            [1, 1, 0, 0, 0, 0, 0, 0],
            [1, 1, 0, 0, 0, 0, 0, 0],
            [0, 0, 1, 0, 0, 0, 0, 0],
            [0, 0, 0, 1, 0, 0, 0, 0],
            [0, 0, 0, 0, 1, 0, 0, 0],
            [0, 0, 0, 0, 0, 1, 0, 0],
            [0, 0, 0, 0, 0, 0, 1, 0],
            [1, 1, 1, 1, 1, 1, 0, 1],
        ];
        for (new, row) in table.iter().enumerate() {
            for (old, &expected) in row.iter().enumerate() {
                let mut queue = Queue::default();
                assert!(queue.push(waiting(3, old, 1)).is_ok_and(|gone| gone.is_empty()));
                let gone = queue.push(waiting(3, new, 2)).expect("room");
                let (new, old) = (command(new), command(old));
                assert_eq!(gone.len(), expected, "{new:?} after {old:?}");
                assert_eq!(queue.iter().count(), 2 - expected, "{new:?} after {old:?}");
                // Another unit's is another matter.
                let mut queue = Queue::default();
                assert!(queue.push(waiting(3, 0, 1)).is_ok());
                assert!(queue.push(waiting(4, 0, 2)).is_ok_and(|gone| gone.is_empty()));
            }
        }
    }

    #[test]
    fn the_first_that_may_go_goes_and_the_oldest_deadline_is_known() {
        let mut queue = Queue::default();
        for (unit, tag) in [(0, 9), (1, 5), (0, 7)] {
            assert!(queue.push(waiting(unit, 4 + (tag as usize % 2), tag)).is_ok());
        }
        assert_eq!(queue.deadline(), Some(Moment(5)));
        let taken = queue.take(|waiting| waiting.unit == 1).expect("there is one");
        assert_eq!(taken.tag, 5);
        assert!(queue.take(|waiting| waiting.unit == 1).is_none());
        assert_eq!(queue.take(|_| true).map(|taken| taken.tag), Some(7), "it took the place of 9");
        assert_eq!((queue.deadline(), queue.iter().count()), (None, 0));
    }

    #[test]
    fn a_full_queue_takes_what_replaces_something_and_gives_back_what_does_not() {
        let mut queue = Queue::default();
        for unit in 0..COMMANDS_MAX {
            assert!(queue.push(waiting(unit, 0, unit as u64)).is_ok());
        }
        let refused = queue.push(waiting(0, 2, 1_000)).expect_err("full");
        assert_eq!(refused.tag, 1_000);
        assert!(queue.push(waiting(0, 1, 1_001)).is_ok_and(|gone| gone.len() == 1));
        assert_eq!(queue.iter().count(), COMMANDS_MAX);
        assert_eq!(queue.iter().next().map(|waiting| waiting.tag), Some(1_001));
    }

    proptest! {
        /// Against a model that keeps, for each unit, the last of each kind since the last release.
        #[test]
        fn what_waits_is_the_last_of_each_kind(
            steps in prop::collection::vec((0_usize..3, 0_usize..8), 1..60),
        ) {
            let mut queue = Queue::default();
            let mut model: Vec<(usize, usize, u64)> = Vec::new();
            let mut gone = 0;
            for (tag, (unit, kind)) in (0..).zip(steps) {
                gone += queue.push(waiting(unit, kind, tag)).expect("room").len();
                // Both stages are one kind.
                let class = if kind == 1 { 0 } else { kind };
                model.retain(|&(of, known, _)| {
                    let replaced = known == class || (class == 7 && known != 6);
                    of != unit || !replaced
                });
                model.push((unit, class, tag));
                let mut left: Vec<u64> = queue.iter().map(|waiting| waiting.tag).collect();
                left.sort_unstable();
                let mut expected: Vec<u64> = model.iter().map(|&(_, _, tag)| tag).collect();
                expected.sort_unstable();
                prop_assert_eq!(left, expected);
                prop_assert_eq!(gone + model.len(), tag as usize + 1);
            }
        }
    }
}
