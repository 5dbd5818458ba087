//! What is still to be lost at the end of the grid, by whoever waits there or is about to come.

use super::trained::TRAINED;

/// Weights of a linear value, seconds for a vehicle.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Value {
    /// For each that waits at a red.
    pub red: f32,
    /// For each that waits at a green.
    pub green: f32,
    /// Of the time that a queue of n takes to leave, times n / 2.
    pub queue: f32,
    /// For each that is on its way to a red.
    pub coming: f32,
}

impl Value {
    /// By reason alone: a red has some twenty seconds to go, a green lets go soon, a queue takes its time.
    pub const BY_HAND: Self = Self { red: 20.0, green: 2.0, queue: 1.0, coming: 0.0 };
    /// Regressed on what was lost on streets made up for it (`cargo xtask train-value`).
    pub const TRAINED: Self = TRAINED;
}

impl Default for Value {
    /// By hand: the trained one gained nothing on streets that neither had seen (`docs/evaluate.md`).
    fn default() -> Self {
        Self::BY_HAND
    }
}

impl Value {
    /// What so many lose, weighed seconds.
    #[inline]
    pub(crate) fn of(&self, waiting: f32, coming: f32, open: bool, headway: f32) -> f32 {
        let each =
            if open { self.green * waiting } else { self.red * waiting + self.coming * coming };
        each + self.queue * headway * waiting * waiting / 2.0
    }
}

#[cfg(test)]
mod tests {
    use units::mixing;

    /// The file of the trained weights is what the command has written, not what somebody made of it.
    #[test]
    fn trained_weights_are_as_they_were_written() {
        let text = include_str!("trained.rs");
        let (header, rest) = text.split_once("\n\n").expect("a header");
        let digest = mixing::digest(rest.bytes().map(u64::from));
        let expected = format!("Digest of what follows: {digest:016x}.");
        assert!(header.contains("cargo xtask train-value"), "{header}");
        assert!(header.ends_with(&expected), "{header}: {expected}");
    }
}
