//! The binary `gomodel` (being built).
fn main() {}
