//! Decides which stage a junction should serve next.
