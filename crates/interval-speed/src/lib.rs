//! The average speed between two cameras, as values: passages, matches, speeds with their bounds, and
//! evidence that can be checked by somebody else.

pub mod evidence;
