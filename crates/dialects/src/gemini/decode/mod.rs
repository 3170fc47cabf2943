//! A client's request to the conversation (spec 03 §17.4, §4.2–4.5 read backwards).
//! In: a scanned body. Out: a `Request`, or a 400 that names the member by its path in Gemini's words.
//! Invariants: both spellings of every member are read; what some target cannot express is noted in request order; members that
//! nobody here knows are noted and kept for Gemini itself.
//! Source: Gemini API reference, "Generating content", "Caching" and "Function calling".

mod config;
mod contents;
mod pairing;
mod parts;
mod schema;
mod tools;

use vocabulary::{ApiError, Dialect};

pub(in crate::gemini) use parts::{in_standard_alphabet, is_video_page};

use super::spelling::{expect, fields, fields_of_body, flag, get, text};
use crate::conversation::loss_table::Feature;
use crate::conversation::{Extras, Json, Part, Request, Role, Turn};
use crate::json::{Kind, RawObject, RawValue};
use crate::request::wrong_kind;

/// Reads a request.
///
/// # Errors
/// 400 with the offending path as `param`.
pub fn decode_request(body: &RawObject) -> Result<Request, ApiError> {
    read(fields_of_body(body))
}

/// Reads a request that is a value of another body.
pub(super) fn decode_nested(value: RawValue<'_>, path: &str) -> Result<Request, ApiError> {
    expect(value, Kind::Object, path)?;
    read(fields(value))
}

fn read(members: super::spelling::Fields<'_>) -> Result<Request, ApiError> {
    let (mut request, mut system, mut has_contents) = (Request::default(), None, false);
    for (name, value) in members {
        match &*name {
            "systemInstruction" => system = Some(read_system(&mut request, value)?),
            "contents" => {
                has_contents = true;
                contents::read(&mut request, value)?;
            }
            "tools" => tools::read(&mut request, value)?,
            "toolConfig" => tools::read_choice(&mut request, value)?,
            "generationConfig" => config::read(&mut request, value)?,
            "safetySettings" => {
                expect(value, Kind::Array, "safetySettings")?;
                request.note(Feature::SafetySettings, "safetySettings");
                request.google.safety_settings = Some(Json::of(value));
            }
            "cachedContent" => {
                request.google.cached_content = Some(text(value, "cachedContent")?);
                request.note(Feature::CachedContent, "cachedContent");
            }
            "labels" => {
                expect(value, Kind::Object, "labels")?;
                request.note(Feature::Metadata, "labels");
                request.metadata = Some(Json::of(value));
            }
            "serviceTier" => read_service_tier(&mut request, value)?,
            "store" => {
                request.store = Some(flag(value, "store")?);
                request.note(Feature::Store, "store");
            }
            // The model stands in the path.
            "model" | "provider" => {}
            other => keep_extra(&mut request, other.to_owned(), value),
        }
    }
    if !has_contents {
        return Err(ApiError::invalid_request("contents is required").with_param("contents"));
    }
    request.turns.splice(0..0, system);
    Ok(request)
}

fn read_system(request: &mut Request, value: RawValue<'_>) -> Result<Turn, ApiError> {
    const PATH: &str = "systemInstruction";
    if let Some(text) = value.as_text() {
        return Ok(Turn::new(Role::System, vec![Part::text(text)]));
    }
    expect(value, Kind::Object, PATH)?;
    let mut parts = Vec::new();
    let listed = get(value, "parts");
    if let Some(listed) = listed.filter(|listed| listed.kind() != Kind::Object) {
        expect(listed, Kind::Array, "systemInstruction.parts")?;
    }
    // Google also takes one part without its array.
    let single = listed.filter(|listed| listed.kind() == Kind::Object);
    let all = single.into_iter().chain(listed.into_iter().flat_map(|listed| listed.elements()));
    for (index, part) in all.enumerate() {
        let path = format!("{PATH}.parts[{index}]");
        let Some(said) = get(part, "text") else { return Err(wrong_kind(path, "must have a text")) };
        let said = text(said, &format!("{path}.text"))?;
        for (name, _) in fields(part) {
            if name != "text" {
                request.note(Feature::UnknownMember, format!("{path}.{name}"));
            }
        }
        parts.extend((!said.is_empty()).then(|| Part::text(said)));
    }
    Ok(Turn::new(Role::System, parts))
}

/// Google's words are upper-case and its `STANDARD` is everybody's `default`.
fn read_service_tier(request: &mut Request, value: RawValue<'_>) -> Result<(), ApiError> {
    let tier = text(value, "serviceTier")?.to_ascii_lowercase();
    let tier = tier.strip_prefix("service_tier_").unwrap_or(&tier);
    if tier != "unspecified" {
        request.service_tier = Some(if tier == "standard" { "default".into() } else { tier.into() });
        request.note(Feature::ServiceTier, "serviceTier");
    }
    Ok(())
}

/// Keeps a member that nobody here knows. Its name is its path: `generationConfig.speechConfig`.
fn keep_extra(request: &mut Request, path: String, value: RawValue<'_>) {
    let dialect = Dialect::Gemini;
    let extras = request.extras.get_or_insert_with(|| Extras { dialect, members: Vec::new() });
    extras.members.push((path.as_str().into(), Json::of(value)));
    request.note(Feature::UnknownMember, path);
}
