//! What others are told, as JSON: an event of a corridor for dispatch, and who comes when for a place.

use corridor::{Event, Step};
use network::Network;
use serde_json::{Value, json};

use super::ledger::{Record, names};

/// The layout's version, in every notice.
const VERSION: u32 = 1;

/// An event of a corridor. `utc` is when it was.
pub(super) fn event(event: &Event, network: &Network, record: Option<&Record>, utc: &str) -> Value {
    let junction = |id: units::JunctionId| network.junction(id).name.clone();
    let mut body = json!({
        "version": VERSION,
        "utc": utc,
        "step": event.step.name(),
        "drill": event.is_drill,
        "corridor": event.corridor.map(|id| id.0),
        "vehicle": record.map(|record| &record.request.vehicle),
        "by": record.map(|record| &record.by),
    });
    let more = match &event.step {
        Step::Requested { by, vehicle, class } => {
            json!({"by": by, "vehicle": vehicle, "class": class.name()})
        }
        Step::Accepted { links, .. } => json!({
            "links": names(network, links),
            "responsible": record.map(|record| &record.people),
        }),
        Step::Refused { reason } => json!({"reason": reason}),
        Step::Replanned { because, links } => {
            json!({"because": because.name(), "links": names(network, links)})
        }
        Step::Clearing { junction: at, lead, is_in_time } => json!({
            "junction": junction(*at), "lead_s": lead.as_secs_f64(), "in_time": is_in_time,
        }),
        Step::Open { junction: at } | Step::Missed { junction: at } => {
            json!({"junction": junction(*at)})
        }
        Step::Passed { junction: at, delay } => {
            json!({"junction": junction(*at), "delay_s": delay.as_secs_f64()})
        }
        Step::Released { junction: at, asked } => {
            json!({"junction": junction(*at), "asked_s": asked.as_secs_f64()})
        }
        Step::Yields { junction: at, to, why } => {
            json!({"junction": junction(*at), "to": to.0, "why": why.words()})
        }
        Step::Ended { because } => json!({"because": because.name()}),
        Step::Contradicted => Value::Null,
    };
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}

/// Who comes to a place, and when; `arrives` is none where nobody comes any more.
pub(super) fn arrival(record: &Record, place: &str, utc: &str, arrives: Option<&str>) -> Value {
    json!({
        "version": VERSION,
        "utc": utc,
        "step": "arrival",
        "drill": record.request.is_drill,
        "corridor": record.id,
        "place": place,
        "vehicle": record.request.vehicle,
        "class": record.request.class.name(),
        "incident": record.request.incident.name(),
        "arrives_utc": arrives,
        "over": record.end.map(|(_, because)| because),
    })
}
