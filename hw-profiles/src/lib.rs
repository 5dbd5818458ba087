//! Device profiles: one TOML file per device model, and their reader.
