//! A crew for a controller of many junctions: some threads of their own.

use optimizer::Crew;
use rayon::prelude::*;

/// Threads that wait for work.
#[derive(Debug)]
pub struct Threads(rayon::ThreadPool);

impl Threads {
    /// So many, at least one.
    ///
    /// # Errors
    /// The system gives none.
    pub fn new(count: usize) -> anyhow::Result<Self> {
        Ok(Self(rayon::ThreadPoolBuilder::new().num_threads(count.max(1)).build()?))
    }
}

impl Crew for Threads {
    fn each<T: Send>(&self, pieces: &mut [T], work: impl Fn(&mut T) + Sync) {
        self.0.install(|| pieces.par_iter_mut().for_each(&work));
    }
}
