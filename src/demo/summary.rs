//! The demo's summary: the street's figures and the daemon's counters side by side.

use anyhow::Context;
use serde_json::{Map, Value};

/// Figures that the street measured.
const FROM_THE_STREET: [&str; 12] = [
    "junctions",
    "vehicles_due",
    "vehicles_entered",
    "vehicles_finished",
    "mean_travel_time_s",
    "mean_delay_s",
    "violations",
    "violation_texts",
    "seed",
    "version",
    "sim_seconds",
    "speed_held",
];

/// Counters of the daemon, by their name there and here.
const FROM_THE_DAEMON: [(&str, &str); 6] = [
    ("requests", "modbus_requests"),
    ("errors", "modbus_errors"),
    ("demands", "demands"),
    ("unanswered_demands", "unanswered_demands"),
    ("refusals", "refusals"),
    ("violations", "monitor_violations"),
];

/// Puts the two together.
///
/// # Errors
/// Where one of them lacks a figure.
pub(crate) fn of(street: &Value, state: &Value) -> anyhow::Result<Value> {
    let mut summary = Map::new();
    for name in FROM_THE_STREET {
        let figure =
            street.get(name).with_context(|| format!("the street's summary: no {name}"))?;
        summary.insert(name.to_owned(), figure.clone());
    }
    for (there, here) in FROM_THE_DAEMON {
        let figure = state["counters"]
            .get(there)
            .with_context(|| format!("the daemon's state: no counters.{there}"))?;
        summary.insert(here.to_owned(), figure.clone());
    }
    Ok(Value::Object(summary))
}
