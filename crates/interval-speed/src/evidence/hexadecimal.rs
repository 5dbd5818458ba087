//! Bytes as hexadecimal digits and back.

/// Two digits a byte, small letters.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Exactly `N` bytes; none where the text is anything else.
#[must_use]
pub fn parse<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_go_there_and_back() {
        assert_eq!(text(&[0, 10, 255]), "000aff");
        assert_eq!(parse("000aFF"), Some([0, 10, 255]));
        for wrong in ["", "000af", "000aff0", "+0+a+f", "鲁鲁"] {
            assert_eq!(parse::<3>(wrong), None, "{wrong}");
        }
    }
}
