//! How fast the queue of a lane leaves, found from the street itself: the headway from vehicle to
//! vehicle at saturation, and what the start of a green costs.
//!
//! Only greens that began with a long queue say anything: from the fifth vehicle on the flow is
//! saturated, the first four tell what the start cost. Source: Highway Capacity Manual, the field
//! measurement of saturation flow; how fast what is found follows is this project's own.

use units::Millis;

/// The vehicles whose headways still hold the start.
const STARTING: usize = 4;
/// A queue is long from so many on.
const LONG: usize = 8;
/// More of one green tell no more.
const KEPT_MAX: usize = 40;
/// How much one green counts against what was known before.
const NEW: f64 = 0.15;
/// Headways and start-up losses that can be, seconds.
const HEADWAYS: std::ops::RangeInclusive<f64> = 1.2..=5.0;
const START_UPS: std::ops::RangeInclusive<f64> = 0.0..=8.0;
/// A longer pause is not of one queue, seconds.
const PAUSE: f64 = 6.0;

/// What lies on the road: drivers keep other distances on each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Surface {
    /// Nothing.
    #[default]
    Dry,
    /// Water.
    Wet,
    /// Snow or ice.
    Snow,
}

/// What is known of a lane's discharge on each surface.
#[derive(Clone, PartialEq, Debug)]
pub struct Discharging {
    /// Headway and start-up loss, seconds, and how many greens have told.
    known: [(f64, f64, u32); 3],
    /// Seconds after the begin of green at which each left.
    left: Vec<f64>,
    /// When the green began.
    since: Option<Millis>,
    /// Whether the queue that it found has left.
    is_over: bool,
}

impl Default for Discharging {
    /// Before anything is known: what algorithms.md gives for Chinese cities, and about a tenth more
    /// in the wet and a third more on snow. Unverified.
    fn default() -> Self {
        Self {
            known: [(2.2, 2.0, 0), (2.4, 2.2, 0), (2.9, 2.8, 0)],
            left: Vec::with_capacity(KEPT_MAX),
            since: None,
            is_over: false,
        }
    }
}

impl Discharging {
    /// From vehicle to vehicle at saturation, seconds.
    #[must_use]
    pub fn headway(&self, surface: Surface) -> f64 {
        self.known[surface as usize].0
    }

    /// What the first vehicles of a green lose together, seconds.
    #[must_use]
    pub fn start_up(&self, surface: Surface) -> f64 {
        self.known[surface as usize].1
    }

    /// How many greens have told of it.
    #[must_use]
    pub fn greens(&self, surface: Surface) -> u32 {
        self.known[surface as usize].2
    }

    /// Another moment: whether the lane has green, and how many left since the moment before.
    pub fn look(&mut self, now: Millis, is_green: bool, gone: usize, surface: Surface) {
        let Some(since) = self.since.filter(|&since| is_green && now >= since) else {
            if self.since.is_some() {
                self.end(surface);
            }
            self.since = is_green.then_some(now);
            self.is_over = false;
            return;
        };
        if self.is_over {
            return;
        }
        let at = Millis(now.0.saturating_sub(since.0)).as_secs_f64();
        let pause = at - self.left.last().copied().unwrap_or(0.0);
        if pause > PAUSE {
            // What comes after drives by.
            self.end(surface);
            self.is_over = true;
            return;
        }
        let room = KEPT_MAX.saturating_sub(self.left.len());
        self.left.extend(std::iter::repeat_n(at, gone.min(room)));
    }

    /// Learns from a green that is over.
    fn end(&mut self, surface: Surface) {
        let count = self.left.len();
        if count >= LONG {
            let (fourth, last) = (self.left[STARTING - 1], self.left[count - 1]);
            let headway = (last - fourth) / (count - STARTING) as f64;
            let start_up = fourth - STARTING as f64 * headway;
            let known = &mut self.known[surface as usize];
            if HEADWAYS.contains(&headway) {
                known.0 += NEW * (headway - known.0);
                known.1 += NEW * (start_up.clamp(*START_UPS.start(), *START_UPS.end()) - known.1);
                known.2 = known.2.saturating_add(1);
            }
        }
        self.left.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Greens of 40 s, in which a queue of so many leaves by this law.
    fn greens(discharging: &mut Discharging, count: usize, law: (f64, f64), queue: usize) {
        let mut now = 0;
        for _ in 0..count {
            for second in 0..80_i64 {
                let is_green = second >= 40;
                let before = |second: f64| {
                    let n = (second - law.1) / law.0;
                    if n < 0.0 { 0 } else { (n as usize).min(queue) }
                };
                let at = second as f64 - 40.0;
                let gone = if is_green { before(at) - before(at - 1.0) } else { 0 };
                discharging.look(Millis::from_secs(now), is_green, gone, Surface::Dry);
                now += 1;
            }
        }
    }

    #[test]
    fn long_queues_tell_headway_and_start_up_and_short_ones_nothing() {
        let mut discharging = Discharging::default();
        greens(&mut discharging, 40, (1.9, 2.5), 14);
        let (headway, start_up) =
            (discharging.headway(Surface::Dry), discharging.start_up(Surface::Dry));
        assert!((headway - 1.9).abs() < 0.12, "{headway}");
        assert!((start_up - 2.5).abs() < 0.9, "{start_up}");
        assert!(discharging.greens(Surface::Dry) >= 39);
        assert_eq!(discharging.greens(Surface::Wet), 0);
        let before = discharging.clone();
        greens(&mut discharging, 10, (3.5, 2.5), 5);
        assert_eq!(discharging.known, before.known);
    }

    #[test]
    fn absurd_moments_teach_nothing_absurd() {
        let mut discharging = Discharging::default();
        for (now, gone) in [(0, 0), (i64::MAX, 90), (i64::MIN, 90), (5, usize::MAX), (4, 9), (5, 0)]
        {
            discharging.look(Millis(now), true, gone, Surface::Snow);
            discharging.look(Millis(now), false, gone, Surface::Snow);
        }
        assert!(HEADWAYS.contains(&discharging.headway(Surface::Snow)));
        assert!(START_UPS.contains(&discharging.start_up(Surface::Snow)));
    }
}
