//! The engine's state as values, for those who only look.

use estimate::{LaneView, Loop};
use signal::{Aspect, ControlSource, Coordination};
use units::{CivilTime, DeviceId, LaneId, Millis, Moment, PlanId, StageId};

use scenario::Mode;

use crate::engine::Engine;
use crate::junction::Junction;

/// What was counted since the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Modbus requests sent.
    pub requests: u64,
    /// Modbus requests that failed.
    pub errors: u64,
    /// Decisions taken.
    pub decisions: u64,
    /// Demands sent, renewals among them.
    pub demands: u64,
    /// Demands that were not written, or never showed within their lease.
    pub unanswered_demands: u64,
    /// Demands that the interlock refused.
    pub refusals: u64,
    /// What the monitor found.
    pub violations: u64,
}

/// A junction's plan on the common clock.
#[derive(Clone, PartialEq, Debug)]
pub struct CoordinationSnapshot {
    /// The name of the calendar's plan.
    pub plan: String,
    /// The plan that the calendar has next, and when; none where it stays for a week, or while the
    /// clock on the wall is not known.
    pub next: Option<(String, CivilTime)>,
    /// The plan's cycle.
    pub cycle: Millis,
    /// Where in the cycle the plan is.
    pub cycle_time: Millis,
    /// What is to be added (positive) or taken away (negative) to be in step; zero where the plan
    /// has no control.
    pub out_of_step: Millis,
    /// How the plan stands to the clock; free where something else has control.
    pub state: Coordination,
}

/// What a person has asked for at a junction; it ends by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asked {
    /// What.
    pub what: AskedFor,
    /// Until when.
    pub until: Moment,
}

/// What a person can ask for at a junction for a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AskedFor {
    /// A stage is held.
    Hold(StageId),
    /// A plan of the cabinet is selected.
    Plan(PlanId),
    /// A preempt of the cabinet is raised, counted from 1.
    Preempt(u8),
}

/// One junction.
#[derive(Clone, PartialEq, Debug)]
pub struct JunctionSnapshot {
    /// Its name.
    pub name: String,
    /// Where it is, metres.
    pub position: (f64, f64),
    /// Who controls it.
    pub source: ControlSource,
    /// The stage that runs.
    pub stage: Option<StageId>,
    /// The stage that a transition leads to.
    pub next: Option<StageId>,
    /// The time in the stage or transition, when it was read.
    pub elapsed: Millis,
    /// What its groups show, with their names.
    pub aspects: Vec<(String, Aspect)>,
    /// Vehicles that queue on its approaches, of those lanes of which something fresh is known; none
    /// where that is no lane.
    pub queue: Option<f64>,
    /// The age of what was read.
    pub age: Option<Millis>,
    /// What was left of the lease when it was read; nothing where that time is over.
    pub lease_left: Millis,
    /// Where its displays count down: when the green that runs was announced to end, now where that is
    /// due, and the stage that follows it. Where that may not follow directly, it is the first on the way.
    pub announced: Option<(Moment, StageId)>,
    /// Why the last decision was taken.
    pub reason: String,
    /// What the planner would do, where it only looks on.
    pub shadow: Option<String>,
    /// Its plan on the common clock.
    pub coordination: CoordinationSnapshot,
    /// What people have asked for, each until its time is over.
    pub asked: Vec<Asked>,
}

/// One device.
#[derive(Clone, PartialEq, Debug)]
pub struct DeviceSnapshot {
    /// Its name.
    pub name: String,
    /// How it fares.
    pub state: &'static str,
    /// Whether its line is connected.
    pub connected: bool,
    /// Requests sent to it.
    pub requests: u64,
    /// Requests that failed.
    pub failures: u64,
    /// The time since its last answer.
    pub age: Option<Millis>,
    /// The age of the oldest of its data that is read again and again; none where some of it was
    /// never read.
    pub data_age: Option<Millis>,
    /// Its last failure.
    pub last_failure: Option<String>,
}

/// One lane.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct LaneSnapshot {
    /// Vehicles in the queue; none where nothing fresh is known.
    pub queue: Option<f64>,
    /// Vehicles on the lane; none where no tracker tells.
    pub vehicles: Option<f64>,
    /// The age of what is known of the queue.
    pub age: Option<Millis>,
    /// What the loop before the stop line has counted in the last minutes, and in what time.
    pub arrived: Option<(u32, Millis)>,
    /// What the loop at the stop line has counted.
    pub left: Option<(u32, Millis)>,
}

/// All of it at one moment.
#[derive(Clone, PartialEq, Debug)]
pub struct Snapshot {
    /// When.
    pub at: Moment,
    /// The site's name.
    pub site: String,
    /// By which rule junctions are controlled.
    pub mode: Mode,
    /// The signalised junctions, in the site's order.
    pub junctions: Vec<JunctionSnapshot>,
    /// What the clock on the wall shows, where the shell has said so.
    pub civil: Option<CivilTime>,
    /// The lanes, in the network's order.
    pub lanes: Vec<LaneSnapshot>,
    /// The devices, in the site's order.
    pub devices: Vec<DeviceSnapshot>,
    /// The emergency corridors that are open.
    pub corridors: Vec<corridor::Opened>,
    /// What was counted.
    pub counters: Counters,
}

impl Engine {
    /// The state as values.
    #[must_use]
    pub fn snapshot(&self, now: Moment) -> Snapshot {
        let mut devices = Vec::new();
        for (index, device) in self.devices.iter().enumerate() {
            let line = &self.lines[device.line.index()];
            let id = DeviceId::from_index(index);
            let Some((_, health)) = line.health().find(|(of, _)| *of == id) else {
                continue;
            };
            devices.push(DeviceSnapshot {
                name: self.site.devices[index].name.clone(),
                state: health.state.name(),
                connected: line.is_up(),
                requests: health.requests,
                failures: health.failures,
                age: health.last_answer.map(|at| now - at),
                data_age: health.read.iter().copied().min().flatten().map(|at| now - at),
                last_failure: health.last_failure.clone(),
            });
        }
        Snapshot {
            at: now,
            site: self.site.name.clone(),
            mode: self.mode,
            junctions: self.junctions.iter().map(|j| self.junction_snapshot(j, now)).collect(),
            civil: self.clock.civil(now),
            lanes: (0..self.site.network.lanes().len())
                .map(|lane| lane_snapshot(self.lanes.get(LaneId::from_index(lane)), now))
                .collect(),
            devices,
            corridors: self.corridors.open().to_vec(),
            counters: self.counters,
        }
    }

    fn junction_snapshot(&self, junction: &Junction, now: Moment) -> JunctionSnapshot {
        let network = &self.site.network;
        let row = network.junction(junction.site.junction);
        let lanes = row.incoming.iter().flat_map(|&link| network.link_lanes(link));
        let known = lanes.map(|lane| self.lanes.get(lane)).filter(|lane| lane.is_known(now));
        let queue = known.map(|lane| lane.queue(now)).reduce(|sum, queue| sum + queue);
        let state = junction.state.as_ref();
        let aspects = state.map_or(&[][..], |s| &s.seen.aspects);
        let groups = junction.layout().groups();
        JunctionSnapshot {
            name: row.name.clone(),
            position: (row.position.x, row.position.y),
            source: junction.source,
            stage: state.and_then(|s| s.seen.running),
            next: state.and_then(|s| s.seen.next),
            elapsed: state.map_or(Millis::ZERO, |s| s.seen.elapsed),
            aspects: groups.iter().map(|g| g.name.clone()).zip(aspects.iter().copied()).collect(),
            queue,
            age: state.map(|s| now - s.seen.at),
            lease_left: state
                .filter(|s| now - s.seen.at < s.lease_left)
                .map_or(Millis::ZERO, |s| s.lease_left),
            announced: announced(junction, now),
            reason: junction.reason.clone(),
            shadow: junction.shadow.clone(),
            coordination: self.coordination(junction, now),
            asked: asked(junction, now),
        }
    }

    fn coordination(&self, junction: &Junction, now: Moment) -> CoordinationSnapshot {
        let timetable = &junction.timetable;
        let coordinator = &timetable.coordinator;
        let state = timetable.state(junction.source);
        let free = state == Coordination::Free;
        CoordinationSnapshot {
            plan: coordinator.plan().name().to_owned(),
            next: timetable.next(&junction.site, now, &self.clock),
            cycle: coordinator.plan().cycle(),
            cycle_time: coordinator.cycle_time(now),
            out_of_step: if free { Millis::ZERO } else { coordinator.out_of_step() },
            state,
        }
    }
}

/// What displays show, as long as the green that it was announced for is seen.
fn announced(junction: &Junction, now: Moment) -> Option<(Moment, StageId)> {
    let known = junction.countdown.as_ref()?.announced()?;
    let running = junction.state.as_ref()?.seen.running?;
    let at = (Moment::ORIGIN + known.at).max(now);
    let next = junction.layout().next_hop(running, StageId::from_index(known.to));
    (running.index() == known.from).then_some((at, next))
}

/// What people have asked for and is not over yet.
fn asked(junction: &Junction, now: Moment) -> Vec<Asked> {
    let hold = junction.hold.as_ref().map(|hold| (AskedFor::Hold(hold.stage), hold.until));
    let plan = junction.wired.selected.map(|(plan, until)| (AskedFor::Plan(plan), until));
    let preempt = junction.wired.preempt.map(|(number, until)| (AskedFor::Preempt(number), until));
    let all = [hold, plan, preempt].into_iter().flatten();
    all.filter(|&(_, until)| until > now).map(|(what, until)| Asked { what, until }).collect()
}

fn lane_snapshot(lane: &LaneView, now: Moment) -> LaneSnapshot {
    LaneSnapshot {
        queue: lane.is_known(now).then(|| lane.queue(now)),
        vehicles: lane.vehicles(now),
        age: lane.age(now),
        arrived: lane.counted(Loop::Advance, now),
        left: lane.counted(Loop::StopLine, now),
    }
}

#[cfg(test)]
mod tests {
    use optimizer::Countdown;
    use signal::CommonClock;

    use super::*;
    use crate::testing::{control, one_junction, ringed, state};

    /// What followed was once said to be a stage that may not follow, and the end to have been long ago.
    #[test]
    fn what_is_announced_is_what_will_show_and_is_never_past() {
        let mut site = one_junction();
        ringed(&mut site.signals[0]);
        let clock = CommonClock::unset();
        let mut junction = Junction::new(site.signals[0].clone(), &control(), Moment(0), &clock);
        let layout = junction.layout().clone();
        let pairs =
            layout.stage_ids().flat_map(|from| layout.stage_ids().map(move |to| (from, to)));
        let mut hops = 0;
        for (from, to) in pairs.filter(|(from, to)| from != to) {
            let mut countdown = Countdown::new(Millis(9_000));
            countdown.decide(from.index(), to.index(), Millis(1_000));
            junction.countdown = Some(countdown);
            junction.state = Some(state(Some(from.0), None, 20, Moment(2_000)));
            let next = layout.next_hop(from, to);
            hops += usize::from(next != to);
            assert!(layout.allowed(from, next), "{from} to {to}");
            for (now, end) in [(2_000, 10_000), (10_000, 10_000), (12_500, 12_500)] {
                assert_eq!(announced(&junction, Moment(now)), Some((Moment(end), next)));
            }
            junction.state = Some(state(Some(to.0), None, 0, Moment(14_000)));
            assert_eq!(announced(&junction, Moment(14_000)), None, "that green is over");
        }
        assert!(hops > 0, "every stage may follow every other");
    }
}
