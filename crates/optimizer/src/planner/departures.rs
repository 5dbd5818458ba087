//! Who leaves when under a plan: the search's law of discharge, run once over what it chose.

use super::law::Law;
use super::outlook::Arrival;
use super::windows::Window;

/// Lets the arrivals of one lane leave through its windows, and tells of each when.
pub(super) fn leave(
    arrivals: &[Arrival],
    windows: &[Window],
    law: &Law,
    tell: &mut dyn FnMut(&Arrival, f32),
) {
    let mut ready = 0.0_f32;
    let mut waiting = arrivals.iter().peekable();
    for window in windows {
        ready = ready.max(window.ready);
        while let Some(arrival) = waiting.peek() {
            let leaves = arrival.at.max(ready);
            let usable = arrival.usable(window.open, window.yielding);
            if leaves >= window.until || arrival.ways & usable == 0 {
                break;
            }
            tell(arrival, leaves);
            let freely = arrival.ways & window.open & !window.yielding != 0;
            let headway = if freely { law.headway } else { law.yielding };
            ready = leaves + headway * arrival.size;
            waiting.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use units::{LaneId, LinkId, Millis};

    use super::*;
    use crate::planner::outlook::Outlook;
    use crate::planner::search::{Found, Ground, Search, Start, Terms};
    use crate::planner::table::Table;
    use crate::planner::value::Value;
    use crate::planner::windows::{Plan, Windows};
    use crate::spec::{Approach, Between, Instants, JunctionSpec, Opening, Showing, StageSpec};

    const LAW: Law = Law { start_up: 2.8, headway: 2.45, yielding: 5.0, end_gain: 0.5 };
    const CLEARANCE: Millis = Millis(2_000);

    /// Stages that open any lanes, some of them in more than one stage.
    fn junction(opens: &[Vec<u8>]) -> JunctionSpec {
        let exits = |lane| vec![LinkId::from_index(lane), LinkId::from_index(lane + 100)];
        let approach = |lane| Approach { lane: LaneId::from_index(lane), exits: exits(lane) };
        let opening = |&bits: &u8| Opening { open: bits & 3, yielding: bits & 3 & (bits >> 2) };
        let stage = |opens: &Vec<u8>| StageSpec {
            min_green: Millis::from_secs(4),
            max_green: None,
            opens: opens.iter().map(opening).collect(),
        };
        JunctionSpec {
            approaches: (0..opens[0].len()).map(approach).collect(),
            stages: opens.iter().map(stage).collect(),
            clearance: JunctionSpec::same_clearance(opens.len(), CLEARANCE),
            between: Between::Both,
            instants: Instants::Any,
            countdown: None,
            walks: Vec::new(),
        }
    }

    proptest! {
        /// What the search says that its sequence loses is what comes of those who leave by it.
        #[test]
        fn they_leave_as_the_search_has_it(
            opens in prop::collection::vec(prop::collection::vec(0_u8..16, 4), 3),
            lanes in prop::collection::vec(
                prop::collection::vec((0.0_f32..40.0, 1_u8..4), 0..12), 4),
            green in 0_i64..8,
        ) {
            let spec = junction(&opens);
            let table = Table::new(&spec);
            let grid: Vec<f32> = (1..=10).map(|step| step as f32 * 5.0).collect();
            let horizon = 50.0;
            let mut outlook = Outlook::default();
            outlook.clear();
            for &approach in &table.approaches {
                let mut row: Vec<Arrival> = lanes[approach]
                    .iter()
                    .map(|&(at, ways)| Arrival { at, ways, weight: 1.0, size: 1.0, freely: false })
                    .collect();
                row.sort_by(|a, b| a.at.total_cmp(&b.at));
                outlook.push_lane(&row);
            }
            outlook.seal(&grid);
            let value = Value { red: 0.0, green: 0.0, queue: 0.0, coming: 0.0 };
            let (beam, budget) = (20, u32::MAX);
            let terms = Terms { law: LAW, value, stop: 0.0, beam, budget, after_change: None, holds: false };
            let start = Start { stage: 0, since: -(green as f32) };
            let ground = Ground { table: &table, outlook: &outlook, terms: &terms, grid: &grid };
            let mut found = Found::default();
            Search::default().run(&ground, start, &mut found);

            let mut plan = Plan::default();
            plan.take(Millis::ZERO, 0, &found.sequence, &grid);
            let showing = Showing::Stage { stage: 0, elapsed: Millis::from_secs(green) };
            let mut windows = Windows::default();
            windows.fill((&table, &LAW), &outlook, showing, (&plan, Millis::ZERO), horizon);
            let mut lost = 0.0;
            for lane in 0..outlook.lanes() {
                let (mut left, mut last) = (0, f32::NEG_INFINITY);
                leave(outlook.lane(lane), windows.lane(lane), &LAW, &mut |arrival, leaves| {
                    assert!(leaves >= arrival.at && leaves > last);
                    (left, last) = (left + 1, leaves);
                    lost += leaves - arrival.at;
                });
                let wait = |arrival: &Arrival| (horizon - arrival.at).max(0.0);
                lost += outlook.lane(lane)[left..].iter().map(wait).sum::<f32>();
            }
            prop_assert!((lost - found.score).abs() < 0.05, "{lost} {found:?}");
        }
    }
}
