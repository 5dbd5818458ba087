//! The ways that trips take from one link to another: the quickest, and others that are nearly as
//! quick.
//!
//! The quickest way at free flow is always one of them. Each further search sees every link up to half
//! as slow again as it is, by chance (a sampled perception of cost, Burrell 1968); what it finds is
//! another way, unless it is known or too long. Trips are shared out by Kirchhoff's rule: a way that
//! takes `t` gets a share in proportion to `t⁻⁸`, so one that takes a tenth longer gets about half of
//! what the quickest gets. The ways are the same for every seed; who takes which is drawn from it.
//! Streets are not loaded: a way does not get slower because many take it.

use network::{Network, Ways};
use units::{LinkId, Millis};

use crate::chance::{Chance, Use};

/// How much slower a search may see a link, as a share.
const BLUR: f64 = 0.5;
/// How much longer than the quickest a way may take, as a factor.
const DETOUR_MAX: f64 = 1.4;
/// The power of Kirchhoff's rule. Assumed: planners use 3 to 10.
const POWER: usize = 8;

/// The ways from one link.
#[derive(Debug)]
pub(super) struct Alternatives {
    from: LinkId,
    searches: Vec<Ways>,
}

impl Alternatives {
    /// At most `count` ways to each other link; at least one search is made.
    pub(super) fn from(network: &Network, from: LinkId, count: usize) -> Self {
        let mut searches = vec![network.ways(from)];
        for search in 1..count {
            let blurred = |link: LinkId| {
                let mut chance = Chance::new(0, Use::WayCost, link.index() as u64, search as u64);
                let free = network.free_flow(link).as_secs_f64();
                Millis::from_secs_f64(free * (1.0 + BLUR * chance.even()))
            };
            searches.push(network.ways_by(from, blurred));
        }
        Self { from, searches }
    }

    /// The ways to the end of `to`, each with its share of 1; none where none leads there.
    pub(super) fn to(&self, network: &Network, to: LinkId) -> Vec<(f64, Vec<LinkId>)> {
        let mut ways: Vec<(f64, Vec<LinkId>)> = Vec::new();
        for search in &self.searches {
            let Some(way) = search.to(to) else { return ways };
            debug_assert_eq!(way[0], self.from);
            let time: Millis = way.iter().map(|&link| network.free_flow(link)).sum();
            // A way of no length at all would have an endless share.
            let time = time.max(Millis(1)).as_secs_f64();
            let quickest = ways.first().map_or(time, |(quickest, _)| *quickest);
            if time <= DETOUR_MAX * quickest && ways.iter().all(|(_, known)| *known != way) {
                ways.push((time, way));
            }
        }
        let quickest = ways.first().map_or(1.0, |(quickest, _)| *quickest);
        let weight = |time: f64| (0..POWER).fold(1.0, |weight, _| weight * quickest / time);
        let sum: f64 = ways.iter().map(|(time, _)| weight(*time)).sum();
        ways.into_iter().map(|(time, way)| (weight(time) / sum, way)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate;

    #[test]
    fn the_quickest_way_is_first_others_are_driveable_and_shares_sum_to_one() {
        let network = generate::district(1, 4, 3).0.network;
        let links = || (0..network.links().len()).map(LinkId::from_index);
        let from = network.link_named("l_0_1_1_1").expect("an entry");
        let (one, five) =
            (Alternatives::from(&network, from, 1), Alternatives::from(&network, from, 5));
        let mut several = 0;
        for to in links() {
            let ways = five.to(&network, to);
            assert_eq!(ways.first().map(|(_, way)| way.clone()), network.route(from, to));
            assert!(one.to(&network, to).len() <= 1);
            let sum: f64 = ways.iter().map(|(share, _)| share).sum();
            assert!(ways.is_empty() || (sum - 1.0).abs() < 1e-9, "{sum}");
            assert!(ways.iter().all(|(share, _)| *share <= ways[0].0));
            for (_, way) in &ways {
                let joined = |pair: &[LinkId]| network.movement_between(pair[0], pair[1]).is_some();
                assert!(way.windows(2).all(joined));
            }
            several += usize::from(ways.len() > 1);
        }
        assert!(several > 10, "{several}");
    }
}
