//! Which stage next. Two rules, max-pressure with hysteresis and actuated control, see one junction as
//! a [`Problem`]; the planner sees a whole district, its junctions as [`JunctionSpec`]s, and searches
//! ahead. All answer with what to serve and why.

pub mod coordination;

mod countdown;
mod crew;
mod district;
mod planner;
mod pressure;
mod rules;
mod spec;
mod watch;

pub use countdown::{Announced, Countdown};
pub use crew::{Alone, Crew};
pub use district::{
    Basis, Choice, Clearing, Control, Controller, Discharge, District, Scene, WalkSight, Why,
};
pub use planner::{BUDGET, Law, Patience, Settings, Value};
pub use rules::{Decision, EXTENSION, Ending, Problem, StageView, actuated, max_pressure};
pub use spec::{
    Approach, Between, Instants, JunctionSpec, Opening, Showing, StageSpec, WAYS_MAX, WalkSpec,
    Ways,
};
pub use watch::{AWAY, AWAY_MAX, FLOOR, MARGIN, SPAN, Turn, Watch};
