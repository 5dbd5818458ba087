//! Point values of one read become what the interlock, the monitor and the estimate understand.

use field::PointValue;
use hw_profiles::Point;
use signal::{Aspect, Layout, Seen};
use units::{Millis, Moment, StageId};

/// Fault bits that take a junction out of control: a conflict, and a broken controller. A lamp, a
/// detector or the clock degrade it (GB 25280-2010, 5.5.3).
const FAULTS_SEVERE: u64 = 0b1_0001;
const MODE_STARTUP: u64 = 0;
const MODE_MANUAL: u64 = 3;
const MODE_FAULT: u64 = 4;
const MODE_PREEMPT: u64 = 5;

/// What a cabinet said of itself.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct State {
    pub(crate) seen: Seen,
    pub(crate) starting: bool,
    /// Whether one of its preempts runs.
    pub(crate) preempted: bool,
    pub(crate) lease_left: Millis,
}

/// The cabinet's state, where the points hold it.
///
/// # Errors
/// What cannot be: a stage that the junction does not have, an aspect that there is not.
pub(crate) fn state(
    layout: &Layout,
    at: Moment,
    points: &[PointValue],
) -> Result<Option<State>, String> {
    let one = |point: Point| {
        let found = points.iter().find(|p| p.point == point);
        found.and_then(|p| p.value.whole())
    };
    let (Some(mode), Some(stage), Some(next)) =
        (one(Point::Mode), one(Point::Stage), one(Point::NextStage))
    else {
        return Ok(None);
    };
    let id = |number: u64| match number.checked_sub(1).map(u8::try_from) {
        None => Ok(None),
        Some(Ok(id)) if layout.has_stage(StageId(id)) => Ok(Some(StageId(id))),
        Some(_) => Err(format!("it reports stage {number}, the junction has none")),
    };
    let mut aspects = Vec::with_capacity(layout.groups().len());
    let shown = points.iter().filter(|p| p.point == Point::Aspect);
    for (group, value) in shown.take(layout.groups().len()).enumerate() {
        let code = value.value.whole().and_then(|code| u8::try_from(code).ok());
        let aspect = code.and_then(Aspect::from_code);
        aspects.push(aspect.ok_or(format!("group {} shows no aspect that there is", group + 1))?);
    }
    if aspects.len() != layout.groups().len() {
        return Err(format!("it reports {} groups", aspects.len()));
    }
    let elapsed = points.iter().find(|p| p.point == Point::Elapsed).and_then(|p| p.value.number());
    let faults = one(Point::Faults).unwrap_or(0);
    let lease = one(Point::LeaseLeft).and_then(|ms| i64::try_from(ms).ok()).unwrap_or(0);
    let seen = Seen {
        at,
        running: id(stage)?,
        next: id(next)?,
        elapsed: Millis::from_secs_f64(elapsed.unwrap_or(0.0)),
        aspects,
        fault: mode == MODE_FAULT || faults & FAULTS_SEVERE != 0,
        local_control: mode == MODE_MANUAL,
    };
    let preempted = mode == MODE_PREEMPT || one(Point::PreemptActive).is_some_and(|n| n > 0);
    let starting = mode == MODE_STARTUP;
    Ok(Some(State { seen, starting, preempted, lease_left: Millis(lease) }))
}
