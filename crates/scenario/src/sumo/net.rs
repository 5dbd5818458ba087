//! `.net.xml`: its elements as they stand in the file. What they mean together is `assemble`'s.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use network::Point;

use super::notes::Notes;
use super::xml::{Element, Problems, Source, Step};

/// How far from the origin a place may be, metres.
const FAR: RangeInclusive<f64> = -1e7..=1e7;
/// Lengths and widths of lanes, metres, and speeds, m/s. A lane of no length cannot be driven.
const LENGTHS: RangeInclusive<f64> = 0.1..=1e6;
const INTERNAL_LENGTHS: RangeInclusive<f64> = 0.0..=1e6;
const WIDTHS: RangeInclusive<f64> = 0.1..=50.0;
const SPEEDS: RangeInclusive<f64> = 0.1..=100.0;
/// SUMO's width of a lane that gives none, metres.
const WIDTH_USUAL: f64 = 3.2;
/// Phases of one program, and the longest, seconds.
const PHASES_MAX: usize = 500;
const PHASE_MAX_S: f64 = 86_400.0;
/// An index of a lane or of a link of a signal program: beyond it, it is a slip of the hand.
const INDEX_MAX: usize = 10_000;

const EDGE: &[&str] = &[
    "id",
    "from",
    "to",
    "priority",
    "function",
    "type",
    "name",
    "shape",
    "spreadType",
    "length",
    "bidi",
    "distance",
    "crossingEdges",
];
const LANE: &[&str] = &[
    "id",
    "index",
    "speed",
    "length",
    "width",
    "shape",
    "allow",
    "disallow",
    "customShape",
    "acceleration",
    "type",
    "changeLeft",
    "changeRight",
    "endOffset",
];
const CONNECTION: &[&str] = &[
    "from",
    "to",
    "fromLane",
    "toLane",
    "via",
    "tl",
    "linkIndex",
    "linkIndex2",
    "dir",
    "state",
    "keepClear",
    "pass",
    "uncontrolled",
    "contPos",
    "visibility",
    "speed",
    "length",
    "shape",
    "allow",
    "disallow",
    "indirect",
    "changeLeft",
    "changeRight",
];
/// What changes how vehicles drive and is not taken over.
const UNDRIVEN: &[&str] =
    &["bidi", "changeLeft", "changeRight", "endOffset", "keepClear", "pass", "indirect"];

/// A lane.
#[derive(Clone, Debug)]
pub(super) struct RawLane {
    pub(super) index: usize,
    pub(super) speed: f64,
    pub(super) length: f64,
    pub(super) width: f64,
    pub(super) shape: Vec<Point>,
    /// Whether cars may use it.
    pub(super) is_road: bool,
    /// Whether vehicles of any class may use it.
    pub(super) is_driven: bool,
}

/// An edge that is no part of a junction.
#[derive(Clone, Debug)]
pub(super) struct RawEdge {
    pub(super) id: String,
    pub(super) line: usize,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) lanes: Vec<RawLane>,
}

#[derive(Clone, Debug)]
pub(super) struct RawConnection {
    pub(super) line: usize,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) from_lane: usize,
    pub(super) to_lane: usize,
    pub(super) via: Option<String>,
    /// The program that rules it, and its place in the program's states.
    pub(super) light: Option<(String, usize)>,
    pub(super) direction: String,
    pub(super) state: String,
}

/// A row of a junction's table of rights: for each connection from the right end, `1` where it is
/// given way to, and where it is met at all.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    pub(super) response: String,
    pub(super) foes: String,
}

#[derive(Clone, Debug)]
pub(super) struct RawJunction {
    pub(super) id: String,
    pub(super) line: usize,
    pub(super) position: Point,
    pub(super) incoming_lanes: Vec<String>,
    pub(super) requests: Vec<Request>,
}

#[derive(Clone, Debug)]
pub(super) struct RawPhase {
    pub(super) duration_s: f64,
    pub(super) state: String,
}

#[derive(Clone, Debug)]
pub(super) struct RawProgram {
    pub(super) id: String,
    pub(super) line: usize,
    pub(super) offset_s: f64,
    pub(super) phases: Vec<RawPhase>,
    /// Whether it is a railway's own, which follows its trains.
    pub(super) on_rails: bool,
}

/// A file's elements.
#[derive(Clone, Debug, Default)]
pub(super) struct Net {
    pub(super) edges: Vec<RawEdge>,
    /// Length and speed of the lanes within junctions, by their ids.
    pub(super) internal: BTreeMap<String, (f64, f64)>,
    pub(super) connections: Vec<RawConnection>,
    /// The way on from a lane within a junction, where it leads over another such lane.
    pub(super) onward: BTreeMap<String, String>,
    pub(super) junctions: Vec<RawJunction>,
    pub(super) programs: Vec<RawProgram>,
    /// Where the file says that traffic keeps to the left, if it does.
    pub(super) left_hand: Option<String>,
    /// The last program of each name: the one that SUMO runs.
    pub(super) latest: BTreeMap<String, usize>,
}

/// Reads a file to its end.
pub(super) fn read(source: &mut Source<'_>, problems: &Problems, notes: &mut Notes) -> Option<Net> {
    let mut net = Net::default();
    match source.next(problems)? {
        Step::Open(root) if root.name == "net" => {
            if root.get("lefthand").is_some_and(|text| text == "true" || text == "1") {
                net.left_hand = Some(root.place());
            }
        }
        Step::Open(root) => {
            root.say(problems, "it is no SUMO network: its root is not <net>");
            return None;
        }
        Step::Close => return None,
    }
    while let Some(Step::Open(element)) = source.next(problems) {
        match element.name.as_str() {
            "edge" => net.edge(&element, source, problems, notes)?,
            "connection" => {
                let _ = net.connection(&element, problems, notes);
                source.skip(problems)?;
            }
            "junction" => net.junction(&element, source, problems, notes)?,
            "tlLogic" => net.program(&element, source, problems, notes)?,
            // Defaults that edges repeat, the map's origin, and what request rows hold already.
            "location" | "type" | "roundabout" => source.skip(problems)?,
            other => {
                notes.ignored(other, element.get("id").unwrap_or_default());
                source.skip(problems)?;
            }
        }
    }
    Some(net)
}

impl Net {
    fn edge(
        &mut self,
        element: &Element,
        source: &mut Source<'_>,
        problems: &Problems,
        notes: &mut Notes,
    ) -> Option<()> {
        strangers(element, EDGE, notes);
        let id = element.text(problems, "id");
        let function = element.get("function").unwrap_or("normal");
        let is_normal = function == "normal" || function == "connector";
        let ends =
            is_normal.then(|| (element.text(problems, "from"), element.text(problems, "to")));
        let mut lanes = Vec::new();
        while let Some(step) = source.next(problems) {
            let Step::Open(child) = step else { break };
            if child.name == "lane" {
                strangers(&child, LANE, notes);
                if is_normal {
                    lanes.extend(lane(&child, problems));
                } else if function == "internal" {
                    self.internal_lane(&child, problems);
                }
            } else if child.name != "param" {
                notes.ignored(&child.name, id.unwrap_or_default());
            }
            source.skip(problems)?;
        }
        match (id, ends) {
            (Some(id), Some((Some(from), Some(to)))) => self.edges.push(RawEdge {
                id: id.to_owned(),
                line: element.line,
                from: from.to_owned(),
                to: to.to_owned(),
                lanes,
            }),
            (Some(id), None) if function == "crossing" || function == "walkingarea" => {
                notes.add(&format!("edges with the function {function} left out"), id);
            }
            (Some(_), None) if function != "internal" => {
                element.say(problems, format!("function: {function:?} is not known"));
            }
            _ => {}
        }
        Some(())
    }

    fn internal_lane(&mut self, element: &Element, problems: &Problems) {
        let id = element.text(problems, "id");
        let length = element.number(problems, "length", &INTERNAL_LENGTHS);
        let speed = element.number(problems, "speed", &SPEEDS);
        if let (Some(id), Some(length), Some(speed)) = (id, length, speed) {
            self.internal.insert(id.to_owned(), (length, speed));
        }
    }

    fn connection(
        &mut self,
        element: &Element,
        problems: &Problems,
        notes: &mut Notes,
    ) -> Option<()> {
        strangers(element, CONNECTION, notes);
        let (from, to) = (element.text(problems, "from"), element.text(problems, "to"));
        let from_lane = element.count(problems, "fromLane", INDEX_MAX);
        let to_lane = element.count(problems, "toLane", INDEX_MAX);
        let via = element.get("via").map(str::to_owned);
        let light = match element.get("tl") {
            None => None,
            // So the format says that a signal's junction has a way that no light rules.
            Some(_) if element.get("linkIndex") == Some("-1") => None,
            Some(tl) => Some((tl.to_owned(), element.count(problems, "linkIndex", INDEX_MAX)?)),
        };
        let (from, from_lane) = (from?, from_lane?);
        if from.starts_with(':') {
            if let Some(via) = via {
                self.onward.insert(format!("{from}_{from_lane}"), via);
            }
            return Some(());
        }
        let to = to?;
        if to.starts_with(':') {
            notes.add("connections onto footways ignored", from);
            return Some(());
        }
        self.connections.push(RawConnection {
            line: element.line,
            from: from.to_owned(),
            to: to.to_owned(),
            from_lane,
            to_lane: to_lane?,
            via,
            light,
            direction: element.get("dir").unwrap_or("s").to_owned(),
            state: element.get("state").unwrap_or("M").to_owned(),
        });
        Some(())
    }

    fn junction(
        &mut self,
        element: &Element,
        source: &mut Source<'_>,
        problems: &Problems,
        notes: &mut Notes,
    ) -> Option<()> {
        let id = element.text(problems, "id");
        let is_internal = element.get("type") == Some("internal");
        let x = element.number(problems, "x", &FAR);
        let y = element.number(problems, "y", &FAR);
        let mut requests = Vec::new();
        while let Some(step) = source.next(problems) {
            let Step::Open(child) = step else { break };
            if child.name == "request" {
                requests.push(Request {
                    response: child.get("response").unwrap_or_default().to_owned(),
                    foes: child.get("foes").unwrap_or_default().to_owned(),
                });
            } else if child.name != "param" {
                notes.ignored(&child.name, id.unwrap_or_default());
            }
            source.skip(problems)?;
        }
        if let (Some(id), Some(x), Some(y), false) = (id, x, y, is_internal) {
            let lanes = element.get("incLanes").unwrap_or_default().split_whitespace();
            self.junctions.push(RawJunction {
                id: id.to_owned(),
                line: element.line,
                position: Point { x, y },
                incoming_lanes: lanes.map(str::to_owned).collect(),
                requests,
            });
        }
        Some(())
    }

    fn program(
        &mut self,
        element: &Element,
        source: &mut Source<'_>,
        problems: &Problems,
        notes: &mut Notes,
    ) -> Option<()> {
        let id = element.text(problems, "id");
        let offset = match element.get("offset") {
            Some("begin") => Some(0.0),
            _ => element.number_or(problems, "offset", &(-PHASE_MAX_S..=PHASE_MAX_S), 0.0),
        };
        let kind = element.get("type").unwrap_or("static");
        if kind != "static" {
            let what = format!("<tlLogic> of the type {kind}, played with the durations it gives");
            notes.add(&what, id.unwrap_or_default());
        }
        let mut phases = Vec::new();
        while let Some(step) = source.next(problems) {
            let Step::Open(child) = step else { break };
            if child.name == "phase" {
                let duration = child.number(problems, "duration", &(0.0..=PHASE_MAX_S));
                let state = child.text(problems, "state");
                if child.get("next").is_some() {
                    notes.add("phases with next, played in their order", id.unwrap_or_default());
                }
                if let (Some(duration_s), Some(state)) = (duration, state)
                    && phases.len() < PHASES_MAX
                {
                    phases.push(RawPhase { duration_s, state: state.to_owned() });
                } else if phases.len() == PHASES_MAX {
                    child.say(problems, format!("more than {PHASES_MAX} phases"));
                    break;
                }
            } else if child.name != "param" {
                notes.ignored(&child.name, id.unwrap_or_default());
            }
            source.skip(problems)?;
        }
        if let (Some(id), Some(offset_s)) = (id, offset) {
            let id = id.to_owned();
            self.latest.insert(id.clone(), self.programs.len());
            let on_rails = kind.starts_with("rail_");
            self.programs.push(RawProgram { id, line: element.line, offset_s, phases, on_rails });
        }
        Some(())
    }
}

fn lane(element: &Element, problems: &Problems) -> Option<RawLane> {
    let index = element.count(problems, "index", INDEX_MAX);
    let speed = element.number(problems, "speed", &SPEEDS);
    let length = element.number(problems, "length", &LENGTHS);
    let width = element.number_or(problems, "width", &WIDTHS, WIDTH_USUAL);
    let shape = shape(element, problems);
    let (allow, disallow) = (element.get("allow"), element.get("disallow"));
    Some(RawLane {
        index: index?,
        speed: speed?,
        length: length?,
        width: width?,
        shape: shape?,
        is_road: is_road(allow, disallow),
        is_driven: is_driven(allow, disallow),
    })
}

/// Whether cars may use a lane with these permissions.
fn is_road(allow: Option<&str>, disallow: Option<&str>) -> bool {
    let names = |list: &str| list.split_whitespace().any(|n| n == "passenger" || n == "all");
    match (allow, disallow) {
        (Some(allow), _) => names(allow),
        (None, Some(disallow)) => !names(disallow),
        (None, None) => true,
    }
}

/// Whether anything but people on foot may use a lane with these permissions.
fn is_driven(allow: Option<&str>, disallow: Option<&str>) -> bool {
    match (allow, disallow) {
        (Some(allow), _) => {
            allow.split_whitespace().any(|name| name != "pedestrian" && name != "wheelchair")
        }
        (None, Some(disallow)) => !disallow.split_whitespace().any(|name| name == "all"),
        (None, None) => true,
    }
}

fn shape(element: &Element, problems: &Problems) -> Option<Vec<Point>> {
    let text = element.text(problems, "shape")?;
    let point = |pair: &str| {
        let mut numbers = pair.split(',').map(|n| n.parse::<f64>().ok());
        let (x, y) = (numbers.next()??, numbers.next()??);
        (FAR.contains(&x) && FAR.contains(&y)).then_some(Point { x, y })
    };
    let points = text.split_whitespace().map(point).collect::<Option<Vec<_>>>();
    let points = points.filter(|points| points.len() >= 2);
    if points.is_none() {
        element.say(problems, "shape: it is no list of two places or more, each x,y");
    }
    points
}

/// Notes attributes that are not known, or that say how to drive and are not taken over.
fn strangers(element: &Element, known: &[&str], notes: &mut Notes) {
    for key in element.keys() {
        if UNDRIVEN.contains(&key) || !known.contains(&key) {
            let name = element.get("id").or(element.get("from")).unwrap_or_default();
            notes.add(&format!("attributes {key} of <{}> ignored", element.name), name);
        }
    }
}
