//! The intergreen table: for each ordered pair of groups, how long after the end of the first one's
//! green the second may start. No entry means that the two may be green together.

use units::{GroupId, Millis};

/// An n × n table; an entry in one direction implies one in the other, which the layout checks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Intergreens {
    groups: usize,
    table: Vec<Option<Millis>>,
}

impl Intergreens {
    /// A table of `groups` groups, all compatible.
    pub(crate) fn new(groups: usize) -> Self {
        Self { groups, table: vec![None; groups * groups] }
    }

    pub(crate) fn set(&mut self, from: GroupId, to: GroupId, span: Millis) {
        self.table[from.index() * self.groups + to.index()] = Some(span);
    }

    /// The intergreen from the end of `from`'s green to the start of `to`'s; `None` where the two
    /// are compatible.
    #[must_use]
    pub fn get(&self, from: GroupId, to: GroupId) -> Option<Millis> {
        self.table[from.index() * self.groups + to.index()]
    }

    /// Whether the two groups must never be green together.
    #[must_use]
    pub fn conflicts(&self, a: GroupId, b: GroupId) -> bool {
        self.get(a, b).is_some() || self.get(b, a).is_some()
    }

    /// How many groups the table is for.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups
    }
}
