//! Who does work that comes in pieces which know nothing of each other. The core starts no threads: a
//! shell that has some hands in a crew of its own, and what comes of it is the same to the bit.

/// Does pieces of work.
pub trait Crew {
    /// Does the work on each piece once, in any order, on any threads, and comes back when all is done.
    fn each<T: Send>(&self, pieces: &mut [T], work: impl Fn(&mut T) + Sync);
}

/// One after another, on the thread that asks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Alone;

impl Crew for Alone {
    fn each<T: Send>(&self, pieces: &mut [T], work: impl Fn(&mut T) + Sync) {
        pieces.iter_mut().for_each(work);
    }
}
