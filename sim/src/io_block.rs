//! A virtual remote I/O unit of any profile that has digital inputs or outputs: inputs that count, and
//! what [`VirtualDevice`] does with its watchdog.

use std::sync::Arc;

use field::device::VirtualDevice;
use field::{DeviceMap, ExceptionCode, Reply, Request};
use hw_profiles::Point;
use units::Moment;

/// A remote I/O unit.
#[derive(Clone, Debug)]
pub struct IoBlock {
    device: VirtualDevice,
    inputs: Vec<bool>,
    counts: Vec<u32>,
}

impl IoBlock {
    /// A unit that was just switched on: its outputs have their safe values.
    #[must_use]
    pub fn new(map: Arc<DeviceMap>, now: Moment) -> Self {
        let inputs = map.profile().register(Point::Input).map_or(0, |r| usize::from(r.count));
        let device = VirtualDevice::new(map, now);
        let mut block = Self { device, inputs: vec![false; inputs], counts: vec![0; inputs] };
        block.publish();
        block
    }

    /// Answers a request. A read does not feed the watchdog.
    ///
    /// # Errors
    /// The exception that the unit answers with.
    pub fn handle(&mut self, now: Moment, request: &Request) -> Result<Reply, ExceptionCode> {
        self.device.handle(now, request)
    }

    /// Brings the unit to `now`.
    pub fn step(&mut self, now: Moment) {
        self.device.step(now);
        self.publish();
    }

    /// Sets an input, and counts where it rises. One that the unit does not have is nowhere.
    pub fn set_input(&mut self, channel: u16, level: bool) {
        let at = usize::from(channel);
        if let Some(input) = self.inputs.get_mut(at) {
            self.counts[at] = self.counts[at].wrapping_add(u32::from(level && !*input));
            *input = level;
        }
    }

    /// Sets an input whose edges were counted elsewhere.
    pub fn set_counted(&mut self, channel: u16, level: bool, count: u32) {
        let at = usize::from(channel);
        if let Some(input) = self.inputs.get_mut(at) {
            *input = level;
            self.counts[at] = count;
        }
    }

    /// Its outputs.
    #[must_use]
    pub fn outputs(&self) -> Vec<bool> {
        self.device.outputs()
    }

    /// Whether its outputs have their safe values because nobody wrote.
    #[must_use]
    pub fn is_tripped(&self) -> bool {
        self.device.is_tripped()
    }

    /// Switches it off and on.
    pub fn reboot(&mut self, now: Moment) {
        self.counts.fill(0);
        self.device.reboot(now);
        self.publish();
    }

    fn publish(&mut self) {
        for (channel, (level, count)) in (0_u16..).zip(self.inputs.iter().zip(&self.counts)) {
            self.device.set(Point::Input, channel, i64::from(*level));
            self.device.set(Point::InputCount, channel, i64::from(*count));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> IoBlock {
        let profile = hw_profiles::builtin("remote-io").expect("it ships");
        IoBlock::new(Arc::new(DeviceMap::new(profile)), Moment(0))
    }

    const RAISE: Request = Request::WriteCoil { address: 3, value: true };

    #[test]
    fn outputs_fall_when_nobody_writes_and_reads_do_not_keep_them() {
        let mut block = block();
        block.handle(Moment(0), &RAISE).expect("taken");
        for at in (0..2_900).step_by(100) {
            block.step(Moment(at));
            block.handle(Moment(at), &Request::ReadCoils { address: 0, count: 16 }).expect("read");
            assert!(block.outputs()[3], "at {at}");
        }
        block.step(Moment(3_000));
        assert!(!block.outputs()[3] && block.is_tripped());
        let tripped = block.handle(Moment(3_000), &Request::ReadInput { address: 5, count: 1 });
        assert_eq!(tripped, Ok(Reply::Input(vec![1])));
        block.handle(Moment(4_000), &RAISE).expect("taken again");
        assert!(block.outputs()[3] && !block.is_tripped());
        block.reboot(Moment(4_500));
        assert!(!block.outputs()[3]);
        let boots = block.handle(Moment(4_500), &Request::ReadInput { address: 4, count: 1 });
        assert_eq!(boots, Ok(Reply::Input(vec![2])));
    }

    #[test]
    fn inputs_count_where_they_rise() {
        let mut block = block();
        for level in [true, true, false, true, false, false, true] {
            block.set_input(15, level);
        }
        block.set_counted(0, false, 70_000);
        block.set_input(16, true);
        block.step(Moment(100));
        let bits = block.handle(Moment(100), &Request::ReadDiscrete { address: 0, count: 16 });
        let mut expected = vec![false; 16];
        expected[15] = true;
        assert_eq!(bits, Ok(Reply::Discrete(expected)));
        let counts = block.handle(Moment(100), &Request::ReadInput { address: 16, count: 32 });
        let Ok(Reply::Input(words)) = counts else {
            panic!("{counts:?}");
        };
        assert_eq!((words[0], words[1], words[30], words[31]), (1, 4_464, 0, 3));
    }
}
