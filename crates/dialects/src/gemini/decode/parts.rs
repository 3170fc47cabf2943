//! Parts: text, thoughts and their signatures, media, calls and results.
//! In: one part with its path. Out: parts of the conversation, results apart from the rest.
//! Invariants: a signature becomes a `Reasoning` part before the part that carried it, or completes the one just before it; a
//! sealed signature is opened. Media keep their base64, in the standard alphabet.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use vocabulary::{ApiError, Dialect};

use super::super::SKIPPED_SIGNATURE;
use super::super::spelling::{camel, expect, flag, get, name, text};
use super::pairing::Pairing;
use crate::conversation::loss_table::Feature;
use crate::conversation::{
    Content, Extras, Foreign, Issuer, Json, Media, MediaSource, OpaqueState, Part, Reasoning, Request, Text,
    ToolCall, ToolCallKind, ToolResult, is_google_file, open,
};
use crate::json::{Kind, RawValue, unescape};
use crate::request::wrong_kind;

/// Reads the parts of one content.
pub(super) struct PartReader<'r> {
    request: &'r mut Request,
    pairing: &'r mut Pairing,
    content: usize,
    /// Thoughts so far that follow each other: streams cut them anywhere.
    thought: Option<String>,
    parts: Vec<Part>,
    results: Vec<Part>,
}

/// The members of one part.
#[derive(Default)]
struct Members<'a> {
    text: Option<RawValue<'a>>,
    is_thought: bool,
    signature: Option<Text>,
    data: Option<(Cow<'a, str>, RawValue<'a>)>,
    beside: Vec<(Cow<'a, str>, RawValue<'a>)>,
}

impl<'a> Members<'a> {
    fn of(part: RawValue<'a>, path: &str) -> Result<Self, ApiError> {
        expect(part, Kind::Object, path)?;
        let mut members = Self::default();
        for (key, value) in part.members().filter(|(_, value)| !value.is_null()) {
            let key = camel(unescape(key));
            match &*key {
                "text" => members.text = Some(value),
                "thought" => members.is_thought = flag(value, &format!("{path}.thought"))?,
                "thoughtSignature" => {
                    members.signature = Some(text(value, &format!("{path}.thoughtSignature"))?);
                }
                "videoMetadata" | "mediaResolution" | "partMetadata" => members.beside.push((key, value)),
                _ => members.data = Some((key, value)),
            }
        }
        Ok(members)
    }
}

impl<'r> PartReader<'r> {
    /// A reader for the content of this index.
    pub(super) fn new(request: &'r mut Request, pairing: &'r mut Pairing, content: usize) -> Self {
        Self { request, pairing, content, thought: None, parts: Vec::new(), results: Vec::new() }
    }

    /// Reads a part.
    pub(super) fn read(&mut self, part: RawValue<'_>, number: usize, path: &str) -> Result<(), ApiError> {
        let members = Members::of(part, path)?;
        let is_thought = members.is_thought && members.data.is_none();
        if is_thought {
            let thought = members.text.map(|value| text(value, &format!("{path}.text"))).transpose()?;
            self.thought.get_or_insert_default().push_str(&thought.unwrap_or_default());
        }
        if !is_thought || members.signature.is_some() {
            self.settle_thought();
        }
        let has_signature = members.signature.is_some();
        if let Some(signature) = members.signature {
            self.sign(signature, path);
        }
        let content = match (members.text, members.data) {
            (_, Some((kind, value))) => self.read_data(part, &kind, value, number, path)?,
            (Some(_), None) if members.is_thought => None,
            (Some(value), None) => {
                let said = text(value, &format!("{path}.text"))?;
                (!said.is_empty()).then(|| Part::text(said).content)
            }
            (None, None) if has_signature || members.is_thought => None,
            (None, None) => return Err(wrong_kind(path, "must have a text or data")),
        };
        let Some(content) = content else { return Ok(()) };
        let mut read = Part::new(content);
        for (key, value) in members.beside {
            self.request.note(Feature::UnknownMember, format!("{path}.{key}"));
            let dialect = Dialect::Gemini;
            let extras = read.extras.get_or_insert_with(|| Extras { dialect, members: Vec::new() });
            extras.members.push((key.as_ref().into(), Json::of(value)));
        }
        let is_result = matches!(read.content, Content::ToolResult(_));
        if is_result {
            self.results.push(read)
        } else {
            self.parts.push(read)
        }
        Ok(())
    }

    /// All that was read, and the results.
    pub(super) fn finish(mut self) -> (Vec<Part>, Vec<Part>) {
        self.settle_thought();
        (self.parts, self.results)
    }

    fn settle_thought(&mut self) {
        if let Some(thought) = self.thought.take() {
            let reasoning = Reasoning { text: thought.into(), ..Reasoning::default() };
            self.parts.push(Content::Reasoning(reasoning).into());
        }
    }

    fn sign(&mut self, signature: Text, path: &str) {
        if signature.is_empty() || signature == SKIPPED_SIGNATURE {
            return;
        }
        let opened = open(&signature);
        let is_own = opened.is_none();
        let google = || {
            let state = OpaqueState { issuer: Issuer::Google, bytes: signature };
            Reasoning { state: Some(state), ..Reasoning::default() }
        };
        let reasoning = opened.unwrap_or_else(google);
        let feature = match reasoning.state.as_ref().map(|state| state.issuer) {
            Some(Issuer::Anthropic) => Feature::AnthropicState,
            Some(Issuer::OpenAi) => Feature::OpenAiState,
            Some(Issuer::Google) | None => Feature::GoogleState,
        };
        self.request.note(feature, format!("{path}.thoughtSignature"));
        match self.unsigned() {
            Some(before) if is_own => before.state = reasoning.state,
            Some(before) if before.text == reasoning.text => *before = reasoning,
            _ => self.parts.push(Content::Reasoning(reasoning).into()),
        }
    }

    /// The last part, if it is reasoning that has no state yet.
    fn unsigned(&mut self) -> Option<&mut Reasoning> {
        match self.parts.last_mut().map(|part| &mut part.content) {
            Some(Content::Reasoning(reasoning)) if reasoning.state.is_none() => Some(reasoning),
            _ => None,
        }
    }

    fn read_data(
        &mut self,
        part: RawValue<'_>,
        kind: &str,
        value: RawValue<'_>,
        number: usize,
        path: &str,
    ) -> Result<Option<Content>, ApiError> {
        let at = format!("{path}.{kind}");
        let is_known = matches!(kind, "inlineData" | "fileData" | "functionCall" | "functionResponse");
        if is_known {
            expect(value, Kind::Object, &at)?;
        }
        Ok(Some(match kind {
            "inlineData" => read_inline(self.request, value, &at)?,
            "fileData" => read_file(self.request, value, &at)?,
            "functionCall" => self.read_call(value, number, &at)?,
            "functionResponse" => self.read_result(value, &at)?,
            _ => {
                self.request.note(Feature::ForeignItem, path);
                Content::Foreign(Foreign { dialect: Dialect::Gemini, raw: Json::of(part) })
            }
        }))
    }

    fn read_call(&mut self, call: RawValue<'_>, number: usize, path: &str) -> Result<Content, ApiError> {
        let name = name(get(call, "name"), &format!("{path}.name"))?;
        let arguments = match get(call, "args") {
            None => Text::from_static("{}"),
            Some(args) => {
                expect(args, Kind::Object, &format!("{path}.args"))?;
                Json::of(args).text()
            }
        };
        let id = self.pairing.call(own_id(call, path)?, &name, self.content, number);
        let (kind, item_id) = (ToolCallKind::Function, None);
        Ok(Content::ToolCall(ToolCall { id, name, arguments, kind, namespace: None, item_id }))
    }

    fn read_result(&mut self, result: RawValue<'_>, path: &str) -> Result<Content, ApiError> {
        let name = name(get(result, "name"), &format!("{path}.name"))?;
        let Some(call_id) = self.pairing.result(own_id(result, path)?, &name) else {
            return Err(wrong_kind(path, "must follow the functionCall that it answers"));
        };
        let response = get(result, "response");
        if let Some(response) = response {
            expect(response, Kind::Object, &format!("{path}.response"))?;
        }
        let (said, is_error) = response.map_or((None, false), result_text);
        if is_error {
            self.request.note(Feature::ToolError, format!("{path}.response.error"));
        }
        let mut content = Vec::from_iter(said.map(Part::text));
        for (index, part) in get(result, "parts").into_iter().flat_map(|parts| parts.elements()).enumerate() {
            let path = format!("{path}.parts[{index}]");
            self.request.note(Feature::ToolResultMedia, path.clone());
            content.push(read_result_medium(self.request, part, &path)?.into());
        }
        let kind = ToolCallKind::Function;
        Ok(Content::ToolResult(ToolResult { call_id, name: Some(name), content, is_error, kind }))
    }
}

fn own_id(value: RawValue<'_>, path: &str) -> Result<Option<Text>, ApiError> {
    let id = get(value, "id").map(|id| text(id, &format!("{path}.id"))).transpose()?;
    Ok(id.filter(|id| !id.is_empty()))
}

/// What a result says, and whether it says that the tool failed: `{"result": "text"}`, `{"output": "text"}` and `{"error": …}` by
/// Google's own advice, any other object as JSON.
fn result_text(response: RawValue<'_>) -> (Option<Text>, bool) {
    let mut members = response.members();
    let whole = || Json::of(response).text();
    match (members.next(), members.next()) {
        (None, _) => (None, false),
        (Some(("error", error)), None) => {
            (Some(error.as_text().unwrap_or_else(|| Json::of(error).text())), true)
        }
        (Some(("result" | "output", value)), None) => {
            let said = value.as_text().unwrap_or_else(whole);
            ((!said.is_empty()).then_some(said), false)
        }
        _ => (Some(whole()), false),
    }
}

fn read_result_medium(request: &mut Request, part: RawValue<'_>, path: &str) -> Result<Content, ApiError> {
    if let Some(inline) = get(part, "inlineData") {
        return read_inline(request, inline, &format!("{path}.inlineData"));
    }
    let Some(file) = get(part, "fileData") else {
        return Err(wrong_kind(path, "must have inlineData or fileData"));
    };
    read_file(request, file, &format!("{path}.fileData"))
}

fn read_inline(request: &mut Request, blob: RawValue<'_>, path: &str) -> Result<Content, ApiError> {
    let media_type = name(get(blob, "mimeType"), &format!("{path}.mimeType"))?.to_ascii_lowercase();
    let data = in_standard_alphabet(name(get(blob, "data"), &format!("{path}.data"))?);
    let plain = media_type.starts_with("text/").then(|| STANDARD.decode(&*data).ok());
    let plain = plain.flatten().and_then(|bytes| String::from_utf8(bytes).ok());
    let (source, feature) = match plain {
        Some(plain) => (MediaSource::Text(plain.into()), Some(Feature::DocumentText)),
        None => (MediaSource::Base64(data), kind_of(&media_type)),
    };
    if let Some(feature) = feature {
        request.note(feature, path);
    }
    let name = get(blob, "displayName").and_then(|name| name.as_text());
    Ok(content_of(
        &media_type,
        Media { name, media_type: Some(media_type.as_str().into()), ..Media::of(source) },
    ))
}

fn read_file(request: &mut Request, file: RawValue<'_>, path: &str) -> Result<Content, ApiError> {
    let at = format!("{path}.fileUri");
    let url = name(get(file, "fileUri"), &at)?;
    let media_type = get(file, "mimeType").map(|value| text(value, &format!("{path}.mimeType")));
    let media_type = media_type.transpose()?.map(|text| text.to_ascii_lowercase());
    let is_page = media_type.is_none() && is_video_page(&url);
    let given = media_type.as_deref().unwrap_or(if is_page { "video/*" } else { "" }).to_owned();
    let feature = match kind_of(&given) {
        _ if is_google_file(&url) => Feature::GoogleFile,
        Some(Feature::Video) => Feature::Video,
        // Only Google fetches sound.
        Some(Feature::Audio) => Feature::GoogleFile,
        None => Feature::ImageUrl,
        Some(_) => Feature::DocumentUrl,
    };
    request.note(feature, at);
    let name = get(file, "displayName").and_then(|name| name.as_text());
    let source = Media::of(MediaSource::Url(url));
    Ok(content_of(&given, Media { name, media_type: media_type.map(Text::from), ..source }))
}

/// What some dialect cannot take of a media type; images everybody takes.
fn kind_of(media_type: &str) -> Option<Feature> {
    match media_type.split_once('/').map(|(kind, _)| kind) {
        Some("image") => None,
        Some("audio") => Some(Feature::Audio),
        Some("video") => Some(Feature::Video),
        _ => Some(Feature::Document),
    }
}

fn content_of(media_type: &str, media: Media) -> Content {
    match kind_of(media_type) {
        None => Content::Image(media),
        Some(Feature::Audio) => Content::Audio(media),
        Some(Feature::Video) => Content::Video(media),
        Some(_) => Content::Document(media),
    }
}

/// Addresses that Google takes as a video without a media type.
pub(in crate::gemini) fn is_video_page(url: &str) -> bool {
    const PAGES: [&str; 3] = ["https://www.youtube.com/", "https://youtube.com/", "https://youtu.be/"];
    PAGES.iter().any(|page| url.starts_with(page))
}

/// Google takes and writes both alphabets of base64, others only this one.
pub(in crate::gemini) fn in_standard_alphabet(data: Text) -> Text {
    if memchr::memchr2(b'-', b'_', data.as_bytes()).is_none() {
        return data;
    }
    data.replace('-', "+").replace('_', "/").into()
}
