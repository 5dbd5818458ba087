//! Signal groups, the aspects they show, and sets of them.

use units::{GroupId, Millis};

/// The most groups one junction may have: a set of them is one machine word.
pub const GROUPS_MAX: usize = 64;

/// What a signal group shows. The codes are those of the open stage controller's map.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Aspect {
    /// No lamp is lit.
    Dark,
    /// Stop.
    Red,
    /// Stop, green follows.
    RedYellow,
    /// Go.
    Green,
    /// Stop if that is possible in comfort; red follows.
    Yellow,
    /// Pedestrians on the crossing may finish, nobody enters.
    FlashingGreen,
    /// The junction is not controlled: drive with care.
    FlashingYellow,
}

impl Aspect {
    /// All aspects, each at the index of its code.
    pub const ALL: [Self; 7] = [
        Self::Dark,
        Self::Red,
        Self::RedYellow,
        Self::Green,
        Self::Yellow,
        Self::FlashingGreen,
        Self::FlashingYellow,
    ];

    /// The aspect's code on the wire, `0..=6`.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The aspect with this code, if there is one.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// Whether traffic may be in the conflict area by right: green, or pedestrians finishing.
    #[must_use]
    pub fn is_go(self) -> bool {
        matches!(self, Self::Green | Self::FlashingGreen)
    }
}

/// Who a group serves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GroupKind {
    /// Vehicles: green closes with yellow.
    Vehicle,
    /// Pedestrians: walk closes with flashing green, the clearance.
    Pedestrian,
}

/// A signal group's timing. All times are in the controller's own milliseconds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// The group's name, unique in its junction.
    pub name: String,
    /// Who it serves.
    pub kind: GroupKind,
    /// The shortest green (walk).
    pub min_green: Millis,
    /// The longest green, where another group has a call.
    pub max_green: Millis,
    /// How long the closing aspect lasts.
    pub closing: Millis,
    /// All-red after the closing aspect, where no intergreen says otherwise.
    pub all_red: Millis,
    /// The longest red: after it the group is starved.
    pub max_red: Millis,
}

impl Group {
    /// The aspect that ends this group's green.
    #[must_use]
    pub fn closing_aspect(&self) -> Aspect {
        match self.kind {
            GroupKind::Vehicle => Aspect::Yellow,
            GroupKind::Pedestrian => Aspect::FlashingGreen,
        }
    }
}

/// A set of groups of one junction; bit i stands for group i.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct GroupSet(pub u64);

impl GroupSet {
    /// No group.
    pub const EMPTY: Self = Self(0);

    /// Adds a group. One beyond [`GROUPS_MAX`] is not kept: the layout reports that there are too
    /// many.
    pub fn insert(&mut self, group: GroupId) {
        self.0 |= 1_u64.checked_shl(group.0.into()).unwrap_or(0);
    }

    /// Whether the group is in the set.
    #[must_use]
    pub fn contains(self, group: GroupId) -> bool {
        self.0.checked_shr(group.0.into()).unwrap_or(0) & 1 == 1
    }

    /// Groups in either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Groups in both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Groups in this set and not in the other.
    #[must_use]
    pub fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// How many groups are in the set.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether no group is in the set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The groups in order of their ids.
    pub fn iter(self) -> impl Iterator<Item = GroupId> {
        (0..64_u8).filter(move |bit| self.0 >> bit & 1 == 1).map(GroupId)
    }
}

impl FromIterator<GroupId> for GroupSet {
    fn from_iter<I: IntoIterator<Item = GroupId>>(groups: I) -> Self {
        let mut set = Self::EMPTY;
        groups.into_iter().for_each(|group| set.insert(group));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_go_there_and_back() {
        for aspect in Aspect::ALL {
            assert_eq!(Aspect::from_code(aspect.code()), Some(aspect));
        }
        assert_eq!(Aspect::from_code(7), None);
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set: GroupSet = [GroupId(3), GroupId(0), GroupId(63)].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [GroupId(0), GroupId(3), GroupId(63)]);
        assert!(set.contains(GroupId(63)) && !set.contains(GroupId(1)));
        assert_eq!(set.len(), 3);
        let far: GroupSet = [GroupId(64), GroupId(255)].into_iter().collect();
        assert!(far.is_empty() && !set.contains(GroupId(64)));
    }
}
