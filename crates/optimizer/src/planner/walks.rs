//! Who waits to walk over a junction's crossings: a demand like that of a lane, but all of it leaves as
//! soon as its walk is shown.
//!
//! A crossing is one more lane to the search, with one arrival that stands for all who wait. It is
//! served when a stage begins that shows the walk. That they have the whole walk and its clearance is no
//! business of the search: a stage's minimum green is never under the walk of its groups, and a change
//! never shorter than their clearance (`signal::Layout`).

use units::Millis;

use super::outlook::{Arrival, Outlook};
use super::patience::Weights;
use super::table::Table;
use crate::district::WalkSight;
use crate::spec::{JunctionSpec, Showing, Ways};

/// One crossing.
#[derive(Clone, Debug)]
struct Walk {
    /// Its place among the junction's.
    place: usize,
    /// Since when its walk has not been shown, as far as that was seen; none while it is.
    red_since: Option<Millis>,
}

/// The crossings of a junction that some stage closes.
#[derive(Clone, Debug)]
pub(super) struct Walks {
    walks: Vec<Walk>,
}

impl Walks {
    pub(super) fn new(table: &Table) -> Self {
        let walk = |&place: &usize| Walk { place, red_since: None };
        Self { walks: table.walks.iter().map(walk).collect() }
    }

    /// Sees another step.
    pub(super) fn see(&mut self, spec: &JunctionSpec, showing: Showing, now: Millis) {
        for walk in &mut self.walks {
            let shown = &spec.walks[walk.place].shown;
            let is_shown = match showing {
                Showing::Stage { stage, .. } => shown[stage],
                Showing::Change { from, to, .. } => shown[from] && shown[to],
            };
            walk.red_since = if is_shown { None } else { walk.red_since.or(Some(now)) };
        }
    }

    /// Adds a lane for each crossing, after those of vehicles.
    pub(super) fn look(
        &self,
        sights: Option<&[WalkSight]>,
        now: Millis,
        weights: &Weights,
        outlook: &mut Outlook,
    ) {
        for walk in &self.walks {
            let sight = sights.and_then(|sights| sights.get(walk.place));
            let red = walk.red_since.map(|since| now - since);
            let weight = red.map_or(0.0, |red| weight(sight.copied(), red, weights));
            let all = Arrival { at: 0.0, ways: Ways::MAX, weight, size: 1.0, freely: false };
            outlook.push_lane(if weight > 0.0 { std::slice::from_ref(&all) } else { &[] });
        }
    }
}

/// What a second counts for all who wait at a crossing whose walk has not been shown for `red`. Of one
/// of which nobody tells anything somebody is taken to wait, but only once that is longer than anybody
/// should: until then it is served as its stages come.
fn weight(sight: Option<WalkSight>, red: Millis, weights: &Weights) -> f32 {
    let patience = |stood: Millis| weights.patience.weight(stood.as_secs_f32());
    match sight.unwrap_or_default() {
        WalkSight::Waiting { persons: 0, .. } => 0.0,
        WalkSight::Waiting { persons, longest } => {
            // Nobody has waited for a walk that was shown meanwhile.
            weights.person * persons as f32 * patience(longest.min(red))
        }
        WalkSight::Unknown => weights.person * (patience(red) - 1.0),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use units::{LaneId, LinkId};

    use super::*;
    use crate::planner::law::Law;
    use crate::planner::patience::Patience;
    use crate::planner::search::{Found, Ground, Search, Start, Terms};
    use crate::planner::value::Value;
    use crate::spec::{Approach, Between, Instants, Opening, StageSpec, WalkSpec};

    const SECOND: Millis = Millis(1_000);
    const STEP: f32 = 5.0;
    const STEPS: usize = 5;
    const CLEARANCE: f32 = 2.0;

    #[test]
    fn a_call_counts_at_once_and_a_silent_crossing_once_its_red_is_long() {
        let patience = Patience { until: 60.0, scale: 30.0 };
        let weights = Weights { patience, bus: 1.0, person: 0.5 };
        let waiting =
            |persons, seconds: i64| Some(WalkSight::Waiting { persons, longest: SECOND * seconds });
        for (sight, red, expected) in [
            (waiting(1, 0), 10, 0.5),
            (waiting(4, 10), 10, 2.0),
            (waiting(2, 90), 90, 2.0),
            // Longer than the red has lasted is a clock that was not put back.
            (waiting(2, 90), 10, 1.0),
            (waiting(0, 90), 500, 0.0),
            (Some(WalkSight::Unknown), 60, 0.0),
            (None, 60, 0.0),
            (None, 90, 0.5),
            (None, 120, 2.0),
        ] {
            let found = weight(sight, SECOND * red, &weights);
            assert!((found - expected).abs() < 1e-5, "{sight:?} {red}: {found}");
        }
    }

    /// One lane a stage, and crossings that are shown in these stages.
    fn junction(stages: usize, walks: &[Vec<bool>], min_green: i64) -> JunctionSpec {
        let opening =
            |lane: usize, stage: usize| Opening { open: Ways::from(lane == stage), yielding: 0 };
        let stage = |stage: usize| StageSpec {
            min_green: SECOND * min_green,
            max_green: None,
            opens: (0..stages).map(|lane| opening(lane, stage)).collect(),
        };
        let approach = |lane: usize| {
            let (lane, exits) = (LaneId::from_index(lane), vec![LinkId::from_index(lane)]);
            Approach { lane, exits }
        };
        let clearance = Millis::from_secs_f64(CLEARANCE.into());
        JunctionSpec {
            approaches: (0..stages).map(approach).collect(),
            stages: (0..stages).map(stage).collect(),
            clearance: JunctionSpec::same_clearance(stages, clearance),
            between: Between::Both,
            instants: Instants::Any,
            countdown: None,
            walks: walks.iter().map(|shown| WalkSpec { shown: shown.clone() }).collect(),
        }
    }

    fn search(spec: &JunctionSpec, weights: &[f32], start: Start) -> (Table, Found) {
        let table = Table::new(spec);
        let grid: Vec<f32> = (1..=STEPS).map(|step| step as f32 * STEP).collect();
        let mut outlook = Outlook::default();
        outlook.clear();
        table.approaches.iter().for_each(|_| outlook.push_lane(&[]));
        for &walk in &table.walks {
            outlook.push_lane(&[Arrival {
                at: 0.0,
                ways: Ways::MAX,
                weight: weights[walk],
                size: 1.0,
                freely: false,
            }]);
        }
        outlook.seal(&grid);
        let value = Value { red: 0.0, green: 0.0, queue: 0.0, coming: 0.0 };
        let law = Law::default();
        let (beam, budget) = (10_000, u32::MAX);
        let terms = Terms { law, value, stop: 0.0, beam, budget, after_change: None, holds: false };
        let ground = Ground { table: &table, outlook: &outlook, terms: &terms, grid: &grid };
        let mut found = Found::default();
        Search::default().run(&ground, start, &mut found);
        (table, found)
    }

    /// What those who wait lose under a sequence, each from now to the walk that is first shown after;
    /// none where it breaks the minimum green.
    fn lost(spec: &JunctionSpec, weights: &[f32], start: Start, sequence: &[usize]) -> Option<f32> {
        let end = STEPS as f32 * STEP;
        let (mut stage, mut since) = (start.stage, start.since);
        let begins = |walk: &WalkSpec, at: usize, green: f32| {
            let begin = (green + Law::default().start_up).max(0.0);
            if walk.shown[at] { begin } else { end }
        };
        let mut served: Vec<f32> =
            spec.walks.iter().map(|walk| begins(walk, stage, since)).collect();
        for (step, &next) in sequence.iter().enumerate() {
            let now = step as f32 * STEP;
            if next != stage {
                if now - since < spec.stages[stage].min_green.as_secs_f32() {
                    return None;
                }
                (stage, since) = (next, now + CLEARANCE);
                for (served, walk) in served.iter_mut().zip(&spec.walks) {
                    *served = served.min(begins(walk, stage, since));
                }
            }
        }
        let all = |walk: &WalkSpec| walk.shown.iter().all(|&shown| shown);
        let each = served.iter().zip(&spec.walks).zip(weights);
        Some(each.map(|((at, walk), weight)| if all(walk) { 0.0 } else { at * weight }).sum())
    }

    fn sequences(stages: usize) -> impl Iterator<Item = Vec<usize>> {
        (0..stages.pow(STEPS as u32))
            .map(move |n| (0..STEPS).map(|step| n / stages.pow(step as u32) % stages).collect())
    }

    #[test]
    fn a_call_brings_the_stage_that_shows_its_walk_unless_the_one_that_runs_does() {
        for (shown, first) in [(1, 1), (0, 0), (2, 2)] {
            let walk = (0..3).map(|stage| stage == shown).collect();
            let spec = junction(3, &[walk], 0);
            let (_, found) = search(&spec, &[0.67], Start { stage: 0, since: -10.0 });
            assert_eq!(usize::from(found.sequence[0]), first, "{found:?}");
        }
        // One that every stage shows is no matter of decision.
        let (table, found) =
            search(&junction(2, &[vec![true, true]], 0), &[5.0], Start { stage: 0, since: 0.0 });
        assert_eq!((table.walks.len(), found.sequence[0]), (0, 0));
    }

    proptest! {
        #[test]
        fn a_wide_search_serves_who_waits_as_trying_everything_does(
            shown in prop::collection::vec(prop::collection::vec(any::<bool>(), 3), 1..4),
            weights in prop::collection::vec(0.1_f32..20.0, 3),
            stage in 0_usize..3,
            green in 0_u8..12,
            min_green in 0_i64..8,
        ) {
            // Nobody waits for a walk that is shown.
            let mut weights = weights;
            let pairs = weights.iter_mut().zip(&shown);
            pairs.filter(|(_, shown)| shown[stage]).for_each(|(weight, _)| *weight = 0.0);
            let spec = junction(3, &shown, min_green);
            let start = Start { stage, since: -f32::from(green) };
            let (_, found) = search(&spec, &weights, start);
            let all = sequences(3).filter_map(|way| lost(&spec, &weights, start, &way));
            let best = all.fold(f32::INFINITY, f32::min);
            prop_assert!((found.score - best).abs() < 0.01 * best.max(1.0), "{found:?}, {best}");
            let chosen: Vec<usize> = found.sequence.iter().map(|&stage| stage.into()).collect();
            prop_assert!(lost(&spec, &weights, start, &chosen).is_some(), "{found:?}");
        }
    }
}
