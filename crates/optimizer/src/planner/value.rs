//! What is still to be lost at the end of the grid, by whoever waits there.

/// Weights of a linear value, seconds for a vehicle.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Value {
    /// For each that waits at a red.
    pub red: f32,
    /// For each that waits at a green.
    pub green: f32,
    /// Of the time that a queue of n takes to leave, times n / 2.
    pub queue: f32,
}

impl Default for Value {
    fn default() -> Self {
        Self { red: 20.0, green: 2.0, queue: 1.0 }
    }
}

impl Value {
    /// What so many lose, weighed seconds.
    #[inline]
    pub(crate) fn of(&self, waiting: f32, open: bool, headway: f32) -> f32 {
        let each = if open { self.green } else { self.red };
        waiting * (each + self.queue * headway * waiting / 2.0)
    }
}
