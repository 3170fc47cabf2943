//! The dialect of `POST /v1/messages`.

use bytes::Bytes;
use vocabulary::{ApiError, FinishReason, Usage};

use crate::conversation::{Event, Losses, Request, Response};
use crate::json::{Edits, RawObject};
use crate::observe::Observation;
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

/// What has been seen of one stream.
#[derive(Clone, Debug, Default)]
pub struct StreamObserver {}

impl StreamObserver {
    /// Sees one whole frame.
    pub fn see(&mut self, _frame: &[u8]) {}
    /// The latest token counts.
    pub fn usage(&self) -> Option<Usage> {
        None
    }
    /// Why the answer ended.
    pub fn finish_reason(&self) -> Option<FinishReason> {
        None
    }
    /// The error that the upstream sent in a frame.
    pub fn error(&self) -> Option<&ApiError> {
        None
    }
    /// True once a frame carried content.
    pub fn has_content(&self) -> bool {
        false
    }
    /// True if the stream may end here.
    pub fn is_complete(&self) -> bool {
        false
    }
    /// The frames that end a stream that failed here.
    pub fn failure_ending(&self, _error: &ApiError) -> Bytes {
        Bytes::new()
    }
}

/// What is read of a whole answer.
pub fn observe_whole(_object: &RawObject) -> Observation {
    Observation::default()
}

/// The error that a frame carries.
pub fn error_of(_frame: &[u8]) -> Option<ApiError> {
    None
}

/// A client's request.
#[derive(Clone, Debug)]
pub struct MessagesRequest {
    object: RawObject,
}

impl MessagesRequest {
    /// Scans and checks a body.
    pub fn decode(body: Bytes) -> Result<Self, ApiError> {
        Ok(Self { object: crate::request::scan(body)? })
    }
    /// The scanned body.
    pub fn object(&self) -> &RawObject {
        &self.object
    }
    /// The model as the client spelt it.
    pub fn model(&self) -> &str {
        ""
    }
    /// A string `provider`.
    pub fn provider(&self) -> Option<&str> {
        None
    }
    /// The client wants a stream.
    pub fn stream(&self) -> bool {
        false
    }
    /// The edits that every same-dialect call makes.
    pub fn edit_for_upstream(&self, _model: &str) -> Edits<'_> {
        self.object.edit()
    }
}
