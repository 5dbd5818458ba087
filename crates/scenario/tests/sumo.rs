//! SUMO's files: what is understood, what is left out with its count, and every kind of mistake with its
//! line.

use network::{RightOfWay, Turn};
use proptest::prelude::*;
use scenario::sumo::{Imported, import_net, read_config};
use scenario::{
    Demand, EntryLane, EntrySpeed, Site, SiteOptions, SpeedFactor, VehicleClass, write_demand,
    write_site,
};
use signal::Aspect;
use units::{Metres, MetresPerSecond, Millis};

const NET: &str = include_str!("sumo_files/crossing.net.xml");
const ROUTES: &str = include_str!("sumo_files/crossing.rou.xml");

fn imported() -> Imported {
    import_net(&mut NET.as_bytes()).unwrap_or_else(|all| panic!("{all:?}"))
}

fn net_mistakes(text: &str) -> Vec<String> {
    let imported = import_net(&mut text.as_bytes());
    imported.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

fn route_mistakes(text: &str) -> Vec<String> {
    let imported = imported();
    let mut routes = imported.routes(1);
    let read = routes.read(&mut text.as_bytes());
    let _ = routes.finish();
    read.err().unwrap_or_default().iter().map(ToString::to_string).collect()
}

#[test]
fn lanes_ways_and_rights_are_those_of_the_file() {
    let imported = imported();
    let network = &imported.network;
    assert_eq!(network.junctions().len(), 5);
    assert_eq!(network.links().len(), 4, "the path for bicycles is left out");
    let link = |name: &str| network.link_named(name).expect("it is there");
    let (west, south) = (link("west"), link("south"));
    assert_eq!(network.link(west).lane_count, 1, "the lane for pedestrians is left out");
    // SUMO's lane 0 is the outermost, ours the innermost.
    let speeds: Vec<_> = network.link_lanes(south).map(|lane| network.lane(lane).speed.0).collect();
    assert_eq!(speeds, [11.11, 13.89]);
    // The course is the inner edge of the road.
    let points = &network.link(west).points;
    assert!(points.iter().all(|point| (point.y - 200.0).abs() < 1e-9), "{points:?}");
    let movement = |from, to: &str| network.movement_between(from, link(to)).expect("it is there");
    let left = network.movement(movement(west, "north"));
    assert_eq!(left.turn, Turn::Left);
    // Over two internal lanes: their lengths together, the lower of their speeds.
    assert_eq!(left.connections[0].length, Metres(14.0));
    assert_eq!(left.connections[0].speed, Some(MetresPerSecond(7.0)));
    assert_eq!(network.movement(movement(south, "north")).connections[0].from_lane, 1);
    // Those never go together: the rows hold while the signals are out.
    let across = RightOfWay::GivesWayTo(vec![movement(south, "north")]);
    assert_eq!(left.right_of_way, across);
    let through = network.movement(movement(west, "east"));
    assert_eq!(through.right_of_way, RightOfWay::GivesWayTo(Vec::new()));
    let expected =
        ["1 edges with the function", "lanes that cars may not use left out: west, path"];
    assert!(imported.notes.iter().any(|note| note.ends_with(expected[1])), "{:?}", imported.notes);
}

#[test]
fn a_program_is_kept_exactly_and_becomes_a_plan() {
    let imported = imported();
    let program = &imported.programs[0];
    assert_eq!((program.groups(), program.cycle()), (3, Millis::from_secs(57)));
    let shown = |second| program.aspects_at(Millis::from_secs(second)).to_vec();
    use Aspect::{Green, Red, Yellow};
    // Its first phase begins 7 s late.
    assert_eq!(shown(7), [Green, Green, Red]);
    assert_eq!(shown(6), [Red, Red, Yellow]);
    assert_eq!(shown(37), [Yellow, Yellow, Red]);
    assert_eq!(shown(41 + 57), [Red, Red, Green]);
    let stand_in = program.stand_in().expect("it can be played");
    assert_eq!(stand_in.layout.groups().len(), 3);
    let (site, without) = imported.site(&SiteOptions::default());
    assert_eq!(without, [""; 0]);
    let signal = &site.signals[0];
    assert_eq!(signal.layout.stages().len(), 2);
    let groups = |index: u8| units::GroupId(index);
    let intergreens = signal.layout.intergreens();
    assert_eq!(intergreens.get(groups(0), groups(2)), Some(Millis::from_secs(4)));
    assert_eq!(intergreens.get(groups(2), groups(1)), Some(Millis::from_secs(3)));
    assert_eq!(intergreens.get(groups(0), groups(1)), None);
    let plan = &signal.plans[0];
    assert_eq!((plan.cycle(), plan.offset()), (Millis::from_secs(57), Millis::from_secs(4)));
    let splits: Vec<_> = plan.splits().iter().map(|split| split.1.as_secs_f64()).collect();
    assert_eq!(splits, [33.0, 24.0]);
    // What was imported survives our own file, rights and speeds included.
    let read = Site::parse(&write_site(&site)).unwrap_or_else(|all| panic!("{all:?}"));
    assert_eq!(read.signals, site.signals);
    assert_eq!(read.network.movements(), site.network.movements());
}

#[test]
fn a_program_that_no_cabinet_can_run_is_named_and_can_be_played() {
    // A second of yellow and no more between two that cross is under the yellow before.
    let text = NET.replace("duration=\"3\" state=\"rry\"", "duration=\"3\" state=\"GGG\"");
    let imported = import_net(&mut text.as_bytes()).expect("it can be read");
    let (site, without) = imported.site(&SiteOptions::default());
    assert_eq!(site.signals.len() + without.len(), 1);
    let text = NET.replace("duration=\"20\" state=\"rrG\"", "duration=\"2000\" state=\"rrG\"");
    let imported = import_net(&mut text.as_bytes()).expect("it can be read");
    let (site, without) = imported.site(&SiteOptions::default());
    assert!(site.signals.is_empty());
    assert!(without[0].starts_with("no cabinet for the signal m: "), "{without:?}");
    assert_eq!(imported.programs[0].cycle(), Millis::from_secs(2_037));
    assert!(imported.programs[0].stand_in().is_ok());
}

#[test]
fn vehicles_flows_and_trips_become_a_demand_that_survives_its_file() {
    let imported = imported();
    let mut routes = imported.routes(1);
    routes.read(&mut ROUTES.as_bytes()).unwrap_or_else(|all| panic!("{all:?}"));
    let (demand, notes) = routes.finish();
    let lorry = &demand.flows[0];
    assert_eq!((lorry.start, lorry.vehicle.class), (Millis(60_000), VehicleClass::Truck));
    assert_eq!(lorry.vehicle.speed_factor, Some(SpeedFactor { mean: 0.9, deviation: 0.05 }));
    assert_eq!((lorry.vehicle.imperfection, lorry.vehicle.headway_s), (Some(0.3), 2.4));
    // The file's lane 1 is the only one for cars: our 0.
    assert_eq!(lorry.departure.lane, EntryLane::Number(0));
    assert_eq!(lorry.departure.speed, EntrySpeed::AtMost(MetresPerSecond(0.0)));
    assert_eq!(lorry.departure.position, Some(Metres(20.0)));
    let trip = &demand.flows[2];
    assert_eq!((trip.route.len(), trip.departure.lane), (2, EntryLane::Outermost));
    let counts: Vec<_> = demand.flows.iter().map(scenario::Flow::vehicles).collect();
    assert_eq!(counts[..5], [1, 1, 1, 10, 360]);
    let drawn = counts.len() - 5;
    assert!((30..90).contains(&drawn), "{drawn} by chance, 60 expected");
    let expected = [
        "2 <person> ignored: p, q",
        "1 <stop> within <vehicle> ignored: b",
        "1 <vType> of the class rail, which no road carries, ignored: train",
        "1 vehicles for whom no way leads there left out: lost",
        "1 vehicles of types that no road carries left out: express",
        "1 ways over edges that cars may not use left out: path",
    ];
    for line in expected {
        assert!(notes.contains(&line.to_owned()), "{line} in {notes:?}");
    }
    let text = write_demand(&demand, &imported.network);
    assert_eq!(Demand::parse(&text, &imported.network), Ok(demand));
}

#[test]
fn every_mistake_of_a_network_has_its_line() {
    assert_eq!(net_mistakes(NET), [""; 0]);
    for (right, wrong, expected) in [
        ("<net version", "<nut version", "line 2: <nut>: it is no SUMO network"),
        ("<net version", "<net lefthand=\"true\" version", "lefthand: left-hand traffic"),
        (
            "length=\"193.00\" shape=\"0,198.4",
            "length=\"0\" shape=\"0,198.4",
            "line 18: <lane id=\"west_1\">: length: \"0\" is no number",
        ),
        ("speed=\"11.11\"", "speed=\"fast\"", "line 22: <lane id=\"south_1\">: speed: \"fast\""),
        ("shape=\"201.6,0 201.6,193\"", "shape=\"201.6,0\"", "shape: it is no list of two places"),
        ("from=\"w\" to=\"m\"", "from=\"x\" to=\"m\"", "from: there is no junction \"x\""),
        ("id=\"south\" from", "id=\"west\" from", "an edge before has this id"),
        (
            "from=\"west\" to=\"east\" fromLane=\"1\"",
            "from=\"west\" to=\"east\" fromLane=\"7\"",
            "fromLane: there is no lane 7",
        ),
        (
            "from=\"south\" to=\"north\"",
            "from=\"mars\" to=\"north\"",
            "from: there is no edge \"mars\"",
        ),
        ("dir=\"l\" state=\"o\"", "dir=\"up\" state=\"o\"", "dir: \"up\" is no direction"),
        ("state=\"yyr\"", "state=\"yy\"", "<tlLogic id=\"m\">: state: \"yy\" has 2 letters"),
        ("state=\"yyr\"", "state=\"yy?\"", "state: '?' is no state"),
        ("tlLogic id=\"m\"", "tlLogic id=\"k\"", "there is no <tlLogic id=\"m\">"),
        ("</net>", "", "the file ends within <net>"),
        ("<junction id=\"w\"", "<junction id=\"s\"", "a junction before has this id"),
    ] {
        let text = NET.replacen(right, wrong, 1);
        assert_ne!(text, NET, "{right}");
        let said = net_mistakes(&text);
        assert!(said.iter().any(|line| line.contains(expected)), "{expected} in {said:?}");
    }
    let two = NET.replace("speed=\"11.11\"", "speed=\"x\"").replace("dir=\"l\"", "dir=\"up\"");
    assert!(net_mistakes(&two).len() >= 2, "all come at once");
}

#[test]
fn every_mistake_of_vehicles_has_its_line() {
    assert_eq!(route_mistakes(ROUTES), [""; 0]);
    for (right, wrong, expected) in [
        (
            "edges=\"west east\"",
            "edges=\"west mars\"",
            "line 6: <route id=\"through\">: edges: there is no edge \"mars\"",
        ),
        (
            "edges=\"west east\"",
            "edges=\"east west\"",
            "no connection leads from \"east\" to \"west\"",
        ),
        ("edges=\"west east\"", "edges=\"\"", "there must be an edge"),
        ("type=\"lorry\" route", "type=\"ship\" route", "there is no type \"ship\""),
        (
            "route=\"through\" depart=\"0:01:00\"",
            "route=\"x\" depart=\"0:01:00\"",
            "there is no route \"x\"",
        ),
        ("depart=\"0:01:00\"", "depart=\"0:x:00\"", "depart: \"0:x:00\" is no time"),
        ("depart=\"3.5\"", "depart=\"-3\"", "depart: \"-3\" is no number"),
        ("departLane=\"1\"", "departLane=\"4\"", "departLane: there is no lane \"4\""),
        ("departPos=\"20\"", "departPos=\"2000\"", "departPos: 2000 is not on its edge"),
        ("id=\"b\"", "id=\"a\"", "a vehicle before has this id"),
        ("end=\"110\"", "end=\"1\"", "end: it is before begin"),
        ("vehsPerHour=\"360\"", "", "it has no period, vehsPerHour, probability or number"),
        ("sigma=\"0.3\"", "sigma=\"3\"", "line 2: <vType id=\"lorry\">: sigma: \"3\" is no number"),
        ("from=\"west\" to=\"north\"", "to=\"north\"", "it has no route, and not both from and to"),
        ("probabilities=\"1 3\"", "probabilities=\"0 0\"", "no member with a probability above 0"),
        ("<routes>", "<net>", "line 1: <net>: it holds no vehicles"),
    ] {
        let text = ROUTES.replacen(right, wrong, 1);
        assert_ne!(text, ROUTES, "{right}");
        let said = route_mistakes(&text);
        assert!(said.iter().any(|line| line.contains(expected)), "{expected} in {said:?}");
    }
}

#[test]
fn a_configuration_names_its_files_and_says_what_it_leaves_out() {
    let text = "<sumoConfiguration><input><net-file value=\"a.net.xml\"/>\
                <route-files value=\"b.rou.xml,c.rou.xml\"/><additional-files value=\"d.xml\"/></input>\
                <time><begin value=\"0\"/></time></sumoConfiguration>";
    let config = read_config(&mut text.as_bytes()).expect("sound");
    assert_eq!(config.net, "a.net.xml");
    assert_eq!((config.routes.len(), config.additional.len()), (2, 1));
    assert_eq!((config.begin, config.notes.len()), (Millis::ZERO, 0));
    assert!(read_config(&mut "<configuration/>".as_bytes()).is_err());
    let with = |times: &str| {
        let text = text.replace("<begin value=\"0\"/>", times);
        read_config(&mut text.as_bytes())
    };
    let late = with("<begin value=\"8:00:00\"/><end value=\"30600\"/><step-length value=\"1\"/>");
    let late = late.expect("sound");
    assert_eq!(late.begin, Millis::from_secs(28_800));
    assert_eq!(late.end, Some(Millis::from_secs(30_600)));
    assert_eq!(late.notes, ["setting step-length of the configuration ignored: 1"]);
    assert_eq!(with("<end value=\"-1\"/>").expect("sound").end, None);
    for wrong in ["<begin value=\"soon\"/>", "<begin value=\"9\"/><end value=\"9\"/>"] {
        assert!(with(wrong).is_err(), "{wrong}");
    }
    for empty in ["", "\n\n", "[{\"vehicle\": {}}]"] {
        let said = route_mistakes(empty);
        assert!(said[0].contains("it is no XML: the file ends without an element"), "{said:?}");
    }
    assert!(read_config(&mut NET.as_bytes()).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(at in any::<prop::sample::Index>(), wrong in "(\\PC|<|>|\"|/|=){0,9}") {
        for sound in [NET, ROUTES] {
            let mut cut = at.index(sound.len());
            while !sound.is_char_boundary(cut) {
                cut -= 1;
            }
            let text = format!("{}{wrong}{}", &sound[..cut], &sound[cut..]);
            let _ = net_mistakes(&text);
            let _ = route_mistakes(&text);
        }
    }
}
