//! The mean of a sample and its 95 % interval (Student 1908).

use serde::Serialize;

/// A mean and the interval in which the true one lies with 95 % confidence, where the sample is of
/// independent and nearly normal values.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// The interval of a sample; of fewer than two values it is all numbers.
    #[must_use]
    pub fn of(sample: &[f64]) -> Self {
        let count = sample.len() as f64;
        let mean = sample.iter().sum::<f64>() / count.max(1.0);
        if sample.len() < 2 {
            return Self { mean, low: f64::NEG_INFINITY, high: f64::INFINITY };
        }
        let squares: f64 = sample.iter().map(|value| (value - mean) * (value - mean)).sum();
        let error = (squares / (count - 1.0) / count).sqrt();
        let reach = quantile(sample.len() - 1) * error;
        Self { mean, low: mean - reach, high: mean + reach }
    }
}

/// The 97.5 % quantiles of Student's distribution with 1, 2, … degrees of freedom, as every table of
/// them has it.
const TABLE: [f64; 30] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
];

/// The 97.5 % quantile of Student's distribution with so many degrees of freedom, at least 1. Beyond
/// the table by the expansion of Fisher and Cornish (1960) around the normal quantile.
#[must_use]
pub fn quantile(freedom: usize) -> f64 {
    match TABLE.get(freedom.max(1) - 1) {
        Some(&value) => value,
        None => {
            let (z, n) = (1.959_964_f64, freedom as f64);
            let (z3, z5) = (z.powi(3), z.powi(5));
            z + (z3 + z) / (4.0 * n) + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * n * n)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (freedom, expected) in [
            (1, 12.706),
            (9, 2.262),
            (30, 2.042),
            (31, 2.040),
            (40, 2.021),
            (60, 2.000),
            (120, 1.980),
        ] {
            let got = quantile(freedom);
            assert!((got - expected).abs() < 0.000_6, "{freedom}: {got}, not {expected}");
        }
        assert!((1..300).all(|freedom| quantile(freedom) > quantile(freedom + 1)
            || quantile(freedom) - quantile(freedom + 1) > -1e-3));
        assert!((quantile(1_000_000) - 1.959_96).abs() < 1e-4);
    }

    #[test]
    fn an_interval_worked_out_by_hand() {
        // Mean 3, variance 2.5, standard error 0.7071, t(4) = 2.776.
        let got = Interval::of(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert!((got.mean - 3.0).abs() < 1e-12);
        assert!((got.low - (3.0 - 1.963)).abs() < 1e-3, "{got:?}");
        assert!((got.high - (3.0 + 1.963)).abs() < 1e-3, "{got:?}");
        let same = Interval::of(&[2.0; 8]);
        assert_eq!((same.low, same.high), (2.0, 2.0));
        assert_eq!(Interval::of(&[2.0]).high, f64::INFINITY);
    }
}
