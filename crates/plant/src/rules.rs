//! The rules by which the plant changes from stage to stage.

use std::ops::RangeInclusive;

use optimizer::Instants;
use units::Millis;

use crate::reading::Node;

/// Greens, clearances and intervals, seconds: beyond a day, a unit was mistaken.
const SPANS: RangeInclusive<f64> = 0.0..=86_400.0;
/// No signal has as many phases: beyond it, it is a slip of the hand.
pub(crate) const PHASES_MAX: u32 = 10_000;

/// The rules of one junction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Rules {
    pub(crate) min_green: Millis,
    pub(crate) max_green: Option<Millis>,
    pub(crate) clearance: Millis,
    /// Whether instants come by the clock, whatever was changed.
    pub(crate) inside: bool,
    /// The phase that is shown between two stages, if one is.
    pub(crate) clearance_stage: Option<u32>,
    pub(crate) interval: Millis,
}

impl Rules {
    /// These rules with the members that are given replaced; none where one is wrong.
    pub(crate) fn with(self, node: &Node<'_>) -> Option<Self> {
        if !node.value.is_object() {
            node.say("it is no object");
            return None;
        }
        let span = |key: &str, usual: Millis| match node.get(key) {
            None => Some(usual),
            Some(node) => node.number(&SPANS).map(Millis::from_secs_f64),
        };
        let min_green = span("min_green_s", self.min_green);
        let clearance = span("clearance_s", self.clearance);
        let interval = span("decision_interval_s", self.interval);
        let inside = match node.get("clearance_inside") {
            None => Some(self.inside),
            Some(node) => node.flag(),
        };
        // Null says that there is none, and so replaces one.
        let max_green = match node.get("max_green_s") {
            None if node.names("max_green_s") => Some(None),
            None => Some(self.max_green),
            Some(node) => node.number(&SPANS).map(|most| Some(Millis::from_secs_f64(most))),
        };
        let clearance_stage = match node.get("clearance_stage") {
            None if node.names("clearance_stage") => Some(None),
            None => Some(self.clearance_stage),
            Some(node) => node.whole(PHASES_MAX).map(Some),
        };
        let (min_green, max_green) = (min_green?, max_green?);
        if max_green.is_some_and(|most| most < min_green) {
            node.say(format!("the longest green is less than the shortest of {min_green}"));
            return None;
        }
        Some(Self {
            min_green,
            max_green,
            clearance: clearance?,
            inside: inside?,
            clearance_stage: clearance_stage?,
            interval: interval?,
        })
    }

    /// When a change may be demanded.
    pub(crate) fn instants(&self) -> Instants {
        match (self.interval, self.inside) {
            (Millis::ZERO, _) => Instants::Any,
            (interval, true) => Instants::Every(interval),
            (interval, false) => Instants::After(interval),
        }
    }
}
