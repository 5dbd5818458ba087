//! The planner beside the junctions: what the sensors mean and what each junction was last seen to show
//! become one scene, and one controller of the whole district decides it once a beat.
//!
//! ```text
//!   lanes, read-backs ──▶ scene ──▶ planner ──▶ a choice for each junction ──▶ decide, or only told
//!                                                        │
//!   vehicles that stand ─────────────────────▶ watch ◀───┘   max-pressure where it was let down
//! ```
//!
//! A lane of which nothing fresh is known is taken to have one vehicle that waits while it has red, as
//! long as anything is known of its junction: nobody is forgotten because a detector is silent.

use estimate::{Followed, Lanes, LoopSight, STANDING, Sight};
use optimizer::{
    Choice, Control, Controller, District, Instants, JunctionSpec, Scene, Showing, Turn, Watch,
};
use scenario::{DetectorKind, InputRole, Mode, Shadow, Site};
use signal::ControlSource;
use units::{LaneId, Millis, Moment, StageId};

use crate::decide::sentence;
use crate::engine::Engine;
use crate::event::EventKind;
use crate::junction::{Junction, SEEN_MAX_AGE};
use crate::planned;

/// What is foreseen for one junction at one beat.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Foreseen<'f> {
    /// Nothing is known of its lanes.
    Blind,
    /// The planner was let down: max-pressure has it.
    Away,
    /// It may not change yet.
    Waits,
    /// The planner's choice, and whether anybody waits for what is closed.
    Planned(&'f Choice, bool),
}

/// The planner, and what it needs from beat to beat.
#[derive(Clone, Debug)]
pub(crate) struct Foresight {
    controller: Controller,
    junctions: Vec<JunctionSpec>,
    scene: Scene,
    /// For each lane its loops, the nearest to the stop line first, and their last counts.
    loops: Vec<Vec<LoopMark>>,
    /// For each lane where its vehicles are that a tracker only counts, its length and its speed.
    followed: Vec<(Followed, (f32, f32))>,
    choices: Vec<Option<Choice>>,
    /// The stage that each junction was last seen to show.
    shown: Vec<usize>,
    blind: Vec<bool>,
    watches: Vec<Watch>,
}

/// A loop and what it had counted.
#[derive(Clone, Copy, Debug)]
struct LoopMark {
    which: estimate::Loop,
    distance: f32,
    count: Option<u16>,
}

impl Foresight {
    pub(crate) fn new(site: &Site) -> Self {
        let network = site.network.clone();
        let of = |signal| planned::of_site(&network, signal, Instants::Any);
        let junctions: Vec<JunctionSpec> = site.signals.iter().map(of).collect();
        let district = District { network: network.clone(), junctions: junctions.clone() };
        let count = junctions.len();
        Self {
            controller: Controller::new(Control::Adaptive, district),
            junctions,
            scene: Scene::default(),
            loops: loops(site),
            followed: network
                .lanes()
                .iter()
                .map(|lane| {
                    let length = network.link(lane.link).length.0 as f32;
                    (Followed::default(), (length, lane.speed.0 as f32))
                })
                .collect(),
            choices: vec![None; count],
            shown: vec![0; count],
            blind: vec![true; count],
            watches: vec![Watch::default(); count],
        }
    }

    /// What is foreseen for a junction.
    pub(crate) fn at(&self, index: usize) -> Foreseen<'_> {
        match &self.choices[index] {
            _ if self.blind[index] => Foreseen::Blind,
            _ if self.watches[index].is_away() => Foreseen::Away,
            None => Foreseen::Waits,
            Some(choice) => Foreseen::Planned(choice, self.waits_elsewhere(index)),
        }
    }

    /// What the planner would show, whoever controls, and why.
    fn would(&self, index: usize) -> Option<&Choice> {
        self.choices[index].as_ref().filter(|_| !self.blind[index])
    }

    /// Looks at the street and decides.
    fn beat(&mut self, junctions: &[Junction], lanes: &Lanes, now: Moment) {
        self.scene.time = now - Moment::ORIGIN;
        let shown = junctions.iter().zip(&mut self.shown);
        let showing = shown.map(|(junction, shown)| showing(junction, shown, now));
        self.scene.signals = showing.collect();
        self.look(lanes, now);
        for index in 0..self.junctions.len() {
            let known = |lane: LaneId| self.scene.lanes[lane.index()] != Sight::Unknown;
            let approaches = &self.junctions[index].approaches;
            self.blind[index] = !approaches.iter().any(|approach| known(approach.lane));
        }
        self.assume();
        self.choices.fill(None);
        for choice in self.controller.decide(&self.scene) {
            let index = choice.junction;
            self.choices[index] = Some(choice);
        }
    }

    fn look(&mut self, lanes: &Lanes, now: Moment) {
        self.scene.lanes.clear();
        let passed = |count: Option<u16>, before: Option<u16>| match (count, before) {
            (Some(count), Some(before)) => u32::from(count.wrapping_sub(before)),
            _ => 0,
        };
        for (index, marks) in self.loops.iter_mut().enumerate() {
            let view = lanes.get(LaneId::from_index(index));
            let (mut sights, mut left) = (Vec::new(), None);
            for mark in marks {
                let Some(present) = view.occupied(mark.which, now) else {
                    mark.count = None;
                    continue;
                };
                let count = view.total(mark.which);
                let passed = passed(count, mark.count);
                mark.count = count;
                if mark.which == estimate::Loop::StopLine {
                    left = Some(passed);
                }
                let occupied = if present { Millis(1_000) } else { Millis::ZERO };
                sights.push(LoopSight { distance: mark.distance, passed, occupied, present });
            }
            let sight = match view.tracked(now) {
                Some(queue) => {
                    let queue = whole(queue);
                    let count = view.vehicles(now).map_or(queue, whole).max(queue);
                    let (followed, road) = &mut self.followed[index];
                    let mut seen = Vec::new();
                    followed.look((count, queue), left, *road, self.scene.time, &mut seen);
                    Sight::Vehicles { seen, range: None }
                }
                None if sights.is_empty() => Sight::Unknown,
                None => Sight::Loops(sights),
            };
            self.scene.lanes.push(sight);
        }
    }

    /// Puts one who waits onto each lane of which nothing is known, where it has red.
    fn assume(&mut self) {
        for (index, spec) in self.junctions.iter().enumerate() {
            let Showing::Stage { stage, .. } = self.scene.signals[index] else {
                continue;
            };
            for (approach, opening) in spec.approaches.iter().zip(&spec.stages[stage].opens) {
                let sight = &mut self.scene.lanes[approach.lane.index()];
                if !self.blind[index] && opening.open == 0 && *sight == Sight::Unknown {
                    *sight = Sight::Counted { count: 1, queue: 1 };
                }
            }
        }
    }

    /// Whether anybody is on a lane that is closed, or open in part.
    fn waits_elsewhere(&self, index: usize) -> bool {
        let spec = &self.junctions[index];
        let Showing::Stage { stage, .. } = self.scene.signals[index] else {
            return false;
        };
        spec.approaches.iter().zip(&spec.stages[stage].opens).any(|(approach, opening)| {
            let is_closed = (0..approach.exits.len()).any(|way| opening.open & (1 << way) == 0);
            is_closed && on_lane(&self.scene.lanes[approach.lane.index()])
        })
    }

    /// Holds what came against what was foretold.
    fn watch(&mut self, index: usize, controls: bool, lanes: &Lanes, now: Moment) -> Option<Turn> {
        let watch = &mut self.watches[index];
        if !(controls || watch.is_away()) || self.blind[index] {
            watch.pause();
            return None;
        }
        let approaches = self.junctions[index].approaches.iter();
        let waiting = approaches.map(|approach| match &self.scene.lanes[approach.lane.index()] {
            Sight::Vehicles { seen, .. } => {
                seen.iter().filter(|v| v.speed < STANDING).count() as f64
            }
            _ => lanes.get(approach.lane).queue(now),
        });
        let why = self.choices[index].as_ref().and_then(|choice| choice.why.as_ref());
        let foretold = why.map(|why| (f64::from(why.delay), why.span));
        watch.look(now - Moment::ORIGIN, waiting.sum(), foretold)
    }
}

impl Engine {
    /// Lets the planner decide, where the mode or its shadow needs it.
    pub(crate) fn foresee(&mut self, now: Moment) {
        let rules = self.mode == Mode::Adaptive;
        if !rules && self.site.control.shadow != Some(Shadow::Adaptive) {
            self.foresight = None;
            return;
        }
        let site = &self.site;
        let foresight = self.foresight.get_or_insert_with(|| Box::new(Foresight::new(site)));
        foresight.beat(&self.junctions, &self.lanes, now);
        let mut turns = Vec::new();
        for (index, junction) in self.junctions.iter().enumerate() {
            let controls = rules && junction.source == ControlSource::Adaptive;
            let turn = foresight.watch(index, controls, &self.lanes, now);
            turns.extend(turn.map(|turn| (index, turn)));
        }
        for (index, turn) in turns {
            let (on, reason) = match turn {
                Turn::Fell { realised, foretold, away } => (
                    true,
                    format!(
                        "max-pressure for {away}: {realised:.0} vehicle-seconds of delay in five \
                         minutes, {foretold:.0} were foretold"
                    ),
                ),
                Turn::CameBack => (false, "the planner has it again".to_owned()),
            };
            self.event(now, Some(index), None, EventKind::Fallback { on, reason });
        }
    }

    /// Tells what the planner would have done where another rule controls.
    pub(crate) fn compare(&mut self, index: usize, decided: StageId, now: Moment) {
        let junction = &mut self.junctions[index];
        let running = junction.state.as_ref().and_then(|state| state.seen.running);
        let would = self.foresight.as_ref().filter(|_| self.mode != Mode::Adaptive);
        let would = would.and_then(|foresight| foresight.would(index)).zip(running);
        let Some((choice, running)) = would else {
            junction.shadow = None;
            return;
        };
        let stage = StageId::from_index(choice.stage);
        let reason = match &choice.why {
            Some(why) => sentence(why, running, stage, Some(decided)),
            None => "nothing is known of its lanes".to_owned(),
        };
        junction.shadow = Some(format!("stage {}: {reason}", stage.0 + 1));
        let differs = (stage != decided).then_some(stage);
        if junction.told_shadow == differs {
            return;
        }
        junction.told_shadow = differs;
        if let Some(stage) = differs {
            let kind = EventKind::Shadowed { stage, instead_of: decided, reason };
            self.event(now, Some(index), None, kind);
        }
    }
}

/// What a junction was last seen to show. Where that is old, or unknown, it may not change.
fn showing(junction: &Junction, shown: &mut usize, now: Moment) -> Showing {
    let nothing = Showing::Change { from: *shown, to: *shown, elapsed: Millis::ZERO };
    let Some(seen) = junction.state.as_ref().map(|state| &state.seen) else {
        return nothing;
    };
    if now - seen.at > SEEN_MAX_AGE {
        return nothing;
    }
    let elapsed = seen.elapsed + (now - seen.at);
    match (seen.running, seen.next) {
        (Some(stage), _) => {
            *shown = stage.index();
            Showing::Stage { stage: stage.index(), elapsed }
        }
        (None, Some(to)) => Showing::Change { from: *shown, to: to.index(), elapsed },
        (None, None) => nothing,
    }
}

/// The loops of each lane, wherever they are wired.
fn loops(site: &Site) -> Vec<Vec<LoopMark>> {
    let own = site.detectors.iter().map(|detector| (detector.lane, detector.kind));
    let wired = site.inputs.iter().filter_map(|input| match input.role {
        InputRole::Detector { lane, kind } => Some((lane, kind)),
        InputRole::StageConfirmation { .. } => None,
    });
    let mut loops: Vec<Vec<LoopMark>> = vec![Vec::new(); site.network.lanes().len()];
    for (lane, kind) in own.chain(wired) {
        let (which, distance) = match kind {
            DetectorKind::StopLine => (estimate::Loop::StopLine, 0.0),
            DetectorKind::Advance { distance } => (estimate::Loop::Advance, distance.0 as f32),
            DetectorKind::Tracker => continue,
        };
        let marks = &mut loops[lane.index()];
        // A lane has one of each: the estimate keeps no more.
        if marks.iter().all(|mark| mark.which != which) {
            marks.push(LoopMark { which, distance, count: None });
            marks.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        }
    }
    loops
}

fn on_lane(sight: &Sight) -> bool {
    match sight {
        Sight::Unknown => false,
        Sight::Vehicles { seen, .. } => !seen.is_empty(),
        Sight::Counted { count, .. } => *count > 0,
        Sight::Loops(loops) => loops.iter().any(|one| one.present || one.passed > 0),
    }
}

/// A tracker's count as a number of vehicles.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(vehicles: f64) -> u32 {
    vehicles.round().max(0.0) as u32
}
