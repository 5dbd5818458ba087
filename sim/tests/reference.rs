//! The world with the `CityFlow` set against runs of that simulator on the public Jinan files, where
//! these are at hand: `../shared/data/jinan` beside the workspace, or what `GREENWAVE_DATA` names.
//!
//! The protocol is the one that the reference runs had: decisions each 15 s, four stages, 5 s in which
//! only right turns run at each change, one hour. *Travel time* counts from when a vehicle was due, and
//! until the end where it has not arrived. *Approach time* is that on lanes which enter signalised
//! junctions and, behind them, until the next lane begins: the reference's own two figures differ by
//! less than the exit road and the crossings take at free speed, and by what the exit road takes
//! alone, so that its approach time must hold the crossings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use network::Network;
use scenario::{Demand, SignalSite, Site, SiteOptions, cityflow};
use signal::Aspect;
use sim::world::{Model, Settings, World};
use units::LaneId;

const END: u32 = 3_600;
const INTERVAL: u32 = 15;
const CLEARANCE: u32 = 5;
const STAGES: usize = 4;

#[derive(Clone, Copy, PartialEq, Debug)]
enum Plan {
    /// 25 s of green, 5 s of clearance, stage after stage.
    Fixed,
    MaxPressure,
}

struct Reference {
    flow: &'static str,
    plan: Plan,
    approach_s: f64,
    travel_s: f64,
    finished: f64,
}

const REFERENCES: [Reference; 6] = [
    Reference {
        flow: "anon_3_4_jinan_real.json",
        plan: Plan::Fixed,
        approach_s: 429.27,
        travel_s: 499.80,
        finished: 4983.0,
    },
    Reference {
        flow: "anon_3_4_jinan_real.json",
        plan: Plan::MaxPressure,
        approach_s: 274.99,
        travel_s: 319.99,
        finished: 5679.0,
    },
    Reference {
        flow: "anon_3_4_jinan_real_2000.json",
        plan: Plan::Fixed,
        approach_s: 370.34,
        travel_s: 412.67,
        finished: 3964.0,
    },
    Reference {
        flow: "anon_3_4_jinan_real_2000.json",
        plan: Plan::MaxPressure,
        approach_s: 246.41,
        travel_s: 293.23,
        finished: 4142.0,
    },
    Reference {
        flow: "anon_3_4_jinan_real_2500.json",
        plan: Plan::Fixed,
        approach_s: 384.87,
        travel_s: 445.53,
        finished: 4619.0,
    },
    Reference {
        flow: "anon_3_4_jinan_real_2500.json",
        plan: Plan::MaxPressure,
        approach_s: 244.63,
        travel_s: 291.03,
        finished: 5007.0,
    },
];

fn folder() -> PathBuf {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data");
    std::env::var_os("GREENWAVE_DATA").map_or_else(|| beside.into(), PathBuf::from).join("jinan")
}

fn load(flow: &str) -> Option<(Site, Demand)> {
    let roadnet = std::fs::read_to_string(folder().join("roadnet_3_4.json")).ok()?;
    let flow = std::fs::read_to_string(folder().join(flow)).expect("the flow beside its network");
    let imported = cityflow::import_roadnet(&roadnet).expect("sound");
    let demand = cityflow::import_flow(&flow, &imported.network).expect("sound");
    let site = imported.site(&demand, &SiteOptions::default()).expect("sound");
    Some((site, demand))
}

/// A junction's stage, and the one that it changes to with the second from which that shows.
#[derive(Clone, Copy)]
struct Shown {
    stage: usize,
    from: u32,
}

fn show(world: &mut World, signal: usize, site: &SignalSite, shown: Shown, second: u32) {
    let mut aspects = vec![Aspect::Red; site.layout.groups().len()];
    if second >= shown.from {
        for group in site.layout.stages()[shown.stage].groups.iter() {
            aspects[group.index()] = Aspect::Green;
        }
    }
    world.set_aspects(signal, &aspects);
}

/// Queued vehicles on a stage's entering lanes less those on its exit roads, movement by movement.
fn pressure(world: &World, network: &Network, site: &SignalSite, stage: usize) -> i64 {
    let queued = |lane: LaneId| world.lane(lane).filter(|&(_, speed)| speed < 0.1).count() as i64;
    let stage = &site.layout.stages()[stage];
    let of = site.movement_groups.iter().filter(|(_, group)| stage.groups.contains(*group));
    of.map(|&(movement, _)| {
        let row = network.movement(movement);
        let lane = network.lane_at(row.from, row.connections[0].from_lane);
        queued(lane) - network.link_lanes(row.to).map(queued).sum::<i64>()
    })
    .sum()
}

struct Measured {
    approach_s: f64,
    travel_s: f64,
    finished: f64,
}

fn run(site: &Site, demand: &Demand, plan: Plan) -> Measured {
    let settings = Settings { model: Model::CityFlow, ..Settings::default() };
    let network = site.network.clone();
    let mut world = World::with_settings(network.clone(), &site.signals, &[], demand, &settings);
    let lanes = site
        .signals
        .iter()
        .flat_map(|signal| network.junction(signal.junction).incoming.clone())
        .flat_map(|link| network.link_lanes(link));
    let mut shown = vec![Shown { stage: 0, from: 0 }; site.signals.len()];
    let entering: BTreeSet<LaneId> = lanes.collect();
    let all: Vec<LaneId> = (0..network.lanes().len()).map(LaneId::from_index).collect();
    // For each vehicle the second in which it came to a lane that enters a junction and that in
    // which it was last seen there; and what it has spent on such lanes before.
    let mut on: BTreeMap<u32, (LaneId, u32, u32)> = BTreeMap::new();
    let mut spent: BTreeMap<u32, u32> = BTreeMap::new();
    for second in 0..END {
        for (index, signal) in site.signals.iter().enumerate() {
            if second % INTERVAL == 0 {
                let now = shown[index].stage;
                let stage = match plan {
                    Plan::Fixed if second > 0 && second % (2 * INTERVAL) == 0 => (now + 1) % STAGES,
                    Plan::Fixed => now,
                    Plan::MaxPressure => (0..STAGES)
                        .max_by_key(|&s| (pressure(&world, &network, signal, s), STAGES - s))
                        .expect("four"),
                };
                if stage != now {
                    shown[index] = Shown { stage, from: second + CLEARANCE };
                }
            }
            show(&mut world, index, signal, shown[index], second);
        }
        world.step();
        let now = second + 1;
        for &lane in &all {
            for seen in world.vehicles(lane) {
                // Whoever is on another lane was crossing since.
                if on.get(&seen.vehicle).is_some_and(|before| before.0 != lane)
                    && let Some((_, since, _)) = on.remove(&seen.vehicle)
                {
                    *spent.entry(seen.vehicle).or_default() += now - since;
                }
                if entering.contains(&lane) {
                    on.entry(seen.vehicle).or_insert((lane, now, now)).2 = now;
                }
            }
        }
    }
    for (vehicle, (_, since, last)) in on {
        *spent.entry(vehicle).or_default() += last - since;
    }
    let summary = world.summary();
    let approach: f64 = spent.values().map(|&s| f64::from(s)).sum();
    Measured {
        approach_s: approach / spent.len() as f64,
        travel_s: summary.mean_travel_time_s,
        finished: summary.finished as f64,
    }
}

#[test]
fn travel_times_and_finished_trips_are_those_of_the_reference_runs() {
    let mut far = Vec::new();
    for reference in &REFERENCES {
        let Some((site, demand)) = load(reference.flow) else {
            eprintln!("the Jinan data are not at {}: nothing was tested", folder().display());
            return;
        };
        let got = run(&site, &demand, reference.plan);
        let off = |a: f64, b: f64| 100.0 * (a / b - 1.0);
        let line = format!(
            "{} {:?}: approach {:.2} s ({:+.2} %), travel {:.2} s ({:+.2} %), finished {} ({:+.2} %)",
            reference.flow,
            reference.plan,
            got.approach_s,
            off(got.approach_s, reference.approach_s),
            got.travel_s,
            off(got.travel_s, reference.travel_s),
            got.finished,
            off(got.finished, reference.finished),
        );
        eprintln!("{line}");
        let near = off(got.approach_s, reference.approach_s).abs() < 3.0
            && off(got.travel_s, reference.travel_s).abs() < 3.0
            && off(got.finished, reference.finished).abs() < 2.0;
        if !near {
            far.push(line);
        }
    }
    assert!(far.is_empty(), "{far:#?}");
}
