//! What is looked for in everything that a unit says: whether it is the model, whether it falls back
//! by itself, whether it has started again.

use hw_profiles::{Check, Must, Point, Profile, text_of};
use units::Millis;

use crate::map::PointValue;

/// Why what was read is not from the model of the profile.
pub(super) fn another(profile: &Profile, points: &[PointValue]) -> Option<String> {
    let wrong = profile.identity.iter().find_map(|check| fails(check, points))?;
    Some(format!("{wrong}: another device"))
}

fn fails(check: &Check, points: &[PointValue]) -> Option<String> {
    let of = points.iter().filter(|read| read.point == check.point);
    let values: Vec<Option<f64>> = of.map(|read| read.value.number()).collect();
    if values.is_empty() || check.passes(&values) {
        return None;
    }
    let name = check.point.name();
    let (least, most) = match &check.must {
        Must::Contain(text) => {
            let found = text_of(&values);
            return Some(format!("{name} is \"{found}\", without \"{text}\""));
        }
        Must::Lie { at_least, at_most } => (at_least, at_most),
    };
    let wrong = values.iter().find(|value| !check.passes(&[**value])).copied().flatten();
    let found = wrong.map_or_else(|| "not known".to_owned(), |number| number.to_string());
    Some(if least == most {
        format!("{name} is {found}, not {least}")
    } else {
        format!("{name} is {found}, not within {least} to {most}")
    })
}

/// The time of the unit's watchdog, where it was read; profiles have it in seconds or milliseconds.
pub(super) fn watchdog(profile: &Profile, points: &[PointValue]) -> Option<Millis> {
    let read = points.iter().find(|read| read.point == Point::WatchdogTime)?;
    let number = read.value.number()?;
    Some(match &profile.register(Point::WatchdogTime)?.unit[..] {
        "ms" => Millis::from_secs_f64(number / 1_000.0),
        "s" => Millis::from_secs_f64(number),
        _ => return None,
    })
}

/// A profile's guards, and why each does not hold, as last read.
#[derive(Clone, Debug)]
pub(super) struct Guards {
    checks: Vec<(Check, Option<String>)>,
    /// Why its watchdog is not known to be on, where no register tells and nobody has tried it.
    untold: Option<String>,
    /// What says that it is tripped and refuses writes, and whether it is so.
    tripped: Option<(Point, bool)>,
}

impl Guards {
    /// The guards of a profile. `tried`: somebody has seen the outputs fall when nobody wrote.
    pub(super) fn of(profile: &Profile, tried: bool) -> Self {
        let untold = Some(&profile.watchdog.untold).filter(|text| !text.is_empty() && !tried);
        Self {
            checks: profile.guards().map(|check| (check.clone(), None)).collect(),
            untold: untold.map(|_| {
                "no register tells whether its watchdog is on, and the site does not say that \
                 somebody has tried it (watchdog_tried): nothing is written"
                    .to_owned()
            }),
            tripped: profile.safe_mode.map(|safe_mode| (safe_mode.tripped, false)),
        }
    }

    pub(super) fn look(&mut self, points: &[PointValue]) {
        for (check, failing) in &mut self.checks {
            if points.iter().any(|read| read.point == check.point) {
                *failing = fails(check, points).map(|why| format!("{why}: nothing is written"));
            }
        }
        if let Some((point, is_tripped)) = &mut self.tripped
            && let Some(read) = points.iter().find(|read| read.point == *point)
        {
            *is_tripped = read.value.number() != Some(0.0);
        }
    }

    /// Whether the unit is tripped, and refuses what is written until it is brought back.
    pub(super) fn is_tripped(&self) -> bool {
        self.tripped.is_some_and(|(_, is_tripped)| is_tripped)
    }

    /// Whether nothing but the trip speaks against writing.
    pub(super) fn is_clearable(&self) -> bool {
        self.is_tripped() && self.standing().is_none()
    }

    /// Why the unit must not be written to.
    pub(super) fn failing(&self) -> Option<String> {
        let tripped = || {
            let what = "its watchdog has tripped, and it refuses what is written until it is \
                        brought back";
            self.is_tripped().then(|| what.to_owned())
        };
        self.standing().or_else(tripped)
    }

    fn standing(&self) -> Option<String> {
        let failing = self.checks.iter().find_map(|(_, failing)| failing.clone());
        failing.or_else(|| self.untold.clone())
    }
}

/// What shows that a unit has started again: its boot count, or its uptime where it has none.
#[derive(Clone, Debug)]
pub(super) struct Starts {
    point: Point,
    known: Option<u64>,
}

impl Starts {
    pub(super) fn of(profile: &Profile) -> Self {
        let counts = profile.register(Point::BootCount).is_some();
        Self { point: if counts { Point::BootCount } else { Point::Uptime }, known: None }
    }

    /// Whether what was read shows a start since it was last read.
    pub(super) fn again(&mut self, points: &[PointValue]) -> bool {
        let read = points.iter().find(|read| read.point == self.point);
        let Some(value) = read.and_then(|read| read.value.whole()) else {
            return false;
        };
        let known = self.known.replace(value);
        known.is_some_and(|known| {
            if self.point == Point::BootCount { value != known } else { value < known }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::Value;

    fn read(point: Point, values: &[f64]) -> Vec<PointValue> {
        let value = |(index, &number): (u16, &f64)| PointValue {
            point,
            index,
            value: if number.is_nan() { Value::Invalid } else { Value::Number(number) },
        };
        (0_u16..).zip(values).map(value).collect()
    }

    #[test]
    fn another_model_is_told_by_what_differs() {
        let profile = hw_profiles::builtin("open-stage-controller").expect("it ships");
        for (points, expected) in [
            (read(Point::IdentityMagic, &[18_263.0]), None),
            (read(Point::IdentityMagic, &[7.0]), Some("identity-magic is 7, not 18263")),
            (read(Point::MapVersion, &[2.0]), Some("map-version is 2, not 1: another device")),
            (read(Point::MapVersion, &[f64::NAN]), Some("map-version is not known, not 1")),
            (read(Point::Mode, &[99.0]), None),
            (Vec::new(), None),
        ] {
            let found = another(&profile, &points);
            match expected {
                None => assert_eq!(found, None),
                Some(text) => {
                    assert!(found.as_ref().is_some_and(|f| f.contains(text)), "{found:?}");
                }
            }
        }
    }

    #[test]
    fn every_guard_is_remembered_until_it_is_read_again() {
        let profile = hw_profiles::builtin("remote-io").expect("it ships");
        let mut guards = Guards::of(&profile, false);
        assert_eq!(guards.failing(), None, "nothing speaks against it yet");
        guards.look(&read(Point::WatchdogTime, &[0.0]));
        let failing = guards.failing().expect("it is off");
        assert!(failing.contains("watchdog-time is 0, not within 500 to 10000"), "{failing}");
        guards.look(&read(Point::SafeOutput, &[0.0; 16]));
        guards.look(&read(Point::Input, &[1.0]));
        assert!(guards.failing().is_some(), "it is still off");
        let mut one_on = [0.0; 16];
        one_on[11] = 1.0;
        guards.look(&read(Point::SafeOutput, &one_on));
        guards.look(&read(Point::WatchdogTime, &[500.0]));
        let failing = guards.failing().expect("an output is not safe");
        assert!(failing.contains("safe-output is 1, not 0"), "{failing}");
        guards.look(&read(Point::SafeOutput, &[0.0; 16]));
        assert_eq!(guards.failing(), None);
        guards.look(&read(Point::WatchdogTime, &[f64::NAN]));
        assert!(guards.failing().is_some(), "what is not known is not safe");
    }

    #[test]
    fn a_start_is_another_count_or_an_uptime_that_went_back() {
        let counted = hw_profiles::builtin("open-stage-controller").expect("it ships");
        let mut starts = Starts::of(&counted);
        let mut again = Vec::new();
        for count in [65_535.0, 65_535.0, 0.0, 0.0, 7.0] {
            // Its uptime does not matter where it counts.
            assert!(!starts.again(&read(Point::Uptime, &[1.0])));
            again.push(starts.again(&read(Point::BootCount, &[count])));
        }
        assert_eq!(again, [false, false, true, false, true]);
        let mut timed = counted;
        timed.registers.retain(|register| register.point != Point::BootCount);
        let mut starts = Starts::of(&timed);
        let again: Vec<bool> = [50.0, 50.0, 51.0, 3.0, f64::NAN, 4.0]
            .iter()
            .map(|&uptime| starts.again(&read(Point::Uptime, &[uptime])))
            .collect();
        assert_eq!(again, [false, false, false, true, false, false]);
    }
}
