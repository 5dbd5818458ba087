//! All vehicles that are followed, by name.

use units::{LinkId, MetresPerSecond, Millis, Moment};

use super::courses::Courses;
use super::track::{Observation, Track, Verdict};
use crate::progress::{Place, Progress};

/// Vehicles that are followed at most: all emergency vehicles of a district.
const VEHICLES_MAX: usize = 256;
/// Who was not heard of for so long is forgotten, unless a corridor is open for him.
const FORGOTTEN: Millis = Millis(600_000);

/// The vehicles.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    vehicle: String,
    track: Track,
    heard: Moment,
    is_expected: bool,
}

impl Fleet {
    /// A vehicle is expected to drive these links from now on.
    pub fn follow(&mut self, vehicle: &str, route: &[LinkId], now: Moment) {
        if let Some(row) = self.row(vehicle, now, true) {
            row.track.follow(route);
            row.is_expected = true;
        }
    }

    /// No route is expected of it any more.
    pub fn leave(&mut self, vehicle: &str) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.vehicle == vehicle) {
            row.track.follow(&[]);
            row.is_expected = false;
        }
    }

    /// Takes what is told of a vehicle.
    pub fn hear(
        &mut self,
        courses: &Courses,
        vehicle: &str,
        told: Observation,
        now: Moment,
    ) -> Verdict {
        let Some(row) = self.row(vehicle, now, false) else { return Verdict::NotOfIt };
        let verdict = row.track.hear(courses, told, now);
        if verdict.is_taken() {
            row.heard = now;
        }
        verdict
    }

    /// Takes that somebody has passed a detector for preemption; the vehicle that it was, where exactly one
    /// of those that are expected can have been it.
    pub fn mark(
        &mut self,
        courses: &Courses,
        place: Place,
        at: Moment,
        now: Moment,
    ) -> Option<String> {
        let told = Observation::Mark { at, place };
        let mut can = self.rows.iter_mut().filter(|row| row.is_expected).filter_map(|row| {
            let mut tried = row.track.clone();
            tried.hear(courses, told, now).is_taken().then_some((row, tried))
        });
        let (row, track) = can.next()?;
        if can.next().is_some() {
            return None;
        }
        (row.track, row.heard) = (track, now);
        Some(row.vehicle.clone())
    }

    /// Where a vehicle is, carried on at a forecast speed from when it was last heard of.
    #[must_use]
    pub fn progress(
        &self,
        courses: &Courses,
        vehicle: &str,
        now: Moment,
        forecast: MetresPerSecond,
    ) -> Option<Progress> {
        let row = self.rows.iter().find(|row| row.vehicle == vehicle)?;
        row.track.progress(courses, now, forecast)
    }

    /// The row of a vehicle. Where there is no room, who was silent for longest goes, if it was long; for one
    /// that `must` be there, whoever is not expected.
    fn row(&mut self, vehicle: &str, now: Moment, must: bool) -> Option<&mut Row> {
        if let Some(at) = self.rows.iter().position(|row| row.vehicle == vehicle) {
            return self.rows.get_mut(at);
        }
        if self.rows.len() >= VEHICLES_MAX {
            let free = self.rows.iter().enumerate().filter(|(_, row)| !row.is_expected);
            let (oldest, row) = free.min_by_key(|(_, row)| row.heard)?;
            if !must && now - row.heard < FORGOTTEN {
                return None;
            }
            self.rows.remove(oldest);
        }
        let (vehicle, track) = (vehicle.to_owned(), Track::default());
        self.rows.push(Row { vehicle, track, heard: now, is_expected: false });
        self.rows.last_mut()
    }
}
