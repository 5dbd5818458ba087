//! `greenwave sim serve`: a virtual street over real Modbus. It prints JSON lines: `ready`, `progress` each
//! second, `summary` at the end.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::json;
use sim::fault::Injection;
use sim::serve::{Notice, ServeConfig, Server};
use tokio_util::sync::CancellationToken;
use units::Millis;

use crate::load::{self, Control, StreetArguments};

/// Serve a virtual street: cabinets and detectors on real Modbus.
#[derive(clap::Args)]
#[group(skip)]
pub(super) struct Arguments {
    /// A site file with the street's roads; its lines say where the cabinets listen. Without it, the
    /// street's own site
    #[arg(long)]
    site: Option<PathBuf>,
    #[command(flatten)]
    street: StreetArguments,
    /// A file that says how well the street's sensors see, and where cameras stand. Without it, the
    /// `sensors.toml` of a scenario's folder
    #[arg(long, value_name = "FILE")]
    sensors: Option<PathBuf>,
    /// Times real time
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true, value_parser = crate::load::speed)]
    speed: f64,
    /// Simulated seconds until it ends by itself
    #[arg(long)]
    duration: Option<u32>,
    /// A fault, as `reboot:JUNCTION@60`; may be repeated
    #[arg(long, value_name = "FAULT@SECOND", help = crate::load::inject_help())]
    inject: Vec<Injection>,
    /// Stop when standard input closes
    #[arg(long)]
    with_parent: bool,
}

pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    crate::logging::start("warn");
    let street = load::street(&arguments.street, Control::Fixed.mode())?;
    let site = match &arguments.site {
        None => street.site,
        Some(path) => {
            let site = load::site(path)?;
            let same = street.site.network.links() == site.network.links();
            anyhow::ensure!(same, "the site's roads are not those that the traffic was made for");
            site
        }
    };
    let network = &site.network;
    let sensors = load::sensors(&arguments.street, arguments.sensors.as_deref(), network)?;
    let config = ServeConfig {
        site: Arc::new(site),
        demand: street.demand,
        speed: arguments.speed,
        seed: arguments.street.seed,
        duration: arguments.duration.map(|seconds| Millis::from_secs(seconds.into())),
        injections: arguments.inject,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let summary = runtime.block_on(async {
        let shutdown = CancellationToken::new();
        crate::parent::watch(&shutdown, arguments.with_parent)?;
        let server = Server::bind(config).await;
        let mut server = server.map_err(|all| anyhow::Error::msg(all.join("\n")))?;
        if let Some(sensors) = &sensors {
            server.equip(sensors);
        }
        let lines: Vec<_> = server.addresses()?.iter().map(ToString::to_string).collect();
        println!("{}", json!({"ready": {"lines": lines}}));
        server.run(shutdown, None, tell).await
    })?;
    println!("{}", json!({"summary": summary}));
    Ok(ExitCode::SUCCESS)
}

fn tell(notice: &Notice) {
    match notice {
        Notice::Progress(progress) => println!(
            "{}",
            json!({"progress": {
                "sim_seconds": progress.sim_seconds,
                "speed_held": progress.speed_held,
                "running": progress.world.running,
                "vehicles_finished": progress.world.finished,
                "violations": progress.violations,
            }})
        ),
        Notice::Injected(injection) => tracing::info!("injected {injection:?}"),
        Notice::Refused(why) => tracing::warn!("refused: {why}"),
    }
}
