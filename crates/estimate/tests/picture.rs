//! The picture of a street against a street that is known, and against sensors that talk nonsense.

use estimate::{Class, LoopSight, Picture, Sight, Vehicle};
use network::{Connection, LaneSpec, Network, Point, Turn};
use proptest::prelude::*;
use units::{LaneId, Metres, MetresPerSecond, Millis};

const SPEED: f32 = 12.0;
const LENGTH: f32 = 300.0;

/// Two links one behind the other, a lane each; between them a signal.
fn street() -> Network {
    let mut builder = Network::builder();
    let at = |x: f64| Point { x, y: 0.0 };
    let nodes = [("a", 0.0), ("b", 300.0), ("c", 600.0)]
        .map(|(name, x)| builder.junction(name, at(x), name == "b"));
    let lane = LaneSpec { width: Metres(3.5), speed: MetresPerSecond(SPEED.into()) };
    let mut link = |name: &str, from: usize, to: usize| {
        builder.link(name, nodes[from], nodes[to], Metres(LENGTH.into()), &[lane], Vec::new())
    };
    let (first, second) = (link("first", 0, 1), link("second", 1, 2));
    let across = Connection { from_lane: 0, to_lane: 0, length: Metres(12.0), speed: None };
    builder.movement(nodes[1], first, second, Turn::Straight, vec![across]);
    builder.build().expect("sound")
}

fn believed(picture: &Picture, lane: u32, sight: &Sight) -> Vec<(f32, f32, f32)> {
    let mut all = Vec::new();
    picture.each(LaneId(lane), sight, &mut |one| {
        all.push((one.vehicle.distance, one.vehicle.speed, one.certainty));
    });
    all
}

/// A file of vehicles before a stop line, and the loops that see it.
#[derive(Default)]
struct File {
    /// From the stop line, metres; the first is the nearest.
    vehicles: Vec<(f32, bool)>,
    last_left: i64,
}

impl File {
    /// One second; `enters` brings one, whom the loops miss if it is so.
    fn step(&mut self, second: i64, is_green: bool, enters: Option<bool>) -> Vec<LoopSight> {
        let mut loops = [0.0_f32, 40.0].map(|distance| LoopSight {
            distance,
            passed: 0,
            occupied: Millis::ZERO,
            present: false,
        });
        let before = self.vehicles.clone();
        if is_green && second - self.last_left >= 2 && before.first().is_some_and(|v| v.0 <= SPEED)
        {
            self.vehicles.remove(0);
            self.last_left = second;
        }
        let left = before.len() - self.vehicles.len();
        let mut room = 0.5;
        for vehicle in &mut self.vehicles {
            vehicle.0 = (vehicle.0 - SPEED).max(room);
            room = vehicle.0 + 7.5;
        }
        for one in &mut loops {
            let begin = one.distance + 2.0;
            for (place, &(old, missed)) in before.iter().enumerate() {
                let new = place.checked_sub(left).map_or(-9.0, |at| self.vehicles[at].0);
                if missed {
                    continue;
                }
                one.passed += u32::from(old > begin && new <= begin);
                let is_over = new <= begin && new > one.distance - 5.0;
                one.present |= is_over;
                let ran = old > one.distance - 5.0 && new <= begin;
                let rests = is_over && old <= begin;
                one.occupied += Millis(i64::from(ran) * if rests { 1_000 } else { 400 });
            }
            one.occupied = one.occupied.min(Millis(1_000));
        }
        if let Some(missed) = enters {
            self.vehicles.push((LENGTH, missed));
        }
        loops.to_vec()
    }
}

/// The mean error of vehicles between the loops and of those that stand, over an hour.
fn followed(rate: u64, missed: u64, seed: u64) -> (f64, f64) {
    let network = street();
    let mut picture = Picture::new(&network);
    let (mut file, mut state) = (File::default(), seed);
    let mut random = move |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let (mut near, mut stands) = (0.0, 0.0);
    for second in 0..3_600_i64 {
        let is_green = second % 70 >= 40;
        let enters = (random(1_000) < rate).then(|| random(1_000) < missed);
        let before: Vec<f32> = file.vehicles.iter().map(|v| v.0).collect();
        let loops = Sight::Loops(file.step(second, is_green, enters));
        let sights = [loops, Sight::Unknown];
        picture.look(Millis::from_secs(second), &sights, &[is_green, true]);
        let believed = believed(&picture, 0, &sights[0]);
        let count =
            |of: &dyn Fn(f32) -> bool| file.vehicles.iter().filter(|v| of(v.0)).count() as f64;
        let guess = |of: &dyn Fn(f32) -> bool| believed.iter().filter(|v| of(v.0)).count() as f64;
        near += (count(&|d| d < 40.0) - guess(&|d| d < 40.0)).abs();
        let standing = file.vehicles.iter().filter(|v| before.contains(&v.0)).count() as f64;
        let stand = believed.iter().filter(|v| v.1 < 0.1).count() as f64;
        if !is_green {
            stands += (standing - stand).abs();
        }
    }
    (near / 3_600.0, stands / 3_600.0 * 70.0 / 40.0)
}

#[test]
fn a_queue_is_followed_through_two_loops() {
    for (story, rate, missed, near_max, stands_max) in [
        ("a quiet street", 60, 0, 0.3, 0.5),
        ("a busy street", 150, 0, 0.5, 1.2),
        ("queues beyond the loop", 175, 0, 0.5, 3.0),
        ("one in thirty is missed", 150, 33, 0.8, 1.5),
    ] {
        for seed in 1..4 {
            let (near, stands) = followed(rate, missed, seed);
            assert!(
                near < near_max && stands < stands_max,
                "{story}, seed {seed}: {near} {stands}"
            );
        }
    }
}

#[test]
fn who_leaves_one_stop_line_is_due_at_the_next() {
    let network = street();
    let mut picture = Picture::new(&network);
    let told = |passed, present| {
        let occupied = Millis(if present { 1_000 } else { 400 });
        Sight::Loops(vec![LoopSight { distance: 0.0, passed, occupied, present }])
    };
    let sights = |first: Sight| [first, Sight::Loops(vec![])];
    let due = |picture: &Picture| {
        let all = believed(picture, 1, &Sight::Unknown);
        all.into_iter().filter(|one| one.2 > 0.5).collect::<Vec<_>>()
    };
    picture.look(Millis(0), &sights(told(0, false)), &[false, false]);
    picture.look(Millis(1_000), &sights(told(1, true)), &[false, false]);
    assert!(due(&picture).is_empty(), "it stands at the red");
    picture.look(Millis(2_000), &sights(told(0, false)), &[true, false]);
    let [(distance, speed, certainty)] = due(&picture)[..] else { panic!("one is due") };
    assert!((LENGTH..LENGTH + 60.0).contains(&distance) && speed > 10.0 && certainty > 0.9);
    for second in 3..40 {
        picture.look(Millis::from_secs(second), &sights(told(0, false)), &[true, false]);
    }
    let [(distance, speed, later)] = due(&picture)[..] else { panic!("it stands") };
    assert!(distance < 0.1 && speed < 0.1 && later < certainty, "{distance} {speed} {later}");
}

/// Somebody was due who never came, and no advance loop told of it: he was taken to wait at the stop
/// line, and called for one green after another while those who did wait stood for an hour.
#[test]
fn nobody_waits_over_an_empty_loop_at_red() {
    let network = street();
    let mut picture = Picture::new(&network);
    let line = |passed| {
        let occupied = Millis(if passed > 0 { 400 } else { 0 });
        Sight::Loops(vec![LoopSight { distance: 0.0, passed, occupied, present: false }])
    };
    for second in 0..60 {
        let sights = [line(u32::from(second == 2)), line(0)];
        picture.look(Millis::from_secs(second), &sights, &[true, false]);
    }
    let waits = believed(&picture, 1, &line(0)).into_iter().filter(|one| one.1 < 0.1);
    assert_eq!(waits.count(), 0);
    assert!(picture.queue(LaneId(1)).0 < 0.5, "{:?}", picture.queue(LaneId(1)));
}

/// While a queue waits those who leave it tell of the light alone. A lane without an advance loop was once
/// believed to be fed by nobody after a long red, and so was kept waiting for longer.
#[test]
fn a_long_red_tells_nothing_of_who_comes() {
    let network = street();
    let mut picture = Picture::new(&network);
    let mut file = File::default();
    for second in 0..1_500_i64 {
        // Half of the time is green for twenty minutes, then all of it is red.
        let is_green = second < 1_200 && second % 60 >= 30;
        let enters = (second % 10 == 0).then_some(false);
        let line = file.step(second, is_green, enters).swap_remove(0);
        let sights = [Sight::Loops(vec![line]), Sight::Unknown];
        picture.look(Millis::from_secs(second), &sights, &[is_green, true]);
    }
    let (queue, _) = picture.queue(LaneId(0));
    assert!((20.0..40.0).contains(&queue), "{queue} of {}", file.vehicles.len());
}

/// Of a lane that nobody sees the doubt once grew for an hour, green after green, until ten were counted on
/// that nothing had told of: they had half of a junction's time.
#[test]
fn greens_end_the_doubt_of_a_lane_that_nobody_sees() {
    let network = street();
    let mut picture = Picture::new(&network);
    let mut most = 0.0_f32;
    for second in 0..3_600_i64 {
        let is_green = second % 70 >= 40;
        let sights = [Sight::Unknown, Sight::Unknown];
        picture.look(Millis::from_secs(second), &sights, &[is_green, true]);
        let all = believed(&picture, 0, &Sight::Unknown);
        most = most.max(all.iter().filter(|one| one.1 < 0.1).map(|one| one.2).sum());
    }
    assert!((0.3..6.0).contains(&most), "{most} wait at the most");
    assert!(picture.queue(LaneId(0)).1 < 30.0, "{:?}", picture.queue(LaneId(0)));
}

/// A link that forks into two lanes before a signal, all of whose traffic takes the second lane.
fn fork() -> Network {
    let mut builder = Network::builder();
    let at = |x: f64| Point { x, y: 0.0 };
    let nodes = [("a", 0.0), ("b", 300.0), ("c", 600.0), ("d", 900.0)]
        .map(|(name, x)| builder.junction(name, at(x), name == "b" || name == "c"));
    let lane = LaneSpec { width: Metres(3.5), speed: MetresPerSecond(SPEED.into()) };
    let mut link = |name: &str, from: usize, to: usize, lanes: usize| {
        let length = Metres(LENGTH.into());
        builder.link(name, nodes[from], nodes[to], length, &vec![lane; lanes], Vec::new())
    };
    let links = [link("first", 0, 1, 1), link("second", 1, 2, 2), link("third", 2, 3, 2)];
    let ways = |pairs: &[(u8, u8)]| -> Vec<Connection> {
        let way = |&(from_lane, to_lane): &(u8, u8)| Connection {
            from_lane,
            to_lane,
            length: Metres(12.0),
            speed: None,
        };
        pairs.iter().map(way).collect()
    };
    builder.movement(nodes[1], links[0], links[1], Turn::Straight, ways(&[(0, 0), (0, 1)]));
    builder.movement(nodes[2], links[1], links[2], Turn::Straight, ways(&[(0, 0), (1, 1)]));
    builder.build().expect("sound")
}

/// Who takes which lane was learned from those who left: one that was kept waiting was believed to be taken
/// by fewer, and was kept waiting for longer.
#[test]
fn nobody_is_lost_between_two_stop_lines() {
    let network = fork();
    let mut picture = Picture::new(&network);
    let line = |passed, present| {
        let occupied = Millis(if present { 1_000 } else { 400 * i64::from(passed) });
        Sight::Loops(vec![LoopSight { distance: 0.0, passed, occupied, present }])
    };
    let count = network.lanes().len();
    for second in 0..500 {
        // One in ten seconds leaves the first link; from 40 s on somebody stands at the red.
        let mut sights = vec![Sight::Unknown; count];
        sights[0] = line(u32::from(second % 10 == 0), false);
        sights[1] = line(0, false);
        sights[2] = line(u32::from(second == 40), second >= 40);
        let green: Vec<bool> = (0..count).map(|lane| lane != 2).collect();
        picture.look(Millis::from_secs(second), &sights, &green);
    }
    let (queue, _) = picture.queue(LaneId(2));
    assert!((35.0..50.0).contains(&queue), "{queue} of 47 wait");
    assert!(picture.queue(LaneId(1)).0 < 1.0);
}

#[test]
fn nobody_is_forgotten_where_nobody_is_seen() {
    let network = street();
    let mut picture = Picture::new(&network);
    let advance = |passed| LoopSight {
        distance: 40.0,
        passed,
        occupied: Millis(if passed > 0 { 400 } else { 0 }),
        present: false,
    };
    // A red over which eight come, and a green in which the law says that all have left. No loop at
    // the stop line: some may not have.
    let mut second = 0;
    let mut look = |picture: &mut Picture, passed, is_green| {
        let sights = [Sight::Loops(vec![advance(passed)]), Sight::Unknown];
        picture.look(Millis::from_secs(second), &sights, &[is_green, false]);
        second += 1;
        let near = believed(picture, 0, &sights[0]).into_iter().filter(|one| one.0 < 40.0);
        near.collect::<Vec<_>>()
    };
    for one in 0..40 {
        look(&mut picture, u32::from(one % 5 == 0), false);
    }
    let mut left = 0;
    while picture.queue(LaneId(0)).0 > 0.5 {
        left = look(&mut picture, 0, true).len();
        assert!(left < 60, "more than find room");
    }
    let doubt = look(&mut picture, 0, false);
    assert!((1..=3).contains(&doubt.len()), "{doubt:?} after {left}");
    assert!(doubt.iter().all(|one| one.0 < 20.0 && (0.2..0.6).contains(&one.2)), "{doubt:?}");
    // A longer green ends the doubt.
    for _ in 0..12 {
        look(&mut picture, 0, true);
    }
    assert!(look(&mut picture, 0, false).is_empty());
    // Of the other lane nothing is known: one may wait at its red.
    let other = believed(&picture, 1, &Sight::Unknown);
    assert!(other.iter().any(|one| one.0 < 0.1 && one.2 > 0.2), "{other:?}");
}

#[test]
fn nothing_told_is_less_and_less_sure() {
    let network = street();
    let mut picture = Picture::new(&network);
    let sights = [Sight::Unknown, Sight::Unknown];
    let mut before = 0.0;
    for second in 0..200 {
        picture.look(Millis::from_secs(second), &sights, &[false, false]);
        let (_, variance) = picture.queue(LaneId(0));
        assert!(second == 0 || variance >= before, "second {second}");
        before = variance;
    }
    assert!(before > 10.0, "{before}");
}

#[test]
fn all_that_is_seen_is_handed_on_as_it_is() {
    let network = street();
    let mut picture = Picture::new(&network);
    let vehicle = Vehicle { distance: 33.0, speed: 4.0, next: None, class: Class::Other };
    let sight = Sight::Vehicles { seen: vec![vehicle], range: None };
    picture.look(Millis(0), &[sight.clone(), sight.clone()], &[false, false]);
    assert_eq!(believed(&picture, 0, &sight), [(33.0, 4.0, 1.0)]);
    let counted = Sight::Counted { count: 3, queue: 2 };
    let all = believed(&picture, 0, &counted);
    assert_eq!(all.iter().map(|one| one.1).collect::<Vec<_>>(), [0.0, 0.0, SPEED]);
}

fn any_sight() -> impl Strategy<Value = Sight> {
    let distance = prop_oneof![Just(0.0_f32), Just(40.0), any::<f32>()];
    let passed = prop_oneof![3 => 0_u32..3, 1 => any::<u32>()];
    let occupied = prop_oneof![3 => 0_i64..1_100, 1 => any::<i64>()];
    let one_loop = (distance, passed, occupied, any::<bool>()).prop_map(
        |(distance, passed, occupied, present)| LoopSight {
            distance,
            passed,
            occupied: Millis(occupied),
            present,
        },
    );
    let number = || prop_oneof![3 => 0.0_f32..320.0, 1 => any::<f32>()];
    let vehicle = (number(), number()).prop_map(|(distance, speed)| Vehicle {
        distance,
        speed,
        next: None,
        class: Class::Other,
    });
    prop_oneof![
        Just(Sight::Unknown),
        prop::collection::vec(one_loop, 0..4).prop_map(Sight::Loops),
        (prop::collection::vec(vehicle, 0..9), prop::option::of(number()))
            .prop_map(|(seen, range)| Sight::Vehicles { seen, range }),
        (0_u32..60, 0_u32..60).prop_map(|(count, queue)| Sight::Counted { count, queue }),
    ]
}

proptest! {
    #[test]
    fn nonsense_is_survived(
        looks in prop::collection::vec(
            (prop::collection::vec(any_sight(), 0..4), prop::collection::vec(any::<bool>(), 0..3),
                prop_oneof![8 => 900_i64..1_100, 1 => any::<i64>()]), 0..80),
    ) {
        let network = street();
        let mut picture = Picture::new(&network);
        let mut now = 0_i64;
        for (sights, green, passed) in looks {
            now = now.wrapping_add(passed);
            picture.look(Millis(now), &sights, &green);
            for lane in 0..2 {
                let (queue, variance) = picture.queue(LaneId(lane));
                prop_assert!(queue.is_finite() && queue >= 0.0, "{queue}");
                prop_assert!(variance.is_finite() && variance > 0.0, "{variance}");
                let sight = sights.get(lane as usize).unwrap_or(&Sight::Unknown);
                let all = believed(&picture, lane, sight);
                prop_assert!(all.len() < 500, "{}", all.len());
                for (distance, speed, certainty) in all {
                    prop_assert!(distance.is_finite() && speed.is_finite(), "{distance} {speed}");
                    prop_assert!(certainty > 0.0 && certainty <= 1.0, "{certainty}");
                }
            }
        }
    }
}
