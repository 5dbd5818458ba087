//! The street: the world, its cabinets and remote I/O units, the wires between them, the checkers over
//! them, and the faults that befall them; one owner, moved by whoever has the time.

mod answer;
mod begin;
mod equip;
mod wires;

use std::sync::Arc;

use field::DeviceMap;
use hw_profiles::{CommandName, Point};
use scenario::{Demand, Site};
use signal::Layout;
use signal::controller::TICK;
use units::{DeviceId, Millis, Moment};

use crate::cabinet::Cabinet;
use crate::checker::{Checker, Finding};
use crate::fault::{Fault, Injection};
use crate::io_block::IoBlock;
use crate::tracker_head::TrackerHead;
use crate::world::{Incident, Settings, World, WorldSummary};
pub use answer::Answer;
pub use begin::{Begun, Start};
use equip::Watchers;
use wires::Sensor;

/// The most findings that are kept in words.
const FINDINGS_MAX: usize = 100;

/// The street.
#[derive(Clone, Debug)]
pub struct Street {
    site: Arc<Site>,
    world: World,
    /// One for each signal of the site.
    cabinets: Vec<Cabinet>,
    /// One for each device of the site that is a remote I/O unit.
    blocks: Vec<Option<IoBlock>>,
    /// One for each device of the site that is a lane tracker.
    heads: Vec<Option<TrackerHead>>,
    /// What looks at the world beside the site's detectors.
    watchers: Watchers,
    /// What each detector of the world reports to.
    sensors: Vec<Sensor>,
    /// For how long each detector of the world had been occupied at the last full second.
    occupied: Vec<Millis>,
    /// What each output of the site last was, as its cabinet's input.
    levels: Vec<bool>,
    checkers: Vec<Checker>,
    injections: Vec<Injection>,
    findings: Vec<String>,
    violations: u64,
    now: Moment,
}

impl Street {
    /// A street at time zero.
    ///
    /// # Errors
    /// Every device whose profile is not known, every crossing of the demand that is not there.
    pub fn new(
        site: &Arc<Site>,
        demand: &Demand,
        injections: Vec<Injection>,
    ) -> Result<Self, Vec<String>> {
        Self::with_settings(site, demand, injections, &Settings::default())
    }

    /// A street whose world follows these settings.
    ///
    /// # Errors
    /// Every device whose profile is not known.
    pub fn with_settings(
        site: &Arc<Site>,
        demand: &Demand,
        injections: Vec<Injection>,
        settings: &Settings,
    ) -> Result<Self, Vec<String>> {
        let true_layout = |index: usize| site.signals[index].layout.clone();
        Self::build(site, demand, injections, &true_layout, settings)
    }

    /// A street whose cabinets run by other tables than the site's: what a test breaks on purpose.
    ///
    /// # Errors
    /// Every device whose profile is not known, every crossing of the demand that is not there.
    pub fn with_layouts(
        site: &Arc<Site>,
        demand: &Demand,
        injections: Vec<Injection>,
        layout: &dyn Fn(usize) -> Arc<Layout>,
    ) -> Result<Self, Vec<String>> {
        Self::build(site, demand, injections, layout, &Settings::default())
    }

    fn build(
        site: &Arc<Site>,
        demand: &Demand,
        injections: Vec<Injection>,
        layout: &dyn Fn(usize) -> Arc<Layout>,
        settings: &Settings,
    ) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut maps = Vec::new();
        for device in &site.devices {
            let name = &device.profile;
            match hw_profiles::builtin(name) {
                Some(profile) => maps.push(Arc::new(DeviceMap::new(profile))),
                None => problems.push(format!("there is no profile {name:?}")),
            }
        }
        let (_, lost) = scenario::crossings(&site.network, &site.signals, demand);
        problems.extend(lost);
        let strangers = injections.iter().filter_map(|i| unknown_place(site, i));
        problems.extend(strangers);
        if !problems.is_empty() {
            return Err(problems);
        }
        let is_cabinet =
            |map: &DeviceMap| map.profile().command(CommandName::DemandStage).is_some();
        let is_head = |map: &DeviceMap| map.profile().register(Point::ObjectDistance).is_some();
        let block = |map: &Arc<DeviceMap>| {
            let is_block = !is_cabinet(map) && !is_head(map);
            is_block.then(|| IoBlock::new(map.clone(), Moment::ORIGIN))
        };
        let blocks = maps.iter().map(block).collect();
        let head = |map: &Arc<DeviceMap>| {
            is_head(map).then(|| TrackerHead::new(map.clone(), Moment::ORIGIN))
        };
        let heads = maps.iter().map(head).collect();
        let cabinets = site.signals.iter().enumerate().map(|(index, signal)| {
            // Behind a remote I/O unit there is a cabinet too: nobody talks to it but its wires.
            let map = &maps[signal.device.index()];
            let map = if is_cabinet(map) { map.clone() } else { wires::unseen_map() };
            Cabinet::new(map, signal, layout(index), Moment::ORIGIN)
        });
        let cabinets = cabinets.collect();
        let (detectors, sensors) = wires::sensors(site, &|device| is_head(&maps[device.index()]));
        let network = site.network.clone();
        let world = World::with_settings(network, &site.signals, &detectors, demand, settings);
        let checkers = site.signals.iter().map(|s| Checker::new(s.layout.clone())).collect();
        Ok(Self {
            world,
            cabinets,
            blocks,
            heads,
            watchers: Watchers::new(demand),
            occupied: vec![Millis::ZERO; sensors.len()],
            sensors,
            levels: vec![false; site.outputs.len()],
            checkers,
            injections,
            findings: Vec::new(),
            violations: 0,
            now: Moment::ORIGIN,
            site: site.clone(),
        })
    }

    /// Moves the street to `now`, tick by tick.
    pub fn advance(&mut self, now: Moment) {
        while self.now + TICK <= now {
            self.now += TICK;
            self.tick();
        }
    }

    /// Adds a fault.
    ///
    /// # Errors
    /// Where it names what is neither a junction with signals nor a device; then nothing was added.
    pub fn inject(&mut self, injection: Injection) -> Result<(), String> {
        unknown_place(&self.site, &injection).map_or(Ok(()), Err)?;
        self.injections.push(injection);
        Ok(())
    }

    /// Adds what blocks the street for a time.
    pub fn add_incident(&mut self, incident: Incident) {
        self.world.add_incident(incident);
    }

    /// The site.
    #[must_use]
    pub fn site(&self) -> &Arc<Site> {
        &self.site
    }

    /// The street's time.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.now
    }

    /// What the world has measured.
    #[must_use]
    pub fn summary(&self) -> WorldSummary {
        self.world.summary()
    }

    /// The vehicles and their roads.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The cabinets, in the order of the site's signals.
    #[must_use]
    pub fn cabinets(&self) -> &[Cabinet] {
        &self.cabinets
    }

    /// A device that is a remote I/O unit.
    #[must_use]
    pub fn block(&self, device: DeviceId) -> Option<&IoBlock> {
        self.blocks.get(device.index()).and_then(Option::as_ref)
    }

    /// A device that is a lane tracker.
    #[must_use]
    pub fn head(&self, device: DeviceId) -> Option<&TrackerHead> {
        self.heads.get(device.index()).and_then(Option::as_ref)
    }

    /// How often a rule was broken, and the first such cases in words.
    #[must_use]
    pub fn violations(&self) -> (u64, &[String]) {
        (self.violations, &self.findings)
    }

    fn tick(&mut self) {
        for device in 0..self.blocks.len() {
            let is_new = self.begins(DeviceId::from_index(device), Fault::Reboot);
            let now = self.now;
            if let Some(block) = &mut self.blocks[device] {
                if is_new {
                    block.reboot(now);
                }
                block.step(now);
            }
        }
        self.step_heads();
        for index in 0..self.cabinets.len() {
            self.befall(index);
            self.wire_to_cabinet(index);
            let cabinet = &mut self.cabinets[index];
            cabinet.step(self.now);
            let found = self.checkers[index].observe(self.now, cabinet.aspects());
            self.world.set_aspects(index, cabinet.aspects());
            for finding in found {
                self.find(index, &finding);
            }
        }
        self.wire_stages();
        if (self.now - Moment::ORIGIN).modulo(self.world.step_length()).0 == 0 {
            self.world.step();
            self.push_buttons();
            self.report();
            self.watchers.observe(&self.world);
        }
    }

    fn befall(&mut self, index: usize) {
        if self.injections.is_empty() {
            return;
        }
        let now = self.now;
        let device = self.site.signals[index].device;
        let active: Vec<Fault> = self.active(device).collect();
        let reboots = self.begins(device, Fault::Reboot);
        let skew = active.iter().filter_map(|fault| match fault {
            Fault::ClockSkew(by) => Some(*by),
            _ => None,
        });
        let cabinet = &mut self.cabinets[index];
        if reboots {
            cabinet.reboot(now);
        }
        cabinet.set_clock_skew(skew.sum());
        cabinet.set_fault(0b10, active.contains(&Fault::Lamp));
        cabinet.set_conflict(active.contains(&Fault::Conflict));
    }

    fn find(&mut self, index: usize, finding: &Finding) {
        self.violations += 1;
        if self.findings.len() < FINDINGS_MAX {
            let name = &self.site.network.junction(self.site.signals[index].junction).name;
            self.findings.push(format!("{name}: {finding}"));
        }
    }

    /// The faults of a device now: those of its junction, and its own.
    fn active(&self, device: DeviceId) -> impl Iterator<Item = Fault> + '_ {
        let now = self.now;
        let is_active = move |i: &&Injection| i.is_on(now) && self.befalls(i, device);
        self.injections.iter().filter(is_active).map(|injection| injection.fault)
    }

    /// Whether a fault of a device begins with this tick.
    fn begins(&self, device: DeviceId, fault: Fault) -> bool {
        let now = self.now;
        let is_new = |i: &Injection| i.fault == fault && i.from <= now && now < i.from + TICK;
        self.injections.iter().any(|i| is_new(i) && self.befalls(i, device))
    }

    /// Whether a fault names a device: as itself, or as the junction whose signals it drives.
    fn befalls(&self, injection: &Injection, device: DeviceId) -> bool {
        let of = self.site.signals.iter().filter(|signal| signal.device == device);
        let mut junctions = of.map(|signal| &self.site.network.junction(signal.junction).name);
        injection.is_at(&self.site.devices[device.index()].name)
            || junctions.any(|name| injection.is_at(name))
    }
}

fn unknown_place(site: &Site, injection: &Injection) -> Option<String> {
    let junctions = site.signals.iter().map(|s| &site.network.junction(s.junction).name);
    let mut names = junctions.chain(site.devices.iter().map(|device| &device.name));
    (!names.any(|name| injection.is_at(name))).then(|| {
        let name = injection.junction.as_deref().unwrap_or_default();
        format!("fault {injection}: no junction {name:?} has signals, and no device has that name")
    })
}
