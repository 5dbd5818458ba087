//! What a junction should serve: the winner of the precedence, and its stage.

use estimate::Lanes;
use network::Network;
use optimizer::{Decision, EXTENSION, Ending, Problem, StageView};
use scenario::Mode;
use signal::{ControlSource, GroupSet};
use units::{GroupId, LaneId, Moment, MovementId, StageId};

use crate::junction::Junction;
use crate::readings::State;

/// The source that controls, and its decision; none where nobody may.
pub(crate) fn decide(
    junction: &mut Junction,
    network: &Network,
    lanes: &Lanes,
    mode: Mode,
    now: Moment,
) -> Option<(ControlSource, Decision)> {
    let held = junction.held(now);
    let rule = match mode {
        Mode::Fixed => ControlSource::Coordinated,
        Mode::Actuated | Mode::MaxPressure => ControlSource::Adaptive,
    };
    let wanting = held.map(|_| ControlSource::Operator).into_iter().chain([rule]);
    let source = ControlSource::winner(wanting);
    if let Some(stage) = held {
        let reason = "held by an operator".to_owned();
        return Some((source, Decision { stage, ending: Some(Ending::ForceOff), reason }));
    }
    if mode == Mode::Fixed {
        let stage = junction.plan.wanted(now);
        let second = junction.plan.cycle_time(now).0 / 1_000;
        let reason = format!("plan {}, second {second}", junction.plan.plan().name());
        return Some((source, Decision { stage, ending: Some(Ending::ForceOff), reason }));
    }
    adaptive(junction, network, lanes, mode, now).map(|decision| (source, decision))
}

/// What the rule of the mode says of what was last read.
fn adaptive(
    junction: &Junction,
    network: &Network,
    lanes: &Lanes,
    mode: Mode,
    now: Moment,
) -> Option<Decision> {
    let State { seen, .. } = junction.state.as_ref()?;
    let Some(running) = seen.running else {
        // A transition is finished first: the stage that it leads to is renewed.
        let stage = seen.next?;
        let reason = "the transition is under way".to_owned();
        return Some(Decision { stage, ending: None, reason });
    };
    let problem = Problem {
        running,
        elapsed: seen.elapsed + (now - seen.at),
        stages: stages(junction, running, network, lanes, now),
        sequence: junction.plan.plan().splits().iter().map(|&(stage, _)| stage).collect(),
    };
    let decision = match mode {
        Mode::Actuated => optimizer::actuated(&problem),
        Mode::MaxPressure | Mode::Fixed => optimizer::max_pressure(&problem),
    };
    Some(decision)
}

fn stages(
    junction: &Junction,
    running: StageId,
    network: &Network,
    lanes: &Lanes,
    now: Moment,
) -> Vec<StageView> {
    let layout = junction.layout();
    let view = |stage: StageId| {
        let groups = layout.stage(stage).groups;
        let ruled = || ruled(junction, groups);
        let lanes_in = || ruled().flat_map(|movement| in_lanes(network, movement));
        let flows = |lane: &LaneId| lanes.get(*lane).gap(now).is_some_and(|gap| gap <= EXTENSION);
        StageView {
            pressure: ruled().map(|movement| pressure(network, lanes, movement, now)).sum(),
            flowing: lanes_in().filter(flows).count(),
            call: lanes_in().any(|lane| lanes.get(lane).queue(now) > 0.0),
            gap: lanes_in().filter_map(|lane| lanes.get(lane).gap(now)).min(),
            bounds: (layout.stage(stage).min_green, layout.stage(stage).max_green),
            clearance: layout.clearance(running, stage),
        }
    };
    layout.stage_ids().map(view).collect()
}

fn ruled(junction: &Junction, groups: GroupSet) -> impl Iterator<Item = MovementId> + '_ {
    let in_stage = move |&&(_, group): &&(MovementId, GroupId)| groups.contains(group);
    junction.site.movement_groups.iter().filter(in_stage).map(|&(movement, _)| movement)
}

fn in_lanes(network: &Network, movement: MovementId) -> Vec<LaneId> {
    let row = network.movement(movement);
    let mut lanes: Vec<_> =
        row.connections.iter().map(|c| network.lane_at(row.from, c.from_lane)).collect();
    lanes.sort_unstable();
    lanes.dedup();
    lanes
}

/// Vehicles that wait for a movement, less the mean of those on the lanes that it leads to
/// (Efficient-MP, Wu and Zhang 2021).
fn pressure(network: &Network, lanes: &Lanes, movement: MovementId, now: Moment) -> f64 {
    let upstream: f64 =
        in_lanes(network, movement).iter().map(|&lane| lanes.get(lane).queue(now)).sum();
    let out = network.movement(movement).to;
    let count = f64::from(network.link(out).lane_count.max(1));
    let downstream: f64 = network.link_lanes(out).map(|lane| lanes.get(lane).queue(now)).sum();
    upstream - downstream / count
}
