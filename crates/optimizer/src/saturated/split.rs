//! Greens that are wished for, held to what a cycle has: the nearest to the wishes, in squares, of those
//! that are long enough and fill it. A quadratic knapsack: every green is its wish less one common
//! amount, or its least.

/// `wishes` and `least` are seconds, stage by stage; so is what is given, which sums up to `total`, or to
/// the sum of `least` where that is more.
pub(super) fn split(wishes: &[f64], least: &[f64], total: f64) -> Vec<f64> {
    // Where the common amount rises above a wish less its least, that stage is at its least.
    let mut free: Vec<usize> = (0..wishes.len()).collect();
    let slack = |stage: usize| wishes[stage] - least[stage];
    free.sort_by(|&a, &b| slack(b).total_cmp(&slack(a)));
    let rest = total - least.iter().sum::<f64>();
    if rest <= 0.0 {
        return least.to_vec();
    }
    // So many of the greatest slacks share what is left above the least greens.
    let mut above = 0.0;
    let mut common = 0.0;
    for (count, &stage) in free.iter().enumerate() {
        above += slack(stage);
        common = (above - rest) / (count + 1) as f64;
        if free.get(count + 1).is_none_or(|&next| slack(next) <= common) {
            break;
        }
    }
    let more = |stage: usize| (slack(stage) - common).max(0.0);
    least.iter().enumerate().map(|(stage, least)| least + more(stage)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wishes_that_fill_the_cycle_are_granted() {
        assert_eq!(split(&[20.0, 30.0], &[5.0, 5.0], 50.0), [20.0, 30.0]);
        assert_eq!(split(&[20.0, 30.0], &[5.0, 5.0], 60.0), [25.0, 35.0]);
        assert_eq!(split(&[-40.0, 30.0], &[5.0, 5.0], 40.0), [5.0, 35.0]);
        assert_eq!(split(&[9.0, 9.0], &[5.0, 5.0], 8.0), [5.0, 5.0]);
    }

    proptest! {
        #[test]
        fn no_other_split_is_nearer(
            stages in prop::collection::vec((-50.0..90.0_f64, 4.0..15.0_f64), 1..7),
            more in 1.0..90.0_f64,
            (from, to) in (0..7_usize, 0..7_usize),
            share in 0.0..1.0_f64,
        ) {
            let (wishes, least): (Vec<f64>, Vec<f64>) = stages.into_iter().unzip();
            let total = least.iter().sum::<f64>() + more;
            let greens = split(&wishes, &least, total);
            prop_assert!((greens.iter().sum::<f64>() - total).abs() < 1e-6);
            prop_assert!(greens.iter().zip(&least).all(|(green, least)| green >= least));
            let far = |greens: &[f64]| -> f64 {
                greens.iter().zip(&wishes).map(|(green, wish)| (green - wish).powi(2)).sum()
            };
            // Some seconds from one stage to another make it no better.
            let (from, to) = (from % wishes.len(), to % wishes.len());
            let mut other = greens.clone();
            let moved = (greens[from] - least[from]) * share;
            other[from] -= moved;
            other[to] += moved;
            prop_assert!(far(&other) >= far(&greens) - 1e-6);
        }
    }
}
