//! People who walk over crossings, and what vehicles must know of them.
//!
//! ```text
//!   comes (rate, by chance) ──▶ waits ──walk, first half free──▶ walks ──▶ over
//!                                │ pushes the button               │ red before it is over: late
//! ```
//!
//! Terms. A crossing lies over one arm, between its stop line and the junction. Its *entry half* is
//! that of the lanes that lead to the junction, its *exit half* that of the lanes that lead away. A
//! half is *held* while somebody walks on it or will in a moment: nobody drives on to it then, neither
//! over the stop line nor out of the junction. People begin during walk only, in the clearance they
//! finish, and finish also after it. Without a signal, or where it flashes or is dark, they take gaps.
//!
//! There are few of them: they are moved by one thread before the vehicles, in the order of the
//! demand, and all chance is by counter.

use network::Network;
use scenario::{Crossing, Demand, SignalSite};
use signal::Aspect;
use units::{GroupId, LinkId, Millis};

use super::ahead::Ahead;
use super::chance::{Use, chance};
use super::entry::{Comer, STANDS};
use super::region::{File, Street};
use super::signals::Light;
use super::tracks::{LEAVES, PathRow, Tracks};

/// How deep a crossing is along the road, with what drivers keep from it, metres.
pub(super) const ZONE: f32 = 4.0;
/// The slowest and the fastest, m/s; between them all are as likely. The mean is 1.2.
const PACE: (f32, f32) = (0.9, 0.6);
/// A half is held from so long before somebody comes to it, seconds: a driver sees it coming.
const FORESEEN: f32 = 2.0;
/// Beyond the time they need for a half, people without a signal want this much, seconds.
const SPARE: f32 = 1.5;
/// The most who come to one crossing in a step: ten an hour for each second of it is beyond any rate
/// that a file may give.
const PEOPLE_A_STEP: u32 = 16;

/// What people see.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Shown {
    Walk,
    Clearance,
    Wait,
    /// Nothing that tells them.
    Nothing,
}

#[derive(Clone, Copy, Debug)]
struct Person {
    /// Metres from the kerb where it began.
    at: f32,
    pace: f32,
    /// Whether it comes from the side of the lanes that lead to the junction.
    from_entry: bool,
    came: Millis,
}

/// Lanes of one half, and the paths over it.
#[derive(Clone, Debug, Default)]
struct Half {
    width: f32,
    lanes: Vec<u32>,
    paths: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Walk {
    number: u32,
    ruled: Option<(usize, GroupId)>,
    rates: Vec<(Millis, Millis, f64)>,
    entry: Half,
    exit: Half,
    shown: Shown,
    came: u32,
    waiting: Vec<Person>,
    walking: Vec<Person>,
}

/// All crossings that anybody uses.
#[derive(Clone, Debug, Default)]
pub(super) struct Walkers {
    walks: Vec<Walk>,
    /// For each path whether its entry and its exit are held; empty where nobody walks.
    held: Vec<[bool; 2]>,
    summary: WalkerSummary,
    waited: Millis,
    longest: Millis,
}

/// What was measured of the people who walk.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct WalkerSummary {
    /// Who has come to a crossing.
    pub came: u64,
    /// Who has begun to cross.
    pub begun: u64,
    /// Who is over.
    pub crossed: u64,
    /// Who was still on a crossing when its clearance ended.
    pub late: u64,
    /// The mean time from coming to beginning, seconds.
    pub mean_wait_s: f64,
    /// The longest so far, those who still wait among them, seconds.
    pub longest_wait_s: f64,
}

impl Walkers {
    /// Nobody yet, at the crossings that the demand's pedestrians use. What the demand says of
    /// crossings that are not there is left out: [`scenario::crossings`] tells of it.
    pub(super) fn new(
        network: &Network,
        signals: &[SignalSite],
        demand: &Demand,
        tracks: &Tracks,
    ) -> Self {
        if demand.pedestrians.is_empty() {
            return Self::default();
        }
        let (crossings, _) = scenario::crossings(network, signals, demand);
        let walks = (0..).zip(crossings).map(|(number, crossing)| walk(number, crossing, tracks));
        Self {
            walks: walks.collect(),
            held: vec![[false; 2]; tracks.paths.len()],
            summary: WalkerSummary::default(),
            waited: Millis::ZERO,
            longest: Millis::ZERO,
        }
    }

    /// Whether anybody walks anywhere.
    pub(super) fn is_any(&self) -> bool {
        !self.walks.is_empty()
    }

    /// Whether nobody may drive over the stop line of a path.
    pub(super) fn holds_entry(&self, path: u32) -> bool {
        self.held.get(path as usize).is_some_and(|held| held[0])
    }

    /// Whether nobody may leave the junction at the end of a path.
    pub(super) fn holds_exit(&self, path: u32) -> bool {
        self.held.get(path as usize).is_some_and(|held| held[1])
    }

    pub(super) fn summary(&self) -> WalkerSummary {
        let begun = self.summary.begun.max(1) as f64;
        let mean_wait_s = self.waited.as_secs_f64() / begun;
        let longest_wait_s = self.longest.as_secs_f64();
        WalkerSummary { mean_wait_s, longest_wait_s, ..self.summary }
    }

    /// On how many halves somebody walks while a vehicle moves over it.
    pub(super) fn met(&self, street: &Street<'_>) -> usize {
        let met = |walk: &&Walk| {
            [true, false].into_iter().any(|entry| {
                let on = |person: &Person| {
                    let (begin, end) = walk.span(person, entry);
                    (begin..end).contains(&person.at)
                };
                walk.walking.iter().any(on) && walk.is_driven_over(street, entry)
            })
        };
        self.walks.iter().filter(met).count()
    }

    /// The groups, each with its signal, for which somebody waits.
    pub(super) fn calls(&self) -> impl Iterator<Item = (usize, GroupId)> {
        let waits = |walk: &&Walk| !walk.waiting.is_empty() && walk.shown != Shown::Walk;
        self.walks.iter().filter(waits).filter_map(|walk| walk.ruled)
    }

    /// Who waits for each group, where anybody does: its signal, how many, and since when the first.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (usize, GroupId, u32, Millis)> {
        self.walks.iter().filter_map(|walk| {
            let (signal, group) = walk.ruled?;
            let first = walk.waiting.first()?.came;
            Some((signal, group, u32::try_from(walk.waiting.len()).unwrap_or(u32::MAX), first))
        })
    }

    /// One step of everybody who walks, and what is held after it.
    pub(super) fn step(&mut self, street: &Street<'_>, now: Millis) {
        self.held.fill([false; 2]);
        let mut walks = std::mem::take(&mut self.walks);
        for walk in &mut walks {
            walk.arrive(street, now);
            self.move_on(walk, street);
            self.begin(walk, street, now);
            for (half, at) in [(&walk.entry, 0), (&walk.exit, 1)] {
                if walk.walking.iter().any(|person| walk.holds(person, at == 0)) {
                    half.paths.iter().for_each(|&path| self.held[path as usize][at] = true);
                }
            }
        }
        let waiting = walks.iter().flat_map(|walk| &walk.waiting);
        let longest = waiting.map(|person| now - person.came).max();
        self.longest = self.longest.max(longest.unwrap_or(Millis::ZERO));
        self.summary.came = walks.iter().map(|walk| u64::from(walk.came)).sum();
        self.walks = walks;
    }

    fn move_on(&mut self, walk: &mut Walk, street: &Street<'_>) {
        let length = walk.entry.width + walk.exit.width;
        walk.walking.iter_mut().for_each(|person| person.at += person.pace * street.dt);
        let before = walk.walking.len();
        walk.walking.retain(|person| person.at < length);
        self.summary.crossed += (before - walk.walking.len()) as u64;
        let shown = walk.shows(street);
        if walk.shown == Shown::Clearance && shown == Shown::Wait {
            self.summary.late += walk.walking.len() as u64;
        }
        walk.shown = shown;
    }

    fn begin(&mut self, walk: &mut Walk, street: &Street<'_>, now: Millis) {
        if walk.waiting.is_empty() || matches!(walk.shown, Shown::Clearance | Shown::Wait) {
            return;
        }
        let mut waiting = std::mem::take(&mut walk.waiting);
        waiting.retain(|person| {
            if !walk.may_begin(street, person) {
                return true;
            }
            self.summary.begun += 1;
            self.waited += now - person.came;
            self.longest = self.longest.max(now - person.came);
            walk.walking.push(*person);
            false
        });
        walk.waiting = waiting;
    }
}

fn walk(number: u32, crossing: Crossing, tracks: &Tracks) -> Walk {
    let lanes = |link: Option<LinkId>| {
        let row = link.map(|link| &tracks.links[link.index()]);
        row.map_or(Vec::new(), |row| (row.first_lane..row.first_lane + row.lanes).collect())
    };
    let half = |link: Option<LinkId>, width: f64| Half {
        width: width as f32,
        lanes: lanes(link),
        paths: Vec::new(),
    };
    let mut entry = half(crossing.entry, crossing.widths[0].0);
    let mut exit = half(crossing.exit, crossing.widths[1].0);
    let from = |&lane: &u32| tracks.lanes[lane as usize].paths.clone();
    entry.paths = entry.lanes.iter().flat_map(from).collect();
    exit.paths = exit.lanes.iter().flat_map(|&lane| tracks.into(lane).iter().copied()).collect();
    Walk {
        number,
        ruled: crossing.ruled,
        rates: crossing.rates,
        entry,
        exit,
        shown: Shown::Wait,
        came: 0,
        waiting: Vec::new(),
        walking: Vec::new(),
    }
}

impl Walk {
    fn shows(&self, street: &Street<'_>) -> Shown {
        let Some((signal, group)) = self.ruled else { return Shown::Nothing };
        match street.signals.aspect(signal, group) {
            Aspect::Green => Shown::Walk,
            Aspect::FlashingGreen => Shown::Clearance,
            Aspect::Dark | Aspect::FlashingYellow => Shown::Nothing,
            Aspect::Red | Aspect::RedYellow | Aspect::Yellow => Shown::Wait,
        }
    }

    /// Who comes in this step.
    fn arrive(&mut self, street: &Street<'_>, now: Millis) {
        // The step that ends at `now`: of two slices that follow each other it belongs to one.
        let on = self.rates.iter().filter(|(from, until, _)| *from < now && now <= *until);
        let expected = on.map(|rate| rate.2).sum::<f64>() * f64::from(street.dt) / 3_600.0;
        let seed = street.settings.seed;
        let rest = chance(seed, Use::Walker, self.number, street.step);
        let more = u32::from(f64::from(rest) < expected.fract());
        for _ in 0..(expected as u32 + more).min(PEOPLE_A_STEP) {
            let luck = |what| chance(seed, what, self.number, self.came);
            let from_entry = luck(Use::WalkerSide) < 0.5;
            let pace = PACE.0 + PACE.1 * luck(Use::WalkerPace);
            self.came += 1;
            self.waiting.push(Person { at: 0.0, pace, from_entry, came: now });
        }
    }

    /// Where a half begins and ends for a person, metres from its kerb.
    fn span(&self, person: &Person, entry: bool) -> (f32, f32) {
        let (entry_width, exit_width) = (self.entry.width, self.exit.width);
        match (person.from_entry, entry) {
            (true, true) => (0.0, entry_width),
            (true, false) => (entry_width, entry_width + exit_width),
            (false, false) => (0.0, exit_width),
            (false, true) => (exit_width, entry_width + exit_width),
        }
    }

    fn holds(&self, person: &Person, entry: bool) -> bool {
        let (begin, end) = self.span(person, entry);
        person.at + FORESEEN * person.pace >= begin && person.at < end
    }

    /// Whether a person steps on to the road: nobody is on the half before it or cannot stop any
    /// more; where no signal speaks for it, nobody comes on either half before it has left it.
    fn may_begin(&self, street: &Street<'_>, person: &Person) -> bool {
        let first = person.from_entry;
        let (near, far) = (self.span(person, first), self.span(person, !first));
        if !self.is_free(street, first, near.1 / person.pace) {
            return false;
        }
        self.shown == Shown::Walk || self.is_free(street, !first, far.1 / person.pace)
    }

    fn is_free(&self, street: &Street<'_>, entry: bool, needs: f32) -> bool {
        let gap = (self.shown != Shown::Walk).then_some(needs + SPARE);
        if entry { self.entry_is_free(street, gap) } else { self.exit_is_free(street, gap) }
    }

    /// Whether a vehicle moves over a half.
    fn is_driven_over(&self, street: &Street<'_>, entry: bool) -> bool {
        let half = if entry { &self.entry } else { &self.exit };
        half.paths.iter().any(|&path| {
            let file = street.file(street.tracks.of_path(path));
            let length = street.path(path).length;
            (0..file.len()).any(|index| {
                let (front, speed) = (file.position[index], file.speed[index]);
                let rear = front - street.kind(&file.tag[index]).length;
                let over = if entry { rear < ZONE } else { front > length - ZONE };
                over && speed > STANDS
            })
        })
    }

    fn entry_is_free(&self, street: &Street<'_>, gap: Option<f32>) -> bool {
        let on_it = self.entry.paths.iter().any(|&path| {
            street.tail(street.tracks.of_path(path)).is_some_and(|(rear, _)| rear < ZONE)
        });
        !on_it
            && self.entry.lanes.iter().all(|&lane| {
                let length = street.tracks.lanes[lane as usize].length;
                street.keeps_off(lane as usize, length, gap, |path| {
                    path >= LEAVES - 1 || street.signals.light(path) == Light::Stop
                })
            })
    }

    fn exit_is_free(&self, street: &Street<'_>, gap: Option<f32>) -> bool {
        let on_it = self
            .exit
            .lanes
            .iter()
            .any(|&lane| street.tail(lane as usize).is_some_and(|(rear, _)| rear < 0.0));
        !on_it
            && self.exit.paths.iter().all(|&path| {
                let row = street.path(path);
                let line = row.length - ZONE;
                street.keeps_off(street.tracks.of_path(path), line, gap, |_| false)
                    && gap.is_none_or(|gap| {
                        street.arrival(path, row, line, gap).is_none_or(|arrival| arrival > gap)
                    })
            })
    }
}

impl Ahead {
    /// Who is on a path whose end is held stops before the crossing there.
    pub(super) fn see_walkers(
        &mut self,
        street: &Street<'_>,
        first: usize,
        file: &File<'_>,
        row: &PathRow,
    ) {
        let line = row.length - ZONE;
        let index = file.position.partition_point(|&position| position > line);
        if index == file.len() || !street.walkers.holds_exit(file.tag[index].path) {
            return;
        }
        let kind = street.kind(&file.tag[index]);
        let (left, speed) = (line - file.position[index], file.speed[index]);
        if speed * speed <= 2.0 * kind.brake_max * left {
            self.stop_at(first + index, left, kind);
            self.bars.push((first + index, line));
        }
    }

    /// Who enters a path whose end is held drives up to the crossing there.
    pub(super) fn see_walkers_beyond(
        &mut self,
        street: &Street<'_>,
        at: usize,
        comer: &Comer<'_>,
        row: &PathRow,
    ) {
        if street.walkers.holds_exit(comer.tag.path) {
            self.stop_at(at, comer.distance + row.length - ZONE, comer.kind);
        }
    }
}

impl Street<'_> {
    /// Whether nobody on a track is beyond a line, too near to stop before it, or, where a gap is
    /// wanted, over it within that time.
    fn keeps_off(
        &self,
        track: usize,
        line: f32,
        gap: Option<f32>,
        is_held: impl Fn(u32) -> bool,
    ) -> bool {
        let file = self.file(track);
        let limit = self.tracks.limit(track);
        (0..file.len()).all(|index| {
            let (speed, tag) = (file.speed[index], &file.tag[index]);
            let kind = self.kind(tag);
            let distance = line - file.position[index];
            if distance < 0.0 {
                return false;
            }
            if is_held(tag.path) && speed * speed <= 2.0 * kind.brake_max * distance {
                return true;
            }
            let stops = speed * speed <= 2.0 * kind.deceleration * distance;
            let comer = Comer { distance, speed, tag, kind };
            stops && gap.is_none_or(|gap| speed < STANDS || comer.reaches(distance, limit) > gap)
        })
    }
}
