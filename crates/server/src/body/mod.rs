//! Bodies on the client's side: reading a request's within its limits, and the one type of all responses.

mod compress;
mod decompress;
mod read;
mod response;

pub(crate) use compress::{Compression, compress};
pub(crate) use read::{BodyLimits, has_length_over, read, too_large};
pub(crate) use response::ResponseBody;
