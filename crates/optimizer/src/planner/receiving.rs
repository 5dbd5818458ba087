//! How many vehicles a link can still take: the receiving function of the link transmission model
//! (Yperman 2007; Newell 1993), from counts at both ends.
//!
//! With `N_up` who has ever entered and `N_down` who has ever left by now, a link of length `L` takes,
//! within `D` seconds from `t` on, at most
//!
//! ```text
//!   R(t) = min( N_down(t + D - L/w) + k_jam * L  -  N_up(t),  q * D )
//! ```
//!
//! for where one leaves, the place moves back to the link's begin as a wave of speed `w`. So of those who
//! left within the last `L/w - D` the place has not come back yet. `N_up - N_down` is who is on the link;
//! only those who left lately are counted here.

use estimate::{ROOM, Sight};
use network::Network;
use units::{LinkId, Millis};

use super::shares::Shares;
use crate::district::Scene;

/// How fast a place that gets free moves back through a standing queue, metres a second: 18 km/h, within
/// the 15 to 20 of streets.
const WAVE: f32 = 5.0;
/// The longest that a wave is followed, seconds: behind it the link takes what its room says.
const LAG_MAX: usize = 120;
/// For so long a link must take what comes, seconds: about what one green sends with its clearance.
const GREEN: f32 = 15.0;
/// A lane's vehicles at saturation are so far apart, seconds: 1,800 an hour.
const HEADWAY: f32 = 2.0;
/// From this share of its room on, a short link is too full to be worth a green that leads there.
const FULL: f32 = 0.85;
/// Of a vehicle's worth so much is left where its link takes nobody: a green for it is a last resort.
const LEAST: f32 = 0.05;
/// Links shorter than this are ways across a junction, metres, unless they end at a signal: whether they
/// are full says nothing.
const SHORT: f32 = 30.0;

const SECOND: Millis = Millis(1_000);

/// The receiving ends of all links.
#[derive(Clone, Debug)]
pub(super) struct Receiving {
    links: Vec<Link>,
    second: i64,
}

#[derive(Clone, Debug)]
struct Link {
    /// How many vehicles fill it; endless where that says nothing.
    jam: f32,
    /// How many its begin is sent in [`GREEN`] at most.
    sent: f32,
    /// From its end to its begin a wave needs so long, seconds.
    lag: usize,
    /// How many left it in each of the last seconds, as a ring.
    left: Vec<f32>,
    /// How many are on it; none where that is not known.
    on: Option<f32>,
}

impl Receiving {
    pub(super) fn new(network: &Network) -> Self {
        let links = network.links().iter().map(|link| {
            let length = link.length.0 as f32;
            let room = length * f32::from(link.lane_count) / ROOM as f32;
            let is_way_across = length < SHORT && !network.junction(link.to).signalised;
            let jam = if is_way_across { f32::INFINITY } else { room };
            let sent = GREEN / HEADWAY * f32::from(link.lane_count.max(1));
            let lag = ((length / WAVE) as usize).clamp(1, LAG_MAX);
            Link { jam, sent, lag, left: vec![0.0; lag], on: None }
        });
        Self { links: links.collect(), second: i64::MIN }
    }

    /// Sees another step; `shares` has counted who has left.
    pub(super) fn see(&mut self, network: &Network, scene: &Scene, shares: &Shares) {
        let second = scene.time.0.div_euclid(SECOND.0);
        let passed = second.saturating_sub(self.second).max(0);
        for (row, link) in self.links.iter_mut().zip(network.links()) {
            for ago in 0..passed.min(row.lag as i64) {
                let place = row.place(second.saturating_sub(ago));
                row.left[place] = 0.0;
            }
            let first = link.first_lane.index();
            let lanes = first..first + usize::from(link.lane_count);
            let now = row.place(second);
            row.left[now] += shares.gone(lanes.clone());
            row.on = scene.lanes[lanes].iter().filter_map(on).reduce(|sum, on| sum + on);
        }
        self.second = second;
    }

    /// How much of what a green sends a link can take: 1 where it takes all, or nothing is known of it.
    ///
    /// Where a wave is back before a green is over, those who will leave meanwhile make room as well, and
    /// whoever drives on such a link is soon gone: it counts as full where hardly anybody fits.
    pub(super) fn share(&self, link: LinkId) -> f32 {
        let row = &self.links[link.index()];
        let is_short = (row.lag as f32) < GREEN;
        let sent = if is_short { (1.0 - FULL) * row.jam } else { row.sent };
        let share = self.within(link, GREEN) / sent;
        if share.is_nan() { 1.0 } else { share.clamp(LEAST, 1.0) }
    }

    /// How many vehicles a link takes within so many seconds, but for what flows in freely.
    fn within(&self, link: LinkId, seconds: f32) -> f32 {
        let row = &self.links[link.index()];
        let Some(on) = row.on else { return f32::INFINITY };
        // Where a wave is back within the time, those who left when it began are all that counts.
        let hidden = row.lag.saturating_sub(seconds.max(0.0) as usize) as i64;
        let lately = (0..hidden).map(|ago| row.left[row.place(self.second.saturating_sub(ago))]);
        (row.jam - on - lately.sum::<f32>()).max(0.0)
    }
}

impl Link {
    /// The place of a second in the ring.
    fn place(&self, second: i64) -> usize {
        second.rem_euclid(self.lag as i64) as usize
    }
}

/// How many are seen on a lane: of a full one its loops say too little.
fn on(sight: &Sight) -> Option<f32> {
    match sight {
        Sight::Unknown | Sight::Loops(_) => None,
        Sight::Vehicles { seen, .. } => Some(seen.len() as f32),
        Sight::Counted { count, .. } => Some(*count as f32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::testing::{row, scene};

    /// The link to the second signal: 200 m and one lane, so 26 vehicles; a wave needs 40 s.
    const LINK: LinkId = LinkId(2);

    fn standing(count: usize) -> Vec<(f32, f32)> {
        (0..count).map(|place| (place as f32 * 7.5, 0.0)).collect()
    }

    #[test]
    fn a_full_link_takes_nobody_and_an_empty_one_all() {
        let district = row(2, false);
        for (count, expected) in [(0, 1.0), (19, 1.0), (23, 3.667 / 7.5), (26, 0.089), (30, 0.05)] {
            let (mut shares, mut receiving) =
                (Shares::new(&district.network), Receiving::new(&district.network));
            let scene = scene(0, &[0, 0], &[vec![], vec![], standing(count), vec![], vec![]]);
            shares.see(&district.network, &scene);
            receiving.see(&district.network, &scene, &shares);
            let share = receiving.share(LINK);
            assert!((share - expected).abs() < 0.01, "{count}: {share}");
        }
    }

    #[test]
    fn the_place_of_who_left_comes_back_as_a_wave() {
        let district = row(2, false);
        let network = &district.network;
        let (mut shares, mut receiving) = (Shares::new(network), Receiving::new(network));
        let mut taken = Vec::new();
        for second in 0..60 {
            // It is full; from second 10 to 19 one a second leaves, all others stay where they are.
            let gone = (second - 9).clamp(0, 10) as usize;
            let mut queue = standing(26 - gone);
            if (9..19).contains(&second) {
                queue[0] = (1.0, 10.0);
            }
            let scene = scene(second, &[0, 0], &[vec![], vec![], queue, vec![], vec![]]);
            shares.see(network, &scene);
            receiving.see(network, &scene, &shares);
            taken.push(receiving.within(LINK, 15.0).floor());
        }
        // 40 s of wave less the 15 that are looked ahead: 25 s after they left.
        assert_eq!((taken[9], taken[19], taken[34], taken[59]), (0.0, 0.0, 0.0, 10.0), "{taken:?}");
        assert!(taken[40] > 3.0 && taken[40] < 9.0, "{taken:?}");
        // A pause in what is seen forgets the wave, not who is there.
        let late = scene(400, &[0, 0], &[vec![], vec![], standing(20), vec![], vec![]]);
        shares.see(network, &late);
        receiving.see(network, &late, &shares);
        assert_eq!(receiving.within(LINK, 15.0).floor(), 6.0);
    }

    #[test]
    fn nothing_known_is_no_limit() {
        let district = row(1, false);
        let mut receiving = Receiving::new(&district.network);
        assert_eq!(receiving.share(LINK), 1.0);
        let mut scene = scene(0, &[0], &[vec![], vec![], standing(26)]);
        scene.lanes.fill(Sight::Unknown);
        let shares = Shares::new(&district.network);
        receiving.see(&district.network, &scene, &shares);
        assert_eq!(receiving.share(LINK), 1.0);
    }
}
