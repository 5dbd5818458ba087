//! Kinds of vehicles as the hot loop has them: one row for each type of the demand, weather applied.

use scenario::{VehicleClass, VehicleType};

use super::settings::{Model, Weather};

/// What of a headway from front to front is the vehicle's own length and gap when a queue
/// discharges: 7 m at 10 m/s.
const HEADWAY_FRONT_S: f64 = 0.70;
/// The same as SUMO's default reaction time has it: 2 s less 1 s.
const HEADWAY_FRONT_KRAUSS_S: f64 = 1.0;
/// No driver keeps less than this net time gap, seconds.
const HEADWAY_LEAST_S: f64 = 0.5;
/// The gap to the vehicle ahead at a standstill in the urban set, metres: what data sets give beyond
/// it holds at speed, where the headway is longer anyway.
const STAND_GAP: f32 = 2.0;
/// Comfortable braking in the urban set, m/s²; what data sets give as deceleration is their hardest.
const COMFORT: f32 = 2.5;

/// The slowest driver's share of the limit, and what each of 255 steps to the fastest adds.
const MANNER: (f32, f32) = (0.92, 0.16 / 255.0);
/// A tag's manner where a type says how its drivers spread: the mean, and so many steps a deviation.
const MANNER_MEAN: f32 = 128.0;
const MANNER_STEPS: f32 = 32.0;
/// No driver wants less or more of the limit than this, unless the type's own mean lies beyond: SUMO's
/// bounds. A wide normal spread would have drivers who never move.
const FACTORS: (f32, f32) = (0.2, 2.0);
/// SUMO's hardest braking of cars, m/s².
const SUMO_BRAKE_MAX: f32 = 9.0;
/// The least reaction time that the `Sumo` set takes, seconds.
const SUMO_HEADWAY_LEAST_S: f64 = 0.1;

/// A type of vehicle, ready to be driven. Metres, seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) length: f32,
    pub(super) min_gap: f32,
    pub(super) max_speed: f32,
    pub(super) acceleration: f32,
    /// Comfortable braking.
    pub(super) deceleration: f32,
    /// The hardest braking.
    pub(super) brake_max: f32,
    /// Net time gap; in the `CityFlow` set the data's own headway.
    pub(super) headway: f32,
    /// 1 / (2 √(acceleration · deceleration)).
    pub(super) closing: f32,
    /// Krauss's imperfection, 0 to 1.
    pub(super) dawdle: f32,
    /// From side to side, metres.
    pub(super) width: f32,
    /// Whether it shares lanes; see [`super::mixed`].
    pub(super) is_narrow: bool,
    /// Whether it passes between lanes; see [`super::mixed`].
    pub(super) is_between: bool,
    /// How far its drivers' desired speeds lie apart, as a share of what cars' do.
    spread: f32,
    /// The share of the limit of the slowest driver, and what each step of a tag's manner adds.
    pub(super) manner: (f32, f32),
    /// Whether manners spread normally about the middle; else evenly.
    is_normal: bool,
    /// Whether others make way for it, and red does not hold it for long.
    pub(super) is_emergency: bool,
}

impl Kind {
    pub(super) fn new(given: &VehicleType, model: Model, weather: Weather) -> Self {
        let class = class(given.class);
        let factors = weather.factors();
        let acceleration = given.acceleration as f32;
        let (acceleration, deceleration, headway, brake_max) = match model {
            Model::CityFlow => {
                let brake = given.deceleration as f32;
                (acceleration, brake, given.headway_s as f32, brake)
            }
            Model::Sumo => {
                let net = (given.headway_s - HEADWAY_FRONT_KRAUSS_S).max(SUMO_HEADWAY_LEAST_S);
                let brake = (given.deceleration as f32).min(factors.brake_max);
                let hardest = SUMO_BRAKE_MAX.max(brake);
                (acceleration / factors.start, brake, net as f32 / factors.flow, hardest)
            }
            Model::Urban | Model::Krauss => {
                // A type's headway is from front to front; what is left of it behind the bumper
                // when a queue discharges is the model's.
                let (front, comfort) = match model {
                    Model::Krauss => (HEADWAY_FRONT_KRAUSS_S, given.deceleration as f32),
                    _ => (HEADWAY_FRONT_S, COMFORT.min(given.deceleration as f32)),
                };
                let net = (given.headway_s - front).max(HEADWAY_LEAST_S) as f32;
                let comfort = comfort.min(factors.brake_max);
                let quick = acceleration.min(class.acceleration) / factors.start;
                (quick, comfort, net / factors.flow, factors.brake_max)
            }
        };
        let manner = given.speed_factor.map_or(MANNER, |factor| {
            let step = factor.deviation as f32 / MANNER_STEPS;
            (factor.mean as f32 - MANNER_MEAN * step, step)
        });
        Self {
            length: given.length.0 as f32,
            min_gap: match model {
                Model::Urban => STAND_GAP.min(given.min_gap.0 as f32),
                Model::Krauss | Model::Sumo | Model::CityFlow => given.min_gap.0 as f32,
            },
            max_speed: given.max_speed.0 as f32 * factors.speed,
            acceleration,
            deceleration,
            brake_max,
            headway,
            closing: 0.5 / (acceleration * deceleration).sqrt(),
            dawdle: given.imperfection.map_or(class.dawdle, |share| share as f32),
            width: class.width,
            is_narrow: given.class == VehicleClass::TwoWheeler && model != Model::CityFlow,
            is_between: given.class == VehicleClass::Emergency && model != Model::CityFlow,
            spread: class.spread,
            manner,
            is_normal: given.speed_factor.is_some(),
            is_emergency: given.class == VehicleClass::Emergency,
        }
    }
}

/// A driver's manner by chance: `draw` gives numbers in `[0, 1)`, each its own.
pub(super) fn manner_of(kind: &Kind, draw: impl Fn(u32) -> f32) -> u8 {
    if !kind.is_normal {
        return (MANNER_MEAN + (draw(0) * 256.0 - MANNER_MEAN) * kind.spread) as u8;
    }
    // The sum of twelve even numbers is near enough to normal, its deviation 1.
    let z: f32 = (0..12).map(draw).sum::<f32>() - 6.0;
    let (first, step) = kind.manner;
    let mean = first + MANNER_MEAN * step;
    let place = |factor: f32| if step > 0.0 { (factor - first) / step } else { MANNER_MEAN };
    let slowest = place(FACTORS.0.min(mean)).ceil().clamp(0.0, MANNER_MEAN);
    let fastest = place(FACTORS.1.max(mean)).floor().clamp(MANNER_MEAN, 255.0);
    (MANNER_MEAN + MANNER_STEPS * z).clamp(slowest, fastest) as u8
}

struct Class {
    /// The most that the class accelerates, m/s².
    acceleration: f32,
    dawdle: f32,
    width: f32,
    spread: f32,
}

/// Who drives for a living drives more evenly. Widths and accelerations near those of SUMO's vehicle classes; unverified.
fn class(class: VehicleClass) -> Class {
    let (acceleration, dawdle, width, spread) = match class {
        VehicleClass::Car => (2.0, 0.5, 1.8, 1.0),
        VehicleClass::Bus | VehicleClass::SchoolBus => (1.2, 0.5, 2.5, 0.5),
        VehicleClass::Coach => (1.3, 0.5, 2.5, 0.5),
        VehicleClass::Truck => (1.0, 0.5, 2.4, 0.5),
        VehicleClass::HazardousGoods => (0.8, 0.3, 2.5, 0.25),
        VehicleClass::Emergency => (2.5, 0.2, 2.0, 0.5),
        VehicleClass::TwoWheeler => (2.0, 0.5, 0.8, 1.0),
    };
    Class { acceleration, dawdle, width, spread }
}
