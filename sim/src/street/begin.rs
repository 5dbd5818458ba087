//! A street that starts where another one is: cabinets in their stages, vehicles on their lanes.

use scenario::Demand;
use units::{Millis, StageId};

use super::{Street, wires};
use crate::world::{Incident, Placed, Settings, World};

/// Where a cabinet starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Begun {
    /// The stage that runs.
    pub stage: Option<StageId>,
    /// The stage that a transition leads to, where none runs.
    pub next: Option<StageId>,
    /// The time in either.
    pub elapsed: Millis,
    /// Whether somebody demands stages of it; else it follows its local plan.
    pub commanded: bool,
}

/// Where a street starts.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Start {
    /// One for each signal of the site; cabinets beyond the last start as they do when switched on.
    pub cabinets: Vec<Begun>,
    /// Who is on the road.
    pub placed: Vec<Placed>,
    /// What blocks it, and when.
    pub incidents: Vec<Incident>,
    /// What the world chooses.
    pub world: Settings,
}

impl Street {
    /// Starts a street that has not moved yet elsewhere.
    ///
    /// # Errors
    /// Every vehicle that has no place, with its lane; or that the street has moved.
    pub fn begin(&mut self, demand: &Demand, start: &Start) -> Result<(), Vec<String>> {
        if self.now != units::Moment::ORIGIN {
            return Err(vec!["a street begins before it moves".to_owned()]);
        }
        let (detectors, _) = wires::sensors(&self.site, &|device| self.head(device).is_some());
        let (network, signals) = (self.site.network.clone(), &self.site.signals);
        let mut world = World::with_settings(network, signals, &detectors, demand, &start.world);
        world.place(&start.placed)?;
        for &incident in &start.incidents {
            world.add_incident(incident);
        }
        self.world = world;
        for (index, (cabinet, begun)) in self.cabinets.iter_mut().zip(&start.cabinets).enumerate() {
            let Begun { stage, next, elapsed, commanded } = *begun;
            cabinet.begin(stage, next, elapsed, commanded, self.now);
            self.world.set_aspects(index, cabinet.aspects());
        }
        Ok(())
    }
}
