//! Emergency green waves, as values: who asks for what, along which roads, and which junction must be
//! open when.
