//! Streets of the tests, and a session that ticks: each look at the clock is a microsecond later.

#![allow(dead_code, reason = "each test file uses its own share of this")]

use std::sync::Arc;
use std::time::Duration;

use optimizer::Control;
use plant::{Reply, Session};
use scenario::{PhasedNetwork, cityflow, sumo};
use serde_json::Value;

pub(crate) fn street(name: &str) -> Arc<PhasedNetwork> {
    let read = match name {
        "crossroads.json" => cityflow::import_phases(include_str!("../streets/crossroads.json")),
        "odd.net.xml" => {
            sumo::import_phases(&mut include_str!("../streets/odd.net.xml").as_bytes())
        }
        other => panic!("no street {other}"),
    };
    Arc::new(read.unwrap_or_else(|all| panic!("{name}: {all:?}")))
}

/// What is heard of a line.
#[derive(PartialEq, Debug)]
pub(crate) enum Heard {
    Line(Value),
    Over,
    Refused(String),
}

pub(crate) struct Talk {
    pub(crate) session: Session,
    time: Duration,
}

pub(crate) fn session(network: &str, control: &str) -> Talk {
    talk(street(network), control)
}

pub(crate) fn talk(street: Arc<PhasedNetwork>, control: &str) -> Talk {
    let (_, control) = Control::ALL.iter().find(|(name, _)| *name == control).expect("a control");
    Talk { session: Session::new(street, *control), time: Duration::ZERO }
}

impl Talk {
    pub(crate) fn say(&mut self, line: &str) -> Heard {
        self.bytes(line.as_bytes())
    }

    pub(crate) fn bytes(&mut self, line: &[u8]) -> Heard {
        let time = &mut self.time;
        let mut clock = || {
            *time += Duration::from_micros(1);
            *time
        };
        let json = |text: &str| -> Value {
            assert!(!text.contains('\n'), "{text}");
            serde_json::from_str(text).expect("an answer is JSON")
        };
        match self.session.line(line, &mut clock) {
            Reply::Line(text) => Heard::Line(json(&text)),
            Reply::Over => Heard::Over,
            Reply::Refused(text) => {
                let error = json(&text)["error"].as_str().expect("words").to_owned();
                Heard::Refused(error)
            }
        }
    }
}

/// What the last of these lines is refused with; those before are understood.
pub(crate) fn refusal(network: &str, lines: &[&str]) -> String {
    let mut session = session(network, "max-pressure");
    for line in lines {
        if let Heard::Refused(text) = session.say(line) {
            return text;
        }
    }
    panic!("not refused: {lines:?}");
}
