//! Plans by the time of day, from counts: where the day is cut, and which pieces share a plan.
//!
//! Each day is a row of slots, each slot the volumes of all movements then. A day is cut by dynamic
//! programming where the volumes within a piece differ least from its mean (least squares, as Fisher
//! 1958 groups a line), into as few pieces as still tell most of the difference. Then pieces that are
//! alike, of any day, share a plan.

/// The most plans that are made: more are not maintained by anybody.
pub const PLANS_MAX: usize = 6;
/// The most pieces of one day.
pub const PIECES_MAX: usize = 8;
/// The shortest piece, minutes: a change of plan costs a few cycles out of step.
pub const PIECE_LEAST_MINUTES: u32 = 45;
/// A further cut must explain so much of the difference within a day.
const GAIN_LEAST: f64 = 0.015;
/// Pieces whose volumes differ by less than this share are alike.
const ALIKE: f64 = 0.15;

/// The volumes of all movements in one slot, vehicles an hour.
pub type Slot = Vec<f64>;

/// A piece of a day: from one slot until before another, and its plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Its first slot.
    pub from: usize,
    /// The slot after its last.
    pub until: usize,
    /// Which of the plans.
    pub plan: usize,
}

/// Plans for days.
#[derive(Clone, PartialEq, Debug)]
pub struct Days {
    /// Each day's pieces, in order, without gaps.
    pub days: Vec<Vec<Piece>>,
    /// What each plan is made for: the mean volumes of the busier half of its slots.
    pub plans: Vec<Slot>,
}

/// Cuts days into pieces and gives them plans, at most `most` and [`PLANS_MAX`]. All slots have as many
/// movements, all days as many slots.
#[must_use]
pub fn plan_days(days: &[Vec<Slot>], slot_minutes: u32, most: usize) -> Days {
    let least = PIECE_LEAST_MINUTES.div_ceil(slot_minutes.max(1)).max(1) as usize;
    let mut pieces: Vec<(usize, Piece)> = Vec::new();
    for (day, slots) in days.iter().enumerate() {
        for (from, until) in cut(slots, least) {
            let plan = pieces.len();
            pieces.push((day, Piece { from, until, plan }));
        }
    }
    share_plans(days, &mut pieces, most.clamp(1, PLANS_MAX));
    let count = pieces.iter().map(|(_, piece)| piece.plan + 1).max().unwrap_or(0);
    let plans = (0..count).map(|plan| design(days, &pieces, plan)).collect();
    let mut tables: Vec<Vec<Piece>> = vec![Vec::new(); days.len()];
    for (day, piece) in pieces {
        match tables[day].last_mut() {
            Some(last) if last.plan == piece.plan => last.until = piece.until,
            _ => tables[day].push(piece),
        }
    }
    Days { days: tables, plans }
}

/// Sums of volumes and of their squares from the begin of a day, so that the difference within any
/// piece is looked up.
struct Sums {
    volumes: Vec<Slot>,
    squares: Vec<f64>,
}

impl Sums {
    fn of(slots: &[Slot]) -> Self {
        let width = slots.first().map_or(0, Vec::len);
        let (mut volumes, mut squares) = (vec![vec![0.0; width]], vec![0.0]);
        for slot in slots {
            let last = &volumes[volumes.len() - 1];
            volumes.push(last.iter().zip(slot).map(|(sum, v)| sum + v).collect());
            squares.push(squares[squares.len() - 1] + slot.iter().map(|v| v * v).sum::<f64>());
        }
        Self { volumes, squares }
    }

    /// The squares of what differs from the mean.
    fn within(&self, from: usize, until: usize) -> f64 {
        let pairs = self.volumes[until].iter().zip(&self.volumes[from]);
        let squares: f64 = pairs.map(|(b, a)| (b - a) * (b - a)).sum();
        (self.squares[until] - self.squares[from] - squares / (until - from) as f64).max(0.0)
    }
}

/// The pieces of one day, each of at least `least` slots.
fn cut(slots: &[Slot], least: usize) -> Vec<(usize, usize)> {
    let count = slots.len();
    if count == 0 {
        return Vec::new();
    }
    let sums = Sums::of(slots);
    let whole = sums.within(0, count);
    let most = (count / least).clamp(1, PIECES_MAX);
    // best[k][j]: the first j slots in k + 1 pieces, and where the last of them begins.
    let mut best: Vec<Vec<(f64, usize)>> = Vec::new();
    for pieces in 0..most {
        let row = (0..=count).map(|until| {
            if pieces == 0 {
                let cost = if until < least { f64::INFINITY } else { sums.within(0, until) };
                return (cost, 0);
            }
            (0..=until.saturating_sub(least)).fold((f64::INFINITY, 0), |found, from| {
                let before: f64 = best[pieces - 1][from].0;
                if !before.is_finite() || until - from < least {
                    return found;
                }
                let cost = before + sums.within(from, until);
                if cost < found.0 { (cost, from) } else { found }
            })
        });
        let row: Vec<(f64, usize)> = row.collect();
        best.push(row);
    }
    let mut pieces = 1;
    while pieces < most && best[pieces - 1][count].0 - best[pieces][count].0 > GAIN_LEAST * whole {
        pieces += 1;
    }
    let (mut until, mut cuts) = (count, Vec::new());
    for row in best[..pieces].iter().rev() {
        let from = row[until].1;
        cuts.push((from, until));
        until = from;
    }
    cuts.reverse();
    cuts
}

/// Lets pieces share plans: the two plans that differ least become one, as long as there are too many or
/// they are alike. Plans are numbered as they first come.
fn share_plans(days: &[Vec<Slot>], pieces: &mut [(usize, Piece)], most: usize) {
    loop {
        let mut plans: Vec<usize> = pieces.iter().map(|(_, piece)| piece.plan).collect();
        plans.sort_unstable();
        plans.dedup();
        let means: Vec<Slot> = plans.iter().map(|&plan| mean(days, pieces, plan)).collect();
        let mut nearest: Option<(f64, usize, usize)> = None;
        for a in 0..plans.len() {
            for b in a + 1..plans.len() {
                let apart = apart(&means[a], &means[b]);
                if nearest.is_none_or(|(least, ..)| apart < least) {
                    nearest = Some((apart, plans[a], plans[b]));
                }
            }
        }
        let Some((apart, kept, gone)) = nearest else { break };
        if plans.len() <= most && apart >= ALIKE {
            break;
        }
        pieces.iter_mut().filter(|(_, p)| p.plan == gone).for_each(|(_, p)| p.plan = kept);
    }
    let mut order: Vec<usize> = Vec::new();
    for (_, piece) in pieces {
        let known = order.iter().position(|&plan| plan == piece.plan);
        piece.plan = known.unwrap_or_else(|| {
            order.push(piece.plan);
            order.len() - 1
        });
    }
}

/// By how much two volumes differ, as a share of the larger.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    let difference: f64 = a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum();
    let larger = a.iter().sum::<f64>().max(b.iter().sum());
    if larger > 0.0 { difference / larger } else { 0.0 }
}

fn slots_of<'d>(
    days: &'d [Vec<Slot>],
    pieces: &'d [(usize, Piece)],
    plan: usize,
) -> impl Iterator<Item = &'d Slot> {
    let own = pieces.iter().filter(move |(_, piece)| piece.plan == plan);
    own.flat_map(|&(day, piece)| &days[day][piece.from..piece.until])
}

fn mean(days: &[Vec<Slot>], pieces: &[(usize, Piece)], plan: usize) -> Slot {
    mean_of(&slots_of(days, pieces, plan).collect::<Vec<_>>())
}

fn mean_of(slots: &[&Slot]) -> Slot {
    let mut sum = vec![0.0; slots.first().map_or(0, |slot| slot.len())];
    for slot in slots {
        sum.iter_mut().zip(*slot).for_each(|(sum, v)| *sum += v);
    }
    sum.iter_mut().for_each(|sum| *sum /= slots.len().max(1) as f64);
    sum
}

/// A plan must hold when there is more than in the mean.
fn design(days: &[Vec<Slot>], pieces: &[(usize, Piece)], plan: usize) -> Slot {
    let mut slots: Vec<&Slot> = slots_of(days, pieces, plan).collect();
    let total = |slot: &Slot| slot.iter().sum::<f64>();
    slots.sort_by(|a, b| total(b).total_cmp(&total(a)));
    slots.truncate(slots.len().div_ceil(2));
    mean_of(&slots)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 96 quarters: night, a morning peak in one direction, day, an evening peak in the other, night.
    fn workday() -> Vec<Slot> {
        let of = |slot: usize| match slot {
            28..36 => vec![900.0, 300.0],
            36..66 => vec![500.0, 500.0],
            66..76 => vec![300.0, 950.0],
            24..28 | 76..88 => vec![250.0, 250.0],
            _ => vec![60.0, 60.0],
        };
        (0..96).map(of).collect()
    }

    #[test]
    fn a_day_is_cut_at_its_peaks_and_both_nights_share_a_plan() {
        let found = plan_days(&[workday()], 15, PLANS_MAX);
        let day = &found.days[0];
        let begins: Vec<usize> = day.iter().map(|piece| piece.from).collect();
        for peak in [28, 36, 66, 76] {
            assert!(begins.contains(&peak), "{begins:?}");
        }
        let of = |slot| day.iter().find(|p| (p.from..p.until).contains(&slot)).map(|p| p.plan);
        assert_eq!(of(3), of(93), "both nights");
        assert_ne!(of(30), of(70), "the two peaks");
        let morning = of(30).expect("a plan");
        assert!((found.plans[morning][0] - 900.0).abs() < 1e-9, "{:?}", found.plans);
    }

    #[test]
    fn days_that_are_alike_have_the_same_plans_and_few_are_asked_for_few_are_made() {
        let two = plan_days(&[workday(), workday()], 15, PLANS_MAX);
        assert_eq!(two.days[0], two.days[1]);
        for most in 1..5 {
            assert!(plan_days(&[workday()], 15, most).plans.len() <= most);
        }
        let even = plan_days(&[vec![vec![100.0]; 24]], 60, PLANS_MAX);
        assert_eq!((even.plans.len(), even.days[0].len()), (1, 1));
        assert_eq!(plan_days(&[], 15, 3).plans.len(), 0);
    }

    proptest! {
        #[test]
        fn pieces_cover_the_day_and_none_is_too_short(
            volumes in prop::collection::vec(0.0..1_000.0_f64, 96),
            most in 1_usize..7,
        ) {
            let day: Vec<Slot> = volumes.iter().map(|&v| vec![v, 1_000.0 - v]).collect();
            let found = plan_days(&[day], 15, most);
            prop_assert!(found.plans.len() <= most);
            let mut at = 0;
            for piece in &found.days[0] {
                prop_assert!(piece.from == at && piece.until >= at + 3);
                at = piece.until;
            }
            prop_assert_eq!(at, 96);
        }
    }
}
