//! What the monitor can find, in a name and in words.

use std::fmt;

use units::{GroupId, Millis};

use crate::group::Aspect;

/// What must not be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Violation {
    /// Two groups that conflict were green at once.
    ConflictingGreens {
        /// One of them.
        a: GroupId,
        /// The other.
        b: GroupId,
    },
    /// A group started too soon after another one's green.
    IntergreenShort {
        /// The group that ended.
        from: GroupId,
        /// The group that started.
        to: GroupId,
        /// The longest it can have been.
        was: Millis,
        /// What the table says.
        needed: Millis,
    },
    /// A green ended before its minimum.
    MinimumGreenShort {
        /// The group.
        group: GroupId,
        /// The longest it can have been.
        was: Millis,
        /// What the table says.
        needed: Millis,
    },
    /// A yellow or a clearance was cut short.
    ClosingShort {
        /// The group.
        group: GroupId,
        /// The longest it can have been.
        was: Millis,
        /// What the table says.
        needed: Millis,
    },
    /// A group was red for longer than its maximum.
    Starved {
        /// The group.
        group: GroupId,
        /// How long, at the least.
        red_for: Millis,
    },
    /// An aspect that this kind of group never shows.
    ImpossibleAspect {
        /// The group.
        group: GroupId,
        /// What it showed.
        aspect: Aspect,
    },
}

impl Violation {
    /// A short name, for events and metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::ConflictingGreens { .. } => "conflicting-greens",
            Self::IntergreenShort { .. } => "intergreen-short",
            Self::MinimumGreenShort { .. } => "minimum-green-short",
            Self::ClosingShort { .. } => "closing-short",
            Self::Starved { .. } => "starved",
            Self::ImpossibleAspect { .. } => "impossible-aspect",
        }
    }

    /// Whether the daemon must give up its control of the junction. Starvation is a matter of
    /// service, not of two vehicles in one place.
    #[must_use]
    pub fn is_severe(&self) -> bool {
        !matches!(self, Self::Starved { .. })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |group: &GroupId| u16::from(group.0) + 1;
        match self {
            Self::ConflictingGreens { a, b } => {
                write!(f, "groups {} and {} were green at once", number(a), number(b))
            }
            Self::IntergreenShort { from, to, was, needed } => write!(
                f,
                "group {} started {was} after group {}, {needed} are needed",
                number(to),
                number(from)
            ),
            Self::MinimumGreenShort { group, was, needed } => {
                write!(f, "group {} was green for {was}, its minimum is {needed}", number(group))
            }
            Self::ClosingShort { group, was, needed } => {
                write!(f, "group {} closed in {was}, {needed} are needed", number(group))
            }
            Self::Starved { group, red_for } => {
                write!(f, "group {} has been red for {red_for}", number(group))
            }
            Self::ImpossibleAspect { group, aspect } => {
                write!(f, "group {} shows {aspect:?}", number(group))
            }
        }
    }
}
