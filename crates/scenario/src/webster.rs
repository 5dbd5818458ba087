//! A fixed plan for a junction of which only roads, stages and traffic are known.
//!
//! Terms. The *ratio* of a group is its traffic over what its lanes discharge in an hour of green; a
//! stage's ratio is its largest, and `Y` the sum over the plan's stages. `L` is what a cycle loses in
//! clearances. Webster (1958): the cycle with the least delay is `(1.5 L + 5) / (1 - Y)`, its greens
//! in the ratio of the stages.

use network::Network;
use signal::{GroupSet, Layout, Plan, Problem};
use units::{GroupId, Millis, MovementId, PlanId, StageId};

use crate::demand::Demand;

/// Vehicles an hour that one lane discharges while green, of the data sets' cars.
const SATURATION_PER_HOUR: f64 = 1_470.0;
/// The cycles that the formula is held to, seconds.
const CYCLE_S: (f64, f64) = (60.0, 120.0);
/// The formula has no meaning beyond this: the junction is saturated whatever is done.
const SATURATED: f64 = 0.9;
/// No stage has a smaller ratio: without counts every stage weighs the same.
const RATIO_MIN: f64 = 0.02;
/// Sets of stages that are looked at for one plan: all of them for any crossroads, and a fraction of a
/// second for the strangest junction.
const LOOKS_MAX: usize = 20_000;

/// Vehicles an hour on each movement, over the time that the demand lasts.
pub(crate) fn volumes(network: &Network, demand: &Demand) -> Vec<f64> {
    let mut volumes = vec![0.0; network.movements().len()];
    let hours = (demand.end().as_secs_f64() / 3_600.0).max(1.0 / 60.0);
    for flow in &demand.flows {
        let vehicles = u32::try_from(flow.vehicles()).unwrap_or(u32::MAX);
        for pair in flow.route.windows(2) {
            if let Some(movement) = network.movement_between(pair[0], pair[1]) {
                volumes[movement.index()] += f64::from(vehicles) / hours;
            }
        }
    }
    volumes
}

/// The plan of a junction; `movements` holds that of each group, `volumes` that of each movement.
///
/// # Errors
/// What keeps the junction from running it.
pub(crate) fn plan(
    layout: &Layout,
    movements: &[MovementId],
    network: &Network,
    volumes: &[f64],
) -> Result<Plan, Vec<Problem>> {
    let ratio = |group: GroupId| {
        let movement = movements[group.index()];
        let mut lanes: Vec<u8> =
            network.movement(movement).connections.iter().map(|c| c.from_lane).collect();
        lanes.sort_unstable();
        lanes.dedup();
        let lanes = u32::try_from(lanes.len()).unwrap_or(1).max(1);
        volumes[movement.index()] / f64::from(lanes) / SATURATION_PER_HOUR
    };
    let ratios: Vec<f64> = layout
        .stages()
        .iter()
        .map(|stage| stage.groups.iter().map(ratio).fold(RATIO_MIN, f64::max))
        .collect();
    let order = Search { layout, ratios: &ratios, looks: 0, best: None }.run();
    let lost: Vec<Millis> = (0..order.len())
        .map(|at| layout.clearance(order[(at + order.len() - 1) % order.len()], order[at]))
        .collect();
    let total_lost = lost.iter().copied().sum::<Millis>();
    let sum: f64 = order.iter().map(|stage| ratios[stage.index()]).sum();
    let cycle = cycle_s(total_lost, sum).clamp(CYCLE_S.0, CYCLE_S.1);
    let green = cycle - total_lost.as_secs_f64();
    let splits: Vec<(StageId, Millis)> = order
        .iter()
        .zip(&lost)
        .map(|(&stage, &lost)| {
            let share = (green * ratios[stage.index()] / sum).round();
            let share = Millis::from_secs_f64(share);
            (stage, lost + share.max(layout.stage(stage).min_green))
        })
        .collect();
    let cycle = splits.iter().map(|&(_, split)| split).sum();
    Plan::new(PlanId(0), "webster".to_owned(), cycle, Millis::ZERO, splits, layout)
}

fn cycle_s(lost: Millis, sum: f64) -> f64 {
    (1.5 * lost.as_secs_f64() + 5.0) / (1.0 - sum.min(SATURATED))
}

/// Looks for the stages that serve every group with the shortest cycle.
struct Search<'l> {
    layout: &'l Layout,
    ratios: &'l [f64],
    looks: usize,
    best: Option<(f64, Vec<StageId>)>,
}

impl Search<'_> {
    /// The best set in the order of the stages' ids.
    fn run(mut self) -> Vec<StageId> {
        let all = self.layout.group_ids().collect();
        self.extend(&mut Vec::new(), all);
        let mut stages = self.best.map(|(_, stages)| stages).unwrap_or_default();
        stages.sort_unstable();
        stages
    }

    /// Adds to `chosen` a stage that serves the first group of `left`, each in turn.
    fn extend(&mut self, chosen: &mut Vec<StageId>, left: GroupSet) {
        self.looks += 1;
        let cost = self.cost(chosen);
        if self.best.as_ref().is_some_and(|(best, _)| cost >= *best) {
            return;
        }
        let Some(group) = left.iter().next() else {
            self.best = Some((cost, chosen.clone()));
            return;
        };
        let mut stages: Vec<StageId> = self
            .layout
            .stage_ids()
            .filter(|&stage| self.layout.stage(stage).groups.contains(group))
            .collect();
        // Those that serve most first: if the looks run out, what was found is not far off.
        let served = |stage: &StageId| self.layout.stage(*stage).groups.intersection(left).len();
        stages.sort_by_key(|stage| (std::cmp::Reverse(served(stage)), *stage));
        for stage in stages {
            if self.best.is_some() && self.looks >= LOOKS_MAX {
                return;
            }
            chosen.push(stage);
            self.extend(chosen, left.difference(self.layout.stage(stage).groups));
            chosen.pop();
        }
    }

    /// The cycle, which grows with every stage; beyond saturation it still tells more from less.
    fn cost(&self, chosen: &[StageId]) -> f64 {
        let sum: f64 = chosen.iter().map(|stage| self.ratios[stage.index()]).sum();
        let lost = chosen.windows(2).map(|pair| self.layout.clearance(pair[0], pair[1])).sum();
        cycle_s(lost, sum) + sum
    }
}

#[cfg(test)]
mod tests {
    use signal::GroupSet;
    use units::{GroupId, Millis, MovementId};

    use crate::generate;

    #[test]
    fn a_crossroads_serves_each_group_once() {
        for seed in 0..6 {
            for (site, _) in [generate::arterial(seed, 8), generate::district(seed, 4, 3)] {
                for signal in &site.signals {
                    let plan = &signal.plans[0];
                    let mut served = GroupSet::EMPTY;
                    for &(stage, _) in plan.splits() {
                        let groups = signal.layout.stage(stage).groups;
                        assert!(served.intersection(groups).is_empty(), "seed {seed}: {plan:?}");
                        served = served.union(groups);
                    }
                    assert_eq!(served.len(), signal.layout.groups().len());
                    let cycle = Millis::from_secs(59)..=Millis::from_secs(130);
                    assert!(cycle.contains(&plan.cycle()), "seed {seed}: {plan:?}");
                }
            }
        }
    }

    /// Both directions of an arterial have much traffic: one green for both is shorter than one each.
    #[test]
    fn opposite_flows_that_are_alike_share_their_green() {
        let (site, _) = generate::arterial(1, 8);
        let network = &site.network;
        let place = |junction| network.junction(junction).position;
        for signal in &site.signals {
            let is_along = |&(movement, _): &(MovementId, GroupId)| {
                let row = network.movement(movement);
                let link = network.link(row.from);
                let level = (place(link.from).y - place(link.to).y).abs() < 1.0;
                level && row.turn == network::Turn::Straight
            };
            let along = signal.movement_groups.iter().filter(|row| is_along(row));
            let along: GroupSet = along.map(|&(_, group)| group).collect();
            let mut stages = signal.plans[0].splits().iter().map(|&(stage, _)| stage);
            let shared = stages.any(|stage| signal.layout.stage(stage).groups == along);
            assert!(shared && along.len() == 2, "{:?}", signal.plans[0]);
        }
    }
}
