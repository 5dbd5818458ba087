//! The shell: real Modbus, real storage, real clock, web API.
