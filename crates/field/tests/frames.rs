//! The bytes of TCP and of serial lines: there and back, by the book, and whatever else may come.

use field::frame::rtu::{self, Framer, Noise};
use field::frame::{self, Decoded, Incoming};
use field::message::{READ_BITS_MAX, READ_REGISTERS_MAX, WRITE_BITS_MAX, WRITE_REGISTERS_MAX};
use field::{ExceptionCode, Failure, Reply, Request};
use proptest::prelude::*;

/// Each function with bytes worked out by hand: request, reply, and their PDUs.
fn by_hand() -> Vec<(Request, Vec<u8>, Reply, Vec<u8>)> {
    vec![
        (
            Request::ReadCoils { address: 0x0013, count: 19 },
            vec![1, 0, 0x13, 0, 0x13],
            Reply::Coils((0..19).map(|bit| 0x0005_6bcd_u32 >> bit & 1 == 1).collect()),
            vec![1, 3, 0xcd, 0x6b, 0x05],
        ),
        (
            Request::ReadDiscrete { address: 0x00c4, count: 2 },
            vec![2, 0, 0xc4, 0, 2],
            Reply::Discrete(vec![false, true]),
            vec![2, 1, 2],
        ),
        (
            Request::ReadHolding { address: 0x006b, count: 3 },
            vec![3, 0, 0x6b, 0, 3],
            Reply::Holding(vec![0x022b, 0, 0x0064]),
            vec![3, 6, 0x02, 0x2b, 0, 0, 0, 0x64],
        ),
        (
            Request::ReadInput { address: 8, count: 1 },
            vec![4, 0, 8, 0, 1],
            Reply::Input(vec![10]),
            vec![4, 2, 0, 10],
        ),
        (
            Request::WriteCoil { address: 0x00ac, value: true },
            vec![5, 0, 0xac, 0xff, 0],
            Reply::WroteCoil { address: 0x00ac, value: true },
            vec![5, 0, 0xac, 0xff, 0],
        ),
        (
            Request::WriteRegister { address: 1, value: 3 },
            vec![6, 0, 1, 0, 3],
            Reply::WroteRegister { address: 1, value: 3 },
            vec![6, 0, 1, 0, 3],
        ),
        (
            Request::WriteCoils {
                address: 0x0013,
                values: (0..10).map(|bit| 0x01cd >> bit & 1 == 1).collect(),
            },
            vec![15, 0, 0x13, 0, 10, 2, 0xcd, 0x01],
            Reply::WroteCoils { address: 0x0013, count: 10 },
            vec![15, 0, 0x13, 0, 10],
        ),
        (
            Request::WriteRegisters { address: 1, values: vec![10, 0x0102] },
            vec![16, 0, 1, 0, 2, 4, 0, 10, 1, 2],
            Reply::WroteRegisters { address: 1, count: 2 },
            vec![16, 0, 1, 0, 2],
        ),
    ]
}

#[test]
fn each_function_is_as_the_book_has_it() {
    for (request, asked, reply, told) in by_hand() {
        assert_eq!(frame::request_pdu(&request), asked);
        assert_eq!(asked[0], request.function());
        let mut bytes = vec![0x12, 0x34, 0, 0, 0, u8::try_from(asked.len() + 1).expect("short"), 9];
        bytes.extend(&asked);
        assert_eq!(frame::encode_request(0x1234, 9, &request), bytes);
        let Decoded::Frame(incoming, used) = frame::decode(&bytes) else {
            panic!("{request:?}");
        };
        assert_eq!(used, bytes.len());
        assert_eq!((incoming.transaction, incoming.unit), (0x1234, 9));
        assert_eq!(incoming.request, Ok(request.clone()));
        assert_eq!(request.check(&reply), Ok(()));
        let answer = frame::encode(&incoming, &Ok(reply.clone()));
        assert_eq!(answer[7..], told, "{request:?}");
        assert_eq!(usize::from(answer[5]), told.len() + 1);

        let bytes = rtu::encode_request(9, &request);
        assert_eq!(bytes[1..bytes.len() - 2], asked);
        let incoming = rtu::decode(&bytes).expect("sound");
        assert_eq!((incoming.transaction, incoming.unit), (0, 9));
        assert_eq!(incoming.request, Ok(request));
        let answer = rtu::encode(&incoming, &Ok(reply));
        assert_eq!(answer[1..answer.len() - 2], told);
        assert_eq!(rtu::crc(&answer), 0, "a frame with its CRC leaves no rest");
    }
}

#[test]
fn a_known_frame_has_the_known_crc() {
    // Unit 1 is asked for ten holding registers from 0: a frame that every manual prints.
    let request = Request::ReadHolding { address: 0, count: 10 };
    assert_eq!(rtu::encode_request(1, &request), [1, 3, 0, 0, 0, 10, 0xc5, 0xcd]);
    assert_eq!(rtu::crc(b"123456789"), 0x4b37, "the check value of CRC-16/MODBUS");
}

#[test]
fn what_cannot_be_served_is_answered_with_its_exception() {
    let count = |n: u16| n.to_be_bytes();
    let read = |function: u8, n: u16| vec![function, 0, 0, count(n)[0], count(n)[1]];
    let coils = |n: u16, bytes: usize| {
        let mut pdu = vec![15, 0, 0, count(n)[0], count(n)[1], bytes as u8];
        pdu.extend(vec![0; bytes]);
        pdu
    };
    let registers = |n: u16, bytes: usize| {
        let mut pdu = vec![16, 0, 0, count(n)[0], count(n)[1], bytes as u8];
        pdu.extend(vec![0; bytes]);
        pdu
    };
    let (function, value) = (ExceptionCode::IllegalFunction, ExceptionCode::IllegalValue);
    let cases = vec![
        (read(1, 0), value),
        (read(1, READ_BITS_MAX + 1), value),
        (read(2, 0), value),
        (read(2, READ_BITS_MAX + 1), value),
        (read(3, 0), value),
        (read(3, READ_REGISTERS_MAX + 1), value),
        (read(4, 0), value),
        (read(4, READ_REGISTERS_MAX + 1), value),
        (vec![3, 0, 0, 0], value),
        (vec![3, 0, 0, 0, 1, 0], value),
        (vec![5, 0, 0, 0xff, 1], value),
        (vec![5, 0, 0, 1, 0], value),
        (vec![5, 0, 0, 0xff], value),
        (vec![6, 0, 0, 1], value),
        (vec![6, 0, 0, 1, 1, 1], value),
        (coils(0, 0), value),
        (coils(9, 1), value),
        (coils(8, 2), value),
        (coils(u16::try_from(WRITE_BITS_MAX + 1).expect("small"), 247), value),
        (registers(0, 0), value),
        (registers(2, 3), value),
        (registers(u16::try_from(WRITE_REGISTERS_MAX + 1).expect("small"), 246), value),
        (vec![16, 0, 0, 0, 1], value),
        (vec![16, 0, 0, 0, 1, 2, 0], value),
        (vec![0], function),
        (vec![7], function),
        (vec![8, 0, 0, 0, 0], function),
        (vec![22, 0, 0, 0, 0, 0, 0], function),
        (vec![23, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0, 0], function),
        (vec![0x2b, 14, 1, 0], function),
    ];
    for (pdu, expected) in cases {
        let mut bytes = vec![0, 7, 0, 0, 0, u8::try_from(pdu.len() + 1).expect("short"), 3];
        bytes.extend(&pdu);
        let Decoded::Frame(incoming, _) = frame::decode(&bytes) else {
            panic!("{pdu:?}");
        };
        assert_eq!(incoming.request, Err(expected), "{pdu:?}");
        let answer = frame::encode(&incoming, &Err(expected));
        assert_eq!(answer, [0, 7, 0, 0, 0, 3, 3, pdu[0] | 0x80, expected.code()], "{pdu:?}");

        let mut bytes = vec![3];
        bytes.extend(&pdu);
        bytes.extend([0, 0]);
        rtu::seal(&mut bytes);
        assert_eq!(rtu::decode(&bytes).expect("sound").request, Err(expected), "{pdu:?}");
    }
}

#[test]
fn what_is_no_modbus_tcp_closes_the_connection() {
    for (bytes, why) in [
        (vec![0, 0, 0, 1, 0, 2, 1, 3], "protocol"),
        (b"GET / HTTP/1.1\r\n".to_vec(), "protocol"),
        (vec![0, 0, 0, 0, 0, 1, 1], "length"),
        (vec![0, 0, 0, 0, 0, 0], "length"),
        (vec![0, 0, 0, 0, 0, 255, 1], "length"),
        (vec![0, 0, 0, 0, 0xff, 0xff, 1], "length"),
    ] {
        match frame::decode(&bytes) {
            Decoded::Broken(text) => assert!(text.contains(why), "{bytes:?}: {text}"),
            other => panic!("{bytes:?}: {other:?}"),
        }
    }
    let whole = frame::encode_request(1, 1, &Request::ReadHolding { address: 0, count: 1 });
    for length in 0..whole.len() {
        assert_eq!(frame::decode(&whole[..length]), Decoded::Incomplete);
    }
}

#[test]
fn exceptions_have_their_codes_and_no_other() {
    for code in 0..=255 {
        assert_eq!(ExceptionCode::from_code(code).code(), code);
    }
    let known = [
        (1, ExceptionCode::IllegalFunction),
        (2, ExceptionCode::IllegalAddress),
        (3, ExceptionCode::IllegalValue),
        (4, ExceptionCode::DeviceFailure),
        (6, ExceptionCode::Busy),
        (11, ExceptionCode::GatewayTarget),
        (5, ExceptionCode::Other(5)),
    ];
    for (code, exception) in known {
        assert_eq!(ExceptionCode::from_code(code), exception);
        assert!(Failure::Exception(exception).leaves_line_sound());
        assert!(Failure::Exception(exception).to_string().contains(&code.to_string()));
    }
    for failure in
        [Failure::Timeout, Failure::Disconnected("x".to_owned()), Failure::Mismatch("x".to_owned())]
    {
        assert!(!failure.leaves_line_sound(), "{failure}");
    }
}

#[test]
fn a_framer_makes_one_frame_of_what_lies_between_silences() {
    let request = Request::WriteRegisters { address: 0, values: vec![1, 2, 3] };
    let bytes = rtu::encode_request(4, &request);
    let mut framer = Framer::default();
    assert!(!framer.is_waiting() && !framer.is_whole());
    assert_eq!(framer.silence(), None);
    for (at, byte) in bytes.iter().enumerate() {
        assert!(!framer.is_whole(), "whole after {at} bytes");
        framer.push(&[*byte]);
        assert!(framer.is_waiting());
    }
    assert!(framer.is_whole());
    let incoming = framer.silence().expect("something").expect("sound");
    assert_eq!(incoming.request, Ok(request));
    assert_eq!(framer.silence(), None);

    // Two frames without a silence are none, and so is what is too long; the next is sound again.
    framer.push(&bytes);
    framer.push(&bytes);
    assert!(!framer.is_whole());
    assert_eq!(framer.silence(), Some(Err(Noise::Crc)));
    framer.push(&[0xff; 300]);
    framer.push(&[0xff; 300]);
    assert!(!framer.is_whole());
    assert_eq!(framer.silence(), Some(Err(Noise::Length(600))));
    framer.push(&[0xff]);
    assert_eq!(framer.silence(), Some(Err(Noise::Length(1))));
    framer.push(&bytes);
    assert!(matches!(framer.silence(), Some(Ok(_))));
    // A function whose length nobody knows is whole by silence only.
    let mut strange = vec![4, 0x2b, 14, 1, 0, 0, 0];
    rtu::seal(&mut strange);
    framer.push(&strange);
    assert!(!framer.is_whole());
    let incoming = framer.silence().expect("something").expect("sound");
    assert_eq!(incoming.request, Err(ExceptionCode::IllegalFunction));
    rtu::seal(&mut []);
    rtu::seal(&mut [1]);
}

fn request() -> impl Strategy<Value = Request> {
    let address = any::<u16>();
    prop_oneof![
        (address, 1..=READ_BITS_MAX)
            .prop_map(|(address, count)| Request::ReadCoils { address, count }),
        (address, 1..=READ_BITS_MAX)
            .prop_map(|(address, count)| Request::ReadDiscrete { address, count }),
        (address, 1..=READ_REGISTERS_MAX)
            .prop_map(|(address, count)| Request::ReadHolding { address, count }),
        (address, 1..=READ_REGISTERS_MAX)
            .prop_map(|(address, count)| Request::ReadInput { address, count }),
        (address, any::<bool>()).prop_map(|(address, value)| Request::WriteCoil { address, value }),
        (address, any::<u16>())
            .prop_map(|(address, value)| Request::WriteRegister { address, value }),
        (address, prop::collection::vec(any::<bool>(), 1..=WRITE_BITS_MAX))
            .prop_map(|(address, values)| Request::WriteCoils { address, values }),
        (address, prop::collection::vec(any::<u16>(), 1..=WRITE_REGISTERS_MAX))
            .prop_map(|(address, values)| Request::WriteRegisters { address, values }),
    ]
}

fn incoming(unit: u8, request: &Request) -> Incoming {
    Incoming { transaction: 0, unit, function: request.function(), request: Ok(request.clone()) }
}

proptest! {
    #[test]
    fn every_request_goes_there_and_comes_back(
        request in request(), transaction in any::<u16>(), unit in any::<u8>(), more in any::<u8>(),
    ) {
        let mut bytes = frame::encode_request(transaction, unit, &request);
        prop_assert!(bytes.len() <= frame::FRAME_MAX);
        let length = bytes.len();
        bytes.push(more);
        let expected = Incoming { transaction, ..incoming(unit, &request) };
        prop_assert_eq!(frame::decode(&bytes), Decoded::Frame(expected, length));

        let bytes = rtu::encode_request(unit, &request);
        prop_assert!(bytes.len() <= rtu::FRAME_MAX);
        prop_assert_eq!(rtu::decode(&bytes), Ok(incoming(unit, &request)));
        let mut framer = Framer::default();
        framer.push(&bytes);
        prop_assert!(framer.is_whole());
        prop_assert_eq!(framer.silence(), Some(Ok(incoming(unit, &request))));
    }

    #[test]
    fn no_bytes_make_the_decoders_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..400), cut in any::<prop::sample::Index>(),
    ) {
        let _ = frame::decode(&bytes);
        let _ = rtu::decode(&bytes);
        let mut sealed = bytes.clone();
        rtu::seal(&mut sealed);
        let _ = rtu::decode(&sealed);
        // The same with a sound header, so that what lies behind it is reached too.
        if let Ok(length) = u8::try_from(bytes.len()) {
            let mut framed = vec![0, 1, 0, 0, 0, length];
            framed.extend(&bytes);
            let _ = frame::decode(&framed);
        }
        let mut framer = Framer::default();
        let (first, rest) = bytes.split_at(if bytes.is_empty() { 0 } else { cut.index(bytes.len()) });
        framer.push(first);
        let _ = framer.is_whole();
        framer.push(rest);
        let _ = (framer.is_whole(), framer.silence());
    }

    /// A serial frame in which one, two or three bits are wrong is never taken, neither as it was
    /// meant nor for another unit.
    #[test]
    fn flipped_bits_are_always_found(
        request in request(), unit in 1_u8..=247,
        flips in prop::collection::vec(any::<prop::sample::Index>(), 1..=3),
    ) {
        let sound = rtu::encode_request(unit, &request);
        let mut bytes = sound.clone();
        for flip in flips {
            let bit = flip.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        if bytes != sound {
            prop_assert_eq!(rtu::decode(&bytes), Err(Noise::Crc));
        }
    }

    #[test]
    fn a_frame_that_is_cut_or_has_more_is_never_taken(
        request in request(), unit in 1_u8..=247, cut in 1_usize..200, more in any::<u8>(),
    ) {
        let mut bytes = rtu::encode_request(unit, &request);
        let kept = bytes.len().saturating_sub(cut);
        // One in 65,536 has a CRC that fits by chance; its length then does not fit its function.
        let taken = rtu::decode(&bytes[..kept]).is_ok_and(|incoming| incoming.request.is_ok());
        prop_assert!(!taken);
        bytes.push(more);
        let taken = rtu::decode(&bytes).is_ok_and(|incoming| incoming.request.is_ok());
        prop_assert!(!taken);
    }
}

/// A reading of an answer's PDU that shares nothing with the codec but the book.
fn by_the_book(request: &Request, pdu: &[u8]) -> Option<Reply> {
    let word = |at: usize| Some(u16::from_be_bytes([*pdu.get(at)?, *pdu.get(at + 1)?]));
    let counted = |bytes: usize| {
        let sound = usize::from(*pdu.get(1)?) == bytes && pdu.len() == 2 + bytes;
        sound.then(|| &pdu[2..])
    };
    let bits = |count: u16| {
        let bytes = counted(usize::from(count).div_ceil(8))?;
        Some((0..usize::from(count)).map(|at| bytes[at / 8] >> (at % 8) & 1 == 1).collect())
    };
    let words = |count: u16| {
        let bytes = counted(2 * usize::from(count))?;
        Some(bytes.chunks(2).map(|two| u16::from(two[0]) * 256 + u16::from(two[1])).collect())
    };
    if *pdu.first()? != request.function() {
        return None;
    }
    Some(match request {
        Request::ReadCoils { count, .. } => Reply::Coils(bits(*count)?),
        Request::ReadDiscrete { count, .. } => Reply::Discrete(bits(*count)?),
        Request::ReadHolding { count, .. } => Reply::Holding(words(*count)?),
        Request::ReadInput { count, .. } => Reply::Input(words(*count)?),
        Request::WriteCoil { .. } => {
            let value = match word(3)? {
                0xff00 => true,
                0 => false,
                _ => return None,
            };
            Reply::WroteCoil { address: word(1)?, value }
        }
        Request::WriteRegister { .. } => {
            Reply::WroteRegister { address: word(1)?, value: word(3)? }
        }
        Request::WriteCoils { .. } => Reply::WroteCoils { address: word(1)?, count: word(3)? },
        Request::WriteRegisters { .. } => {
            Reply::WroteRegisters { address: word(1)?, count: word(3)? }
        }
    })
}

/// The reply that fits a request, with values from a seed.
fn reply_to(request: &Request, seed: u64) -> Reply {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 37) as u16
    };
    match request {
        Request::ReadCoils { count, .. } => Reply::Coils((0..*count).map(|_| next() > 9).collect()),
        Request::ReadDiscrete { count, .. } => {
            Reply::Discrete((0..*count).map(|_| next() & 1 == 1).collect())
        }
        Request::ReadHolding { count, .. } => Reply::Holding((0..*count).map(|_| next()).collect()),
        Request::ReadInput { count, .. } => Reply::Input((0..*count).map(|_| next()).collect()),
        Request::WriteCoil { address, value } => {
            Reply::WroteCoil { address: *address, value: *value }
        }
        Request::WriteRegister { address, value } => {
            Reply::WroteRegister { address: *address, value: *value }
        }
        Request::WriteCoils { address, values } => {
            let count = u16::try_from(values.len()).expect("bounded");
            Reply::WroteCoils { address: *address, count }
        }
        Request::WriteRegisters { address, values } => {
            let count = u16::try_from(values.len()).expect("bounded");
            Reply::WroteRegisters { address: *address, count }
        }
    }
}

proptest! {
    #[test]
    fn every_answer_is_read_by_the_book_as_it_was_meant(
        request in request(), seed in any::<u64>(), unit in any::<u8>(), transaction in any::<u16>(),
        code in any::<u8>(),
    ) {
        let reply = reply_to(&request, seed);
        prop_assert_eq!(request.check(&reply), Ok(()));
        let to = Incoming { transaction, ..incoming(unit, &request) };
        let tcp = frame::encode(&to, &Ok(reply.clone()));
        prop_assert!(tcp.len() <= frame::FRAME_MAX);
        prop_assert_eq!(&tcp[..2], &transaction.to_be_bytes()[..]);
        prop_assert_eq!(usize::from(tcp[4]) * 256 + usize::from(tcp[5]), tcp.len() - 6);
        prop_assert_eq!(tcp[6], unit);
        prop_assert_eq!(by_the_book(&request, &tcp[7..]), Some(reply.clone()));
        let serial = rtu::encode(&to, &Ok(reply));
        prop_assert!(serial.len() <= rtu::FRAME_MAX);
        prop_assert_eq!(rtu::crc(&serial), 0);
        prop_assert_eq!(&serial[1..serial.len() - 2], &tcp[7..]);
        let refused = frame::encode(&to, &Err(ExceptionCode::from_code(code)));
        prop_assert_eq!(&refused[7..], &[request.function() | 0x80, code][..]);
    }
}
