//! Where a vehicle is, as far as that is known, whoever has found it out.

use units::{LinkId, Metres, MetresPerSecond, Moment};

/// A place on the roads.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Place {
    /// The link.
    pub link: LinkId,
    /// From the link's begin, metres: at least 0, at most the link's length.
    pub offset: Metres,
}

/// An estimate of where a vehicle is, and how sure it is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Progress {
    /// Where. A vehicle inside a junction is at the begin of the link that it enters.
    pub place: Place,
    /// How fast, metres a second.
    pub speed: MetresPerSecond,
    /// The standard deviation of the place along the link, metres; not below 0.
    pub deviation: Metres,
    /// The time that it holds for: when it was measured, not when it was told.
    pub at: Moment,
}
