//! How long bytes take on a serial line.

use field::wire::{TURN_ROUND, TURN_ROUND_MAX, Wire};
use units::Millis;

fn wire(baud: u32) -> Wire {
    Wire { baud, bits: 11 }
}

#[test]
fn a_character_takes_its_bits_and_a_silence_three_and_a_half() {
    for (baud, characters, gap) in
        [(1_200, 9_167, 32_084), (9_600, 1_146, 4_011), (19_200, 573, 2_006), (115_200, 96, 1_750)]
    {
        assert_eq!(wire(baud).characters_us(1), characters, "{baud}");
        assert_eq!(wire(baud).gap_us(), gap, "{baud}");
        assert!(wire(baud).gap() * 1_000 >= Millis(i64::try_from(gap).expect("small")));
    }
    assert_eq!(wire(9_600).gap(), Millis(5));
    assert_eq!(Wire { baud: 9_600, bits: 10 }.characters_us(96), 100_000);
    // Nobody's speed is 0; it must not be divided by.
    assert!(wire(0).characters_us(1) > 0);
}

#[test]
fn a_transaction_is_both_frames_their_silences_and_the_devices_time() {
    // Worked out by hand for two and 125 registers: 8 bytes there, 5 + 2 N back, 11 bits each.
    for (baud, registers, expected) in
        [(9_600, 2, 38), (9_600, 125, 320), (19_200, 16, 40), (115_200, 52, 25)]
    {
        let took = wire(baud).transaction(5, 2 + 2 * registers);
        assert!((took.0 - expected).abs() <= 2, "{baud}, {registers}: {took}");
        assert!(took > TURN_ROUND);
    }
}

#[test]
fn the_worst_answer_is_longer_than_any_other() {
    for baud in [1_200, 9_600, 19_200, 115_200] {
        let worst = wire(baud).worst_answer();
        assert!(worst > TURN_ROUND_MAX);
        assert!(worst + TURN_ROUND > wire(baud).transaction(0, 253) - wire(baud).gap());
    }
    assert_eq!(wire(9_600).worst_answer(), Millis(348));
}
