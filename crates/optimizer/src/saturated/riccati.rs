//! The gain of a linear-quadratic regulator, by structure-preserving doubling (Chu, Fan, Lin and Wang
//! 2004): each step doubles how far ahead is looked, so that a dozen of them are for ever.

use nalgebra::DMatrix;

/// Steps: 4,096 cycles are days.
const STEPS_MAX: usize = 12;
/// A change of the value by no more than this share ends it.
const CLOSE: f64 = 1e-9;

/// `L` of `u = -L x`, which makes the sum over all times of `xᵀQx + uᵀRu` least under
/// `x(k+1) = A x(k) + B u(k)`. `A`, `Q` are square and of one size, `B` has as many rows, `R` is square
/// and as wide as `B`. `Q` and `R` are symmetric, `R` is positive definite; what of `x` cannot be moved
/// by `u` must fade under `A`.
///
/// None, where the equation has no such solution.
pub(super) fn gain(
    a: &DMatrix<f64>,
    b: &DMatrix<f64>,
    q: &DMatrix<f64>,
    r: &DMatrix<f64>,
) -> Option<DMatrix<f64>> {
    let value = value(a, b, q, r)?;
    let moved = b.transpose() * &value;
    (r + &moved * b).cholesky().map(|solved| solved.solve(&(moved * a)))
}

/// The solution `X` of `X = AᵀXA - AᵀXB (R + BᵀXB)⁻¹ BᵀXA + Q`.
fn value(
    a: &DMatrix<f64>,
    b: &DMatrix<f64>,
    q: &DMatrix<f64>,
    r: &DMatrix<f64>,
) -> Option<DMatrix<f64>> {
    let size = a.nrows();
    let mut a = a.clone();
    let mut g = b * r.clone().cholesky()?.solve(&b.transpose());
    let mut h = q.clone();
    for _ in 0..STEPS_MAX {
        let inner = (DMatrix::identity(size, size) + &g * &h).lu();
        let (over_a, over_g) = (inner.solve(&a)?, inner.solve(&g)?);
        let more = a.transpose() * &h * &over_a;
        g += &a * over_g * a.transpose();
        a = &a * over_a;
        h += &more;
        // Symmetric but for rounding.
        h = (&h + h.transpose()) * 0.5;
        g = (&g + g.transpose()) * 0.5;
        if more.norm() <= CLOSE * h.norm() {
            break;
        }
    }
    h.iter().all(|entry| entry.is_finite()).then_some(h)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A matrix of this size from numbers.
    fn matrix(rows: usize, columns: usize, from: &[f64]) -> DMatrix<f64> {
        DMatrix::from_fn(rows, columns, |row, column| from[row * columns + column])
    }

    #[test]
    fn a_single_lane_is_as_by_hand() {
        // X = X - X² b² / (r + b² X) + q with a = b = q = r = 1: X is the golden ratio.
        let one = DMatrix::from_element(1, 1, 1.0);
        let gain = gain(&one, &one, &one, &one).unwrap();
        let golden = f64::midpoint(1.0, 5.0_f64.sqrt());
        assert!((gain[(0, 0)] - golden / (1.0 + golden)).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn it_solves_the_equation_and_no_other_gain_costs_less(
            a in prop::collection::vec(-0.9..0.9_f64, 9),
            b in prop::collection::vec(-1.0..1.0_f64, 6),
            weights in prop::collection::vec(0.1..2.0_f64, 5),
            nudge in prop::collection::vec(-0.05..0.05_f64, 6),
        ) {
            let (a, b) = (matrix(3, 3, &a) * 0.5, matrix(3, 2, &b));
            let q = DMatrix::from_diagonal(&weights[..3].to_vec().into());
            let r = DMatrix::from_diagonal(&weights[3..].to_vec().into());
            let x = value(&a, &b, &q, &r).unwrap();
            let l = gain(&a, &b, &q, &r).unwrap();
            let back = a.transpose() * &x * &a - a.transpose() * &x * &b * &l + &q;
            prop_assert!((&back - &x).norm() < 1e-6 * x.norm(), "{}", (back - x).norm());
            let cost = |l: &DMatrix<f64>| {
                let mut state = DMatrix::from_element(3, 1, 1.0);
                let mut sum = 0.0;
                for _ in 0..300 {
                    let action = -(l * &state);
                    sum += (state.transpose() * &q * &state)[(0, 0)];
                    sum += (action.transpose() * &r * &action)[(0, 0)];
                    state = &a * state + &b * action;
                }
                sum
            };
            let other = &l + matrix(2, 3, &nudge);
            prop_assert!(cost(&l) <= cost(&other) * (1.0 + 1e-9));
        }
    }
}
