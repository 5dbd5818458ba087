//! What sensors tell, made whole by the estimate, which must know who has green.

use estimate::Picture;

use crate::district::{District, Scene};
use crate::spec::Showing;

/// The street as it is believed to be.
#[derive(Clone, Debug)]
pub(super) struct Sensed {
    picture: Picture,
    is_green: Vec<bool>,
}

impl Sensed {
    pub(super) fn new(district: &District) -> Self {
        let is_green = vec![true; district.network.lanes().len()];
        Self { picture: Picture::new(&district.network), is_green }
    }

    /// Sees another step.
    pub(super) fn see(&mut self, district: &District, scene: &Scene) -> &Picture {
        for (spec, &showing) in district.junctions.iter().zip(&scene.signals) {
            // What was last seen to be open is taken to be so: one reading that is late ends no green.
            if showing == Showing::Unknown {
                continue;
            }
            for (approach, lane) in spec.approaches.iter().enumerate() {
                self.is_green[lane.lane.index()] = spec.shown(showing, approach) != 0;
            }
        }
        self.picture.look(scene.time, &scene.lanes, &self.is_green);
        &self.picture
    }
}
