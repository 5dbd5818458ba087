//! Today's plans and the proposed ones in the same street, under the same seeds.

use std::sync::Arc;

use optimizer::coordination::Proposal;
use scenario::{Demand, DemandFile, Mode, SignalSite, Site, VehicleType};
use signal::Plan;
use sim::compare::{Comparison, Plan as Runs, Side, compare as compare_sides};
use sim::run::{Arrivals, Control};
use sim::world::{Model, Weather};
use units::{Millis, PlanId};

use super::input::{Period, Street, today};

/// How long each run lasts where the traffic was counted; and at most.
const HOUR: Millis = Millis::from_secs(3_600);
const LONGEST: Millis = Millis::from_secs(2 * 3_600);

/// No counted car is slower than the limits of a city, m/s: who counts does not tell.
const FAST: f64 = 33.3;

/// What the simulation says.
pub(super) struct Proof {
    pub(super) comparison: Comparison,
    pub(super) duration: Millis,
}

/// The proposed plan of a junction, as the site has plans.
pub(super) fn plan(
    signal: &SignalSite,
    place: usize,
    proposal: &Proposal,
    name: &str,
) -> anyhow::Result<Plan> {
    let junction = &proposal.junctions[place];
    let cycle = Millis::from_secs(junction.period.into());
    let offset = Millis::from_secs(junction.offset.into());
    let id = PlanId::from_index(signal.plans.len());
    Plan::new(id, name.to_owned(), cycle, offset, junction.splits.clone(), &signal.layout).map_err(
        |all| {
            let all: Vec<String> = all.iter().map(ToString::to_string).collect();
            anyhow::anyhow!("the plan cannot be run: {}", all.join("; "))
        },
    )
}

/// Runs both, each with its plan in every cabinet.
///
/// # Errors
/// Why it was not done.
pub(super) fn compare(
    street: &Street,
    chosen: &[usize],
    period: &Period,
    proposal: &Proposal,
    seeds: u32,
) -> Result<Proof, String> {
    if seeds == 0 {
        return Err("not asked for".to_owned());
    }
    let told = |why: anyhow::Error| format!("{why:#}");
    let demand = match &street.demand {
        Some(demand) if period.when.is_none() => demand.clone(),
        _ => counted_demand(&street.site, period)?,
    };
    let duration = if period.when.is_none() { demand.end().min(LONGEST).max(HOUR) } else { HOUR };
    let mut sites = [street.site.clone(), street.site.clone()];
    for signal in sites.iter_mut().flat_map(|site| &mut site.signals) {
        let plan = today(signal, period).clone();
        signal.plans = vec![plan];
        signal.calendar = signal::Calendar::always(PlanId(0));
    }
    for (place, &at) in chosen.iter().enumerate() {
        let new = plan(&street.site.signals[at], place, proposal, &period.name).map_err(told)?;
        sites[1].signals[at].plans = vec![new];
    }
    let side = |name: &str, site: &Site| Side {
        name: name.to_owned(),
        site: Arc::new(site.clone()),
        demand: demand.clone(),
        control: Control::Rule(Mode::Fixed),
        programs: Vec::new(),
        model: Model::default(),
        weather: Weather::default(),
        sensors: None,
        incidents: Vec::new(),
    };
    let sides = [side("today", &sites[0]), side(&period.name, &sites[1])];
    let runs = Runs {
        first_seed: 1,
        seeds: seeds.max(2),
        duration,
        arrivals: Arrivals::Random,
        threads: 1,
    };
    let comparison = compare_sides(&sides, &runs).map_err(told)?;
    Ok(Proof { comparison, duration })
}

/// An hour of the counted volumes: vehicles enter on links that no counted link leads to.
fn counted_demand(site: &Site, period: &Period) -> Result<Demand, String> {
    let network = &site.network;
    let volume_of = |link| -> f64 {
        network.link_movements(link).iter().map(|m| period.volumes[m.index()]).sum()
    };
    let (mut volumes, mut turning) = (Vec::new(), Vec::new());
    for (index, row) in network.links().iter().enumerate() {
        let link = units::LinkId::from_index(index);
        let all = volume_of(link);
        let before = &network.junction(row.from).movements;
        let comes = before
            .iter()
            .map(|&m| network.movement(m))
            .any(|m| m.to == link && volume_of(m.from) > 0.0);
        if all <= 0.0 {
            continue;
        }
        if !comes {
            volumes.push(format!("[{:?}, 0, 3600, {all:.1}]", row.name));
        }
        for &movement in network.link_movements(link) {
            let to = &network.link(network.movement(movement).to).name;
            let count = period.volumes[movement.index()];
            turning.push(format!("[{:?}, {to:?}, 0, 3600, {count:.1}]", row.name));
        }
    }
    let car = VehicleType::default();
    let text = format!(
        "version = 1\n[[vehicle]]\nname = \"car\"\nlength_m = {}\nmin_gap_m = {}\nmax_speed_m_s = {FAST}\n\
         acceleration_m_s2 = {}\ndeceleration_m_s2 = {}\nheadway_s = {}\n[[counts]]\n\
         vehicles = [[\"car\", 1]]\nvolumes = [{}]\nturning = [{}]\n",
        car.length.0,
        car.min_gap.0,
        car.acceleration,
        car.deceleration,
        car.headway_s,
        volumes.join(", "),
        turning.join(", ")
    );
    let file = DemandFile::parse(&text, network).map_err(|all| {
        let all: Vec<String> = all.iter().map(ToString::to_string).collect();
        format!("the counts make no traffic: {}", all.join("; "))
    })?;
    Ok(file.expand(1))
}
