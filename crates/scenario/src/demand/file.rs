//! A demand file as it was read: what it says outright, and what is drawn from it by a seed.
//!
//! One reading, many draws: [`DemandFile::expand`] makes the demand of one seed. The network is not
//! needed any more; all ways were found when the file was read.

use document::{Document, Problem};
use network::Network;

use super::counts::Counts;
use super::draw::{Arrivals, Drawn};
use super::matrix::Matrix;
use super::{Demand, Flow, read};
use crate::chance::{Chance, Use};

/// The most vehicles that are drawn one by one from one file: a city's day. More is a slip of the hand.
pub(crate) const DRAWN_MAX: f64 = 2_000_000.0;
/// What [`Demand::parse`] draws with: the seed that the command line has where none is given.
const SEED_USUAL: u64 = 1;

/// A demand file without a mistake.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct DemandFile {
    /// What does not depend on a seed.
    pub(crate) plain: Demand,
    /// Flows whose vehicles come by chance.
    pub(crate) random: Vec<Flow>,
    pub(crate) matrices: Vec<Matrix>,
    pub(crate) counts: Vec<Counts>,
    pub(crate) notes: Vec<String>,
}

impl DemandFile {
    /// Reads a demand file that stands alone; its links are those of `network`.
    ///
    /// # Errors
    /// Every mistake in it, with its line: see [`Self::parse_with`]. A table that lies in a file of its
    /// own is one.
    pub fn parse(text: &str, network: &Network) -> Result<Self, Vec<Problem>> {
        Self::parse_with(text, network, &|_| Err("no other files are read here".to_owned()))
    }

    /// Reads a demand file; `beside` gives the text of a file of that name beside it, or why it could
    /// not be read.
    ///
    /// # Errors
    /// Every mistake in it, with its line: an impossible number, a link or zone that is not there, two
    /// links of a route that no movement joins, zones between which nothing can be driven, shares that
    /// do not sum to 1, times out of order, a vehicle that is not described.
    pub fn parse_with(
        text: &str,
        network: &Network,
        beside: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<Self, Vec<Problem>> {
        Document::parse(text)?.read(|root| read::file(root, network, beside))
    }

    /// The demand of one seed. The same seed gives the same demand; without matrices, counts and
    /// Poisson arrivals every seed does.
    #[must_use]
    pub fn expand(&self, seed: u64) -> Demand {
        let mut demand = self.plain.clone();
        for (which, flow) in (0..).zip(&self.random) {
            let mut drawn = Drawn::default();
            let mut chance = Chance::new(seed, Use::FlowArrivals, which, 0);
            let span = (flow.start, flow.end);
            for at in Arrivals::Poisson.times(span, expected(flow), &mut chance) {
                drawn.add(flow.route.clone(), flow.vehicle, at);
            }
            let as_said = |one| Flow { departure: flow.departure, ..one };
            demand.flows.extend(drawn.flows().into_iter().map(as_said));
        }
        for (which, matrix) in (0..).zip(&self.matrices) {
            let mut drawn = Drawn::default();
            matrix.expand(seed, which, &mut drawn);
            demand.flows.extend(drawn.flows());
        }
        for (which, counts) in (0..).zip(&self.counts) {
            let mut drawn = Drawn::default();
            counts.expand(seed, which, &mut drawn);
            demand.flows.extend(drawn.flows());
        }
        demand
    }

    /// What somebody has to judge: counts that do not agree, trips that are left out.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// How many vehicles are drawn one by one, in the mean.
    pub(crate) fn drawn(&self) -> f64 {
        let random = self.random.iter().map(expected);
        let matrices = self.matrices.iter().map(Matrix::expected);
        random.chain(matrices).chain(self.counts.iter().map(Counts::expected)).sum()
    }
}

impl Demand {
    /// Reads a demand file that stands alone and draws it with the usual seed, 1.
    ///
    /// # Errors
    /// Every mistake in it: see [`DemandFile::parse`].
    pub fn parse(text: &str, network: &Network) -> Result<Self, Vec<Problem>> {
        Ok(DemandFile::parse(text, network)?.expand(SEED_USUAL))
    }
}

fn expected(flow: &Flow) -> f64 {
    (flow.end - flow.start).as_secs_f64() / flow.interval.as_secs_f64()
}
