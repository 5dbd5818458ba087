//! What crosses an intersection: its road links, and the light phases that rule them.
//!
//! A road link that is green in every phase has no signal: it gives way. Every other one becomes a
//! signal group of its own, and every phase that is unlike those before it a stage.

use std::collections::BTreeSet;

use network::{Connection, Turn};
use signal::{Aspect, GroupSet};
use units::{GroupId, JunctionId, Metres, Millis, MovementId};

use super::json::Node;
use super::roadnet::{Phases, Reader, Road, point};
use crate::program::{Phase, Program};
use crate::template::Draft;

/// The most road links of one intersection: a set of them is one machine word.
const ROAD_LINKS_MAX: usize = 64;
/// The most different phases: so many stages a junction of the signal kernel can have.
const PHASES_MAX: usize = 64;
/// The longest time of a phase, seconds.
const PHASE_MAX_S: f64 = 3_600.0;
/// The length of a lane link whose points the file does not give, metres.
const LANE_LINK_M: f64 = 20.0;
/// No junction is narrower, metres: the width sets the all-red, and files say 0 for "unknown".
const WIDTH_MIN_M: f64 = 15.0;

/// What a file may say of an intersection's width, from its middle to its stop lines, metres.
pub(super) const WIDTHS: std::ops::RangeInclusive<f64> = 0.0..=500.0;

const ROAD_LINK: &[&str] = &["type", "startRoad", "endRoad", "direction", "laneLinks"];
const TRAFFIC_LIGHT: &[&str] = &["roadLinkIndices", "lightphases"];
const TURNS: [(&str, Turn); 4] = [
    ("go_straight", Turn::Straight),
    ("turn_left", Turn::Left),
    ("turn_right", Turn::Right),
    ("turn_u", Turn::UTurn),
];

impl Reader {
    /// Reads the road links and light phases of one intersection. `unread` are roads that have
    /// mistakes of their own.
    pub(super) fn crossing(&mut self, node: &Node<'_>, unread: &BTreeSet<String>) -> Option<()> {
        let name = node.peek("id")?;
        let junction = *self.junctions.get(name)?;
        self.arms(node, junction, unread);
        let links = node.list("roadLinks");
        if links.len() > ROAD_LINKS_MAX {
            let count = links.len();
            node.say_of(
                "roadLinks",
                format!("{count} road links, there can be at most {ROAD_LINKS_MAX}"),
            );
            return None;
        }
        let mut pairs = BTreeSet::new();
        let mut movements = Vec::new();
        for link in &links {
            self.strangers(link, ROAD_LINK, name);
            movements.push(self.road_link(link, junction, unread, &mut pairs));
        }
        if node.peek_flag("virtual")? {
            return Some(());
        }
        let width = node.number("width", WIDTHS);
        let light = node.member("trafficLight")?;
        self.strangers(&light, TRAFFIC_LIGHT, name);
        for item in light.list_if("roadLinkIndices") {
            let _ = item.index(links.len());
        }
        let phases = phases(&light, links.len())?;
        let green: Vec<u64> = phases.iter().map(|phase| phase.1).collect();
        if let Some(all) = &mut self.phases {
            let movements = movements.into_iter().collect::<Option<Vec<_>>>()?;
            all.push(Phases { name: name.to_owned(), movements, green });
            return Some(());
        }
        let (ruled, stages) = self.stages(name, &light, &green, &links)?;
        self.programs.push(program(name, junction, &movements, &phases));
        let movements = ruled.iter().map(|&index| movements[index]).collect::<Option<Vec<_>>>();
        let width = width?;
        if width < WIDTH_MIN_M {
            let what = format!("a width of {WIDTH_MIN_M} m was taken for one that is less");
            self.notes.add(what, name);
        }
        let width = Metres(width.max(WIDTH_MIN_M) * 2.0);
        self.drafts.push(Draft { junction, movements: movements?, stages, width });
        Some(())
    }

    /// The roads that an intersection lists must be there and touch it.
    fn arms(&self, node: &Node<'_>, junction: JunctionId, unread: &BTreeSet<String>) {
        for item in node.list_if("roads") {
            let Some(name) = item.as_text() else {
                continue;
            };
            match self.roads.get(name) {
                None if unread.contains(name) => {}
                None => item.say(format!("there is no road {name:?}")),
                Some(road) if road.from != junction && road.to != junction => {
                    item.say(format!("the road {name:?} neither begins nor ends here"));
                }
                Some(_) => {}
            }
        }
    }

    /// Which road links get a group, and the stages as sets of these groups.
    fn stages(
        &mut self,
        name: &str,
        light: &Node<'_>,
        green: &[u64],
        links: &[Node<'_>],
    ) -> Option<(Vec<usize>, Vec<GroupSet>)> {
        let bit = |set: u64, index: usize| set >> index & 1 == 1;
        let always = green.iter().fold(u64::MAX, |all, phase| all & phase);
        let ever = green.iter().fold(0, |all, phase| all | phase);
        let ruled: Vec<usize> = (0..links.len()).filter(|&index| !bit(always, index)).collect();
        let stage = |phase: &u64| {
            let groups = ruled.iter().enumerate().filter(|&(_, &index)| bit(*phase, index));
            groups.map(|(group, _)| GroupId::from_index(group)).collect::<GroupSet>()
        };
        let mut stages: Vec<GroupSet> = Vec::new();
        for groups in green.iter().map(stage).filter(|groups| !groups.is_empty()) {
            if !stages.contains(&groups) {
                stages.push(groups);
            }
        }
        if stages.is_empty() {
            let what = "no phase shows green to a road link that is not always green: nothing is \
                        ruled here, so it must be virtual or get phases";
            light.say_of("lightphases", what);
            return None;
        }
        for &index in ruled.iter().filter(|&&index| !bit(ever, index)) {
            links[index].say("no light phase shows it green");
        }
        if stages.len() > PHASES_MAX {
            let count = stages.len();
            let what = format!("{count} different phases, there can be at most {PHASES_MAX}");
            light.say_of("lightphases", what);
            return None;
        }
        match green.len() - stages.len() {
            0 => {}
            1 => self
                .notes
                .add("one light phase of each is no stage, since it adds nothing or repeats", name),
            n => self.notes.add(format!("{n} light phases are no stages: they add nothing"), name),
        }
        if ruled.len() < links.len() {
            let count = links.len() - ruled.len();
            let what = format!("{count} road links are always green: no signal, they give way");
            self.notes.add(what, name);
        }
        Some((ruled, stages))
    }

    fn road_link(
        &mut self,
        node: &Node<'_>,
        junction: JunctionId,
        unread: &BTreeSet<String>,
        pairs: &mut BTreeSet<(units::LinkId, units::LinkId)>,
    ) -> Option<MovementId> {
        let turn = node.text("type").and_then(|text| {
            let found = TURNS.iter().find(|(name, _)| *name == text);
            if found.is_none() {
                let names = TURNS.map(|(name, _)| name).join(", ");
                node.say_of("type", format!("{text:?} is none of {names}"));
            }
            found.map(|&(_, turn)| turn)
        });
        if node.has("direction") {
            let _ = node.number("direction", 0.0..=3.0);
        }
        let road = |key: &str| {
            let name = node.text(key)?;
            let found = self.roads.get(name).copied();
            if found.is_none() && !unread.contains(name) {
                node.say_of(key, format!("there is no road {name:?}"));
            }
            found
        };
        let (from, to) = (road("startRoad"), road("endRoad"));
        if from.is_some_and(|road| road.to != junction) {
            node.say_of("startRoad", "the road does not end here");
        }
        if to.is_some_and(|road| road.from != junction) {
            node.say_of("endRoad", "the road does not begin here");
        }
        let lanes: Vec<_> =
            node.list("laneLinks").iter().map(|link| lane_link(link, from, to)).collect();
        if node.has_empty("laneLinks") {
            node.say_of("laneLinks", "there must be a lane link");
        }
        let lanes = lanes.into_iter().collect::<Option<Vec<_>>>();
        let (turn, from, to) = (turn?, from?.link, to?.link);
        if !pairs.insert((from, to)) {
            node.say("a road link before joins the same roads");
            return None;
        }
        Some(self.builder.movement(junction, from, to, turn, lanes?))
    }
}

/// The phases as they are, one group a road link: those that are always green too.
fn program(
    name: &str,
    junction: JunctionId,
    movements: &[Option<MovementId>],
    phases: &[(Millis, u64)],
) -> Program {
    let aspect = |green: u64, link: usize| {
        if green >> link & 1 == 1 { Aspect::Green } else { Aspect::Red }
    };
    let groups = movements.iter().enumerate();
    Program {
        name: name.to_owned(),
        junction,
        movement_groups: groups
            .filter_map(|(link, movement)| Some(((*movement)?, GroupId::from_index(link))))
            .collect(),
        phases: phases
            .iter()
            .map(|&(duration, green)| Phase {
                duration,
                aspects: (0..movements.len()).map(|link| aspect(green, link)).collect(),
            })
            .collect(),
        offset: Millis::ZERO,
    }
}

/// The phases, each its time and the set of its green road links; none where there is a mistake.
fn phases(light: &Node<'_>, links: usize) -> Option<Vec<(Millis, u64)>> {
    let mut sound = true;
    let mut green = Vec::new();
    for phase in light.list("lightphases") {
        // A plan by Webster's formula takes the place of the times, but they must be times.
        let time = phase.number("time", 0.0..=PHASE_MAX_S);
        let open: Vec<_> =
            phase.list("availableRoadLinks").iter().map(|item| item.index(links)).collect();
        match (time, open.into_iter().collect::<Option<Vec<_>>>()) {
            (Some(time), Some(open)) => {
                let set = open.into_iter().fold(0, |set, index| set | 1 << index);
                green.push((Millis::from_secs_f64(time), set));
            }
            _ => sound = false,
        }
    }
    sound.then_some(green)
}

fn lane_link(node: &Node<'_>, from: Option<Road>, to: Option<Road>) -> Option<Connection> {
    let index = |key: &str, road: Option<Road>| {
        let item = node.member(key)?;
        item.index(road?.lanes).and_then(|n| u8::try_from(n).ok())
    };
    let (a, b) = (index("startLaneIndex", from), index("endLaneIndex", to));
    let length = if node.has("points") {
        let points: Vec<_> = node.list("points").iter().map(point).collect();
        let points = points.into_iter().collect::<Option<Vec<_>>>()?;
        points.windows(2).map(|pair| pair[0].distance(pair[1])).sum()
    } else {
        LANE_LINK_M
    };
    Some(Connection { from_lane: a?, to_lane: b?, length: Metres(length), speed: None })
}
