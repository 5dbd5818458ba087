//! Plates in GBK, as many Chinese cameras have them: only the signs that plates have.
//!
//! The codes are those of GB 18030 (two bytes a sign, as in GBK and GB 2312); a whole table would be a
//! dependency, and what is not on a plate is no plate.

/// The signs of plates that are not ASCII, with their two bytes.
const SIGNS: [(char, u16); 40] = [
    ('京', 0xbea9),
    ('津', 0xbdf2),
    ('冀', 0xbcbd),
    ('晋', 0xbdfa),
    ('蒙', 0xc3c9),
    ('辽', 0xc1c9),
    ('吉', 0xbcaa),
    ('黑', 0xbada),
    ('沪', 0xbba6),
    ('苏', 0xcbd5),
    ('浙', 0xd5e3),
    ('皖', 0xcdee),
    ('闽', 0xc3f6),
    ('赣', 0xb8d3),
    ('鲁', 0xc2b3),
    ('豫', 0xd4a5),
    ('鄂', 0xb6f5),
    ('湘', 0xcfe6),
    ('粤', 0xd4c1),
    ('桂', 0xb9f0),
    ('琼', 0xc7ed),
    ('渝', 0xd3e5),
    ('川', 0xb4a8),
    ('贵', 0xb9f3),
    ('云', 0xd4c6),
    ('藏', 0xb2d8),
    ('陕', 0xc9c2),
    ('甘', 0xb8ca),
    ('青', 0xc7e0),
    ('宁', 0xc4fe),
    ('新', 0xd0c2),
    ('学', 0xd1a7),
    ('警', 0xbeaf),
    ('港', 0xb8db),
    ('澳', 0xb0c4),
    ('使', 0xcab9),
    ('领', 0xc1ec),
    ('挂', 0xb9d2),
    ('临', 0xc1d9),
    ('超', 0xb3ac),
];
/// Where the full-width forms of ASCII stand: 0xa3 and the ASCII code with its high bit set.
const FULL_WIDTH: u8 = 0xa3;

/// The text of bytes in GBK. What is on no plate becomes U+FFFD, so that it is seen to be none.
#[must_use]
pub fn from_gbk(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    let mut rest = bytes.iter().copied();
    while let Some(first) = rest.next() {
        if first.is_ascii() {
            text.push(char::from(first));
            continue;
        }
        let second = rest.next().unwrap_or(0);
        let code = u16::from_be_bytes([first, second]);
        let is_wide = first == FULL_WIDTH && (0xa1..=0xfe).contains(&second);
        let sign = if is_wide {
            char::from_u32(0xff00 + u32::from(second) - 0xa0)
        } else {
            SIGNS.iter().find(|(_, known)| *known == code).map(|(sign, _)| *sign)
        };
        text.push(sign.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    text
}

/// A text in GBK; none where it has a sign that is on no plate.
#[must_use]
pub fn to_gbk(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    for sign in text.chars() {
        if sign.is_ascii() {
            bytes.push(u8::try_from(sign).ok()?);
        } else {
            let (_, code) = SIGNS.iter().find(|(known, _)| *known == sign)?;
            bytes.extend(code.to_be_bytes());
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Plate, PlateColour};

    #[test]
    fn every_sign_of_a_plate_goes_there_and_back() {
        let all: String = SIGNS.iter().map(|(sign, _)| *sign).collect();
        let bytes = to_gbk(&all).expect("each is known");
        assert_eq!((bytes.len(), from_gbk(&bytes)), (80, all));
        assert_eq!(to_gbk("鲁A12345"), Some(b"\xc2\xb3A12345".to_vec()));
        assert_eq!(to_gbk("车"), None);
        let wide = from_gbk(b"\xc2\xb3\xa3\xc1\xa3\xb1\xa3\xb2345");
        let plate = Plate::read(&wide, PlateColour::Unknown).expect(&wide);
        assert_eq!(plate.key().text(), "鲁A12345");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..24)) {
            let text = from_gbk(&bytes);
            prop_assert!(text.chars().count() <= bytes.len());
        }
    }
}
