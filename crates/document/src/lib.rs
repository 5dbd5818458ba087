//! Reads a TOML document whole and reports every problem with its line.
