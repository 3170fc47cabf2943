//! An HTTP/1.1 client that sends exactly the bytes it is told, and shows exactly the bytes it got.
//! In: a `Request`, or raw bytes on a `Connection`. Out: an `Answer`, or a `Stream` whose frames are read one by one.
//! Invariant: nothing waits longer than the limit; what was cut short is reported as cut, never as a whole answer.

mod answer;
mod connection;
mod request;
mod stream;

pub use answer::{Answer, ApiError, Head};
pub use connection::Connection;
pub use request::Request;
pub use stream::{Stream, data};

#[cfg(test)]
mod tests;
