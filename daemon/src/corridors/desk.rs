//! The desk of the control loop: resolves names, keeps to limits, follows vehicles, writes the ledger, and
//! says what is to be told to whom. It sends nothing itself.

use std::collections::BTreeMap;
use std::sync::Arc;

use corridor::position::{Courses, Fleet, Observation};
use corridor::{
    Answer, Change, Class, CorridorId, Event, Grant, Opened, Place, Progress, Refusal, Request,
    Step,
};
use scenario::{ScopeSite, Site};
use units::{LinkId, MetresPerSecond, Millis, Moment, WallTime};

use super::ask::{AskError, Asked, AskedChange, Done, Fix, What, Where};
use super::ledger::{Ledger, Record};
use super::places::{point, resolve};
use super::told;
use crate::notices::Notice;

/// What one name may ask within a minute, positions not counted: nobody dispatches so fast.
const ASKS_A_MINUTE: u32 = 60;
/// The positions among them: sixteen vehicles, one a second, and some that come twice.
const POSITIONS_A_MINUTE: u32 = 2_000;
/// Corridors that an operator may open within an hour.
const OPERATOR_PER_HOUR: u32 = 240;
const MINUTE: Millis = Millis(60_000);
/// Names that are counted; the site file has fewer tokens.
const NAMES_MAX: usize = 256;
/// An arrival that has moved by so much is told again.
const ARRIVAL_MOVED: Millis = Millis(20_000);

/// Who owns corridors: the engine.
pub(crate) trait Core {
    fn ask_corridor(
        &mut self,
        now: Moment,
        request: &Request,
        grant: &Grant,
    ) -> Result<Answer, Refusal>;
    fn change_corridor(
        &mut self,
        now: Moment,
        id: CorridorId,
        change: &Change,
    ) -> Result<(), Refusal>;
    fn open_corridors(&self) -> &[Opened];
}

/// When something is, on both clocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) moment: Moment,
    pub(crate) wall: WallTime,
}

impl Now {
    /// The moment of a civil time that is near.
    fn moment_of(self, wall: WallTime) -> Moment {
        self.moment + (wall - self.wall)
    }

    fn utc(self, at: Moment) -> String {
        let wall = WallTime(self.wall.0.saturating_add((at - self.moment).0));
        jiff::Timestamp::from_millisecond(wall.0).map_or_else(|_| String::new(), |t| t.to_string())
    }
}

/// The desk.
pub(crate) struct Desk {
    site: Arc<Site>,
    courses: Courses,
    fleet: Fleet,
    ledger: Ledger,
    counted: BTreeMap<String, Counted>,
    /// What is to be told, and what is to be written into the log.
    notices: Vec<Notice>,
    audit: Vec<String>,
    /// When each open corridor was last said to arrive.
    arrivals: BTreeMap<u32, Moment>,
    told: u64,
    /// The last verdict on a vehicle's positions: only another one is written down.
    verdicts: BTreeMap<u32, &'static str>,
}

#[derive(Clone, Copy, Debug)]
struct Counted {
    since: Moment,
    asks: u32,
    positions: u32,
}

impl Desk {
    /// A desk of a site.
    pub(crate) fn new(site: Arc<Site>) -> Self {
        let courses = Courses::new(site.network.clone());
        Self {
            site,
            courses,
            fleet: Fleet::default(),
            ledger: Ledger::default(),
            counted: BTreeMap::new(),
            notices: Vec::new(),
            audit: Vec::new(),
            arrivals: BTreeMap::new(),
            told: 0,
            verdicts: BTreeMap::new(),
        }
    }

    /// Goes over to a changed site: records stay, vehicles are followed anew.
    pub(crate) fn change_to(&mut self, site: Arc<Site>, core: &dyn Core, now: Moment) {
        self.courses = Courses::new(site.network.clone());
        self.site = site;
        self.fleet = Fleet::default();
        self.ledger.forget_others(core.open_corridors(), now);
        for opened in core.open_corridors() {
            self.fleet.follow(&opened.request.vehicle, &opened.links, now);
        }
    }

    /// Does what is asked.
    pub(crate) fn answer(
        &mut self,
        core: &mut dyn Core,
        (who, scope): (&str, Option<&ScopeSite>),
        what: &What,
        now: Now,
    ) -> Result<Done, AskError> {
        let is_position = matches!(what, What::Change(_, AskedChange::Position(_)));
        if !self.counts(who, is_position, now.moment) {
            return Err(AskError::TooOften(who.to_owned()));
        }
        match what {
            What::Open(asked) => self.open(core, (who, scope), asked, now),
            What::Change(id, change) => {
                let done = self.change(core, (who, scope.is_some()), *id, change, now);
                if !is_position {
                    let outcome = match &done {
                        Ok(_) => "done".to_owned(),
                        Err(error) => format!("refused: {error}"),
                    };
                    self.audit.push(format!("{who}: corridor {id}, {}: {outcome}", words(change)));
                }
                done
            }
        }
    }

    fn open(
        &mut self,
        core: &mut dyn Core,
        (who, scope): (&str, Option<&ScopeSite>),
        asked: &Asked,
        now: Now,
    ) -> Result<Done, AskError> {
        let outcome = self.try_open(core, (who, scope), asked, now);
        let said = match &outcome {
            Ok(Done::Opened { id, is_repeat: true }) => format!("corridor {id} again"),
            Ok(Done::Opened { id, .. }) => format!("corridor {id}"),
            Ok(_) => String::new(),
            Err(error) => format!("refused: {error}"),
        };
        let drill = if asked.is_drill { " (drill)" } else { "" };
        let (vehicle, class) = (&asked.vehicle, asked.class.name());
        let (level, incident) = (asked.level.number(), asked.incident.name());
        self.audit.push(format!(
            "{who}: asks for {vehicle}, {class}, level {level}, {incident}{drill}: {said}"
        ));
        outcome
    }

    fn try_open(
        &mut self,
        core: &mut dyn Core,
        (who, scope): (&str, Option<&ScopeSite>),
        asked: &Asked,
        now: Now,
    ) -> Result<Done, AskError> {
        let moment = now.moment;
        let known = self.fleet.progress(&self.courses, &asked.vehicle, moment, asked.speed);
        let origin = resolve(&self.site, &self.courses, ("origin", &asked.origin), known)?;
        let destination =
            resolve(&self.site, &self.courses, ("destination", &asked.destination), known)?;
        let request = Request {
            // What two names choose as a key has nothing to do with each other.
            key: format!("{who}: {}", asked.key),
            vehicle: asked.vehicle.clone(),
            class: asked.class,
            level: asked.level,
            incident: asked.incident,
            origin,
            destination,
            speed: asked.speed,
            departs_in: asked.departs_in,
            expires_in: asked.expires_in,
            is_drill: asked.is_drill,
        };
        let answer = core.ask_corridor(moment, &request, &self.grant(who, scope))?;
        if !answer.is_repeat {
            let name = match &asked.destination {
                Where::Named(name) => Some(name.clone()),
                _ => None,
            };
            let people = self.people(&answer.links);
            let network = &self.site.network;
            let record = self.ledger.opened(&answer, &request, (who, name), moment, network);
            record.people = people;
            self.fleet.follow(&asked.vehicle, &answer.links, moment);
            if let Some(progress) = known {
                let _ = core.change_corridor(moment, answer.id, &Change::Progress(progress));
            }
            self.look(core, now);
        }
        Ok(Done::Opened { id: answer.id.0, is_repeat: answer.is_repeat })
    }

    fn grant(&self, who: &str, scope: Option<&ScopeSite>) -> Grant {
        let Some(scope) = scope else { return Grant::everything(who, OPERATOR_PER_HOUR) };
        let named = |class: &Class| scope.classes.iter().any(|name| name == class.name());
        let classes = Class::ALL.iter().map(|&(_, class)| class).filter(named).collect();
        let sections = self.site.dispatch.road_sections.iter();
        let area = sections.filter(|section| scope.area.contains(&section.name));
        let links: Vec<LinkId> = area.flat_map(|section| section.links.clone()).collect();
        let area = (!scope.area.is_empty()).then_some(links);
        Grant { name: who.to_owned(), classes, area, per_hour: scope.per_hour }
    }

    fn people(&self, links: &[LinkId]) -> Vec<String> {
        let sections = self.site.dispatch.road_sections.iter();
        let met = sections.filter(|row| row.links.iter().any(|link| links.contains(link)));
        met.flat_map(|row| row.people.iter().map(|one| format!("{}: {one}", row.name))).collect()
    }

    fn change(
        &mut self,
        core: &mut dyn Core,
        (who, is_scoped): (&str, bool),
        id: u32,
        change: &AskedChange,
        now: Now,
    ) -> Result<Done, AskError> {
        let found = core.open_corridors().iter().find(|opened| opened.id.0 == id);
        let opened = found.ok_or(Refusal::NotOpen)?;
        if is_scoped && opened.by != who {
            return Err(AskError::NotOwn(who.to_owned()));
        }
        let (vehicle, speed) = (opened.request.vehicle.clone(), opened.request.speed);
        let change = match change {
            AskedChange::Position(fix) => {
                return self.position(core, CorridorId(id), (&vehicle, speed), fix, now);
            }
            AskedChange::Destination(place) => {
                let known = self.fleet.progress(&self.courses, &vehicle, now.moment, speed);
                let place = ("destination", place);
                Change::Destination(resolve(&self.site, &self.courses, place, known)?)
            }
            AskedChange::Delay(by) => Change::Delay(*by),
            AskedChange::Release(name) => {
                let junction = self.site.network.junction_named(name);
                let junction = junction.ok_or_else(|| AskError::UnknownJunction(name.clone()))?;
                Change::Release(junction)
            }
            AskedChange::Cancel => Change::Cancel,
        };
        core.change_corridor(now.moment, CorridorId(id), &change)?;
        self.look(core, now);
        Ok(Done::Changed(format!("corridor {id}: {}", change_name(&change))))
    }

    /// A position by request. One on a link counts as it is: whoever says so has matched it himself.
    fn position(
        &mut self,
        core: &mut dyn Core,
        id: CorridorId,
        (vehicle, speed): (&str, MetresPerSecond),
        fix: &Fix,
        now: Now,
    ) -> Result<Done, AskError> {
        let at = fix.at.map_or(now.moment, |wall| now.moment_of(wall));
        let told = match point(&self.site, &fix.place) {
            Some(point) => {
                let Fix { spread, speed, heading, .. } = *fix;
                Observation::Fix { at, point, spread, speed, heading }
            }
            None => {
                let place = resolve(&self.site, &self.courses, ("position", &fix.place), None)?;
                Observation::Passage { at, place, speed: fix.speed }
            }
        };
        let verdict = self.hear(core, vehicle, told, now.moment, Some((id, speed)));
        if self.verdicts.insert(id.0, verdict.name()) != Some(verdict.name()) {
            let opened = core.open_corridors().iter().find(|opened| opened.id == id);
            let by = opened.map_or("", |opened| opened.by.as_str());
            self.audit.push(format!("corridor {} of {by}: positions are {}", id.0, verdict.name()));
        }
        Ok(Done::Position(verdict.name(), verdict.is_taken()))
    }

    fn hear(
        &mut self,
        core: &mut dyn Core,
        vehicle: &str,
        told: Observation,
        now: Moment,
        of: Option<(CorridorId, MetresPerSecond)>,
    ) -> corridor::position::Verdict {
        let verdict = self.fleet.hear(&self.courses, vehicle, told, now);
        let open = || core.open_corridors().iter().find(|opened| opened.request.vehicle == vehicle);
        let of = of.or_else(|| open().map(|opened| (opened.id, opened.request.speed)));
        if let (Some((id, speed)), true) = (of, verdict.is_taken()) {
            self.moves(core, id, vehicle, speed, now);
        }
        verdict
    }

    fn moves(
        &mut self,
        core: &mut dyn Core,
        id: CorridorId,
        vehicle: &str,
        speed: MetresPerSecond,
        now: Moment,
    ) {
        let progress = self.fleet.progress(&self.courses, vehicle, now, speed);
        if let Some(progress) = progress {
            self.ledger.placed(id, &progress, &self.site.network);
            let _ = core.change_corridor(now, id, &Change::Progress(progress));
        }
    }

    /// Takes places that a terminal has told.
    pub(crate) fn reported(
        &mut self,
        core: &mut dyn Core,
        vehicle: &str,
        places: &[jt808::Place],
        now: Now,
    ) {
        let Some(globe) = self.site.dispatch.globe else { return };
        for place in places {
            let told = Observation::Fix {
                at: now.moment_of(place.at),
                point: globe.point(place.latitude, place.longitude),
                spread: TERMINAL_SPREAD,
                speed: Some(place.speed),
                heading: Some(f64::from(place.heading)),
            };
            self.hear(core, vehicle, told, now.moment, None);
        }
    }

    /// Takes that a cabinet's detector for preemption hears somebody.
    pub(crate) fn marked(&mut self, core: &mut dyn Core, place: Place, at: Moment, now: Moment) {
        let Some(vehicle) = self.fleet.mark(&self.courses, place, at, now) else { return };
        let open = core.open_corridors().iter().find(|opened| opened.request.vehicle == vehicle);
        if let Some((id, speed)) = open.map(|opened| (opened.id, opened.request.speed)) {
            self.moves(core, id, &vehicle, speed, now);
        }
    }

    /// Takes an event of the core.
    pub(crate) fn happened(&mut self, event: &Event, now: Now) {
        let network = self.site.network.clone();
        self.ledger.take(event, &network);
        let id = event.corridor.map(|id| id.0);
        let record = self.ledger.rows().filter(|row| Some(row.id) == id).last().cloned();
        if let Some(webhook) = &self.site.dispatch.webhook {
            let body = told::event(event, &network, record.as_ref(), &now.utc(event.at));
            let (url, secret) = (webhook.url.clone(), webhook.secret.clone());
            self.tell(url, secret, &body, now);
        }
        let Some(record) = record else { return };
        match &event.step {
            Step::Replanned { links, .. } => {
                self.fleet.follow(&record.request.vehicle, links, now.moment);
            }
            Step::Ended { .. } => {
                self.fleet.leave(&record.request.vehicle);
                self.verdicts.remove(&record.id);
                if self.arrivals.remove(&record.id).is_some() {
                    self.arrival(&record, now);
                }
            }
            _ => {}
        }
    }

    /// Brings the records to how the corridors stand, and tells places who comes when.
    pub(crate) fn look(&mut self, core: &dyn Core, now: Now) {
        for opened in core.open_corridors() {
            self.ledger.look(opened, now.moment, &self.site.network);
            let Some(record) = self.ledger.rows().find(|row| row.id == opened.id.0) else {
                continue;
            };
            let Some(arrives) = record.arrives else { continue };
            let before = self.arrivals.get(&record.id);
            let moved = before.is_none_or(|before| (arrives - *before).0.abs() >= ARRIVAL_MOVED.0);
            if moved {
                self.arrivals.insert(record.id, arrives);
                let record = record.clone();
                self.arrival(&record, now);
            }
        }
    }

    /// The records, the oldest first.
    pub(crate) fn records(&self) -> Vec<Record> {
        self.ledger.rows().cloned().collect()
    }

    /// What is to be told since it was last asked.
    pub(crate) fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// What is to be written into the event log since it was last asked.
    pub(crate) fn take_audit(&mut self) -> Vec<String> {
        std::mem::take(&mut self.audit)
    }

    fn arrival(&mut self, record: &Record, now: Now) {
        let name = record.destination.clone();
        let places = self.site.dispatch.places.clone();
        let place = places.iter().find(|place| Some(&place.name) == name.as_ref());
        let Some((place, url)) = place.and_then(|place| Some((place, place.notice.clone()?)))
        else {
            return;
        };
        let arrives = record.arrives.map(|at| now.utc(at));
        let body = told::arrival(record, &place.name, &now.utc(now.moment), arrives.as_deref());
        self.tell(url, None, &body, now);
    }

    fn tell(
        &mut self,
        url: scenario::HttpUrl,
        secret: Option<String>,
        body: &serde_json::Value,
        now: Now,
    ) {
        self.told += 1;
        // Unique also over a restart: the civil time of the daemon and a count.
        let id = format!("{}-{}", now.wall.0, self.told);
        self.notices.push(Notice { url, secret, id, body: body.to_string() });
    }

    fn counts(&mut self, who: &str, is_position: bool, now: Moment) -> bool {
        self.counted.retain(|_, row| now - row.since < MINUTE);
        if !self.counted.contains_key(who) && self.counted.len() >= NAMES_MAX {
            return false;
        }
        let fresh = Counted { since: now, asks: 0, positions: 0 };
        let row = self.counted.entry(who.to_owned()).or_insert(fresh);
        let (count, most) = match is_position {
            true => (&mut row.positions, POSITIONS_A_MINUTE),
            false => (&mut row.asks, ASKS_A_MINUTE),
        };
        *count += 1;
        if *count == most + 1 {
            self.audit
                .push(format!("{who}: asks more than {most} times a minute, and is not heard"));
        }
        *count <= most
    }
}

/// How far a terminal's receiver is off in a street, where nobody has measured.
const TERMINAL_SPREAD: units::Metres = units::Metres(8.0);

fn words(change: &AskedChange) -> String {
    match change {
        AskedChange::Position(_) => "position".to_owned(),
        AskedChange::Destination(_) => "another destination".to_owned(),
        AskedChange::Delay(by) => format!("{by} later"),
        AskedChange::Release(junction) => format!("lets {junction} go"),
        AskedChange::Cancel => "cancels".to_owned(),
    }
}

fn change_name(change: &Change) -> &'static str {
    match change {
        Change::Progress(Progress { .. }) => "position",
        Change::Destination(_) => "another destination",
        Change::Delay(_) => "later",
        Change::Release(_) => "the junction is let go",
        Change::Cancel => "cancelled",
    }
}
