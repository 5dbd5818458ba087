//! Writes a demand file; what [`super::Demand::parse`] reads of it is the same demand.

use std::fmt::{self, Write};

use network::Network;
use units::Millis;

use super::{
    Demand, Departure, EntryLane, EntrySpeed, Flow, OUTERMOST, PedestrianFlow, SpeedFactor,
    VehicleType,
};
use crate::site::quoted;

/// The demand as a TOML document; `network` gives its links their names. Flows that follow each other
/// on one route with one type are written as one flow with slices.
#[must_use]
pub fn write_demand(demand: &Demand, network: &Network) -> String {
    let mut out = String::new();
    // A String never refuses to be written to.
    all(&mut out, demand, network).expect("writing to memory");
    out
}

fn all(out: &mut String, demand: &Demand, network: &Network) -> fmt::Result {
    writeln!(out, "version = 1 # a slice is [from second, to second, seconds between vehicles]")?;
    let mut types: Vec<VehicleType> = Vec::new();
    for flow in &demand.flows {
        if !types.contains(&flow.vehicle) {
            types.push(flow.vehicle);
        }
    }
    for (index, vehicle) in types.iter().enumerate() {
        writeln!(out, "\n[[vehicle]]\nname = {}", name(index))?;
        writeln!(out, "class = {}", quoted(vehicle.class.name()))?;
        writeln!(out, "length_m = {}\nmin_gap_m = {}", vehicle.length.0, vehicle.min_gap.0)?;
        writeln!(out, "max_speed_m_s = {}", vehicle.max_speed.0)?;
        writeln!(out, "acceleration_m_s2 = {}", vehicle.acceleration)?;
        writeln!(out, "deceleration_m_s2 = {}", vehicle.deceleration)?;
        writeln!(out, "headway_s = {}", vehicle.headway_s)?;
        if let Some(imperfection) = vehicle.imperfection {
            writeln!(out, "imperfection = {imperfection}")?;
        }
        if let Some(SpeedFactor { mean, deviation }) = vehicle.speed_factor {
            writeln!(out, "speed_factor = {mean}\nspeed_deviation = {deviation}")?;
        }
    }
    let together = |a: &Flow, b: &Flow| {
        a.route == b.route && a.vehicle == b.vehicle && a.departure == b.departure
    };
    for slices in demand.flows.chunk_by(together) {
        let flow = &slices[0];
        let vehicle = types.iter().position(|v| *v == flow.vehicle).unwrap_or_default();
        let route: Vec<_> = flow.route.iter().map(|&l| quoted(&network.link(l).name)).collect();
        writeln!(out, "\n[[flow]]\nvehicle = {}", name(vehicle))?;
        writeln!(out, "route = [{}]", route.join(", "))?;
        departure(out, &flow.departure)?;
        let slices: Vec<_> = slices.iter().map(slice).collect();
        writeln!(out, "slices = [{}]", slices.join(", "))?;
    }
    walkers(out, demand, network)
}

fn walkers(out: &mut String, demand: &Demand, network: &Network) -> fmt::Result {
    let together = |a: &PedestrianFlow, b: &PedestrianFlow| {
        (a.junction, &a.group, a.arm) == (b.junction, &b.group, b.arm)
    };
    for slices in demand.pedestrians.chunk_by(together) {
        let flow = &slices[0];
        let junction = quoted(&network.junction(flow.junction).name);
        writeln!(out, "\n[[pedestrians]]\njunction = {junction}")?;
        if let Some(group) = &flow.group {
            writeln!(out, "group = {}", quoted(group))?;
        }
        if let Some(arm) = flow.arm {
            writeln!(out, "arm = {}", quoted(&network.link(arm).name))?;
        }
        let slice = |flow: &PedestrianFlow| {
            let (start, end) = (flow.start.as_secs_f64(), flow.end.as_secs_f64());
            format!("[{start}, {end}, {}]", flow.per_hour)
        };
        let slices: Vec<_> = slices.iter().map(slice).collect();
        writeln!(out, "slices = [{}] # persons an hour", slices.join(", "))?;
    }
    Ok(())
}

fn departure(out: &mut String, departure: &Departure) -> fmt::Result {
    match departure.lane {
        EntryLane::Emptiest => {}
        EntryLane::Outermost => writeln!(out, "enters_on_lane = {OUTERMOST}")?,
        EntryLane::Number(lane) => writeln!(out, "enters_on_lane = {lane}")?,
    }
    if let EntrySpeed::AtMost(speed) = departure.speed {
        writeln!(out, "enters_with_m_s = {}", speed.0)?;
    }
    if let Some(position) = departure.position {
        writeln!(out, "enters_at_m = {}", position.0)?;
    }
    Ok(())
}

fn name(index: usize) -> String {
    format!("\"type_{}\"", index + 1)
}

fn slice(flow: &Flow) -> String {
    let seconds = |span: Millis| span.as_secs_f64();
    format!("[{}, {}, {}]", seconds(flow.start), seconds(flow.end), seconds(flow.interval))
}
