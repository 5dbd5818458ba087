//! The networks: data. What a net is made from, how much drives on it, and whether anybody had looked at
//! it before it was judged.

/// The quarter in OpenStreetMap's form, drawn by hand for this: no data of the map.
pub(super) const QUARTER: &str = include_str!("../quarter.osm");

/// Where a net comes from: words for SUMO's tool.
pub(super) enum Source {
    Generated(&'static str),
    Quarter(&'static str),
}

/// What is changed in the file that the tool made.
pub(super) enum Change {
    Nothing,
    /// Programs begin 37 s after each other.
    Offsets,
    /// Actuated programs run as they stand.
    Static,
}

/// The cycle and the step of [`Change::Offsets`], seconds.
const CYCLE: usize = 90;
const AFTER: usize = 37;

impl Change {
    pub(super) fn of(&self, text: &str) -> String {
        match self {
            Self::Nothing => text.to_owned(),
            Self::Static => text.replace("type=\"actuated\"", "type=\"static\""),
            Self::Offsets => {
                let parts = text.split("offset=\"0\"").enumerate();
                let before = |(index, part): (usize, &str)| match index {
                    0 => part.to_owned(),
                    _ => format!("offset=\"{}\"{part}", index * AFTER % CYCLE),
                };
                parts.map(before).collect()
            }
        }
    }
}

/// A net.
pub(super) struct Net {
    pub(super) name: &'static str,
    pub(super) folder: &'static str,
    pub(super) source: Source,
    /// Seconds from one departure to the next, and the seed of the trips.
    pub(super) period: &'static str,
    pub(super) seed: &'static str,
    pub(super) change: Change,
    /// Nobody had looked at it.
    pub(super) is_held_out: bool,
}

/// First those that nobody had looked at.
pub(super) const NETS: &[Net] = &[
    Net {
        name: "grid 4 by 7, signals, one lane",
        folder: "b01",
        source: Source::Generated(
            "--grid --grid.x-number 4 --grid.y-number 7 --grid.length 190 \
             --grid.attach-length 190 --default-junction-type traffic_light",
        ),
        period: "2.6",
        seed: "31",
        change: Change::Nothing,
        is_held_out: true,
    },
    Net {
        name: "grid 6 by 3, signals, two lanes and one for turning",
        folder: "b02",
        source: Source::Generated(
            "--grid --grid.x-number 6 --grid.y-number 3 --grid.length 270 \
             --grid.attach-length 270 --default-junction-type traffic_light \
             --default.lanenumber 2 --turn-lanes 1",
        ),
        period: "1.2",
        seed: "32",
        change: Change::Nothing,
        is_held_out: true,
    },
    Net {
        name: "grid 3 by 4, signals, three lanes, heavy",
        folder: "b03",
        source: Source::Generated(
            "--grid --grid.x-number 3 --grid.y-number 4 --grid.length 320 \
             --grid.attach-length 320 --default-junction-type traffic_light \
             --default.lanenumber 3",
        ),
        period: "0.75",
        seed: "33",
        change: Change::Nothing,
        is_held_out: true,
    },
    Net {
        name: "grid 6 by 6, signals, one lane, no turning back, heavy",
        folder: "b04",
        source: Source::Generated(
            "--grid --grid.x-number 6 --grid.y-number 6 --grid.length 170 \
             --grid.attach-length 170 --default-junction-type traffic_light \
             --no-turnarounds",
        ),
        period: "1.5",
        seed: "34",
        change: Change::Nothing,
        is_held_out: true,
    },
    Net {
        name: "spider, 7 arms, priority",
        folder: "b05",
        source: Source::Generated(
            "--spider --spider.arm-number 7 --spider.circle-number 2 --spider.space-radius \
             170 --default-junction-type priority",
        ),
        period: "3.0",
        seed: "35",
        change: Change::Nothing,
        is_held_out: true,
    },
    Net {
        name: "spider, 5 arms, signals, two lanes",
        folder: "b06",
        source: Source::Generated(
            "--spider --spider.arm-number 5 --spider.circle-number 4 --spider.space-radius \
             140 --default-junction-type traffic_light --default.lanenumber 2",
        ),
        period: "1.8",
        seed: "36",
        change: Change::Nothing,
        is_held_out: true,
    },
    Net {
        name: "random, priority",
        folder: "b07",
        source: Source::Generated(
            "--rand --rand.iterations 90 --seed 23 --default-junction-type priority \
             --rand.random-priority",
        ),
        period: "3.2",
        seed: "37",
        change: Change::Nothing,
        is_held_out: true,
    },
    Net {
        name: "random, guessed signals",
        folder: "b08",
        source: Source::Generated(
            "--rand --rand.iterations 70 --seed 29 --tls.guess --tls.guess.threshold 40",
        ),
        period: "3.0",
        seed: "38",
        change: Change::Nothing,
        is_held_out: true,
    },
    Net {
        name: "grid 6 by 4, right before left, light",
        folder: "b09",
        source: Source::Generated(
            "--grid --grid.x-number 6 --grid.y-number 4 --grid.length 150 \
             --grid.attach-length 150 --default-junction-type right_before_left",
        ),
        period: "4.5",
        seed: "39",
        change: Change::Nothing,
        is_held_out: true,
    },
    Net {
        name: "grid 5 by 6, right before left",
        folder: "b10",
        source: Source::Generated(
            "--grid --grid.x-number 5 --grid.y-number 6 --grid.length 210 \
             --grid.attach-length 210 --default-junction-type right_before_left",
        ),
        period: "2.2",
        seed: "40",
        change: Change::Nothing,
        is_held_out: true,
    },
    Net {
        name: "grid 5 by 4, priority, two lanes",
        folder: "b11",
        source: Source::Generated(
            "--grid --grid.x-number 5 --grid.y-number 4 --grid.length 230 \
             --grid.attach-length 230 --default-junction-type priority --default.lanenumber \
             2 --rand.random-priority",
        ),
        period: "1.5",
        seed: "41",
        change: Change::Nothing,
        is_held_out: true,
    },
    Net {
        name: "grid 4 by 5, signals, two lanes, offsets",
        folder: "b12",
        source: Source::Generated(
            "--grid --grid.x-number 4 --grid.y-number 5 --grid.length 240 \
             --grid.attach-length 240 --default-junction-type traffic_light \
             --default.lanenumber 2",
        ),
        period: "1.2",
        seed: "42",
        change: Change::Offsets,
        is_held_out: true,
    },
    Net {
        name: "grid 5 by 3, programs made for actuation",
        folder: "b13",
        source: Source::Generated(
            "--grid --grid.x-number 5 --grid.y-number 3 --grid.length 280 \
             --grid.attach-length 280 --default-junction-type traffic_light \
             --default.lanenumber 2 --tls.default-type actuated --no-turnarounds",
        ),
        period: "1.3",
        seed: "43",
        change: Change::Static,
        is_held_out: true,
    },
    Net {
        name: "grid 7 by 5, signals, two lanes, short blocks",
        folder: "b14",
        source: Source::Generated(
            "--grid --grid.x-number 7 --grid.y-number 5 --grid.length 120 \
             --grid.attach-length 120 --default-junction-type traffic_light \
             --default.lanenumber 2",
        ),
        period: "1.3",
        seed: "44",
        change: Change::Nothing,
        is_held_out: true,
    },
    Net {
        name: "quarter as of a map",
        folder: "b15",
        source: Source::Quarter(
            "--geometry.remove --roundabouts.guess --junctions.join --tls.guess-signals \
             --tls.discard-simple",
        ),
        period: "3.0",
        seed: "45",
        change: Change::Nothing,
        is_held_out: true,
    },
    Net {
        name: "grid 6 by 4, signals, one lane, light",
        folder: "a01",
        source: Source::Generated(
            "--grid --grid.x-number 6 --grid.y-number 4 --grid.length 220 \
             --grid.attach-length 220 --default-junction-type traffic_light",
        ),
        period: "3.6",
        seed: "11",
        change: Change::Nothing,
        is_held_out: false,
    },
    Net {
        name: "grid 3 by 3, signals, two lanes and one for turning",
        folder: "a02",
        source: Source::Generated(
            "--grid --grid.x-number 3 --grid.y-number 3 --grid.length 300 \
             --grid.attach-length 300 --default-junction-type traffic_light \
             --default.lanenumber 2 --turn-lanes 1",
        ),
        period: "0.9",
        seed: "12",
        change: Change::Nothing,
        is_held_out: false,
    },
    Net {
        name: "grid 4 by 4, three lanes and one for turning",
        folder: "a03",
        source: Source::Generated(
            "--grid --grid.x-number 4 --grid.y-number 4 --grid.length 350 \
             --grid.attach-length 350 --default-junction-type traffic_light \
             --default.lanenumber 3 --turn-lanes 1",
        ),
        period: "0.6",
        seed: "13",
        change: Change::Nothing,
        is_held_out: false,
    },
    Net {
        name: "grid 5 by 5, one lane, no turning back, heavy",
        folder: "a04",
        source: Source::Generated(
            "--grid --grid.x-number 5 --grid.y-number 5 --grid.length 180 \
             --grid.attach-length 180 --default-junction-type traffic_light \
             --no-turnarounds",
        ),
        period: "1.8",
        seed: "14",
        change: Change::Nothing,
        is_held_out: false,
    },
    Net {
        name: "spider, 5 arms, priority",
        folder: "a05",
        source: Source::Generated(
            "--spider --spider.arm-number 5 --spider.circle-number 3 --spider.space-radius \
             150 --default-junction-type priority",
        ),
        period: "2.4",
        seed: "15",
        change: Change::Nothing,
        is_held_out: false,
    },
    Net {
        name: "spider, 6 arms, signals, two lanes",
        folder: "a06",
        source: Source::Generated(
            "--spider --spider.arm-number 6 --spider.circle-number 3 --spider.space-radius \
             160 --default-junction-type traffic_light --default.lanenumber 2",
        ),
        period: "1.6",
        seed: "16",
        change: Change::Nothing,
        is_held_out: false,
    },
    Net {
        name: "random, priority, 60 steps",
        folder: "a07",
        source: Source::Generated(
            "--rand --rand.iterations 60 --seed 5 --default-junction-type priority \
             --rand.random-priority",
        ),
        period: "2.5",
        seed: "17",
        change: Change::Nothing,
        is_held_out: false,
    },
    Net {
        name: "random, guessed signals, two lanes",
        folder: "a08",
        source: Source::Generated(
            "--rand --rand.iterations 80 --seed 9 --tls.guess --tls.guess.threshold 50 \
             --default.lanenumber 2",
        ),
        period: "2.0",
        seed: "18",
        change: Change::Nothing,
        is_held_out: false,
    },
    Net {
        name: "grid 5 by 5, right before left, light",
        folder: "a09",
        source: Source::Generated(
            "--grid --grid.x-number 5 --grid.y-number 5 --grid.length 160 \
             --grid.attach-length 160 --default-junction-type right_before_left",
        ),
        period: "4.0",
        seed: "19",
        change: Change::Nothing,
        is_held_out: false,
    },
    Net {
        name: "grid 4 by 6, right before left",
        folder: "a10",
        source: Source::Generated(
            "--grid --grid.x-number 4 --grid.y-number 6 --grid.length 200 \
             --grid.attach-length 200 --default-junction-type right_before_left",
        ),
        period: "2.0",
        seed: "20",
        change: Change::Nothing,
        is_held_out: false,
    },
    Net {
        name: "grid 4 by 4, priority, two lanes",
        folder: "a11",
        source: Source::Generated(
            "--grid --grid.x-number 4 --grid.y-number 4 --grid.length 250 \
             --grid.attach-length 250 --default-junction-type priority --default.lanenumber \
             2 --rand.random-priority",
        ),
        period: "1.4",
        seed: "21",
        change: Change::Nothing,
        is_held_out: false,
    },
    Net {
        name: "grid 5 by 3, signals, offsets",
        folder: "a12",
        source: Source::Generated(
            "--grid --grid.x-number 5 --grid.y-number 3 --grid.length 260 \
             --grid.attach-length 260 --default-junction-type traffic_light \
             --default.lanenumber 2",
        ),
        period: "1.1",
        seed: "22",
        change: Change::Offsets,
        is_held_out: false,
    },
    Net {
        name: "grid 4 by 4, programs made for actuation",
        folder: "a13",
        source: Source::Generated(
            "--grid --grid.x-number 4 --grid.y-number 4 --grid.length 240 \
             --grid.attach-length 240 --default-junction-type traffic_light \
             --default.lanenumber 2 --tls.default-type actuated --no-turnarounds",
        ),
        period: "1.1",
        seed: "23",
        change: Change::Static,
        is_held_out: false,
    },
    Net {
        name: "grid 6 by 6, signals, short blocks",
        folder: "a14",
        source: Source::Generated(
            "--grid --grid.x-number 6 --grid.y-number 6 --grid.length 110 \
             --grid.attach-length 110 --default-junction-type traffic_light \
             --default.lanenumber 2",
        ),
        period: "1.1",
        seed: "24",
        change: Change::Nothing,
        is_held_out: false,
    },
    Net {
        name: "grid 7 by 2, a lane for turning, 70 km/h",
        folder: "a15",
        source: Source::Generated(
            "--grid --grid.x-number 7 --grid.y-number 2 --grid.length 400 \
             --grid.attach-length 400 --default-junction-type traffic_light --turn-lanes 1 \
             --default.speed 19.44",
        ),
        period: "2.0",
        seed: "25",
        change: Change::Nothing,
        is_held_out: false,
    },
    Net {
        name: "grid 3 by 3, all stop",
        folder: "a16",
        source: Source::Generated(
            "--grid --grid.x-number 3 --grid.y-number 3 --grid.length 200 \
             --grid.attach-length 200 --default-junction-type allway_stop",
        ),
        period: "4.0",
        seed: "26",
        change: Change::Nothing,
        is_held_out: false,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_follow_each_other() {
        let text = Change::Offsets.of("a offset=\"0\" b offset=\"0\" c");
        assert_eq!(text, "a offset=\"37\" b offset=\"74\" c");
    }

    #[test]
    fn each_net_has_a_folder_of_its_own() {
        let folders: std::collections::BTreeSet<&str> = NETS.iter().map(|net| net.folder).collect();
        assert_eq!(folders.len(), NETS.len());
    }
}
