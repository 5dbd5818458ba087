//! Fields: what one says, and how it is bound into the hash of an entry.
//!
//! A field of a person is *sealed*: the hash of the entry is taken over a salted commitment to its
//! value, not over the value. So it may be left out later, and the entry's hash and signature still
//! hold. The salt is 16 random bytes of its own for each field: who has the commitment alone cannot
//! find the plate by trying all plates.
//!
//! ```text
//!   tag 2 │ form 1 │ length 2 │ content
//!     form 0  open:                 the value
//!     form 1  sealed, shown:        salt 16 │ the value
//!     form 2  sealed, withheld:     commitment 32
//! ```

/// What a commitment's hash is derived for.
pub const CONTEXT: &str = "greenwave evidence field v1";
/// The longest text in a field.
pub const VALUE_MAX: usize = 1_024;
/// Bytes of a salt.
pub const SALT: usize = 16;

/// What kind of value a field has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// A whole number, 8 bytes in two's complement, most significant first.
    Number,
    /// A text in UTF-8.
    Text,
    /// A hash or a key, 32 bytes.
    Digest,
}

/// What a field says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// A whole number in the unit that the field's name says.
    Number(i64),
    /// A text.
    Text(String),
    /// A hash or a key.
    Digest([u8; 32]),
}

impl Value {
    /// What kind of value it is.
    #[must_use]
    pub fn shape(&self) -> Shape {
        match self {
            Self::Number(_) => Shape::Number,
            Self::Text(_) => Shape::Text,
            Self::Digest(_) => Shape::Digest,
        }
    }

    /// As bytes. A text beyond [`VALUE_MAX`] is cut, at a whole character.
    pub(super) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Number(number) => number.to_be_bytes().to_vec(),
            Self::Text(text) => text.as_bytes()[..floor(text)].to_vec(),
            Self::Digest(digest) => digest.to_vec(),
        }
    }

    /// From bytes; none where they are no such value.
    pub(super) fn decode(shape: Shape, bytes: &[u8]) -> Option<Self> {
        match shape {
            Shape::Number => Some(Self::Number(i64::from_be_bytes(bytes.try_into().ok()?))),
            Shape::Digest => Some(Self::Digest(bytes.try_into().ok()?)),
            _ if bytes.len() > VALUE_MAX => None,
            Shape::Text => Some(Self::Text(str::from_utf8(bytes).ok()?.to_owned())),
        }
    }
}

fn floor(text: &str) -> usize {
    let mut end = text.len().min(VALUE_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

/// A field's content, with how it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    /// For everybody.
    Open(Value),
    /// Sealed, and shown here.
    Shown {
        /// Its salt.
        salt: [u8; SALT],
        /// What it says.
        value: Value,
    },
    /// Sealed, and left out.
    Withheld {
        /// What the value is bound by.
        commitment: [u8; 32],
    },
}

impl Content {
    /// What it says; none where it was left out.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Open(value) | Self::Shown { value, .. } => Some(value),
            Self::Withheld { .. } => None,
        }
    }

    /// The same with the value left out; an open field stays.
    pub(super) fn withheld(&self, tag: u16) -> Self {
        match self {
            Self::Shown { salt, value } => {
                Self::Withheld { commitment: commitment(tag, *salt, value) }
            }
            other => other.clone(),
        }
    }

    /// As a field on the wire.
    pub(super) fn push(&self, out: &mut Vec<u8>, tag: u16) {
        let (form, content) = match self {
            Self::Open(value) => (0, value.encode()),
            Self::Shown { salt, value } => (1, [&salt[..], &value.encode()].concat()),
            Self::Withheld { commitment } => (2, commitment.to_vec()),
        };
        out.extend(tag.to_be_bytes());
        out.push(form);
        // Every value is bounded, so that the length fits.
        out.extend((content.len() as u16).to_be_bytes());
        out.extend(content);
    }
}

/// What binds a sealed value: the hash of salt, tag and value.
#[must_use]
pub fn commitment(tag: u16, salt: [u8; SALT], value: &Value) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(&salt).update(&tag.to_be_bytes()).update(&value.encode());
    *hasher.finalize().as_bytes()
}

/// The salts of one entry, from 32 random bytes that are used for no other entry and then forgotten.
#[derive(Clone, Copy)]
pub struct Salts([u8; 32]);

impl Salts {
    /// From random bytes.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    pub(super) fn of(&self, tag: u16) -> [u8; SALT] {
        let mut salt = [0; SALT];
        let hash = blake3::keyed_hash(&self.0, &tag.to_be_bytes());
        salt.copy_from_slice(&hash.as_bytes()[..SALT]);
        salt
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_cut_at_a_whole_character() {
        let text = "鲁".repeat(400);
        let bytes = Value::Text(text).encode();
        assert_eq!(bytes.len(), 1_023);
        assert!(Value::decode(Shape::Text, &bytes).is_some());
    }

    #[test]
    fn a_commitment_says_nothing_without_its_salt_and_differs_by_tag() {
        let plate = Value::Text("鲁A12345".to_owned());
        let salts = Salts::new([7; 32]);
        let bound = commitment(1, salts.of(1), &plate);
        assert_ne!(bound, commitment(2, salts.of(2), &plate));
        assert_ne!(bound, commitment(1, [0; SALT], &plate));
        assert_ne!(bound, commitment(1, Salts::new([8; 32]).of(1), &plate));
    }

    proptest! {
        #[test]
        fn a_value_is_read_as_it_was_written(number: i64, text in ".{0,40}", digest: [u8; 32]) {
            for value in [
                Value::Number(number),
                Value::Text(text),
                Value::Digest(digest),
            ] {
                prop_assert_eq!(Value::decode(value.shape(), &value.encode()), Some(value));
            }
        }
    }
}
