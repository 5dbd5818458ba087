//! The whole way from what is said of lanes to a decision, with sensors that talk nonsense: nothing
//! panics, every choice can be shown, and where nothing is known a sound fixed plan holds.

use engine::planned;
use estimate::{Class, LoopSight, Sight, Vehicle};
use optimizer::{Choice, Control, Controller, District, Instants, Scene, Showing};
use proptest::prelude::*;
use scenario::generate;
use units::{LinkId, Millis};

fn district() -> District {
    let (site, _) = generate::district(2, 2, 3);
    let of = |signal| planned::of_site(&site.network, signal, Instants::Any);
    let junctions = site.signals.iter().map(of).collect();
    District { network: site.network.clone(), junctions }
}

/// A street that shows what was chosen at once, as long as a change lasts.
struct Street {
    controller: Controller,
    scene: Scene,
}

impl Street {
    fn new(district: District, control: Control) -> Self {
        let shown = Showing::Stage { stage: 0, elapsed: Millis::ZERO };
        let signals = vec![shown; district.junctions.len()];
        let lanes = vec![Sight::Unknown; district.network.lanes().len()];
        let controller = Controller::new(control, district);
        Self { controller, scene: Scene { signals, lanes, ..Scene::default() } }
    }

    /// One step with these sights, so long after the one before.
    fn step(&mut self, sights: &[Sight], passed: i64) -> Vec<Choice> {
        self.scene.time = Millis(self.scene.time.0.saturating_add(passed));
        for (lane, sight) in self.scene.lanes.iter_mut().enumerate() {
            sight.clone_from(&sights[lane % sights.len()]);
        }
        let mut choices = Vec::new();
        self.controller.decide(&self.scene, &mut choices);
        for showing in &mut self.scene.signals {
            if let Showing::Stage { elapsed, .. } = showing {
                *elapsed += Millis(1_000);
            }
        }
        for choice in &choices {
            let showing = &mut self.scene.signals[choice.junction];
            let stays = matches!(showing, Showing::Stage { stage, .. } if *stage == choice.stage);
            if !stays {
                *showing = Showing::Stage { stage: choice.stage, elapsed: Millis::ZERO };
            }
        }
        choices
    }
}

fn any_number() -> impl Strategy<Value = f32> {
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.0, 200.0, 1e30, f32::MIN_POSITIVE];
    prop_oneof![3 => 0.0_f32..300.0, 2 => prop::sample::select(odd.to_vec()), 1 => any::<f32>()]
}

fn any_sight() -> impl Strategy<Value = Sight> {
    let next = prop::option::of((0_u32..200).prop_map(LinkId));
    let vehicle = (any_number(), any_number(), next).prop_map(|(distance, speed, next)| Vehicle {
        distance,
        speed,
        next,
        class: Class::Other,
    });
    let count = || prop_oneof![3 => 0_u32..40, 1 => any::<u32>()];
    let time = prop_oneof![3 => 0_i64..1_100, 1 => any::<i64>()];
    let one_loop = (any_number(), count(), time, any::<bool>()).prop_map(
        |(distance, passed, occupied, present)| LoopSight {
            distance,
            passed,
            occupied: Millis(occupied),
            present,
        },
    );
    prop_oneof![
        Just(Sight::Unknown),
        prop::collection::vec(one_loop, 0..4).prop_map(Sight::Loops),
        (prop::collection::vec(vehicle, 0..9), prop::option::of(any_number()))
            .prop_map(|(seen, range)| Sight::Vehicles { seen, range }),
        // More that stand than there are is among them.
        (count(), count()).prop_map(|(count, queue)| Sight::Counted { count, queue }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_sight_makes_the_planner_panic_or_choose_what_is_not_there(
        steps in prop::collection::vec(
            (prop::collection::vec(any_sight(), 1..9),
                prop_oneof![8 => 900_i64..1_100, 1 => any::<i64>()]), 1..12),
        control in prop::sample::select(vec![Control::Adaptive, Control::MaxPressure]),
    ) {
        let district = district();
        let stages: Vec<usize> = district.junctions.iter().map(|j| j.stages.len()).collect();
        let mut street = Street::new(district, control);
        for (sights, passed) in steps {
            for choice in street.step(&sights, passed) {
                prop_assert!(choice.stage < stages[choice.junction], "{choice:?}");
                if let Some(why) = choice.why {
                    prop_assert!(why.delay.is_finite(), "{why:?}");
                }
            }
        }
    }
}

#[test]
fn with_nothing_known_every_stage_has_its_turn() {
    // No sensor; loops that tell nothing; loops that say for ever what cannot be.
    let absurd = LoopSight { distance: 0.0, passed: u32::MAX, occupied: Millis(-5), present: true };
    for (story, sight) in [
        ("nothing", Sight::Unknown),
        ("no loop tells", Sight::Loops(Vec::new())),
        ("no loop can be believed", Sight::Loops(vec![absurd])),
    ] {
        let district = district();
        let stages: Vec<usize> = district.junctions.iter().map(|j| j.stages.len()).collect();
        let mut street = Street::new(district, Control::Adaptive);
        let mut shown = stages.iter().map(|&count| vec![0_u32; count]).collect::<Vec<_>>();
        for _ in 0..600 {
            for choice in street.step(std::slice::from_ref(&sight), 1_000) {
                assert!(choice.why.is_none(), "{story}: nothing was searched: {choice:?}");
            }
            for (showing, shown) in street.scene.signals.iter().zip(&mut shown) {
                if let Showing::Stage { stage, .. } = showing {
                    shown[*stage] += 1;
                }
            }
        }
        let least = shown.iter().flatten().min().copied().unwrap_or(0);
        assert!(least >= 60, "{story}: {shown:?}");
    }
}

#[test]
fn a_broken_street_does_not_freeze_the_planner() {
    // For five minutes every sensor holds on to what it said last: the planner goes on changing.
    let stuck = LoopSight { distance: 0.0, passed: 0, occupied: Millis(1_000), present: true };
    let vehicle = Vehicle { distance: 3.0, speed: 0.0, next: None, class: Class::Other };
    for (story, sight) in [
        ("loops held", Sight::Loops(vec![stuck])),
        ("a vehicle that never leaves", Sight::Vehicles { seen: vec![vehicle], range: None }),
        ("more stand than are there", Sight::Counted { count: 0, queue: u32::MAX }),
    ] {
        let mut street = Street::new(district(), Control::Adaptive);
        let (mut last, mut changes) = (None, 0);
        for _ in 0..300 {
            street.step(std::slice::from_ref(&sight), 1_000);
            let shown = match street.scene.signals[0] {
                Showing::Stage { stage, .. } => stage,
                Showing::Change { to, .. } => to,
                Showing::Unknown => continue,
            };
            changes += u32::from(last.replace(shown).is_some_and(|last| last != shown));
        }
        assert!(changes >= 3, "{story}: {changes} changes");
    }
}
