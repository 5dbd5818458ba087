//! An origin–destination matrix: trips an hour from zone to zone, over a profile of the day.
//!
//! A *zone* is where trips begin and end: links on which its vehicles enter the network and links on
//! which they leave it, with weights. A trip of a pair of zones draws, by chance from the seed, what
//! drives, and its way: an entry, an exit and one of the ways between them (`ways`).

use units::{LinkId, Millis};

use super::VehicleType;
use super::draw::{Arrivals, Drawn, Weighted};
use crate::chance::{Chance, Use};

/// A time of the day, and how much of the matrix drives then.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Step {
    pub(crate) start: Millis,
    pub(crate) end: Millis,
    pub(crate) factor: f64,
}

/// Trips from one zone to another.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Pair {
    /// What its chance is drawn by: a number of the two names.
    pub(crate) key: u64,
    pub(crate) per_hour: f64,
    /// Every way from an entry to an exit.
    pub(crate) ways: Weighted<Vec<LinkId>>,
}

/// A matrix whose zones and ways are found.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Matrix {
    pub(crate) pairs: Vec<Pair>,
    pub(crate) profile: Vec<Step>,
    pub(crate) vehicles: Weighted<VehicleType>,
    pub(crate) arrivals: Arrivals,
}

impl Matrix {
    /// How many trips it has in the mean.
    pub(crate) fn expected(&self) -> f64 {
        let hours: f64 = self.profile.iter().map(|step| hours(step) * step.factor).sum();
        self.pairs.iter().map(|pair| pair.per_hour * hours).sum()
    }

    /// Draws its trips; `which` tells the matrices of one file apart.
    pub(crate) fn expand(&self, seed: u64, which: u64, drawn: &mut Drawn) {
        for pair in &self.pairs {
            for (number, step) in (0_u64..).zip(&self.profile) {
                let expected = pair.per_hour * step.factor * hours(step);
                let chance = |what| Chance::new(seed, what, pair.key, which << 32 | number);
                let (mut vehicle, mut way) = (chance(Use::MatrixVehicle), chance(Use::MatrixWay));
                let mut arrivals = chance(Use::MatrixArrivals);
                let span = (step.start, step.end);
                for at in self.arrivals.times(span, expected, &mut arrivals) {
                    let vehicle = *self.vehicles.pick(vehicle.even());
                    drawn.add(pair.ways.pick(way.even()).clone(), vehicle, at);
                }
            }
        }
    }
}

fn hours(step: &Step) -> f64 {
    (step.end - step.start).as_secs_f64() / 3_600.0
}
