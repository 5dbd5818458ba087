//! Everything that unknown words could mean: the types and orders that devices use, where what they
//! would say is not absurd.

use hw_profiles::Order;

/// A real number beyond these is one that no sensor says; zero is apart.
const REAL_LEAST: f32 = 1e-3;
const REAL_MOST: f32 = 1e7;

/// One way to read some words.
#[derive(Clone, PartialEq, Debug)]
pub struct Decoding {
    /// The address of the first of them.
    pub address: u16,
    /// How many words.
    pub words: u16,
    /// The type and the order, as profiles name them.
    pub kind: String,
    /// What they say then.
    pub value: String,
}

/// Every plausible reading of words that begin at an address, in the order of their addresses.
#[must_use]
pub fn of(address: u16, words: &[u16]) -> Vec<Decoding> {
    let mut found = Vec::new();
    for (at, &word) in (0_u16..).zip(words) {
        let address = address.wrapping_add(at);
        single(address, word, &mut found);
        if let Some(&next) = words.get(usize::from(at) + 1) {
            double(address, [word, next], &mut found);
        }
    }
    found
}

fn single(address: u16, word: u16, found: &mut Vec<Decoding>) {
    let mut say = |kind: &str, value: String| {
        found.push(Decoding { address, words: 1, kind: kind.to_owned(), value });
    };
    say("u16 AB", format!("{word} ({:.1} tenths)", f64::from(word) / 10.0));
    if word > 0x7fff {
        let signed = word.cast_signed();
        say("i16 AB", format!("{signed} ({:.1} tenths)", f64::from(signed) / 10.0));
    }
    if [0x7fff, 0xffff, 0x8000, 0xd8f1].contains(&word) {
        say("u16 AB", "usual for \"not known\"".to_owned());
    }
    let swapped = word.swap_bytes();
    if swapped != word && swapped < 10_000 && word >= 256 {
        say("u16 BA", swapped.to_string());
    }
    let [high, low] = word.to_be_bytes();
    if [high, low].iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
        say("text", format!("\"{}{}\"", char::from(high), char::from(low)));
    }
    if word != 0 && word.count_ones() <= 4 {
        let bits: Vec<String> =
            (0..16).filter(|bit| word >> bit & 1 == 1).map(|bit| bit.to_string()).collect();
        say("bits", format!("on: {}", bits.join(", ")));
    }
}

fn double(address: u16, pair: [u16; 2], found: &mut Vec<Decoding>) {
    let orders = [Order::Abcd, Order::Cdab, Order::Badc, Order::Dcba];
    for order in orders {
        let bits = joined(order, pair);
        let real = f32::from_bits(bits);
        let mut say = |kind: &str, value: String| {
            let kind = format!("{kind} {}", order.name());
            found.push(Decoding { address, words: 2, kind, value });
        };
        if (REAL_LEAST..=REAL_MOST).contains(&real.abs()) {
            say("f32", real.to_string());
        }
        // A count or an uptime: more than one word's worth would be rare with the bytes swapped.
        let is_usual = !order.bytes_swapped() && pair != [0, 0];
        if is_usual && bits < 100_000_000 {
            say("u32", bits.to_string());
        }
    }
}

fn joined(order: Order, [first, second]: [u16; 2]) -> u32 {
    let swap = |word: u16| if order.bytes_swapped() { word.swap_bytes() } else { word };
    let (high, low) = if order.low_word_first() { (second, first) } else { (first, second) };
    u32::from(swap(high)) << 16 | u32::from(swap(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_among_what_is_found() {
        let real = 21.5_f32.to_bits();
        let [high, low] = [(real >> 16) as u16, (real & 0xffff) as u16];
        for (words, kind, value) in [
            (vec![high, low], "f32 ABCD", "21.5"),
            (vec![low, high], "f32 CDAB", "21.5"),
            (vec![high.swap_bytes(), low.swap_bytes()], "f32 BADC", "21.5"),
            (vec![low.swap_bytes(), high.swap_bytes()], "f32 DCBA", "21.5"),
            (vec![0, 70], "u32 ABCD", "70"),
            (vec![70, 0], "u32 CDAB", "70"),
            (vec![0xff9b], "i16 AB", "-101 (-10.1 tenths)"),
            (vec![0x3445], "text", "\"4E\""),
            (vec![0x0100], "u16 BA", "1"),
            (vec![0x8001], "bits", "on: 0, 15"),
            (vec![0x7fff], "u16 AB", "usual for \"not known\""),
        ] {
            let found = of(7, &words);
            let is_there =
                found.iter().any(|d| d.address == 7 && d.kind == kind && d.value == value);
            assert!(is_there, "{words:x?} as {kind} {value}: {found:?}");
        }
    }

    #[test]
    fn absurd_numbers_are_left_out_and_addresses_may_wrap() {
        assert!(of(0, &[0, 0]).iter().all(|decoding| decoding.words == 1));
        assert!(of(0, &[0x7fc0, 0]).iter().all(|d| d.kind != "f32 ABCD"), "not a number");
        assert_eq!(of(u16::MAX, &[1, 2]).last().map(|d| d.address), Some(0));
        assert!(of(0, &[]).is_empty());
    }
}
