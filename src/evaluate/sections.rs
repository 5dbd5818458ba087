//! `greenwave evaluate sections`: how well section speeds are told apart, against ground truth.

use std::process::ExitCode;

use sim::sections::{Figures, INSIDE_MAX, PASSAGES_MAX, evaluate};

/// Passages with their ground truth: who was too fast, of whom it can be proven, and was
#[derive(clap::Args)]
#[command(after_help = "\
  greenwave evaluate sections --passages 1000000 --seed 1 --json

Passages are made up: eight plates of ten are read, two reads of a hundred are wrong, some come twice, late
or out of order, clocks drift within what they declare. It fails where any evidence is false.")]
pub(super) struct Arguments {
    /// How many passages the cameras tell of
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64)
        .range(1_000..=PASSAGES_MAX as u64))]
    passages: u64,
    /// How many vehicles are on the section when speed and memory are measured
    #[arg(long, default_value_t = INSIDE_MAX as u64, value_parser = clap::value_parser!(u64)
        .range(1_000..=INSIDE_MAX as u64))]
    inside: u64,
    /// What the passages follow from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let figures = evaluate(
        usize::try_from(arguments.passages)?,
        usize::try_from(arguments.inside)?,
        arguments.seed,
    );
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&figures)?);
    } else {
        print(&figures);
    }
    Ok(if figures.false_evidence == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(figures: &Figures) {
    println!(
        "seed {}, {} passages of {} vehicles\n",
        figures.seed, figures.passages, figures.vehicles
    );
    let rows: &[(&str, String)] = &[
        ("without a plate", figures.unread.to_string()),
        ("read once more", figures.duplicates.to_string()),
        ("came too late", figures.too_late.to_string()),
        ("too fast", figures.violations.to_string()),
        ("of those, read right at both ends", figures.violations_read.to_string()),
        ("of those, of a plate that was there twice", figures.ambiguous.to_string()),
        ("provable", figures.provable_violations.to_string()),
        ("found", format!("{} ({:.4})", figures.found, figures.found_share)),
        ("evidence in all", figures.evidence.to_string()),
        ("false", format!("{} ({} by twins)", figures.false_evidence, figures.false_by_twins)),
        ("travel times", figures.trips.to_string()),
        ("of those, by look-alikes", figures.look_alikes.to_string()),
        ("of those, right", format!("{:.4}", figures.look_alikes_right)),
        ("median travel time, mean error", format!("{:.2} s", figures.median_error_s)),
        ("passages a second, this stream", format!("{:.0}", figures.stream_passages_per_s)),
        ("vehicles inside, for the next two", figures.inside.to_string()),
        ("passages a second", format!("{:.0}", figures.passages_per_s)),
        ("bytes a vehicle", format!("{:.0}", figures.bytes_per_vehicle)),
    ];
    for (name, value) in rows {
        println!("{name:<44}{value}");
    }
    println!("\nnot evidence, and why (a trip may have several):");
    for (name, count) in &figures.doubts {
        println!("  {name:<42}{count}");
    }
}
