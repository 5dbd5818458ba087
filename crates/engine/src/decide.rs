//! What a junction should serve: the winner of the precedence, and its stage.

use estimate::Lanes;
use network::Network;
use optimizer::{Decision, EXTENSION, Ending, Problem, StageView};
use scenario::Mode;
use signal::{CommonClock, ControlSource, Coordination, GroupSet, PhaseView};
use units::{GroupId, LaneId, Millis, Moment, MovementId, StageId};

use crate::junction::Junction;
use crate::readings::State;

/// What a decision may look at beside the junction itself.
#[derive(Clone, Copy)]
pub(crate) struct Street<'s> {
    pub(crate) network: &'s Network,
    pub(crate) lanes: &'s Lanes,
    pub(crate) clock: &'s CommonClock,
}

/// The source that controls, and its decision; none where nobody may.
pub(crate) fn decide(
    junction: &mut Junction,
    street: &Street<'_>,
    mode: Mode,
    now: Moment,
) -> Option<(ControlSource, Decision)> {
    junction.ended.clear();
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
    let decision = match mode {
        Mode::Fixed => Some(coordinated(junction, street.clock, now)),
        Mode::Actuated if junction.policy.is_some() => ringed(junction, street, now),
        Mode::Actuated | Mode::MaxPressure => adaptive(junction, street, mode, now),
    };
    decision.map(|decision| (source, decision))
}

/// What the plan of the calendar wants.
fn coordinated(junction: &mut Junction, clock: &CommonClock, now: Moment) -> Decision {
    // Control that comes back takes the plan up where the junction stands.
    if junction.source != ControlSource::Coordinated {
        let standing = junction.standing(now);
        junction.timetable.coordinator.resume(standing, now, clock);
    }
    let coordinator = &mut junction.timetable.coordinator;
    let stage = coordinator.wanted(now, clock);
    let second = coordinator.cycle_time(now).0 / 1_000;
    let mut reason = format!("plan {}, second {second}", coordinator.plan().name());
    if coordinator.state() != Coordination::InStep {
        let (out, state) = (coordinator.out_of_step(), coordinator.state().name());
        reason.push_str(&format!(", {out} out of step: {state}"));
    }
    Decision { stage, ending: Some(Ending::ForceOff), reason }
}

/// The stage that runs, and for how long; in a transition, the decision to finish it.
fn running(junction: &Junction, now: Moment) -> Option<Result<(StageId, Millis), Decision>> {
    let State { seen, .. } = junction.state.as_ref()?;
    if let Some(stage) = seen.running {
        return Some(Ok((stage, seen.elapsed + (now - seen.at))));
    }
    // A transition is finished first: the stage that it leads to is renewed.
    let reason = "the transition is under way".to_owned();
    Some(Err(Decision { stage: seen.next?, ending: None, reason }))
}

/// What the rings want, each by what was last read of its own phase.
fn ringed(junction: &mut Junction, street: &Street<'_>, now: Moment) -> Option<Decision> {
    let (running, elapsed) = match running(junction, now)? {
        Ok(running) => running,
        Err(decision) => return Some(decision),
    };
    let mut policy = junction.policy.take()?;
    if junction.source != ControlSource::Adaptive {
        policy.reset();
    }
    let phases = policy.rings().phases();
    let views: Vec<_> = phases.iter().map(|p| phase(junction, p.groups, street, now)).collect();
    let decision = policy.step(running, elapsed, &views, now);
    let mut reasons = Vec::new();
    for end in &decision.ended {
        let phase = &policy.rings().phases()[end.phase];
        reasons.push(format!("phase {}: {}", phase.name, end.ending.name()));
        junction.ended.extend(phase.groups.iter().map(|group| (group, end.ending)));
    }
    junction.policy = Some(policy);
    let reason = match &reasons[..] {
        [] => "every ring keeps its phase".to_owned(),
        _ => reasons.join(", "),
    };
    // How each phase has ended is told for each of its groups.
    Some(Decision { stage: decision.stage, ending: None, reason })
}

/// A phase as its ring sees it. One whose lanes say nothing, or that has none, calls all the time:
/// nobody is forgotten because a detector is silent, or because there is none.
fn phase(junction: &Junction, groups: GroupSet, street: &Street<'_>, now: Moment) -> PhaseView {
    let Street { network, lanes, .. } = *street;
    let of: Vec<_> = ruled(junction, groups).flat_map(|m| in_lanes(network, m)).collect();
    let unknown = of.iter().all(|&lane| !lanes.get(lane).is_known(now));
    let rules = || groups.iter().map(|group| junction.layout().group(group));
    PhaseView {
        call: unknown || of.iter().any(|&lane| lanes.get(lane).queue(now) > 0.0),
        gap: of.iter().filter_map(|&lane| lanes.get(lane).gap(now)).min(),
        min_green: rules().map(|rule| rule.min_green).max().unwrap_or(Millis::ZERO),
        max_green: rules().map(|rule| rule.max_green).max().unwrap_or(Millis::ZERO),
        force_off: false,
    }
}

/// What the rule of the mode says of what was last read.
fn adaptive(junction: &Junction, street: &Street<'_>, mode: Mode, now: Moment) -> Option<Decision> {
    let (running, elapsed) = match running(junction, now)? {
        Ok(running) => running,
        Err(decision) => return Some(decision),
    };
    let plan = junction.timetable.coordinator.plan();
    let problem = Problem {
        running,
        elapsed,
        stages: stages(junction, running, street.network, street.lanes, now),
        sequence: plan.splits().iter().map(|&(stage, _)| stage).collect(),
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
