//! A signal program as a foreign file has it: phases in a fixed order, each with what every group shows.
//! The world can play it by itself, whether or not a cabinet could be built from it.

use std::sync::Arc;

use signal::{Aspect, Calendar, Group, GroupKind, GroupSet, Layout, Method, Plan, Problem, Stage};
use units::{DeviceId, GroupId, JunctionId, Millis, MovementId, PlanId};

use crate::site::SignalSite;

/// One phase.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Phase {
    /// How long it lasts.
    pub duration: Millis,
    /// What each group shows.
    pub aspects: Vec<Aspect>,
}

/// A program: its phases follow each other for ever.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    /// The file's name for it.
    pub name: String,
    /// The first junction that it rules.
    pub junction: JunctionId,
    /// The group of each movement that it rules, at this junction and others.
    pub movement_groups: Vec<(MovementId, GroupId)>,
    /// At least one, and all together longer than nothing.
    pub phases: Vec<Phase>,
    /// How long after time zero its first phase begins.
    pub offset: Millis,
}

impl Program {
    /// How many groups it has.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.phases.first().map_or(0, |phase| phase.aspects.len())
    }

    /// The time after which it begins again.
    #[must_use]
    pub fn cycle(&self) -> Millis {
        self.phases.iter().map(|phase| phase.duration).sum()
    }

    /// What each group shows at a time.
    #[must_use]
    pub fn aspects_at(&self, time: Millis) -> &[Aspect] {
        let mut rest = (time - self.offset).modulo(self.cycle().max(Millis(1)));
        for phase in &self.phases {
            if rest < phase.duration {
                return &phase.aspects;
            }
            rest -= phase.duration;
        }
        self.phases.last().map_or(&[], |phase| &phase.aspects)
    }

    /// A signal of the world with these groups and movements, for a world that plays the program: no
    /// two of its groups exclude each other, so that it may show whatever the program has. No cabinet
    /// may run it.
    ///
    /// # Errors
    /// Where it has no groups, or more than a junction may have.
    pub fn stand_in(&self) -> Result<SignalSite, Vec<Problem>> {
        let second = Millis::from_secs(1);
        let long = Millis::from_secs(3_600);
        let mut builder = Layout::builder();
        for group in 0..self.groups() {
            builder.group(Group {
                name: group.to_string(),
                kind: GroupKind::Vehicle,
                min_green: second,
                max_green: long,
                closing: second,
                all_red: Millis::ZERO,
                max_red: long * 24,
            });
        }
        let ids = |of: &dyn Fn(usize) -> bool| {
            let ids = (0..self.groups()).filter(|&group| of(group));
            ids.map(GroupId::from_index).collect::<GroupSet>()
        };
        // A plan needs two stages; what they hold is never asked for.
        let (all, first) = (ids(&|_| true), ids(&|group| group == 0));
        for (name, groups) in [("all", all), ("first", first)] {
            let name = name.to_owned();
            builder.stage(Stage { name, groups, min_green: second, max_green: long });
        }
        let layout = builder.build()?;
        let splits = vec![(units::StageId(0), Millis::from_secs(30))];
        let cycle = Millis::from_secs(30);
        let plan = Plan::new(PlanId(0), self.name.clone(), cycle, Millis::ZERO, splits, &layout)?;
        Ok(SignalSite {
            junction: self.junction,
            device: DeviceId(0),
            layout: Arc::new(layout),
            rings: None,
            plans: vec![plan],
            calendar: Calendar::always(PlanId(0)),
            transition: Method::default(),
            countdown: None,
            movement_groups: self.movement_groups.clone(),
        })
    }
}
