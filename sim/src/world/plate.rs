//! Number plates of made-up vehicles, after GA 36-2018: a province, a letter for the city, and a
//! serial without I and O.
//!
//! A plate follows from the seed, the vehicle's number and its class alone. Serials step through their
//! whole space, so that two vehicles of one kind, province and city have the same only where their
//! numbers lie a whole space apart: 1.2 million for cars, 34,000 for the police. How common each kind
//! is, is assumed.

use scenario::VehicleClass;

use super::chance::{Use, chance};

/// The provinces; the first is home to most.
const PROVINCES: [char; 31] = [
    '鲁', '京', '津', '冀', '晋', '蒙', '辽', '吉', '黑', '沪', '苏', '浙', '皖', '闽', '赣', '豫',
    '鄂', '湘', '粤', '桂', '琼', '渝', '川', '贵', '云', '藏', '陕', '甘', '青', '宁', '新',
];
/// What a serial is made of: no I, no O.
const SIGNS: &[u8] = b"0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Vehicles from the home province.
const AT_HOME: f32 = 0.85;
/// Cars, and buses, that are new-energy vehicles.
const NEW_ENERGY_CARS: f32 = 0.12;
const NEW_ENERGY_BUSES: f32 = 0.6;
/// Cars with a plate of a special kind.
const SPECIAL: f32 = 0.005;
/// A step that shares no factor with any space of serials below: these are made of 2, 5 and 17.
const STRIDE: u64 = 387_421;

/// What colour a plate is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PlateColour {
    /// Small vehicles.
    Blue,
    /// Large vehicles, learners.
    Yellow,
    /// Small new-energy vehicles.
    Green,
    /// Large new-energy vehicles.
    YellowGreen,
    /// Police.
    White,
    /// Consulates, vehicles of Hong Kong and Macau.
    Black,
}

/// A number plate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plate {
    /// What stands on it, 7 signs, or 8 of a new-energy vehicle.
    pub text: String,
    /// Its colour.
    pub colour: PlateColour,
}

/// The kinds of plates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Ordinary(PlateColour),
    NewEnergySmall,
    NewEnergyLarge,
    /// A serial of four, and a sign at its end.
    Ending(char, PlateColour),
}

impl Plate {
    /// The plate of a vehicle; none where its class has none that a camera could read.
    #[must_use]
    pub fn of(seed: u64, vehicle: u32, class: VehicleClass) -> Option<Self> {
        let kind = kind(seed, vehicle, class)?;
        let luck = |what| chance(seed, what, vehicle, 0);
        let place = luck(Use::PlateProvince);
        let (province, city) = if place < AT_HOME {
            (PROVINCES[0], 'A')
        } else {
            // The rest of the chance says where from.
            let of = (place - AT_HOME) / (1.0 - AT_HOME) * PROVINCES.len() as f32;
            let province = PROVINCES[(of as usize).min(PROVINCES.len() - 1)];
            (province, if of.fract() < 0.5 { 'A' } else { 'B' })
        };
        let mut text = String::with_capacity(12);
        text.extend([province, city]);
        let start = (f64::from(chance(seed, Use::PlateSerial, 0, 0)) * 1e9) as u64;
        let serial = u64::from(vehicle) * STRIDE + start;
        let colour = match kind {
            Kind::Ordinary(colour) => {
                put(&mut text, serial, &[34, 34, 10, 10, 10]);
                colour
            }
            Kind::NewEnergySmall => {
                text.push(if serial.is_multiple_of(2) { 'D' } else { 'F' });
                put(&mut text, serial / 2, &[34, 10, 10, 10, 10]);
                PlateColour::Green
            }
            Kind::NewEnergyLarge => {
                put(&mut text, serial / 2, &[10, 10, 10, 10, 10]);
                text.push(if serial.is_multiple_of(2) { 'D' } else { 'F' });
                PlateColour::YellowGreen
            }
            Kind::Ending(sign, colour) => {
                put(&mut text, serial, &[34, 10, 10, 10]);
                text.push(sign);
                colour
            }
        };
        Some(Self { text, colour })
    }

    /// The same plate with one sign of its serial read for another that looks like it; `which`, within
    /// `[0, 1)`, says which.
    pub(super) fn confused(&self, which: f32) -> Self {
        let mut signs: Vec<char> = self.text.chars().collect();
        let serial: Vec<usize> = (2..signs.len()).filter(|&at| signs[at].is_ascii()).collect();
        let at = serial[((which * serial.len() as f32) as usize).min(serial.len() - 1)];
        signs[at] = looks_like(signs[at]);
        Self { text: signs.into_iter().collect(), colour: self.colour }
    }
}

fn kind(seed: u64, vehicle: u32, class: VehicleClass) -> Option<Kind> {
    let luck = chance(seed, Use::PlateKind, vehicle, 0);
    let (blue, yellow) = (PlateColour::Blue, PlateColour::Yellow);
    Some(match class {
        VehicleClass::Car if luck < SPECIAL => {
            let kinds = [
                Kind::Ending('学', yellow),
                Kind::Ending('警', PlateColour::White),
                Kind::Ending('港', PlateColour::Black),
                Kind::Ending('澳', PlateColour::Black),
                Kind::Ending('领', PlateColour::Black),
            ];
            kinds[((luck / SPECIAL * 5.0) as usize).min(4)]
        }
        VehicleClass::Car if luck < SPECIAL + NEW_ENERGY_CARS => Kind::NewEnergySmall,
        VehicleClass::Car => Kind::Ordinary(blue),
        VehicleClass::Bus if luck < NEW_ENERGY_BUSES => Kind::NewEnergyLarge,
        VehicleClass::Bus
        | VehicleClass::Truck
        | VehicleClass::Coach
        | VehicleClass::HazardousGoods
        | VehicleClass::SchoolBus => Kind::Ordinary(yellow),
        VehicleClass::Emergency if luck < 0.5 => Kind::Ending('警', PlateColour::White),
        VehicleClass::Emergency => Kind::Ordinary(blue),
        VehicleClass::TwoWheeler => return None,
    })
}

/// A serial, from its last sign forward; each sign is one of so many.
fn put(text: &mut String, serial: u64, of: &[u64]) {
    let mut rest = serial % of.iter().product::<u64>();
    let mut signs = Vec::with_capacity(of.len());
    for &count in of.iter().rev() {
        signs.push(SIGNS[(rest % count) as usize] as char);
        rest /= count;
    }
    text.extend(signs.iter().rev());
}

/// What a reader takes a sign for where it errs.
fn looks_like(sign: char) -> char {
    const PAIRS: [(char, char); 16] = [
        ('0', 'D'),
        ('1', '7'),
        ('2', 'Z'),
        ('3', '8'),
        ('4', 'A'),
        ('5', 'S'),
        ('6', 'G'),
        ('9', 'P'),
        ('B', 'R'),
        ('C', 'Q'),
        ('E', 'F'),
        ('H', 'N'),
        ('J', 'L'),
        ('K', 'X'),
        ('M', 'W'),
        ('U', 'V'),
    ];
    let pair = PAIRS.iter().find(|(a, b)| *a == sign || *b == sign);
    match pair {
        Some(&(a, b)) => {
            if a == sign {
                b
            } else {
                a
            }
        }
        // T and Y are what is left.
        None => {
            if sign == 'T' {
                'Y'
            } else {
                'T'
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn plates_are_as_the_standard_has_them_and_differ() {
        let mut all = BTreeMap::new();
        for vehicle in 0..200_000_u32 {
            let plate = Plate::of(3, vehicle, VehicleClass::Car).expect("a car has one");
            let signs: Vec<char> = plate.text.chars().collect();
            let is_new = plate.colour == PlateColour::Green;
            assert_eq!(signs.len(), if is_new { 8 } else { 7 }, "{}", plate.text);
            assert!(PROVINCES.contains(&signs[0]) && signs[1].is_ascii_uppercase());
            assert!(!signs.iter().any(|sign| matches!(sign, 'I' | 'O')), "{}", plate.text);
            assert!(!is_new || matches!(signs[2], 'D' | 'F'), "{}", plate.text);
            assert_eq!(all.insert(plate.text.clone(), vehicle), None, "{} twice", plate.text);
        }
        let green = all.keys().filter(|text| text.chars().count() == 8).count();
        assert!((23_000..25_000).contains(&green), "{green} of 200,000 new-energy cars");
        let large = Plate::of(3, 9, VehicleClass::Truck).expect("it has one");
        assert_eq!(large.colour, PlateColour::Yellow);
        assert_eq!(Plate::of(3, 9, VehicleClass::TwoWheeler), None);
        assert_ne!(Plate::of(3, 9, VehicleClass::Car), Plate::of(4, 9, VehicleClass::Car));
    }

    #[test]
    fn a_confused_plate_differs_in_one_sign_of_its_serial() {
        for sign in SIGNS.iter().map(|&sign| sign as char) {
            let other = looks_like(sign);
            assert!(other != sign && SIGNS.contains(&(other as u8)), "{sign} {other}");
        }
        for vehicle in 0..2_000 {
            for class in [VehicleClass::Car, VehicleClass::Bus, VehicleClass::Emergency] {
                let plate = Plate::of(1, vehicle, class).expect("it has one");
                let read = plate.confused(f32::from(vehicle as u8) / 256.0);
                let pairs = plate.text.chars().zip(read.text.chars()).enumerate();
                let differ: Vec<usize> =
                    pairs.filter(|(_, (a, b))| a != b).map(|(at, _)| at).collect();
                assert!(matches!(differ[..], [at] if at >= 2), "{} {}", plate.text, read.text);
            }
        }
    }
}
