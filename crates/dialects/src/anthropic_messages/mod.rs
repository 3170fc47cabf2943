//! The dialect of `POST /v1/messages`, on both sides: requests, whole answers, stream events.
//! In: bodies and frames. Out: the conversation and back; on the raw path the few members that the gateway reads, and the same
//! bytes with few edits.
//! Invariants: texts, numbers and tool input keep their spelling; a stream ends with `message_stop` or with `event: error`, never
//! with both and never with neither. Not here: what single models can do (`model_traits`), headers and URLs (`providers`).
//! Source: Anthropic's API reference, "Messages" and "Streaming messages"; spec 03 §§2, 3 and 04 §12, with their B items.
//! Read `decode`, `encode`, `whole`, then the streams.

mod blocks;
mod count;
mod decode;
mod encode;
mod estimate;
mod history;
mod model_name;
mod observe;
mod request;
mod stream_decoder;
mod stream_encoder;
mod usage;
mod whole;

#[cfg(test)]
mod tests;

pub use count::count_body;
pub use decode::{decode_count_request, decode_request};
pub use encode::encode_request;
pub use estimate::estimate_input_tokens;
pub use model_name::{ModelName, name_model};
pub use observe::{StreamObserver, observe_whole};
pub use request::MessagesRequest;
pub use stream_decoder::StreamDecoder;
pub use stream_encoder::StreamEncoder;
pub use whole::{decode_response, encode_response};
