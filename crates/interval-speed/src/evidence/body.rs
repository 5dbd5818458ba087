//! The body of an entry: its fields, in the order of their tags.
//!
//! There is one encoding of a body and no other: ascending tags, each known to the kind, each sealed
//! or open as the kind says, none twice, none too many. What deviates is refused.

use super::schema::Kind;
use super::value::{Content, SALT, Salts, Value};

/// What the hash of a body is derived for.
const CONTEXT: &str = "greenwave evidence body v1";

/// The fields of an entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Body {
    kind: Kind,
    fields: Vec<(u16, Content)>,
}

/// Why bytes are no body or no entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Misfit {
    /// The bytes end within something.
    #[error("it ends too early")]
    TooShort,
    /// There are bytes beyond the end.
    #[error("there are bytes beyond its end")]
    TooLong,
    /// It does not begin as an entry does.
    #[error("it does not begin as an entry does")]
    NoEntry,
    /// A version that is not known.
    #[error("it has version {0}, which is not known")]
    Version(u8),
    /// A kind that is not known.
    #[error("it has kind {0}, which is not known")]
    Kind(u8),
    /// A form that is not known, or a husk with a body.
    #[error("its form is not known")]
    Form,
    /// A field that its kind does not have, has twice, or out of order.
    #[error("field {0:04x} does not belong where it stands")]
    Field(u16),
    /// A field whose content is not what the kind says.
    #[error("field {0:04x} is not as its kind wants it")]
    Content(u16),
    /// A field that must be there is not.
    #[error("field {0:04x} is missing")]
    Missing(u16),
}

impl Body {
    /// Begins a body of this kind; see [`Builder`].
    #[must_use]
    pub fn of(kind: Kind, salts: Salts) -> Builder {
        Builder { kind, salts, fields: Vec::new() }
    }

    /// Of which kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Each field with its tag.
    #[must_use]
    pub fn fields(&self) -> &[(u16, Content)] {
        &self.fields
    }

    /// What a field says; none where it is absent or left out.
    #[must_use]
    pub fn value(&self, tag: u16) -> Option<&Value> {
        self.content(tag)?.value()
    }

    /// The content of a field; none where it is absent.
    #[must_use]
    pub fn content(&self, tag: u16) -> Option<&Content> {
        self.fields.iter().find(|(of, _)| *of == tag).map(|(_, content)| content)
    }

    /// The number in a field.
    #[must_use]
    pub fn number(&self, tag: u16) -> Option<i64> {
        match self.value(tag)? {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The text in a field.
    #[must_use]
    pub fn text(&self, tag: u16) -> Option<&str> {
        match self.value(tag)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The hash or key in a field.
    #[must_use]
    pub fn digest_in(&self, tag: u16) -> Option<[u8; 32]> {
        match self.value(tag)? {
            Value::Digest(digest) => Some(*digest),
            _ => None,
        }
    }

    /// The same with these sealed fields left out. Its hash stays what it was; a tag that is open or
    /// absent changes nothing.
    #[must_use]
    pub fn without(&self, tags: &[u16]) -> Self {
        let fields = self.fields.iter().map(|(tag, content)| {
            let content = if tags.contains(tag) { content.withheld(*tag) } else { content.clone() };
            (*tag, content)
        });
        Self { kind: self.kind, fields: fields.collect() }
    }

    /// What an entry's hash has of its body: the hash over all fields, sealed ones by their
    /// commitment, whether they are shown or not.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut bytes = Vec::new();
        for (tag, content) in &self.fields {
            content.withheld(*tag).push(&mut bytes, *tag);
        }
        blake3::derive_key(CONTEXT, &bytes)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (tag, content) in &self.fields {
            content.push(&mut bytes, *tag);
        }
        bytes
    }

    pub(super) fn decode(kind: Kind, mut bytes: &[u8]) -> Result<Self, Misfit> {
        let mut fields: Vec<(u16, Content)> = Vec::new();
        while !bytes.is_empty() {
            let (header, rest) = bytes.split_at_checked(5).ok_or(Misfit::TooShort)?;
            let tag = u16::from_be_bytes([header[0], header[1]]);
            let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
            let (content, rest) = rest.split_at_checked(length).ok_or(Misfit::TooShort)?;
            if fields.last().is_some_and(|(before, _)| *before >= tag) {
                return Err(Misfit::Field(tag));
            }
            fields.push((tag, field(kind, tag, header[2], content)?));
            bytes = rest;
        }
        let body = Self { kind, fields };
        let lacking =
            |field: &&super::schema::Field| field.required && body.content(field.tag).is_none();
        match kind.fields().iter().find(lacking) {
            Some(field) => Err(Misfit::Missing(field.tag)),
            None => Ok(body),
        }
    }
}

fn field(kind: Kind, tag: u16, form: u8, content: &[u8]) -> Result<Content, Misfit> {
    let row = kind.field(tag).ok_or(Misfit::Field(tag))?;
    let bad = Misfit::Content(tag);
    match (form, row.sealed) {
        (0, false) => Value::decode(row.shape, content).map(Content::Open).ok_or(bad),
        (1, true) => {
            let (salt, value) = content.split_at_checked(SALT).ok_or(bad)?;
            let salt = salt.try_into().map_err(|_| bad)?;
            let value = Value::decode(row.shape, value).ok_or(bad)?;
            Ok(Content::Shown { salt, value })
        }
        (2, true) => Ok(Content::Withheld { commitment: content.try_into().map_err(|_| bad)? }),
        _ => Err(bad),
    }
}

/// Fills in a body. A field is sealed where its kind says so.
#[derive(Clone)]
pub struct Builder {
    kind: Kind,
    salts: Salts,
    fields: Vec<(u16, Content)>,
}

impl Builder {
    /// Adds a field.
    ///
    /// # Panics
    /// Where the kind has no such field, or another shape of it: a slip of this program.
    #[must_use]
    pub fn with(mut self, tag: u16, value: Value) -> Self {
        let row = self.kind.field(tag);
        let fits = row.filter(|row| row.shape == value.shape());
        let row = fits.unwrap_or_else(|| panic!("{:?} has no field {tag:04x}", self.kind));
        // As it is read again: what is too long is cut here, not on the wire alone.
        let value = Value::decode(row.shape, &value.encode()).unwrap_or(value);
        let content = if row.sealed {
            Content::Shown { salt: self.salts.of(tag), value }
        } else {
            Content::Open(value)
        };
        self.fields.push((tag, content));
        self
    }

    /// Adds a number.
    #[must_use]
    pub fn number(self, tag: u16, number: i64) -> Self {
        self.with(tag, Value::Number(number))
    }

    /// Adds a text.
    #[must_use]
    pub fn text(self, tag: u16, text: impl Into<String>) -> Self {
        self.with(tag, Value::Text(text.into()))
    }

    /// Adds a hash or a key.
    #[must_use]
    pub fn digest(self, tag: u16, digest: [u8; 32]) -> Self {
        self.with(tag, Value::Digest(digest))
    }

    /// Adds a number where there is one.
    #[must_use]
    pub fn number_if(self, tag: u16, number: Option<i64>) -> Self {
        match number {
            Some(number) => self.number(tag, number),
            None => self,
        }
    }

    /// Adds a text where there is one.
    #[must_use]
    pub fn text_if(self, tag: u16, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(tag, text),
            None => self,
        }
    }

    /// The body.
    ///
    /// # Panics
    /// Where a field that must be there is not, or one was given twice: a slip of this program.
    #[must_use]
    pub fn done(mut self) -> Body {
        self.fields.sort_by_key(|(tag, _)| *tag);
        let body = Body { kind: self.kind, fields: self.fields };
        let again = Body::decode(self.kind, &body.encode());
        assert_eq!(again.as_ref(), Ok(&body), "{:?} is not whole", self.kind);
        body
    }
}
