//! The small values of the kernel: sets against a model, formulas within their bounds, names and
//! codes that whoever reads events relies on.

mod common;

use std::collections::BTreeSet;

use common::{group, secs};
use proptest::prelude::*;
use signal::group::GROUPS_MAX;
use signal::stage::STAGES_MAX;
use signal::{Aspect, Command, ControlSource, Ending, GroupKind, GroupSet, maximal_stages, timing};
use units::{GroupId, Metres, MetresPerSecond, Millis, PlanId, StageId, WallTime};

fn ids(set: GroupSet) -> BTreeSet<u8> {
    set.iter().map(|group| group.0).collect()
}

proptest! {
    #[test]
    fn sets_agree_with_a_model(
        a in prop::collection::btree_set(any::<u8>(), 0..40),
        b in prop::collection::btree_set(any::<u8>(), 0..40),
        probe in any::<u8>(),
    ) {
        let known = |set: &BTreeSet<u8>| -> BTreeSet<u8> {
            set.iter().copied().filter(|&id| usize::from(id) < GROUPS_MAX).collect()
        };
        let set = |ids: &BTreeSet<u8>| ids.iter().copied().map(GroupId).collect::<GroupSet>();
        let (one, other, a, b) = (set(&a), set(&b), known(&a), known(&b));
        prop_assert_eq!(&ids(one), &a);
        prop_assert_eq!(ids(one.union(other)), a.union(&b).copied().collect::<BTreeSet<_>>());
        let both: BTreeSet<_> = a.intersection(&b).copied().collect();
        prop_assert_eq!(ids(one.intersection(other)), both);
        let left: BTreeSet<_> = a.difference(&b).copied().collect();
        prop_assert_eq!(ids(one.difference(other)), left);
        prop_assert_eq!(one.contains(GroupId(probe)), a.contains(&probe));
        prop_assert_eq!((one.len(), one.is_empty()), (a.len(), a.is_empty()));
    }

    #[test]
    fn found_stages_agree_with_trying_every_set(count in 1..7_usize, bits in any::<u64>()) {
        let conflicts = |a: GroupId, b: GroupId| {
            let (low, high) = (a.0.min(b.0), a.0.max(b.0));
            low != high && bits >> (low * 8 + high) & 1 == 1
        };
        let sound = |set: GroupSet| set.iter().all(|a| set.iter().all(|b| !conflicts(a, b)));
        let sets: Vec<_> = (1..1_u64 << count).map(GroupSet).filter(|&set| sound(set)).collect();
        let larger = |set: GroupSet| {
            sets.iter().any(|&other| other != set && set.difference(other).is_empty())
        };
        let maximal: Vec<_> = sets.iter().copied().filter(|&set| !larger(set)).collect();
        prop_assert_eq!(maximal_stages(count, &conflicts), maximal);
    }

    #[test]
    fn yellow_grows_with_speed_and_falls_with_a_climb(
        speed in 0.0..60.0_f64,
        faster in 0.0..20.0_f64,
        grade in -0.1..0.1_f64,
        steeper in 0.0..0.1_f64,
    ) {
        let yellow = timing::yellow(MetresPerSecond(speed), grade);
        prop_assert!((secs(3)..=secs(6)).contains(&yellow));
        prop_assert_eq!(yellow.0 % 100, 0, "controllers have tenths");
        prop_assert!(timing::yellow(MetresPerSecond(speed + faster), grade) >= yellow);
        prop_assert!(timing::yellow(MetresPerSecond(speed), grade + steeper) <= yellow);
    }

    #[test]
    fn all_red_grows_with_the_way_and_falls_with_speed(
        way in 0.0..100.0_f64,
        speed in 0.0..60.0_f64,
        more in 0.0..30.0_f64,
    ) {
        let all_red = timing::all_red(Metres(way), MetresPerSecond(speed));
        prop_assert!((Millis::ZERO..=secs(6)).contains(&all_red));
        prop_assert!(timing::all_red(Metres(way + more), MetresPerSecond(speed)) >= all_red);
        prop_assert!(timing::all_red(Metres(way), MetresPerSecond(speed + more)) <= all_red);
        // Whoever enters in the last moment of yellow is out of the way.
        let gone = all_red.as_secs_f64() * speed;
        prop_assert!(all_red == secs(6) || gone + 1e-9 >= way + 6.1 || speed == 0.0);
    }

    #[test]
    fn pedestrians_at_the_walking_speed_get_across(way in 0.0..200.0_f64) {
        let clearance = timing::pedestrian_clearance(Metres(way));
        prop_assert!(clearance.as_secs_f64() * 1.07 + 1e-9 >= way);
        prop_assert!(clearance.as_secs_f64() * 1.07 < way + 0.2);
    }
}

#[test]
fn speeds_that_cannot_be_give_the_longest_times_and_no_panic() {
    for speed in [0.0, -5.0, f64::NAN] {
        let speed = MetresPerSecond(speed);
        let all_red = timing::all_red(Metres(20.0), speed);
        assert!((Millis::ZERO..=secs(6)).contains(&all_red), "{all_red}");
        assert!(timing::yellow(speed, 0.0) >= secs(3));
    }
    assert_eq!(timing::yellow(MetresPerSecond(10.0), -1.0), secs(6), "a wall to fall from");
    assert_eq!(timing::all_red(Metres(20.0), MetresPerSecond(0.0)), secs(6));
}

#[test]
fn more_stages_than_there_may_be_stop_one_above() {
    // Pairs that conflict only within: 2^10 maximal sets.
    let conflicts = |a: GroupId, b: GroupId| a.0 / 2 == b.0 / 2 && a != b;
    assert_eq!(maximal_stages(20, &conflicts).len(), STAGES_MAX + 1);
    assert_eq!(maximal_stages(12, &conflicts).len(), 64);
    assert!(maximal_stages(0, &conflicts).is_empty());
}

#[test]
fn a_green_is_closed_by_the_aspect_of_its_kind() {
    let closing = |kind| group("g", kind).closing_aspect();
    assert_eq!(closing(GroupKind::Vehicle), Aspect::Yellow);
    assert_eq!(closing(GroupKind::Pedestrian), Aspect::FlashingGreen);
    let going: Vec<_> = Aspect::ALL.into_iter().filter(|aspect| aspect.is_go()).collect();
    assert_eq!(going, [Aspect::Green, Aspect::FlashingGreen]);
}

#[test]
fn whatever_holds_control_carries_its_lease() {
    let lease = secs(5);
    for (command, carried) in [
        (Command::DemandStage { stage: StageId(0), lease }, Some(lease)),
        (Command::SelectPlan { plan: PlanId(0), lease }, Some(lease)),
        (Command::Preempt { number: 1, lease }, Some(lease)),
        (Command::Release, None),
        (Command::SetClock(WallTime(0)), None),
        (Command::Call { group: GroupId(0) }, None),
    ] {
        assert_eq!(command.lease(), carried, "{command:?}");
    }
}

#[test]
fn of_any_two_sources_the_graver_wins() {
    use ControlSource::{Adaptive, Coordinated, Corridor, Fault, Local, Operator};
    let order = [Fault, Operator, Corridor, Adaptive, Coordinated, Local];
    let mut names = BTreeSet::new();
    for (rank, &graver) in order.iter().enumerate() {
        names.insert(graver.to_string());
        for &other in &order[rank..] {
            assert_eq!(ControlSource::winner([graver, other]), graver);
            assert_eq!(ControlSource::winner([other, graver]), graver);
        }
    }
    assert_eq!(names.len(), order.len());
}

#[test]
fn endings_have_the_names_and_codes_of_the_field() {
    let all = [Ending::GapOut, Ending::MaxOut, Ending::ForceOff];
    let told: Vec<_> = all.iter().map(|ending| (ending.name(), ending.code())).collect();
    assert_eq!(told, [("gap-out", 4), ("max-out", 5), ("force-off", 6)]);
}
