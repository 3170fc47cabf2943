//! The dialect's tests: requests in and out, whole answers, streams, the raw path.

mod raw;
mod requests_in;
mod requests_out;
mod streams_in;
mod streams_out;
mod wholes;
