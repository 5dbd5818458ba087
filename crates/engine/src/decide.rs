//! What a junction should serve: the winner of the precedence, and its stage.

use estimate::Lanes;
use network::Network;
use optimizer::{Basis, Choice, Decision, EXTENSION, Ending, Problem, StageView, Why};
use scenario::Mode;
use signal::{CommonClock, ControlSource, Coordination, GroupSet, PhaseView};
use units::{GroupId, LaneId, Millis, Moment, MovementId, StageId};

use crate::foresight::Foreseen;
use crate::junction::Junction;
use crate::readings::State;

/// After so many seconds more whoever has called a walk counts a vehicle more: eight within the ninety for
/// which the planner is patient, more than stand in most queues.
const IMPATIENCE_S: f64 = 12.0;

/// What a decision may look at beside the junction itself.
#[derive(Clone, Copy)]
pub(crate) struct Street<'s> {
    pub(crate) network: &'s Network,
    pub(crate) lanes: &'s Lanes,
    pub(crate) clock: &'s CommonClock,
    /// What the planner has foreseen for the junction, where it was asked.
    pub(crate) foreseen: Option<Foreseen<'s>>,
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
    let is_blind = matches!(street.foreseen, None | Some(Foreseen::Blind));
    let rule = match mode {
        Mode::Fixed => ControlSource::Coordinated,
        Mode::Adaptive if is_blind => ControlSource::Coordinated,
        Mode::Actuated | Mode::MaxPressure | Mode::Adaptive => ControlSource::Adaptive,
    };
    let wanting = held.map(|_| ControlSource::Operator).into_iter().chain([rule]);
    let source = ControlSource::winner(wanting);
    if let Some(stage) = held {
        let reason = "held by an operator".to_owned();
        let decision = Decision { stage, ending: Some(Ending::ForceOff), reason };
        return Some((source, counted_down(junction, source, decision, now)));
    }
    let decision = match mode {
        Mode::Fixed => Some(coordinated(junction, street.clock, now)),
        Mode::Actuated if junction.policy.is_some() => ringed(junction, street, now),
        Mode::Actuated | Mode::MaxPressure => adaptive(junction, street, mode, now),
        Mode::Adaptive => match street.foreseen {
            None | Some(Foreseen::Blind) => {
                let plan = coordinated(junction, street.clock, now);
                Some(plan.because("nothing is known of its lanes"))
            }
            Some(Foreseen::Away) => adaptive(junction, street, Mode::MaxPressure, now)
                .map(|decision| decision.because("max-pressure for the planner")),
            Some(Foreseen::Missed) => adaptive(junction, street, Mode::MaxPressure, now)
                .map(|decision| decision.because("max-pressure, the search missed its budget")),
            Some(Foreseen::Waits) => planned(junction, street, None, now),
            Some(Foreseen::Planned(choice, waits)) => {
                planned(junction, street, Some((choice, waits)), now)
            }
        },
    };
    decision.map(|decision| (source, counted_down(junction, source, decision, now)))
}

/// What a corridor demands of a junction, unless a person holds it: a corridor, like a person, leaves alone
/// what displays have announced.
pub(crate) fn escorted(
    junction: &mut Junction,
    decision: Decision,
    now: Moment,
) -> Option<(ControlSource, Decision)> {
    if junction.held(now).is_some() {
        return None;
    }
    junction.ended.clear();
    let source = ControlSource::Corridor;
    Some((source, counted_down(junction, source, decision, now)))
}

/// What a decision comes to where displays count down. A rule that looks at the street decides the end of
/// a green so long before it that they can show it. A plan and a person do not: they only leave alone what
/// is announced already, and what they want follows it; but a person may hold a green longer.
fn counted_down(
    junction: &mut Junction,
    source: ControlSource,
    decision: Decision,
    now: Moment,
) -> Decision {
    let running = junction.state.as_ref().and_then(|state| state.seen.running);
    let layout = junction.site.layout.clone();
    let Some(countdown) = &mut junction.countdown else {
        return decision;
    };
    let Some(running) = running else {
        countdown.forget();
        return decision;
    };
    let before = countdown.announced().filter(|known| known.from == running.index());
    let (from, wanted, at) = (running.index(), decision.stage.index(), now - Moment::ORIGIN);
    let stage = match source {
        ControlSource::Adaptive => countdown.decide(from, wanted, at),
        ControlSource::Operator if running == decision.stage => {
            countdown.forget();
            from
        }
        _ => countdown.honour(from, wanted, at),
    };
    let stage = StageId::from_index(stage);
    let told = countdown.announced().filter(|known| known.from == from);
    // How a green of the rings ends is judged when that is announced, and told when it happens.
    if told.is_some() && before.is_none() {
        junction.ending = std::mem::take(&mut junction.ended);
    }
    junction.ended = match told {
        Some(_) if stage != running => junction.ending.clone(),
        _ if stage == running => Vec::new(),
        _ => std::mem::take(&mut junction.ended),
    };
    let Decision { ending, reason, .. } = decision;
    let (ending, reason) = match told {
        Some(known) if stage == running => {
            let left = known.at - at;
            let next = layout.next_hop(running, StageId::from_index(known.to));
            (None, format!("announced: ends in {left}, then {}; {reason}", next.0 + 1))
        }
        // How each phase of the rings ends is told of its groups.
        Some(_) if !junction.ended.is_empty() => (None, format!("as announced; {reason}")),
        Some(_) => (ending.or(Some(Ending::ForceOff)), format!("as announced; {reason}")),
        None => (ending, reason),
    };
    Decision { stage, ending, reason }
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

/// What the planner wants, held against what max-pressure would do.
fn planned(
    junction: &Junction,
    street: &Street<'_>,
    choice: Option<(&Choice, bool)>,
    now: Moment,
) -> Option<Decision> {
    let (running, elapsed) = match running(junction, now)? {
        Ok(running) => running,
        Err(decision) => return Some(decision),
    };
    let hold = |reason: String| Some(Decision { stage: running, ending: None, reason });
    let rule = junction.layout().stage(running);
    let Some((choice, waits)) = choice else {
        return hold(format!("minimum of {}", rule.min_green));
    };
    // Its search ends every green at the maximum: where nobody else waits there is no such rule.
    let then = elapsed + junction.countdown.map_or(Millis::ZERO, |countdown| countdown.span());
    if then >= rule.max_green && !waits {
        return hold("nobody waits elsewhere".to_owned());
    }
    let pressure = adaptive(junction, street, Mode::MaxPressure, now);
    let stage = StageId::from_index(choice.stage);
    let mut reason = reason(choice, running, pressure.map(|pressure| pressure.stage));
    if stage != running {
        reason.push_str(&callers(junction, running, stage, now));
    }
    let ending = if then >= rule.max_green { Ending::MaxOut } else { Ending::ForceOff };
    Some(Decision { stage, ending: (stage != running).then_some(ending), reason })
}

/// Why the planner chooses a stage, beside the one that runs and the one that another rule wants.
pub(crate) fn reason(choice: &Choice, running: StageId, other: Option<StageId>) -> String {
    match &choice.why {
        _ if choice.basis == Basis::Missed => "the search missed its budget".to_owned(),
        Some(why) => sentence(why, running, StageId::from_index(choice.stage), other),
        None => "nothing is known of its lanes".to_owned(),
    }
}

/// Who is called by a stage that follows, and for how long they have waited.
fn callers(junction: &Junction, running: StageId, stage: StageId, now: Moment) -> String {
    let layout = junction.layout();
    let new = layout.stage(stage).groups.difference(layout.stage(running).groups);
    let told = new.iter().filter_map(|group| {
        let waited = junction.calls.called(group, now)?;
        Some(format!("; {} was called {waited} ago", layout.group(group).name))
    });
    told.collect()
}

/// Why the planner wants a stage: its best sequence, and what that costs against going on with the
/// stage that runs and against the stage that another rule wants.
fn sentence(why: &Why, running: StageId, stage: StageId, other: Option<StageId>) -> String {
    let cost = |stage: StageId| match why.costs.get(stage.index()).copied().flatten() {
        Some(cost) => format!("{cost:.0}"),
        None => "not known".to_owned(),
    };
    let sequence: Vec<String> = why.sequence.iter().map(|stage| (stage + 1).to_string()).collect();
    let mut text = format!("stages {} cost {}", sequence.join(", "), cost(stage));
    if stage != running {
        text.push_str(&format!("; holding {}: {}", running.0 + 1, cost(running)));
    }
    match other {
        Some(other) if other == stage => text.push_str("; max-pressure agrees"),
        Some(other) => text.push_str(&format!("; max-pressure's {}: {}", other.0 + 1, cost(other))),
        None => {}
    }
    if why.sent > 0 {
        text.push_str(&format!("; neighbours send {}", why.sent));
    }
    text
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
        Mode::MaxPressure | Mode::Fixed | Mode::Adaptive => optimizer::max_pressure(&problem),
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
        let driving = ruled().map(|movement| pressure(network, lanes, movement, now));
        // Whoever walks already needs no other stage.
        let walks = groups.difference(layout.stage(running).groups);
        let waited = walks.iter().filter_map(|group| junction.calls.called(group, now));
        let called = waited.map(impatience).reduce(|one, other| one + other);
        let flows = |lane: &LaneId| lanes.get(*lane).gap(now).is_some_and(|gap| gap <= EXTENSION);
        StageView {
            pressure: driving.sum::<f64>() + called.unwrap_or(0.0),
            flowing: lanes_in().filter(flows).count(),
            call: called.is_some() || lanes_in().any(|lane| lanes.get(lane).queue(now) > 0.0),
            gap: lanes_in().filter_map(|lane| lanes.get(lane).gap(now)).min(),
            bounds: (layout.stage(stage).min_green, layout.stage(stage).max_green),
            clearance: layout.clearance(running, stage),
        }
    };
    layout.stage_ids().map(view).collect()
}

/// What one who has called a walk counts in vehicles: one, and one more for every so many seconds that he
/// has waited, so that no queue keeps him for ever.
fn impatience(waited: Millis) -> f64 {
    1.0 + waited.as_secs_f64() / IMPATIENCE_S
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::junction::Hold;
    use crate::testing::{at, control, one_junction, ringed, state, walked};
    use estimate::Loop;

    /// A junction, the lanes of its street, and the clock on the wall.
    struct Scene {
        junction: Junction,
        network: std::sync::Arc<Network>,
        lanes: Lanes,
        clock: CommonClock,
    }

    impl Scene {
        fn new(rings: bool) -> Self {
            let mut site = one_junction();
            if rings {
                ringed(&mut site.signals[0]);
            }
            let clock = CommonClock::unset();
            let junction = Junction::new(site.signals[0].clone(), &control(), Moment(0), &clock);
            let lanes = Lanes::new(site.network.lanes().len());
            Self { junction, network: site.network, lanes, clock }
        }

        /// Every lane says now that nobody is there; then `group` has a queue of so many.
        fn queue(&mut self, group: u8, vehicles: f64, now: i64) {
            let lanes = self.lanes(group);
            for lane in lanes {
                self.lanes.tracked(lane, vehicles, Moment(now));
            }
        }

        fn nobody(&mut self, now: i64) {
            for index in 0..self.network.lanes().len() {
                self.lanes.tracked(units::LaneId::from_index(index), 0.0, Moment(now));
            }
        }

        fn lanes(&self, group: u8) -> Vec<units::LaneId> {
            let groups = [GroupId(group)].into_iter().collect();
            ruled(&self.junction, groups).flat_map(|m| in_lanes(&self.network, m)).collect()
        }

        fn seen(&mut self, running: Option<u8>, next: Option<u8>, elapsed: i64, now: i64) {
            self.junction.state = Some(state(running, next, elapsed, Moment(now)));
        }

        fn decide(&mut self, mode: Mode, now: i64) -> Option<(ControlSource, Decision)> {
            let Self { junction, network, lanes, clock } = self;
            let decided = decide(
                junction,
                &Street { network, lanes, clock, foreseen: None },
                mode,
                Moment(now),
            );
            if let Some((source, _)) = &decided {
                junction.source = *source;
            }
            decided
        }

        fn stage(&mut self, mode: Mode, now: i64) -> String {
            let (_, decision) = self.decide(mode, now).expect("a decision");
            self.junction.layout().stage(decision.stage).name.clone()
        }
    }

    #[test]
    fn a_person_goes_before_every_rule_while_the_hold_lasts() {
        for mode in [Mode::Fixed, Mode::Actuated, Mode::MaxPressure, Mode::Adaptive] {
            let mut scene = Scene::new(false);
            scene.seen(Some(0), None, 20, 0);
            scene.junction.hold = Some(Hold { stage: StageId(3), until: Moment(2_000) });
            let (source, decision) = scene.decide(mode, 1_000).expect("a decision");
            assert_eq!((source, decision.stage), (ControlSource::Operator, StageId(3)));
            let (source, _) = scene.decide(mode, 2_000).expect("a decision");
            let expected = match mode {
                // Nobody has asked the planner: nothing is known.
                Mode::Fixed | Mode::Adaptive => ControlSource::Coordinated,
                _ => ControlSource::Adaptive,
            };
            assert_eq!(source, expected);
        }
    }

    #[test]
    fn without_a_look_at_the_street_only_the_plan_decides() {
        let mut scene = Scene::new(false);
        assert_eq!(scene.decide(Mode::MaxPressure, 0), None);
        assert_eq!(scene.decide(Mode::Actuated, 0), None);
        let (source, _) = scene.decide(Mode::Fixed, 0).expect("the plan");
        assert_eq!(source, ControlSource::Coordinated);
    }

    #[test]
    fn a_transition_is_finished_by_every_adaptive_rule() {
        for rings in [false, true] {
            let mut scene = Scene::new(rings);
            scene.seen(None, Some(2), 1, 0);
            for mode in [Mode::Actuated, Mode::MaxPressure] {
                let (_, decision) = scene.decide(mode, 1_000).expect("a decision");
                assert_eq!((decision.stage, decision.ending), (StageId(2), None));
            }
        }
    }

    #[test]
    fn the_plan_is_taken_up_in_the_stage_that_runs() {
        let mut scene = Scene::new(false);
        scene.clock.set(Moment(0), at(7, 0));
        let plan = scene.junction.timetable.coordinator.plan().clone();
        for (place, &(stage, split)) in plan.splits().iter().enumerate() {
            let mut scene = Scene::new(false);
            scene.clock.set(Moment(0), at(7, 0));
            scene.seen(Some(stage.0), None, 2, 50_000);
            let (_, decision) = scene.decide(Mode::Fixed, 50_000).expect("the plan");
            assert_eq!(decision.stage, stage);
            assert!(decision.reason.starts_with("plan webster, second "), "{}", decision.reason);
            // It has its split, corrected by a fifth at the most, and is followed by the next.
            let mut now = 50_000;
            while scene.decide(Mode::Fixed, now).expect("the plan").1.stage == stage {
                now += 1_000;
            }
            let lasted = Millis(now - 50_000)
                + Millis::from_secs(2)
                + plan.lead(place, scene.junction.layout());
            assert!(lasted * 10 >= split * 8 && lasted * 10 <= split * 13, "{lasted} of {split}");
            let next = plan.splits()[(place + 1) % plan.splits().len()].0;
            assert_eq!(scene.decide(Mode::Fixed, now).expect("the plan").1.stage, next);
        }
    }

    #[test]
    fn rings_go_on_by_what_their_own_lanes_say() {
        let mut scene = Scene::new(true);
        // Stages are named by phases, phases by groups from 1: 1 and 8 are left turns of one street,
        // 7 and 2 go straight on; 3, 6 and 5, 4 likewise on the other.
        scene.nobody(0);
        scene.queue(6, 3.0, 0);
        scene.queue(1, 2.0, 0);
        let running = scene.junction.layout().stages().iter().position(|s| s.name == "1 + 8");
        let running = u8::try_from(running.expect("a stage")).expect("few");
        scene.seen(Some(running), None, 2, 0);
        assert_eq!(scene.stage(Mode::Actuated, 0), "1 + 8", "the minimum");
        scene.nobody(10_000);
        scene.queue(6, 3.0, 10_000);
        scene.queue(1, 2.0, 10_000);
        scene.seen(Some(running), None, 12, 10_000);
        assert_eq!(scene.stage(Mode::Actuated, 10_000), "7 + 2", "both gap out");
        let ended: Vec<_> = scene.junction.ended.clone();
        assert_eq!(ended, [(GroupId(0), Ending::GapOut), (GroupId(7), Ending::GapOut)]);
        // A vehicle on the lane of the first phase extends its ring, and that ring alone.
        for lane in scene.lanes(0) {
            scene.lanes.presence(lane, Loop::StopLine, true, Moment(10_500));
        }
        let mut fresh = Scene::new(true);
        fresh.lanes = scene.lanes.clone();
        fresh.seen(Some(running), None, 13, 11_000);
        assert_eq!(fresh.stage(Mode::Actuated, 11_000), "1 + 2");
        assert_eq!(fresh.junction.ended, [(GroupId(7), Ending::GapOut)]);
    }

    #[test]
    fn a_phase_whose_detectors_are_silent_is_not_forgotten() {
        let mut scene = Scene::new(true);
        scene.seen(Some(0), None, 30, 0);
        // Nothing is known of any lane: every phase calls, and none is extended.
        let first = scene.junction.layout().stage(StageId(0)).name.clone();
        assert_ne!(scene.stage(Mode::Actuated, 0), first);
        // Every lane says that nobody is there: the stage rests.
        let mut scene = Scene::new(true);
        scene.nobody(0);
        scene.seen(Some(0), None, 30, 0);
        assert_eq!(scene.stage(Mode::Actuated, 0), first);
        // What was said too long ago is no word at all.
        assert_ne!(scene.stage(Mode::Actuated, 30_000), first);
    }

    #[test]
    fn max_pressure_and_plain_actuated_control_see_queues() {
        for mode in [Mode::Actuated, Mode::MaxPressure] {
            let mut scene = Scene::new(false);
            scene.nobody(0);
            let layout = scene.junction.layout().clone();
            scene.seen(Some(0), None, 30, 0);
            let first = layout.stage(StageId(0)).name.clone();
            assert_eq!(scene.stage(mode, 0), first, "nobody waits elsewhere");
            let other = layout.group_ids().find(|&g| !layout.stage(StageId(0)).groups.contains(g));
            let other = other.expect("another group");
            scene.queue(other.0, 9.0, 0);
            let (_, decision) = scene.decide(mode, 0).expect("a decision");
            assert!(layout.stage(decision.stage).groups.contains(other), "{mode:?}");
            assert!(decision.ending.is_some());
        }
    }

    /// What one junction decides under the planner, with this foreseen.
    fn under(scene: &mut Scene, foreseen: Foreseen<'_>, now: i64) -> (ControlSource, Decision) {
        let Scene { junction, network, lanes, clock } = scene;
        let street = Street { network, lanes, clock, foreseen: Some(foreseen) };
        decide(junction, &street, Mode::Adaptive, Moment(now)).expect("a decision")
    }

    fn choice(stage: usize) -> Choice {
        let mut costs = vec![None; 4];
        (costs[0], costs[stage]) = (Some(120.0), Some(90.4));
        let (delay, span) = (40.0, Millis::from_secs(22));
        let sequence = vec![stage, 0];
        let why = optimizer::Why { sequence, costs, pressure: 0, delay, span, sent: stage };
        Choice { junction: 0, stage, basis: Basis::Search, why: Some(why) }
    }

    #[test]
    fn the_planner_says_what_it_wants_and_what_else_would_cost() {
        let mut scene = Scene::new(false);
        scene.nobody(0);
        scene.seen(Some(0), None, 20, 0);
        let (source, decision) = under(&mut scene, Foreseen::Planned(&choice(2), true), 0);
        assert_eq!((source, decision.stage), (ControlSource::Adaptive, StageId(2)));
        assert_eq!(decision.ending, Some(Ending::ForceOff));
        // Nobody waits by the lanes: max-pressure would hold.
        let expected =
            "stages 3, 1 cost 90; holding 1: 120; max-pressure's 1: 120; neighbours send 2";
        assert_eq!(decision.reason, expected);
        let (_, decision) = under(&mut scene, Foreseen::Planned(&choice(0), true), 0);
        assert_eq!((decision.stage, decision.ending), (StageId(0), None));
        assert_eq!(decision.reason, "stages 1, 1 cost 90; max-pressure agrees");
    }

    #[test]
    fn the_planner_says_who_has_called_what_it_wants() {
        let mut scene = Scene::new(false);
        let (walk, stage) = walked(&mut scene.junction.site);
        scene.nobody(10_000);
        scene.seen(Some(0), None, 20, 10_000);
        let wants = Choice { stage: stage.index(), ..choice(1) };
        let called = |scene: &mut Scene| {
            let (_, decision) = under(scene, Foreseen::Planned(&wants, true), 10_000);
            decision.reason.ends_with("; walk was called 8 s ago")
        };
        assert!(!called(&mut scene));
        scene.junction.calls.call(walk, Moment(2_000));
        assert!(called(&mut scene));
    }

    #[test]
    fn what_displays_have_announced_stands_whoever_decides() {
        let scene = || {
            let mut scene = Scene::new(false);
            scene.junction.countdown = Some(optimizer::Countdown::new(Millis(9_000)));
            scene.nobody(0);
            scene.seen(Some(0), None, 20, 0);
            scene
        };
        let wants = choice(2);
        let stage = |scene: &mut Scene, foreseen: Foreseen<'_>, now: i64| {
            scene.seen(Some(0), None, 20 + now / 1_000, now);
            under(scene, foreseen, now).1.stage
        };
        // It is announced, kept whatever is foreseen, and ends then.
        let mut street = scene();
        let (_, decision) = under(&mut street, Foreseen::Planned(&wants, true), 0);
        assert_eq!((decision.stage, decision.ending), (StageId(0), None));
        let reason = &decision.reason;
        assert!(reason.starts_with("announced: ends in 9 s, then 3; stages 3, 1"), "{reason}");
        assert_eq!(stage(&mut street, Foreseen::Planned(&choice(0), true), 4_000), StageId(0));
        assert_eq!(stage(&mut street, Foreseen::Away, 6_000), StageId(0));
        // The plan may want what it likes by now.
        assert_eq!(stage(&mut street, Foreseen::Blind, 8_999), StageId(0));
        assert_ne!(stage(&mut street, Foreseen::Blind, 9_000), StageId(0));
        // A person waits for the end as well, but may hold a green for longer.
        for (held, expected) in [(1, [0, 1]), (0, [0, 0])] {
            let mut street = scene();
            stage(&mut street, Foreseen::Planned(&wants, true), 0);
            street.junction.hold = Some(Hold { stage: StageId(held), until: Moment(60_000) });
            let found = [5_000, 9_000].map(|now| stage(&mut street, Foreseen::Blind, now).0);
            assert_eq!(found, expected);
        }
        // In a transition, nothing is announced any more.
        let mut street = scene();
        stage(&mut street, Foreseen::Planned(&wants, true), 0);
        street.seen(None, Some(2), 1, 9_000);
        under(&mut street, Foreseen::Waits, 9_000);
        assert_eq!(street.junction.countdown.and_then(|known| known.announced()), None);
    }

    #[test]
    fn how_a_green_of_the_rings_ends_is_told_when_it_ends_and_not_when_that_is_announced() {
        let mut scene = Scene::new(true);
        scene.junction.countdown = Some(optimizer::Countdown::new(Millis(9_000)));
        let named = |scene: &Scene, name: &str| {
            let stages = scene.junction.layout().stages();
            u8::try_from(stages.iter().position(|s| s.name == name).expect("a stage")).expect("few")
        };
        let (running, next) = (named(&scene, "1 + 8"), named(&scene, "7 + 2"));
        let mut look = |now: i64, queue: f64| {
            scene.nobody(now);
            scene.queue(6, queue, now);
            scene.queue(1, queue, now);
            scene.seen(Some(running), None, 2 + now / 1_000, now);
            let (_, decision) = scene.decide(Mode::Actuated, now).expect("a decision");
            (decision.stage.0, decision.ending, scene.junction.ended.len())
        };
        assert_eq!(look(10_000, 2.0), (running, None, 0), "both gap out: it is announced");
        assert_eq!(look(14_000, 2.0), (running, None, 0));
        // Nobody waits any more, and no ring would end anything: what is announced ends all the same.
        assert_eq!(look(19_000, 0.0), (next, None, 2));
        let ended = [(GroupId(0), Ending::GapOut), (GroupId(7), Ending::GapOut)];
        assert_eq!(scene.junction.ended, ended);
    }

    #[test]
    fn who_has_called_a_walk_counts_for_max_pressure_and_more_the_longer_he_waits() {
        let mut site = one_junction();
        let (walk, stage) = walked(&mut site.signals[0]);
        let mut scene = Scene::new(false);
        scene.junction.site = site.signals[0].clone();
        let other = scene.junction.layout().group_ids();
        let is_closed = |&group: &GroupId| {
            !scene.junction.layout().stage(StageId(0)).groups.contains(group) && group != walk
        };
        let other = other.into_iter().find(is_closed).expect("another group");
        let mut wanted = |now: i64, queue: f64| {
            scene.nobody(now);
            scene.queue(other.0, queue, now);
            scene.seen(Some(0), None, 15, now);
            let whys = [Foreseen::Away, Foreseen::Missed];
            let stages = whys.map(|foreseen| under(&mut scene, foreseen, now).1.stage);
            assert_eq!(stages[0], stages[1]);
            if now == 0 {
                scene.junction.calls.call(walk, Moment(1_000));
            }
            stages[0]
        };
        assert_eq!(wanted(0, 0.0), StageId(0), "nobody waits");
        assert_ne!(wanted(100_000, 60.0), stage, "many more wait elsewhere");
        assert_eq!(wanted(30_000, 0.0), stage, "he was once forgotten");
        // A queue that grows no faster than he grows impatient does not keep him.
        assert_eq!(wanted(100_000, 4.0), stage);
    }

    #[test]
    fn the_planner_holds_where_it_may_not_or_need_not_change() {
        let mut scene = Scene::new(false);
        scene.nobody(0);
        scene.seen(Some(0), None, 2, 0);
        let (_, decision) = under(&mut scene, Foreseen::Waits, 0);
        assert_eq!((decision.stage, decision.ending), (StageId(0), None));
        assert!(decision.reason.starts_with("minimum of "), "{}", decision.reason);
        // The maximum is over: it ends the green only where somebody waits.
        scene.seen(Some(0), None, 600, 0);
        for (waits, stage, ending) in [(false, 0, None), (true, 2, Some(Ending::MaxOut))] {
            let (_, decision) = under(&mut scene, Foreseen::Planned(&choice(2), waits), 0);
            assert_eq!((decision.stage, decision.ending), (StageId(stage), ending));
        }
        // A transition is finished whatever is planned.
        scene.seen(None, Some(1), 1, 0);
        let (_, decision) = under(&mut scene, Foreseen::Planned(&choice(2), true), 0);
        assert_eq!((decision.stage, decision.ending), (StageId(1), None));
    }

    #[test]
    fn without_sight_the_plan_serves_and_max_pressure_where_the_planner_was_let_down() {
        let mut scene = Scene::new(false);
        scene.seen(Some(0), None, 20, 0);
        let (source, decision) = under(&mut scene, Foreseen::Blind, 0);
        assert_eq!(source, ControlSource::Coordinated);
        let reason = &decision.reason;
        assert!(reason.starts_with("nothing is known of its lanes: plan webster"), "{reason}");
        scene.queue(2, 9.0, 0);
        let wanted = scene.decide(Mode::MaxPressure, 0).expect("a decision").1;
        let (source, decision) = under(&mut scene, Foreseen::Away, 0);
        assert_eq!((source, decision.stage), (ControlSource::Adaptive, wanted.stage));
        let reason = &decision.reason;
        assert!(reason.starts_with("max-pressure for the planner: "), "{reason}");
        let (source, decision) = under(&mut scene, Foreseen::Missed, 0);
        assert_eq!((source, decision.stage), (ControlSource::Adaptive, wanted.stage));
        let reason = &decision.reason;
        let expected = "max-pressure, the search missed its budget: ";
        assert!(reason.starts_with(expected), "{reason}");
    }
}
