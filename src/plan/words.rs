//! A proposal in words that a traffic engineer knows, and as JSON.

use optimizer::coordination::{BandReport, JunctionPlan, Objective, Reason};
use scenario::Mode;
use serde_json::{Value, json};

use super::Part;
use super::input::{Periods, Street, today};

pub(super) fn print(street: &Street, periods: &Periods, parts: &[Part<'_>]) {
    for part in parts {
        plan(street, part);
    }
    if parts.len() > 1 || periods.days.len() > 1 {
        println!("over the day");
        for (name, changes) in &periods.days {
            let change = |(from, plan): &(units::Millis, usize)| {
                let minutes = from.0 / 60_000;
                format!("{:02}:{:02} {}", minutes / 60, minutes % 60, periods.all[*plan].name)
            };
            println!("  {name:<9}{}", changes.iter().map(change).collect::<Vec<_>>().join(", "));
        }
        println!();
    }
    if street.site.control.mode != Mode::Fixed {
        let mode = street.site.control.mode.name();
        println!("note: the site's control mode is {mode}: plans run where it is fixed");
    }
    if street.site.schedule.is_some() || street.site.signals.iter().any(has_schedule) {
        println!("note: schedules of today's plans are replaced at these junctions, holidays too");
    }
}

fn has_schedule(signal: &scenario::SignalSite) -> bool {
    signal.calendar != signal::Calendar::always(units::PlanId(0))
}

fn plan(street: &Street, part: &Part<'_>) {
    let (area, proposal) = (&part.area, &part.proposal);
    let cycles = &proposal.cycles;
    println!("{}", part.period.name);
    println!("  traffic    {}", part.period.source);
    println!("  cycle      {} s: {}", proposal.cycle, because(part));
    let critical = &proposal.junctions[cycles.critical];
    let group = critical.worst.map(|g| area.signals[cycles.critical].layout.group(g).name.as_str());
    println!(
        "  critical   {}: it wants {} s; {} is worst off there, at {:.2} of its capacity",
        area.name(cycles.critical),
        critical.wants,
        group.unwrap_or("no group"),
        critical.saturation
    );
    for &at in &cycles.saturated {
        println!("  saturated  {}: no cycle keeps it under 0.9 of its capacity", area.name(at));
    }
    let (low, high) = cycles.range;
    println!("  tried      {} cycles from {low} to {high} s", cycles.tried.len());
    println!("  offsets    {}", exact(part));
    println!(
        "\n  {:<12}{:>6}{:>8}{:>7}{:>7}   stages with splits, s",
        "junction", "cycle", "offset", "load", "today"
    );
    for (at, junction) in proposal.junctions.iter().enumerate() {
        let signal = street.site.signals.iter().find(|s| s.junction == area.signals[at].junction);
        let now = signal.map_or(0.0, |signal| today(signal, &part.period).cycle().as_secs_f64());
        println!(
            "  {:<12}{:>6}{:>8}{:>7.2}{now:>7}   {}",
            area.name(at),
            junction.period,
            junction.offset,
            junction.saturation,
            splits(part, at, junction),
        );
    }
    println!();
    if let Some(bands) = &proposal.bands {
        println!("  band       {}", band(bands, proposal.cycle));
    }
    let outlook = &proposal.outlook;
    println!(
        "  on green   {:.0} % of those who come from another of these junctions, by the model",
        outlook.on_green * 100.0
    );
    println!(
        "  delay      {:.1} s and {:.2} stops a vehicle and stop line, by the model",
        outlook.delay_s, outlook.stops
    );
    verdict(part);
}

fn because(part: &Part<'_>) -> String {
    let proposal = &part.proposal;
    match proposal.reason {
        Reason::Asked => "as asked for".to_owned(),
        Reason::Critical => "what the critical junction wants".to_owned(),
        Reason::Step => {
            "the best of those tried around what the critical junction wants".to_owned()
        }
        Reason::Resonance { segment, times, cycles } => {
            let segment = &part.area.segments[segment];
            let [from, to] = segment.ends.map(|end| part.area.name(end));
            let what =
                if cycles == 1 { "one cycle".to_owned() } else { format!("{cycles} cycles") };
            format!(
                "resonance: {times} times the {:.0} s from {from} to {to} ({:.0} m) are {what}",
                segment.travel, segment.length
            )
        }
    }
}

fn exact(part: &Part<'_>) -> &'static str {
    match (part.proposal.is_exact, part.area.settings.objective) {
        (true, Objective::Bandwidth) => "the widest band that these splits allow, then least delay",
        (true, _) => "the best that these splits allow: the junctions form no loop",
        (false, _) => "a good set, not proved the best: the junctions form loops",
    }
}

fn splits(part: &Part<'_>, at: usize, junction: &JunctionPlan) -> String {
    let layout = part.area.signals[at].layout;
    let one = |&(stage, span): &(units::StageId, units::Millis)| {
        format!("{} {}", layout.stage(stage).name, span.as_secs_f64())
    };
    let splits = junction.splits.iter().map(one).collect::<Vec<_>>().join(", ");
    if junction.is_reordered { format!("{splits}  (other order)") } else { splits }
}

fn band(bands: &BandReport, cycle: u32) -> String {
    let efficiency = match bands.efficiency {
        e if e < 0.13 => "poor",
        e if e < 0.25 => "fair",
        e if e < 0.37 => "good",
        _ => "great",
    };
    let attained = match bands.attainability {
        a if a < 0.7 => "greens stand in the way of each other: a larger change would win more",
        a if a < 0.995 => "fine tuning",
        _ => "no interference",
    };
    format!(
        "outward {} s, homeward {} s of {cycle} s: efficiency {:.2} ({efficiency}), attainability \
         {:.2} ({attained})",
        bands.outward, bands.homeward, bands.efficiency, bands.attainability
    )
}

fn verdict(part: &Part<'_>) {
    let proof = match &part.proof {
        Ok(proof) => proof,
        Err(why) => {
            println!("\n  not compared in simulation: {why}\n");
            return;
        }
    };
    let comparison = &proof.comparison;
    println!(
        "\n  in simulation, {} pairs of runs of {:.0} min, random arrivals",
        comparison.seeds.len(),
        proof.duration.as_secs_f64() / 60.0
    );
    println!("  {:<15}{:>10}{:>10}{:>10}   95 % interval", "", "today", "proposed", "change");
    for row in &comparison.differences {
        let d = row.difference;
        let note = if row.differs { "" } else { "  (no difference shown)" };
        println!(
            "  {:<15}{:>10.2}{:>10.2}{:>+10.2}   {:+.2} to {:+.2}{note}",
            row.measure, row.a, row.b, d.mean, d.low, d.high
        );
    }
    let travel = &comparison.differences[0];
    let said = match (travel.differs, travel.difference.mean < 0.0) {
        (true, true) => "the proposed plan is better than today's",
        (true, false) => "the proposed plan is WORSE than today's: keep today's",
        (false, _) => "the proposed plan is no better than today's",
    };
    println!("  verdict: {said}\n");
}

pub(super) fn json(street: &Street, part: &Part<'_>) -> Value {
    let (area, proposal) = (&part.area, &part.proposal);
    let junction = |(at, junction): (usize, &JunctionPlan)| {
        let layout = area.signals[at].layout;
        let signal = street.site.signals.iter().find(|s| s.junction == area.signals[at].junction);
        json!({
            "junction": area.name(at),
            "cycle_s": junction.period,
            "offset_s": junction.offset,
            "splits": junction.splits.iter().map(|&(stage, span)| {
                json!([layout.stage(stage).name, span.as_secs_f64()])
            }).collect::<Vec<_>>(),
            "saturation": junction.saturation,
            "worst_group": junction.worst.map(|group| &layout.group(group).name),
            "wants_cycle_s": junction.wants,
            "other_order": junction.is_reordered,
            "delay_s": proposal.outlook.delays_s[at],
            "today_cycle_s": signal.map(|s| today(s, &part.period).cycle().as_secs_f64()),
        })
    };
    json!({
        "name": part.period.name,
        "traffic": part.period.source,
        "cycle_s": proposal.cycle,
        "why": because(part),
        "critical": area.name(proposal.cycles.critical),
        "saturated": proposal.cycles.saturated.iter().map(|&at| area.name(at)).collect::<Vec<_>>(),
        "exact": proposal.is_exact,
        "junctions": proposal.junctions.iter().enumerate().map(junction).collect::<Vec<_>>(),
        "bands": proposal.bands.map(|bands| json!({
            "outward_s": bands.outward,
            "homeward_s": bands.homeward,
            "efficiency": bands.efficiency,
            "attainability": bands.attainability,
        })),
        "on_green": proposal.outlook.on_green,
        "delay_s": proposal.outlook.delay_s,
        "stops": proposal.outlook.stops,
        "simulated": part.proof.as_ref().ok().map(|proof| json!(proof.comparison)),
        "not_simulated": part.proof.as_ref().err(),
    })
}
