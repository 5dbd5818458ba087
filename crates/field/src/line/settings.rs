//! What a line is made of.

use std::sync::Arc;

use units::{DeviceId, Millis};

use crate::map::DeviceMap;
use crate::outputs::OutputPort;

/// How long whoever connects may take for an attempt, and the longest wait before the next: together
/// with the reading of the identity they stay under the 5 s within which a gateway that is back is used
/// again.
pub const CONNECT_MAX: Millis = Millis(2_000);
const RECONNECT_MAX: Millis = Millis(1_000);
/// An attempt of which nothing is heard for so long is given up by the line itself.
const CONNECT_GIVE_UP: Millis = Millis(4_000);

/// The times of a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LineSettings {
    /// How long an answer may take.
    pub timeout: Millis,
    /// The wait before the first attempt to connect again after the connection was lost.
    pub reconnect_first: Millis,
    /// The longest such wait.
    pub reconnect_max: Millis,
    /// How long an attempt to connect may go on without a word before it counts as failed.
    pub connect_give_up: Millis,
    /// How long after its begin it connects first. The lines of a large site begin one after the other:
    /// their readings have the same beat, and a thousand that come at once are late together.
    pub first: Millis,
    /// The silence between an answer and the next request; none where frames have a length.
    pub gap: Millis,
}

impl Default for LineSettings {
    fn default() -> Self {
        Self {
            timeout: Millis(500),
            reconnect_first: Millis(200),
            reconnect_max: RECONNECT_MAX,
            connect_give_up: CONNECT_GIVE_UP,
            first: Millis::ZERO,
            gap: Millis::ZERO,
        }
    }
}

/// A unit on the line.
#[derive(Clone, Debug)]
pub struct UnitSettings {
    /// The site's device.
    pub device: DeviceId,
    /// Its number on the line.
    pub unit: u8,
    /// What can be said to it.
    pub map: Arc<DeviceMap>,
    /// Somebody has seen its outputs fall when nobody wrote: wanted where no register tells.
    pub watchdog_tried: bool,
    /// Where its digital outputs are wired to.
    pub outputs: Vec<OutputPort>,
}
