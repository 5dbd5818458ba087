//! The safety kernel: what a junction's signals are, what may follow what, and who may say so.
//!
//! Terms. A *signal group* is a set of lamps that always show the same; a *stage* is a set of groups
//! that are green together; the *intergreen* from one group to another is the time from the end of
//! the first one's green to the start of the other's; the *closing* aspect is what ends a green:
//! yellow for vehicles, flashing green (clearance) for pedestrians. A *plan* is a cycle of stages with
//! their *splits*, begun an *offset* after the common clock's zero. A *demand* asks a cabinet for a
//! stage under a *lease*, and ends with it.
//!
//! The room is meant to be read in one sitting, above `units` only: [`group`], [`intergreen`],
//! [`timing`], [`stage`], [`layout`] say what is; [`plan`], [`calendar`] what was agreed; [`clock`],
//! [`transition`], [`coordinator`] keep to it, [`ring`] decides without it; [`controller`] is one
//! junction running; [`command`], [`interlock`] guard what leaves; [`monitor`] judges what comes
//! back; [`fallback`] and [`precedence`] say who is in control.

pub mod calendar;
pub mod clock;
pub mod command;
pub mod controller;
pub mod coordinator;
pub mod fallback;
pub mod group;
pub mod intergreen;
pub mod interlock;
pub mod layout;
pub mod monitor;
pub mod plan;
pub mod precedence;
pub mod ring;
pub mod stage;
pub mod timing;
pub mod transition;

pub use calendar::{Calendar, DayTable};
pub use clock::CommonClock;
pub use command::Command;
pub use controller::{Controller, Running};
pub use coordinator::{Coordinator, Standing};
pub use group::{Aspect, Group, GroupKind, GroupSet};
pub use intergreen::Intergreens;
pub use interlock::{Admitted, Interlock, InterlockLimits, Refusal, Seen};
pub use layout::{Layout, LayoutBuilder, Problem};
pub use monitor::{Monitor, MonitorLimits, Violation};
pub use plan::{LocalPlan, Plan};
pub use precedence::ControlSource;
pub use ring::{Ending, Phase, PhaseView, RingPolicy, Rings};
pub use stage::{Stage, maximal_stages};
pub use transition::{Coordination, Method};
