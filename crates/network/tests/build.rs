//! Networks that build, and all that is wrong with those that do not.

use network::{Connection, LaneSpec, Network, Point, Turn};
use units::{JunctionId, LinkId, Metres, MetresPerSecond, Millis};

const LANE: LaneSpec = LaneSpec { width: Metres(3.5), speed: MetresPerSecond(10.0) };

fn connection(from_lane: u8, to_lane: u8) -> Vec<Connection> {
    vec![Connection { from_lane, to_lane, length: Metres(10.0), ..Connection::default() }]
}

/// West to east over a middle junction, with a longer way round by the south.
fn diamond() -> Network {
    let mut b = Network::builder();
    let at = |x, y| Point { x, y };
    let west = b.junction("w", at(0.0, 0.0), false);
    let north = b.junction("n", at(100.0, 50.0), true);
    let south = b.junction("s", at(100.0, -90.0), false);
    let east = b.junction("e", at(200.0, 0.0), false);
    let end = b.junction("x", at(300.0, 0.0), false);
    let mut link = |name, from, to, length| b.link(name, from, to, Metres(length), &[LANE], vec![]);
    let start = link("start", end, west, 50.0);
    let (wn, ne) = (link("wn", west, north, 110.0), link("ne", north, east, 110.0));
    let (ws, se) = (link("ws", west, south, 130.0), link("se", south, east, 130.0));
    let out = link("out", east, end, 100.0);
    b.movement(west, start, wn, Turn::Left, connection(0, 0));
    b.movement(west, start, ws, Turn::Right, connection(0, 0));
    b.movement(north, wn, ne, Turn::Straight, connection(0, 0));
    b.movement(south, ws, se, Turn::Straight, connection(0, 0));
    b.movement(east, ne, out, Turn::Straight, connection(0, 0));
    b.movement(east, se, out, Turn::Straight, connection(0, 0));
    b.build().expect("sound")
}

#[test]
fn a_way_by_cost_goes_around_what_costs_much_and_takes_less_than_nothing_as_nothing() {
    let network = diamond();
    let link = |name: &str| network.link_named(name).expect("a link");
    let names = |cost: &dyn Fn(LinkId) -> Millis| -> Vec<String> {
        let way = network.ways_by(link("start"), cost).to(link("out")).expect("a way");
        way.iter().map(|&id| network.link(id).name.clone()).collect()
    };
    assert_eq!(names(&|id| network.free_flow(id)), ["start", "wn", "ne", "out"]);
    let dear = |id| if id == link("ne") { Millis::from_secs(60) } else { Millis::ZERO };
    assert_eq!(names(&dear), ["start", "ws", "se", "out"]);
    let below = |id| if id == link("wn") { Millis(1) } else { Millis(-5) };
    assert_eq!(names(&below), ["start", "ws", "se", "out"]);
}

#[test]
fn the_quickest_way_is_found() {
    let net = diamond();
    let named = |name: &str| net.link_named(name).expect("there");
    let way = net.route(named("start"), named("out")).expect("a way");
    let names: Vec<_> = way.iter().map(|&l| net.link(l).name.as_str()).collect();
    assert_eq!(names, ["start", "wn", "ne", "out"]);
    assert_eq!(net.route(named("out"), named("start")), None);
    assert_eq!(net.route(named("out"), named("out")), Some(vec![named("out")]));
}

#[test]
fn ways_to_all_links_are_those_to_each() {
    let net = diamond();
    let links = || (0..net.links().len()).map(LinkId::from_index);
    for from in links() {
        let ways = net.ways(from);
        for to in links() {
            assert_eq!(ways.to(to), net.route(from, to), "{from} to {to}");
        }
    }
}

#[test]
fn tables_agree_with_the_graph() {
    let net = diamond();
    assert_eq!(net.graph().node_count(), net.junctions().len());
    assert_eq!(net.graph().edge_count(), net.links().len());
    for (index, _) in net.lanes().iter().enumerate() {
        let lane = units::LaneId::from_index(index);
        assert_eq!(net.lane_named(&net.lane_name(lane)), Some(lane));
    }
    assert_eq!(net.lane_named("wn_1"), None);
}

#[test]
fn every_problem_is_reported_at_once() {
    let mut b = Network::builder();
    let a = b.junction("a", Point::default(), true);
    b.junction("a", Point { x: f64::NAN, y: 0.0 }, true);
    let link = b.link("l", a, JunctionId(9), Metres(-1.0), &[], vec![]);
    b.movement(a, link, LinkId(7), Turn::Left, vec![]);
    let problems = b.build().expect_err("unsound");
    let text: Vec<_> = problems.iter().map(ToString::to_string).collect();
    for expected in [
        "junction a: its position is not a number",
        "link l: its length of -1 m is not positive",
        "link l: 0 lanes, there must be 1 to 16",
        "link l: it ends at a junction that is not there",
        "junction a: the name is given twice",
        "movement 0: it names a link that is not there",
    ] {
        assert!(text.iter().any(|t| t == expected), "{expected} is not in {text:?}");
    }
}

#[test]
fn a_movement_that_is_given_twice_is_a_problem_wherever_it_stands() {
    let mut b = Network::builder();
    let ids: Vec<_> = (0..4)
        .map(|n| b.junction(&format!("j{n}"), Point { x: f64::from(n), y: 0.0 }, false))
        .collect();
    let links: Vec<_> = ids
        .windows(2)
        .map(|pair| {
            let name = format!("l{}", pair[0]);
            b.link(&name, pair[0], pair[1], Metres(50.0), &[LANE], vec![])
        })
        .collect();
    b.movement(ids[1], links[0], links[1], Turn::Straight, connection(0, 0));
    b.movement(ids[2], links[1], links[2], Turn::Straight, connection(0, 0));
    b.movement(ids[1], links[0], links[1], Turn::Straight, connection(0, 0));
    let text: Vec<_> = b.build().expect_err("unsound").iter().map(ToString::to_string).collect();
    assert_eq!(text, ["movement l0 to l1: it is given twice"]);
}

/// A row of so many junctions took minutes when each movement looked at all before it.
#[test]
fn a_row_of_ten_thousand_junctions_builds_and_is_found_by_name() {
    let count = 10_000_u32;
    let mut b = Network::builder();
    let place = |n: u32| Point { x: f64::from(n) * 100.0, y: 0.0 };
    let ids: Vec<_> = (0..count).map(|n| b.junction(&format!("j{n}"), place(n), true)).collect();
    let mut links = Vec::new();
    for pair in ids.windows(2) {
        let name = format!("l{}", pair[0]);
        links.push(b.link(&name, pair[0], pair[1], Metres(100.0), &[LANE; 3], vec![]));
    }
    for (pair, at) in links.windows(2).zip(&ids[1..]) {
        b.movement(*at, pair[0], pair[1], Turn::Straight, connection(1, 1));
    }
    let network = b.build().expect("sound");
    for (index, junction) in network.junctions().iter().enumerate() {
        assert_eq!(network.junction_named(&junction.name), Some(JunctionId::from_index(index)));
    }
    for (index, link) in network.links().iter().enumerate() {
        assert_eq!(network.link_named(&link.name), Some(LinkId::from_index(index)));
        assert_eq!(
            network.lane_named(&format!("{}_2", link.name)).map(|l| network.lane(l).index),
            Some(2)
        );
    }
}
