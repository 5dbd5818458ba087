//! Takes a message's body apart from its front, big-endian.

/// What is left of a body. Everything returns `None` where too little is left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body<'b>(pub(crate) &'b [u8]);

impl<'b> Body<'b> {
    pub(crate) fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    pub(crate) fn word(&mut self) -> Option<u16> {
        self.take(2).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    pub(crate) fn double(&mut self) -> Option<u32> {
        let bytes = self.take(4)?;
        Some(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// A text field of fixed width: what stands before its first zero byte, blanks cut. What is no
    /// ASCII is shown as a question mark: such a field is a name for logs and never compared.
    pub(crate) fn text(&mut self, width: usize) -> Option<String> {
        self.take(width).map(ascii)
    }
}

/// ASCII up to the first zero byte.
pub(crate) fn ascii(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    let shown = bytes[..end].iter().map(|&byte| match byte {
        0x20..=0x7e => char::from(byte),
        _ => '?',
    });
    shown.collect::<String>().trim().to_owned()
}

/// Two decimal digits of a byte, or `None` where one of them is none.
pub(crate) fn digits(byte: u8) -> Option<u8> {
    let (tens, units) = (byte >> 4, byte & 0x0f);
    (tens < 10 && units < 10).then_some(tens * 10 + units)
}
