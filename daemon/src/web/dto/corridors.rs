//! Corridors and places as they are answered.

use corridor::{Class, Incident};
use serde::{Deserialize, Serialize};
use units::{Millis, Moment, WallTime};
use utoipa::ToSchema;

use super::utc;
use crate::corridors::{JunctionRecord, Record};
use crate::view::View;

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
