//! Which stage next. Two rules: max-pressure with hysteresis, and actuated control. Both see one
//! junction as a [`Problem`] and answer with a [`Decision`] that says why.

pub mod coordination;

use units::{Millis, StageId};

pub use signal::Ending;

/// What a rule sees of one stage.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct StageView {
    /// Vehicles that wait for it, less those that wait where they would go.
    pub pressure: f64,
    /// On how many of its lanes a vehicle was seen within [`EXTENSION`].
    pub flowing: usize,
    /// Whether anybody waits for it.
    pub call: bool,
    /// The time since a vehicle was last seen on its lanes.
    pub gap: Option<Millis>,
    /// The shortest and the longest time in it.
    pub bounds: (Millis, Millis),
    /// The clearance from the stage that runs.
    pub clearance: Millis,
}

/// What a rule sees of one junction while a stage runs.
#[derive(Clone, PartialEq, Debug)]
pub struct Problem {
    /// The stage that runs.
    pub running: StageId,
    /// For how long.
    pub elapsed: Millis,
    /// All stages.
    pub stages: Vec<StageView>,
    /// The stages that actuated control runs through, in their order.
    pub sequence: Vec<StageId>,
}

/// What to serve, and why.
#[derive(Clone, PartialEq, Debug)]
pub struct Decision {
    /// The stage.
    pub stage: StageId,
    /// How a green ends, where it ends.
    pub ending: Option<Ending>,
    /// Why, for people.
    pub reason: String,
}

/// A lane discharges a vehicle in about so long.
const HEADWAY_S: f64 = 2.45;
/// What a change costs who waits elsewhere anyhow, as a share of the vehicles that pass in its
/// clearance.
const CHANGE_COST: f64 = 0.5;
/// What a change costs a lane that still flows, in the vehicles that pass in one clearance: whoever
/// would have passed now waits for the change, for another stage of at least that length, and for
/// the change back.
const FLOW_COST: f64 = 3.0;
/// The gap after which actuated control ends a green.
pub const EXTENSION: Millis = Millis(3_000);

impl Problem {
    fn view(&self, stage: StageId) -> &StageView {
        &self.stages[stage.index()]
    }

    fn hold(&self, reason: String) -> Decision {
        Decision { stage: self.running, ending: None, reason }
    }
}

/// Max-pressure (Varaiya 2013) with a cost of the change: another stage must be ahead by the vehicles
/// that the change itself keeps waiting, and by more for each lane whose flow it would break. So a
/// green goes on while its queue discharges, and ends soon after it has.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn max_pressure(problem: &Problem) -> Decision {
    let current = problem.view(problem.running);
    let (minimum, maximum) = current.bounds;
    if problem.elapsed < minimum {
        return problem.hold(format!("minimum of {minimum}"));
    }
    let others = problem.stages.iter().enumerate().filter(|(i, _)| *i != problem.running.index());
    // Ties go to the lower number.
    let best = others.max_by(|a, b| a.1.pressure.total_cmp(&b.1.pressure).then(b.0.cmp(&a.0)));
    let Some((best, view)) = best.filter(|(_, view)| view.call) else {
        return problem.hold("nobody waits elsewhere".to_owned());
    };
    let stage = StageId::from_index(best);
    let number = stage.0 + 1;
    if problem.elapsed >= maximum {
        let reason = format!("maximum reached, stage {number} waits");
        return Decision { stage, ending: Some(Ending::MaxOut), reason };
    }
    let (new, old) = (view.pressure, current.pressure);
    let per_clearance = view.clearance.as_secs_f64() / HEADWAY_S;
    let cost = (CHANGE_COST + FLOW_COST * current.flowing as f64) * per_clearance;
    if new > old + cost {
        let reason = format!("pressure {new:.1} over {old:.1} + {cost:.1}");
        return Decision { stage, ending: Some(Ending::ForceOff), reason };
    }
    problem.hold(format!("pressure {old:.1} + {cost:.1}, the next is stage {number} with {new:.1}"))
}

/// Actuated control: a green is extended while vehicles come, ends with a gap or at its maximum,
/// and stages that nobody calls are passed over.
#[must_use]
pub fn actuated(problem: &Problem) -> Decision {
    let current = problem.view(problem.running);
    let at = problem.sequence.iter().position(|&stage| stage == problem.running);
    let after = at.map_or(0, |at| at + 1);
    let count = problem.sequence.len();
    let next = (0..count)
        .map(|step| problem.sequence[(after + step) % count])
        .find(|&stage| stage != problem.running && problem.view(stage).call);
    if problem.elapsed < current.bounds.0 {
        return problem.hold(format!("minimum of {}", current.bounds.0));
    }
    let Some(stage) = next else {
        return problem.hold("nobody waits elsewhere".to_owned());
    };
    let number = stage.0 + 1;
    if problem.elapsed >= current.bounds.1 {
        let reason = format!("max-out, stage {number} waits");
        return Decision { stage, ending: Some(Ending::MaxOut), reason };
    }
    if current.gap.is_none_or(|gap| gap > EXTENSION) {
        let reason = format!("gap-out, stage {number} waits");
        return Decision { stage, ending: Some(Ending::GapOut), reason };
    }
    problem.hold(format!("extended, stage {number} waits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(pressures: [f64; 3], elapsed: i64, gap: i64) -> Problem {
        let view = |&pressure: &f64| StageView {
            pressure,
            flowing: 0,
            call: pressure > 0.0,
            gap: Some(Millis::from_secs(gap)),
            bounds: (Millis::from_secs(5), Millis::from_secs(60)),
            clearance: Millis::from_secs(5),
        };
        Problem {
            running: StageId(0),
            elapsed: Millis::from_secs(elapsed),
            stages: pressures.iter().map(view).collect(),
            sequence: vec![StageId(0), StageId(1), StageId(2)],
        }
    }

    #[test]
    fn max_pressure_serves_what_is_worth_a_change() {
        for (pressures, elapsed, expected) in [
            ([5.0, 5.5, 0.0], 20, 0), // not worth it
            ([5.0, 0.0, 9.0], 20, 2), // worth it
            ([5.0, 0.0, 9.0], 4, 0),  // too early
            ([9.0, 0.0, 5.0], 60, 2), // the maximum
            ([0.0, 0.0, 0.0], 90, 0), // nobody
            ([0.0, 4.0, 4.0], 20, 1), // a tie
        ] {
            let decision = max_pressure(&problem(pressures, elapsed, 0));
            assert_eq!(decision.stage, StageId(expected), "{pressures:?}: {}", decision.reason);
        }
    }

    #[test]
    fn max_pressure_breaks_a_flow_only_for_much_more() {
        for (flowing, pressures, elapsed, expected) in [
            (0, [0.0, 2.0, 0.0], 20, 1),
            (1, [0.0, 2.0, 0.0], 20, 0),
            (1, [0.0, 7.0, 0.0], 20, 0),
            (1, [0.0, 7.5, 0.0], 20, 1), // 3.5 times the 2.04 vehicles of a clearance are 7.1
            (2, [0.0, 13.0, 0.0], 20, 0),
            (2, [0.0, 13.5, 0.0], 20, 1),
            (2, [0.0, 1.0, 0.0], 60, 1), // the maximum holds all the same
        ] {
            let mut problem = problem(pressures, elapsed, 0);
            problem.stages[0].flowing = flowing;
            let decision = max_pressure(&problem);
            let reason = &decision.reason;
            assert_eq!(decision.stage, StageId(expected), "{flowing} {pressures:?}: {reason}");
        }
    }

    #[test]
    fn actuated_control_extends_gaps_out_and_maxes_out() {
        for (pressures, elapsed, gap, expected, ending) in [
            ([1.0, 1.0, 1.0], 20, 1, 0, None),
            ([1.0, 1.0, 1.0], 20, 4, 1, Some(Ending::GapOut)),
            ([1.0, 0.0, 1.0], 20, 4, 2, Some(Ending::GapOut)),
            ([1.0, 1.0, 1.0], 60, 1, 1, Some(Ending::MaxOut)),
            ([1.0, 1.0, 1.0], 3, 9, 0, None),
            ([1.0, 0.0, 0.0], 90, 9, 0, None),
        ] {
            let decision = actuated(&problem(pressures, elapsed, gap));
            assert_eq!((decision.stage, decision.ending), (StageId(expected), ending));
        }
    }
}
