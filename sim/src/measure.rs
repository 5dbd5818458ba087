//! What is measured of a run beside its summary, and the files that it becomes.
//!
//! Recorders look at the world after each step, from outside; where nobody asks nothing is looked
//! at. The *book* follows every vehicle from step to step; trips are read from it at the end, and the
//! *road table* counts what it sees on links and movements. *Trajectories* are written as they come.

mod approach;
mod book;
mod emission;
mod parquet;
mod roads;
mod sink;
mod trajectory;
mod trips;

use std::io::Write;

use anyhow::Context;
use scenario::{Demand, Site};
use units::Millis;

use crate::world::World;

pub use approach::Approach;
pub use book::{Book, State, Trip};
pub use emission::{Emission, emission};
pub use roads::{Cell, RoadTable};
pub use sink::Format;

use trajectory::Trajectories;

/// Where something is written to.
pub type Target = Box<dyn Write>;

/// What is to be recorded; nothing, unless it is asked for.
#[derive(Default)]
pub struct Wanted {
    /// One row for each vehicle, at the end.
    pub trips: Option<Target>,
    /// One row for each link and interval.
    pub links: Option<Target>,
    /// One row for each movement and interval.
    pub movements: Option<Target>,
    /// How long an interval is; not above zero: the whole run is one.
    pub interval: Millis,
    /// Where every vehicle is, so often, in a format.
    pub trajectories: Option<(Target, Format, Millis)>,
    /// Whether vehicles are followed though no file is asked for: then [`Recorders::book`] is there.
    pub follow: bool,
}

/// What looks at a world and writes what is wanted.
#[derive(Default)]
pub struct Recorders {
    wanted: Wanted,
    running: Option<Running>,
}

struct Running {
    book: Option<Book>,
    links: Option<roads::Writer>,
    movements: Option<roads::Writer>,
    trajectories: Option<Trajectories>,
    /// The end of the present interval.
    until: Millis,
    since: Millis,
}

impl Recorders {
    /// Recorders that have seen nothing yet.
    #[must_use]
    pub fn new(wanted: Wanted) -> Self {
        Self { wanted, running: None }
    }

    /// Takes the world after a step.
    ///
    /// # Errors
    /// What cannot be written.
    pub fn observe(&mut self, world: &World, site: &Site, demand: &Demand) -> anyhow::Result<()> {
        if self.running.is_none() {
            self.running = Some(self.begin(world, demand)?);
        }
        let Some(running) = &mut self.running else { return Ok(()) };
        if let Some(book) = &mut running.book {
            book.observe(world);
        }
        if let Some(trajectories) = &mut running.trajectories {
            trajectories.observe(world).context("cannot write the trajectories")?;
        }
        if self.wanted.interval > Millis::ZERO && world.now() >= running.until {
            running.close(world.now(), site)?;
            running.until += self.wanted.interval;
        }
        Ok(())
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// What cannot be written.
    pub fn finish(&mut self, site: &Site, now: Millis) -> anyhow::Result<()> {
        let Some(running) = &mut self.running else { return Ok(()) };
        if now > running.since {
            running.close(now, site)?;
        }
        if let (Some(book), Some(target)) = (&running.book, self.wanted.trips.take()) {
            trips::write(book, site, target).context("cannot write the trips")?;
        }
        for writer in [running.links.take(), running.movements.take()].into_iter().flatten() {
            writer.finish().context("cannot write the roads' measures")?;
        }
        if let Some(trajectories) = running.trajectories.take() {
            trajectories.finish().context("cannot write the trajectories")?;
        }
        Ok(())
    }

    /// What is known of every vehicle, where anybody asked for it.
    #[must_use]
    pub fn book(&self) -> Option<&Book> {
        self.running.as_ref()?.book.as_ref()
    }

    fn begin(&mut self, world: &World, demand: &Demand) -> anyhow::Result<Running> {
        let has_roads = self.wanted.links.is_some() || self.wanted.movements.is_some();
        let follows = self.wanted.follow || has_roads || self.wanted.trips.is_some();
        let links = self.wanted.links.take().map(|target| roads::Writer::new(target, &["link"]));
        let names = ["junction", "from", "to", "turn"];
        let movements =
            self.wanted.movements.take().map(|target| roads::Writer::new(target, &names));
        let trajectories = self.wanted.trajectories.take().map(|(target, format, every)| {
            Trajectories::new(world, demand, sink::open(target, format)?, every)
        });
        Ok(Running {
            book: follows.then(|| Book::new(world, demand, has_roads)),
            links: links.transpose()?,
            movements: movements.transpose()?,
            trajectories: trajectories.transpose().context("cannot write the trajectories")?,
            until: self.wanted.interval,
            since: Millis::ZERO,
        })
    }
}

impl Running {
    /// Ends an interval.
    fn close(&mut self, now: Millis, site: &Site) -> anyhow::Result<()> {
        let span = (self.since, now);
        self.since = now;
        let Some(book) = &mut self.book else { return Ok(()) };
        let Some(table) = book.roads.take() else { return Ok(()) };
        let what = "cannot write the roads' measures";
        if let Some(writer) = &mut self.links {
            writer.links(span, &table, site).context(what)?;
        }
        if let Some(writer) = &mut self.movements {
            writer.movements(span, &table, site).context(what)?;
        }
        book.roads = Some(table.next());
        Ok(())
    }
}
