//! The planner beside the junctions: what the sensors mean and what each junction was last seen to show
//! become one scene, and one controller of the whole district decides it once a beat.
//!
//! ```text
//!   lanes, read-backs ──▶ scene ──▶ planner ──▶ a choice for each junction ──▶ decide, or only told
//!                                                        │
//!   vehicles that stand ─────────────────────▶ watch ◀───┘   max-pressure where it was let down
//! ```
//!
//! Of a lane of which nothing fresh is known the estimate believes what the lanes around it tell, and
//! that somebody may wait while it has red, as long as anything is known of its junction: nobody is
//! forgotten because a detector is silent.

use estimate::{Followed, Lanes, LoopSight, STANDING, Sight};
use optimizer::{
    BUDGET, Basis, Choice, Control, Controller, District, Instants, Scene, Settings, Showing, Turn,
    WalkSight, Watch,
};
use scenario::{DetectorKind, InputRole, Mode, Shadow, Site};
use signal::ControlSource;
use units::{LaneId, Millis, Moment, StageId};

use crate::decide::reason;
use crate::dispatch::constraint;
use crate::engine::Engine;
use crate::event::EventKind;
use crate::junction::{Junction, SEEN_MAX_AGE};
use crate::planned;

/// A search that has not missed its budget for so long misses it no longer.
const SETTLED: Millis = Millis::from_secs(300);

/// What is foreseen for one junction at one beat.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Foreseen<'f> {
    /// Nothing is known of its lanes.
    Blind,
    /// The planner was let down: max-pressure has it.
    Away,
    /// The search missed its budget: max-pressure decides.
    Missed,
    /// It may not change yet.
    Waits,
    /// The planner's choice, and whether anybody waits for what is closed.
    Planned(&'f Choice, bool),
}

/// The planner, and what it needs from beat to beat.
#[derive(Clone, Debug)]
pub(crate) struct Foresight {
    controller: Controller,
    scene: Scene,
    /// For each lane its loops, the nearest to the stop line first, and their last counts.
    loops: Vec<Vec<LoopMark>>,
    /// For each lane where its vehicles are that a tracker only counts, its length and its speed.
    followed: Vec<(Followed, (f32, f32))>,
    decided: Vec<Choice>,
    choices: Vec<Option<Choice>>,
    /// For each junction the last time that its search missed its budget, while that is told.
    missed: Vec<Option<Moment>>,
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
        let junctions = site.signals.iter().map(of).collect();
        let district = District { network: network.clone(), junctions };
        let count = site.signals.len();
        Self {
            controller: Controller::new(Control::Adaptive, district).with_settings(settings(site)),
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
            decided: Vec::new(),
            choices: vec![None; count],
            missed: vec![None; count],
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
            Some(choice) if choice.basis == Basis::Missed => Foreseen::Missed,
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
        self.scene.announced.clear();
        let known = junctions.iter().map(|junction| junction.countdown?.announced());
        self.scene.announced.extend(known);
        self.scene.walks.clear();
        self.scene.walks.extend(junctions.iter().map(|junction| walks(junction, now)));
        for (spec, blind) in self.controller.junctions().iter().zip(&mut self.blind) {
            let known = |lane: LaneId| self.scene.lanes[lane.index()].tells();
            *blind = !spec.approaches.iter().any(|approach| known(approach.lane));
        }
        self.choices.fill(None);
        self.controller.decide(&self.scene, &mut self.decided);
        for choice in self.decided.drain(..) {
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

    /// Whether anybody is on a lane that is closed, or open in part.
    fn waits_elsewhere(&self, index: usize) -> bool {
        let spec = &self.controller.junctions()[index];
        let Showing::Stage { stage, .. } = self.scene.signals[index] else {
            return false;
        };
        spec.approaches.iter().zip(&spec.stages[stage].opens).any(|(approach, opening)| {
            let is_closed = (0..approach.exits.len()).any(|way| opening.open & (1 << way) == 0);
            is_closed && on_lane(&self.scene.lanes[approach.lane.index()])
        }) || spec.walks.iter().zip(&self.scene.walks[index]).any(|(walk, sight)| {
            !walk.shown[stage] && matches!(sight, WalkSight::Waiting { persons: 1.., .. })
        })
    }

    /// Whether a search begins to miss its budget, or has not for [`SETTLED`]: so that one that does now
    /// and then is told of once.
    fn miss(&mut self, index: usize, now: Moment) -> Option<bool> {
        let misses =
            self.choices[index].as_ref().is_some_and(|choice| choice.basis == Basis::Missed);
        let missed = &mut self.missed[index];
        if misses {
            return missed.replace(now).is_none().then_some(true);
        }
        let is_over = missed.is_some_and(|last| now - last >= SETTLED);
        is_over.then(|| *missed = None).map(|()| false)
    }

    /// Holds what came against what was foretold.
    fn watch(&mut self, index: usize, controls: bool, lanes: &Lanes, now: Moment) -> Option<Turn> {
        let watch = &mut self.watches[index];
        if !(controls || watch.is_away()) || self.blind[index] {
            watch.pause();
            return None;
        }
        let approaches = self.controller.junctions()[index].approaches.iter();
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
        let clearings = self.corridors.clearings().iter();
        foresight.scene.clearings.clear();
        if rules {
            foresight.scene.clearings.extend(clearings.map(|clearing| constraint(clearing, now)));
        }
        foresight.beat(&self.junctions, &self.lanes, now);
        let (mut turns, mut misses) = (Vec::new(), Vec::new());
        for (index, junction) in self.junctions.iter().enumerate() {
            misses.extend(foresight.miss(index, now).map(|on| (index, on)));
            let controls = rules && junction.source == ControlSource::Adaptive;
            let turn = foresight.watch(index, controls, &self.lanes, now);
            turns.extend(turn.map(|turn| (index, turn)));
        }
        for (index, on) in misses {
            let reason = match on {
                true => "max-pressure: the search misses its budget",
                false => "the search has kept its budget for five minutes",
            };
            self.event(now, Some(index), None, EventKind::Fallback { on, reason: reason.into() });
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
        let reason = reason(choice, running, Some(decided));
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

/// The planner's settings as a site weighs things.
#[allow(clippy::cast_possible_truncation)]
fn settings(site: &Site) -> Settings {
    let (usual, objective) = (Settings::default(), &site.control.objective);
    Settings {
        explains: true,
        budget: site.control.search_budget.unwrap_or(BUDGET),
        bus: objective.bus as f32,
        person: objective.person as f32,
        stop: objective.stop.as_secs_f32(),
        patience: usual.patience.within(objective.longest_wait),
        ..usual
    }
}

/// What a junction was last seen to show; unknown where that is old.
fn showing(junction: &Junction, shown: &mut usize, now: Moment) -> Showing {
    let Some(seen) = junction.state.as_ref().map(|state| &state.seen) else {
        return Showing::Unknown;
    };
    if now - seen.at > SEEN_MAX_AGE {
        return Showing::Unknown;
    }
    let elapsed = seen.elapsed + (now - seen.at);
    match (seen.running, seen.next) {
        (Some(stage), _) => {
            *shown = stage.index();
            Showing::Stage { stage: stage.index(), elapsed }
        }
        (None, Some(to)) => Showing::Change { from: *shown, to: to.index(), elapsed },
        (None, None) => Showing::Unknown,
    }
}

/// Who waits at each crossing of a junction, as far as buttons tell.
fn walks(junction: &Junction, now: Moment) -> Vec<WalkSight> {
    let calls = &junction.calls;
    planned::crossings(junction.layout()).map(|group| calls.sight(group, now)).collect()
}

/// The loops of each lane, wherever they are wired.
fn loops(site: &Site) -> Vec<Vec<LoopMark>> {
    let own = site.detectors.iter().map(|detector| (detector.lane, detector.kind));
    let wired = site.inputs.iter().filter_map(|input| match input.role {
        InputRole::Detector { lane, kind } => Some((lane, kind)),
        InputRole::StageConfirmation { .. }
        | InputRole::Call { .. }
        | InputRole::Preempt { .. } => None,
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
        // Somebody may be, and nobody is forgotten.
        Sight::Unknown => true,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, control, one_junction, state, walked};
    use estimate::Loop;
    use scenario::ObjectiveSite;
    use signal::{CommonClock, Seen};

    /// A junction, its lanes, and the planner beside it.
    struct Street {
        site: Site,
        junctions: Vec<Junction>,
        lanes: Lanes,
        foresight: Foresight,
    }

    impl Street {
        fn new() -> Self {
            Self::of(one_junction())
        }

        fn of(site: Site) -> Self {
            let mut clock = CommonClock::unset();
            clock.set(Moment(0), at(7, 0));
            let junction = Junction::new(site.signals[0].clone(), &control(), Moment(0), &clock);
            let lanes = Lanes::new(site.network.lanes().len());
            let foresight = Foresight::new(&site);
            Self { junctions: vec![junction], lanes, foresight, site }
        }

        fn approaches(&self, open: bool) -> Vec<LaneId> {
            let spec = &self.foresight.controller.junctions()[0];
            let pairs = spec.approaches.iter().zip(&spec.stages[0].opens);
            let wanted = pairs.filter(|(_, opening)| (opening.open != 0) == open);
            wanted.map(|(approach, _)| approach.lane).collect()
        }

        /// A tracker says so of every approach now.
        fn track(&mut self, queue: f64, now: i64) {
            for lane in [self.approaches(true), self.approaches(false)].concat() {
                self.lanes.tracked(lane, queue, Moment(now));
                self.lanes.on_lane(lane, queue, Moment(now));
            }
        }

        fn beat(&mut self, stage: Option<u8>, elapsed: i64, now: i64) {
            self.junctions[0].state = Some(state(stage, None, elapsed, Moment(now)));
            self.foresight.beat(&self.junctions, &self.lanes, Moment(now));
        }

        fn sight(&self, lane: LaneId) -> &Sight {
            &self.foresight.scene.lanes[lane.index()]
        }
    }

    #[test]
    fn a_junction_of_which_nothing_is_known_is_blind_and_so_is_one_whose_readings_are_old() {
        let mut street = Street::new();
        street.beat(Some(0), 20, 0);
        assert!(matches!(street.foresight.at(0), Foreseen::Blind));
        street.track(2.0, 1_000);
        street.beat(Some(0), 20, 1_000);
        assert!(matches!(street.foresight.at(0), Foreseen::Planned(_, true)));
        street.beat(Some(0), 20, 6_000);
        assert!(matches!(street.foresight.at(0), Foreseen::Planned(..)), "five seconds are fresh");
        street.beat(Some(0), 20, 6_001);
        assert!(matches!(street.foresight.at(0), Foreseen::Blind));
    }

    #[test]
    fn nothing_is_decided_in_the_minimum_in_a_transition_and_on_an_old_read_back() {
        let mut street = Street::new();
        street.track(2.0, 0);
        for (stage, elapsed, waits) in [(Some(0), 1, true), (None, 1, true), (Some(0), 60, false)] {
            street.beat(stage, elapsed, 0);
            let found = matches!(street.foresight.at(0), Foreseen::Waits);
            assert_eq!(found, waits, "{stage:?} {elapsed}");
        }
        let late = Moment(0) + SEEN_MAX_AGE + Millis(1);
        street.foresight.beat(&street.junctions, &street.lanes, late);
        // It was once taken for a change from the stage to itself, which its neighbours read as green.
        assert_eq!(street.foresight.scene.signals, [Showing::Unknown]);
        assert!(matches!(street.foresight.at(0), Foreseen::Waits));
    }

    #[test]
    fn a_lane_is_what_its_freshest_sensor_says() {
        let mut street = Street::new();
        let lane = street.approaches(false)[0];
        street.lanes.presence(lane, Loop::StopLine, true, Moment(0));
        street.lanes.count(lane, Loop::StopLine, 65_535, Moment(0));
        street.beat(Some(0), 20, 0);
        let loops = |street: &Street| match street.sight(lane) {
            Sight::Loops(loops) => {
                loops.iter().map(|one| (one.passed, one.present)).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(loops(&street), vec![(0, true)]);
        street.lanes.presence(lane, Loop::StopLine, false, Moment(1_000));
        street.lanes.count(lane, Loop::StopLine, 1, Moment(1_000));
        street.beat(Some(0), 21, 1_000);
        assert_eq!(loops(&street), vec![(2, false)], "a count wraps");
        street.lanes.tracked(lane, 2.0, Moment(2_000));
        street.lanes.on_lane(lane, 3.0, Moment(2_000));
        street.beat(Some(0), 22, 2_000);
        let Sight::Vehicles { seen, range: None } = street.sight(lane) else {
            panic!("{:?}", street.sight(lane));
        };
        let standing: Vec<bool> = seen.iter().map(|vehicle| vehicle.speed < STANDING).collect();
        assert_eq!(standing, [true, true, false]);
    }

    #[test]
    fn one_waits_at_red_where_a_detector_is_silent_and_the_junction_is_not_blind() {
        let mut street = Street::new();
        let (red, green) = (street.approaches(false), street.approaches(true));
        street.beat(Some(0), 20, 0);
        let is_unknown = |street: &Street, lane: LaneId| *street.sight(lane) == Sight::Unknown;
        assert!(red.iter().all(|&lane| is_unknown(&street, lane)), "all are");
        street.lanes.tracked(red[0], 0.0, Moment(0));
        street.beat(Some(0), 20, 0);
        assert!(!is_unknown(&street, red[0]));
        assert!(red[1..].iter().all(|&lane| is_unknown(&street, lane)));
        assert!(green.iter().all(|&lane| is_unknown(&street, lane)));
        // The planner goes to them, though nobody was ever seen there.
        let goes = (0..120).any(|second| {
            street.lanes.tracked(red[0], 0.0, Moment(second * 1_000));
            street.beat(Some(0), 20 + second, second * 1_000);
            match street.foresight.at(0) {
                Foreseen::Planned(choice, waits) => waits && choice.stage != 0,
                _ => false,
            }
        });
        assert!(goes, "they are forgotten");
        // Where every lane says that nobody is there, nobody waits elsewhere.
        street.track(0.0, 1_000);
        street.beat(Some(0), 21, 1_000);
        assert!(matches!(street.foresight.at(0), Foreseen::Planned(_, false)));
    }

    #[test]
    fn who_has_called_a_walk_is_served_and_nobody_forgets_one_without_a_button() {
        let street = || {
            let mut site = one_junction();
            let (walk, stage) = walked(&mut site.signals[0]);
            (Street::of(site), walk, stage)
        };
        let (mut called, walk, walks) = street();
        // The first stage runs, nobody drives anywhere: when is the walk's stage wanted?
        let wanted_at = |street: &mut Street, seconds: std::ops::Range<i64>| {
            seconds.into_iter().find(|&second| {
                street.track(0.0, second * 1_000);
                street.beat(Some(0), second, second * 1_000);
                let choice = match street.foresight.at(0) {
                    Foreseen::Planned(choice, _) => Some(choice.stage),
                    _ => None,
                };
                choice.is_some_and(|stage| stage == walks.index())
            })
        };
        assert_eq!(wanted_at(&mut called, 0..30), None);
        called.junctions[0].calls.read(walk, true, Moment(30_000));
        assert_eq!(wanted_at(&mut called, 30..40), Some(30));
        assert!(matches!(called.foresight.at(0), Foreseen::Planned(_, true)), "somebody waits");
        // It is over as the walk shows.
        called.beat(Some(walks.0), 1, 45_000);
        let seen = called.junctions[0].state.clone().expect("there").seen;
        called.junctions[0].see_calls(&Seen { aspects: Vec::new(), ..seen });
        assert_eq!(called.junctions[0].calls.called(walk, Moment(46_000)), None);
        // Without a button it comes by itself, and not at once.
        let until = Settings::default().patience.until as i64;
        let found = wanted_at(&mut street().0, 0..300).expect("it comes");
        assert!((until..until + 60).contains(&found), "{found}");
    }

    #[test]
    fn a_site_that_weighs_nothing_otherwise_has_the_planner_as_it_is() {
        let usual = Settings { explains: true, ..Settings::default() };
        let mut site = one_junction();
        assert_eq!(settings(&site), usual);
        let longest_wait = Millis::from_secs(90);
        let own = ObjectiveSite { bus: 3.0, person: 0.0, stop: Millis(2_500), longest_wait };
        site.control.objective = own;
        let found = settings(&site);
        assert_eq!((found.bus, found.person, found.stop), (3.0, 0.0, 2.5));
        assert!((found.patience.until - usual.patience.until / 2.0).abs() < 1e-3);
    }

    #[test]
    fn more_that_stand_than_was_foretold_let_the_planner_down_and_it_comes_back() {
        let mut street = Street::new();
        let mut turns = Vec::new();
        for second in 0..1_500 {
            let now = Moment(second * 1_000);
            // Nobody is there when it decides, and many are when it is held against it.
            street.track(0.0, second * 1_000);
            street.beat(Some(0), 20, second * 1_000);
            street.foresight.scene.lanes.fill(Sight::Unknown);
            street.track(9.0, second * 1_000);
            let turn = street.foresight.watch(0, true, &street.lanes, now);
            turns.extend(turn.map(|turn| (second, turn)));
            let away = matches!(street.foresight.at(0), Foreseen::Away);
            assert_eq!(away, turns.len() % 2 == 1, "{second}");
        }
        let [(fell, Turn::Fell { away, .. }), (back, Turn::CameBack), ..] = turns[..] else {
            panic!("{turns:?}");
        };
        assert!(fell >= 300 && Millis::from_secs(back - fell) == away, "{turns:?}");
        // Under another's control nothing is held against it.
        let mut street = Street::new();
        street.track(9.0, 0);
        street.beat(Some(0), 20, 0);
        let quiet =
            |second: i64| street.foresight.watch(0, false, &street.lanes, Moment(second * 1_000));
        assert_eq!((0..900).filter_map(quiet).count(), 0);
    }

    #[test]
    fn a_search_that_misses_its_budget_leaves_the_junction_to_max_pressure_and_is_told_of_once() {
        let mut street = Street::new();
        let mut budgets = |budget: u32, seconds: std::ops::Range<i64>| {
            let settings = Settings { budget, explains: true, ..Settings::default() };
            street.foresight.controller =
                street.foresight.controller.clone().with_settings(settings);
            let mut told = Vec::new();
            for second in seconds {
                street.track((second % 7) as f64, second * 1_000);
                street.beat(Some(0), 20, second * 1_000);
                let is_missed = matches!(street.foresight.at(0), Foreseen::Missed);
                assert_eq!(is_missed, budget < BUDGET, "{second}");
                let turn = street.foresight.miss(0, Moment(second * 1_000));
                told.extend(turn.map(|on| (second, on)));
            }
            told
        };
        assert_eq!(budgets(BUDGET, 0..60), []);
        assert_eq!(budgets(1, 60..80), [(60, true)]);
        assert_eq!(budgets(BUDGET, 80..300), []);
        assert_eq!(budgets(1, 300..301), [], "it still does");
        assert_eq!(budgets(BUDGET, 301..900), [(600, false)]);
        assert_eq!(budgets(1, 900..901), [(900, true)]);
    }

    #[test]
    fn a_site_says_what_a_search_may_weigh() {
        for (budget, misses) in [(None, false), (Some(1), true), (Some(1_000_000), false)] {
            let mut street = Street::new();
            street.site.control.search_budget = budget;
            street.foresight = Foresight::new(&street.site);
            street.track(2.0, 0);
            street.beat(Some(0), 20, 0);
            let is_missed = matches!(street.foresight.at(0), Foreseen::Missed);
            assert_eq!(is_missed, misses, "{budget:?}");
        }
    }

    #[test]
    fn the_same_looks_give_the_same_choices() {
        let go = || {
            let mut street = Street::new();
            let told: Vec<String> = (0..60)
                .map(|second| {
                    street.track((second * 7 % 5) as f64, second * 1_000);
                    street.beat(Some(0), second, second * 1_000);
                    format!("{:?}", street.foresight.at(0))
                })
                .collect();
            (told, street.site.name)
        };
        assert_eq!(go(), go());
    }
}
