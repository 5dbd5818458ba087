//! Alarms on the wire.

use serde::{Deserialize, Serialize};
use units::WallTime;
use utoipa::ToSchema;

use super::super::dto::{named, utc};
use super::book::{Act, Alarm, Book, Kind, Priority};

named!(
    /// How grave an alarm is.
    PriorityName from Priority {
        /// Somebody could come to harm.
        Safety,
        /// A junction is not controlled as it should be.
        High,
        /// Something does not work that others stand in for.
        Medium,
    }
);
named!(
    /// What kind of thing is wrong.
    AlarmName from Kind {
        /// The monitor found a rule broken on the street.
        Violations,
        /// The event store has lost events.
        EventsLost,
        /// A line is not connected.
        Line,
        /// A device does not answer, or is not what it should be.
        Device,
        /// A junction flashes or is dark.
        Flashing,
        /// The daemon demands nothing at a junction.
        Fault,
    }
);

/// The alarms.
#[derive(Serialize, ToSchema)]
pub(in crate::web) struct AlarmsDto {
    /// The gravest first, then the newest.
    alarms: Vec<AlarmDto>,
}

/// An alarm.
#[derive(Serialize, ToSchema)]
pub(super) struct AlarmDto {
    /// Its number, until the daemon starts again.
    id: u64,
    /// What kind of thing is wrong.
    kind: AlarmName,
    /// The line, device or junction; empty for the site itself.
    place: String,
    /// How grave it is.
    priority: PriorityName,
    /// What it is, in words.
    text: String,
    /// Since when, UTC, RFC 3339.
    since_utc: String,
    /// When it was over; `null` while it lasts.
    cleared_utc: Option<String>,
    /// How often it came since the daemon started, or since it was forgotten.
    times: u32,
    /// The number of the active alarm that explains it.
    explained_by: Option<u64>,
    /// Who has seen it, and when.
    acknowledged: Option<ActDto>,
    /// Who took it out of sight, and until when.
    suspended: Option<ActDto>,
}

/// What a person has done about an alarm.
#[derive(Serialize, ToSchema)]
pub(super) struct ActDto {
    /// Who.
    who: String,
    /// When it was acknowledged, or until when it is suspended, UTC, RFC 3339.
    utc: String,
    /// The comment or reason.
    words: String,
}

impl AlarmsDto {
    pub(super) fn of(book: &Book) -> Self {
        Self { alarms: book.list().into_iter().map(|(alarm, by)| one(alarm, by)).collect() }
    }
}

fn one(alarm: &Alarm, explained_by: Option<u64>) -> AlarmDto {
    let condition = &alarm.condition;
    let act = |act: &Act| ActDto {
        who: act.who.clone(),
        utc: utc(WallTime(act.at)),
        words: act.words.clone(),
    };
    AlarmDto {
        id: alarm.number,
        kind: condition.kind.into(),
        place: condition.place.clone(),
        priority: condition.priority.into(),
        text: condition.text.clone(),
        since_utc: utc(WallTime(alarm.since)),
        cleared_utc: alarm.cleared.map(|at| utc(WallTime(at))),
        times: alarm.times,
        explained_by,
        acknowledged: alarm.acknowledged.as_ref().map(act),
        suspended: alarm.suspended.as_ref().map(act),
    }
}
