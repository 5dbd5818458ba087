//! The street: the world, its cabinets, the checkers over them, and the faults that befall them; one
//! owner, moved by whoever has the time.

use std::sync::Arc;

use field::{DeviceMap, ExceptionCode, Reply, Request};
use scenario::{Demand, DetectorKind, SignalSite, Site};
use signal::Layout;
use signal::controller::TICK;
use units::{DeviceId, LineId, Millis, Moment};

use crate::cabinet::{Cabinet, Channel};
use crate::checker::{Checker, Finding};
use crate::fault::{Fault, Injection};
use crate::wiring::Wiring;
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
    wiring: Wiring,
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
        site: &Arc<Site>,
        demand: &Demand,
        injections: Vec<Injection>,
    ) -> Result<Self, Vec<String>> {
        let true_layout = |index: usize| site.signals[index].layout.clone();
        Self::with_layouts(site, demand, injections, &true_layout)
    }

    /// A street whose cabinets run by other tables than the site's: what a test breaks on purpose.
    ///
    /// # Errors
    /// Every device whose profile is not known.
    pub fn with_layouts(
        site: &Arc<Site>,
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
        let strangers = injections.iter().filter_map(|i| unknown_junction(site, i));
        problems.extend(strangers);
        if !problems.is_empty() {
            return Err(problems);
        }
        let world = World::new(site.network.clone(), &site.signals, &site.detectors, demand);
        let checkers = site.signals.iter().map(|s| Checker::new(s.layout.clone())).collect();
        Ok(Self {
            wiring: Wiring::new(site),
            world,
            cabinets,
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

    /// What a unit of a line does with a request now. A unit that is not there is answered for by the
    /// line's gateway.
    pub fn answer(&mut self, line: LineId, unit: u8, request: &Request) -> Answer {
        if self.is_cut(line) {
            return Answer::Cut;
        }
        match self.wiring.device(line, unit) {
            Some(device) => self.handle(device, request),
            None => Answer::Reply(Err(ExceptionCode::GatewayTarget)),
        }
    }

    /// By how much a unit's answers are late now.
    #[must_use]
    pub fn delay(&self, line: LineId, unit: u8) -> Millis {
        let device = self.wiring.device(line, unit);
        let Some(index) = device.and_then(|device| self.wiring.signal(device)) else {
            return Millis::ZERO;
        };
        let delays = self.active(index).filter_map(|fault| match fault {
            Fault::Delay(by) => Some(by),
            _ => None,
        });
        delays.max().unwrap_or(Millis::ZERO)
    }

    /// Whether a line refuses connections now: one of its devices is cut off or starts again.
    #[must_use]
    pub fn is_cut(&self, line: LineId) -> bool {
        let cuts = |fault: Fault| matches!(fault, Fault::Disconnect | Fault::Reboot);
        self.wiring.on_line(line).iter().any(|&index| self.active(index).any(cuts))
    }

    /// Adds a fault.
    ///
    /// # Errors
    /// Where it names a junction that has no signals; then nothing was added.
    pub fn inject(&mut self, injection: Injection) -> Result<(), String> {
        unknown_junction(&self.site, &injection).map_or(Ok(()), Err)?;
        self.injections.push(injection);
        Ok(())
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

    /// The world behind the cabinets.
    #[must_use]
    pub fn world(&self) -> &World {
        &self.world
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

    fn handle(&mut self, device: DeviceId, request: &Request) -> Answer {
        let Some(index) = self.wiring.signal(device) else {
            return Answer::Silence;
        };
        let now = self.now;
        let active: Vec<Fault> = self.active(index).collect();
        for &fault in &active {
            match fault {
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

    fn active(&self, index: usize) -> impl Iterator<Item = Fault> + '_ {
        let junction = self.site.signals[index].junction;
        let name = &self.site.network.junction(junction).name;
        let now = self.now;
        let active = self.injections.iter();
        active
            .filter(move |injection| injection.is_active(name, now))
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
        let junction = self.site.signals[index].junction;
        let name = &self.site.network.junction(junction).name;
        let begins = |i: &Injection| {
            i.fault == Fault::Reboot && i.is_at(name) && i.from <= now && now < i.from + TICK
        };
        let reboots = self.injections.iter().any(begins);
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

    /// Hands what the detectors say to the cabinets that they are wired to.
    fn report(&mut self) {
        for index in 0..self.cabinets.len() {
            let active = self.active(index);
            let stuck: Vec<Option<u16>> = active
                .filter_map(|fault| match fault {
                    Fault::StuckDetector(channel) => Some(channel),
                    _ => None,
                })
                .collect();
            let is_stuck = |channel: u16| stuck.iter().any(|s| s.is_none_or(|s| s == channel));
            let device = self.site.signals[index].device;
            let states = self.world.detectors();
            let rows = self.wiring.detectors(device).iter();
            let wired = rows.map(|&row| (&self.site.detectors[row], &states[row]));
            let channels = wired.map(|(detector, state)| match detector.kind {
                DetectorKind::Tracker => {
                    Channel::Tracker(detector.channel, state.queue, state.count)
                }
                _ if is_stuck(detector.channel) => Channel::Loop(detector.channel, true, 0),
                _ => Channel::Loop(detector.channel, state.present, state.count),
            });
            self.cabinets[index].detect(channels);
        }
    }
}

fn unknown_junction(site: &Site, injection: &Injection) -> Option<String> {
    let name_of = |signal: &SignalSite| &site.network.junction(signal.junction).name;
    let is_known = site.signals.iter().any(|s| injection.is_at(name_of(s)));
    (!is_known).then(|| {
        let name = injection.junction.as_deref().unwrap_or_default();
        format!("fault {injection}: no junction {name:?} has signals")
    })
}
