//! `GET /metrics`: the figures for Prometheus, text format 0.0.4. Written from the newest picture
//! each time it is asked for: there is no second set of counters that could disagree. Labels are
//! closed lists, or the site's own devices.

use std::collections::BTreeMap;
use std::fmt::Write;

use axum::extract::State;
use axum::http::HeaderName;
use axum::http::header::CONTENT_TYPE;
use signal::ControlSource;

use super::stream::STREAMS_MAX;
use super::{Desk, health};

/// Every source, so that a count of none is a 0 and no gap in a chart.
const SOURCES: [ControlSource; 6] = [
    ControlSource::Fault,
    ControlSource::Operator,
    ControlSource::Corridor,
    ControlSource::Adaptive,
    ControlSource::Coordinated,
    ControlSource::Local,
];
/// Every state of a device, for the same reason.
const STATES: [&str; 3] = ["identifying", "online", "open"];

/// The figures for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "metrics",
    tag = "watch",
    responses((status = 200, description = "Prometheus text format 0.0.4.",
               content_type = "text/plain", body = String)),
)]
pub(super) async fn metrics(State(desk): State<Desk>) -> ([(HeaderName, &'static str); 1], String) {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], render(&desk))
}

fn render(desk: &Desk) -> String {
    let view = desk.board.views.borrow().clone();
    let mut out = Exposition::default();
    let version = env!("CARGO_PKG_VERSION");
    out.gauge("info", "The daemon's version, as a label.");
    out.row(&[("version", version)], 1.0);
    out.one("start_time_seconds", "When it started, Unix time.", seconds(view.started.0));
    out.one("clock_speed_ratio", "Times real time that its clock runs.", view.speed);
    out.one("site_epoch", "How often the site was loaded.", count(view.epoch));
    let age = health::view_age(desk).as_secs_f64();
    out.one("view_age_seconds", "Real time since the control loop has shown its state.", age);
    counters(&mut out, &view.snapshot.counters);
    junctions(&mut out, &view.snapshot.junctions);
    devices(&mut out, &view.snapshot.devices);
    let store = &desk.board.store;
    out.one("event_last_number", "The number of the last acknowledged event.", count(store.last()));
    out.total("events_lost", "Events lost because the disk could not keep up.", store.lost());
    let streams = STREAMS_MAX.saturating_sub(desk.streams.available_permits());
    out.one("streams_open", "Open event streams.", count(streams as u64));
    out.total("unknown_tokens", "Requests with a token that is not known.", desk.attempts.total());
    out.0
}

fn counters(out: &mut Exposition, counters: &engine::Counters) {
    out.total("modbus_requests", "Modbus requests sent.", counters.requests);
    out.total("modbus_errors", "Modbus requests that failed.", counters.errors);
    out.total("decisions", "Decisions taken.", counters.decisions);
    out.total("demands", "Demands sent, renewals among them.", counters.demands);
    let unanswered = counters.unanswered_demands;
    out.total("unanswered_demands", "Demands that never showed in their lease.", unanswered);
    out.total("refusals", "Demands that the interlock refused.", counters.refusals);
    out.total("violations", "What the monitor found.", counters.violations);
}

fn junctions(out: &mut Exposition, junctions: &[engine::JunctionSnapshot]) {
    out.gauge("junctions", "Junctions by who controls them.");
    for source in SOURCES {
        let number = junctions.iter().filter(|junction| junction.source == source).count();
        out.row(&[("source", source.name())], count(number as u64));
    }
    let oldest = junctions.iter().filter_map(|junction| junction.age).max();
    if let Some(age) = oldest {
        let help = "The age of the oldest state of a junction, on the daemon's clock.";
        out.one("junction_age_max_seconds", help, age.as_secs_f64());
    }
    let unread = junctions.iter().filter(|junction| junction.age.is_none()).count();
    out.one("junctions_never_read", "Junctions that were never read.", count(unread as u64));
}

fn devices(out: &mut Exposition, devices: &[engine::DeviceSnapshot]) {
    let mut states: BTreeMap<&str, u64> = STATES.iter().map(|&state| (state, 0)).collect();
    for device in devices {
        *states.entry(device.state).or_default() += 1;
    }
    out.gauge("devices", "Devices by their state.");
    for (state, number) in states {
        out.row(&[("state", state)], count(number));
    }
    out.gauge("device_up", "Whether the device answers.");
    for device in devices {
        let up = device.connected && device.state == "online";
        out.row(&[("device", &device.name)], f64::from(u8::from(up)));
    }
    out.counter("device_requests", "Modbus requests sent to the device.");
    for device in devices {
        out.row(&[("device", &device.name)], count(device.requests));
    }
    out.counter("device_failures", "Modbus requests to the device that failed.");
    for device in devices {
        out.row(&[("device", &device.name)], count(device.failures));
    }
}

/// The text, and the name of the metric that is being written.
#[derive(Default)]
struct Exposition(String, String);

impl Exposition {
    fn gauge(&mut self, name: &str, help: &str) {
        self.begin(format!("greenwave_{name}"), help, "gauge");
    }

    fn counter(&mut self, name: &str, help: &str) {
        self.begin(format!("greenwave_{name}_total"), help, "counter");
    }

    fn begin(&mut self, name: String, help: &str, kind: &str) {
        // Writing to a string does not fail.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        self.1 = name;
    }

    fn one(&mut self, name: &str, help: &str, value: f64) {
        self.gauge(name, help);
        self.row(&[], value);
    }

    fn total(&mut self, name: &str, help: &str, value: u64) {
        self.counter(name, help);
        self.row(&[], count(value));
    }

    fn row(&mut self, labels: &[(&str, &str)], value: f64) {
        self.0.push_str(&self.1);
        let labels: Vec<String> =
            labels.iter().map(|(name, text)| format!("{name}=\"{}\"", escaped(text))).collect();
        if !labels.is_empty() {
            let _ = write!(self.0, "{{{}}}", labels.join(","));
        }
        let _ = writeln!(self.0, " {value}");
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Exact up to 2^53: more than a century of a million a second.
#[allow(clippy::cast_precision_loss)]
fn count(number: u64) -> f64 {
    number as f64
}

fn seconds(unix_ms: i64) -> f64 {
    units::Millis(unix_ms).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_cannot_break_out_of_their_quotes() {
        assert_eq!(escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
