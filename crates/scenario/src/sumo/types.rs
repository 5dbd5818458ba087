//! `vType`: what drives, with SUMO's defaults for what an element leaves out.

use units::{Metres, MetresPerSecond};

use super::notes::Notes;
use super::xml::{Element, Problems};
use crate::demand::{
    ACCELERATIONS, DEVIATIONS, FACTORS, GAPS, HEADWAYS, LENGTHS, SHARES, SPEEDS, SpeedFactor,
    VehicleClass, VehicleType,
};

/// A type's headway is from front to front; SUMO's reaction time is what is left of it behind the
/// bumper, and this much less, seconds.
const HEADWAY_FRONT_S: f64 = 1.0;

const KNOWN: &[&str] = &[
    "id",
    "vClass",
    "length",
    "minGap",
    "maxSpeed",
    "accel",
    "decel",
    "sigma",
    "tau",
    "speedFactor",
    "speedDev",
    "carFollowModel",
    "probability",
    "color",
    "guiShape",
    "imgFile",
    "width",
    "height",
    "emergencyDecel",
    "apparentDecel",
    "personCapacity",
    "containerCapacity",
    "emissionClass",
    "osgFile",
    "mass",
];

/// Length, gap, top speed, acceleration, deceleration and the spread of speed factors of SUMO's
/// classes. Cars as its documentation has them; the others after its tables of defaults, unverified.
struct Usual {
    class: VehicleClass,
    length: f64,
    gap: f64,
    speed: f64,
    accel: f64,
    decel: f64,
    deviation: f64,
}

fn usual(class: &str) -> Option<Usual> {
    let row = |class, length, gap, speed, accel, decel, deviation| {
        Some(Usual { class, length, gap, speed, accel, decel, deviation })
    };
    match class {
        "passenger" | "private" | "taxi" | "hov" | "evehicle" | "custom1" | "custom2"
        | "ignoring" | "vip" | "authority" | "army" => {
            row(VehicleClass::Car, 5.0, 2.5, 55.55, 2.6, 4.5, 0.1)
        }
        "emergency" => row(VehicleClass::Emergency, 6.5, 2.5, 55.55, 2.6, 4.5, 0.0),
        "delivery" => row(VehicleClass::Truck, 6.5, 2.5, 55.55, 2.6, 4.5, 0.05),
        "truck" => row(VehicleClass::Truck, 7.1, 2.5, 36.11, 1.3, 4.0, 0.05),
        "trailer" => row(VehicleClass::Truck, 16.5, 2.5, 36.11, 1.0, 4.0, 0.05),
        "bus" => row(VehicleClass::Bus, 12.0, 2.5, 27.78, 1.2, 4.0, 0.0),
        "coach" => row(VehicleClass::Coach, 14.0, 2.5, 27.78, 2.0, 4.0, 0.05),
        "motorcycle" => row(VehicleClass::TwoWheeler, 2.2, 2.5, 55.55, 6.0, 10.0, 0.1),
        "moped" => row(VehicleClass::TwoWheeler, 2.1, 2.5, 16.67, 1.1, 7.0, 0.1),
        "bicycle" | "scooter" => row(VehicleClass::TwoWheeler, 1.6, 0.5, 13.89, 1.2, 3.0, 0.1),
        _ => None,
    }
}

/// The type of vehicles that name none: `DEFAULT_VEHTYPE`.
pub(super) fn default_type() -> VehicleType {
    VehicleType {
        class: VehicleClass::Car,
        length: Metres(5.0),
        min_gap: Metres(2.5),
        max_speed: MetresPerSecond(55.55),
        acceleration: 2.6,
        deceleration: 4.5,
        headway_s: 1.0 + HEADWAY_FRONT_S,
        imperfection: Some(0.5),
        speed_factor: Some(SpeedFactor { mean: 1.0, deviation: 0.1 }),
    }
}

/// Reads a type; none where it is no road vehicle, which is noted, or has mistakes.
pub(super) fn vehicle_type(
    element: &Element,
    problems: &Problems,
    notes: &mut Notes,
) -> Option<VehicleType> {
    let id = element.get("id").unwrap_or_default();
    for key in element.keys().filter(|key| !KNOWN.contains(key)) {
        notes.add(&format!("attributes {key} of <vType> ignored"), id);
    }
    let class = element.get("vClass").unwrap_or("passenger");
    let Some(usual) = usual(class) else {
        notes.add(&format!("<vType> of the class {class}, which no road carries, ignored"), id);
        return None;
    };
    let model = element.get("carFollowModel").unwrap_or("Krauss");
    if !model.starts_with("Krauss") && model != "SKOrig" {
        notes.add(&format!("<vType> with the law {model}, driven by the chosen law"), id);
    }
    let number = |key: &str, range, usual: f64| element.number_or(problems, key, range, usual);
    let length = number("length", &LENGTHS, usual.length);
    let gap = number("minGap", &GAPS, usual.gap);
    let speed = number("maxSpeed", &SPEEDS, usual.speed);
    let accel = number("accel", &ACCELERATIONS, usual.accel);
    let decel = number("decel", &ACCELERATIONS, usual.decel);
    let sigma = number("sigma", &SHARES, 0.5);
    let most = HEADWAYS.end() - HEADWAY_FRONT_S;
    let tau = number("tau", &(0.0..=most), 1.0);
    let factor = speed_factor(element, problems, usual.deviation);
    Some(VehicleType {
        class: usual.class,
        length: Metres(length?),
        min_gap: Metres(gap?),
        max_speed: MetresPerSecond(speed?),
        acceleration: accel?,
        deceleration: decel?,
        headway_s: tau? + HEADWAY_FRONT_S,
        imperfection: Some(sigma?),
        speed_factor: Some(factor?),
    })
}

/// `1.1`, `norm(mean, deviation)` or `normc(mean, deviation, least, most)`, and `speedDev`.
fn speed_factor(element: &Element, problems: &Problems, deviation: f64) -> Option<SpeedFactor> {
    let deviation = element.number_or(problems, "speedDev", &DEVIATIONS, deviation);
    let Some(text) = element.get("speedFactor") else {
        return Some(SpeedFactor { mean: 1.0, deviation: deviation? });
    };
    let inside = text.strip_prefix("normc(").or(text.strip_prefix("norm("));
    let Some(inside) = inside.and_then(|rest| rest.strip_suffix(')')) else {
        let mean = element.number_in(problems, "speedFactor", text, &FACTORS);
        return Some(SpeedFactor { mean: mean?, deviation: deviation? });
    };
    let mut parts = inside.split(',');
    let mean = parts.next().unwrap_or_default();
    let spread = parts.next().unwrap_or("0");
    let mean = element.number_in(problems, "speedFactor", mean, &FACTORS);
    let spread = element.number_in(problems, "speedFactor", spread, &DEVIATIONS);
    Some(SpeedFactor { mean: mean?, deviation: spread? })
}
