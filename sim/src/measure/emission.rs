//! Fuel and carbon dioxide from the power at the wheels, class by class.
//!
//! P = m·(1+r)·a·v + m·g·c·v + ½·ρ·A·v³, never below nothing; fuel is idling plus P by the efficiency
//! and the heat of the fuel. That is the physics of a vehicle on a level road (as in textbooks of
//! vehicle dynamics, and the base of Akçelik's and of Barth's models of fuel); the masses, drag areas
//! and efficiencies are round figures of their classes and *unverified*. It ranks plans and shows where
//! fuel goes; it is no inventory of emissions.

use scenario::VehicleClass;

/// Density of air, kg/m³.
const AIR: f64 = 1.2;
/// Gravity, m/s².
const GRAVITY: f64 = 9.81;
/// What turning parts add to the mass.
const ROTATING: f64 = 0.05;
/// Heat of fuel, J/g, and the carbon dioxide of a gram burnt, g: petrol and diesel alike within 2 %.
const HEAT: f64 = 42_800.0;
const CARBON_DIOXIDE: f64 = 3.16;

/// A class's constants.
#[derive(Clone, Copy, Debug)]
struct Body {
    /// kg, loaded as usual.
    mass: f64,
    /// Rolling resistance, a share of the weight.
    rolling: f64,
    /// Drag coefficient times frontal area, m².
    drag_area: f64,
    /// From fuel to wheel.
    efficiency: f64,
    /// Fuel at a standstill, g/s.
    idle: f64,
}

/// What a vehicle burns and emits, grams or grams a second.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Emission {
    /// Fuel.
    pub fuel: f64,
    /// Carbon dioxide.
    pub carbon_dioxide: f64,
}

impl Emission {
    /// Adds what was emitted in `seconds`.
    pub fn add(&mut self, rate: Self, seconds: f64) {
        self.fuel += rate.fuel * seconds;
        self.carbon_dioxide += rate.carbon_dioxide * seconds;
    }
}

/// What a vehicle emits a second at a speed (m/s) and an acceleration (m/s²). Two-wheelers are taken
/// for electric: nothing comes out where they ride.
#[must_use]
pub fn emission(class: VehicleClass, speed: f64, acceleration: f64) -> Emission {
    let Some(body) = body(class) else {
        return Emission::default();
    };
    let inertia = body.mass * (1.0 + ROTATING) * acceleration * speed;
    let rolling = body.mass * GRAVITY * body.rolling * speed;
    let air = 0.5 * AIR * body.drag_area * speed * speed * speed;
    let power = (inertia + rolling + air).max(0.0);
    let fuel = body.idle + power / body.efficiency / HEAT;
    Emission { fuel, carbon_dioxide: fuel * CARBON_DIOXIDE }
}

fn body(class: VehicleClass) -> Option<Body> {
    let body = |mass, rolling, drag_area, efficiency, idle| {
        Some(Body { mass, rolling, drag_area, efficiency, idle })
    };
    match class {
        VehicleClass::Car => body(1_400.0, 0.012, 0.66, 0.28, 0.2),
        VehicleClass::Bus | VehicleClass::Coach => body(13_000.0, 0.008, 4.5, 0.36, 0.6),
        VehicleClass::SchoolBus => body(8_000.0, 0.008, 4.0, 0.35, 0.5),
        VehicleClass::Truck | VehicleClass::HazardousGoods => body(16_000.0, 0.008, 5.0, 0.38, 0.6),
        VehicleClass::Emergency => body(3_500.0, 0.010, 2.2, 0.32, 0.35),
        VehicleClass::TwoWheeler => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_car_burns_what_cars_burn() {
        // At 50 km/h and steady, 3 to 6 litres of petrol (745 g each) on 100 km.
        let rate = emission(VehicleClass::Car, 13.9, 0.0).fuel;
        let litres = rate * (100_000.0 / 13.9) / 745.0;
        assert!((3.0..6.0).contains(&litres), "{litres} l on 100 km");
        // At a standstill 0.6 to 1.2 litres an hour.
        let litres = emission(VehicleClass::Car, 0.0, 0.0).fuel * 3_600.0 / 745.0;
        assert!((0.6..1.2).contains(&litres), "{litres} l an hour");
    }

    #[test]
    fn more_work_burns_more_and_braking_no_less_than_idling() {
        for &(name, class) in VehicleClass::ALL {
            let fuel = |speed, acceleration| emission(class, speed, acceleration).fuel;
            assert!(fuel(10.0, 1.0) >= fuel(10.0, 0.0), "{name}");
            assert!(fuel(15.0, 0.0) >= fuel(10.0, 0.0), "{name}");
            assert_eq!(fuel(10.0, -8.0), fuel(0.0, 0.0), "{name}");
        }
    }
}
