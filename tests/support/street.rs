//! A street served in this process, on ports that the system chose, and the site file that leads a
//! daemon to it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use scenario::{Demand, Site, Transport};
use sim::report::StreetSummary;
use sim::serve::{Commands, ServeConfig, Server};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) struct Street {
    pub(crate) site: Site,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) site_file: PathBuf,
    commands: mpsc::Sender<String>,
    shutdown: CancellationToken,
    end: JoinHandle<anyhow::Result<StreetSummary>>,
    runtime: tokio::runtime::Runtime,
}

impl Street {
    /// Serves `site` at `speed` times real time, its site file and events in `folder`.
    pub(crate) fn serve(mut site: Site, demand: Demand, speed: f64, folder: &Path) -> Self {
        for line in &mut site.lines {
            line.transport = Transport::Tcp { address: "127.0.0.1:0".to_owned() };
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let config = ServeConfig {
            site: Arc::new(site.clone()),
            demand,
            speed,
            seed: 1,
            duration: None,
            injections: Vec::new(),
        };
        let server = runtime.block_on(Server::bind(config)).expect("ports of this machine");
        let addresses = server.addresses().expect("addresses");
        for (line, address) in site.lines.iter_mut().zip(&addresses) {
            line.transport = Transport::Tcp { address: address.to_string() };
        }
        site.web.listen = "127.0.0.1:0".to_owned();
        site.store.path = folder.join("events").display().to_string();
        let site_file = folder.join("site.toml");
        std::fs::write(&site_file, scenario::write_site(&site)).unwrap();
        let shutdown = CancellationToken::new();
        let (commands, lines): (_, Commands) = mpsc::channel(8);
        let end = runtime.spawn(server.run(shutdown.clone(), Some(lines), |_| {}));
        Self { site, addresses, site_file, commands, shutdown, end, runtime }
    }

    /// Types a command, as `inject reboot:j_1_1`.
    pub(crate) fn command(&self, line: &str) {
        self.runtime.block_on(self.commands.send(line.to_owned())).expect("the street runs");
    }

    /// Ends the street and says what it came to.
    pub(crate) fn stop(self) -> StreetSummary {
        self.shutdown.cancel();
        let end = self.runtime.block_on(self.end).expect("no panic").expect("a summary");
        self.runtime.shutdown_timeout(Duration::from_secs(1));
        end
    }
}
