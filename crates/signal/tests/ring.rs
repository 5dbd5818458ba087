//! Rings and barriers: what they compile into, which stage they choose, and that no ring ever crosses
//! a barrier alone.

mod common;

use std::sync::Arc;

use common::{Reader, group, secs};
use proptest::prelude::*;
use signal::ring::{PASSAGE, PhaseEnd, RINGS_MAX};
use signal::{
    Controller, Ending, GroupKind, GroupSet, Layout, LayoutBuilder, Phase, PhaseView, RingPolicy,
    Rings, Running,
};
use units::{GroupId, Millis, Moment, StageId};

type Lists = Vec<Vec<Vec<usize>>>;

fn phase(index: usize) -> Phase {
    let mut groups = GroupSet::EMPTY;
    groups.insert(GroupId::from_index(index));
    Phase { name: (index + 1).to_string(), groups, passage: PASSAGE }
}

/// A builder with a group for each of `count` phases; those conflict that `conflict` says.
fn groups(count: usize, conflict: impl Fn(usize, usize) -> bool) -> LayoutBuilder {
    let mut builder = Layout::builder();
    for index in 0..count {
        let mut rule = group(&format!("g{index}"), GroupKind::Vehicle);
        // Unequal yellows: 3 to 5 s.
        rule.closing = secs(3 + i64::try_from(index).expect("few") % 3);
        rule.max_red = secs(3_600);
        builder.group(rule);
    }
    for a in 0..count {
        for b in (a + 1..count).filter(|&b| conflict(a, b)) {
            builder.conflict(GroupId::from_index(a), GroupId::from_index(b), None, None);
        }
    }
    builder
}

/// Where a phase is: its ring and its barrier.
fn home(rings: &Lists, phase: usize) -> (usize, usize) {
    let mut homes = (0..rings.len()).flat_map(|r| (0..rings[r].len()).map(move |b| (r, b)));
    homes.find(|&(ring, barrier)| rings[ring][barrier].contains(&phase)).expect("it is in a ring")
}

/// The layout and rings of a description in which phases of one ring and of different barriers
/// conflict, and those that `more` names.
fn compile(rings: &Lists, more: &[(usize, usize)]) -> Result<(Arc<Layout>, Rings), String> {
    let count = rings.iter().flatten().flatten().count();
    let mut builder = groups(count, |a, b| {
        let (one, other) = (home(rings, a), home(rings, b));
        one.0 == other.0 || one.1 != other.1 || more.contains(&(a, b)) || more.contains(&(b, a))
    });
    let phases = (0..count).map(phase).collect();
    let words = |all: Vec<signal::Problem>| format!("{all:?}");
    let rings = Rings::compile(phases, rings.clone(), &mut builder).map_err(words)?;
    Ok((Arc::new(builder.build().map_err(words)?), rings))
}

/// The classical eight phases: 1 2 | 3 4 and 5 6 | 7 8, counted from 0.
fn eight() -> Lists {
    vec![vec![vec![0, 1], vec![2, 3]], vec![vec![4, 5], vec![6, 7]]]
}

fn stage_named(layout: &Layout, name: &str) -> StageId {
    let found = layout.stage_ids().find(|&stage| layout.stage(stage).name == name);
    found.unwrap_or_else(|| panic!("there is no stage {name}"))
}

#[test]
fn descriptions_become_stages_and_legal_transitions() {
    let eight = eight();
    let single = vec![vec![vec![0, 1, 2]]];
    let single_over_barriers = vec![vec![vec![0], vec![1, 2]]];
    let unequal = vec![vec![vec![0, 1], vec![2]], vec![vec![3], vec![]]];
    // Rings, further conflicts, stages, and transitions as from > to: true where it is legal.
    type Row<'r> = (&'r Lists, &'r [(usize, usize)], &'r [&'r str], &'r [(&'r str, &'r str, bool)]);
    let table: &[Row<'_>] = &[
        (
            &eight,
            &[],
            &["1 + 5", "1 + 6", "2 + 5", "2 + 6", "3 + 7", "3 + 8", "4 + 7", "4 + 8"],
            &[
                ("1 + 5", "1 + 6", true),
                ("1 + 5", "2 + 6", true),
                ("1 + 6", "2 + 6", true),
                ("2 + 5", "1 + 5", false),
                ("2 + 6", "1 + 5", false),
                ("2 + 5", "1 + 6", false),
                ("2 + 6", "3 + 7", true),
                ("1 + 5", "4 + 8", true),
                ("4 + 8", "3 + 8", false),
                ("4 + 8", "1 + 5", true),
            ],
        ),
        // Opposing left turns that cannot be green together leave out one pair.
        (
            &eight,
            &[(0, 4)],
            &["1 + 6", "2 + 5", "2 + 6", "3 + 7", "3 + 8", "4 + 7", "4 + 8"],
            &[("1 + 6", "2 + 5", false), ("1 + 6", "2 + 6", true)],
        ),
        (&single, &[], &["1", "2", "3"], &[("1", "3", true), ("3", "2", true), ("3", "1", true)]),
        (&single_over_barriers, &[], &["1", "2", "3"], &[("3", "2", false), ("3", "1", true)]),
        (
            &unequal,
            &[],
            &["1 + 4", "2 + 4", "3"],
            &[("1 + 4", "2 + 4", true), ("2 + 4", "1 + 4", false), ("2 + 4", "3", true)],
        ),
    ];
    for (rings, more, stages, transitions) in table {
        let (layout, rings) = compile(rings, more).expect("sound");
        let names: Vec<_> = layout.stages().iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(names, *stages);
        for &(from, to, legal) in *transitions {
            let (from, to) = (stage_named(&layout, from), stage_named(&layout, to));
            assert_eq!(layout.allowed(from, to), legal, "{from} to {to} of {names:?}");
        }
        for stage in layout.stage_ids() {
            let phases: Vec<_> = rings.phases_of(stage).collect();
            let name: Vec<_> = phases.iter().map(|&p| rings.phases()[p].name.clone()).collect();
            assert_eq!(layout.stage(stage).name, name.join(" + "));
        }
    }
}

#[test]
fn every_mistake_of_a_description_is_reported() {
    type Change = fn(&mut Vec<Phase>, &mut Lists, &mut LayoutBuilder);
    let table: &[(&str, Change)] = &[
        ("there must be 1 to 4", |_, rings, _| rings.clear()),
        ("there must be 1 to 4", |_, rings, _| {
            rings.extend(vec![vec![vec![], vec![]]; RINGS_MAX]);
        }),
        ("the rings have no barrier", |_, rings, _| rings.iter_mut().for_each(Vec::clear)),
        ("ring 2: it has 1 barriers, the first ring 2", |_, rings, _| drop(rings[1].pop())),
        ("barrier 3: no ring has a phase in it", |_, rings, _| {
            rings.iter_mut().for_each(|ring| ring.push(Vec::new()));
        }),
        ("there is no phase 9", |_, rings, _| rings[0][0].push(8)),
        ("phase 4: no ring has it", |_, rings, _| rings[0][1].truncate(1)),
        ("phase 1: it is more than once in the rings", |_, rings, _| rings[1][1].push(0)),
        ("phase 1: another phase has its name", |phases, _, _| phases[1].name = "1".to_owned()),
        ("phase 2: it has no group", |phases, _, _| phases[1].groups = GroupSet::EMPTY),
        ("phase 2: it names a group that is not there", |phases, _, _| {
            phases[1].groups.insert(GroupId(40));
        }),
        ("phase 2: its groups conflict", |phases, _, _| phases[1].groups.insert(GroupId(0))),
        ("phase 2: another phase has one of its groups", |phases, _, _| {
            phases[1].groups.insert(GroupId(0));
        }),
        ("phase 3: its passage time is not positive", |phases, _, _| {
            phases[2].passage = Millis::ZERO;
        }),
        ("phase 1: it conflicts with every phase of another ring beside it", |_, _, builder| {
            builder.conflict(GroupId(0), GroupId(4), None, None);
            builder.conflict(GroupId(0), GroupId(5), None, None);
        }),
        ("the rings make 81 stages, the most is 64", |phases, rings, builder| {
            *builder = groups(12, |_, _| false);
            *phases = (0..12).map(phase).collect();
            *rings = (0..4).map(|ring| vec![vec![3 * ring, 3 * ring + 1, 3 * ring + 2]]).collect();
        }),
    ];
    for (expected, change) in table {
        let rings = &mut eight();
        let of = |rings: &Lists, a: usize, b: usize| {
            let (one, other) = (home(rings, a), home(rings, b));
            one.0 == other.0 || one.1 != other.1
        };
        let mut builder = groups(8, |a, b| of(rings, a, b));
        let mut phases: Vec<Phase> = (0..8).map(phase).collect();
        change(&mut phases, rings, &mut builder);
        let problems = Rings::compile(phases, rings.clone(), &mut builder).expect_err(expected);
        let found = problems.iter().any(|problem| problem.0.contains(expected));
        assert!(found, "{expected:?} is not in {problems:?}");
    }
}

#[test]
fn several_mistakes_are_reported_together() {
    let mut rings = eight();
    rings[0][0].push(8);
    rings[1][1].push(0);
    let mut phases: Vec<Phase> = (0..8).map(phase).collect();
    phases[6].groups = GroupSet::EMPTY;
    let problems = Rings::compile(phases, rings, &mut groups(8, |_, _| false)).expect_err("three");
    assert_eq!(problems.len(), 3, "{problems:?}");
}

/// The eight phases of [`eight`] seen at one moment: calls, phases with a gap, and force-offs are
/// named by their numbers.
fn views(calls: &str, gaps: &str, forced: &str) -> Vec<PhaseView> {
    let view = |number: char| PhaseView {
        call: calls.contains(number),
        gap: Some(if gaps.contains(number) { secs(10) } else { secs(1) }),
        min_green: secs(5),
        max_green: secs(30),
        force_off: forced.contains(number),
    };
    "12345678".chars().map(view).collect()
}

#[test]
fn each_ring_ends_its_phase_by_itself_and_waits_at_the_barrier() {
    let (layout, rings) = compile(&eight(), &[]).expect("sound");
    use Ending::{ForceOff, GapOut, MaxOut};
    // Running, for how long, calls, gaps, force-offs; the stage that follows, and what ended.
    type Row<'r> = (&'r str, i64, &'r str, &'r str, &'r str, &'r str, &'r [(usize, Ending)]);
    let table: &[Row<'_>] = &[
        // Nobody else calls: green rests, whatever the gaps and maximums are.
        ("1 + 5", 90, "15", "15", "", "1 + 5", &[]),
        ("2 + 6", 90, "", "26", "", "2 + 6", &[]),
        // The minimum holds.
        ("1 + 5", 4, "26", "15", "15", "1 + 5", &[]),
        // One ring gaps out and goes on; the other is extended.
        ("1 + 5", 10, "1256", "1", "", "2 + 5", &[(1, GapOut)]),
        ("1 + 5", 10, "1256", "5", "", "1 + 6", &[(5, GapOut)]),
        ("1 + 5", 10, "1256", "15", "", "2 + 6", &[(1, GapOut), (5, GapOut)]),
        ("1 + 5", 30, "1256", "", "", "2 + 6", &[(1, MaxOut), (5, MaxOut)]),
        ("1 + 5", 10, "1256", "", "1", "2 + 5", &[(1, ForceOff)]),
        // Nobody calls for 2: the ring waits, the other one still has vehicles.
        ("1 + 5", 10, "1538", "1", "", "1 + 5", &[]),
        ("1 + 5", 10, "1538", "15", "", "3 + 8", &[(1, GapOut), (5, GapOut)]),
        // At the barrier both rings wait for the last one.
        ("2 + 6", 10, "26374", "2", "", "2 + 6", &[]),
        ("2 + 6", 30, "26374", "2", "", "3 + 7", &[(2, MaxOut), (6, MaxOut)]),
        // Phases without a call are skipped; a ring without any goes along.
        ("2 + 6", 10, "4", "26", "", "4 + 7", &[(2, GapOut), (6, GapOut)]),
        ("2 + 6", 10, "8", "26", "", "3 + 8", &[(2, GapOut), (6, GapOut)]),
        ("2 + 6", 10, "48", "26", "", "4 + 8", &[(2, GapOut), (6, GapOut)]),
        // What calls too late is served after the other side, even where nobody calls there.
        ("2 + 6", 10, "1", "26", "", "3 + 7", &[(2, GapOut), (6, GapOut)]),
        ("3 + 7", 10, "1", "37", "", "1 + 5", &[(3, GapOut), (7, GapOut)]),
    ];
    for &(running, elapsed, calls, gaps, forced, expected, ended) in table {
        let mut policy = RingPolicy::new(rings.clone());
        let running = stage_named(&layout, running);
        let views = views(calls, gaps, forced);
        let decision = policy.step(running, secs(elapsed), &views, Moment(1_000_000));
        let case = format!("calls {calls}, gaps {gaps}, forced {forced}, for {elapsed} s");
        assert_eq!(layout.stage(decision.stage).name, expected, "{case}");
        let ended: Vec<_> =
            ended.iter().map(|&(phase, ending)| PhaseEnd { phase: phase - 1, ending }).collect();
        assert_eq!(decision.ended, ended, "{case}");
    }
}

#[test]
fn a_ring_keeps_its_own_time_over_the_stages_of_the_other() {
    let (layout, rings) = compile(&eight(), &[]).expect("sound");
    let mut policy = RingPolicy::new(rings);
    let (one, two) = (stage_named(&layout, "1 + 5"), stage_named(&layout, "2 + 5"));
    let all = |gaps| views("12345678", gaps, "");
    let first = policy.step(one, secs(10), &all("1"), Moment(10_000));
    assert_eq!(first.stage, two);
    // Phase 5 has been green since the beginning: its maximum of 30 s ends 12 s into the stage.
    let at = |second: i64| (secs(second - 18), Moment(second * 1_000));
    let (elapsed, now) = at(29);
    assert_eq!(policy.step(two, elapsed, &all(""), now).stage, two);
    let (elapsed, now) = at(30);
    let decision = policy.step(two, elapsed, &all(""), now);
    assert_eq!(layout.stage(decision.stage).name, "2 + 6");
    assert_eq!(decision.ended, [PhaseEnd { phase: 4, ending: Ending::MaxOut }]);
    // What something else did meanwhile is not held against the rings.
    policy.reset();
    assert_eq!(policy.step(two, secs(1), &all("25"), Moment(90_000)).stage, two);
}

#[test]
fn what_gapped_out_at_the_barrier_stays_ended_until_nobody_waits() {
    let (layout, rings) = compile(&eight(), &[]).expect("sound");
    let mut policy = RingPolicy::new(rings);
    let two_six = stage_named(&layout, "2 + 6");
    let mut step = |second: i64, calls, gaps| {
        policy.step(two_six, secs(second), &views(calls, gaps, ""), Moment(second * 1_000)).stage
    };
    assert_eq!(step(10, "2637", "2"), two_six);
    // A vehicle comes for 2 while its ring waits: it passes, but the end of the green stands.
    assert_eq!(layout.stage(step(11, "2637", "6")).name, "3 + 7");
    assert_eq!(step(12, "26", ""), two_six, "nobody waits elsewhere any more");
    assert_eq!(step(13, "2637", "6"), two_six, "2 is extended again");
}

/// A random description: up to three rings and barriers, uneven lists, some pairs in conflict.
fn description() -> impl Strategy<Value = (Lists, Vec<(usize, usize)>)> {
    let counts = prop::collection::vec(prop::collection::vec(0..3_usize, 3), 1..4);
    (counts, 1..4_usize, prop::collection::vec((0..27_usize, 0..27_usize), 0..3)).prop_map(
        |(counts, barriers, more)| {
            let mut next = 0;
            let mut list = |count: usize| {
                let from = next;
                next += count;
                (from..next).collect::<Vec<_>>()
            };
            // The first ring always has a phase, so that no barrier is empty.
            let ring = |(index, counts): (usize, &Vec<usize>)| {
                let counts = counts.iter().take(barriers);
                counts.map(|&count| list(if index == 0 { count.max(1) } else { count })).collect()
            };
            let rings: Lists = counts.iter().enumerate().map(ring).collect();
            (rings, more)
        },
    )
}

/// What a random street shows of each phase at one look: a call, a gap, a force-off.
fn street() -> impl Strategy<Value = Vec<(u32, u32, u32)>> {
    prop::collection::vec((any::<u32>(), any::<u32>(), any::<u32>()), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_ring_crosses_a_barrier_alone_and_no_pair_conflicts(
        (rings, more) in description(),
        street in street(),
    ) {
        let compiled = compile(&rings, &more);
        prop_assume!(compiled.is_ok());
        let (layout, compiled) = compiled.expect("assumed");
        let mut policy = RingPolicy::new(compiled.clone());
        let mut controller = Controller::new(layout.clone(), Moment(0));
        let mut reader = Reader::new(layout.clone(), 0, controller.aspects());
        for second in 0..400_i64 {
            let look = street[usize::try_from(second / 7).expect("small") % street.len()];
            let now = Moment(second * 1_000);
            if let Running::Stage(running) = controller.running() {
                let bit = |bits: u32, phase: usize| bits >> phase & 1 == 1;
                let view = |phase: usize| PhaseView {
                    call: bit(look.0, phase),
                    gap: Some(if bit(look.1, phase) { secs(9) } else { Millis::ZERO }),
                    min_green: secs(5),
                    max_green: secs(30),
                    // Rarely: three bits at once.
                    force_off: bit(look.0 & look.1 & look.2, phase),
                };
                let views: Vec<_> = (0..compiled.phases().len()).map(view).collect();
                let decision = policy.step(running, controller.elapsed(now), &views, now);
                check(&rings, &compiled, &views, running, decision.stage);
                prop_assert!(layout.allowed(running, decision.stage));
                controller.request(decision.stage);
            }
            for tick in 1..=10 {
                controller.step(now + Millis(tick * 100));
                reader.read((now + Millis(tick * 100)).0, controller.aspects());
            }
        }
    }

    #[test]
    fn whoever_calls_all_the_time_is_served((rings, _) in description(), gaps in any::<u32>()) {
        let (layout, compiled) = compile(&rings, &[]).expect("compatible beside each other");
        let count = compiled.phases().len();
        prop_assume!(count > 1);
        let view = |phase: usize| PhaseView {
            call: true,
            gap: Some(if gaps >> phase & 1 == 1 { secs(9) } else { Millis::ZERO }),
            min_green: secs(5),
            max_green: secs(30),
            force_off: false,
        };
        let views: Vec<_> = (0..count).map(view).collect();
        let mut policy = RingPolicy::new(compiled);
        let mut controller = Controller::new(layout.clone(), Moment(0));
        let mut reader = Reader::new(layout, 0, controller.aspects());
        let mut served = vec![0_i64; count];
        // In the worst case every phase has its maximum, a clearance, and a stage's minimum.
        let round = i64::try_from(count).expect("few") * (30 + 7 + 5 + 2);
        for second in 0..3 * round {
            let now = Moment(second * 1_000);
            if let Running::Stage(running) = controller.running() {
                for phase in policy.rings().phases_of(running) {
                    served[phase] = second;
                }
                let decision = policy.step(running, controller.elapsed(now), &views, now);
                controller.request(decision.stage);
            }
            let late = served.iter().position(|&at| second - at > round);
            prop_assert_eq!(late, None, "phase waits for more than {} s at {}", round, second);
            for tick in 1..=10 {
                controller.step(now + Millis(tick * 100));
                reader.read((now + Millis(tick * 100)).0, controller.aspects());
            }
        }
    }
}

/// What must hold of every decision, said from the description alone.
fn check(rings: &Lists, compiled: &Rings, views: &[PhaseView], from: StageId, to: StageId) {
    let phases = |stage: StageId| compiled.phases_of(stage).collect::<Vec<_>>();
    let (old, new) = (phases(from), phases(to));
    let barrier = |phases: &[usize]| home(rings, phases[0]).1;
    assert!(old.iter().all(|&phase| home(rings, phase).1 == barrier(&old)), "{old:?}");
    assert!(new.iter().all(|&phase| home(rings, phase).1 == barrier(&new)), "{new:?}");
    assert_eq!(compiled.barrier_of(to), barrier(&new));
    if from == to {
        return;
    }
    let starts: Vec<_> = new.iter().filter(|phase| !old.contains(phase)).collect();
    if barrier(&old) == barrier(&new) && rings[0].len() > 1 {
        // Forward, for somebody who calls, and past nobody who does.
        assert!(starts.iter().any(|&&phase| views[phase].call), "{old:?} to {new:?} for nobody");
        for (ring, list) in rings.iter().enumerate().map(|(r, ring)| (r, &ring[barrier(&new)])) {
            let place = |phases: &[usize]| list.iter().position(|phase| phases.contains(phase));
            if let (Some(from), Some(to)) = (place(&old), place(&new)) {
                assert!(from <= to, "ring {ring} goes back: {old:?} to {new:?}");
                let passed = (from + 1..to).any(|between| views[list[between]].call);
                assert!(!passed, "ring {ring} passes a call: {old:?} to {new:?}");
            }
        }
    } else if rings[0].len() > 1 {
        assert_eq!(starts.len(), new.len(), "a ring stays behind: {old:?} to {new:?}");
    }
}
