//! What links and movements carry, interval by interval.
//!
//! A vehicle is *on* a link from its begin until it is on the next, so that the crossing behind a link
//! counts with it; its *delay* there is that time less the link's at free flow. A *movement* has what its
//! vehicles had on the link before it. Whoever waits to enter is on no link.

use network::Network;
use scenario::Site;
use units::{LinkId, Millis, MovementId};

use super::Target;
use super::emission::Emission;

/// What was counted of a link or a movement in an interval.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Cell {
    /// Vehicles that came to it.
    pub entered: u64,
    /// Vehicles that left it: its volume.
    pub left: u64,
    /// Of those who left, the time on it.
    pub took: Millis,
    /// Of those who left, that time less the one at free flow.
    pub delay: Millis,
    /// Stops made.
    pub stops: u64,
    /// Vehicle-steps, and those of them on its lanes at a stand.
    pub steps: u64,
    /// See there.
    pub queued: u64,
    /// The most that stood on its lanes at one time.
    pub queue_max: u32,
    /// Sum of speeds over vehicle-steps, m/s.
    pub speeds: f64,
    /// Sum of vehicles' lengths over vehicle-steps, metres.
    pub lengths: f64,
    /// What was emitted on it, grams.
    pub emission: Emission,
    queue: u32,
}

/// One vehicle in one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Driven {
    pub(super) speed: f64,
    pub(super) length: f64,
    /// Whether it stands on a lane.
    pub(super) queues: bool,
    /// Whether it has just come to a stand.
    pub(super) stops: bool,
    pub(super) rate: Emission,
    pub(super) seconds: f64,
}

impl Cell {
    fn drive(&mut self, driven: &Driven) {
        self.stops += u64::from(driven.stops);
        self.steps += 1;
        self.queued += u64::from(driven.queues);
        self.queue += u32::from(driven.queues);
        self.speeds += driven.speed;
        self.lengths += driven.length;
        self.emission.add(driven.rate, driven.seconds);
    }

    fn leave(&mut self, took: Millis, delay: Millis) {
        self.left += 1;
        self.took += took;
        self.delay += delay;
    }
}

/// Every link and movement.
#[derive(Clone, Debug)]
pub struct RoadTable {
    links: Vec<Cell>,
    movements: Vec<Cell>,
    steps: u64,
}

impl RoadTable {
    pub(super) fn new(network: &Network) -> Self {
        Self {
            links: vec![Cell::default(); network.links().len()],
            movements: vec![Cell::default(); network.movements().len()],
            steps: 0,
        }
    }

    /// The links, by their ids.
    #[must_use]
    pub fn links(&self) -> &[Cell] {
        &self.links
    }

    /// The movements, by their ids.
    #[must_use]
    pub fn movements(&self) -> &[Cell] {
        &self.movements
    }

    /// An empty table for the interval after this one.
    pub(super) fn next(&self) -> Self {
        Self {
            links: vec![Cell::default(); self.links.len()],
            movements: vec![Cell::default(); self.movements.len()],
            steps: 0,
        }
    }

    pub(super) fn enter(&mut self, link: LinkId, movement: Option<MovementId>) {
        self.links[link.index()].entered += 1;
        if let Some(movement) = movement {
            self.movements[movement.index()].entered += 1;
        }
    }

    pub(super) fn leave(
        &mut self,
        link: LinkId,
        movement: Option<MovementId>,
        took: Millis,
        delay: Millis,
    ) {
        self.links[link.index()].leave(took, delay);
        if let Some(movement) = movement {
            self.movements[movement.index()].leave(took, delay);
        }
    }

    pub(super) fn drive(&mut self, link: LinkId, movement: Option<MovementId>, driven: &Driven) {
        self.links[link.index()].drive(driven);
        if let Some(movement) = movement {
            self.movements[movement.index()].drive(driven);
        }
    }

    pub(super) fn end_step(&mut self) {
        self.steps += 1;
        for cell in self.links.iter_mut().chain(&mut self.movements) {
            cell.queue_max = cell.queue_max.max(std::mem::take(&mut cell.queue));
        }
    }
}

/// Writes one of the two files.
pub(super) struct Writer {
    csv: csv::Writer<Target>,
}

/// The columns that links and movements share, after their names.
const COLUMNS: [&str; 13] = [
    "entered",
    "volume",
    "volume_per_hour",
    "mean_time_s",
    "mean_delay_s",
    "stops",
    "mean_queue",
    "max_queue",
    "mean_speed_mps",
    "density_per_km",
    "occupancy",
    "fuel_g",
    "co2_g",
];

impl Writer {
    pub(super) fn new(target: Target, names: &[&str]) -> anyhow::Result<Self> {
        let mut csv = csv::Writer::from_writer(target);
        csv.write_record(["begin_s", "end_s"].iter().chain(names).chain(&COLUMNS))?;
        Ok(Self { csv })
    }

    pub(super) fn links(
        &mut self,
        span: (Millis, Millis),
        table: &RoadTable,
        site: &Site,
    ) -> anyhow::Result<()> {
        for (link, cell) in site.network.links().iter().zip(&table.links) {
            let metres = link.length.0 * f64::from(link.lane_count);
            self.row(span, &[&link.name], cell, table.steps, metres)?;
        }
        Ok(())
    }

    pub(super) fn movements(
        &mut self,
        span: (Millis, Millis),
        table: &RoadTable,
        site: &Site,
    ) -> anyhow::Result<()> {
        let network = &site.network;
        for (row, cell) in network.movements().iter().zip(&table.movements) {
            let (from, to) = (network.link(row.from), network.link(row.to));
            let junction = &network.junction(row.junction).name;
            let names = [junction, &from.name, &to.name, row.turn.name()];
            let mut lanes: Vec<u8> = row.connections.iter().map(|c| c.from_lane).collect();
            lanes.sort_unstable();
            lanes.dedup();
            let metres = from.length.0 * lanes.len() as f64;
            self.row(span, &names, cell, table.steps, metres)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> anyhow::Result<()> {
        Ok(self.csv.flush()?)
    }

    /// `metres` of lane are there for it.
    fn row(
        &mut self,
        (begin, end): (Millis, Millis),
        names: &[&str],
        cell: &Cell,
        steps: u64,
        metres: f64,
    ) -> anyhow::Result<()> {
        let share = |sum: f64, of: f64| if of > 0.0 { sum / of } else { 0.0 };
        let (left, steps) = (cell.left as f64, steps as f64);
        let seconds = (end - begin).as_secs_f64();
        let mean = |value: f64| if cell.left > 0 { format!("{value:.2}") } else { String::new() };
        let speed = share(cell.speeds, cell.steps as f64);
        let speed = if cell.steps > 0 { format!("{speed:.3}") } else { String::new() };
        let values = [format!("{}", begin.as_secs_f64()), format!("{}", end.as_secs_f64())];
        let measures = [
            cell.entered.to_string(),
            cell.left.to_string(),
            format!("{:.1}", share(left * 3_600.0, seconds)),
            mean(share(cell.took.as_secs_f64(), left)),
            mean(share(cell.delay.as_secs_f64(), left)),
            cell.stops.to_string(),
            format!("{:.3}", share(cell.queued as f64, steps)),
            cell.queue_max.to_string(),
            speed,
            format!("{:.3}", share(cell.steps as f64 * 1_000.0, steps * metres)),
            format!("{:.5}", share(cell.lengths, steps * metres)),
            format!("{:.2}", cell.emission.fuel),
            format!("{:.2}", cell.emission.carbon_dioxide),
        ];
        let row = values.iter().map(String::as_str).chain(names.iter().copied());
        self.csv.write_record(row.chain(measures.iter().map(String::as_str)))?;
        Ok(())
    }
}
