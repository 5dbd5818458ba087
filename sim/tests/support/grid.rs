//! A grid as `CityFlow` has it: three lanes a road for left, straight and right, light phase 0 for right
//! turns alone, then four pairs and four whole approaches.

use serde_json::{Value, json};

const SPACING: i64 = 300;
const WIDTH: f64 = 12.0;
/// East, north, west, south: the way that a road leads.
const WAYS: [(i64, i64); 4] = [(1, 0), (0, 1), (-1, 0), (0, -1)];

/// Junctions with signals, from (1, 1) on; around them a frame of ends.
pub(crate) struct Grid {
    pub(crate) columns: i64,
    pub(crate) rows: i64,
}

impl Grid {
    fn is_inside(&self, x: i64, y: i64) -> bool {
        (1..=self.columns).contains(&x) && (1..=self.rows).contains(&y)
    }

    /// Junctions and ends; the corners of the frame are neither.
    fn places(&self) -> Vec<(i64, i64)> {
        let all = (0..=self.columns + 1).flat_map(|x| (0..=self.rows + 1).map(move |y| (x, y)));
        let near = |x, y| WAYS.iter().any(|&(dx, dy)| self.is_inside(x + dx, y + dy));
        all.filter(|&(x, y)| self.is_inside(x, y) || near(x, y)).collect()
    }

    /// Every road: where it begins, and which way it leads.
    fn roads(&self) -> Vec<(i64, i64, usize)> {
        let places = self.places();
        let from = places.iter().flat_map(|&(x, y)| (0..4).map(move |way| (x, y, way)));
        let leads = |&(x, y, way): &(i64, i64, usize)| {
            let (ex, ey) = (x + WAYS[way].0, y + WAYS[way].1);
            (self.is_inside(x, y) || self.is_inside(ex, ey)) && places.contains(&(ex, ey))
        };
        from.filter(leads).collect()
    }

    pub(crate) fn roadnet(&self) -> Value {
        let place = |x: i64, y: i64| json!({"x": x * SPACING, "y": y * SPACING});
        let lane = json!({"width": 4, "maxSpeed": 11.111});
        let roads = self.roads().into_iter().map(|(x, y, way)| {
            let (dx, dy) = WAYS[way];
            json!({"id": road(x, y, way), "points": [place(x, y), place(x + dx, y + dy)],
                   "lanes": [lane, lane, lane], "startIntersection": junction(x, y),
                   "endIntersection": junction(x + dx, y + dy)})
        });
        let intersections = self.places().into_iter().map(|(x, y)| {
            let inside = self.is_inside(x, y);
            let (links, phases) = if inside { crossing(x, y) } else { (vec![], vec![]) };
            json!({
                "id": junction(x, y), "point": place(x, y), "virtual": !inside,
                "width": if inside { WIDTH } else { 0.0 }, "roads": [], "roadLinks": links,
                "trafficLight": {"roadLinkIndices": [], "lightphases": phases},
            })
        });
        let (roads, intersections): (Vec<_>, Vec<_>) = (roads.collect(), intersections.collect());
        json!({"intersections": intersections, "roads": roads})
    }

    /// From every end straight on, one vehicle each `every` seconds; a quarter as many turn left at the
    /// second junction, a fifth at the first.
    pub(crate) fn flow(&self, every: f64, seconds: i64) -> Value {
        let vehicle = json!({"length": 5.0, "width": 2.0, "maxPosAcc": 2.0, "maxNegAcc": 4.5,
            "usualPosAcc": 2.0, "usualNegAcc": 4.5, "minGap": 2.5, "maxSpeed": 11.111,
            "headwayTime": 2});
        let mut flows = Vec::new();
        for (x, y, way) in self.roads() {
            if self.is_inside(x, y) {
                continue;
            }
            for (share, turns) in [(every, None), (4.0 * every, Some(1)), (5.0 * every, Some(0))] {
                flows.push(json!({"vehicle": vehicle, "route": self.route((x, y, way), turns),
                    "interval": share, "startTime": x + 2 * y, "endTime": seconds}));
            }
        }
        Value::from(flows)
    }

    fn route(&self, start: (i64, i64, usize), turns_at: Option<usize>) -> Vec<String> {
        let (mut x, mut y, mut way) = start;
        let mut route = vec![road(x, y, way)];
        (x, y) = (x + WAYS[way].0, y + WAYS[way].1);
        for passed in 0.. {
            if !self.is_inside(x, y) {
                break;
            }
            if turns_at == Some(passed) {
                way = (way + 1) % 4;
            }
            route.push(road(x, y, way));
            (x, y) = (x + WAYS[way].0, y + WAYS[way].1);
        }
        route
    }
}

fn junction(x: i64, y: i64) -> String {
    format!("intersection_{x}_{y}")
}

fn road(x: i64, y: i64, way: usize) -> String {
    format!("road_{x}_{y}_{way}")
}

/// Road links and light phases: of each way in, left, straight and right.
fn crossing(x: i64, y: i64) -> (Vec<Value>, Vec<Value>) {
    let mut links = Vec::new();
    for (way, (dx, dy)) in WAYS.into_iter().enumerate() {
        let turns = [("turn_left", 1, 0), ("go_straight", 0, 1), ("turn_right", 3, 2)];
        for (kind, by, lane) in turns {
            let to = (way + by) % 4;
            let (ex, ey) = WAYS[to];
            let points = json!([{"x": -WIDTH * dx as f64, "y": -WIDTH * dy as f64},
                                {"x": WIDTH * ex as f64, "y": WIDTH * ey as f64}]);
            let lanes: Vec<Value> = (0..3)
                .map(|end| json!({"startLaneIndex": lane, "endLaneIndex": end, "points": points}))
                .collect();
            links.push(json!({"type": kind, "startRoad": road(x - dx, y - dy, way),
                "endRoad": road(x, y, to), "direction": 0, "laneLinks": lanes}));
        }
    }
    let left = |way: usize| 3 * way;
    let straight = |way: usize| 3 * way + 1;
    let phase = |time: u32, open: &[usize]| {
        let rights = (0..4).map(|way| 3 * way + 2);
        let open: Vec<usize> = open.iter().copied().chain(rights).collect();
        json!({"time": time, "availableRoadLinks": open})
    };
    let mut phases = vec![phase(5, &[])];
    phases.extend((0..2).map(|way| phase(30, &[straight(way), straight(way + 2)])));
    phases.extend((0..2).map(|way| phase(30, &[left(way), left(way + 2)])));
    phases.extend((0..4).map(|way| phase(30, &[straight(way), left(way)])));
    (links, phases)
}
