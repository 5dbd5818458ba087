//! What a second of delay counts, and for whom: so that nobody is forgotten, more for who has stood long.

use units::Millis;

use crate::spec::Instants;

/// The bound on the longest wait that patience is made for.
const LONGEST: Millis = Millis::from_secs(180);

/// How a second of delay grows dearer for who has stood long, so that nobody is forgotten.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Patience {
    /// Until so many seconds it is 1.
    pub until: f32,
    /// Then it grows by the square of the rest over this, seconds.
    pub scale: f32,
}

impl Patience {
    /// The same for a bound on the longest wait that is `longest` instead of [`LONGEST`]: nobody waits
    /// longer than that where there is any way to serve all.
    #[must_use]
    pub fn within(self, longest: Millis) -> Self {
        let share = longest.as_secs_f32() / LONGEST.as_secs_f32();
        Self { until: self.until * share, scale: self.scale * share }
    }

    /// Who decides seldom is patient longer, and then no less impatient: to serve one lane keeps all others
    /// waiting for a whole decision, before it and after it.
    pub(super) fn at(self, instants: Instants) -> Self {
        let (Instants::Every(every) | Instants::After(every)) = instants else {
            return self;
        };
        let longer = (every.as_secs_f32() - self.scale).max(0.0);
        Self { until: self.until + 2.0 * longer, ..self }
    }

    pub(super) fn weight(self, stood: f32) -> f32 {
        let over = (stood - self.until).max(0.0) / self.scale;
        1.0 + over * over
    }
}

/// What a second of delay counts for whom; 1 is that of a vehicle of no special class.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Weights {
    pub(super) patience: Patience,
    /// For a bus.
    pub(super) bus: f32,
    /// For a person who waits to walk.
    pub(super) person: f32,
}

impl Weights {
    /// Every vehicle counts alike, nobody else counts.
    pub(super) const PLAIN: Self =
        Self { patience: Patience { until: f32::INFINITY, scale: 1.0 }, bus: 1.0, person: 0.0 };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nearer_bound_ends_patience_sooner() {
        let patience = Patience { until: 90.0, scale: 20.0 };
        assert_eq!(patience.within(LONGEST), patience);
        let short = patience.within(Millis::from_secs(60));
        assert!((short.weight(60.0) - patience.weight(180.0)).abs() < 1e-3, "{short:?}");
    }

    #[test]
    fn who_decides_seldom_is_patient_longer() {
        let patience = Patience { until: 90.0, scale: 20.0 };
        let seconds = Millis::from_secs;
        for (instants, until) in [
            (Instants::Any, 90.0),
            (Instants::After(seconds(5)), 90.0),
            (Instants::Every(seconds(15)), 90.0),
            (Instants::Every(seconds(30)), 110.0),
        ] {
            assert_eq!(patience.at(instants), Patience { until, ..patience }, "{instants:?}");
        }
    }

    #[test]
    fn patience_ends_by_and_by() {
        let patience = Patience { until: 60.0, scale: 30.0 };
        let weights = [0.0, 60.0, 90.0, 120.0].map(|stood| patience.weight(stood));
        assert_eq!(weights, [1.0, 1.0, 2.0, 5.0]);
    }
}
