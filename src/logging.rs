//! Logs go to standard error, `RUST_LOG` chooses them; standard output belongs to results.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging; `usual` is the filter where `RUST_LOG` says nothing.
pub(crate) fn start(usual: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(usual));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
