//! Where passages wait until none can come that was before them.
//!
//! A ring of seconds: a passage goes into the second of its time, and a second is opened when it lies
//! further back than anything may come late. What is in it then comes out in the order of time, camera
//! and number, in whatever order it came in: this alone is why the order of arrivals changes nothing.

use units::{Millis, WallTime};

/// How far ahead of its receiver's clock a passage's time may be: more is no drift.
pub(super) const AHEAD: Millis = Millis(2_000);
const SECOND: i64 = 1_000;

#[derive(Clone, Copy, Debug)]
pub(super) struct Waiter {
    pub(super) at: WallTime,
    pub(super) camera: u16,
    pub(super) sequence: u64,
    pub(super) row: u32,
}

/// The ring.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    seconds: Vec<Vec<Waiter>>,
    /// The first second that is not open yet.
    closed: i64,
    count: usize,
}

impl Waiting {
    pub(super) fn new(lateness: Millis, now: WallTime) -> Self {
        let span = usize::try_from((lateness + AHEAD).0.div_euclid(SECOND)).unwrap_or(0);
        let closed = (now + -lateness).0.div_euclid(SECOND);
        Self { seconds: vec![Vec::new(); span + 3], closed, count: 0 }
    }

    /// Whether a passage of this time would come too late.
    pub(super) fn is_open(&self, at: WallTime) -> bool {
        at.0.div_euclid(SECOND) < self.closed
    }

    pub(super) fn push(&mut self, waiter: Waiter) {
        let slot = self.slot(waiter.at.0.div_euclid(SECOND));
        self.seconds[slot].push(waiter);
        self.count += 1;
    }

    /// Opens one second, if one lies before `watermark` whole; hands its passages out in order.
    pub(super) fn open(&mut self, watermark: WallTime, into: &mut Vec<Waiter>) -> bool {
        let last = watermark.0.div_euclid(SECOND);
        if self.closed >= last {
            return false;
        }
        if self.count == 0 {
            self.closed = last;
            return false;
        }
        let slot = self.slot(self.closed);
        into.clear();
        std::mem::swap(into, &mut self.seconds[slot]);
        self.closed += 1;
        self.count -= into.len();
        into.sort_unstable_by_key(|waiter| (waiter.at, waiter.camera, waiter.sequence));
        true
    }

    /// The instant before which everything is open.
    pub(super) fn begin(&self) -> WallTime {
        WallTime(self.closed * SECOND)
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn bytes(&self) -> usize {
        let held: usize = self.seconds.iter().map(Vec::capacity).sum();
        held * size_of::<Waiter>() + self.seconds.capacity() * size_of::<Vec<Waiter>>()
    }

    fn slot(&self, second: i64) -> usize {
        second.rem_euclid(self.seconds.len() as i64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_open_when_nothing_can_come_before_and_in_order() {
        let mut waiting = Waiting::new(Millis(5_000), WallTime(100_000));
        let waiter = |at: i64, camera, sequence| Waiter {
            at: WallTime(at),
            camera,
            sequence,
            row: sequence as u32,
        };
        assert!(waiting.is_open(WallTime(94_999)) && !waiting.is_open(WallTime(95_000)));
        for (at, camera, sequence) in
            [(95_700, 1, 4), (95_700, 0, 9), (95_100, 3, 1), (101_999, 0, 2)]
        {
            waiting.push(waiter(at, camera, sequence));
        }
        let mut out = Vec::new();
        assert!(!waiting.open(WallTime(95_999), &mut out));
        assert!(waiting.open(WallTime(96_000), &mut out));
        assert_eq!(out.iter().map(|waiter| waiter.sequence).collect::<Vec<_>>(), [1, 9, 4]);
        let mut late = Vec::new();
        while waiting.open(WallTime(1_000_000_000), &mut out) {
            late.extend(out.iter().map(|waiter| waiter.sequence));
        }
        assert_eq!((late, waiting.count()), (vec![2], 0));
        assert!(waiting.is_open(WallTime(999_999_999)));
    }
}
