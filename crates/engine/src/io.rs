//! What comes into the engine and what goes out of it.

use field::{Failure, Reply, Request};
use scenario::Mode;
use units::{CivilTime, GroupId, JunctionId, LineId, Millis, PlanId, StageId};

use crate::event::Event;

/// What comes in.
#[derive(Clone, Debug)]
pub enum Input {
    /// A line is connected.
    LinkUp(LineId),
    /// A line is not, or no longer.
    LinkDown(LineId, String),
    /// What came of a request.
    Reply {
        /// On which line.
        line: LineId,
        /// Which request.
        token: u64,
        /// What came.
        result: Result<Reply, Failure>,
    },
    /// What the clock on the wall of the site shows now: handed in at the start, every few minutes,
    /// and whenever that clock has jumped. In between the engine carries it on by its own moments.
    Civil(CivilTime),
    /// A person acts.
    Operator(OperatorAction),
    /// Hand every cabinet back and stop.
    ShutDown,
}

/// What a person can do.
#[derive(Clone, PartialEq, Debug)]
pub enum OperatorAction {
    /// Hold a stage at a junction for a time.
    Hold {
        /// Where.
        junction: JunctionId,
        /// Which.
        stage: StageId,
        /// For how long.
        span: Millis,
        /// Who.
        who: String,
        /// Why.
        reason: String,
    },
    /// Call a group once, as if its button was pressed.
    Call {
        /// Where.
        junction: JunctionId,
        /// Which.
        group: GroupId,
        /// Who.
        who: String,
    },
    /// Raise one of the cabinet's preempts for a time.
    Preempt {
        /// Where.
        junction: JunctionId,
        /// Which, from 1.
        number: u8,
        /// For how long.
        span: Millis,
        /// Who.
        who: String,
        /// Why.
        reason: String,
    },
    /// Have the cabinet run one of its own plans for a time.
    SelectPlan {
        /// Where.
        junction: JunctionId,
        /// Which.
        plan: PlanId,
        /// For how long.
        span: Millis,
        /// Who.
        who: String,
        /// Why.
        reason: String,
    },
    /// End a hold, a preempt and a selected plan.
    Release {
        /// Where.
        junction: JunctionId,
        /// Who.
        who: String,
    },
    /// Control all junctions by another rule.
    SetMode {
        /// Which.
        mode: Mode,
        /// Who.
        who: String,
    },
}

/// What goes out.
#[derive(Clone, PartialEq, Debug)]
pub enum Output {
    /// Connect a line.
    Connect(LineId),
    /// Drop a line's connection.
    Disconnect(LineId, String),
    /// Send a request.
    Send {
        /// On which line.
        line: LineId,
        /// Its name for the reply.
        token: u64,
        /// To which unit.
        unit: u8,
        /// What.
        request: Request,
        /// How long its answer may take.
        timeout: Millis,
    },
    /// Something has happened.
    Event(Event),
    /// Every cabinet was handed back, as far as it could be reached.
    Stopped,
}
