//! The client against scripted peers on loopback: every framing, every way to fail, and what is left behind.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests and their fixtures fail by panicking"
)]

mod cancel;
mod deadlines;
mod faults;
mod framing;
mod http2;
mod images;
mod peer;
mod properties;
mod proxies;
mod reuse;
mod tls;
