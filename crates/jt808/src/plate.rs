//! Number plates as registrations write them: GBK, of which only the signs that stand on plates are
//! known here.

/// Signs of plates in GBK: provinces, and what kinds of vehicles bear.
const SIGNS: [(char, u16); 40] = [
    ('京', 0xbea9),
    ('津', 0xbdf2),
    ('沪', 0xbba6),
    ('渝', 0xd3e5),
    ('冀', 0xbcbd),
    ('豫', 0xd4a5),
    ('云', 0xd4c6),
    ('辽', 0xc1c9),
    ('黑', 0xbada),
    ('湘', 0xcfe6),
    ('皖', 0xcdee),
    ('鲁', 0xc2b3),
    ('新', 0xd0c2),
    ('苏', 0xcbd5),
    ('浙', 0xd5e3),
    ('赣', 0xb8d3),
    ('鄂', 0xb6f5),
    ('桂', 0xb9f0),
    ('甘', 0xb8ca),
    ('晋', 0xbdfa),
    ('蒙', 0xc3c9),
    ('陕', 0xc9c2),
    ('吉', 0xbcaa),
    ('闽', 0xc3f6),
    ('贵', 0xb9f3),
    ('粤', 0xd4c1),
    ('青', 0xc7e0),
    ('藏', 0xb2d8),
    ('川', 0xb4a8),
    ('宁', 0xc4fe),
    ('琼', 0xc7ed),
    ('使', 0xcab9),
    ('领', 0xc1ec),
    ('警', 0xbeaf),
    ('学', 0xd1a7),
    ('港', 0xb8db),
    ('澳', 0xb0c4),
    ('挂', 0xb9d2),
    ('应', 0xd3a6),
    ('急', 0xbcb1),
];

/// The text of a plate; a sign that no plate has is shown as U+FFFD. It ends at a zero byte, blanks
/// around it are cut.
#[must_use]
pub fn plate_text(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = bytes.iter().copied().take_while(|&byte| byte != 0);
    while let Some(byte) = rest.next() {
        if byte < 0x80 {
            text.push(if byte.is_ascii_graphic() || byte == b' ' {
                byte.into()
            } else {
                '\u{fffd}'
            });
            continue;
        }
        let code = rest.next().map(|low| u16::from_be_bytes([byte, low]));
        let sign = SIGNS.iter().find(|(_, known)| Some(*known) == code);
        text.push(sign.map_or('\u{fffd}', |(sign, _)| *sign));
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plates_are_read_and_what_is_none_is_marked() {
        for (bytes, text) in [
            (&b"\xd4\xc1A12345"[..], "粤A12345"),
            (b"\xbe\xa9B1234\xbe\xaf", "京B1234警"),
            (b"\xd4\xc1A12345\0\0\0", "粤A12345"),
            (b" B 1 ", "B 1"),
            (b"\xd4", "\u{fffd}"),
            (b"\xff\xffA\x01", "\u{fffd}A\u{fffd}"),
            (b"", ""),
        ] {
            assert_eq!(plate_text(bytes), text, "{bytes:?}");
        }
    }
}
