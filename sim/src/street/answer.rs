//! What a unit of a line does with a request, through whatever befalls it and its line.

use field::wire::Wire;
use field::{ExceptionCode, Reply, Request};
use scenario::Transport;
use units::{DeviceId, LineId, Millis};

use super::Street;
use crate::fault::Fault;

/// What a unit does with a request.
#[derive(Clone, PartialEq, Debug)]
pub enum Answer {
    /// It answers.
    Reply(Result<Reply, ExceptionCode>),
    /// It says nothing.
    Silence,
    /// The connection is cut.
    Cut,
    /// It answers, but the bytes are spoiled in this way.
    Spoiled(Result<Reply, ExceptionCode>, Fault),
}

impl Street {
    /// What a unit of a line does with a request now. Where frames are Modbus TCP, a unit that is not
    /// there is answered for by the line's gateway; elsewhere nobody answers for it.
    pub fn answer(&mut self, line: LineId, unit: u8, request: &Request) -> Answer {
        if self.is_cut(line) {
            return Answer::Cut;
        }
        if self.on_line(line).any(|device| self.active(device).any(|f| f == Fault::Gateway)) {
            return Answer::Silence;
        }
        match self.device_at(line, unit) {
            Some(device) => self.handle(device, request),
            None if self.is_tcp(line) => Answer::Reply(Err(ExceptionCode::GatewayTarget)),
            None => Answer::Silence,
        }
    }

    /// By how much a unit's answers are late now.
    #[must_use]
    pub fn delay(&self, line: LineId, unit: u8) -> Millis {
        let delays = self.device_at(line, unit).into_iter().flat_map(|device| self.active(device));
        let delays = delays.filter_map(|fault| match fault {
            Fault::Delay(by) => Some(by),
            _ => None,
        });
        delays.max().unwrap_or(Millis::ZERO)
    }

    /// Whether a line refuses connections now: its gateway is away, or the only device on it is cut
    /// off or starts again. A serial line has no connections.
    #[must_use]
    pub fn is_cut(&self, line: LineId) -> bool {
        if self.wire(line).is_some() {
            return false;
        }
        let alone = self.on_line(line).count() == 1;
        let cuts = |fault: Fault| match fault {
            Fault::Gateway => true,
            Fault::Disconnect | Fault::Reboot => alone,
            _ => false,
        };
        self.on_line(line).any(|device| self.active(device).any(cuts))
    }

    /// The wire of a serial line.
    #[must_use]
    pub fn wire(&self, line: LineId) -> Option<Wire> {
        match &self.site.lines.get(line.index())?.transport {
            Transport::Serial(serial) => {
                Some(Wire { baud: serial.baud, bits: serial.character_bits() })
            }
            Transport::Tcp { .. } | Transport::RtuTcp { .. } => None,
        }
    }

    fn is_tcp(&self, line: LineId) -> bool {
        let line = self.site.lines.get(line.index());
        line.is_some_and(|line| matches!(line.transport, Transport::Tcp { .. }))
    }

    fn on_line(&self, line: LineId) -> impl Iterator<Item = DeviceId> + '_ {
        let devices = self.site.devices.iter().enumerate();
        let on_it = devices.filter(move |(_, device)| device.line == line);
        on_it.map(|(index, _)| DeviceId::from_index(index))
    }

    fn device_at(&self, line: LineId, unit: u8) -> Option<DeviceId> {
        self.on_line(line).find(|device| self.site.devices[device.index()].unit == unit)
    }

    fn handle(&mut self, device: DeviceId, request: &Request) -> Answer {
        let now = self.now;
        let active: Vec<Fault> = self.active(device).collect();
        for &fault in &active {
            match fault {
                // On a line of its own it was cut before it came here.
                Fault::Silent | Fault::Disconnect | Fault::Reboot => return Answer::Silence,
                Fault::Exception(code) => {
                    return Answer::Reply(Err(ExceptionCode::from_code(code)));
                }
                _ => {}
            }
        }
        let reply = if let Some(block) = &mut self.blocks[device.index()] {
            block.handle(now, request)
        } else if let Some(head) = &mut self.heads[device.index()] {
            head.handle(request)
        } else if let Some(index) = self.site.signals.iter().position(|s| s.device == device) {
            self.cabinets[index].handle(now, request)
        } else {
            return Answer::Silence;
        };
        let spoils =
            |fault: &&Fault| matches!(fault, Fault::WrongUnit | Fault::Truncate | Fault::Corrupt);
        match active.iter().find(spoils) {
            Some(&fault) => Answer::Spoiled(reply, fault),
            None => Answer::Reply(reply),
        }
    }
}
