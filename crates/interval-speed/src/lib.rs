//! The average speed between two cameras, as values: passages, matches, speeds with their bounds, and
//! evidence that can be checked by somebody else.
//!
//! ```text
//!   camera ─▶ Intake ─▶ Passage ─▶ Matcher ─▶ Trip (no plate) ─▶ TravelTimes
//!             refuses,             (a section)   and, above the limit alone,
//!             quarantines                     ─▶ Verdict (both passages) ─▶ evidence, or nothing
//! ```
//!
//! Terms. A *passage* is one vehicle under one camera, as the camera tells it. A *section* (区间) lies
//! between entry and exit cameras, with a surveyed length. A *trip* is a passage at an entry and one at
//! an exit that are taken for the same vehicle. A *verdict* is a trip judged: how fast at least, what
//! was allowed, and whether that may be evidence. What is measured is whole numbers throughout, so that
//! whoever holds the two passages and the section comes to the same figures to the bit.

mod clock;
pub mod evidence;
mod gbk;
mod intake;
pub mod key_vehicles;
mod limits;
mod matcher;
mod passage;
mod plate;
mod quantities;
mod section;
mod sections;
mod speed;
#[cfg(test)]
mod testing;
mod travel;
mod verdict;
mod way;

pub use clock::{CameraClock, ClockState, SyncSource};
pub use gbk::{from_gbk, to_gbk};
pub use intake::{Intake, IntakeEvent, NotTaken, Quarantine, Report};
pub use limits::{
    Applied, ClassSet, Constancy, LimitEntry, LimitHistory, LimitProblem, LimitRule, Weather,
    WeatherChange,
};
pub use matcher::{
    Approval, ChangeRefusal, Counts, Disturbance, Matcher, Measuring, Output, ROWS_MAX, Reason,
    Refusal, StatisticsKey, Trip,
};
pub use passage::{CameraId, Digest, DigestKind, Image, Passage, VehicleClass, VehicleColour};
pub use plate::{Plate, PlateColour, PlateKey, PlateKind, PlateProblem, PlateText};
pub use quantities::{HundredthsKmh, Kmh, Millimetres, TenthsKmh};
pub use section::{
    Gate, LanePair, Place, Rules, Section, SectionId, SectionProblem, SectionSpec, Survey,
    Tolerance,
};
pub use sections::{Refused, Sections};
pub use speed::{average, certified, judge};
pub use travel::{Overdue, TravelFigure, TravelTimes, VEHICLES_MIN, WINDOW};
pub use verdict::{Doubt, Doubts, Judgement, Method, Verdict};
pub use way::{OnNetwork, WayProblem, check_way};
