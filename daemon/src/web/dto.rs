//! What goes over the wire, converted here and nowhere else. Names carry their unit; what is not
//! known is `null`, never 0; stages count from 1, as on the cabinets' panels.

use engine::{Counters, DeviceSnapshot, JunctionSnapshot};
use jiff::Timestamp;
use scenario::{Mode, Role};
use serde::{Deserialize, Serialize};
use signal::{Aspect, ControlSource};
use units::{Millis, StageId, WallTime};
use utoipa::ToSchema;

use super::auth::Who;
use crate::store::{Record, Store};
use crate::view::View;

/// A closed list as it is named on the wire, from the list that is used inside: a new entry there
/// does not compile until it has a name here.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident from $from:ty { $($(#[$each:meta])* $entry:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "kebab-case")]
        pub(super) enum $name { $($(#[$each])* $entry,)* }

        impl From<$from> for $name {
            fn from(from: $from) -> Self {
                match from { $(<$from>::$entry => Self::$entry,)* }
            }
        }

        impl From<$name> for $from {
            fn from(from: $name) -> Self {
                match from { $($name::$entry => Self::$entry,)* }
            }
        }
    };
}

mod coordination;

pub(super) use coordination::CoordinationDto;

named!(
    /// By which rule junctions are controlled.
    ModeName from Mode {
        /// By the plan of the site.
        Fixed,
        /// By extension, gap-out and max-out.
        Actuated,
        /// By max-pressure.
        MaxPressure,
        /// By a search ahead over predicted arrivals.
        Adaptive,
    }
);
named!(
    /// Who controls a junction.
    SourceName from ControlSource {
        /// A fault, or silence: the daemon demands nothing.
        Fault,
        /// A person, through the daemon.
        Operator,
        /// An emergency corridor.
        Corridor,
        /// The optimiser, max-pressure or actuated control.
        Adaptive,
        /// The plan of the day.
        Coordinated,
        /// The cabinet's own plan.
        Local,
    }
);
named!(
    /// What a signal group shows.
    AspectName from Aspect {
        /// No lamp is lit.
        Dark,
        /// Stop.
        Red,
        /// Stop, green follows.
        RedYellow,
        /// Go.
        Green,
        /// Red follows.
        Yellow,
        /// Pedestrians on the crossing may finish.
        FlashingGreen,
        /// Not controlled: drive with care.
        FlashingYellow,
    }
);
named!(
    /// What a token's holder may do.
    RoleName from Role {
        /// Look.
        View,
        /// Look, hold and release junctions, set the mode, reload.
        Operate,
        /// Look, and judge evidence; nobody else sees whose it is.
        Review,
    }
);

/// The time of a picture.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(super) struct TimeDto {
    /// Civil time, UTC, RFC 3339.
    pub(super) utc: String,
    /// The same in the site's time zone, for people.
    pub(super) local: String,
    /// Seconds on the daemon's own clock since it started; it only goes forward. The age of a datum
    /// that was not sent again is its `age_s` and the difference of this.
    pub(super) clock_s: f64,
}

/// The site that runs.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(super) struct SiteDto {
    /// Its name.
    pub(super) name: String,
    /// Its time zone.
    pub(super) time_zone: String,
    /// How often it was loaded, 1 at the start. Where it has changed, so may have everything.
    pub(super) epoch: u64,
}

/// A signal group.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(super) struct GroupDto {
    /// Its name.
    pub(super) name: String,
    /// What it shows.
    pub(super) aspect: AspectName,
}

/// A signalised junction.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(super) struct JunctionDto {
    /// Its number in the network; another one after a reload. The name stays.
    pub(super) id: u32,
    /// Its name.
    pub(super) name: String,
    /// Metres east of the site's origin.
    pub(super) x_m: f64,
    /// Metres north of it.
    pub(super) y_m: f64,
    /// Who controls it.
    pub(super) source: SourceName,
    /// The stage that runs, from 1; `null` in a transition, or where it is not known.
    pub(super) stage: Option<u16>,
    /// The stage that a transition leads to.
    pub(super) next: Option<u16>,
    /// The time in the stage or transition when it was read.
    pub(super) elapsed_s: Option<f64>,
    /// What its groups showed when it was read; empty where that is not known.
    pub(super) groups: Vec<GroupDto>,
    /// Vehicles that queue on its approaches, as estimated.
    pub(super) queue_vehicles: Option<f64>,
    /// The age of what was read; `null` where nothing ever was.
    pub(super) age_s: Option<f64>,
    /// What was left of the demand's lease when it was read; 0 where none is held.
    pub(super) lease_left_s: Option<f64>,
    /// Where its displays count down: in how many seconds the green that runs was announced to end; `null`
    /// while that is not decided. 0 once it is due.
    pub(super) announced_end_s: Option<f64>,
    /// The stage that follows it.
    pub(super) announced_next: Option<u16>,
    /// Why the last decision was taken.
    pub(super) reason: String,
    /// What the planner would do and why, where the site has it look on; else `null`.
    pub(super) shadow: Option<String>,
    /// Its plan on the common clock.
    pub(super) coordination: CoordinationDto,
}

/// A device: one Modbus unit. Those that do not answer are listed too.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(super) struct DeviceDto {
    /// Its name.
    pub(super) name: String,
    /// The line that it is on.
    pub(super) line: Option<String>,
    /// Its number there.
    pub(super) unit: Option<u8>,
    /// `identifying`, `online`, or `open`: left alone but for a probe.
    pub(super) state: String,
    /// Whether its line is connected.
    pub(super) connected: bool,
    /// Requests sent to it.
    pub(super) requests: u64,
    /// Requests that failed.
    pub(super) failures: u64,
    /// The time since its last answer; `null` where there never was one.
    pub(super) age_s: Option<f64>,
    /// The age of the oldest data that its polls keep fresh; `null` where any was never read.
    pub(super) data_age_s: Option<f64>,
    /// Its last failure.
    pub(super) last_failure: Option<String>,
}

/// What was counted since the start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct CountersDto {
    /// Modbus requests sent.
    pub(super) requests: u64,
    /// Modbus requests that failed.
    pub(super) errors: u64,
    /// Decisions taken.
    pub(super) decisions: u64,
    /// Demands sent, renewals among them.
    pub(super) demands: u64,
    /// Demands that were not written, or never showed within their lease.
    pub(super) unanswered_demands: u64,
    /// Demands that the interlock refused.
    pub(super) refusals: u64,
    /// What the monitor found.
    pub(super) violations: u64,
}

/// The event store.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct StoreDto {
    /// The number of the last acknowledged event; 0 where there is none.
    pub(super) last: u64,
    /// Events that were lost since the start because the disk could not keep up.
    pub(super) lost: u64,
}

/// All of it at one moment.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(super) struct StateDto {
    /// The daemon's version.
    pub(super) version: String,
    /// The site.
    pub(super) site: SiteDto,
    /// When this was so.
    pub(super) time: TimeDto,
    /// When the daemon started, UTC, RFC 3339.
    pub(super) started_utc: String,
    /// How many times real time its clock runs; 1 on a street.
    pub(super) speed: f64,
    /// By which rule junctions are controlled.
    pub(super) mode: ModeName,
    /// The signalised junctions, in the site's order.
    pub(super) junctions: Vec<JunctionDto>,
    /// The devices, in the site's order.
    pub(super) devices: Vec<DeviceDto>,
    /// What was counted.
    pub(super) counters: CountersDto,
    /// The event store.
    pub(super) store: StoreDto,
}

/// An event of the log.
#[derive(Clone, PartialEq, Debug, Serialize, ToSchema)]
pub(super) struct EventDto {
    /// Its place in the order of all; a cursor.
    pub(super) sequence: u64,
    /// When, UTC, RFC 3339.
    pub(super) utc: String,
    /// What kind of event.
    pub(super) kind: String,
    /// At which junction.
    pub(super) junction: Option<String>,
    /// With which device.
    pub(super) device: Option<String>,
    /// The Indiana high-resolution code, where there is one.
    pub(super) indiana: Option<IndianaDto>,
    /// What has happened, in words.
    pub(super) text: String,
    /// Whether it is one of safety.
    pub(super) safety: bool,
}

/// A code of the Indiana high-resolution enumeration.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct IndianaDto {
    /// The event code.
    pub(super) code: u16,
    /// Its parameter: a group or stage, from 1.
    pub(super) parameter: u16,
}

/// Who asks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub(super) struct WhoDto {
    /// The token's name, or `local`.
    pub(super) name: String,
    /// What they may do.
    pub(super) role: RoleName,
}

impl StateDto {
    pub(super) fn of(view: &View, store: &Store) -> Self {
        let snapshot = &view.snapshot;
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            site: SiteDto {
                name: snapshot.site.clone(),
                time_zone: view.site.time_zone.clone(),
                epoch: view.epoch,
            },
            time: TimeDto::of(view),
            started_utc: utc(view.started),
            speed: view.speed,
            mode: snapshot.mode.into(),
            junctions: (0..snapshot.junctions.len()).map(|n| JunctionDto::of(view, n)).collect(),
            devices: (0..snapshot.devices.len()).map(|n| DeviceDto::of(view, n)).collect(),
            counters: snapshot.counters.into(),
            store: StoreDto::of(store),
        }
    }
}

impl TimeDto {
    pub(super) fn of(view: &View) -> Self {
        let clock_s = Millis(view.snapshot.at.0).as_secs_f64();
        Self { utc: utc(view.wall), local: view.local.clone(), clock_s }
    }
}

impl JunctionDto {
    /// The junction with this number in the snapshot.
    pub(super) fn of(view: &View, index: usize) -> Self {
        let row: &JunctionSnapshot = &view.snapshot.junctions[index];
        let known = row.age.is_some();
        let group = |(name, aspect): &(String, Aspect)| GroupDto {
            name: name.clone(),
            aspect: (*aspect).into(),
        };
        Self {
            id: view.site.signals.get(index).map_or(u32::MAX, |signal| signal.junction.0),
            name: row.name.clone(),
            x_m: row.position.0,
            y_m: row.position.1,
            source: row.source.into(),
            stage: row.stage.map(stage),
            next: row.next.map(stage),
            elapsed_s: known.then(|| row.elapsed.as_secs_f64()),
            groups: row.aspects.iter().map(group).collect(),
            queue_vehicles: row.queue.map(tenths),
            age_s: row.age.map(Millis::as_secs_f64),
            lease_left_s: known.then(|| row.lease_left.as_secs_f64()),
            announced_end_s: row
                .announced
                .map(|(at, _)| (at - view.snapshot.at).at_least_zero().as_secs_f64()),
            announced_next: row.announced.map(|(_, next)| stage(next)),
            reason: row.reason.clone(),
            shadow: row.shadow.clone(),
            coordination: (&row.coordination).into(),
        }
    }
}

impl DeviceDto {
    /// The device with this number in the snapshot.
    pub(super) fn of(view: &View, index: usize) -> Self {
        let row: &DeviceSnapshot = &view.snapshot.devices[index];
        let site = view.site.devices.get(index).filter(|device| device.name == row.name);
        let line = site.and_then(|device| view.site.lines.get(device.line.index()));
        Self {
            name: row.name.clone(),
            line: line.map(|line| line.name.clone()),
            unit: site.map(|device| device.unit),
            state: row.state.to_owned(),
            connected: row.connected,
            requests: row.requests,
            failures: row.failures,
            age_s: row.age.map(Millis::as_secs_f64),
            data_age_s: row.data_age.map(Millis::as_secs_f64),
            last_failure: row.last_failure.clone(),
        }
    }
}

impl From<Counters> for CountersDto {
    fn from(counters: Counters) -> Self {
        let Counters {
            requests,
            errors,
            decisions,
            demands,
            unanswered_demands,
            refusals,
            violations,
        } = counters;
        Self { requests, errors, decisions, demands, unanswered_demands, refusals, violations }
    }
}

impl StoreDto {
    pub(super) fn of(store: &Store) -> Self {
        Self { last: store.last(), lost: store.lost() }
    }
}

impl From<&Record> for EventDto {
    fn from(record: &Record) -> Self {
        Self {
            sequence: record.sequence,
            utc: utc(WallTime(record.at)),
            kind: record.kind.clone(),
            junction: record.junction.clone(),
            device: record.device.clone(),
            indiana: record.indiana.map(|(code, parameter)| IndianaDto { code, parameter }),
            text: record.text.clone(),
            safety: record.safety,
        }
    }
}

impl From<Who> for WhoDto {
    fn from(who: Who) -> Self {
        Self { name: who.name, role: who.role.into() }
    }
}

/// Tenths of a vehicle: an estimate has no more to say.
pub(super) fn tenths(queue: f64) -> f64 {
    (queue * 10.0).round() / 10.0
}

fn stage(stage: StageId) -> u16 {
    u16::from(stage.0) + 1
}

/// RFC 3339, UTC. What lies beyond the years that it can write is cut to them.
fn utc(wall: WallTime) -> String {
    let end = if wall.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(wall.0).unwrap_or(end).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_the_wire_are_those_of_files_and_events() {
        let name = |value: serde_json::Value| value.as_str().unwrap().to_owned();
        for &(file, mode) in Mode::ALL {
            assert_eq!(name(serde_json::to_value(ModeName::from(mode)).unwrap()), file);
            assert_eq!(Mode::from(ModeName::from(mode)), mode);
        }
        for &(file, role) in Role::ALL {
            assert_eq!(name(serde_json::to_value(RoleName::from(role)).unwrap()), file);
        }
        for source in [ControlSource::Fault, ControlSource::Adaptive, ControlSource::Local] {
            let wire = name(serde_json::to_value(SourceName::from(source)).unwrap());
            assert_eq!(wire, source.name());
        }
    }

    #[test]
    fn times_are_written_as_the_standard_says_and_none_panics() {
        assert_eq!(utc(WallTime(1_795_000_000_123)), "2026-11-18T11:06:40.123Z");
        for wall in [i64::MIN, -1, 0, i64::MAX] {
            assert!(utc(WallTime(wall)).ends_with('Z'));
        }
    }
}
