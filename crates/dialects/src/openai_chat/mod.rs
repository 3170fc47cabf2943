//! The dialect of `POST /v1/chat/completions`: requests, whole answers, stream chunks.
//! In: bodies and frames. Out: the few members that the gateway reads, and the same bytes with the few edits that spec 01 §8.2
//! allows. Invariant of the raw path: unknown members, member order, white space and the spelling of numbers and texts survive.
//! Two ways: the raw path, from chat to chat (`request`, `stream`, `frames`, `whole`, `repair`), and the way over the
//! conversation, to and from other dialects (`decode_*`, `encode_*`, `stream_decode`, `stream_encode`). Not here: the member names of single providers (`providers`).
//! Source: OpenAI API reference, "Chat completions"; spec 01 §§8, 9.

mod decode_request;
mod decode_response;
mod encode_request;
mod encode_response;
mod frames;
mod repair;
mod request;
mod stream;
mod stream_decode;
mod stream_encode;
mod thinking;
mod typed;
mod usage;
mod whole;
mod words;

#[cfg(test)]
mod tests;

pub use decode_request::decode_request;
pub use decode_response::decode_response;
pub use encode_request::encode_request;
pub use encode_response::encode_response;
pub use frames::{DONE, KEEP_ALIVE, Stripped, error_frame, strip_burst, strip_usage};
pub use repair::{BodyKind, body_kind, whole_as_stream};
pub use request::{ChatRequest, UsageWish};
pub use stream::StreamObserver;
pub use stream_decode::StreamDecoder;
pub use stream_encode::StreamEncoder;
pub use whole::{observe_whole, stamp, stamp_whole};
