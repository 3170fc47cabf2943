//! A body for backends that take a closed list of members and nothing else (spec 03 §11.2, B26).
//! In: a client's body. Out: a new body that streams and is not stored, and the names of what was left out.
//! Invariant: a member that is taken keeps its spelling.

use bytes::Bytes;
use vocabulary::ApiError;

use crate::json::{Kind, RawObject, object};

/// A body of allowed members only.
#[derive(Clone, Debug)]
pub struct Allowlisted {
    /// The body.
    pub body: Bytes,
    /// Names of the client's members that were left out, in request order.
    pub dropped: Vec<String>,
}

const ALLOWED: [&str; 8] = [
    "instructions",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning",
    "text",
    "include",
    "prompt_cache_key",
];
/// Members that are the gateway's business, or are set to what nearly everybody sends.
const SET: [&str; 4] = ["model", "provider", "input", "stream"];

/// The body for such a backend: `stream` is true, `store` is false, a string `input` becomes a user message.
///
/// # Errors
/// 400 `responses input is required`.
pub fn allowlist_body(request: &RawObject, model: &str) -> Result<Allowlisted, ApiError> {
    let Some(input) = request.get("input").filter(|input| !input.is_null()) else {
        return Err(ApiError::invalid_request("responses input is required").with_param("input"));
    };
    let body = object(|body| {
        body.text("model", model);
        if input.kind() == Kind::String {
            body.array("input", |items| {
                items.object(|item| {
                    item.text("type", "message").text("role", "user").array("content", |parts| {
                        parts.object(|part| {
                            part.text("type", "input_text").raw("text", input.bytes());
                        });
                    });
                });
            });
        } else {
            body.raw("input", input.bytes());
        }
        for key in ALLOWED {
            if let Some(value) = request.get(key).filter(|value| !value.is_null()) {
                body.raw(key, value.bytes());
            }
        }
        body.bool("stream", true).bool("store", false);
    });
    Ok(Allowlisted { body: body.into(), dropped: dropped(request) })
}

fn dropped(request: &RawObject) -> Vec<String> {
    let mut dropped: Vec<String> = Vec::new();
    for member in request.members().filter(|member| !member.value().is_null()) {
        let key = member.key();
        let is_kept = ALLOWED.contains(&&*key) || SET.contains(&&*key);
        let says_same = key == "store" && member.value().as_bool() == Some(false);
        if !is_kept && !says_same && dropped.last().is_none_or(|last| *last != key) {
            dropped.push(key.into_owned());
        }
    }
    dropped
}
