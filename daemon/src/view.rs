//! What the web layer reads: one picture of the daemon, replaced as a whole several times a second.
//! Nobody holds a lock, and a slow reader sees the newest one.

use std::sync::Arc;
use std::time::Instant;

use engine::Snapshot;
use scenario::Site;
use tokio::sync::watch;
use units::WallTime;

/// One picture.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// The engine's state.
    pub(crate) snapshot: Snapshot,
    /// The site that the snapshot is of.
    pub(crate) site: Arc<Site>,
    /// The corridors, those that are over and kept among them; the oldest first.
    pub(crate) corridors: Arc<Vec<crate::corridors::Record>>,
    /// When it was taken, in real and unscaled time: a picture that grows old is told.
    pub(crate) taken: Instant,
    /// The civil time of the snapshot.
    pub(crate) wall: WallTime,
    /// The same as text in the site's time zone.
    pub(crate) local: String,
    /// When the daemon started.
    pub(crate) started: WallTime,
    /// How many times real time the clock runs; 1 on a street.
    pub(crate) speed: f64,
    /// How often the site was loaded; 1 at the start.
    pub(crate) epoch: u64,
}

/// The newest picture.
pub(crate) type Views = watch::Receiver<Arc<View>>;
