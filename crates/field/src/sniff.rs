//! What went over a line, in words: who was asked what, and what it said, by the names of its profile.
//!
//! Somebody who only listens cannot tell whose bytes they are: what fits the last question is taken for
//! its answer, else for a question, else it is noise.

use std::collections::BTreeMap;
use std::sync::Arc;

use hw_profiles::{Point, Register, Type, text_of};
use units::Millis;

use crate::frame::{self, Decoded, FRAME_MAX, Incoming, rtu};
use crate::map::{DeviceMap, PointValue};
use crate::message::{Failure, Reply, Request};
use crate::traffic::{Framing, Piece, Way};

/// Values of one point that are shown; more are counted.
const VALUES_MAX: usize = 16;

/// Listens to a line.
#[derive(Clone, Debug)]
pub struct Sniffer {
    framing: Framing,
    maps: BTreeMap<u8, Arc<DeviceMap>>,
    /// The last question, and when it was asked.
    pending: Option<(Incoming, Millis)>,
    /// Bytes of a connection that are no whole frame yet, of either way.
    asked: Vec<u8>,
    answered: Vec<u8>,
}

impl Sniffer {
    /// A listener who knows these units.
    #[must_use]
    pub fn new(framing: Framing, maps: BTreeMap<u8, Arc<DeviceMap>>) -> Self {
        Self { framing, maps, pending: None, asked: Vec::new(), answered: Vec::new() }
    }

    /// What a piece means, a line each frame.
    pub fn piece(&mut self, piece: &Piece) -> Vec<String> {
        match (self.framing, piece.way) {
            (Framing::Rtu, Way::Asked) => vec![self.question(rtu::decode(&piece.bytes), piece)],
            (Framing::Rtu, Way::Answered) => vec![self.burst(piece, false)],
            (Framing::Rtu, Way::Heard) => vec![self.burst(piece, true)],
            (Framing::Tcp, Way::Asked | Way::Heard) => self.questions(piece),
            (Framing::Tcp, Way::Answered) => self.answers(piece),
        }
    }

    fn question(&mut self, decoded: Result<Incoming, rtu::Noise>, piece: &Piece) -> String {
        match decoded {
            Ok(incoming) => {
                let line = told(&incoming);
                self.pending = Some((incoming, piece.at));
                line
            }
            Err(noise) => format!("noise: {noise:?} in {}", hex(&piece.bytes)),
        }
    }

    fn burst(&mut self, piece: &Piece, may_ask: bool) -> String {
        if let Some((incoming, at)) = self.pending.take() {
            if let Ok(request) = &incoming.request {
                let result = rtu::decode_reply(&piece.bytes, incoming.unit, request);
                if !matches!(result, Err(Failure::Mismatch(_))) || !may_ask {
                    return self.answer(&incoming, &result, piece.at - at);
                }
            }
            self.pending = Some((incoming, at));
        }
        if may_ask {
            return self.question(rtu::decode(&piece.bytes), piece);
        }
        format!("  an answer to nothing: {}", hex(&piece.bytes))
    }

    fn questions(&mut self, piece: &Piece) -> Vec<String> {
        self.asked.extend(&piece.bytes);
        let mut lines = Vec::new();
        loop {
            match frame::decode(&self.asked) {
                Decoded::Incomplete => return lines,
                Decoded::Broken(why) => {
                    lines.push(format!("noise: {why}: {}", hex(&self.asked)));
                    self.asked.clear();
                    return lines;
                }
                Decoded::Frame(incoming, used) => {
                    self.asked.drain(..used);
                    lines.push(told(&incoming));
                    self.pending = Some((incoming, piece.at));
                }
            }
        }
    }

    fn answers(&mut self, piece: &Piece) -> Vec<String> {
        self.answered.extend(&piece.bytes);
        let mut lines = Vec::new();
        while let Some((incoming, at)) = self.pending.take() {
            let Ok(request) = &incoming.request else {
                break;
            };
            let (transaction, unit) = (incoming.transaction, incoming.unit);
            let decoded = frame::decode_reply(&self.answered, transaction, unit, request);
            let Some((result, used)) = decoded else {
                // Its end is still to come.
                self.pending = Some((incoming, at));
                break;
            };
            self.answered.drain(..used.min(self.answered.len()));
            lines.push(self.answer(&incoming, &result, piece.at - at));
        }
        if self.pending.is_none() && !self.answered.is_empty() {
            lines.push(format!("  an answer to nothing: {}", hex(&self.answered)));
            self.answered.clear();
        }
        self.answered.truncate(FRAME_MAX);
        lines
    }

    fn answer(&self, to: &Incoming, result: &Result<Reply, Failure>, after: Millis) -> String {
        let unit = to.unit;
        let said = match (result, &to.request) {
            (Err(failure), _) => failure.to_string(),
            (Ok(reply), Ok(request)) => {
                let map = self.maps.get(&unit);
                let said = map.map(|map| named(map, request, reply)).filter(|s| !s.is_empty());
                said.unwrap_or_else(|| plain(reply))
            }
            (Ok(reply), Err(_)) => plain(reply),
        };
        format!("  unit {unit} after {} ms: {said}", after.0)
    }
}

/// What was asked, in words.
fn told(incoming: &Incoming) -> String {
    let unit = incoming.unit;
    match &incoming.request {
        Ok(request) => format!("unit {unit}: {}", asked(request)),
        Err(code) => format!("unit {unit}: function {}, which is {code:?}", incoming.function),
    }
}

/// A request in words.
#[must_use]
pub fn asked(request: &Request) -> String {
    let span = |table: &str, address: u16, count: usize| {
        let last = usize::from(address) + count.max(1) - 1;
        if count == 1 {
            format!("{table} {address}")
        } else {
            format!("{table} {address} to {last}")
        }
    };
    match request {
        Request::ReadCoils { address, count } => {
            format!("read {}", span("coil", *address, (*count).into()))
        }
        Request::ReadDiscrete { address, count } => {
            format!("read {}", span("discrete", *address, (*count).into()))
        }
        Request::ReadHolding { address, count } => {
            format!("read {}", span("holding", *address, (*count).into()))
        }
        Request::ReadInput { address, count } => {
            format!("read {}", span("input", *address, (*count).into()))
        }
        Request::WriteCoil { address, value } => {
            format!("write coil {address} {}", if *value { "on" } else { "off" })
        }
        Request::WriteRegister { address, value } => format!("write holding {address} = {value}"),
        Request::WriteCoils { address, values } => {
            let bits: String = values.iter().map(|on| if *on { '1' } else { '0' }).collect();
            format!("write {} = {bits}", span("coil", *address, values.len()))
        }
        Request::WriteRegisters { address, values } => {
            let words: Vec<String> = values.iter().map(u16::to_string).collect();
            format!("write {} = {}", span("holding", *address, values.len()), words.join(" "))
        }
    }
}

/// An answer by the names of a profile; empty where none of them is whole in it.
#[must_use]
pub fn named(map: &DeviceMap, request: &Request, reply: &Reply) -> String {
    let Ok(values) = map.decode(request, reply) else {
        return String::new();
    };
    let said = values.chunk_by(|one, next| one.point == next.point).filter_map(|of_point| {
        let point = of_point.first()?.point;
        let register = map.profile().register(point)?;
        Some(format!("{} = {}", point.name(), of(register, point, of_point)))
    });
    said.collect::<Vec<_>>().join(", ")
}

fn of(register: &Register, point: Point, values: &[PointValue]) -> String {
    let numbers: Vec<Option<f64>> = values.iter().map(|value| value.value.number()).collect();
    if register.kind == Type::Text {
        return format!("\"{}\"", text_of(&numbers));
    }
    if register.kind == Type::Bits && point != Point::WatchdogTripped {
        return numbers.iter().map(|bit| if *bit == Some(0.0) { '0' } else { '1' }).collect();
    }
    let mut said: Vec<String> =
        numbers.iter().take(VALUES_MAX).map(|number| one(register, *number)).collect();
    if numbers.len() > VALUES_MAX {
        said.push(format!("and {} more", numbers.len() - VALUES_MAX));
    }
    said.join(" ")
}

#[allow(clippy::cast_possible_truncation)]
fn one(register: &Register, number: Option<f64>) -> String {
    let Some(number) = number else {
        return "not known".to_owned();
    };
    let raw = (number / register.scale).round() as i64;
    // As many digits as the scale has, so that tenths are not shown with a tail.
    let shown = (number * 1e4).round() / 1e4;
    let unit = if register.unit.is_empty() { "" } else { " " };
    let meaning = register.meaning(raw).map_or_else(String::new, |text| format!(" ({text})"));
    format!("{shown}{unit}{}{meaning}", register.unit)
}

fn plain(reply: &Reply) -> String {
    let words = |words: &[u16]| {
        let all: Vec<String> = words.iter().map(|word| format!("{word:04x}")).collect();
        all.join(" ")
    };
    match reply {
        Reply::Coils(bits) | Reply::Discrete(bits) => {
            bits.iter().map(|on| if *on { '1' } else { '0' }).collect()
        }
        Reply::Holding(all) | Reply::Input(all) => words(all),
        _ => "taken".to_owned(),
    }
}

fn hex(bytes: &[u8]) -> String {
    let all: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    all.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{encode, encode_request};

    fn maps() -> BTreeMap<u8, Arc<DeviceMap>> {
        let map = |name| Arc::new(DeviceMap::new(hw_profiles::builtin(name).expect("it ships")));
        BTreeMap::from([(1, map("lufft-ws-umb")), (2, map("moxa-iologik-e1214"))])
    }

    fn pieces(framing: Framing, way: Option<Way>) -> Vec<String> {
        let mut sniffer = Sniffer::new(framing, maps());
        let name: Vec<u16> = (0..10).map(|at| if at == 0 { 0x4531 } else { 0 }).collect();
        let talk: [(u8, Request, Reply); 3] = [
            (1, Request::ReadInput { address: 25, count: 1 }, Reply::Input(vec![70])),
            (1, Request::ReadInput { address: 31, count: 1 }, Reply::Input(vec![0x7fff])),
            (2, Request::ReadInput { address: 5_000, count: 10 }, Reply::Input(name)),
        ];
        let mut lines = Vec::new();
        for (unit, request, reply) in talk {
            let incoming =
                Incoming { transaction: 9, unit, function: 4, request: Ok(request.clone()) };
            let (asks, answers) = match framing {
                Framing::Tcp => (encode_request(9, unit, &request), encode(&incoming, &Ok(reply))),
                Framing::Rtu => {
                    (rtu::encode_request(unit, &request), rtu::encode(&incoming, &Ok(reply)))
                }
            };
            let asked = way.unwrap_or(Way::Asked);
            let answered = way.unwrap_or(Way::Answered);
            lines.extend(sniffer.piece(&Piece { at: Millis(10), way: asked, bytes: asks }));
            lines.extend(sniffer.piece(&Piece { at: Millis(17), way: answered, bytes: answers }));
        }
        lines
    }

    #[test]
    fn a_talk_is_told_by_names_on_every_line_and_by_whoever_only_listens() {
        let expected = [
            "unit 1: read input 25",
            "  unit 1 after 7 ms: precipitation-type = 70 (snow)",
            "unit 1: read input 31",
            "  unit 1 after 7 ms: air-temperature = not known",
            "unit 2: read input 5000 to 5009",
            "  unit 2 after 7 ms: model-name = \"E1\"",
        ];
        assert_eq!(pieces(Framing::Tcp, None), expected);
        assert_eq!(pieces(Framing::Rtu, None), expected);
        assert_eq!(pieces(Framing::Rtu, Some(Way::Heard)), expected);
    }

    #[test]
    fn noise_and_answers_to_nothing_are_called_that() {
        let mut sniffer = Sniffer::new(Framing::Rtu, maps());
        let heard = |bytes: &[u8], way| Piece { at: Millis(0), way, bytes: bytes.to_vec() };
        let noise = sniffer.piece(&heard(&[1, 2, 3, 4, 5], Way::Heard));
        assert!(noise[0].starts_with("noise: Crc"), "{noise:?}");
        let lone = sniffer.piece(&heard(&[1, 2, 3, 4, 5], Way::Answered));
        assert!(lone[0].contains("an answer to nothing"), "{lone:?}");
        let mut sniffer = Sniffer::new(Framing::Tcp, maps());
        let broken = sniffer.piece(&heard(&[0, 1, 7, 7, 0, 2, 1], Way::Asked));
        assert!(broken[0].starts_with("noise"), "{broken:?}");
    }
}
