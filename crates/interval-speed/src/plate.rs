//! Number plates after GA 36-2018: how a read becomes a key that plates are compared by.
//!
//! Ordinary plates (a province, a letter, five signs), small new-energy plates (eight signs, D or F in
//! the third place) and large ones (D or F in the last) are as published. The forms of the special kinds,
//! the letters A to K of new-energy plates, and what the military and the armed police have, are common
//! knowledge that was not checked against the standard's text.
//!
//! A key has one value for all reads of one plate: no separators, half width, capital letters, and in
//! the serial, where I and O do not occur, 1 and 0 in their place. The read itself is kept beside it.

use std::fmt;
use std::num::NonZeroU64;

/// The longest read that is kept, bytes: eight signs at full width.
const TEXT_MAX: usize = 24;
/// The most signs of a plate.
const SIGNS_MAX: usize = 8;
/// Bits of a sign in a key.
const SIGN_BITS: u32 = 7;

const PROVINCES: &str = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新";
/// Signs that only special plates have.
const MARKS: &str = "学警港澳使领挂临超";

/// What kind of plate it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum PlateKind {
    /// Seven signs.
    Ordinary,
    /// A small new-energy vehicle, eight signs.
    NewEnergySmall,
    /// A large new-energy vehicle, eight signs.
    NewEnergyLarge,
    /// A learner's car (学).
    Training,
    /// Police (警).
    Police,
    /// A vehicle of Hong Kong (港).
    HongKong,
    /// A vehicle of Macau (澳).
    Macau,
    /// An embassy's (使).
    Embassy,
    /// A consulate's (领).
    Consulate,
    /// A trailer (挂).
    Trailer,
    /// A provisional plate (临).
    Provisional,
    /// A vehicle out of gauge (超).
    Oversize,
    /// Military: two letters, five signs.
    Military,
    /// Armed police (WJ).
    ArmedPolice,
}

impl PlateKind {
    /// Every kind with its name in files.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("ordinary", Self::Ordinary),
        ("new-energy-small", Self::NewEnergySmall),
        ("new-energy-large", Self::NewEnergyLarge),
        ("training", Self::Training),
        ("police", Self::Police),
        ("hong-kong", Self::HongKong),
        ("macau", Self::Macau),
        ("embassy", Self::Embassy),
        ("consulate", Self::Consulate),
        ("trailer", Self::Trailer),
        ("provisional", Self::Provisional),
        ("oversize", Self::Oversize),
        ("military", Self::Military),
        ("armed-police", Self::ArmedPolice),
    ];
}

/// What colour a plate is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum PlateColour {
    /// The camera does not say.
    Unknown = 0,
    /// Small vehicles.
    Blue = 1,
    /// Large vehicles, learners.
    Yellow = 2,
    /// Small new-energy vehicles.
    Green = 3,
    /// Large new-energy vehicles.
    YellowGreen = 4,
    /// Police, military.
    White = 5,
    /// Embassies, consulates, vehicles of Hong Kong and Macau.
    Black = 6,
}

impl PlateColour {
    /// Every colour with its name in files.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("unknown", Self::Unknown),
        ("blue", Self::Blue),
        ("yellow", Self::Yellow),
        ("green", Self::Green),
        ("yellow-green", Self::YellowGreen),
        ("white", Self::White),
        ("black", Self::Black),
    ];

    /// The colour of this number on the wire.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().map(|&(_, colour)| colour).find(|colour| *colour as u8 == code)
    }
}

/// A plate as it was read, UTF-8.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlateText {
    bytes: [u8; TEXT_MAX],
    length: u8,
}

impl PlateText {
    /// The read.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Made of a `&str`, cut nowhere.
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or("")
    }

    fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; TEXT_MAX];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { bytes, length: u8::try_from(text.len()).ok()? })
    }
}

impl fmt::Debug for PlateText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

/// What plates are compared by: equal where their normal forms are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlateKey(NonZeroU64);

impl PlateKey {
    /// The key as a number: never 0, and another for each normal form.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0.get()
    }

    /// The normal form.
    #[must_use]
    pub fn text(self) -> String {
        let signs = (0..SIGNS_MAX).map(|at| (self.number() >> (at as u32 * SIGN_BITS)) & 0x7f);
        signs.filter_map(sign_of).collect()
    }

    /// The keys that a reader may have taken for this one where it confused a sign of the serial.
    pub fn look_alikes(self) -> impl Iterator<Item = Self> {
        let number = self.number();
        (2..SIGNS_MAX).flat_map(move |at| {
            let shift = at as u32 * SIGN_BITS;
            let sign = (number >> shift) & 0x7f;
            let others = sign_of(sign).map_or("", look_like);
            others.chars().filter_map(move |other| {
                let changed = number & !(0x7f << shift) | code_of(other)? << shift;
                NonZeroU64::new(changed).map(Self)
            })
        })
    }
}

impl fmt::Debug for PlateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.text())
    }
}

/// Signs that readers take for one another, by how they look; assumed, and used for travel times
/// alone.
fn look_like(sign: char) -> &'static str {
    match sign {
        '0' => "DQ8",
        '1' => "7LT",
        '2' => "Z7",
        '3' => "8",
        '4' => "A",
        '5' => "S6",
        '6' => "G5",
        '7' => "1TZ2",
        '8' => "B30",
        '9' => "P",
        'A' => "4",
        'B' => "8R",
        'C' => "GQ",
        'D' => "0Q",
        'E' => "F",
        'F' => "EP",
        'G' => "6C",
        'H' => "NM",
        'J' => "L",
        'K' => "X",
        'L' => "1J",
        'M' => "WNH",
        'N' => "HM",
        'P' => "F9R",
        'Q' => "0DC",
        'R' => "BP",
        'S' => "5",
        'T' => "17Y",
        'U' => "V",
        'V' => "UY",
        'W' => "M",
        'X' => "KY",
        'Y' => "TVX",
        'Z' => "27",
        _ => "",
    }
}

/// Why a read is no plate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PlateProblem {
    /// Nothing in it.
    #[error("there is nothing in it")]
    Empty,
    /// More than any plate has.
    #[error("it is longer than any plate")]
    TooLong,
    /// A sign that no plate has.
    #[error("{0:?} is on no plate")]
    Sign(char),
    /// Signs that are each known, in a form that no plate has.
    #[error("no kind of plate has this form")]
    Form,
}

/// A number plate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plate {
    key: PlateKey,
    text: PlateText,
    kind: PlateKind,
    colour: PlateColour,
}

impl Plate {
    /// A read, which must have the form of a plate.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(text: &str, colour: PlateColour) -> Result<Self, PlateProblem> {
        let kept = PlateText::new(text).ok_or(PlateProblem::TooLong)?;
        let mut signs = [' '; SIGNS_MAX];
        let mut count = 0;
        for sign in text.chars().filter(|sign| !is_separator(*sign)) {
            let place = signs.get_mut(count).ok_or(PlateProblem::TooLong)?;
            *place = normal(sign, count);
            code_of(*place).ok_or(PlateProblem::Sign(sign))?;
            count += 1;
        }
        let signs = &signs[..count];
        let kind = match signs {
            [] => return Err(PlateProblem::Empty),
            signs => kind_of(signs).ok_or(PlateProblem::Form)?,
        };
        let pack = |(at, sign): (usize, &char)| {
            code_of(*sign).map_or(0, |code| code << (at as u32 * SIGN_BITS))
        };
        let number = signs.iter().enumerate().map(pack).fold(0, |all, one| all | one);
        let key = NonZeroU64::new(number).map(PlateKey).ok_or(PlateProblem::Empty)?;
        Ok(Self { key, text: kept, kind, colour })
    }

    /// What it is compared by.
    #[must_use]
    pub fn key(&self) -> PlateKey {
        self.key
    }

    /// As it was read.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.as_str()
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> PlateKind {
        self.kind
    }

    /// Its colour, as it was read.
    #[must_use]
    pub fn colour(&self) -> PlateColour {
        self.colour
    }

    /// Whether plates of its kind have its colour; an unknown colour contradicts nothing.
    #[must_use]
    pub fn colour_fits(&self) -> bool {
        use PlateColour::{Black, Blue, Green, Unknown, White, Yellow, YellowGreen};
        let of_kind: &[PlateColour] = match self.kind {
            PlateKind::Ordinary => &[Blue, Yellow, Black],
            PlateKind::NewEnergySmall => &[Green],
            PlateKind::NewEnergyLarge => &[YellowGreen, Green],
            PlateKind::Training | PlateKind::Trailer => &[Yellow],
            PlateKind::Police | PlateKind::Military | PlateKind::ArmedPolice => &[White],
            PlateKind::HongKong | PlateKind::Macau => &[Black],
            PlateKind::Embassy | PlateKind::Consulate => &[Black, White],
            PlateKind::Provisional | PlateKind::Oversize => &[Blue, White, Yellow],
        };
        self.colour == Unknown || of_kind.contains(&self.colour)
    }
}

fn is_separator(sign: char) -> bool {
    matches!(sign, '·' | '•' | '・' | '.' | '-' | ' ' | '\u{3000}')
}

/// A sign in its normal form; from the third place on there is neither I nor O.
fn normal(sign: char, place: usize) -> char {
    let half = match sign {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(sign as u32 - 0xfee0).unwrap_or(sign),
        _ => sign,
    };
    match half.to_ascii_uppercase() {
        'I' if place >= 2 => '1',
        'O' if place >= 2 => '0',
        other => other,
    }
}

/// The number of a sign in a key, from 1.
fn code_of(sign: char) -> Option<u64> {
    match sign {
        '0'..='9' => Some(1 + (sign as u64 - '0' as u64)),
        'A'..='Z' => Some(11 + (sign as u64 - 'A' as u64)),
        _ => {
            let at = PROVINCES.chars().chain(MARKS.chars()).position(|known| known == sign)?;
            Some(37 + at as u64)
        }
    }
}

fn sign_of(code: u64) -> Option<char> {
    let place = u8::try_from(code).ok()?;
    match place {
        0 => None,
        1..=10 => Some(char::from(b'0' + place - 1)),
        11..=36 => Some(char::from(b'A' + place - 11)),
        _ => PROVINCES.chars().chain(MARKS.chars()).nth(usize::from(place) - 37),
    }
}

fn kind_of(signs: &[char]) -> Option<PlateKind> {
    let province = |sign: &char| PROVINCES.contains(*sign);
    let all_digits = |signs: &[char]| signs.iter().all(char::is_ascii_digit);
    let serial = |signs: &[char]| signs.iter().all(char::is_ascii_alphanumeric);
    let energy = |sign: &char| matches!(sign, 'A'..='H' | 'J' | 'K');
    match signs {
        ['W', 'J', rest @ ..] => {
            let rest =
                rest.strip_prefix(&rest[..rest.iter().take_while(|s| province(s)).count()])?;
            let fits = rest.len() == 5 && serial(rest) && signs.len() <= SIGNS_MAX;
            fits.then_some(PlateKind::ArmedPolice)
        }
        ['使', rest @ ..] | [rest @ .., '使'] if rest.len() == 6 && all_digits(rest) => {
            Some(PlateKind::Embassy)
        }
        [first, city, rest @ ..] if province(first) && city.is_ascii_uppercase() => match rest {
            [body @ .., mark] if MARKS.contains(*mark) => {
                let most = if matches!(mark, '临' | '超') { 5 } else { 4 };
                if !serial(body) || !(4..=most).contains(&body.len()) {
                    return None;
                }
                marked(*mark)
            }
            [sign, second, digits @ ..]
                if rest.len() == 6
                    && energy(sign)
                    && second.is_ascii_alphanumeric()
                    && all_digits(digits) =>
            {
                Some(PlateKind::NewEnergySmall)
            }
            [digits @ .., sign] if rest.len() == 6 && energy(sign) && all_digits(digits) => {
                Some(PlateKind::NewEnergyLarge)
            }
            _ => (rest.len() == 5 && serial(rest)).then_some(PlateKind::Ordinary),
        },
        [a, b, rest @ ..] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => {
            (rest.len() == 5 && serial(rest)).then_some(PlateKind::Military)
        }
        _ => None,
    }
}

fn marked(mark: char) -> Option<PlateKind> {
    Some(match mark {
        '学' => PlateKind::Training,
        '警' => PlateKind::Police,
        '港' => PlateKind::HongKong,
        '澳' => PlateKind::Macau,
        '领' => PlateKind::Consulate,
        '使' => PlateKind::Embassy,
        '挂' => PlateKind::Trailer,
        '临' => PlateKind::Provisional,
        '超' => PlateKind::Oversize,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Plate, PlateProblem> {
        Plate::read(text, PlateColour::Unknown)
    }

    #[test]
    fn every_kind_is_known_by_its_form() {
        for (text, kind) in [
            ("鲁A12345", PlateKind::Ordinary),
            ("鲁AB12C5", PlateKind::Ordinary),
            ("鲁AD12345", PlateKind::NewEnergySmall),
            ("鲁AFB2345", PlateKind::NewEnergySmall),
            ("鲁AK12345", PlateKind::NewEnergySmall),
            ("鲁A12345D", PlateKind::NewEnergyLarge),
            ("鲁A1234学", PlateKind::Training),
            ("鲁A1234警", PlateKind::Police),
            ("粤Z1234港", PlateKind::HongKong),
            ("粤Z1234澳", PlateKind::Macau),
            ("使014001", PlateKind::Embassy),
            ("014001使", PlateKind::Embassy),
            ("沪A0023领", PlateKind::Consulate),
            ("鲁A1234挂", PlateKind::Trailer),
            ("鲁A1234临", PlateKind::Provisional),
            ("鲁A12345临", PlateKind::Provisional),
            ("鲁A1234超", PlateKind::Oversize),
            ("VA01234", PlateKind::Military),
            ("WJ01234", PlateKind::ArmedPolice),
            ("WJ鲁01234", PlateKind::ArmedPolice),
        ] {
            assert_eq!(read(text).map(|plate| plate.kind()), Ok(kind), "{text}");
        }
    }

    #[test]
    fn what_is_no_plate_is_refused_with_its_reason() {
        for (text, problem) in [
            ("", PlateProblem::Empty),
            (" · ", PlateProblem::Empty),
            ("鲁A1234567", PlateProblem::TooLong),
            ("鲁鲁鲁鲁鲁鲁鲁鲁鲁", PlateProblem::TooLong),
            ("鲁A1234?", PlateProblem::Sign('?')),
            ("无A12345", PlateProblem::Sign('无')),
            ("鲁12345", PlateProblem::Form),
            ("鲁A1234", PlateProblem::Form),
            ("A鲁12345", PlateProblem::Form),
            ("鲁AZ12345", PlateProblem::Form),
            ("鲁A12学45", PlateProblem::Form),
            ("WJ京京0123", PlateProblem::Form),
        ] {
            assert_eq!(read(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn reads_of_one_plate_have_one_key_and_keep_what_was_read() {
        let key = read("鲁A10B05").expect("a plate").key();
        for text in ["鲁A·10B05", "鲁aIOBO5", "鲁Ａ１０Ｂ０５", "鲁A-10B05", "鲁A 1OB05"]
        {
            let plate = read(text).expect(text);
            assert_eq!((plate.key(), plate.text()), (key, text));
        }
        assert_eq!(key.text(), "鲁A10B05");
        assert_ne!(key, read("鲁A10BD5").expect("a plate").key());
    }

    #[test]
    fn look_alikes_are_mutual_and_never_the_plate_itself() {
        for sign in ('0'..='9').chain('A'..='Z').filter(|sign| !matches!(sign, 'I' | 'O')) {
            for other in look_like(sign).chars() {
                assert!(other != sign && look_like(other).contains(sign), "{sign} {other}");
            }
        }
        let key = read("鲁A12345").expect("a plate").key();
        let other = read("鲁A72345").expect("a plate").key();
        assert!(key.look_alikes().any(|look| look == other));
        assert!(key.look_alikes().all(|look| look != key && look.text().starts_with("鲁A")));
    }

    #[test]
    fn a_colour_that_no_such_plate_has_is_seen() {
        for (text, colour, fits) in [
            ("鲁A12345", PlateColour::Blue, true),
            ("鲁A12345", PlateColour::Green, false),
            ("鲁AD12345", PlateColour::Green, true),
            ("鲁AD12345", PlateColour::Blue, false),
            ("鲁A1234警", PlateColour::White, true),
            ("鲁A1234警", PlateColour::Unknown, true),
        ] {
            assert_eq!(Plate::read(text, colour).expect(text).colour_fits(), fits, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_a_plate_reads_as_its_own_normal_form(text in ".{0,12}") {
            if let Ok(plate) = read(&text) {
                let again = read(&plate.key().text()).expect("a normal form is a plate");
                prop_assert_eq!((again.key(), again.kind()), (plate.key(), plate.kind()));
            }
        }

        #[test]
        fn plates_of_any_signs_never_panic(text in "[鲁京WJA-Z0-9学警使挂临超·]{0,9}") {
            if let Ok(plate) = read(&text) {
                prop_assert_eq!(read(&plate.key().text()).expect("a plate").key(), plate.key());
                for look in plate.key().look_alikes() {
                    prop_assert_ne!(look, plate.key());
                }
            }
        }
    }
}
