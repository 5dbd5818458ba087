//! Written by `cargo xtask train-value`; change nothing by hand.
//! Digest of what follows: de8249055aff2aad.

use super::value::Value;

pub(super) const TRAINED: Value = Value { red: 28.65, green: 14.31, queue: 0.87, coming: 20.03 };
