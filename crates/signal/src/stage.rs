//! Stages, given by the junction's description or found as the maximal sets of compatible groups.

use units::{GroupId, Millis};

use crate::group::GroupSet;

/// The most stages one junction may have: the wire counts them in a byte, 0 says "none".
pub const STAGES_MAX: usize = 64;

/// Groups that are green together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stage {
    /// The stage's name, unique in its junction.
    pub name: String,
    /// The groups that are green in it.
    pub groups: GroupSet,
    /// The shortest time in the stage; never under the longest minimum of its groups.
    pub min_green: Millis,
    /// The longest time in the stage, where another one has a call.
    pub max_green: Millis,
}

/// All maximal sets of pairwise compatible groups, in ascending order: the stages of a junction
/// whose description gives none. Bron and Kerbosch (1973) with pivoting. Where there are more than
/// [`STAGES_MAX`], one more than that is given, so that the layout can say so.
#[must_use]
pub fn maximal_stages(
    groups: usize,
    conflicts: &dyn Fn(GroupId, GroupId) -> bool,
) -> Vec<GroupSet> {
    let ids = || (0..groups).map(GroupId::from_index);
    let compatible: Vec<GroupSet> = ids()
        .map(|a| ids().filter(|&b| b != a && !conflicts(a, b) && !conflicts(b, a)).collect())
        .collect();
    let mut found = Vec::new();
    if groups > 0 {
        expand(&compatible, GroupSet::EMPTY, ids().collect(), GroupSet::EMPTY, &mut found);
    }
    found.sort_unstable();
    found
}

fn expand(
    compatible: &[GroupSet],
    clique: GroupSet,
    mut open: GroupSet,
    mut done: GroupSet,
    found: &mut Vec<GroupSet>,
) {
    if found.len() > STAGES_MAX {
        return;
    }
    let pivot =
        open.union(done).iter().max_by_key(|g| compatible[g.index()].intersection(open).len());
    let Some(pivot) = pivot else {
        found.push(clique);
        return;
    };
    for group in open.difference(compatible[pivot.index()]).iter() {
        let near = compatible[group.index()];
        let mut larger = clique;
        larger.insert(group);
        expand(compatible, larger, open.intersection(near), done.intersection(near), found);
        open = GroupSet(open.0 & !(1 << group.0));
        done.insert(group);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_crossroads_of_eight_groups_has_its_eight_classical_stages() {
        // 0..4 straight from west, south, east, north; 4..8 left from the same.
        let compatible = |a: u8, b: u8| {
            let (a, b) = (a.min(b), a.max(b));
            matches!((a, b), (0, 2) | (1, 3) | (4, 6) | (5, 7)) || b == a + 4
        };
        let stages = maximal_stages(8, &|a, b| !compatible(a.0, b.0));
        assert_eq!(stages.len(), 8);
        assert!(stages.iter().all(|stage| stage.len() == 2));
    }

    proptest! {
        #[test]
        fn stages_are_compatible_maximal_and_cover_all(groups in 1..8_usize, bits in any::<u64>()) {
            let conflicts = |a: GroupId, b: GroupId| {
                let (low, high) = (a.0.min(b.0), a.0.max(b.0));
                low != high && bits >> (low * 8 + high) & 1 == 1
            };
            let stages = maximal_stages(groups, &conflicts);
            let all = || (0..groups).map(GroupId::from_index);
            for stage in &stages {
                let fits = |g: GroupId| stage.iter().all(|other| !conflicts(g, other));
                prop_assert!(stage.iter().all(fits));
                prop_assert!(all().filter(|&g| !stage.contains(g)).all(|g| !fits(g)));
            }
            prop_assert!(all().all(|g| stages.iter().any(|stage| stage.contains(g))));
        }
    }
}
