//! Who really drove through the section, when and how fast.
//!
//! Most drive about as fast as they may, some a good deal faster; some rest on the way, leave by the side
//! exit or turn round and leave by none; some come again soon; of some plates there are two.

use interval_speed::{PlateColour, VehicleClass, VehicleColour};

use super::road::{BEGIN, EXIT, SIDE, SURVEY_ERROR, length, limit};
use crate::random::Random;
use crate::world::{self, Plate};

/// Between two vehicles, on average, milliseconds: 4,300 an hour on three lanes.
const HEADWAY: f64 = 833.0;
/// Shares of vehicles.
const TRUCKS: f64 = 0.2;
const FAST: f64 = 0.03;
const RESTS: f64 = 0.02;
const BY_SIDE: f64 = 0.12;
const TURNS_ROUND: f64 = 0.01;
const COMES_AGAIN: f64 = 0.01;
const TWINS: f64 = 0.000_2;

/// One vehicle's way through the section.
#[derive(Clone, Debug)]
pub(super) struct Pass {
    /// Which plate, by its number.
    pub(super) plate: u32,
    pub(super) class: VehicleClass,
    pub(super) colour: VehicleColour,
    /// When its front was over the entry's line, milliseconds from the begin.
    pub(super) entered: f64,
    pub(super) entry_lane: u8,
    /// Where it left, on which lane, and when; none where it turned round.
    pub(super) left: Option<(u16, u8, f64)>,
    /// Its true average speed, km/h; 0 where it left nowhere.
    pub(super) speed: f64,
    /// Whether another has the same plate.
    pub(super) is_twin: bool,
}

impl Pass {
    pub(super) fn is_car(&self) -> bool {
        self.class == VehicleClass::Car
    }
}

/// A plate's text and colour.
pub(super) fn plate(seed: u64, pass: &Pass) -> Option<(String, PlateColour)> {
    let class = match pass.class {
        VehicleClass::Car => scenario::VehicleClass::Car,
        _ => scenario::VehicleClass::Truck,
    };
    // A plate's class is that of whoever had it first: twins share the number's parity.
    let plate = Plate::of(seed, pass.plate, class)?;
    let colour = match plate.colour {
        world::PlateColour::Blue => PlateColour::Blue,
        world::PlateColour::Yellow => PlateColour::Yellow,
        world::PlateColour::Green => PlateColour::Green,
        world::PlateColour::YellowGreen => PlateColour::YellowGreen,
        world::PlateColour::White => PlateColour::White,
        world::PlateColour::Black => PlateColour::Black,
    };
    Some((plate.text, colour))
}

/// Enough passes for so many passages, by the time of their entry.
pub(super) fn drive(passages: usize, seed: u64) -> Vec<Pass> {
    let mut random = Random::new(seed);
    let mut now = 0.0;
    let mut all = Vec::with_capacity(passages / 2 + 16);
    let mut number = 0_u32;
    while all.len() < passages / 2 + 8 {
        now += -HEADWAY * (1.0 - unit(&mut random)).ln();
        let first = pass(&mut random, number, now);
        number += 1;
        let chance = unit(&mut random);
        if chance < COMES_AGAIN {
            // Only who has left, or turned round, can come on again.
            let gone = first.left.map_or(now + 120_000.0, |(_, _, left)| left);
            let later = gone + 120_000.0 + 2_400_000.0 * unit(&mut random);
            let again = pass(&mut random, first.plate, later);
            all.push(Pass { class: first.class, colour: first.colour, ..again });
        } else if chance < COMES_AGAIN + TWINS {
            let about = now + 3_600_000.0 * (unit(&mut random) - 0.5);
            let twin = pass(&mut random, first.plate, about.max(0.0));
            // A copied plate is mostly put on the like of its owner's.
            let colour = if unit(&mut random) < 0.5 { first.colour } else { twin.colour };
            all.push(Pass { class: first.class, colour, is_twin: true, ..twin });
            all.push(Pass { is_twin: true, ..first });
            continue;
        }
        all.push(first);
    }
    all.sort_by(|a, b| a.entered.total_cmp(&b.entered));
    all
}

fn pass(random: &mut Random, plate: u32, entered: f64) -> Pass {
    let class = if unit(random) < TRUCKS { VehicleClass::HeavyTruck } else { VehicleClass::Car };
    let is_car = class == VehicleClass::Car;
    let allowed = f64::from(limit(is_car, entered as i64).unwrap_or(80));
    let share = if unit(random) < FAST {
        1.0 + 0.6 * unit(random)
    } else {
        (0.93 + 0.07 * normal(random)).clamp(0.4, 1.6)
    };
    let colours = VehicleColour::ALL;
    let at = random.below(colours.len() as i64 - 1) as usize + 1;
    let entry_lane = random.below(3) as u8;
    let left = (unit(random) >= TURNS_ROUND).then(|| {
        let exit = if unit(random) < BY_SIDE { SIDE } else { EXIT };
        let lane = if exit == SIDE { 0 } else { random.below(3) as u8 };
        // The way is as the survey has it, give or take its uncertainty, and never cut short.
        let error = f64::from(SURVEY_ERROR) * (2.0 * unit(random) - 1.0);
        let way = f64::from(length(entry_lane, exit, lane)) + error;
        let way = way * (1.0 + 0.001 * unit(random));
        let rest = if unit(random) < RESTS { 60_000.0 + 1_500_000.0 * unit(random) } else { 0.0 };
        let took = way * 3.6 / (allowed * share) + rest;
        ((exit, lane, entered + took), way * 3.6 / took)
    });
    Pass {
        plate,
        class,
        colour: colours[at].1,
        entered,
        entry_lane,
        left: left.map(|(left, _)| left),
        speed: left.map_or(0.0, |(_, speed)| speed),
        is_twin: false,
    }
}

/// An instant from the begin, as a wall clock without an error has it.
pub(super) fn wall(at: f64) -> f64 {
    BEGIN as f64 + at
}

/// In `[0, 1)`.
pub(super) fn unit(random: &mut Random) -> f64 {
    const PARTS: i64 = 1 << 53;
    random.below(PARTS) as f64 / PARTS as f64
}

/// About normal with spread 1: the sum of twelve, less six.
pub(super) fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| unit(random)).sum::<f64>() - 6.0
}
