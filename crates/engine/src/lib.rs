//! The daemon's whole mind as one state machine, without I/O.
