//! Frames that others' test suites publish, as data, each with a checksum and a length that are right.
#![allow(dead_code, unreachable_pub)]

use std::collections::BTreeMap;

use jt808::{Decoder, Frame, Phone, Terminal};

pub const HEARTBEAT: &str = "7E00020000040021679287002B7D027E";
pub const REGISTER_2013: &str = "7E0100002D000123456789000A002800323132333400736D616C6C6368693132330000000000000000004348493132330001D4C14131323334358A7E";
pub const REGISTER_2019: &str = "7E010040540100000000000123456789000A002800323132333400000000000000736D616C6C6368693132330000000000000000000000000000000000000043484931323300000000000000000000000000000000000000000000000001D4C1413132333435B27E";
pub const AUTHENTICATE_2013: &str = "7E010200090123456789003039343536313231313131BE7E";
pub const AUTHENTICATE_2019: &str = "7e0102402f010000000001729984173800000b3137323939383431373338313233343536373839303132333435332e372e31350000000000000000000000000000227e";
pub const LOCATION_2019: &str = "7e02004026010000000001391234432900000000006f0000001601dc9a0707456246007b004200032501292233440202006401040000000c417e";
pub const LOCATION_2013: &str = "7E0200002611223344556622B8000000010000000200BA7F0E07E4F11C0028003C000018071510101001040000006402020037577E";
pub const BATCH_2013: &str = "7E0704005311223344556622B80002000026000000010000000200BA7F0E07E4F11C0028003C0000180715101010010400000064020200370026000000020000000100CB735507E6A32300290036007818071510103001040000006002020042D47E";
pub const BATCH_2019: &str = "7e0704403f01000000000139123443290000000200001c000000010000000101d907f2073d336c029a00210059241029213903001c000000010000000101d907f3073d336d03090043005a241029213903f87e";

pub const ALL: [&str; 9] = [
    HEARTBEAT,
    REGISTER_2013,
    REGISTER_2019,
    AUTHENTICATE_2013,
    AUTHENTICATE_2019,
    LOCATION_2019,
    LOCATION_2013,
    BATCH_2013,
    BATCH_2019,
];

pub fn bytes(hex: &str) -> Vec<u8> {
    let pair = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("two digits");
    (0..hex.len()).step_by(2).map(pair).collect()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The one frame of some bytes.
pub fn frame(text: &str) -> Frame {
    let mut found = Decoder::default().push(&bytes(text));
    assert_eq!(found.len(), 1, "{text}");
    found.remove(0).expect(text)
}

pub fn phone(text: &str) -> Phone {
    Phone::parse(text).expect("a number")
}

/// Who may speak: the senders of the frames above.
pub fn allowed() -> BTreeMap<Phone, Terminal> {
    let terminal = |code: &str, plate: Option<&str>| Terminal {
        vehicle: format!("vehicle of {code}"),
        code: code.to_owned(),
        plate: plate.map(str::to_owned),
    };
    BTreeMap::from([
        (phone("123456789"), terminal("456121111", Some("粤A12345"))),
        (phone("12345678900"), terminal("456121111", None)),
        (phone("17299841738"), terminal("17299841738", None)),
        (phone("112233445566"), terminal("1", None)),
        (phone("13912344329"), terminal("2", None)),
        (phone("40021679287"), terminal("3", None)),
    ])
}
