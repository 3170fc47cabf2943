//! Tables and snapshots of the Messages dialect, one file per story.

mod any_input;
mod raw_path;
mod requests_in;
mod requests_out;
mod streams;
mod thinking;
mod tools_out;
mod wholes;

use vocabulary::{ApiError, Dialect};

use crate::conversation::{
    Content, Ids, Losses, Part, Request, Role, Strictness, ToolCall, ToolCallKind, Turn,
};
use crate::json::RawObject;
use crate::translate::{AnswerShape, Rendering, Target};

fn scan(body: &str) -> RawObject {
    RawObject::scan(body.to_owned().into()).unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn decoded(body: &str) -> Request {
    super::decode_request(&scan(body)).unwrap_or_else(|error| panic!("{body}: {error}"))
}

fn target(model: &str) -> Target<'_> {
    Target {
        model,
        max_output_tokens: None,
        default_max_tokens: 4096,
        include_usage: false,
        strictness: Strictness::Lenient,
        keeps: &[],
        nested_reasoning: false,
        can_stop_thinking: false,
        has_web_search: false,
    }
}

struct Encoded {
    body: String,
    dropped: Vec<String>,
    shape: AnswerShape,
}

fn encode_for(request: &Request, target: &Target<'_>) -> Result<Encoded, ApiError> {
    let ours = Dialect::AnthropicMessages;
    let mut losses = Losses::settle(request, ours, target.strictness, target.keeps)?;
    let mut shape = AnswerShape::default();
    let body = super::encode_request(request, target, &mut losses, &mut shape)?;
    let body = String::from_utf8(body).unwrap();
    scan(&body);
    Ok(Encoded { body, dropped: losses.into_dropped(&request.notes), shape })
}

fn encoded(request: &Request, model: &str) -> Encoded {
    encode_for(request, &target(model)).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(request: &Request, model: &str) -> ApiError {
    encode_for(request, &target(model)).err().expect("a refusal")
}

/// The raw value of a member of an encoded body.
fn member(body: &str, key: &str) -> String {
    scan(body).get(key).map(|value| value.raw().to_owned()).unwrap_or_default()
}

fn user(text: &str) -> Turn {
    Turn::new(Role::User, vec![Part::text(text.to_owned())])
}

fn asking(turns: Vec<Turn>) -> Request {
    Request { turns, ..Request::default() }
}

fn call(id: &str, name: &str, arguments: &str) -> Part {
    let kind = ToolCallKind::Function;
    Part::new(Content::ToolCall(ToolCall {
        id: id.to_owned().into(),
        name: name.to_owned().into(),
        arguments: arguments.to_owned().into(),
        kind,
        namespace: None,
        item_id: None,
    }))
}

fn rendering() -> Rendering {
    Rendering {
        model: "gpt-4o-mini".into(),
        provider: "openai",
        upstream: vocabulary::Dialect::OpenAiChat,
        created: 1_780_000_000,
        ids: Ids::new(7),
        include_usage: true,
        request: None,
        estimated_input_tokens: 9,
        as_array: false,
    }
}
