//! Lanes that are shared by those who turn and those who do not, at junctions too small to wait inside:
//! nobody waits for whoever cannot come.

use std::fmt::Write as _;
use std::sync::Arc;

use scenario::sumo;
use sim::program::Player;
use sim::world::{Blocked, Incident, Model, Settings, World};
use units::{Metres, Millis};

/// West and east have one lane each for going straight on and for turning left, and always green.
const NET: &str = r#"<net>
<edge id="west" from="w" to="m"><lane id="west_0" index="0" speed="13.89" length="90" shape="0,-1.6 90,-1.6"/></edge>
<edge id="east" from="e" to="m"><lane id="east_0" index="0" speed="13.89" length="90" shape="190,1.6 100,1.6"/></edge>
<edge id="to_west" from="m" to="w"><lane id="to_west_0" index="0" speed="13.89" length="90" shape="90,1.6 0,1.6"/></edge>
<edge id="to_east" from="m" to="e"><lane id="to_east_0" index="0" speed="13.89" length="90" shape="100,-1.6 190,-1.6"/></edge>
<edge id="to_north" from="m" to="n"><lane id="to_north_0" index="0" speed="13.89" length="90" shape="96.6,5 96.6,95"/></edge>
<edge id="to_south" from="m" to="s"><lane id="to_south_0" index="0" speed="13.89" length="90" shape="93.4,-5 93.4,-95"/></edge>
<junction id="w" type="dead_end" x="0" y="0" incLanes="to_west_0" intLanes=""/>
<junction id="e" type="dead_end" x="190" y="0" incLanes="to_east_0" intLanes=""/>
<junction id="n" type="dead_end" x="95" y="95" incLanes="to_north_0" intLanes=""/>
<junction id="s" type="dead_end" x="95" y="-95" incLanes="to_south_0" intLanes=""/>
<junction id="m" type="traffic_light" x="95" y="0" incLanes="west_0 east_0" intLanes="">
<request index="0" response="0000" foes="1000" cont="0"/><request index="1" response="0100" foes="1100" cont="0"/>
<request index="2" response="0000" foes="0010" cont="0"/><request index="3" response="0001" foes="0011" cont="0"/>
</junction>
<tlLogic id="m" type="static" programID="0" offset="0"><phase duration="60" state="GgGg"/></tlLogic>
<connection from="west" to="to_east" fromLane="0" toLane="0" tl="m" linkIndex="0" dir="s" state="O"/>
<connection from="west" to="to_north" fromLane="0" toLane="0" tl="m" linkIndex="1" dir="l" state="o"/>
<connection from="east" to="to_west" fromLane="0" toLane="0" tl="m" linkIndex="2" dir="s" state="O"/>
<connection from="east" to="to_south" fromLane="0" toLane="0" tl="m" linkIndex="3" dir="l" state="o"/>
</net>"#;

/// From each side so many, a pair at a time, on the ways in turn.
fn street(model: Model, ways: [&[&str]; 2], count: usize) -> (World, Player, sumo::Imported) {
    let imported = sumo::import_net(&mut NET.as_bytes()).expect("sound");
    let mut text = String::from("<routes>");
    for number in 0..count {
        for (from, ways) in ["west", "east"].into_iter().zip(ways) {
            let (to, depart) = (ways[number % ways.len()], number * 3);
            let _ = write!(
                text,
                "<vehicle id=\"{from}{number}\" depart=\"{depart}\"><route edges=\"{from} {to}\"/></vehicle>"
            );
        }
    }
    let mut reader = imported.routes(1);
    reader.read(&mut (text + "</routes>").as_bytes()).expect("sound");
    let (demand, _) = reader.finish();
    let settings = Settings { model, ..Settings::default() };
    let player = Player::new(&imported.programs).expect("sound");
    let network = Arc::new(imported.network.clone());
    let world = World::with_settings(network, player.signals(), &[], &demand, &settings);
    (world, player, imported)
}

/// Each of the two who turn waited for those behind the other, who wait behind it: 667 of 800 vehicles
/// arrived on a grid of short streets.
#[test]
fn two_who_turn_left_do_not_wait_for_those_behind_each_other() {
    for model in [Model::Urban, Model::Krauss, Model::Sumo] {
        let ways = [&["to_north", "to_east", "to_east"][..], &["to_south", "to_west", "to_west"]];
        let (mut world, player, _) = street(model, ways, 12);
        while world.now().as_secs_f64() < 180.0 {
            player.step(&mut world);
        }
        assert_eq!(world.summary().finished, 24, "{model:?}");
    }
}

/// Whoever goes straight on into a street that is full keeps nobody from turning before it.
#[test]
fn nobody_gives_way_to_one_that_has_no_room_behind_the_junction() {
    for model in [Model::Urban, Model::Krauss, Model::Sumo] {
        let (mut world, player, imported) = street(model, [&["to_north"], &["to_west"]], 8);
        let full = imported.network.link_named("to_west").expect("a road");
        let lane = imported.network.link_lanes(full).next().expect("a lane");
        let blocked = Blocked::Lane(lane, Metres(3.0));
        world.add_incident(Incident { blocked, from: Millis(0), until: Millis(600_000) });
        while world.now().as_secs_f64() < 180.0 {
            player.step(&mut world);
        }
        assert_eq!(world.summary().finished, 8, "{model:?}");
    }
}
