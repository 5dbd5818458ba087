//! Change and clearance intervals where a site gives none.
//!
//! Vehicles: the ITE formula as in MassDOT (2013) and NCHRP Report 731 (2012), p. 46. Yellow
//! `Y = t + v / (2a + 2gG)` with t = 1 s, a = 3.05 m/s²; held to 3–6 s (FDOT TEM 3.6). All red
//! `R = (w + L) / v` with L = 6.1 m; at most 6 s. Pedestrians: walk of at least 7 s and a clearance
//! at 1.07 m/s (3.5 ft/s) with a buffer of 3 s, all MUTCD, *unverified* here.

use units::{Metres, MetresPerSecond, Millis};

/// Perception and reaction.
const REACTION_S: f64 = 1.0;
/// Comfortable deceleration, m/s².
const DECELERATION: f64 = 3.05;
/// Gravity, m/s².
const GRAVITY: f64 = 9.81;
/// The vehicle that must clear the junction, metres.
const VEHICLE_LENGTH: f64 = 6.1;
/// Pedestrians' speed in the clearance, m/s; unverified (MUTCD).
const WALKING_SPEED: f64 = 1.07;
/// The shortest walk; unverified (MUTCD).
pub const WALK_MIN: Millis = Millis(7_000);

/// What follows a pedestrians' clearance before anybody else starts; unverified (MUTCD).
pub const PEDESTRIAN_BUFFER: Millis = Millis(3_000);

/// Yellow for an approach speed and a grade (0.02 is 2 % uphill), rounded up to 0.1 s, 3–6 s.
#[must_use]
pub fn yellow(speed: MetresPerSecond, grade: f64) -> Millis {
    let braking = (2.0 * DECELERATION + 2.0 * grade * GRAVITY).max(f64::EPSILON);
    tenths(REACTION_S + speed.0 / braking).clamp(Millis(3_000), Millis(6_000))
}

/// All red for a junction `width` across at an approach speed, rounded up to 0.1 s, at most 6 s.
#[must_use]
pub fn all_red(width: Metres, speed: MetresPerSecond) -> Millis {
    tenths((width.0 + VEHICLE_LENGTH) / speed.0.max(f64::EPSILON))
        .clamp(Millis::ZERO, Millis(6_000))
}

/// The clearance of a crossing of this length, rounded up to 0.1 s.
#[must_use]
pub fn pedestrian_clearance(length: Metres) -> Millis {
    tenths(length.0 / WALKING_SPEED)
}

/// Rounded up to a tenth of a second, the resolution of controllers and of the event codes.
fn tenths(seconds: f64) -> Millis {
    Millis::from_secs_f64((seconds * 10.0).ceil() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yellow_follows_the_formula_within_its_bounds() {
        for (kmh, grade, tenths) in
            [(40.0, 0.0, 30), (60.0, 0.0, 38), (60.0, 0.05, 34), (120.0, 0.0, 60)]
        {
            let span = yellow(MetresPerSecond(kmh / 3.6), grade);
            assert_eq!(span, Millis(tenths * 100), "{kmh} km/h at {grade}");
        }
    }

    #[test]
    fn all_red_clears_the_junction() {
        assert_eq!(all_red(Metres(20.0), MetresPerSecond(10.0)), Millis(2_700));
        assert_eq!(all_red(Metres(90.0), MetresPerSecond(10.0)), Millis(6_000));
    }

    #[test]
    fn pedestrians_get_the_time_to_finish() {
        assert_eq!(pedestrian_clearance(Metres(10.7)), Millis(10_000));
    }
}
