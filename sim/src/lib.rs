//! The made-up street: microsimulation, virtual cabinets, faults, checker, harness.
