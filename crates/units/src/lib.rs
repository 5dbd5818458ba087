//! Quantities with their unit in the type, times, and typed ids.
//!
//! Everything below `crates/` is handed its time: a [`Moment`] is a reading of a clock that only
//! goes forward, a [`WallTime`] names a point of time for all the world, a [`CivilTime`] is what the
//! clock on the wall of the site shows, a [`Millis`] is the distance between two of either. None of
//! them can be made by asking a clock here. [`mixing`] holds what seeds and digests are made of.

mod civil;
mod id;
mod length;
pub mod mixing;
mod time;

pub use civil::{CivilDate, CivilTime, DAY, Weekday};
pub use id::{
    DetectorId, DeviceId, GroupId, JunctionId, LaneId, LineId, LinkId, MovementId, PlanId, StageId,
};
pub use length::{Metres, MetresPerSecond};
pub use time::{Millis, Moment, WallTime};
