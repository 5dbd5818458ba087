//! What is said to devices, as values: register map both ways, frames, sessions.
