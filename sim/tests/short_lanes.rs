//! Lanes too short to brake on: their stop lines are seen from before the junction that leads to them,
//! and who needs another lane there takes it before.

use std::fmt::Write as _;
use std::sync::Arc;

use scenario::sumo;
use sim::program::Player;
use sim::world::{Model, Settings, World};
use units::LaneId;

const NET: &str = r#"<net>
<edge id="long" from="a" to="b"><lane id="long_0" index="0" speed="13.89" length="200" shape="0,0 200,0"/><lane id="long_1" index="1" speed="13.89" length="200" shape="0,3 200,3"/></edge>
<edge id="short" from="b" to="c"><lane id="short_0" index="0" speed="13.89" length="20" shape="201,0 221,0"/><lane id="short_1" index="1" speed="13.89" length="20" shape="201,3 221,3"/></edge>
<edge id="left" from="c" to="d"><lane id="left_0" index="0" speed="13.89" length="200" shape="230,0 230,200"/></edge>
<edge id="on" from="c" to="e"><lane id="on_0" index="0" speed="13.89" length="200" shape="230,0 430,0"/></edge>
<junction id="a" type="dead_end" x="0" y="0" incLanes="" intLanes=""/>
<junction id="b" type="priority" x="200" y="0" incLanes="long_0 long_1" intLanes=""/>
<junction id="c" type="traffic_light" x="225" y="0" incLanes="short_0 short_1" intLanes=""/>
<junction id="d" type="dead_end" x="230" y="200" incLanes="left_0" intLanes=""/>
<junction id="e" type="dead_end" x="430" y="0" incLanes="on_0" intLanes=""/>
<tlLogic id="c" type="static" programID="0" offset="0"><phase duration="120" state="rr"/><phase duration="60" state="GG"/></tlLogic>
<connection from="long" to="short" fromLane="0" toLane="0" dir="s" state="M"/>
<connection from="long" to="short" fromLane="1" toLane="1" dir="s" state="M"/>
<connection from="short" to="on" fromLane="0" toLane="0" tl="c" linkIndex="0" dir="s" state="O"/>
<connection from="short" to="left" fromLane="1" toLane="0" tl="c" linkIndex="1" dir="l" state="O"/>
</net>"#;

/// Vehicles that enter on the right lane, every fourth second, left and straight on in turn.
fn routes() -> String {
    let mut text = String::from("<routes>");
    for number in 0..16 {
        let to = if number % 2 == 0 { "left" } else { "on" };
        let depart = number * 4;
        let _ = write!(
            text,
            "<vehicle id=\"{number}\" depart=\"{depart}\"><route edges=\"long short {to}\"/></vehicle>"
        );
    }
    text + "</routes>"
}

#[test]
fn nobody_passes_the_red_light_of_a_short_lane_and_all_find_their_lane() {
    let imported = sumo::import_net(&mut NET.as_bytes()).expect("sound");
    let mut reader = imported.routes(1);
    reader.read(&mut routes().as_bytes()).expect("sound");
    let (demand, _) = reader.finish();
    let network = Arc::new(imported.network.clone());
    for model in [Model::Urban, Model::Krauss, Model::Sumo] {
        let settings = Settings { model, ..Settings::default() };
        let player = Player::new(&imported.programs).expect("sound");
        let mut world =
            World::with_settings(network.clone(), player.signals(), &[], &demand, &settings);
        let beyond: Vec<LaneId> = (0..network.lanes().len())
            .map(LaneId::from_index)
            .filter(|&lane| ["left", "on"].contains(&&*network.link(network.lane(lane).link).name))
            .collect();
        while world.now().as_secs_f64() < 119.0 {
            player.step(&mut world);
            let passed: usize = beyond.iter().map(|&lane| world.vehicles(lane).count()).sum();
            assert_eq!(passed, 0, "{model:?} at {}", world.now().as_secs_f64());
        }
        while world.now().as_secs_f64() < 1_200.0 {
            player.step(&mut world);
        }
        assert_eq!(world.summary().finished, 16, "{model:?}");
    }
}
