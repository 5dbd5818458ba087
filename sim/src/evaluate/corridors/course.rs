//! A street under adaptive control, second by second, that can be copied at any of them.

use std::sync::Arc;

use engine::planned;
use network::Network;
use optimizer::{Choice, Control, Controller, Countdown, District, Instants, Scene, Showing};
use scenario::{Demand, Flow, VehicleClass, VehicleType};
use signal::Aspect;
use units::{GroupId, LinkId, MetresPerSecond, Millis};

use super::help::Helper;
use super::trips::Trip;
use super::{CorridorPlan, Ground};
use crate::checker::Checker;
use crate::evaluate::lamps::Lamps;
use crate::evaluate::sensors::Sensors;
use crate::evaluate::{Case, Death, SECOND};
use crate::world::{Settings, World};

/// A vehicle that nobody holds up is through within this.
const FREE_MAX: Millis = Millis(3_600_000);

impl Ground {
    pub(super) fn new(case: &Case) -> Self {
        let network = case.site.network.clone();
        let of = |signal| planned::of_site(&network, signal, Instants::Any);
        let junctions = case.site.signals.iter().map(of).collect();
        let district = District { network: network.clone(), junctions };
        Self { district, signals: case.site.signals.clone(), case: case.clone() }
    }

    pub(super) fn network(&self) -> &Network {
        &self.district.network
    }
}

/// The street.
#[derive(Clone)]
pub(super) struct Course {
    pub(super) world: World,
    pub(super) scene: Scene,
    controller: Controller,
    lamps: Lamps,
    sensors: Sensors,
    countdowns: Vec<Option<Countdown>>,
    crossings: Arc<Vec<Vec<GroupId>>>,
    checkers: Vec<Checker>,
    choices: Vec<Choice>,
    findings: u64,
}

impl Course {
    pub(super) fn new(ground: &Ground, plan: &CorridorPlan) -> Self {
        let (district, demand) = (&ground.district, &ground.case.demand);
        let settings = Settings { seed: plan.seed, ..Settings::default() };
        let none = (0.0, Death::Known);
        let junctions = &district.junctions;
        let sensors =
            Sensors::new(&district.network, junctions, demand, plan.sensing, none, plan.seed);
        let network = district.network.clone();
        let detectors = sensors.detectors();
        let world = World::with_settings(network, &ground.signals, &detectors, demand, &settings);
        let groups = ground.signals.iter().map(|signal| planned::crossings(&signal.layout));
        let checkers = ground.signals.iter().map(|signal| Checker::new(signal.layout.clone()));
        Self {
            world,
            scene: Scene::default(),
            controller: Controller::new(Control::Adaptive, district.clone()),
            lamps: Lamps::cabinets(&ground.signals),
            sensors,
            countdowns: junctions.iter().map(|one| one.countdown.map(Countdown::new)).collect(),
            crossings: Arc::new(groups.map(Iterator::collect).collect()),
            checkers: checkers.collect(),
            choices: Vec::new(),
            findings: 0,
        }
    }

    pub(super) fn now(&self) -> Millis {
        self.world.now()
    }

    /// How many rules the lamps have broken so far.
    pub(super) fn violations(&self) -> u64 {
        self.findings
    }

    /// Sends an emergency vehicle on a way; its number.
    pub(super) fn send(&mut self, links: &[LinkId], speed: MetresPerSecond) -> u32 {
        let vehicle = vehicle(speed);
        self.sensors.add(links, vehicle.class);
        self.world.send(links, &vehicle)
    }

    /// The next second: what is seen, what is decided, and what drives.
    pub(super) fn second(&mut self, helper: &mut dyn Helper) {
        let now = self.world.now();
        self.scene.time = now;
        self.lamps.showing(now, &mut self.scene.signals);
        self.sensors.look(&self.world, &mut self.scene);
        self.sensors.look_at_walkers(&self.world, &self.crossings, &mut self.scene);
        self.scene.clearings.clear();
        helper.look(&self.world, &mut self.scene);
        self.controller.decide(&self.scene, &mut self.choices);
        // Where nothing may be decided yet what runs goes on: a cabinet that has served somebody by its own
        // rule would go back to what it was asked for before.
        for junction in 0..self.scene.signals.len() {
            let is_free = self.countdowns[junction].is_none();
            if let (true, Showing::Stage { stage, .. }) = (is_free, self.scene.signals[junction]) {
                self.lamps.demand(junction, stage, now);
            }
        }
        let choices = std::mem::take(&mut self.choices);
        for choice in choices.iter().filter(|one| helper.stage(one.junction).is_none()) {
            self.ask(choice.junction, choice.stage, false);
        }
        self.choices = choices;
        for junction in 0..self.scene.signals.len() {
            if let Some(stage) = helper.stage(junction) {
                self.ask(junction, stage, true);
            }
        }
        let end = now + SECOND;
        while self.world.now() < end {
            let found = self.lamps.show_to(&mut self.world, &mut self.checkers);
            self.findings += found.len() as u64;
            self.world.step();
            helper.observe(&self.world);
        }
    }
}

impl Course {
    fn ask(&mut self, junction: usize, stage: usize, is_helped: bool) {
        let now = self.scene.time;
        let stage = match (&mut self.countdowns[junction], self.scene.signals[junction]) {
            (Some(countdown), Showing::Stage { stage: running, .. }) => match is_helped {
                true => countdown.honour(running, stage, now),
                false => countdown.decide(running, stage, now),
            },
            _ => stage,
        };
        self.lamps.demand(junction, stage, now);
    }
}

/// An ambulance: a van with a strong engine.
fn vehicle(speed: MetresPerSecond) -> VehicleType {
    VehicleType {
        class: VehicleClass::Emergency,
        length: units::Metres(6.0),
        max_speed: speed,
        acceleration: 2.5,
        ..VehicleType::default()
    }
}

/// How long a trip takes where nobody else drives and every light is open, seconds.
pub(super) fn free_time(ground: &Ground, plan: &CorridorPlan, trip: &Trip) -> f64 {
    let flow = Flow { route: trip.links.clone(), vehicle: vehicle(plan.speed), ..Flow::default() };
    let demand = Demand { flows: vec![flow], pedestrians: Vec::new() };
    let settings = Settings { seed: plan.seed, ..Settings::default() };
    let network = ground.district.network.clone();
    let mut world = World::with_settings(network, &ground.signals, &[], &demand, &settings);
    while world.now() < FREE_MAX && (world.summary().finished == 0) {
        for (index, signal) in ground.signals.iter().enumerate() {
            world.set_aspects(index, &vec![Aspect::Green; signal.layout.groups().len()]);
        }
        world.step();
    }
    world.now().as_secs_f64()
}
