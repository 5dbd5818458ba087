//! The bodies of the fuzz targets: each takes any bytes and panics where something does not hold that
//! must. libfuzzer calls them with what it makes up; the normal tests with the corpus, and with
//! mutations of it.
//!
//! None of them bounds what it is given: whoever calls chooses how long an input may be.

mod documents;
mod engine_inputs;
mod frames;
mod plant;
mod sumo;
mod terminals;

use std::sync::{Arc, LazyLock};

use field::DeviceMap;

pub use documents::{cityflow, demand, profile, site};
pub use engine_inputs::engine_inputs;
pub use frames::{frame, serial};
pub use plant::plant;
pub use sumo::sumo;
pub use terminals::jt808;

/// The map of the cabinets, read once.
static CABINET: LazyLock<Arc<DeviceMap>> = LazyLock::new(|| {
    let profile = hw_profiles::builtin("open-stage-controller").expect("it ships");
    Arc::new(DeviceMap::new(profile))
});

/// A body by the name of its target.
pub type Body = fn(&[u8]);

/// Every target.
pub const TARGETS: [(&str, Body); 10] = [
    ("frame", frame),
    ("serial", serial),
    ("profile", profile),
    ("site", site),
    ("demand", demand),
    ("cityflow", cityflow),
    ("sumo", sumo),
    ("engine_inputs", engine_inputs),
    ("plant", plant),
    ("jt808", jt808),
];
