//! What tests of the world share; each uses its own part of it.
#![allow(dead_code)]

pub(crate) mod crossroads;
pub(crate) mod grid;
pub(crate) mod road;
pub(crate) mod shared;
