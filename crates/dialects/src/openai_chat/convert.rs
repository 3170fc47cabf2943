//! Chat to the conversation and back.

use bytes::Bytes;
use vocabulary::ApiError;

use crate::conversation::{Event, Losses, Request, Response};
use crate::json::RawObject;
use crate::translate::{AnswerShape, Rendering, Target};

/// Reads a request.
pub fn decode_request(_body: &RawObject) -> Result<Request, ApiError> {
    Err(unbuilt())
}

/// Writes a request.
pub fn encode_request(
    _request: &Request,
    _target: &Target<'_>,
    _losses: &mut Losses,
    _shape: &mut AnswerShape,
) -> Result<Vec<u8>, ApiError> {
    Err(unbuilt())
}

/// Reads a whole answer.
pub fn decode_response(_body: &RawObject) -> Result<Response, ApiError> {
    Err(unbuilt())
}

/// Writes a whole answer.
pub fn encode_response(_response: &Response, _rendering: &mut Rendering) -> Vec<u8> {
    Vec::new()
}

/// Reads a stream.
#[derive(Debug, Default)]
pub struct StreamDecoder {}

impl StreamDecoder {
    /// Reads a frame.
    pub fn decode(&mut self, _frame: &Bytes, _out: &mut Vec<Event>) {}
    /// True once the dialect's own end has come.
    pub fn is_complete(&self) -> bool {
        false
    }
    /// The upstream's body has ended.
    pub fn finish(&mut self, _out: &mut Vec<Event>) {}
}

/// Writes a stream.
#[derive(Debug)]
pub struct StreamEncoder {}

impl StreamEncoder {
    /// An encoder that has written nothing.
    pub fn new(_rendering: Rendering) -> Self {
        Self {}
    }
    /// Writes what an event means.
    pub fn encode(&mut self, _event: Event, _out: &mut Vec<u8>) {}
    /// Writes the end of a complete stream.
    pub fn finish(&mut self, _out: &mut Vec<u8>) {}
}

fn unbuilt() -> ApiError {
    ApiError::new(vocabulary::Code::InternalError, "not built")
}
