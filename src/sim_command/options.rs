//! What `run` and `compare` both let one choose: the drivers' law, the weather, how vehicles arrive.

use scenario::Mode;
use sim::run::{Arrivals, Control};
use sim::world::{Model, Weather};

/// More threads than this gain nothing on any machine that a cabinet has.
pub(crate) const THREADS_MAX: u64 = 64;
/// The longest run, seconds: a month.
pub(crate) const SECONDS_MAX: i64 = 31 * 86_400;

/// The value of a name in a table.
///
/// # Errors
/// The names that there are.
pub(crate) fn named<T: Copy>(all: &[(&'static str, T)], name: &str) -> Result<T, String> {
    let found = all.iter().find(|(known, _)| *known == name).map(|&(_, value)| value);
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(known, _)| *known).collect();
        format!("it is one of {}", names.join(", "))
    })
}

pub(super) fn control(name: &str) -> Result<Control, String> {
    let rules = Mode::ALL.iter().map(|&(name, mode)| (name, Control::Rule(mode)));
    let all: Vec<_> = rules.chain([("program", Control::Programs)]).collect();
    named(&all, name)
}

pub(super) fn model(name: &str) -> Result<Model, String> {
    named(Model::ALL, name)
}

pub(super) fn weather(name: &str) -> Result<Weather, String> {
    named(Weather::ALL, name)
}

pub(super) fn arrivals(name: &str) -> Result<Arrivals, String> {
    named(Arrivals::ALL, name)
}
