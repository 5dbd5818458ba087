//! One entry of the chain, and the chain that it is added to.
//!
//! ```text
//!   "GWEV" 4 │ version 1 │ form 1 │ kind 1 │ index 8 │ about 8 │ at 8 │ previous 32 │ digest 32
//!   │ signature 64 │ body …
//! ```
//!
//! The hash of an entry is taken over version, kind, index, about, at, previous and digest; the
//! signature is over that hash. `digest` is the hash of the body, so that an entry can be shown as a
//! *husk*, without its body: what was deleted, and what is nobody's business in a bundle, still keeps
//! its place in the chain, its hash and its signature.

use units::WallTime;

use super::body::{Body, Misfit};
use super::key::{PublicKey, StationKey};
use super::schema::Kind;

const MAGIC: &[u8; 4] = b"GWEV";
/// The format's version. A change of a table that only adds fields that may be absent keeps it.
pub const VERSION: u8 = 1;
/// What the hash of an entry is derived for.
const CONTEXT: &str = "greenwave evidence entry v1";
/// What an entry without a record that it is about has there.
const NOTHING: u64 = u64::MAX;
/// Bytes before the body.
const HEADER: usize = 4 + 1 + 1 + 1 + 8 + 8 + 8 + 32 + 32 + 64;
/// What the first entry of a chain has as the hash of the one before it.
pub const NO_HASH: [u8; 32] = [0; 32];

/// An entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What it records.
    pub kind: Kind,
    /// Its place in the chain, from 0.
    pub index: u64,
    /// Which record it is about: itself for a detection or a vehicle's, another one for what people
    /// did with it, none for what concerns the chain.
    pub about: Option<u64>,
    /// When it was written.
    pub at: WallTime,
    /// The hash of the entry before it.
    pub previous: [u8; 32],
    /// The hash of its body.
    pub digest: [u8; 32],
    /// The station's signature over its hash.
    pub signature: [u8; 64],
    /// Its fields; none where only the husk is shown.
    pub body: Option<Body>,
}

impl Entry {
    /// Makes and signs one. A chain makes its own with [`Chain::append`].
    #[must_use]
    pub(super) fn sign(
        body: Body,
        (index, about, at): (u64, Option<u64>, WallTime),
        previous: [u8; 32],
        key: &StationKey,
    ) -> Self {
        let (kind, digest) = (body.kind(), body.digest());
        let signature = [0; 64];
        let mut entry =
            Self { kind, index, about, at, previous, digest, signature, body: Some(body) };
        entry.signature = key.sign(&entry.hash());
        entry
    }

    /// What binds it, and what the next one names.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        hasher.update(&[VERSION, self.kind.code()]);
        for number in [self.index, self.about.unwrap_or(NOTHING), self.at.0.cast_unsigned()] {
            hasher.update(&number.to_be_bytes());
        }
        hasher.update(&self.previous).update(&self.digest);
        *hasher.finalize().as_bytes()
    }

    /// Whether the body, where it is shown, is the one that was hashed.
    #[must_use]
    pub fn body_fits(&self) -> bool {
        self.body.as_ref().is_none_or(|body| body.digest() == self.digest)
    }

    /// Whether this key signed it.
    #[must_use]
    pub fn signed_by(&self, key: PublicKey) -> bool {
        key.signed(&self.hash(), &self.signature)
    }

    /// The same without its body.
    #[must_use]
    pub fn husk(&self) -> Self {
        Self { body: None, ..self.clone() }
    }

    /// The same with these sealed fields left out.
    #[must_use]
    pub fn without(&self, tags: &[u16]) -> Self {
        let body = self.body.as_ref().map(|body| body.without(tags));
        Self { body, ..self.clone() }
    }

    /// As bytes: the content of a frame.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER + 1_024);
        out.extend(MAGIC);
        out.extend([VERSION, u8::from(self.body.is_none()), self.kind.code()]);
        for number in [self.index, self.about.unwrap_or(NOTHING), self.at.0.cast_unsigned()] {
            out.extend(number.to_be_bytes());
        }
        out.extend(self.previous);
        out.extend(self.digest);
        out.extend(self.signature);
        if let Some(body) = &self.body {
            out.extend(body.encode());
        }
        out
    }

    /// From bytes. Neither hashes nor signature are looked at here.
    ///
    /// # Errors
    /// Why they are no entry. Nothing panics, whatever the bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, Misfit> {
        let (header, rest) = bytes.split_at_checked(HEADER).ok_or(Misfit::TooShort)?;
        let mut at = 0;
        if header[..4] != *MAGIC {
            return Err(Misfit::NoEntry);
        }
        let [version, form, code] = take(header, &mut at, 4);
        if version != VERSION {
            return Err(Misfit::Version(version));
        }
        let kind = Kind::from_code(code).ok_or(Misfit::Kind(code))?;
        let mut at = 7;
        let mut number = || u64::from_be_bytes(take(header, &mut at, 0));
        let (index, about, wall) = (number(), number(), number());
        let about = Some(about).filter(|&about| about != NOTHING);
        let previous = take(header, &mut at, 0);
        let digest = take(header, &mut at, 0);
        let signature = take(header, &mut at, 0);
        let body = match form {
            0 => Some(Body::decode(kind, rest)?),
            1 if rest.is_empty() => None,
            1 => return Err(Misfit::TooLong),
            _ => return Err(Misfit::Form),
        };
        let at = WallTime(wall.cast_signed());
        Ok(Self { kind, index, about, at, previous, digest, signature, body })
    }
}

/// The next `N` bytes of a header that is known to be long enough, after `skip` others.
fn take<const N: usize>(header: &[u8], at: &mut usize, skip: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&header[*at + skip..*at + skip + N]);
    *at += skip + N;
    out
}

/// The end of a chain: what the next entry is bound to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    /// The index of the next entry.
    pub next: u64,
    /// The hash of the last one.
    pub hash: [u8; 32],
}

/// What an entry that is to be written concerns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum About {
    /// The chain.
    Nothing,
    /// Itself: it is a record of its own.
    Itself,
    /// A record that is there.
    Record(u64),
}

/// A chain that grows.
#[derive(Debug)]
pub struct Chain {
    key: StationKey,
    head: Head,
}

impl Chain {
    /// Goes on after `head`, or begins where there is none.
    #[must_use]
    pub fn resume(key: StationKey, head: Option<Head>) -> Self {
        let head = head.unwrap_or(Head { next: 0, hash: NO_HASH });
        Self { key, head }
    }

    /// Its end.
    #[must_use]
    pub fn head(&self) -> Head {
        self.head
    }

    /// What signs it.
    #[must_use]
    pub fn key(&self) -> &StationKey {
        &self.key
    }

    /// Binds a body to the end of the chain and signs it.
    pub fn append(&mut self, body: Body, about: About, at: WallTime) -> Entry {
        let index = self.head.next;
        let about = match about {
            About::Nothing => None,
            About::Itself => Some(index),
            About::Record(other) => Some(other),
        };
        let entry = Entry::sign(body, (index, about, at), self.head.hash, &self.key);
        self.head = Head { next: index + 1, hash: entry.hash() };
        entry
    }

    /// Takes back what was appended since `head`: it was not written.
    pub fn back_to(&mut self, head: Head) {
        self.head = head;
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::{access, review};
    use super::super::value::Salts;
    use super::*;
    use proptest::prelude::*;

    fn chain() -> (StationKey, Vec<Entry>) {
        let key = StationKey::from_secret(&[3; 32]);
        let mut chain = Chain::resume(key.clone(), None);
        let salts = Salts::new([5; 32]);
        let step = Body::of(Kind::Review, salts)
            .text(review::STEP, "confirm")
            .text(review::WHO, "Li Na")
            .done();
        let look = Body::of(Kind::Access, salts)
            .text(access::DEED, "look")
            .text(access::WHO, "Li Na")
            .text(access::PURPOSE, "appeal 12")
            .done();
        let first = chain.append(step, About::Record(0), WallTime(10));
        let second = chain.append(look, About::Record(0), WallTime(20));
        (key, vec![first, second])
    }

    #[test]
    fn an_entry_is_bound_to_the_one_before_it_and_signed() {
        let (key, entries) = chain();
        assert_eq!((entries[0].previous, entries[1].previous), (NO_HASH, entries[0].hash()));
        for entry in &entries {
            assert!(entry.signed_by(key.public()) && entry.body_fits());
            assert_eq!(Entry::decode(&entry.encode()), Ok(entry.clone()));
            let husk = entry.husk();
            assert!(husk.hash() == entry.hash() && husk.signed_by(key.public()));
            assert_eq!(Entry::decode(&husk.encode()), Ok(husk));
        }
    }

    #[test]
    fn a_field_that_is_left_out_leaves_hash_and_signature() {
        let (key, entries) = chain();
        let less = entries[1].without(&[access::WHO, access::DEED]);
        assert!(less.body_fits() && less.signed_by(key.public()));
        let bytes = less.encode();
        assert_eq!(Entry::decode(&bytes), Ok(less.clone()));
        assert!(!String::from_utf8_lossy(&bytes).contains("Li Na"));
        let body = less.body.expect("a body");
        assert_eq!(body.text(access::WHO), None);
        assert_eq!(body.text(access::DEED), Some("look"), "an open field cannot be left out");
    }

    proptest! {
        /// Whatever bit is flipped: it is no entry, or its hash, body or signature does not fit.
        #[test]
        fn a_flipped_bit_is_never_taken(which in 0..2_usize, bit in 0..8 * 400_usize) {
            let (key, entries) = chain();
            let mut bytes = entries[which].encode();
            let bit = bit % (8 * bytes.len());
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(entry) = Entry::decode(&bytes) {
                prop_assert!(!entry.body_fits() || !entry.signed_by(key.public()), "bit {}", bit);
            }
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), good: bool) {
            let mut bytes = bytes;
            if good && bytes.len() > 7 {
                bytes[..7].copy_from_slice(&[b'G', b'W', b'E', b'V', 1, 0, 3]);
            }
            let _ = Entry::decode(&bytes);
        }
    }
}
