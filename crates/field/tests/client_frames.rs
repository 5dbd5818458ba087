//! The client's decoders: what a device answers comes back as it was meant, whatever the way; an answer
//! that is cut, changed or another's is refused; and no bytes make them panic.

mod common;

use common::shipped;
use field::device::VirtualDevice;
use field::frame::{self, Incoming, rtu};
use field::sniff::Sniffer;
use field::traffic::{Framing, Piece, Way};
use field::{ExceptionCode, Failure, Reply, Request};
use proptest::prelude::*;
use units::{Millis, Moment};

fn request() -> impl Strategy<Value = Request> {
    let bits = prop::collection::vec(any::<bool>(), 1..200);
    let words = prop::collection::vec(any::<u16>(), 1..123);
    prop_oneof![
        (any::<u16>(), 1_u16..=2_000)
            .prop_map(|(address, count)| Request::ReadCoils { address, count }),
        (any::<u16>(), 1_u16..=2_000)
            .prop_map(|(address, count)| Request::ReadDiscrete { address, count }),
        (any::<u16>(), 1_u16..=125)
            .prop_map(|(address, count)| Request::ReadHolding { address, count }),
        (any::<u16>(), 1_u16..=125)
            .prop_map(|(address, count)| Request::ReadInput { address, count }),
        (any::<u16>(), any::<bool>())
            .prop_map(|(address, value)| Request::WriteCoil { address, value }),
        (any::<u16>(), any::<u16>())
            .prop_map(|(address, value)| Request::WriteRegister { address, value }),
        (any::<u16>(), bits).prop_map(|(address, values)| Request::WriteCoils { address, values }),
        (any::<u16>(), words)
            .prop_map(|(address, values)| Request::WriteRegisters { address, values }),
    ]
}

/// What a device could answer: the reply of the request's kind, made of a seed, or an exception.
fn reply_to(request: &Request, seed: u64) -> Result<Reply, ExceptionCode> {
    let word = |at: u16| (seed.rotate_left(at.into()) & 0xffff) as u16;
    let bit = |at: u16| word(at) & 1 == 1;
    Ok(match request {
        _ if seed.is_multiple_of(7) => return Err(ExceptionCode::IllegalAddress),
        Request::ReadCoils { count, .. } => Reply::Coils((0..*count).map(bit).collect()),
        Request::ReadDiscrete { count, .. } => Reply::Discrete((0..*count).map(bit).collect()),
        Request::ReadHolding { count, .. } => Reply::Holding((0..*count).map(word).collect()),
        Request::ReadInput { count, .. } => Reply::Input((0..*count).map(word).collect()),
        Request::WriteCoil { address, value } => {
            Reply::WroteCoil { address: *address, value: *value }
        }
        Request::WriteRegister { address, value } => {
            Reply::WroteRegister { address: *address, value: *value }
        }
        Request::WriteCoils { address, values } => {
            Reply::WroteCoils { address: *address, count: values.len() as u16 }
        }
        Request::WriteRegisters { address, values } => {
            Reply::WroteRegisters { address: *address, count: values.len() as u16 }
        }
    })
}

fn incoming(unit: u8, request: &Request) -> Incoming {
    let function = request.function();
    Incoming { transaction: 513, unit, function, request: Ok(request.clone()) }
}

proptest! {
    #[test]
    fn an_answer_comes_back_as_it_was_meant(request in request(), seed in any::<u64>(), unit in 1_u8..248) {
        let reply = reply_to(&request, seed);
        let meant = reply.clone().map_err(Failure::Exception);
        let serial = rtu::encode(&incoming(unit, &request), &reply);
        prop_assert_eq!(&rtu::decode_reply(&serial, unit, &request), &meant);
        prop_assert!(rtu::is_whole_reply(&serial, &request));
        let framed = frame::encode(&incoming(unit, &request), &reply);
        let decoded = frame::decode_reply(&framed, 513, unit, &request);
        prop_assert_eq!(decoded, Some((meant, framed.len())));
        for cut in 0..framed.len() {
            prop_assert_eq!(frame::decode_reply(&framed[..cut], 513, unit, &request), None);
        }
    }

    #[test]
    fn an_answer_that_is_changed_or_anothers_is_refused(
        request in request(), seed in any::<u64>(), unit in 1_u8..247, at in any::<prop::sample::Index>(), bit in 0_u8..8,
    ) {
        let reply = reply_to(&request, seed);
        let is_misfit = |result: Result<Reply, Failure>| matches!(result, Err(Failure::Mismatch(_)));
        let mut serial = rtu::encode(&incoming(unit, &request), &reply);
        prop_assert!(is_misfit(rtu::decode_reply(&serial, unit + 1, &request)));
        prop_assert!(is_misfit(rtu::decode_reply(&serial[..serial.len() - 1], unit, &request)));
        let at = at.index(serial.len());
        serial[at] ^= 1 << bit;
        prop_assert!(is_misfit(rtu::decode_reply(&serial, unit, &request)));
        let framed = frame::encode(&incoming(unit, &request), &reply);
        for (transaction, unit) in [(514, unit), (513, unit + 1)] {
            let decoded = frame::decode_reply(&framed, transaction, unit, &request);
            prop_assert!(decoded.is_some_and(|(result, _)| is_misfit(result)));
        }
    }

    #[test]
    fn no_bytes_make_a_client_or_a_listener_panic(
        request in request(), bytes in prop::collection::vec(any::<u8>(), 0..300), ways in prop::collection::vec((0_u8..3, 0_usize..60), 0..8),
        tcp in any::<bool>(),
    ) {
        let _ = rtu::decode_reply(&bytes, 1, &request);
        let _ = rtu::is_whole_reply(&bytes, &request);
        if let Some((_, used)) = frame::decode_reply(&bytes, 0, 1, &request) {
            prop_assert!(used <= bytes.len());
        }
        let framing = if tcp { Framing::Tcp } else { Framing::Rtu };
        let maps = [(1, shipped("remote-io"))].into_iter().collect();
        let mut sniffer = Sniffer::new(framing, maps);
        for (way, length) in ways {
            let way = [Way::Asked, Way::Answered, Way::Heard][usize::from(way)];
            let bytes = bytes[..length.min(bytes.len())].to_vec();
            sniffer.piece(&Piece { at: Millis(0), way, bytes });
        }
    }

    #[test]
    fn a_virtual_device_answers_whatever_it_is_asked_with_what_fits(
        requests in prop::collection::vec(request(), 1..20), which in 0..hw_profiles::BUILTIN.len(),
    ) {
        let mut device = VirtualDevice::new(shipped(hw_profiles::BUILTIN[which].0), Moment(0));
        for (at, request) in (0_i64..).zip(requests) {
            if let Ok(reply) = device.handle(Moment(at * 700), &request) {
                prop_assert_eq!(request.check(&reply), Ok(()));
            }
        }
    }
}
