//! The street: the world, its cabinets, the checkers over them, and the faults that befall them; one
//! owner, moved by whoever has the time.

use std::sync::Arc;

use field::{DeviceMap, ExceptionCode, Reply, Request};
use scenario::{Demand, DetectorKind, Site};
use signal::Layout;
use signal::controller::TICK;
use units::{DeviceId, Moment};

use crate::cabinet::{Cabinet, Channel};
use crate::checker::{Checker, Finding};
use crate::fault::{Fault, Injection};
use crate::world::{STEP, World, WorldSummary};

/// The most findings that are kept in words.
const FINDINGS_MAX: usize = 100;

/// What a cabinet does with a request.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// It answers.
    Reply(Result<Reply, ExceptionCode>),
    /// It says nothing.
    Silence,
    /// The connection is cut.
    Cut,
    /// It answers, but the bytes are spoiled in this way.
    Spoiled(Result<Reply, ExceptionCode>, Fault),
}

/// The street.
#[derive(Clone, Debug)]
pub struct Street {
    site: Arc<Site>,
    world: World,
    cabinets: Vec<Cabinet>,
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
    /// Every device whose profile is not known.
    pub fn new(
        site: Arc<Site>,
        demand: &Demand,
        injections: Vec<Injection>,
    ) -> Result<Self, Vec<String>> {
        let true_layout = |index: usize| site.signals[index].layout.clone();
        Self::with_layouts(site.clone(), demand, injections, &true_layout)
    }

    /// A street whose cabinets run by other tables than the site's: what a test breaks on purpose.
    ///
    /// # Errors
    /// Every device whose profile is not known.
    pub fn with_layouts(
        site: Arc<Site>,
        demand: &Demand,
        injections: Vec<Injection>,
        layout: &dyn Fn(usize) -> Arc<Layout>,
    ) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut cabinets = Vec::new();
        for (index, signal) in site.signals.iter().enumerate() {
            let name = &site.devices[signal.device.index()].profile;
            match hw_profiles::builtin(name) {
                Some(profile) => {
                    let map = Arc::new(DeviceMap::new(profile));
                    cabinets.push(Cabinet::new(map, signal, layout(index), Moment::ORIGIN));
                }
                None => problems.push(format!("there is no profile {name:?}")),
            }
        }
        for injection in &injections {
            let known = |name: &String| {
                site.signals
                    .iter()
                    .any(|s| site.network.junction(s.junction).name == *name)
            };
            if let Some(name) = injection.junction.as_ref().filter(|name| !known(name)) {
                problems.push(format!("a fault names {name:?}, which has no signals"));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let world = World::new(site.network.clone(), &site.signals, &site.detectors, demand);
        let checkers = site
            .signals
            .iter()
            .map(|s| Checker::new(s.layout.clone()))
            .collect();
        Ok(Self {
            world,
            cabinets,
            checkers,
            injections,
            findings: Vec::new(),
            violations: 0,
            now: Moment::ORIGIN,
            site,
        })
    }

    /// Moves the street to `now`, tick by tick.
    pub fn advance(&mut self, now: Moment) {
        while self.now + TICK <= now {
            self.now += TICK;
            self.tick();
        }
    }

    /// What a device does with a request now.
    pub fn handle(&mut self, device: DeviceId, request: &Request) -> Answer {
        let Some(index) = self.site.signals.iter().position(|s| s.device == device) else {
            return Answer::Silence;
        };
        let now = self.now;
        let active: Vec<Fault> = self.active(index).collect();
        for &fault in &active {
            match fault {
                Fault::Disconnect => return Answer::Cut,
                Fault::Silent => return Answer::Silence,
                Fault::Exception(code) => {
                    return Answer::Reply(Err(ExceptionCode::from_code(code)));
                }
                _ => {}
            }
        }
        let reply = self.cabinets[index].handle(now, request);
        let spoils =
            |fault: &&Fault| matches!(fault, Fault::WrongUnit | Fault::Truncate | Fault::Corrupt);
        match active.iter().find(spoils) {
            Some(&fault) => Answer::Spoiled(reply, fault),
            None => Answer::Reply(reply),
        }
    }

    /// Whether a device refuses connections now.
    #[must_use]
    pub fn is_cut(&self, device: DeviceId) -> bool {
        let index = self.site.signals.iter().position(|s| s.device == device);
        index.is_some_and(|index| self.active(index).any(|fault| fault == Fault::Disconnect))
    }

    /// Adds a fault.
    pub fn inject(&mut self, injection: Injection) {
        self.injections.push(injection);
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

    /// The cabinets, in the order of the site's signals.
    #[must_use]
    pub fn cabinets(&self) -> &[Cabinet] {
        &self.cabinets
    }

    /// How often a rule was broken, and the first such cases in words.
    #[must_use]
    pub fn violations(&self) -> (u64, &[String]) {
        (self.violations, &self.findings)
    }

    fn active(&self, index: usize) -> impl Iterator<Item = Fault> + '_ {
        let name = &self
            .site
            .network
            .junction(self.site.signals[index].junction)
            .name;
        let now = self.now;
        let here = move |injection: &&Injection| {
            injection
                .junction
                .as_ref()
                .is_none_or(|junction| junction == name)
                && injection.from <= now
                && now < injection.until
        };
        self.injections
            .iter()
            .filter(here)
            .map(|injection| injection.fault)
    }

    fn tick(&mut self) {
        for index in 0..self.cabinets.len() {
            self.befall(index);
            let cabinet = &mut self.cabinets[index];
            cabinet.step(self.now);
            let found = self.checkers[index].observe(self.now, cabinet.aspects());
            self.world.set_aspects(index, cabinet.aspects());
            for finding in found {
                self.find(index, &finding);
            }
        }
        if (self.now - Moment::ORIGIN).modulo(STEP).0 == 0 {
            self.world.step();
            self.report();
        }
    }

    fn befall(&mut self, index: usize) {
        if self.injections.is_empty() {
            return;
        }
        let now = self.now;
        let active: Vec<Fault> = self.active(index).collect();
        let name = self
            .site
            .network
            .junction(self.site.signals[index].junction)
            .name
            .clone();
        let begins = |i: &Injection| {
            i.fault == Fault::Reboot
                && i.junction.as_ref().is_none_or(|junction| *junction == name)
                && i.from <= now
                && now < i.from + TICK
        };
        let reboots = self.injections.iter().any(begins);
        let cabinet = &mut self.cabinets[index];
        if reboots {
            cabinet.reboot(now);
        }
        cabinet.set_fault(0b10, active.contains(&Fault::Lamp));
        cabinet.set_conflict(active.contains(&Fault::Conflict));
    }

    fn find(&mut self, index: usize, finding: &Finding) {
        self.violations += 1;
        if self.findings.len() < FINDINGS_MAX {
            let name = &self
                .site
                .network
                .junction(self.site.signals[index].junction)
                .name;
            self.findings.push(format!("{name}: {finding}"));
        }
    }

    /// Hands what the detectors say to the cabinets that they are wired to.
    fn report(&mut self) {
        for index in 0..self.cabinets.len() {
            let stuck = self
                .active(index)
                .any(|fault| fault == Fault::StuckDetector);
            let device = self.site.signals[index].device;
            let states = self.world.detectors();
            let wired = self
                .site
                .detectors
                .iter()
                .zip(states)
                .filter(|(d, _)| d.device == device);
            let channels = wired.map(|(detector, state)| match detector.kind {
                DetectorKind::Tracker => {
                    Channel::Tracker(detector.channel, state.queue, state.count)
                }
                _ if stuck => Channel::Loop(detector.channel, true, 0),
                _ => Channel::Loop(detector.channel, state.present, state.count),
            });
            self.cabinets[index].detect(channels);
        }
    }
}
