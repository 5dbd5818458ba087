//! Emergency corridors through the daemon's mind and the virtual cabinets, and on a street without either.

use std::sync::Arc;

use corridor::{Class, Incident, LASTS_MAX, Level, Place, Request, Step};
use engine::EventKind;
use scenario::{Mode, Site, generate};
use sim::evaluate::corridors::{CorridorPlan, Help, evaluate_corridors};
use sim::evaluate::{Case, Sensing};
use sim::harness::{self, Outcome, Settings};
use units::{LinkId, Metres, MetresPerSecond, Millis, Moment};

const SECOND: Millis = Millis(1_000);

/// From one end of an arterial to the other.
fn request(site: &Site, key: &str) -> Request {
    let network = &site.network;
    let is_entry = |&link: &LinkId| !network.junction(network.link(link).from).signalised;
    let is_exit = |&link: &LinkId| !network.junction(network.link(link).to).signalised;
    let all = || (0..network.links().len()).map(LinkId::from_index);
    let pairs =
        all().filter(is_entry).flat_map(|from| all().filter(is_exit).map(move |to| (from, to)));
    let ways = pairs.filter_map(|(from, to)| network.route(from, to));
    let longest = ways.max_by_key(Vec::len).expect("a way");
    let (from, to) = (longest[0], longest[longest.len() - 1]);
    Request {
        key: key.to_owned(),
        vehicle: key.to_owned(),
        class: Class::Fire,
        level: Level::default(),
        incident: Incident::Fire,
        origin: Place { link: from, offset: Metres(0.0) },
        destination: Place { link: to, offset: network.link(to).length },
        speed: MetresPerSecond(13.0),
        departs_in: SECOND * 30,
        expires_in: LASTS_MAX,
        is_drill: true,
    }
}

fn run(mode: Mode, injections: &[&str], dies: Option<i64>) -> Outcome {
    let (mut site, demand) = generate::arterial(1, 4);
    site.control.mode = mode;
    let asked = vec![(Moment::ORIGIN + SECOND * 60, request(&site, "a"))];
    let injections = injections.iter().map(|one| one.parse().expect("a fault")).collect();
    let settings = Settings {
        injections,
        engine_dies: dies.map(|at| Moment::ORIGIN + SECOND * at),
        corridors: asked,
        ..Settings::of(Millis::from_secs(400), 1)
    };
    harness::run(&Arc::new(site), &demand, &settings).expect("a sound street")
}

/// What each step says, in its order.
fn steps(outcome: &Outcome) -> Vec<&Step> {
    let steps = outcome.events.iter().filter_map(|event| match &event.kind {
        EventKind::Corridor { step, is_drill, .. } => {
            assert!(is_drill, "a drill is marked everywhere");
            Some(step)
        }
        _ => None,
    });
    steps.collect()
}

#[test]
fn in_every_mode_each_junction_is_opened_in_its_window_and_let_go() {
    for mode in [Mode::Fixed, Mode::Actuated, Mode::MaxPressure, Mode::Adaptive] {
        let outcome = run(mode, &[], None);
        assert_eq!((outcome.violations, &outcome.findings), (0, &Vec::new()), "{mode:?}");
        assert_eq!(outcome.counters.violations, 0, "{mode:?}");
        let steps = steps(&outcome);
        let count = |name: &str| steps.iter().filter(|step| step.name() == name).count();
        assert_eq!((count("requested"), count("accepted"), count("refused")), (1, 1, 0));
        assert!(count("clearing") >= 4, "{mode:?}: {steps:?}");
        assert_eq!(count("open"), count("clearing"), "{mode:?}: {steps:?}");
        assert_eq!(count("ended"), 1, "{mode:?}: {steps:?}");
        let controlled = outcome.events.iter().filter(|event| {
            matches!(event.kind, EventKind::Control { source: signal::ControlSource::Corridor, .. })
        });
        assert!(controlled.count() >= 4, "{mode:?}");
        let snapshot = outcome.engine.snapshot(Moment(400_000));
        assert!(snapshot.corridors.is_empty());
        for junction in &snapshot.junctions {
            assert_ne!(junction.source, signal::ControlSource::Corridor, "{mode:?}");
        }
    }
}

#[test]
fn a_cabinet_that_is_lost_half_way_and_a_daemon_that_dies_break_no_rule() {
    for (injections, dies) in [
        (&["disconnect:j_2_1@80+60"][..], None),
        (&["silent:j_2_1@80+60"][..], None),
        (&["reboot:j_2_1@110+5"][..], None),
        (&[][..], Some(110)),
    ] {
        for mode in [Mode::MaxPressure, Mode::Adaptive] {
            let outcome = run(mode, injections, dies);
            assert_eq!(outcome.violations, 0, "{injections:?} {dies:?}: {:?}", outcome.findings);
            if dies.is_none() {
                let steps = steps(&outcome);
                assert!(steps.iter().any(|step| step.name() == "ended"), "{injections:?}");
                assert!(outcome.engine.corridors().open().is_empty());
                continue;
            }
            // Nobody renews any lease: each cabinet is back on its own plan.
            let cabinets = outcome.street.cabinets();
            assert!(cabinets.iter().all(|cabinet| !cabinet.is_commanded()), "a lease lives on");
        }
    }
}

#[test]
fn trips_are_driven_as_twins_and_repeat_on_any_number_of_threads() {
    let (site, demand) = generate::arterial(1, 4);
    let case =
        Case { name: "arterial".to_owned(), site: Arc::new(site), programs: Vec::new(), demand };
    let plan = CorridorPlan {
        trips: 2,
        seed: 1,
        junctions: 4,
        warm_up: SECOND * 60,
        every: SECOND * 20,
        notice: SECOND * 20,
        after: SECOND * 150,
        speed: MetresPerSecond(20.0),
        detection: Metres(300.0),
        deviation: Metres(5.0),
        sensing: Sensing::Full,
        pairs: 1,
        by: Help::Search,
        threads: 1,
    };
    let verdict = evaluate_corridors(&case, &plan).expect("a street");
    let again = evaluate_corridors(&case, &CorridorPlan { threads: 2, ..plan }).expect("a street");
    assert_eq!(verdict, again);
    assert_eq!((verdict.trips, verdict.junctions_least, verdict.violations), (2, 4, 0));
    for trip in &verdict.by_trip {
        assert!(trip.corridor.travel_s.is_some_and(|travel| travel >= trip.free_s), "{trip:?}");
    }
    // Other programs read these.
    let told = serde_json::to_value(&verdict).expect("a value");
    for name in [
        "median_ratio_to_free_flow",
        "p95_ratio_to_free_flow",
        "share_without_stop",
        "gain_over_no_corridor",
        "gain_over_local_preemption",
        "side_cost_ratio_to_local_preemption",
        "others_extra_delay_median",
        "recovery_cycles_p95",
        "pairs_share_both_within",
        "violations",
    ] {
        assert!(told[name].is_number(), "{name}: {}", told[name]);
    }
}
