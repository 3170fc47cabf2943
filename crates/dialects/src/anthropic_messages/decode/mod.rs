//! A client's request to the conversation: the top-level members, in the order of the body.
//! In: a scanned body. Out: a `Request`, or a 400 that names the member. Invariants: of duplicate members the last counts; `null`
//! is absence; what some other dialect cannot express is noted where it stands; members that nobody here knows are kept as extras.
//! Source: spec 04 §12.4 with B22; 03 §3.1 with B35.

mod media;
mod messages;
mod output;
mod tools;

use std::borrow::Cow;
use std::collections::HashSet;

use vocabulary::{ApiError, NativeError};

use super::blocks::OURS;
use crate::conversation::loss_table::Feature;
use crate::conversation::{Extras, Json, Number, Request, Role, Text, Turn};
use crate::json::{Kind, RawObject, RawValue};
use crate::request::wrong_kind;

/// Reads a request.
///
/// # Errors
/// 400 with the offending `param`.
pub fn decode_request(body: &RawObject) -> Result<Request, ApiError> {
    let limit = max_tokens(body)?;
    messages::check(body.get("messages"))?;
    Ok(Request { max_output_tokens: Some(limit), ..decode_prompt(body)? })
}

/// Reads a request whose tokens are counted: it needs no limit, and its conversation may be empty.
///
/// # Errors
/// 400 with the offending `param`.
pub fn decode_count_request(body: &RawObject) -> Result<Request, ApiError> {
    decode_prompt(body)
}

fn decode_prompt(body: &RawObject) -> Result<Request, ApiError> {
    let mut request = Request::default();
    let (mut system, mut extras) = (Vec::new(), Vec::new());
    for (key, value) in last_members(body) {
        match &*key {
            "max_tokens" => request.note(Feature::MaxOutputTokens, key),
            "model" | "provider" => {}
            "system" => system = messages::system_parts(&mut request, value, "system", "")?,
            "messages" => messages::read(&mut request, value)?,
            "stream" => request.stream = boolean(value, "stream")?,
            "temperature" | "top_p" | "top_k" | "stop_sequences" => sampling(&mut request, &key, value)?,
            "tools" => tools::read(&mut request, value, body.get("tool_choice"))?,
            "tool_choice" => tools::read_choice(&mut request, value)?,
            "thinking" => output::read_thinking(&mut request, value)?,
            "output_config" => output::read_config(&mut request, value)?,
            "output_format" => output::read_format(&mut request, value, "output_format")?,
            "metadata" => metadata(&mut request, value)?,
            "service_tier" => {
                request.service_tier = Some(string(value, "service_tier")?);
                request.note(Feature::ServiceTier, "service_tier");
            }
            "cache_control" => {
                request.cache_control = cache_control(&mut request, Some(value), "", "cache_control")?;
            }
            "thread" => return Err(no_threads()),
            _ => {
                request.note(Feature::UnknownMember, key.clone());
                extras.push((Text::from(&*key), Json::of(value)));
            }
        }
    }
    if !system.is_empty() {
        request.turns.insert(0, Turn::new(Role::System, system));
    }
    request.extras =
        Some(Extras { dialect: OURS, members: extras }).filter(|extras| !extras.members.is_empty());
    Ok(request)
}

/// The members in order; of duplicates the last; none that is null.
fn last_members(body: &RawObject) -> Vec<(Cow<'_, str>, RawValue<'_>)> {
    let mut seen = HashSet::new();
    let members = body.members().rev().map(|member| (member.key(), member.value()));
    let mut last: Vec<_> = members.filter(|(key, _)| seen.insert(key.clone())).collect();
    last.retain(|(_, value)| !value.is_null());
    last.reverse();
    last
}

/// A conversation that the server holds: the client must send all of it. The tool runners of Anthropic's SDKs go on without a
/// thread when they are told so by this code.
fn no_threads() -> ApiError {
    let details = r#"{"error_code":"thread_unsupported_request"}"#.to_owned();
    invalid("thread: this provider keeps no conversations; send the whole history", "thread")
        .with_code("thread_unsupported_request")
        .with_native(NativeError { error_type: None, details: Some(details) })
}

fn max_tokens(body: &RawObject) -> Result<u64, ApiError> {
    let max_tokens = body.get("max_tokens").and_then(|value| value.as_u64()).filter(|limit| *limit > 0);
    max_tokens.ok_or_else(|| invalid("max_tokens must be a positive integer", "max_tokens"))
}

fn sampling(request: &mut Request, key: &str, value: RawValue<'_>) -> Result<(), ApiError> {
    match key {
        "temperature" => {
            request.sampling.temperature = Some(number(value, key)?);
            request.note(Feature::Temperature, key);
        }
        "top_p" => {
            request.sampling.top_p = Some(number(value, key)?);
            request.note(Feature::TopP, key);
        }
        "top_k" => {
            request.sampling.top_k = Some(number(value, key)?);
            request.note(Feature::TopK, key);
        }
        _ => {
            let texts = elements(value, key)?;
            let texts = texts
                .map(|text| text.as_text().ok_or_else(|| wrong_kind(key, "must be an array of strings")));
            request.sampling.stop = texts.collect::<Result<_, _>>()?;
            if !request.sampling.stop.is_empty() {
                request.note(Feature::StopSequences, key);
            }
        }
    }
    Ok(())
}

/// `user_id` is the caller's user; what else stands there is metadata of the usual kind.
fn metadata(request: &mut Request, value: RawValue<'_>) -> Result<(), ApiError> {
    if value.kind() != Kind::Object {
        return Err(wrong_kind("metadata", "must be an object"));
    }
    let user = value.get("user_id").and_then(|user| user.as_text());
    request.user = user.filter(|user| !user.trim().is_empty());
    if request.user.is_some() {
        request.note(Feature::User, "metadata.user_id");
    }
    let Ok(object) = RawObject::scan(value.slice()) else { return Ok(()) };
    for member in object.members().filter(|member| !member.is("user_id")) {
        request.note(Feature::Metadata, format!("metadata.{}", member.key()));
    }
    let mut edits = object.edit();
    edits.remove("user_id");
    let others = Json::written(edits.finish().concat());
    let has_others = object.members().any(|member| !member.is("user_id"));
    request.metadata = Some(others).filter(|_| has_others);
    Ok(())
}

/// A marker for the prompt cache, which must be an object. `prefix` stands before the text of the refusal.
fn cache_control(
    request: &mut Request,
    value: Option<RawValue<'_>>,
    prefix: &str,
    path: impl Into<String>,
) -> Result<Option<Json>, ApiError> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
    let path = path.into();
    if value.kind() != Kind::Object {
        return Err(invalid(format!("{prefix}cache_control must be an object"), path));
    }
    request.note(Feature::CacheControl, path);
    Ok(Some(Json::of(value)))
}

fn boolean(value: RawValue<'_>, path: &str) -> Result<bool, ApiError> {
    value.as_bool().ok_or_else(|| wrong_kind(path, "must be a boolean"))
}

fn string(value: RawValue<'_>, path: &str) -> Result<Text, ApiError> {
    value.as_text().ok_or_else(|| wrong_kind(path, "must be a string"))
}

fn number(value: RawValue<'_>, path: &str) -> Result<Number, ApiError> {
    if value.kind() != Kind::Number {
        return Err(wrong_kind(path, "must be a number"));
    }
    Ok(Json::of(value))
}

fn elements<'a>(
    value: RawValue<'a>,
    path: &str,
) -> Result<impl Iterator<Item = RawValue<'a>> + use<'a>, ApiError> {
    if value.kind() != Kind::Array {
        return Err(wrong_kind(path, "must be an array"));
    }
    Ok(value.elements())
}

fn invalid(message: impl Into<Cow<'static, str>>, param: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError::invalid_request(message).with_param(param)
}
