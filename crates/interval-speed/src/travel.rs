//! Travel times of a section, from trips that have no plates any more.
//!
//! Figures are of the last minutes and of five vehicles at least: what is of fewer is told to nobody,
//! since one who knows a vehicle could find it in it. Vehicles that are overdue are told by the share of
//! those who came on some time ago and have not been seen leaving, against the share that is usual: with
//! eight reads of ten, a third of them is never seen leaving, and nothing is wrong.

use std::collections::VecDeque;

use units::{Millis, WallTime};

use crate::matcher::Trip;

/// No figure is of fewer vehicles.
pub const VEHICLES_MIN: usize = 5;
/// Over how long a figure is taken, unless said otherwise.
pub const WINDOW: Millis = Millis(300_000);
/// Trips that are remembered: what five lanes drive in an hour, six times.
const TRIPS_MAX: usize = 65_536;
/// Minutes that are remembered.
const MINUTES: usize = 180;
const MINUTE: i64 = 60_000;
/// Entries that a share is of, at least: fewer say nothing.
const ENTRIES_MIN: u32 = 20;

/// Travel times over a window.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TravelFigure {
    /// How many trips.
    pub trips: usize,
    /// How many vehicles, at least [`VEHICLES_MIN`].
    pub vehicles: usize,
    /// The time that half of them were faster than.
    pub median: Millis,
    /// The time that 15 % were faster than.
    pub fast: Millis,
    /// The time that 85 % were faster than.
    pub slow: Millis,
    /// The time that 95 % were faster than.
    pub slowest: Millis,
    /// The share of those who left, read or not, of whom a trip was made.
    pub match_rate: f64,
}

/// Who is overdue.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Overdue {
    /// How many came on in the minutes that are looked at, read or not.
    pub entered: u32,
    /// The share of them that was matched on leaving.
    pub share: f64,
    /// The share that is usual.
    pub usual: f64,
    /// How many are missing beyond what is usual.
    pub vehicles: f64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Minute {
    number: i64,
    entered: u32,
    entered_read: u32,
    left: u32,
    /// Trips that began in it.
    begun: u32,
    /// Trips that ended in it.
    ended: u32,
}

/// The travel times of a section.
#[derive(Clone, Debug)]
pub struct TravelTimes {
    trips: VecDeque<(WallTime, Millis, u64)>,
    minutes: Vec<Minute>,
}

impl Default for TravelTimes {
    fn default() -> Self {
        Self { trips: VecDeque::new(), minutes: vec![Minute::default(); MINUTES] }
    }
}

impl TravelTimes {
    /// The figure of those who left in the `window` before `now`; none where they were too few.
    #[must_use]
    pub fn figure(&self, now: WallTime, window: Millis) -> Option<TravelFigure> {
        let is_in = |left: WallTime| left > now + -window && left <= now;
        let trips = self.trips.iter().filter(|(left, ..)| is_in(*left));
        let mut times: Vec<Millis> = trips.clone().map(|&(_, travel, _)| travel).collect();
        let mut vehicles: Vec<u64> = trips.map(|&(.., pseudonym)| pseudonym).collect();
        vehicles.sort_unstable();
        vehicles.dedup();
        if vehicles.len() < VEHICLES_MIN {
            return None;
        }
        times.sort_unstable();
        let at = |per_cent: usize| times[(times.len() - 1) * per_cent / 100];
        let minutes = self.minutes.iter().filter(|minute| is_in(WallTime(minute.number * MINUTE)));
        let (left, ended) =
            minutes.fold((0, 0), |(left, ended), one| (left + one.left, ended + one.ended));
        Some(TravelFigure {
            trips: times.len(),
            vehicles: vehicles.len(),
            median: at(50),
            fast: at(15),
            slow: at(85),
            slowest: at(95),
            match_rate: f64::from(ended) / f64::from(left.max(ended).max(1)),
        })
    }

    /// Whether fewer than usual have left of those who came on between one and a half and three times
    /// the usual travel time ago; none where there is nothing to compare.
    #[must_use]
    pub fn overdue(&self, now: WallTime, usual: Millis) -> Option<Overdue> {
        let share = |from: WallTime, to: WallTime| {
            let is_in = |minute: &&Minute| {
                let at = WallTime(minute.number * MINUTE);
                at >= from && at + Millis(MINUTE) <= to
            };
            let all = self.minutes.iter().filter(is_in);
            let (entered, read, begun) = all.fold((0, 0, 0), |(entered, read, begun), one| {
                (entered + one.entered, read + one.entered_read, begun + one.begun)
            });
            (read >= ENTRIES_MIN).then(|| (entered, f64::from(begun) / f64::from(read)))
        };
        let (old, new) = (now + -(usual * 3), now + -Millis(usual.0 * 3 / 2));
        let (entered, recent) = share(old + -Millis(2 * MINUTE), new)?;
        let (_, before) = share(WallTime(i64::MIN), old + -Millis(2 * MINUTE))?;
        let vehicles = if before > 0.0 {
            (f64::from(entered) * (1.0 - recent / before)).max(0.0)
        } else {
            0.0
        };
        Some(Overdue { entered, share: recent, usual: before, vehicles })
    }

    /// How many more have come on than left in the `window` before `now`, read or not; none where
    /// they were too few.
    #[must_use]
    pub fn residual(&self, now: WallTime, window: Millis) -> Option<i64> {
        let from = now + -window;
        let is_in = |minute: &&Minute| {
            let at = WallTime(minute.number * MINUTE);
            at > from && at <= now
        };
        let all = self.minutes.iter().filter(is_in);
        let (entered, left) =
            all.fold((0, 0), |(entered, left), one| (entered + one.entered, left + one.left));
        let is_enough = entered.max(left) as usize >= VEHICLES_MIN;
        is_enough.then(|| i64::from(entered) - i64::from(left))
    }

    pub(crate) fn add(&mut self, trip: &Trip) {
        if self.trips.len() >= TRIPS_MAX {
            self.trips.pop_front();
        }
        let left = trip.entered + trip.travel;
        self.trips.push_back((left, trip.travel, trip.pseudonym));
        if let Some(minute) = self.minute(left) {
            minute.ended += 1;
        }
        if let Some(minute) = self.minute(trip.entered) {
            minute.begun += 1;
        }
    }

    pub(crate) fn entered(&mut self, at: WallTime, is_read: bool) {
        if let Some(minute) = self.minute(at) {
            minute.entered += 1;
            minute.entered_read += u32::from(is_read);
        }
    }

    pub(crate) fn left(&mut self, at: WallTime) {
        if let Some(minute) = self.minute(at) {
            minute.left += 1;
        }
    }

    /// The minute of an instant; none where it is remembered no longer.
    fn minute(&mut self, at: WallTime) -> Option<&mut Minute> {
        let number = at.0.div_euclid(MINUTE);
        let slot = &mut self.minutes[number.rem_euclid(MINUTES as i64) as usize];
        if slot.number < number {
            *slot = Minute { number, ..Minute::default() };
        }
        (slot.number == number).then_some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CameraId, Method, SectionId, VehicleClass};

    fn trip(entered_s: i64, travel_s: i64, pseudonym: u64) -> Trip {
        Trip {
            section: SectionId(0),
            exit: CameraId(1),
            entered: WallTime(entered_s * 1_000),
            travel: Millis(travel_s * 1_000),
            class: VehicleClass::Car,
            method: Method::Exact,
            pseudonym,
        }
    }

    #[test]
    fn no_figure_is_of_fewer_than_five_vehicles() {
        let mut times = TravelTimes::default();
        let now = WallTime(1_000_000);
        for n in 0..20 {
            // Four vehicles, five times each.
            times.add(&trip(700 + n, 100, n as u64 % 4));
            times.entered(WallTime(700_000), true);
            times.left(WallTime(800_000));
        }
        assert_eq!(times.figure(now, WINDOW), None);
        times.add(&trip(700, 140, 4));
        let figure = times.figure(now, WINDOW).expect("five");
        assert_eq!((figure.trips, figure.vehicles, figure.median), (21, 5, Millis(100_000)));
        assert_eq!(times.figure(now, Millis(1_000)), None, "nobody left in that second");
        assert_eq!(times.figure(WallTime(2_000_000), WINDOW), None, "they left long ago");
    }

    #[test]
    fn percentiles_are_of_the_window_alone() {
        let mut times = TravelTimes::default();
        for n in 0..101 {
            times.add(&trip(1_000, 100 + n, n as u64));
        }
        let figure = times.figure(WallTime(1_201_000), Millis(102_000)).expect("many");
        assert_eq!(
            [figure.fast, figure.median, figure.slow, figure.slowest].map(|time| time.0 / 1_000),
            [115, 150, 185, 195]
        );
    }

    #[test]
    fn who_is_missing_is_told_against_what_is_usual() {
        let mut times = TravelTimes::default();
        // One a second, eight of ten are seen leaving; from second 5,000 on nobody leaves.
        for second in 0..6_000_i64 {
            times.entered(WallTime(second * 1_000), true);
            if second % 10 < 8 && second < 4_880 {
                times.add(&trip(second, 120, second as u64));
                times.left(WallTime((second + 120) * 1_000));
            }
        }
        let usual = Millis(120_000);
        let quiet = times.overdue(WallTime(4_800_000), usual).expect("there is a usual");
        assert!(quiet.vehicles < 1.0 && (quiet.usual - 0.8).abs() < 0.01, "{quiet:?}");
        let stuck = times.overdue(WallTime(5_460_000), usual).expect("there is a usual");
        assert!(stuck.vehicles > 0.9 * f64::from(stuck.entered), "{stuck:?}");
        assert_eq!(times.overdue(WallTime(120_000), usual), None);
        let more = times.residual(WallTime(5_900_000), WINDOW).expect("many");
        assert_eq!(more, 300);
    }

    #[test]
    fn what_is_remembered_no_longer_counts_nowhere() {
        let mut times = TravelTimes::default();
        times.entered(WallTime(0), true);
        times.entered(WallTime(MINUTES as i64 * MINUTE), true);
        times.entered(WallTime(0), true);
        let all: u32 = times.minutes.iter().map(|minute| minute.entered).sum();
        assert_eq!(all, 1);
    }
}
