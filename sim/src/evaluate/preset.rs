//! The protocols under which controllers are compared: three of the literature, which are not
//! comparable with one another, and our own street.
//!
//! In those of the literature a junction starts in its first stage; a change shows light phase 0 for
//! as long as the clearance, and the clearance lies inside the time from one decision to the next.

use engine::planned::Rules;
use optimizer::Instants;
use units::Millis;

use crate::world::Model;

/// A protocol.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preset {
    /// Decisions each 15 s, 5 s of clearance inside, four stages: the papers after Advanced-XLight
    /// (Zhang et al. 2022).
    XLight,
    /// Decisions each 30 s, 5 s of clearance inside, four stages: `LLMLight` (2024) and what followed.
    LlmLight,
    /// Decisions each 5 s, 2 s of clearance inside, eight stages, nobody changes lanes for comfort:
    /// `CoordLight` (2025), as its configuration has it.
    CoordLight,
    /// The site's own stages, minimum greens and clearances, decisions each second.
    Street,
}

impl Preset {
    /// Every preset with its name on the command line.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("xlight", Self::XLight),
        ("llmlight", Self::LlmLight),
        ("coordlight", Self::CoordLight),
        ("street", Self::Street),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, preset)| *preset == self).map_or("", |(name, _)| name)
    }

    /// How many stages junctions have, unless something else is chosen; none: as many as their
    /// site gives them.
    #[must_use]
    pub fn stages(self) -> Option<usize> {
        match self {
            Self::XLight | Self::LlmLight => Some(4),
            Self::CoordLight => Some(8),
            Self::Street => None,
        }
    }

    /// The drivers' law.
    #[must_use]
    pub fn model(self) -> Model {
        match self {
            Self::Street => Model::Urban,
            Self::XLight | Self::LlmLight | Self::CoordLight => Model::CityFlow,
        }
    }

    /// Whether drivers change lanes for comfort.
    pub(super) fn changes_for_comfort(self) -> bool {
        self != Self::CoordLight
    }

    /// The rules of changing between light phases; none where the site has them.
    pub(super) fn rules(self) -> Option<Rules> {
        let (every, clearance) = match self {
            Self::XLight => (15, 5),
            Self::LlmLight => (30, 5),
            Self::CoordLight => (5, 2),
            Self::Street => return None,
        };
        Some(Rules {
            min_green: Millis::ZERO,
            max_green: None,
            clearance: Millis::from_secs(clearance),
            clearance_phase: Some(CLEARANCE_PHASE),
            instants: Instants::Every(Millis::from_secs(every)),
        })
    }
}

/// The light phase that is shown between two stages: only what runs in every phase runs in it.
pub(super) const CLEARANCE_PHASE: usize = 0;
/// The light phase of the first stage; the others follow.
pub(super) const FIRST_PHASE: usize = 1;
