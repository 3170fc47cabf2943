//! The dialect of `POST /v1/chat/completions`: requests, whole answers, stream chunks.
//! In: bodies and frames. Out: the few members that the gateway reads, and the same bytes with the few edits that spec 01 §8.2
//! allows. Invariant: unknown members, member order, white space and the spelling of numbers and texts survive.
//! Not here: translation to and from other dialects; the member names of single providers (`providers`).
//! Source: OpenAI API reference, "Chat completions"; spec 01 §§8, 9.

mod convert;
mod frames;
mod repair;
mod request;
mod stream;
mod usage;
mod whole;

#[cfg(test)]
mod tests;

pub use convert::{
    StreamDecoder, StreamEncoder, decode_request, decode_response, encode_request, encode_response,
};
pub use frames::{DONE, KEEP_ALIVE, Stripped, error_frame, strip_burst, strip_usage};
pub use repair::{BodyKind, body_kind, whole_as_stream};
pub use request::{ChatRequest, UsageWish};
pub use stream::{StreamObserver, error_of, is_content_bearing};
pub use whole::{observe_whole, stamp, stamp_whole};
