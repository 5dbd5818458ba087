//! What is looked for in everything that a unit says: whether it is the model, whether it falls back
//! by itself, whether it has started again.

use hw_profiles::{Check, Point, Profile};

use crate::map::PointValue;

/// Why what was read is not from the model of the profile.
pub(super) fn another(profile: &Profile, points: &[PointValue]) -> Option<String> {
    let wrong = profile.identity.iter().find_map(|check| fails(check, points))?;
    Some(format!("{wrong}: another device"))
}

fn fails(check: &Check, points: &[PointValue]) -> Option<String> {
    let of = points.iter().filter(|read| read.point == check.point);
    let wrong = of.map(|read| read.value.number()).find(|value| !check.passes(*value))?;
    let found = wrong.map_or_else(|| "not known".to_owned(), |number| number.to_string());
    let (name, least, most) = (check.point.name(), check.at_least, check.at_most);
    Some(if least == most {
        format!("{name} is {found}, not {least}")
    } else {
        format!("{name} is {found}, not within {least} to {most}")
    })
}

/// A profile's guards, and why each does not hold, as last read.
#[derive(Clone, Debug)]
pub(super) struct Guards(Vec<(Check, Option<String>)>);

impl Guards {
    pub(super) fn of(profile: &Profile) -> Self {
        Self(profile.guards().map(|&check| (check, None)).collect())
    }

    pub(super) fn look(&mut self, points: &[PointValue]) {
        for (check, failing) in &mut self.0 {
            if points.iter().any(|read| read.point == check.point) {
                *failing = fails(check, points).map(|why| format!("{why}: nothing is written"));
            }
        }
    }

    /// Why the unit must not be written to.
    pub(super) fn failing(&self) -> Option<String> {
        self.0.iter().find_map(|(_, failing)| failing.clone())
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
