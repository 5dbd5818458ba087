//! How a queue leaves a lane.

/// The discharge law: with a green that begins at 0 and a standing queue, vehicle `n` counted from 0
/// leaves as if it had passed freely at `start_up + n * headway`. All seconds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Law {
    /// From the begin of green to the first departure, and the time by which a green must come before
    /// a moving vehicle for it not to brake.
    pub start_up: f32,
    /// Between two vehicles that go freely.
    pub headway: f32,
    /// Between two vehicles that give way to others.
    pub yielding: f32,
    /// How long after the end of green vehicles still pass.
    pub end_gain: f32,
}

impl Default for Law {
    /// CityFlow's, derived from its own formula; start-up and headway are near those of a street in
    /// the rain. That of who gives way is unverified.
    fn default() -> Self {
        Self { start_up: 2.8, headway: 2.45, yielding: 5.0, end_gain: 0.5 }
    }
}
