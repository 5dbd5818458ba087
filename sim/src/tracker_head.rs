//! A virtual lane tracker: its profile read backwards, and what it sees of each lane that it was told
//! of. Nothing can be written to it.

use std::sync::Arc;

use field::bank::RegisterBank;
use field::{DeviceMap, ExceptionCode, Reply, Request};
use hw_profiles::Point;
use units::Moment;

use crate::world::LaneTrack;

/// What shows which map this is, and its version.
const MAGIC: i64 = 0x474c;
const VERSION: i64 = 1;
/// Health: starting, measuring, seeing less than it should.
const STARTING: i64 = 0;
const MEASURING: i64 = 1;
const IMPAIRED: i64 = 2;
/// What says "not known" in each kind of register.
const UNKNOWN: i64 = 0xffff;
const NO_SPEED: i64 = -0x8000;
const NO_LENGTH: i64 = 0;

/// A lane tracker.
#[derive(Clone, Debug)]
pub struct TrackerHead {
    bank: RegisterBank,
    /// Lanes that it could be told of.
    lanes: u16,
    /// Objects that it reports of a lane.
    objects: u16,
    frame: u16,
    health: i64,
    booted: Moment,
    boots: u16,
}

impl TrackerHead {
    /// A tracker that was just switched on, and has measured nothing.
    #[must_use]
    pub fn new(map: Arc<DeviceMap>, now: Moment) -> Self {
        let register = |point| map.profile().register(point);
        let lanes = register(Point::TrackerQueue).map_or(0, |register| register.count);
        let objects = register(Point::ObjectDistance).map_or(0, |register| register.count);
        let mut head = Self {
            bank: RegisterBank::new(map),
            lanes,
            objects,
            frame: 0,
            health: STARTING,
            booted: now,
            boots: 1,
        };
        head.forget();
        head.publish(now);
        head
    }

    /// Answers a request: it has input registers and nothing else.
    ///
    /// # Errors
    /// The exception that the tracker answers with.
    pub fn handle(&mut self, request: &Request) -> Result<Reply, ExceptionCode> {
        match request {
            Request::ReadInput { .. } => self.bank.handle(request),
            _ => Err(ExceptionCode::IllegalFunction),
        }
    }

    /// Brings the tracker to `now`.
    pub fn step(&mut self, now: Moment) {
        self.publish(now);
    }

    /// A measurement begins; it sees so far, in metres, and in good weather it would see `full`.
    pub fn measure(&mut self, range: f32, full: f32) {
        self.frame = self.frame.wrapping_add(1);
        self.health = if range < full { IMPAIRED } else { MEASURING };
        self.bank.set(Point::TrackerRange, 0, rounded(range, 1.0).clamp(0, UNKNOWN - 1));
    }

    /// What this measurement has of a lane. One that the tracker does not have is nowhere.
    pub fn set_lane(&mut self, channel: u16, track: &LaneTrack) {
        if channel >= self.lanes {
            return;
        }
        let count = |count: usize| i64::try_from(count).unwrap_or(UNKNOWN).min(UNKNOWN - 1);
        let most = usize::from(self.objects);
        let bank = &mut self.bank;
        bank.set(Point::TrackerQueue, channel, i64::from(track.queue).min(UNKNOWN - 1));
        bank.set(Point::TrackerVehicles, channel, count(track.objects.len()));
        let length = rounded(track.queue_length, 10.0).clamp(0, UNKNOWN - 1);
        bank.set(Point::TrackerQueueLength, channel, length);
        bank.set(Point::ObjectFrame, channel, self.frame.into());
        bank.set(Point::ObjectCount, channel, count(track.objects.len().min(most)));
        for at in 0..self.objects {
            let object = track.objects.get(usize::from(at));
            let (distance, speed, length) =
                object.map_or((UNKNOWN, NO_SPEED, NO_LENGTH), |object| {
                    let distance = rounded(object.distance, 10.0).clamp(0, UNKNOWN - 1);
                    let speed = rounded(object.speed, 100.0).clamp(NO_SPEED + 1, 0x7fff);
                    (distance, speed, object.length as i64)
                });
            let element = channel * self.objects + at;
            bank.set(Point::ObjectDistance, element, distance);
            bank.set(Point::ObjectSpeed, element, speed);
            bank.set(Point::ObjectLength, element, length);
        }
    }

    /// Switches it off and on.
    pub fn reboot(&mut self, now: Moment) {
        self.booted = now;
        self.boots = self.boots.wrapping_add(1);
        self.health = STARTING;
        self.forget();
        self.publish(now);
    }

    /// No lane is known.
    fn forget(&mut self) {
        for lane in 0..self.lanes {
            self.set_lane(lane, &LaneTrack::default());
            for point in [
                Point::TrackerQueue,
                Point::TrackerVehicles,
                Point::TrackerQueueLength,
                Point::ObjectCount,
            ] {
                self.bank.set(point, lane, UNKNOWN);
            }
        }
    }

    fn publish(&mut self, now: Moment) {
        let bank = &mut self.bank;
        bank.set(Point::IdentityMagic, 0, MAGIC);
        bank.set(Point::MapVersion, 0, VERSION);
        bank.set(Point::Uptime, 0, (now - self.booted).0 / 1_000);
        bank.set(Point::BootCount, 0, self.boots.into());
        bank.set(Point::TrackerHealth, 0, self.health);
    }
}

/// A measure in so many parts of its unit.
fn rounded(value: f32, parts: f32) -> i64 {
    (value * parts).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{LengthClass, TrackedObject};

    fn head() -> (TrackerHead, Arc<DeviceMap>) {
        let profile = hw_profiles::builtin("open-lane-tracker").expect("it ships");
        let map = Arc::new(DeviceMap::new(profile));
        (TrackerHead::new(map.clone(), Moment(0)), map)
    }

    fn words(head: &mut TrackerHead, address: u16, count: u16) -> Vec<u16> {
        match head.handle(&Request::ReadInput { address, count }) {
            Ok(Reply::Input(words)) => words,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_lane_is_reported_in_one_block_and_the_nearest_objects_of_it() {
        let (mut head, _) = head();
        assert_eq!(words(&mut head, 16, 24), [0xffff; 24], "nothing is known before it measures");
        let object = |n: u16| TrackedObject {
            distance: f32::from(n) * 7.5,
            speed: f32::from(n) - 1.25,
            length: LengthClass::VeryLong,
        };
        let objects: Vec<_> = (0..40).map(object).collect();
        let track = LaneTrack { queue: 3, queue_length: 22.04, objects };
        head.measure(150.0, 200.0);
        head.set_lane(7, &track);
        head.set_lane(8, &track);
        head.step(Moment(2_500));
        assert_eq!(words(&mut head, 0, 7), [0x474c, 1, 0, 2, 1, 2, 150]);
        let lane = words(&mut head, 800, 92);
        assert_eq!(lane[..4], [1, 30, 0, 75]);
        // −1.25 m/s, then −0.25 m/s.
        assert_eq!(lane[32..34], [0xff83, 0xffe7]);
        assert_eq!((lane[62], lane[91]), (4, 4));
        assert_eq!([words(&mut head, 23, 1)[0], words(&mut head, 31, 1)[0]], [3, 40]);
        assert_eq!(words(&mut head, 39, 1), [220]);
        assert_eq!(words(&mut head, 101, 1), [0xffff], "it was told of one lane only");
        head.reboot(Moment(3_000));
        assert_eq!(words(&mut head, 801, 2), [0xffff, 0xffff]);
        assert_eq!(words(&mut head, 2, 4), [0, 0, 2, 0]);
    }

    #[test]
    fn nothing_can_be_written_and_nothing_else_read() {
        let (mut head, _) = head();
        let refused = [
            Request::WriteRegister { address: 0, value: 1 },
            Request::WriteCoil { address: 0, value: true },
            Request::ReadHolding { address: 0, count: 1 },
            Request::ReadCoils { address: 0, count: 1 },
        ];
        for request in refused {
            assert_eq!(head.handle(&request), Err(ExceptionCode::IllegalFunction), "{request:?}");
        }
        let beyond = head.handle(&Request::ReadInput { address: 850, count: 100 });
        assert_eq!(beyond, Err(ExceptionCode::IllegalAddress));
    }
}
