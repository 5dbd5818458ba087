//! What tests of the world share.

pub(crate) mod crossroads;
