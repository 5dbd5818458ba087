//! Who controls a junction: one order, in one file.

use std::fmt;

/// What controls a junction; the earlier one wins.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ControlSource {
    /// A fault, or silence: the daemon demands nothing.
    Fault,
    /// A person, through the daemon.
    Operator,
    /// An emergency corridor.
    Corridor,
    /// The optimiser, max-pressure or actuated control.
    Adaptive,
    /// The plan of the day.
    Coordinated,
    /// The cabinet's own plan.
    Local,
}

impl ControlSource {
    /// A short name, for events and the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Operator => "operator",
            Self::Corridor => "corridor",
            Self::Adaptive => "adaptive",
            Self::Coordinated => "coordinated",
            Self::Local => "local",
        }
    }

    /// The source that wins among those that want control; the local plan where none does.
    #[must_use]
    pub fn winner(wanting: impl IntoIterator<Item = Self>) -> Self {
        wanting.into_iter().min().unwrap_or(Self::Local)
    }
}

impl fmt::Display for ControlSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_beats_a_person_and_a_person_the_optimiser() {
        use ControlSource::{Adaptive, Fault, Local, Operator};
        assert_eq!(ControlSource::winner([Adaptive, Operator]), Operator);
        assert_eq!(ControlSource::winner([Operator, Fault]), Fault);
        assert_eq!(ControlSource::winner([]), Local);
    }
}
