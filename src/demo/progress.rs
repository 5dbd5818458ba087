//! What the demo tells a person: where to look, what to try, one line that moves. Quiet where
//! standard error is not a terminal.

use std::io::{IsTerminal, Write};

use scenario::Site;
use serde_json::Value;

/// The demo's voice, on standard error.
pub(crate) struct Progress {
    moving: bool,
    duration: Option<u32>,
}

impl Progress {
    /// A voice that moves a line only on a terminal and only where no JSON was asked for.
    pub(crate) fn new(json: bool, duration: Option<u32>) -> Self {
        Self { moving: std::io::stderr().is_terminal() && !json, duration }
    }

    /// Both processes are up.
    pub(crate) fn ready(&self, site: &Site, address: &str, speed: f64) {
        eprintln!("{}: {} junctions at {speed} times real time", site.name, site.signals.len());
        eprintln!("Open  http://{address}/");
        let Some(first) = site.signals.first() else { return };
        eprintln!("Try   curl -s http://{address}/api/v1/state");
        eprintln!(
            "      curl -s -X POST -H 'content-type: application/json' \\\n        \
             -d '{{\"stage\": 2, \"seconds\": 30, \"reason\": \"a look\"}}' \\\n        \
             http://{address}/api/v1/junctions/{}/hold",
            site.network.junction(first.junction).name
        );
        eprintln!("Stop  Ctrl-C");
    }

    /// One line on the state of the street.
    pub(crate) fn show(&self, progress: &Value) {
        if !self.moving {
            return;
        }
        let until = self.duration.map(|end| format!(" of {end}")).unwrap_or_default();
        eprint!(
            "\r{:>6.0}{until} s   {} vehicles on the road, {} arrived, {} violations   ",
            progress["sim_seconds"].as_f64().unwrap_or_default(),
            progress["running"],
            progress["vehicles_finished"],
            progress["violations"],
        );
        // A terminal that cannot be written to is no reason to stop the demo.
        let _ = std::io::stderr().flush();
    }

    /// The end, for a person.
    pub(crate) fn summary(&self, summary: &Value) {
        if self.moving {
            eprintln!();
        }
        if let Some(figures) = summary.as_object() {
            for (name, figure) in figures {
                println!("{name:<22} {figure}");
            }
        }
    }
}
