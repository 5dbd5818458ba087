//! What the world must hold at every step, whatever drives and whatever the lamps show: nobody is
//! lost or doubled, no two overlap on a lane, nobody enters a junction at red.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use scenario::{Demand, Flow, Site, VehicleType, generate};
use signal::Aspect;
use units::{GroupId, LinkId, Metres, MetresPerSecond, Millis};

use super::{STEP, World};

/// A vehicle is known by its flow, which owns its route, and by when it was due.
type Name = (usize, Millis);
/// The lane it is on and the leg of its way.
type Place = (usize, usize);

/// A street whose lamps follow a list: each entry, for some steps, which groups are green.
struct Watch {
    world: World,
    site: Site,
    demand: Demand,
    before: BTreeMap<Name, Place>,
    gone: usize,
}

impl Watch {
    fn new(site: Site, demand: Demand) -> Self {
        let world = World::new(site.network.clone(), &site.signals, &site.detectors, &demand);
        Self { world, site, demand, before: BTreeMap::new(), gone: 0 }
    }

    /// Shows an aspect to the groups in `bits`, red to the others.
    fn show(&mut self, bits: u64, aspect: Aspect) {
        for (index, signal) in self.site.signals.iter().enumerate() {
            let shown = |group: usize| {
                let rotated = bits.rotate_right(u32::try_from(index).expect("few"));
                if rotated >> group & 1 == 1 { aspect } else { Aspect::Red }
            };
            let aspects: Vec<_> = (0..signal.layout.groups().len()).map(shown).collect();
            self.world.set_aspects(index, &aspects);
        }
    }

    /// One step, and all that must hold after it.
    fn step(&mut self) {
        self.world.step();
        let now = self.places();
        for (name, &(lane, leg)) in &now {
            match self.before.get(name) {
                None => assert_eq!(leg, 0, "{name:?} came into the world on its way"),
                Some(&(_, was)) if was == leg => {}
                Some(&(from, was)) => {
                    assert_eq!(leg, was + 1, "{name:?} left a link out");
                    self.crossed(from, lane);
                }
            }
        }
        for (name, (_, leg)) in &self.before {
            if !now.contains_key(name) {
                assert_eq!(*leg + 1, self.legs(*name), "{name:?} is lost on its way");
                self.gone += 1;
            }
        }
        self.before = now;
        self.apart();
        self.counted();
    }

    fn legs(&self, name: Name) -> usize {
        let arrived = self.world.arrivals.routes().find(|route| route.as_ptr() as usize == name.0);
        arrived.expect("a flow of the demand").len()
    }

    fn places(&self) -> BTreeMap<Name, Place> {
        let mut places = BTreeMap::new();
        for (lane, vehicles) in self.world.lanes.iter().enumerate() {
            for vehicle in vehicles {
                let name = (vehicle.route.as_ptr() as usize, vehicle.due);
                let before = places.insert(name, (lane, vehicle.leg));
                assert_eq!(before, None, "{name:?} is there twice");
            }
        }
        places
    }

    /// Whoever has crossed was let through by what his group shows.
    fn crossed(&self, from: usize, to: usize) {
        let network = &self.site.network;
        let (from, to) = (network.lanes()[from].link, network.lanes()[to].link);
        let movement = network.movement_between(from, to).expect("a movement that was driven");
        if let Some((signal, group)) = self.world.ruled[movement.index()] {
            let aspect = self.world.aspects[signal][group.index()];
            let lets = [Aspect::Green, Aspect::Yellow, Aspect::FlashingYellow, Aspect::Dark];
            assert!(lets.contains(&aspect), "crossed at {aspect:?}");
        }
    }

    /// No two overlap, and nobody drives backwards or faster than he may.
    fn apart(&self) {
        for (lane, vehicles) in self.world.lanes.iter().enumerate() {
            let length = self.world.lane_length(lane);
            for vehicle in vehicles {
                let top = vehicle.kind.max_speed.0;
                assert!(vehicle.position.is_finite(), "{vehicle:?}");
                assert!((0.0..=top + 1e-9).contains(&vehicle.speed), "{vehicle:?}");
                let farthest = length + top * STEP.as_secs_f64();
                assert!(vehicle.position <= farthest, "{vehicle:?} on {length} m");
            }
            for (ahead, behind) in vehicles.iter().zip(vehicles.iter().skip(1)) {
                let gap = ahead.rear() - behind.position;
                assert!(gap > 0.0, "lane {lane}: a gap of {gap} m: {ahead:?} {behind:?}");
            }
        }
    }

    fn counted(&self) {
        let (now, summary) = (self.world.now(), self.world.summary());
        assert_eq!(summary.entered, summary.finished + summary.running);
        assert_eq!(summary.finished, self.gone);
        let due = self.demand.flows.iter().flat_map(Flow::departures).filter(|&at| at <= now);
        assert_eq!(summary.due, due.count());
    }
}

fn any_vehicle() -> impl Strategy<Value = VehicleType> {
    let numbers = (0.5..40.0, 0.0..20.0, 0.1..100.0, 0.1..20.0, 0.1..20.0, 0.0..20.0);
    let wild = numbers.prop_map(|(length, gap, speed, acceleration, deceleration, headway_s)| {
        VehicleType {
            length: Metres(length),
            min_gap: Metres(gap),
            max_speed: MetresPerSecond(speed),
            acceleration,
            deceleration,
            headway_s,
        }
    });
    prop_oneof![Just(VehicleType::default()), wild]
}

/// Flows between any two ends of a street of two junctions.
fn any_demand(site: &Site) -> impl Strategy<Value = Demand> + use<> {
    let network = site.network.clone();
    let links = (0..network.links().len()).map(LinkId::from_index);
    let (mut entries, mut exits) = (Vec::new(), Vec::new());
    for link in links {
        let row = network.link(link);
        if !network.junction(row.from).signalised {
            entries.push(link);
        }
        if !network.junction(row.to).signalised {
            exits.push(link);
        }
    }
    let ends = (prop::sample::select(entries), prop::sample::select(exits));
    let flow = (ends, any_vehicle(), 0..20_i64, 1..90_i64, 100..20_000_i64);
    let flow = flow.prop_filter_map("no way leads back", move |flow| {
        let ((entry, exit), vehicle, start, span, interval) = flow;
        let [start, end] = [start, start + span].map(Millis::from_secs);
        let route = network.route(entry, exit)?;
        Some(Flow { route, start, end, interval: Millis(interval), vehicle })
    });
    prop::collection::vec(flow, 1..12).prop_map(|flows| Demand { flows })
}

fn two_junctions() -> Site {
    generate::arterial(1, 2).0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_drives_and_whatever_shows(
        demand in any_demand(&two_junctions()),
        shown in prop::collection::vec(
            (any::<u64>(), prop::sample::select(&Aspect::ALL[..]), 1..60_usize), 1..8,
        ),
    ) {
        let mut watch = Watch::new(two_junctions(), demand);
        for (bits, aspect, steps) in shown {
            watch.show(bits, aspect);
            (0..steps).for_each(|_| watch.step());
        }
    }

    #[test]
    fn the_rush_of_any_seed(seed in any::<u64>(), bits in any::<u64>()) {
        let (site, demand) = generate::arterial(seed, 3);
        let mut watch = Watch::new(site, demand);
        // Two of eight groups at a time, as a cabinet would, and a little yellow in between.
        for turn in 0..8 {
            let pair = bits.rotate_left(turn * 7) & 0x1111_1111_1111_1111;
            for (aspect, steps) in [(Aspect::Green, 50), (Aspect::Yellow, 6), (Aspect::Red, 4)] {
                watch.show(pair, aspect);
                (0..steps).for_each(|_| watch.step());
            }
        }
        prop_assert!(watch.world.summary().entered > 20);
    }
}

#[test]
fn nobody_passes_a_red_light_and_all_do_at_green() {
    let (site, demand) = generate::arterial(1, 1);
    let mut watch = Watch::new(site, demand);
    // Right turns have no signal; of all others, none arrives while all is red.
    watch.demand.flows.retain(|flow| {
        let network = &watch.site.network;
        let movement = network.movement_between(flow.route[0], flow.route[1]);
        watch.site.signals[0].group_of(movement.expect("a movement")).is_some()
    });
    let mut watch = Watch::new(watch.site, watch.demand);
    watch.show(0, Aspect::Green);
    (0..600).for_each(|_| watch.step());
    let summary = watch.world.summary();
    assert_eq!(summary.finished, 0);
    assert!(summary.running > 20, "{summary:?}");
    let beyond = watch.before.values().filter(|(_, leg)| *leg > 0).count();
    assert_eq!(beyond, 0);
    watch.show(u64::MAX, Aspect::Green);
    (0..600).for_each(|_| watch.step());
    assert!(watch.world.summary().finished > 20, "{:?}", watch.world.summary());
}

#[test]
fn the_group_that_is_green_alone_is_the_only_one_that_moves() {
    let (site, demand) = generate::arterial(2, 1);
    let groups = site.signals[0].layout.groups().len();
    for group in 0..groups {
        let mut watch = Watch::new(site.clone(), demand.clone());
        watch.show(1 << group, Aspect::Green);
        for _ in 0..400 {
            let before = watch.before.clone();
            watch.step();
            for (name, &(lane, leg)) in &watch.before {
                let Some(&(from, was)) = before.get(name) else {
                    continue;
                };
                if leg > was {
                    let link = |lane: usize| site.network.lanes()[lane].link;
                    let movement = site.network.movement_between(link(from), link(lane));
                    let own = site.signals[0].group_of(movement.expect("a movement"));
                    let own = own.filter(|&own| own != GroupId::from_index(group));
                    assert_eq!(own, None, "group {group}");
                }
            }
        }
    }
}

#[test]
fn a_flow_that_lasts_for_ever_takes_no_room() {
    let (site, demand) = generate::arterial(1, 1);
    let flow = Flow { end: Millis(i64::MAX / 2), ..demand.flows[0].clone() };
    let demand = Demand { flows: vec![flow] };
    let mut world = World::new(site.network.clone(), &site.signals, &site.detectors, &demand);
    world.step();
    assert!(world.summary().due <= 1);
    let _: Arc<_> = site.network;
}
