//! The safety kernel: groups, stages, conflicts, plans, controller, interlock, monitor, fallback.
