//! A site where a foreign file or a generator gives only roads and stages: one cabinet a junction,
//! loops and trackers on every lane towards it, a plan by Webster's formula.

use std::sync::Arc;

use network::{Network, Point, Turn};
use signal::{Calendar, Group, GroupKind, GroupSet, Layout, Method, Problem, Stage, timing};
use units::{DeviceId, GroupId, JunctionId, LineId, Metres, Millis, MovementId, PlanId};

use crate::demand::Demand;
use crate::site::{
    ControlSite, DetectorKind, DetectorSite, DeviceSite, DispatchSite, LineSite, Mode,
    ObjectiveSite, SignalSite, Site, StoreSite, Transport, WebSite,
};
use crate::webster;

/// The times that no file gives. `MAX_RED` leaves each of eight stages its turn.
const MIN_GREEN: Millis = Millis(5_000);
const MAX_GREEN: Millis = Millis(60_000);
const MAX_RED: Millis = Millis(240_000);
/// The profile of the cabinets.
const PROFILE: &str = "open-stage-controller";
/// Lanes of one junction that get detectors: the profile has 32 trackers and twice as many loops.
const LANES_MAX: u16 = 32;
/// How far from the stop line the advance loops lie.
const ADVANCE: Metres = Metres(40.0);
/// How far a movement's path reaches from the middle of its junction, and how far right of the
/// middle of the road it runs; only crossings matter, so that no more is needed.
const REACH_M: f64 = 20.0;
const RIGHT_M: f64 = 4.0;

/// What a template leaves open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SiteOptions {
    /// The site's name.
    pub name: String,
    /// The port of the first cabinet on loopback; the others follow.
    pub first_port: u16,
    /// How junctions are controlled.
    pub mode: Mode,
}

impl Default for SiteOptions {
    fn default() -> Self {
        Self { name: "Unnamed".to_owned(), first_port: 5020, mode: Mode::MaxPressure }
    }
}

/// What the template guesses, for people: a file with roads and phases says none of it.
#[must_use]
pub fn guesses(options: &SiteOptions) -> Vec<String> {
    let first = options.first_port;
    vec![
        format!("cabinets: one a junction, profile {PROFILE}, on 127.0.0.1 from port {first}"),
        format!(
            "detectors: on up to {LANES_MAX} lanes of a junction a loop at the stop line, one {ADVANCE} \
                 before it, a tracker"
        ),
        format!("greens of {MIN_GREEN} to {MAX_GREEN}, reds of at most {MAX_RED}"),
        "yellow and all-red by the ITE formula, from speed and width".to_owned(),
        "conflicts: paths that cross or merge, unless one phase opens both".to_owned(),
        "one plan a junction by Webster's formula for the flow; phase times are not used"
            .to_owned(),
    ]
}

/// One junction's movements and stages, before its layout is built.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) junction: JunctionId,
    /// One group each.
    pub(crate) movements: Vec<MovementId>,
    /// Stages as sets of `movements`' indices; none: all maximal compatible sets.
    pub(crate) stages: Vec<GroupSet>,
    /// The junction's width.
    pub(crate) width: Metres,
}

/// Builds the site.
///
/// # Errors
/// Every junction's problems.
pub(crate) fn site(
    network: Network,
    drafts: &[Draft],
    demand: &Demand,
    options: &SiteOptions,
) -> Result<Site, Vec<Problem>> {
    let volumes = webster::volumes(&network, demand);
    let mut problems = Vec::new();
    let mut signals = Vec::new();
    for (index, draft) in drafts.iter().enumerate() {
        match self::signal(&network, draft, &volumes, DeviceId::from_index(index)) {
            Ok(signal) => signals.push(signal),
            Err(all) => {
                let name = &network.junction(draft.junction).name;
                problems.extend(all.iter().map(|p| Problem(format!("junction {name}: {p}"))));
            }
        }
    }
    if problems.is_empty() {
        Ok(site_of(Arc::new(network), signals, options))
    } else {
        Err(problems)
    }
}

/// The site of these signals, whose devices are numbered as they follow each other.
pub(crate) fn site_of(
    network: Arc<Network>,
    signals: Vec<SignalSite>,
    options: &SiteOptions,
) -> Site {
    let junctions: Vec<JunctionId> = signals.iter().map(|signal| signal.junction).collect();
    let mut site = Site {
        name: options.name.clone(),
        time_zone: "Asia/Shanghai".to_owned(),
        network,
        schedule: None,
        signals,
        lines: Vec::new(),
        devices: Vec::new(),
        detectors: Vec::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        control: ControlSite {
            mode: options.mode,
            shadow: None,
            search_budget: None,
            lease: Millis::from_secs(5),
            interval: Millis::from_secs(1),
            objective: ObjectiveSite::default(),
        },
        web: WebSite { listen: "127.0.0.1:8080".to_owned(), tokens: Vec::new(), accounts: false },
        store: StoreSite { path: "events".to_owned(), retention_days: 30 },
        dispatch: DispatchSite::default(),
        evidence: None,
        key_vehicles: None,
    };
    for (index, junction) in junctions.into_iter().enumerate() {
        let name = site.network.junction(junction).name.clone();
        let port = usize::from(options.first_port) + index;
        let transport = Transport::Tcp { address: format!("127.0.0.1:{port}") };
        site.lines.push(LineSite { name: name.clone(), transport, timeout: Millis(1_000) });
        let line = LineId::from_index(index);
        let profile = PROFILE.to_owned();
        site.devices.push(DeviceSite { name, line, unit: 1, profile, watchdog_tried: false });
        detectors(&mut site, junction, DeviceId::from_index(index));
    }
    site
}

/// A loop at the stop line, one before it, and a tracker on every lane towards a junction.
fn detectors(site: &mut Site, junction: JunctionId, device: DeviceId) {
    let network = site.network.clone();
    let lanes = network.junction(junction).incoming.iter().flat_map(|&l| network.link_lanes(l));
    for (number, lane) in (0..LANES_MAX).zip(lanes) {
        let loops = [(2 * number, DetectorKind::StopLine)]
            .into_iter()
            .chain([(2 * number + 1, DetectorKind::Advance { distance: ADVANCE })])
            .chain([(number, DetectorKind::Tracker)]);
        let detector = |(channel, kind)| DetectorSite { device, channel, lane, kind };
        site.detectors.extend(loops.map(detector));
    }
}

fn signal(
    network: &Network,
    draft: &Draft,
    volumes: &[f64],
    device: DeviceId,
) -> Result<SignalSite, Vec<Problem>> {
    let mut builder = Layout::builder();
    let speed_of = |m: MovementId| network.link(network.movement(m).from).speed;
    for &movement in &draft.movements {
        let row = network.movement(movement);
        builder.group(Group {
            name: format!("{} {}", network.link(row.from).name, row.turn.name()),
            kind: GroupKind::Vehicle,
            min_green: MIN_GREEN,
            max_green: MAX_GREEN,
            closing: timing::yellow(speed_of(movement), 0.0),
            all_red: timing::all_red(draft.width, speed_of(movement)),
            max_red: MAX_RED,
        });
    }
    let together = |a: usize, b: usize| {
        let (a, b) = (GroupId::from_index(a), GroupId::from_index(b));
        draft.stages.iter().any(|stage| stage.contains(a) && stage.contains(b))
    };
    let conflicts = |a: GroupId, b: GroupId| {
        let (one, other) = (draft.movements[a.index()], draft.movements[b.index()]);
        a != b && !together(a.index(), b.index()) && meet(network, one, other)
    };
    let ids = || (0..draft.movements.len()).map(GroupId::from_index);
    for a in ids() {
        for b in ids().filter(|&b| b.0 > a.0 && conflicts(a, b)) {
            builder.conflict(a, b, None, None);
        }
    }
    let stages = if draft.stages.is_empty() {
        signal::maximal_stages(draft.movements.len(), &conflicts)
    } else {
        draft.stages.clone()
    };
    for (index, groups) in stages.into_iter().enumerate() {
        builder.stage(Stage {
            name: (index + 1).to_string(),
            groups,
            min_green: MIN_GREEN,
            max_green: MAX_GREEN,
        });
    }
    let layout = builder.build()?;
    let plan = webster::plan(&layout, &draft.movements, network, volumes)?;
    let movement_groups = draft.movements.iter().copied().zip(ids()).collect();
    let (junction, layout) = (draft.junction, Arc::new(layout));
    Ok(SignalSite {
        junction,
        device,
        layout,
        rings: None,
        plans: vec![plan],
        calendar: Calendar::always(PlanId(0)),
        transition: Method::default(),
        countdown: None,
        movement_groups,
    })
}

/// Whether the paths of two movements from different links meet: they end on one link, or they
/// cross. Right-hand traffic.
#[must_use]
pub fn meet(network: &Network, a: MovementId, b: MovementId) -> bool {
    let (one, other) = (network.movement(a), network.movement(b));
    if one.from == other.from {
        return false;
    }
    if one.to == other.to {
        return true;
    }
    let ((p, q), (r, s)) = (path(network, a), path(network, b));
    let side = |a: Point, b: Point, c: Point| (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    side(p, q, r) * side(p, q, s) < 0.0 && side(r, s, p) * side(r, s, q) < 0.0
}

/// Where a movement enters and leaves its junction.
fn path(network: &Network, movement: MovementId) -> (Point, Point) {
    let row = network.movement(movement);
    let centre = network.junction(row.junction).position;
    let toward = |link: units::LinkId, begins: bool| {
        let link = network.link(link);
        let far = network.junction(if begins { link.to } else { link.from }).position;
        let length = centre.distance(far).max(f64::EPSILON);
        let sign = if begins { 1.0 } else { -1.0 };
        // Heading of travel, and the side that is on its right.
        let (dx, dy) = (sign * (far.x - centre.x) / length, sign * (far.y - centre.y) / length);
        Point {
            x: centre.x + sign * dx * REACH_M + dy * RIGHT_M,
            y: centre.y + sign * dy * REACH_M - dx * RIGHT_M,
        }
    };
    (toward(row.from, false), toward(row.to, true))
}

/// The movements of a junction that get a group where no file says so: all but right turns, which
/// give way.
pub(crate) fn signalled(network: &Network, junction: JunctionId) -> Vec<MovementId> {
    let right = |m: &MovementId| network.movement(*m).turn != Turn::Right;
    network.junction(junction).movements.iter().copied().filter(right).collect()
}
