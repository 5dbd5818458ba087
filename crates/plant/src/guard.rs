//! The last look at what is demanded. A demand that the plant would not take is not said, and one that it
//! did not take is counted: neither may end a run, and neither may go unseen.

use optimizer::{Choice, Instants, JunctionSpec, Showing};
use units::Millis;

/// What is remembered of one junction.
#[derive(Clone, Copy, Default, Debug)]
struct Memory {
    /// The stage that was demanded in the step before.
    demanded: Option<usize>,
    /// The stage that was shown last, and when its green began.
    shown: Option<(usize, Millis)>,
    /// When the green of the first stage after a change began; none before any change.
    changed: Option<Millis>,
}

/// What is remembered of all junctions.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    memories: Vec<Memory>,
    /// Demands that the plant would not have taken, and were not said.
    pub(crate) held_back: u64,
    /// Demands that the plant did not take.
    pub(crate) not_taken: u64,
}

impl Guard {
    pub(crate) fn new(junctions: usize) -> Self {
        Self { memories: vec![Memory::default(); junctions], held_back: 0, not_taken: 0 }
    }

    /// What is shown at a time since the first step.
    pub(crate) fn look(&mut self, time: Millis, signals: &[Showing]) {
        for (memory, &showing) in self.memories.iter_mut().zip(signals) {
            let (on_the_way, is_new) = match showing {
                Showing::Unknown => continue,
                Showing::Change { to, .. } => (to, false),
                Showing::Stage { stage, .. } => {
                    (stage, memory.shown.is_some_and(|(before, _)| before != stage))
                }
            };
            if memory.demanded.take().is_some_and(|demanded| demanded != on_the_way) {
                self.not_taken += 1;
            }
            if let Showing::Stage { stage, elapsed } = showing {
                let since = time - elapsed;
                if is_new {
                    memory.changed = Some(since);
                }
                memory.shown = Some((stage, since));
            }
        }
    }

    /// Whether a demand may be said.
    pub(crate) fn admits(
        &mut self,
        spec: &JunctionSpec,
        choice: &Choice,
        time: Millis,
        showing: Showing,
    ) -> bool {
        let Showing::Stage { stage, elapsed } = showing else {
            self.held_back += 1;
            return false;
        };
        if choice.stage == stage {
            // To hold is what happens without a word.
            return false;
        }
        let memory = &mut self.memories[choice.junction];
        let instant = match spec.instants {
            Instants::Any => true,
            Instants::Every(interval) => time.modulo(interval) == Millis::ZERO,
            Instants::After(interval) => match memory.changed {
                None => time.modulo(interval) == Millis::ZERO,
                Some(since) => {
                    time - since >= interval && (time - since).modulo(interval) == Millis::ZERO
                }
            },
        };
        let is_there = choice.stage < spec.stages.len();
        if instant && is_there && elapsed >= spec.stages[stage].min_green {
            memory.demanded = Some(choice.stage);
            return true;
        }
        self.held_back += 1;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use optimizer::{Basis, Between, StageSpec};

    fn spec(instants: Instants) -> JunctionSpec {
        let green =
            StageSpec { min_green: Millis::from_secs(5), max_green: None, opens: Vec::new() };
        JunctionSpec {
            approaches: Vec::new(),
            stages: vec![green.clone(), green],
            clearance: vec![Millis::from_secs(3); 4],
            between: Between::Both,
            instants,
            countdown: None,
            walks: Vec::new(),
        }
    }

    fn green(stage: usize, elapsed: i64) -> Showing {
        Showing::Stage { stage, elapsed: Millis::from_secs(elapsed) }
    }

    #[test]
    fn a_demand_is_said_at_instants_after_the_minimum_green_and_in_no_change() {
        let change = Showing::Change { from: 0, to: 1, elapsed: Millis(1_000) };
        let every = Instants::Every(Millis::from_secs(15));
        for (instants, time, showing, stage, said, held_back) in [
            (Instants::Any, 5, green(0, 5), 1, true, 0),
            (Instants::Any, 4, green(0, 4), 1, false, 1),
            (Instants::Any, 9, green(0, 9), 2, false, 1),
            (Instants::Any, 9, green(0, 9), 0, false, 0),
            (Instants::Any, 9, change, 0, false, 1),
            (every, 15, green(0, 15), 1, true, 0),
            (every, 16, green(0, 16), 1, false, 1),
        ] {
            let mut guard = Guard::new(1);
            let time = Millis::from_secs(time);
            guard.look(time, &[showing]);
            let choice = Choice { junction: 0, stage, basis: Basis::Search, why: None };
            let admitted = guard.admits(&spec(instants), &choice, time, showing);
            assert_eq!((admitted, guard.held_back), (said, held_back), "{time}: {showing:?}");
        }
    }

    #[test]
    fn after_a_change_instants_count_from_the_first_second_of_green() {
        let spec = spec(Instants::After(Millis::from_secs(10)));
        let mut guard = Guard::new(1);
        let choice = |stage| Choice { junction: 0, stage, basis: Basis::Search, why: None };
        let mut said = Vec::new();
        // Green in stage 0 until 10, in stage 1 from 13 on.
        for second in 0..40 {
            let showing = match second {
                0..=10 => green(0, second),
                11 | 12 => {
                    Showing::Change { from: 0, to: 1, elapsed: Millis::from_secs(second - 10) }
                }
                _ => green(1, second - 13),
            };
            let time = Millis::from_secs(second);
            guard.look(time, &[showing]);
            let wanted = usize::from(second <= 10);
            if !matches!(showing, Showing::Change { .. })
                && guard.admits(&spec, &choice(wanted), time, showing)
            {
                said.push(second);
            }
        }
        assert_eq!(said, [10, 23, 33]);
        // What was said at 23 and 33 was not taken.
        assert_eq!(guard.not_taken, 2);
    }
}
