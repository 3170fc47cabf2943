//! The dialect of `POST /v1/responses`: requests, whole answers, stream events, in both directions.
//! In: bodies and frames. Out: the conversation and back; on the raw path the few members that the gateway reads, and the same
//! bytes with few edits (spec 04-B5). Invariants: what a client gets is a complete object and a complete event sequence (03-B29
//! to B31); a stream that failed never ends in `response.completed`.
//! Not here: stored responses and conversations, previous responses. Source: OpenAI API reference, "Responses"; spec 03 §13, 04 §2.

mod collapse;
mod decode_content;
mod decode_input;
mod decode_request;
mod decode_response;
mod decode_tools;
mod done;
mod encode_input;
mod encode_request;
mod encode_response;
mod encode_tools;
mod history;
mod items;
mod observe;
mod output;
mod request;
mod stream_decode;
mod stream_encode;
mod stream_events;
mod whole;

#[cfg(test)]
mod tests;

pub use collapse::Collapse;
pub use decode_request::decode_request;
pub use decode_response::decode_response;
pub use done::DoneRepair;
pub use encode_request::encode_request;
pub use encode_response::encode_response;
pub use observe::StreamObserver;
pub use request::ResponsesRequest;
pub use stream_decode::StreamDecoder;
pub use stream_encode::StreamEncoder;
pub use whole::{observe_whole, stamp};

/// The include value that asks for encrypted reasoning.
const INCLUDE_ENCRYPTED: &str = "reasoning.encrypted_content";
/// The include value that asks for log probabilities.
const INCLUDE_LOGPROBS: &str = "message.output_text.logprobs";
