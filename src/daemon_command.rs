//! `greenwave daemon`: the daemon on a site file.

use std::path::PathBuf;
use std::process::ExitCode;

use daemon::Config;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::load::Control;

/// How long what still runs after the end may take.
const LEFT_OVER: std::time::Duration = std::time::Duration::from_secs(1);

/// Run the daemon on a site file.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The site file
    #[arg(long)]
    site: PathBuf,
    /// Control by another rule than the site's
    #[arg(long, value_enum)]
    control: Option<Control>,
    /// Listen elsewhere than the site says
    #[arg(long)]
    listen: Option<String>,
    /// Keep events elsewhere than the site says
    #[arg(long)]
    store: Option<PathBuf>,
    /// Times real time; for a street that is simulated
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true, value_parser = crate::load::speed)]
    speed: f64,
    /// Stop when standard input closes
    #[arg(long)]
    with_parent: bool,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    crate::logging::start(if arguments.with_parent { "warn" } else { "info" });
    let (ready, listens) = tokio::sync::oneshot::channel();
    let config = Config {
        mode: arguments.control.map(Control::mode),
        listen: arguments.listen,
        store: arguments.store,
        speed: arguments.speed,
        what_if: std::env::current_exe().ok(),
        on_ready: Some(ready),
        ..Config::new(arguments.site)
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(async {
        let shutdown = CancellationToken::new();
        crate::parent::watch(&shutdown, arguments.with_parent)?;
        tokio::spawn(async move {
            if let Ok(address) = listens.await {
                println!("{}", json!({"ready": {"listen": address.to_string()}}));
            }
        });
        daemon::run(config, shutdown).await
    });
    // A thread that hangs on a dead disk does not keep the process: every cabinet was handed back.
    runtime.shutdown_timeout(LEFT_OVER);
    ended?;
    Ok(ExitCode::SUCCESS)
}
