//! The planner: what is seen becomes arrivals, and a search over stages decides.

mod arrivals;
mod costs;
mod departures;
mod exchange;
mod held;
mod lane;
mod law;
mod outlook;
mod patience;
mod receiving;
mod roads;
mod search;
mod sensed;
mod share;
mod shares;
mod table;
#[cfg(test)]
pub(crate) mod testing;
mod trained;
mod value;
mod walks;
mod windows;

use units::Millis;

use crate::crew::Crew;
use crate::district::{District, Scene, Why};

use exchange::Exchange;
pub use law::Law;
pub use patience::Patience;
use sensed::Sensed;
use share::{Share, Turn};
pub use value::Value;

/// What the planner may spend, and how it counts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Settings {
    /// How queues leave.
    pub law: Law,
    /// What is left to be lost at the end of the horizon.
    pub value: Value,
    /// How far ahead it looks.
    pub horizon: Millis,
    /// How many sequences it keeps in mind.
    pub beam: usize,
    /// How many states of a junction one search may weigh. One that would need more is given up, and
    /// max-pressure decides: a number and no time, so that runs repeat.
    pub budget: u32,
    /// What a stop counts, seconds of delay.
    pub stop: f32,
    /// What a second counts for a bus; 1 for every other vehicle.
    pub bus: f32,
    /// What a second counts for a person who waits to walk.
    pub person: f32,
    /// For whom it must not take too long.
    pub patience: Patience,
    /// How often within one step all junctions plan in turn, each with what its neighbours have just
    /// planned; 0: each for itself.
    pub sweeps: u32,
    /// Whether every choice says [`Why`]: that costs other searches, and new memory for each.
    pub explains: bool,
}

/// What a search may weigh unless said otherwise. A step weighs at most one state for each sequence in
/// mind and each stage; with 32 sequences and the 16 steps of a minute that are 4,096 for eight stages,
/// whatever the traffic. So it is missed by junctions of 40 stages and more alone.
pub const BUDGET: u32 = 20_000;

/// In the first sweep a junction knows what half of its neighbours have planned, in the second what all
/// of them have: a third changes what was planned for few.
const SWEEPS: u32 = 2;
/// A second of a bus counts as that of another vehicle, unless a site says how many people are in it:
/// what the others pay for it is measured, what a site's passengers gain is not.
const BUS: f32 = 1.0;
/// A second of who waits to walk: one of the one and a half in a car.
const PERSON: f32 = 0.67;

impl Default for Settings {
    fn default() -> Self {
        Self {
            law: Law::default(),
            value: Value::default(),
            horizon: Millis::from_secs(60),
            beam: 32,
            budget: BUDGET,
            stop: 0.0,
            bus: BUS,
            person: PERSON,
            patience: Patience { until: 90.0, scale: 20.0 },
            sweeps: SWEEPS,
            explains: false,
        }
    }
}

/// The stage that runs, and for how long, where another may be demanded.
pub(crate) type May = Option<(usize, Millis)>;

/// What was planned for a junction.
#[derive(PartialEq, Debug)]
pub(crate) struct Planned {
    /// The stage that the search found; none where it missed its budget.
    pub(crate) stage: Option<usize>,
    /// The stage with the greatest pressure.
    pub(crate) pressure: usize,
    /// States that the search weighed.
    pub(crate) evaluated: u32,
    pub(crate) why: Option<Why>,
}

/// A planner for a district.
#[derive(Clone, Debug)]
pub(crate) struct Planner {
    pub(crate) settings: Settings,
    sensed: Sensed,
    exchange: Exchange,
    shares: Vec<Share>,
}

impl Planner {
    pub(crate) fn new(district: &District) -> Self {
        let whole = Share::whole(district);
        let exchange = Exchange::new(district, whole.tables());
        let (settings, sensed) = (Settings::default(), Sensed::new(district));
        Self { settings, sensed, exchange, shares: vec![whole] }
    }

    /// Plans for so many shares of the junctions by themselves.
    pub(crate) fn split(&mut self, count: usize) {
        self.shares = Share::split(std::mem::take(&mut self.shares), count);
    }

    /// Sees another step.
    pub(crate) fn see(&mut self, district: &District, scene: &Scene, crew: &impl Crew) {
        let picture = self.sensed.see(district, scene);
        crew.each(&mut self.shares, |share| share.see(district, scene, picture));
        self.exchange.see(district, scene);
    }

    /// Plans for every junction that may change now.
    ///
    /// First all tell what they mean to do by the plans that they have; then they plan in turn, colour by
    /// colour. Those of one colour do so at once: what one of them plans changes nothing for another.
    pub(crate) fn plan(
        &mut self,
        district: &District,
        scene: &Scene,
        may: &[May],
        crew: &impl Crew,
    ) {
        if may.iter().all(Option::is_none) {
            return;
        }
        let Self { settings, exchange, shares, .. } = self;
        let (colour, last) = (None, true);
        let all = Turn { district, scene, settings, exchange, may, colour, first: true, last };
        if settings.sweeps == 0 {
            crew.each(shares, |share| share.turn(&all));
            return;
        }
        let rounds = [(&[][..], false, false)].into_iter();
        let sweeps = 0..settings.sweeps;
        let rounds =
            rounds.chain(sweeps.map(|sweep| (may, sweep == 0, sweep + 1 == settings.sweeps)));
        for (may, first, last) in rounds {
            for colour in 0..exchange.colours() {
                let colour = Some(colour);
                let turn = Turn { district, scene, settings, exchange, may, colour, first, last };
                crew.each(shares, |share| share.turn(&turn));
                shares.iter_mut().for_each(|share| share.deliver(exchange));
            }
        }
    }

    /// What was planned for each junction, in their order; none where nothing is known of its lanes.
    pub(crate) fn planned(&mut self) -> impl Iterator<Item = Option<Planned>> + '_ {
        self.shares.iter_mut().flat_map(Share::planned)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use units::LinkId;

    use super::*;
    use crate::countdown::Announced;
    use crate::crew::Alone;
    use crate::district::Clearing;
    use crate::planner::testing::{row, scene};
    use crate::spec::Showing;

    /// Does its pieces from the last to the first.
    struct Backwards;

    impl Crew for Backwards {
        fn each<T: Send>(&self, pieces: &mut [T], work: impl Fn(&mut T) + Sync) {
            pieces.iter_mut().rev().for_each(work);
        }
    }

    /// The distances and speeds of those on each lane.
    fn lanes(count: usize) -> impl Strategy<Value = Vec<Vec<(f32, f32)>>> {
        let vehicle = (0.0_f32..190.0, 0.0_f32..10.0);
        prop::collection::vec(prop::collection::vec(vehicle, 0..8), 2 * count + 1)
    }

    proptest! {
        /// Those of one colour may plan in any order, or at once.
        #[test]
        fn the_order_within_a_colour_changes_nothing(
            steps in prop::collection::vec(lanes(5), 1..4),
            running in prop::collection::vec(0_usize..2, 5),
            sweeps in 0_u32..4,
        ) {
            let district = row(5, false);
            let mut planners = [Planner::new(&district), Planner::new(&district)];
            planners[1].split(5);
            for (second, vehicles) in (0..).zip(&steps) {
                let scene = scene(second, &running, vehicles);
                // One that is between instants goes on with its plan.
                let may: Vec<May> = running
                    .iter()
                    .enumerate()
                    .map(|(at, &stage)| {
                        (at + second as usize != 2).then_some((stage, Millis::from_secs(20)))
                    })
                    .collect();
                let [a, b] = &mut planners;
                (a.settings.sweeps, b.settings.sweeps) = (sweeps, sweeps);
                a.see(&district, &scene, &Alone);
                b.see(&district, &scene, &Backwards);
                a.plan(&district, &scene, &may, &Alone);
                b.plan(&district, &scene, &may, &Backwards);
                for (a, b) in a.planned().zip(b.planned()) {
                    prop_assert_eq!(a, b);
                }
            }
        }
    }

    #[test]
    fn who_is_planned_to_come_is_counted_on() {
        let district = row(2, false);
        // At the first junction ten stand at a green, at the second one waits at the side. Those ten
        // are 200 m off: by themselves they are not seen there.
        let queue: Vec<(f32, f32)> = (0..10).map(|place| (place as f32 * 7.5, 0.0)).collect();
        let scene = scene(0, &[0, 1], &[queue, vec![], vec![], vec![], vec![]]);
        let may: Vec<May> = vec![Some((0, Millis::from_secs(9))), Some((1, Millis::from_secs(9)))];
        for (sweeps, comes) in [(0, false), (1, true), (2, true)] {
            let mut planner = Planner::new(&district);
            planner.settings = Settings { sweeps, explains: true, ..Settings::default() };
            planner.see(&district, &scene, &Alone);
            planner.plan(&district, &scene, &may, &Alone);
            let why = planner.planned().nth(1).flatten().and_then(|planned| planned.why);
            let why = why.expect("something is known");
            assert_eq!(why.sent, if comes { 10 } else { 0 }, "{sweeps} sweeps");
            assert!(!comes || why.sequence.contains(&0), "{sweeps} sweeps: {why:?}");
        }
    }

    /// A junction of which the end of the green has been announced was once planned for as if none were:
    /// ten were told of to the next, of whom eight stay behind the red.
    #[test]
    fn a_search_begins_from_what_displays_have_announced() {
        let mut district = row(2, false);
        district.junctions[0].countdown = Some(Millis::from_secs(12));
        let queue: Vec<(f32, f32)> = (0..10).map(|place| (place as f32 * 7.5, 0.0)).collect();
        let mut scene = scene(0, &[0, 1], &[queue, vec![], vec![], vec![], vec![]]);
        let may: Vec<May> = vec![Some((0, Millis::from_secs(20))); 2];
        let announced = |from, to, seconds| {
            Some(Announced { from, to, at: scene.time + Millis::from_secs(seconds) })
        };
        let cases = [
            (None, vec![0], 10),
            (announced(0, 1, 3), vec![0, 1, 0], 2),
            (announced(0, 1, -1), vec![0, 1, 0], 2),
            // Of another green, and of nothing.
            (announced(1, 0, 3), vec![0], 10),
            (announced(0, 0, 3), vec![0], 10),
        ];
        for (known, sequence, sent) in cases {
            scene.announced = vec![known];
            let mut planner = Planner::new(&district);
            // So far that all ten come within it, and those whom a red keeps do not.
            let horizon = Millis::from_secs(45);
            planner.settings = Settings { explains: true, horizon, ..Settings::default() };
            planner.see(&district, &scene, &Alone);
            planner.plan(&district, &scene, &may, &Alone);
            let whys: Vec<Why> = planner.planned().flatten().filter_map(|one| one.why).collect();
            assert_eq!(whys[0].sequence[..sequence.len()], sequence, "{known:?}");
            assert_eq!(whys[1].sent, sent, "{known:?}");
        }
    }

    #[test]
    fn nobody_is_told_of_who_leaves_where_nobody_knows_what_is_shown() {
        let district = row(2, false);
        let queue: Vec<(f32, f32)> = (0..10).map(|place| (place as f32 * 7.5, 0.0)).collect();
        let mut scene = scene(0, &[0, 1], &[queue, vec![], vec![], vec![], vec![]]);
        for (showing, sent) in [(scene.signals[0], 10), (Showing::Unknown, 0)] {
            scene.signals[0] = showing;
            let mut planner = Planner::new(&district);
            planner.settings.explains = true;
            planner.see(&district, &scene, &Alone);
            planner.plan(&district, &scene, &[None, Some((1, Millis::from_secs(20)))], &Alone);
            let why = planner.planned().nth(1).flatten().and_then(|planned| planned.why);
            assert_eq!(why.map(|why| why.sent), Some(sent), "{showing:?}");
        }
    }

    /// Reasons were once looked for in each sweep, and cost nothing by the count.
    #[test]
    fn reasons_are_searched_for_once_and_within_the_budget() {
        let district = row(2, false);
        let queue: Vec<(f32, f32)> = (0..4).map(|place| (place as f32 * 7.5, 0.0)).collect();
        let side = vec![(0.0, 0.0)];
        let scene = scene(0, &[0, 0], &[queue, side.clone(), vec![], side, vec![]]);
        let may: Vec<May> = vec![Some((0, Millis::from_secs(20))); 2];
        let run = |explains, sweeps, budget| {
            let mut planner = Planner::new(&district);
            planner.settings = Settings { explains, sweeps, budget, ..Settings::default() };
            planner.see(&district, &scene, &Alone);
            planner.plan(&district, &scene, &may, &Alone);
            let all: Vec<Planned> = planner.planned().flatten().collect();
            all
        };
        let plain = run(false, 2, BUDGET);
        for sweeps in 1..4 {
            let told = run(true, sweeps, BUDGET);
            assert_eq!(told[0].stage, plain[0].stage);
            assert!(told[0].evaluated >= plain[0].evaluated, "{sweeps} sweeps");
        }
        let one = run(false, 1, BUDGET)[0].evaluated;
        for budget in [one, one + 50, one + 500] {
            let told = run(true, 1, budget);
            assert!(told[0].stage.is_some() && told[0].evaluated <= budget, "{budget}");
        }
    }

    #[test]
    fn a_green_that_lets_nobody_go_is_left_for_one_that_may() {
        let district = row(1, false);
        let queue =
            |count: usize| (0..count).map(|place| (1.0 + place as f32 * 7.5, 0.0)).collect();
        // Eight stand at a green, one waits at the side: where nobody gets away, his turn comes soon;
        // where one leaves every other second, not before they are gone.
        for (leaves, from, until) in [(false, 6, 20), (true, 12, 30)] {
            let mut planner = Planner::new(&district);
            let changed = (0..60).find(|&second| {
                let left = if leaves { second as usize / 2 } else { 0 };
                let vehicles = [queue(8_usize.saturating_sub(left)), queue(1), vec![]];
                let mut scene = scene(second, &[0], &vehicles);
                let elapsed = Millis::from_secs(10 + second);
                scene.signals[0] = Showing::Stage { stage: 0, elapsed };
                planner.see(&district, &scene, &Alone);
                planner.plan(&district, &scene, &[Some((0, elapsed))], &Alone);
                planner.planned().next().flatten().and_then(|planned| planned.stage) == Some(1)
            });
            let changed = changed.expect("he waits");
            assert!((from..until).contains(&changed), "leaves: {leaves}, after {changed} s");
        }
    }

    /// Shows one junction under the planner's choices, second by second: a queue that never ends on the
    /// road, `side` vehicles on the side road, and somebody for whom it is to be clear from `soonest` to
    /// `latest`. The stage of each second; none in a change.
    fn shown(side: usize, clearing: Option<(i64, i64)>) -> Vec<Option<usize>> {
        let district = row(1, false);
        let mut planner = Planner::new(&district);
        let queue = |count: usize| (0..count).map(|at| (1.0 + at as f32 * 7.5, 0.0)).collect();
        let (mut stage, mut since, mut gone) = (0, -20, 0);
        let mut shown = Vec::new();
        for second in 0..80 {
            let mut scene = scene(second, &[stage], &[queue(20), queue(side - gone), vec![]]);
            let elapsed = Millis::from_secs(second - since);
            scene.signals[0] = Showing::Stage { stage, elapsed };
            scene.clearings.extend(clearing.filter(|&(_, latest)| second <= latest).map(
                |(soonest, latest)| Clearing {
                    junction: 0,
                    from: LinkId(1),
                    to: LinkId(2),
                    soonest: Millis::from_secs(soonest - second).at_least_zero(),
                    latest: Millis::from_secs(latest - second),
                    weight: 200.0,
                    overdue: 0,
                },
            ));
            let is_green = since <= second;
            shown.push(is_green.then_some(stage));
            planner.see(&district, &scene, &Alone);
            if !is_green || second - since < 5 {
                continue;
            }
            if stage == 1 && gone < side && second % 2 == 0 {
                gone += 1;
            }
            planner.plan(&district, &scene, &[Some((stage, elapsed))], &Alone);
            let chosen = planner.planned().next().flatten().and_then(|planned| planned.stage);
            let chosen = chosen.expect("something is found");
            if chosen != stage {
                (stage, since) = (chosen, second + 3);
            }
        }
        shown
    }

    #[test]
    fn a_junction_is_clear_for_whom_it_is_to_be_and_no_sooner_than_it_must() {
        let open = |shown: &[Option<usize>]| {
            let first = shown.iter().position(|&stage| stage == Some(1));
            (first, shown[40..=44].iter().all(|&stage| stage == Some(1)))
        };
        let alone = shown(0, None);
        assert!(alone.iter().all(|&stage| stage == Some(0)), "nobody waits at the side: {alone:?}");
        let cleared = shown(0, Some((40, 44)));
        let (first, is_open) = open(&cleared);
        assert!(is_open, "{cleared:?}");
        let first = first.expect("it was open");
        assert!((30..=38).contains(&first), "open at {first} s: {cleared:?}");
        assert_eq!(cleared[70], Some(0), "the road has it back");
    }

    #[test]
    fn who_stands_before_it_is_let_go_first() {
        let cleared = shown(6, Some((40, 44)));
        // Six need some sixteen seconds.
        let first = cleared.iter().position(|&stage| stage == Some(1)).expect("it was open");
        assert!(first <= 27, "open at {first} s: {cleared:?}");
        assert!(cleared[40..=44].iter().all(|&stage| stage == Some(1)), "{cleared:?}");
    }

    proptest! {
        /// What is to be clear elsewhere, or for a way that a junction does not have, changes nothing.
        #[test]
        fn nobody_is_cleared_for_at_another_junction(
            vehicles in lanes(2),
            (from, to) in (0_u32..5, 0_u32..5),
            weight in 1.0_f32..300.0,
        ) {
            let district = row(2, false);
            let is_way = [(0, 2), (1, 2)].contains(&(from, to));
            let mut planned = Vec::new();
            for clears in [false, true] {
                let mut planner = Planner::new(&district);
                planner.settings.sweeps = 0;
                let mut scene = scene(0, &[0, 1], &vehicles);
                let clearing = Clearing {
                    junction: 1,
                    from: LinkId(from),
                    to: LinkId(to),
                    soonest: Millis::from_secs(5),
                    latest: Millis::from_secs(9),
                    weight,
                    overdue: 0,
                };
                scene.clearings.extend(clears.then_some(clearing));
                let may: Vec<May> =
                    [0, 1].map(|stage| Some((stage, Millis::from_secs(20)))).to_vec();
                planner.see(&district, &scene, &Alone);
                planner.plan(&district, &scene, &may, &Alone);
                let stages: Vec<_> =
                    planner.planned().map(|one| one.and_then(|one| one.stage)).collect();
                planned.push(stages);
            }
            prop_assert_eq!(planned[0][0], planned[1][0]);
            if is_way {
                prop_assert_eq!(&planned[0], &planned[1], "it is a way of the first junction");
            }
        }
    }
}
