//! A site and its demand as SUMO's plain files: the same lanes, connections, trips and lamps.
//!
//! Names are numbers, since SUMO's may not hold what ours may: `j3` a junction, `l7` a link. Lanes are
//! counted from the kerb there, from the middle of the road here.

use std::fmt::Write;

use network::{Movement, Turn};
use scenario::{Demand, Flow, SignalSite, Site, VehicleType};
use signal::{Aspect, Controller, LocalPlan, controller::TICK};
use units::{Millis, Moment};

/// A file's ending, and its text.
pub(super) type File = (&'static str, String);

/// Cycles that a plan runs before one is copied: it has settled by then.
const SETTLED: i64 = 6;

/// All files that netconvert and SUMO need.
pub(super) fn files(site: &Site, demand: &Demand, until: Millis) -> Vec<File> {
    vec![
        ("nod.xml", nodes(site)),
        ("edg.xml", edges(site)),
        ("con.xml", connections(site)),
        ("tll.xml", lamps(site)),
        ("rou.xml", routes(demand, until)),
    ]
}

/// Lines within an element; a String never refuses to be written to.
fn element(name: &str, lines: impl IntoIterator<Item = String>) -> String {
    let mut text = format!("<{name}>\n");
    lines.into_iter().for_each(|line| writeln!(text, "  {line}").expect("writing to memory"));
    text + &format!("</{name}>\n")
}

fn nodes(site: &Site) -> String {
    let of = |(index, junction): (usize, &network::Junction)| {
        let (x, y) = (junction.position.x, junction.position.y);
        let signals = site.signals.iter().any(|signal| signal.junction.index() == index);
        let kind = if signals { "traffic_light" } else { "priority" };
        format!(r#"<node id="j{index}" x="{x}" y="{y}" type="{kind}"/>"#)
    };
    element("nodes", site.network.junctions().iter().enumerate().map(of))
}

fn edges(site: &Site) -> String {
    let of = |(index, link): (usize, &network::Link)| {
        let (from, to) = (link.from.index(), link.to.index());
        let (lanes, speed, length) = (link.lane_count, link.speed.0, link.length.0);
        format!(
            r#"<edge id="l{index}" from="j{from}" to="j{to}" numLanes="{lanes}" speed="{speed}" length="{length}"/>"#
        )
    };
    element("edges", site.network.links().iter().enumerate().map(of))
}

/// Each way from lane to lane, in one order everywhere.
fn ways(site: &Site) -> impl Iterator<Item = (usize, &Movement, String)> {
    let movements = site.network.movements().iter().enumerate();
    movements.flat_map(move |(index, movement)| {
        movement.connections.iter().map(move |connection| {
            let lanes = |link| site.network.link(link).lane_count;
            let from_lane = lanes(movement.from) - 1 - connection.from_lane;
            let to_lane = lanes(movement.to) - 1 - connection.to_lane;
            let (from, to) = (movement.from.index(), movement.to.index());
            let way = format!(
                r#"<connection from="l{from}" to="l{to}" fromLane="{from_lane}" toLane="{to_lane}""#
            );
            (index, movement, way)
        })
    })
}

fn connections(site: &Site) -> String {
    element("connections", ways(site).map(|(_, _, way)| way + "/>"))
}

fn lamps(site: &Site) -> String {
    let mut lines = Vec::new();
    for signal in &site.signals {
        let junction = signal.junction.index();
        let here: Vec<_> =
            ways(site).filter(|(_, movement, _)| movement.junction == signal.junction).collect();
        lines.push(format!(r#"<tlLogic id="j{junction}" type="static" programID="0" offset="0">"#));
        for (span, aspects) in cycle(signal) {
            let letter = |(index, movement, _): &(usize, &Movement, String)| {
                let group = signal.group_of(units::MovementId::from_index(*index));
                letter(group.map(|group| aspects[group.index()]), movement.turn)
            };
            let state: String = here.iter().map(letter).collect();
            let seconds = span.as_secs_f64();
            lines.push(format!(r#"<phase duration="{seconds}" state="{state}"/>"#));
        }
        lines.push("</tlLogic>".to_owned());
        for (number, (_, _, way)) in here.iter().enumerate() {
            lines.push(format!(r#"{way} tl="j{junction}" linkIndex="{number}"/>"#));
        }
    }
    element("tlLogics", lines)
}

/// Turns give way where others have green too, as they do here.
fn letter(aspect: Option<Aspect>, turn: Turn) -> char {
    match (aspect, turn) {
        (Some(Aspect::Green), Turn::Straight) => 'G',
        (Some(Aspect::Green) | None, _) => 'g',
        (Some(Aspect::Yellow), _) => 'y',
        _ => 'r',
    }
}

/// One cycle of a cabinet's own plan, as its controller shows it.
fn cycle(site: &SignalSite) -> Vec<(Millis, Vec<Aspect>)> {
    let mut controller = Controller::new(site.layout.clone(), Moment::ORIGIN);
    let plan = LocalPlan::new(site.plans[0].clone());
    let length = site.plans[0].cycle();
    let (begin, mut now) = (Moment::ORIGIN + length * SETTLED, Moment::ORIGIN);
    let mut shown: Vec<(Millis, Vec<Aspect>)> = Vec::new();
    while now < begin + length {
        if now >= begin {
            match shown.last_mut() {
                Some((span, last)) if *last == controller.aspects() => *span += TICK,
                _ => shown.push((TICK, controller.aspects().to_vec())),
            }
        }
        now += TICK;
        controller.request(plan.wanted(now));
        controller.step(now);
    }
    shown
}

fn routes(demand: &Demand, until: Millis) -> String {
    let mut types: Vec<VehicleType> = Vec::new();
    let mut vehicles: Vec<(Millis, usize, &Flow)> = Vec::new();
    for flow in &demand.flows {
        let known = types.iter().position(|known| *known == flow.vehicle);
        let kind = known.unwrap_or_else(|| {
            types.push(flow.vehicle);
            types.len() - 1
        });
        vehicles.extend(flow.departures().filter(|at| *at < until).map(|at| (at, kind, flow)));
    }
    vehicles.sort_by_key(|(at, ..)| *at);
    let kind = |(index, v): (usize, &VehicleType)| {
        let (length, gap, speed) = (v.length.0, v.min_gap.0, v.max_speed.0);
        let (accel, decel, tau) = (v.acceleration, v.deceleration, v.headway_s);
        format!(
            r#"<vType id="t{index}" length="{length}" minGap="{gap}" maxSpeed="{speed}" accel="{accel}" decel="{decel}" tau="{tau}"/>"#
        )
    };
    let vehicle = |(index, (at, kind, flow)): (usize, &(Millis, usize, &Flow))| {
        let links: Vec<_> = flow.route.iter().map(|link| format!("l{}", link.index())).collect();
        let (at, links) = (at.as_secs_f64(), links.join(" "));
        format!(
            r#"<vehicle id="v{index}" type="t{kind}" depart="{at}" departLane="best" departSpeed="max"><route edges="{links}"/></vehicle>"#
        )
    };
    let lines = types.iter().enumerate().map(kind);
    element("routes", lines.chain(vehicles.iter().enumerate().map(vehicle)))
}

#[cfg(test)]
mod tests {
    use scenario::generate;

    use super::*;

    fn text(ending: &str) -> String {
        let (site, demand) = generate::arterial(1, 2);
        let files = files(&site, &demand, Millis::from_secs(600));
        files.into_iter().find(|(name, _)| *name == ending).expect("a file").1
    }

    #[test]
    fn lanes_are_counted_from_the_kerb() {
        let (site, _) = generate::arterial(1, 2);
        let left = site.network.movements().iter().find(|m| m.turn == Turn::Left).expect("a left");
        let (from, to) = (left.from.index(), left.to.index());
        let way = format!(r#"<connection from="l{from}" to="l{to}" fromLane="2" toLane="2"/>"#);
        assert!(text("con.xml").contains(&way), "{way}");
    }

    #[test]
    fn a_cycle_of_lamps_is_as_long_as_the_plan_and_names_every_connection() {
        let (site, _) = generate::arterial(1, 2);
        for signal in &site.signals {
            let spans: Millis = cycle(signal).iter().map(|(span, _)| *span).sum();
            assert_eq!(spans, signal.plans[0].cycle());
            let greens = cycle(signal).into_iter().flat_map(|(_, aspects)| aspects);
            assert!(greens.into_iter().any(|aspect| aspect == Aspect::Green));
        }
        let lamps = text("tll.xml");
        let named = lamps.matches("linkIndex").count();
        assert_eq!(named, text("con.xml").matches("<connection ").count());
    }

    #[test]
    fn vehicles_come_in_the_order_of_their_times_and_no_later_than_the_run() {
        let routes = text("rou.xml");
        let times: Vec<f64> = routes
            .split(r#"depart=""#)
            .skip(1)
            .map(|rest| rest.split('"').next().expect("a quote").parse().expect("a number"))
            .collect();
        assert!(times.len() > 100 && times.is_sorted(), "{}", times.len());
        assert!(times.iter().all(|at| *at < 600.0));
    }
}
