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

/// What a demo may fall short of its duration: the street is asked about once a second.
const SHORT: f64 = 0.01;

/// What whoever reads only the exit status must know: that the demo ended short, and what the daemon's
/// own monitor saw.
pub(crate) fn complaints(summary: &Value, duration: Option<u32>) -> Vec<String> {
    let mut complaints = Vec::new();
    let ran = summary["sim_seconds"].as_f64().unwrap_or_default();
    if let Some(end) = duration.map(f64::from).filter(|end| ran < end * (1.0 - SHORT)) {
        let held = summary["speed_held"].as_f64().unwrap_or_default();
        complaints.push(format!(
            "it ended at {ran:.1} of {end} s: this machine held {held:.1} times real time"
        ));
    }
    match summary["monitor_violations"].as_u64() {
        Some(0) | None => {}
        Some(count) => complaints.push(format!(
            "the daemon's monitor saw a rule broken {count} times (monitor_violations); where the \
             machine is late, so is what it sees"
        )),
    }
    complaints
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_demo_that_ends_short_or_sees_a_rule_broken_says_so() {
        let of = |ran: f64, seen: u64| {
            let summary =
                json!({"sim_seconds": ran, "speed_held": 82.0, "monitor_violations": seen});
            complaints(&summary, Some(3_600))
        };
        assert_eq!(of(3_599.0, 0), Vec::<String>::new());
        assert!(of(3_500.0, 0)[0].contains("it ended at 3500.0 of 3600 s"));
        assert!(of(3_600.0, 198)[0].contains("198 times (monitor_violations)"));
        let stopped = json!({"sim_seconds": 5.0, "monitor_violations": 0});
        assert!(complaints(&stopped, None).is_empty(), "nobody said how long");
    }
}
