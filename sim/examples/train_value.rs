//! `cargo xtask train-value`: regresses the planner's terminal value and writes it into the tree.

use std::path::Path;

use optimizer::Value;
use sim::evaluate::train::{Lesson, Trial, source, train, try_out};
use units::Millis;

/// Where the weights stand.
const FILE: &str = "../crates/optimizer/src/planner/trained.rs";
/// The first seed of the streets on which values are compared: none of them is trained on.
const HELD_OUT: u64 = 1_000_000;

fn main() -> anyhow::Result<()> {
    let is_quick = std::env::args().any(|word| word == "--quick");
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (streets, duration) = if is_quick { (4, 900) } else { (100, 2_400) };
    let duration = Millis::from_secs(duration);
    let lesson = Lesson { first_seed: 1, streets, duration, threads };
    let (value, samples) = train(&lesson, Value::BY_HAND)?;
    println!("{samples} samples of {streets} streets: {value:?}");
    if !is_quick {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
        std::fs::write(path, source(value))?;
    }
    let held_out = Lesson { first_seed: HELD_OUT, ..lesson };
    let (hand, trained) = (try_out(&held_out, Value::BY_HAND)?, try_out(&held_out, value)?);
    tell("by hand", &hand);
    tell("trained", &trained);
    let pairs: Vec<f64> = hand.iter().zip(&trained).map(|(a, b)| b.delay_s - a.delay_s).collect();
    let (mean, reach) = interval(&pairs);
    println!("trained less by hand, street by street: {mean:+.2} ± {reach:.2} s of delay");
    Ok(())
}

fn tell(name: &str, trials: &[Trial]) {
    let mean = |of: fn(&Trial) -> f64| trials.iter().map(of).sum::<f64>() / trials.len() as f64;
    let longest = trials.iter().map(|trial| trial.longest_wait_s).fold(0.0, f64::max);
    println!(
        "{name}: delay {:.2} s, travel time {:.2} s, {:.1} arrived, longest wait {longest:.0} s",
        mean(|trial| trial.delay_s),
        mean(|trial| trial.travel_time_s),
        mean(|trial| trial.finished),
    );
}

/// The mean, and the reach of its 95 % interval by the normal law: there are many streets.
fn interval(of: &[f64]) -> (f64, f64) {
    let count = of.len() as f64;
    let mean = of.iter().sum::<f64>() / count;
    let spread = of.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    (mean, 1.96 * (spread / count).sqrt())
}
