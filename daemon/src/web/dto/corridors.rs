//! Corridors and places on the wire.

use corridor::{Class, Incident, Level};
use network::Point;
use serde::{Deserialize, Serialize};
use units::{Metres, MetresPerSecond, Millis, Moment, WallTime};
use utoipa::ToSchema;

use super::utc;
use crate::corridors::{Asked, AskedChange, Fix, JunctionRecord, Record, Spot, Where};
use crate::view::View;

/// What a vehicle drives at where a request says nothing: 54 km/h.
const SPEED: f64 = 15.0;
/// For how long a request holds where it says nothing.
const EXPIRES_S: f64 = 600.0;
/// The longest that a request may say that it holds; the core ends every corridor sooner.
const EXPIRES_MAX_S: f64 = 3_600.0;
/// How far a position is off where it does not say.
const SPREAD_M: f64 = 8.0;
/// The longest name of a vehicle.
const VEHICLE_MAX: usize = 64;

named!(
    /// What sort of vehicle; the earlier one goes first where two want what cannot be had at once.
    ClassName from Class {
        /// A fire engine.
        Fire,
        /// An ambulance with a patient in it.
        AmbulanceWithPatient,
        /// An ambulance on its way to somebody.
        Ambulance,
        /// A police car.
        Police,
        /// Whoever repairs gas, water or power.
        Utility,
        /// An escort: organs, convoys, guests.
        Escort,
    }
);
named!(
    /// Why the vehicle drives.
    IncidentName from Incident {
        /// Somebody is ill or hurt.
        Medical,
        /// Something burns.
        Fire,
        /// Somebody is trapped, or a crash.
        Rescue,
        /// Police work.
        Crime,
        /// Gas, chemicals, a dam.
        Hazard,
        /// Nobody is in danger: an escort, an organ on its way.
        Transport,
    }
);

/// A place: one of a link with its offset, degrees, metres, or a name of the site file.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct PlaceDto {
    /// A link's name; with `offset_m`.
    link: Option<String>,
    /// Metres from the link's begin.
    offset_m: Option<f64>,
    /// Degrees north, WGS-84; with `longitude`.
    latitude: Option<f64>,
    /// Degrees east.
    longitude: Option<f64>,
    /// Metres east of the site's origin; with `y_m`.
    x_m: Option<f64>,
    /// Metres north of it.
    y_m: Option<f64>,
    /// A place of the site file.
    place: Option<String>,
}

/// A request for a corridor.
#[derive(Clone, PartialEq, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct CorridorRequestDto {
    /// The vehicle: as its terminal is named in the site file, or by its plate or call sign.
    #[schema(min_length = 1, max_length = 64)]
    vehicle: String,
    class: ClassName,
    /// How urgent within its class, 0 least.
    #[serde(default)]
    #[schema(maximum = 14)]
    level: u8,
    incident: IncidentName,
    /// Where it starts; missing: where the vehicle was last known to be.
    origin: Option<PlaceDto>,
    /// Where it wants to.
    destination: PlaceDto,
    /// How fast it drives where nothing holds it; missing: 15 m/s.
    speed_m_per_s: Option<f64>,
    /// When it sets off, from now.
    #[serde(default)]
    departs_in_s: f64,
    /// For how long the request holds; missing: 600 s, which is also the longest that a corridor lasts.
    expires_in_s: Option<f64>,
    /// Whether all of it is a drill: it is done, and marked so everywhere.
    #[serde(default)]
    drill: bool,
}

/// What is to be changed: one of the three.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct CorridorChangeDto {
    /// The vehicle is there.
    position: Option<PositionDto>,
    /// It wants to go elsewhere.
    destination: Option<PlaceDto>,
    /// It comes so much later; sooner where it is negative.
    delay_s: Option<f64>,
}

/// Where a vehicle is.
#[derive(Clone, PartialEq, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct PositionDto {
    /// When it was measured, RFC 3339; missing: now.
    at: Option<String>,
    /// A link's name; with `offset_m`.
    link: Option<String>,
    /// Metres from the link's begin.
    offset_m: Option<f64>,
    /// Degrees north, WGS-84 (not shifted as on Chinese maps); with `longitude`.
    latitude: Option<f64>,
    /// Degrees east.
    longitude: Option<f64>,
    /// Metres east of the site's origin; with `y_m`.
    x_m: Option<f64>,
    /// Metres north of it.
    y_m: Option<f64>,
    /// Its standard deviation along each axis; missing: 8 m.
    spread_m: Option<f64>,
    /// How fast it drives.
    speed_m_per_s: Option<f64>,
    /// Degrees clockwise from north.
    heading_degrees: Option<f64>,
}

/// What became of a position.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(in crate::web) struct VerdictDto {
    /// Whether it counts.
    pub(in crate::web) taken: bool,
    /// `taken`, `taken-late` (after a newer one), `repeated`, `too-old`, `ahead` (of now), `off-road`,
    /// `contradicts` (it cannot have come there), `no-place`, `not-of-it`.
    pub(in crate::web) verdict: String,
}

/// A corridor.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(in crate::web) struct CorridorDto {
    /// Its number, from 1 since the daemon started.
    pub(in crate::web) id: u32,
    /// Whether all of it is a drill.
    drill: bool,
    /// Who asked for it.
    by: String,
    vehicle: String,
    class: ClassName,
    level: u8,
    incident: IncidentName,
    /// The destination's name, where it has one.
    destination: Option<String>,
    /// The destination's link.
    destination_link: Option<String>,
    /// When it was opened, UTC, RFC 3339.
    opened_utc: String,
    /// When it ends at the latest, whatever happens.
    ends_at_latest_utc: String,
    /// When the vehicle is expected at its destination; `null` once the corridor is over.
    arrives_utc: Option<String>,
    /// Its way: the names of its links.
    links: Vec<String>,
    /// Other ways when it was asked for.
    alternatives: Vec<AlternativeDto>,
    /// Where the vehicle was last placed on the roads.
    position: Option<PlacedDto>,
    /// Whether positions of the vehicle come in; where not, it goes by the forecast.
    tracked: bool,
    /// The junctions with signals on its way, those that were passed among them.
    junctions: Vec<CorridorJunctionDto>,
    /// Who answers for the roads of its way.
    responsible: Vec<String>,
    /// Why it is over: `arrived`, `cancelled`, `expired`, `vanished`, `no-way`, `reloaded`; `null` while
    /// it is open.
    over: Option<String>,
    /// When it was over.
    over_utc: Option<String>,
}

/// Another way.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(in crate::web) struct AlternativeDto {
    links: Vec<String>,
    /// How long it takes.
    takes_s: f64,
}

/// Where a vehicle was placed.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(in crate::web) struct PlacedDto {
    link: String,
    offset_m: f64,
    /// The standard deviation along the link.
    deviation_m: f64,
    speed_m_per_s: f64,
    /// When that was so, UTC, RFC 3339.
    utc: String,
}

/// A junction of a corridor.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(in crate::web) struct CorridorJunctionDto {
    name: String,
    /// `waiting`, `clearing`, `open`, `passed`, `missed`, `released`.
    state: String,
    /// From when on it is to be open, UTC, RFC 3339.
    open_from_utc: Option<String>,
    /// The soonest that the vehicle may come;
    earliest_utc: Option<String>,
    /// when it is expected;
    expected_utc: Option<String>,
    /// and the latest.
    latest_utc: Option<String>,
    /// Whether it can be open in time.
    in_time: bool,
    /// The number of the corridor that goes first here.
    yields_to: Option<u32>,
    /// Why that one does.
    yields_because: Option<String>,
    /// When it was asked to open.
    cleared_utc: Option<String>,
    /// When it was open.
    opened_utc: Option<String>,
    /// When the vehicle passed.
    passed_utc: Option<String>,
    /// When nothing was asked of it any more.
    released_utc: Option<String>,
    /// How much later the vehicle passed than on an empty road since the junction before.
    delay_s: Option<f64>,
    /// For how long the junction was asked for.
    asked_s: Option<f64>,
    /// How often the vehicle did not come while it was open for as long as may be.
    missed: u32,
}

/// What became of a corridor.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(in crate::web) struct CorridorReportDto {
    /// All of it.
    corridor: CorridorDto,
    /// From its opening to its end, or to now.
    lasted_s: f64,
    /// The delays of the vehicle at the junctions that it has passed, together.
    delay_s: f64,
    /// Junctions that it has passed.
    passed: usize,
    /// Those of them that were open before it came.
    open_before: usize,
    /// How often it went another way, when, and why.
    replanned: Vec<ReplanDto>,
    /// Positions that were passed over because the vehicle cannot have been there.
    contradictions: u32,
}

/// That a corridor went another way.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(in crate::web) struct ReplanDto {
    utc: String,
    /// `off-route`, `blocked`, `quicker`, `destination`.
    because: String,
}

/// A place of the site file.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(in crate::web) struct SitePlaceDto {
    name: String,
    /// `hospital`, `fire-station`, `rescue-point`.
    kind: String,
    link: String,
    offset_m: f64,
}

impl PlaceDto {
    fn asked(self, which: &str) -> Result<Where, String> {
        let Self { link, offset_m, latitude, longitude, x_m, y_m, place } = self;
        let numbers = [offset_m, latitude, longitude, x_m, y_m];
        if numbers.iter().flatten().any(|number| !number.is_finite()) {
            return Err(format!("{which}: it has a number that is none"));
        }
        match (link, offset_m, latitude, longitude, x_m, y_m, place) {
            (Some(link), Some(offset), None, None, None, None, None) => {
                Ok(Where::Link(Spot { link, offset: Metres(offset) }))
            }
            (None, None, Some(latitude), Some(longitude), None, None, None) => {
                if latitude.abs() > 90.0 || longitude.abs() > 180.0 {
                    return Err(format!("{which}: its degrees are of no place"));
                }
                Ok(Where::Degrees(latitude, longitude))
            }
            (None, None, None, None, Some(x), Some(y), None) => Ok(Where::Plane(Point { x, y })),
            (None, None, None, None, None, None, Some(name)) => Ok(Where::Named(name)),
            _ => Err(format!(
                "{which}: it is either link and offset_m, latitude and longitude, x_m and y_m, or place"
            )),
        }
    }
}

impl CorridorRequestDto {
    /// What is asked, under a key.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(in crate::web) fn asked(self, key: String) -> Result<Asked, String> {
        let vehicle = self.vehicle.trim().to_owned();
        let length = vehicle.chars().count();
        if !(1..=VEHICLE_MAX).contains(&length) || vehicle.chars().any(char::is_control) {
            return Err(format!("vehicle: it has 1 to {VEHICLE_MAX} characters on one line"));
        }
        let level = Level::new(self.level).ok_or("level: it is 0 to 14")?;
        let origin = match self.origin {
            Some(place) => place.asked("origin")?,
            None => Where::Vehicle,
        };
        let destination = self.destination.asked("destination")?;
        let expires = self.expires_in_s.unwrap_or(EXPIRES_S);
        let speed = self.speed_m_per_s.unwrap_or(SPEED);
        for (name, number) in
            [("expires_in_s", expires), ("departs_in_s", self.departs_in_s), ("speed", speed)]
        {
            if !number.is_finite() || number.abs() > EXPIRES_MAX_S {
                return Err(format!("{name}: it is beyond {EXPIRES_MAX_S}"));
            }
        }
        Ok(Asked {
            key,
            vehicle,
            class: self.class.into(),
            level,
            incident: self.incident.into(),
            origin,
            destination,
            speed: MetresPerSecond(speed),
            departs_in: Millis::from_secs_f64(self.departs_in_s),
            expires_in: Millis::from_secs_f64(expires),
            is_drill: self.drill,
        })
    }
}

impl CorridorChangeDto {
    /// What is asked.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(in crate::web) fn asked(self) -> Result<AskedChange, String> {
        match (self.position, self.destination, self.delay_s) {
            (Some(position), None, None) => position.asked().map(AskedChange::Position),
            (None, Some(place), None) => place.asked("destination").map(AskedChange::Destination),
            (None, None, Some(delay)) if delay.is_finite() && delay.abs() <= EXPIRES_MAX_S => {
                Ok(AskedChange::Delay(Millis::from_secs_f64(delay)))
            }
            (None, None, Some(_)) => Err(format!("delay_s: it is beyond {EXPIRES_MAX_S}")),
            _ => Err("it is one of position, destination, delay_s".to_owned()),
        }
    }
}

impl PositionDto {
    fn asked(self) -> Result<Fix, String> {
        let Self { at, link, offset_m, latitude, longitude, x_m, y_m, .. } = self;
        let place = PlaceDto { link, offset_m, latitude, longitude, x_m, y_m, place: None };
        let at = match at {
            Some(text) => {
                let stamp: jiff::Timestamp =
                    text.parse().map_err(|_| "position.at: it is no time as RFC 3339 has it")?;
                Some(WallTime(stamp.as_millisecond()))
            }
            None => None,
        };
        let spread = self.spread_m.unwrap_or(SPREAD_M);
        if !(0.0..=1_000.0).contains(&spread) {
            return Err("position.spread_m: it is 0 to 1000".to_owned());
        }
        let speed = self.speed_m_per_s;
        if speed.is_some_and(|speed| !(0.0..100.0).contains(&speed)) {
            return Err("position.speed_m_per_s: nobody drives so fast".to_owned());
        }
        let heading = self.heading_degrees;
        if heading.is_some_and(|heading| !(0.0..=360.0).contains(&heading)) {
            return Err("position.heading_degrees: it is 0 to 360".to_owned());
        }
        let (place, spread) = (place.asked("position")?, Metres(spread));
        Ok(Fix { at, place, spread, speed: speed.map(MetresPerSecond), heading })
    }
}

/// The clock of a picture, for moments in it.
#[derive(Clone, Copy)]
struct Times<'v>(&'v View);

impl Times<'_> {
    fn utc(self, at: Moment) -> String {
        let since = self.0.snapshot.at - at;
        utc(WallTime(self.0.wall.0.saturating_sub(since.0)))
    }
}

impl CorridorDto {
    pub(in crate::web) fn of(record: &Record, view: &View) -> Self {
        let times = Times(view);
        let network = &view.site.network;
        let request = &record.request;
        let link = network.links().get(request.destination.link.index());
        let placed = |(link, progress): &(String, corridor::Progress)| PlacedDto {
            link: link.clone(),
            offset_m: progress.place.offset.0,
            deviation_m: progress.deviation.0,
            speed_m_per_s: progress.speed.0,
            utc: times.utc(progress.at),
        };
        let other = |(links, takes): &(Vec<String>, Millis)| AlternativeDto {
            links: links.clone(),
            takes_s: takes.as_secs_f64(),
        };
        Self {
            id: record.id,
            drill: request.is_drill,
            by: record.by.clone(),
            vehicle: request.vehicle.clone(),
            class: request.class.into(),
            level: request.level.number(),
            incident: request.incident.into(),
            destination: record.destination.clone(),
            destination_link: link.map(|link| link.name.clone()),
            opened_utc: times.utc(record.opened),
            ends_at_latest_utc: times.utc(record.ends_at_latest),
            arrives_utc: record.arrives.map(|at| times.utc(at)),
            links: record.links.clone(),
            alternatives: record.alternatives.iter().map(other).collect(),
            position: record.place.as_ref().map(placed),
            tracked: record.is_told,
            junctions: record.junctions.iter().map(|row| junction(row, times)).collect(),
            responsible: record.people.clone(),
            over: record.end.map(|(_, because)| because.to_owned()),
            over_utc: record.end.map(|(at, _)| times.utc(at)),
        }
    }
}

fn junction(row: &JunctionRecord, times: Times<'_>) -> CorridorJunctionDto {
    let at = |moment: Option<Moment>| moment.map(|moment| times.utc(moment));
    CorridorJunctionDto {
        name: row.name.clone(),
        state: row.state.to_owned(),
        open_from_utc: at(row.window.map(|window| window.open_from)),
        earliest_utc: at(row.window.map(|window| window.earliest)),
        expected_utc: at(row.window.map(|window| window.expected)),
        latest_utc: at(row.window.map(|window| window.latest)),
        in_time: row.is_in_time,
        yields_to: row.yields.map(|(to, _)| to),
        yields_because: row.yields.map(|(_, why)| why.to_owned()),
        cleared_utc: at(row.cleared),
        opened_utc: at(row.open),
        passed_utc: at(row.passed),
        released_utc: at(row.released),
        delay_s: row.delay.map(Millis::as_secs_f64),
        asked_s: row.asked.map(Millis::as_secs_f64),
        missed: row.missed,
    }
}

impl CorridorReportDto {
    pub(in crate::web) fn of(record: &Record, view: &View) -> Self {
        let end = record.end.map_or(view.snapshot.at, |(at, _)| at);
        let passed: Vec<_> = record.junctions.iter().filter(|row| row.passed.is_some()).collect();
        let was_open =
            |row: &&&JunctionRecord| row.open.zip(row.passed).is_some_and(|(open, at)| open < at);
        let replan = |&(at, because): &(Moment, &str)| ReplanDto {
            utc: Times(view).utc(at),
            because: because.to_owned(),
        };
        Self {
            corridor: CorridorDto::of(record, view),
            lasted_s: (end - record.opened).as_secs_f64(),
            delay_s: passed.iter().filter_map(|row| row.delay).sum::<Millis>().as_secs_f64(),
            passed: passed.len(),
            open_before: passed.iter().filter(was_open).count(),
            replanned: record.replans.iter().map(replan).collect(),
            contradictions: record.contradictions,
        }
    }
}

impl SitePlaceDto {
    pub(in crate::web) fn of(place: &scenario::PlaceSite, view: &View) -> Self {
        Self {
            name: place.name.clone(),
            kind: place.kind.name().to_owned(),
            link: view.site.network.link(place.link).name.clone(),
            offset_m: place.offset.0,
        }
    }
}
