//! Takes a junction's description, and reports every problem in it at once.

use units::{GroupId, Millis, StageId};

use super::{Layout, Problem, clearance};
use crate::group::{GROUPS_MAX, Group, GroupSet};
use crate::intergreen::Intergreens;
use crate::stage::{STAGES_MAX, Stage, maximal_stages};

/// Takes a description and reports every problem in it.
#[derive(Clone, Debug, Default)]
pub struct LayoutBuilder {
    groups: Vec<Group>,
    conflicts: Vec<(GroupId, GroupId, Option<Millis>, Option<Millis>)>,
    stages: Vec<Stage>,
    forbidden: Vec<(StageId, StageId)>,
}

impl LayoutBuilder {
    /// Adds a group; its id counts from 0.
    pub fn group(&mut self, group: Group) -> GroupId {
        self.groups.push(group);
        GroupId(u8::try_from(self.groups.len() - 1).unwrap_or(u8::MAX))
    }

    /// Says that `a` and `b` must never be green together. Where an intergreen is not given it is
    /// the closing aspect and the all-red of the group that ends.
    pub fn conflict(
        &mut self,
        a: GroupId,
        b: GroupId,
        a_to_b: Option<Millis>,
        b_to_a: Option<Millis>,
    ) {
        self.conflicts.push((a, b, a_to_b, b_to_a));
    }

    /// Adds a stage; its id counts from 0.
    pub fn stage(&mut self, stage: Stage) -> StageId {
        self.stages.push(stage);
        StageId(u8::try_from(self.stages.len() - 1).unwrap_or(u8::MAX))
    }

    /// A stage of these groups with the longest of their minimums and of their maximums; groups that
    /// are not there are passed over, [`Self::build`] reports them.
    #[must_use]
    pub fn stage_of(&self, name: String, groups: GroupSet) -> Stage {
        let rules = || groups.iter().filter_map(|group| self.groups.get(group.index()));
        let min_green = rules().map(|rule| rule.min_green).max().unwrap_or(Millis::ZERO);
        let max_green = rules().map(|rule| rule.max_green).max().unwrap_or(Millis::ZERO);
        Stage { name, groups, min_green, max_green }
    }

    /// Adds all maximal sets of compatible groups as stages, named after their groups: what a
    /// description means that gives no stage. Of more groups than there may be nothing is found.
    pub fn find_stages(&mut self) {
        if self.groups.len() > GROUPS_MAX {
            return;
        }
        let sets = maximal_stages(self.groups.len(), &|a, b| self.conflicts(a, b));
        for groups in sets {
            let names: Vec<_> =
                groups.iter().map(|group| self.groups[group.index()].name.as_str()).collect();
            let stage = self.stage_of(names.join(" + "), groups);
            self.stage(stage);
        }
    }

    /// Whether two groups were said to conflict.
    #[must_use]
    pub fn conflicts(&self, a: GroupId, b: GroupId) -> bool {
        self.conflicts.iter().any(|&(c, d, ..)| (c, d) == (a, b) || (c, d) == (b, a))
    }

    /// The stage of this name, where one was added.
    #[must_use]
    pub fn stage_named(&self, name: &str) -> Option<StageId> {
        let found = self.stages.iter().take(STAGES_MAX).position(|stage| stage.name == name);
        found.map(StageId::from_index)
    }

    /// How many groups were added.
    #[must_use]
    pub fn group_count(&self) -> usize {
        self.groups.len()
    }

    /// Says that `to` must not follow `from` directly.
    pub fn forbid_transition(&mut self, from: StageId, to: StageId) {
        self.forbidden.push((from, to));
    }

    /// Builds the layout.
    ///
    /// # Errors
    /// Every problem of the description, in the order of groups, conflicts, stages, transitions.
    pub fn build(self) -> Result<Layout, Vec<Problem>> {
        let mut problems = Vec::new();
        self.check_sizes(&mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        self.check_groups(&mut problems);
        let intergreens = self.intergreens(&mut problems);
        self.check_stages(&intergreens, &mut problems);
        let allowed = self.allowed(&mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let (next_hop, hops) = self.routes(&allowed, &mut problems);
        let reserve = self.starvation_reserve(&intergreens, hops);
        for group in &self.groups {
            if group.max_red <= reserve {
                problems.push(Problem(format!(
                    "group {}: its maximum red of {} cannot be kept, serving every other group \
                     first takes up to {reserve}",
                    group.name, group.max_red
                )));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Layout {
            groups: self.groups,
            intergreens,
            stages: self.stages,
            allowed,
            next_hop,
            starvation_reserve: reserve,
        })
    }

    fn check_sizes(&self, problems: &mut Vec<Problem>) {
        for (what, count, most) in
            [("groups", self.groups.len(), GROUPS_MAX), ("stages", self.stages.len(), STAGES_MAX)]
        {
            if count == 0 || count > most {
                problems.push(Problem(format!("{count} {what}: there must be 1 to {most}")));
            }
        }
    }

    fn check_groups(&self, problems: &mut Vec<Problem>) {
        for (index, group) in self.groups.iter().enumerate() {
            let name = &group.name;
            let mut say = |what: &str| problems.push(Problem(format!("group {name}: {what}")));
            if name.is_empty() {
                say("it has no name");
            }
            if self.groups[..index].iter().any(|other| &other.name == name) {
                say("another group has its name");
            }
            if group.min_green <= Millis::ZERO {
                say("its minimum green is not positive");
            }
            if group.max_green < group.min_green {
                say("its maximum green is under its minimum");
            }
            if group.closing <= Millis::ZERO {
                say("its closing aspect (yellow or clearance) is not positive");
            }
            if group.all_red < Millis::ZERO {
                say("its all-red is negative");
            }
        }
    }

    fn intergreens(&self, problems: &mut Vec<Problem>) -> Intergreens {
        let mut table = Intergreens::new(self.groups.len());
        for &(a, b, a_to_b, b_to_a) in &self.conflicts {
            let (Some(one), Some(other)) = (self.groups.get(a.index()), self.groups.get(b.index()))
            else {
                problems.push(Problem(format!("conflict {a}/{b}: no such group")));
                continue;
            };
            if a == b {
                problems.push(Problem(format!("group {}: it conflicts with itself", one.name)));
                continue;
            }
            for (from, to, given, ends, starts) in
                [(a, b, a_to_b, one, other), (b, a, b_to_a, other, one)]
            {
                let span = given.unwrap_or(ends.closing + ends.all_red);
                if span < ends.closing {
                    problems.push(Problem(format!(
                        "intergreen {} to {}: {span} is under the closing aspect of {}",
                        ends.name, starts.name, ends.closing
                    )));
                }
                if table.get(from, to).is_some_and(|known| known != span) {
                    problems.push(Problem(format!(
                        "intergreen {} to {}: given twice, and differently",
                        ends.name, starts.name
                    )));
                }
                table.set(from, to, span);
            }
        }
        table
    }

    fn check_stages(&self, intergreens: &Intergreens, problems: &mut Vec<Problem>) {
        let known: GroupSet = (0..self.groups.len()).map(GroupId::from_index).collect();
        for (index, stage) in self.stages.iter().enumerate() {
            let name = &stage.name;
            let mut say = |what: String| problems.push(Problem(format!("stage {name}: {what}")));
            if name.is_empty() {
                say("it has no name".to_owned());
            }
            if self.stages[..index].iter().any(|other| &other.name == name) {
                say("another stage has its name".to_owned());
            }
            if stage.groups.is_empty() {
                say("it shows green to no group".to_owned());
            }
            if !stage.groups.difference(known).is_empty() {
                say("it names a group that is not there".to_owned());
                continue;
            }
            if stage.max_green < stage.min_green {
                say("its maximum is under its minimum".to_owned());
            }
            for a in stage.groups.iter() {
                let group = &self.groups[a.index()];
                if stage.min_green < group.min_green {
                    say(format!(
                        "its minimum of {} is under the minimum green of {}, {}",
                        stage.min_green, group.name, group.min_green
                    ));
                }
                for b in stage.groups.iter().filter(|b| b.0 > a.0) {
                    if intergreens.conflicts(a, b) {
                        let other = &self.groups[b.index()].name;
                        say(format!("{} and {other} conflict", group.name));
                    }
                }
            }
        }
        let served = self.stages.iter().fold(GroupSet::EMPTY, |all, s| all.union(s.groups));
        for group in known.difference(served).iter() {
            let name = &self.groups[group.index()].name;
            problems.push(Problem(format!("group {name}: no stage serves it")));
        }
    }

    fn allowed(&self, problems: &mut Vec<Problem>) -> Vec<bool> {
        let count = self.stages.len();
        let mut allowed = vec![true; count * count];
        for &(from, to) in &self.forbidden {
            if from.index() >= count || to.index() >= count || from == to {
                problems.push(Problem(format!("forbidden transition {from} to {to}: no such")));
            } else {
                allowed[from.index() * count + to.index()] = false;
            }
        }
        allowed
    }

    /// The first hop of every shortest way, and the length of the longest of them. Floyd and
    /// Warshall: at most 64 stages.
    fn routes(&self, allowed: &[bool], problems: &mut Vec<Problem>) -> (Vec<StageId>, i64) {
        let count = self.stages.len();
        let far = i64::try_from(count).unwrap_or(i64::MAX) + 1;
        let at = |from: usize, to: usize| from * count + to;
        let mut hops: Vec<i64> = allowed.iter().map(|&yes| if yes { 1 } else { far }).collect();
        let mut first: Vec<StageId> =
            (0..count * count).map(|cell| StageId::from_index(cell % count)).collect();
        (0..count).for_each(|stage| hops[at(stage, stage)] = 0);
        for via in 0..count {
            for from in 0..count {
                for to in 0..count {
                    let detour = hops[at(from, via)] + hops[at(via, to)];
                    if detour < hops[at(from, to)] {
                        hops[at(from, to)] = detour;
                        first[at(from, to)] = first[at(from, via)];
                    }
                }
            }
        }
        for (cell, &length) in hops.iter().enumerate().filter(|&(_, &length)| length >= far) {
            let _ = length;
            let (from, to) = (&self.stages[cell / count].name, &self.stages[cell % count].name);
            problems.push(Problem(format!("stage {to}: it can never be reached from {from}")));
        }
        (first, hops.into_iter().max().unwrap_or(1).max(1))
    }

    /// Groups are served in the order of their deadlines. Before a group's turn there can be the
    /// stage that runs, and the home stage of every other group, each for its minimum and the
    /// longest clearance, over as many hops as the longest legal way has.
    fn starvation_reserve(&self, intergreens: &Intergreens, hops: i64) -> Millis {
        let ids = || (0..self.stages.len()).map(StageId::from_index);
        let longest_clearance = ids()
            .flat_map(|from| ids().map(move |to| (from, to)))
            .map(|(from, to)| clearance(&self.groups, intergreens, &self.stages, from, to))
            .max()
            .unwrap_or(Millis::ZERO);
        let longest_minimum =
            self.stages.iter().map(|stage| stage.min_green).max().unwrap_or(Millis::ZERO);
        let mut homes: Vec<usize> = (0..self.groups.len())
            .filter_map(|group| {
                let group = GroupId::from_index(group);
                self.stages.iter().position(|stage| stage.groups.contains(group))
            })
            .collect();
        homes.sort_unstable();
        homes.dedup();
        let turns = i64::try_from(homes.len()).unwrap_or(i64::MAX).saturating_add(2);
        (longest_minimum + longest_clearance) * turns.saturating_mul(hops)
    }
}
