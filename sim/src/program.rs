//! Plays signal programs of foreign files in the world, exactly and without cabinets or engine.

use scenario::{Program, SignalSite};
use signal::Problem;
use units::Millis;

use crate::world::World;

/// Programs, each for the signal of the same number in a world built from [`Player::signals`].
#[derive(Clone, Debug)]
pub struct Player {
    programs: Vec<Program>,
    signals: Vec<SignalSite>,
}

impl Player {
    /// A player of these programs.
    ///
    /// # Errors
    /// Every program that has no groups, or more than a junction may have, by name.
    pub fn new(programs: &[Program]) -> Result<Self, Vec<Problem>> {
        let (mut signals, mut problems) = (Vec::new(), Vec::new());
        for program in programs {
            match program.stand_in() {
                Ok(signal) => signals.push(signal),
                Err(all) => {
                    let name = &program.name;
                    problems.extend(all.iter().map(|p| Problem(format!("program {name}: {p}"))));
                }
            }
        }
        let programs = programs.to_vec();
        if problems.is_empty() { Ok(Self { programs, signals }) } else { Err(problems) }
    }

    /// The signals for the world that it plays in.
    #[must_use]
    pub fn signals(&self) -> &[SignalSite] {
        &self.signals
    }

    /// Shows what the programs have for the world's time.
    pub fn show(&self, world: &mut World) {
        self.show_at(world, world.now());
    }

    fn show_at(&self, world: &mut World, time: Millis) {
        for (index, program) in self.programs.iter().enumerate() {
            world.set_aspects(index, program.aspects_at(time));
        }
    }

    /// Shows what they have now, and makes one step.
    pub fn step(&self, world: &mut World) {
        self.show(world);
        world.step();
    }
}
