//! The conversation to a Responses request: everything but input items and tools.
//! In: a `Request` whose losses are settled, and the target. Out: an upstream body. Invariants: nothing is kept at the provider
//! unless the caller says so, and reasoning therefore comes back encrypted; members of this dialect's own are written as they came.

use vocabulary::{ApiError, Dialect};

use super::{INCLUDE_ENCRYPTED, INCLUDE_LOGPROBS, encode_input, encode_tools};
use crate::conversation::Losses;
use crate::conversation::{
    Content, Effort, Extras, Issuer, Json, OutputFormat, Part, ReasoningMode, ReasoningWish, Request, Role,
    Text, Turn,
};
use crate::json::{ObjectWriter, object};
use crate::translate::{AnswerShape, Target};

/// Writes a request.
///
/// # Errors
/// 400 for content that no item can hold.
pub fn encode_request(
    request: &Request,
    target: &Target<'_>,
    losses: &mut Losses,
    _shape: &mut AnswerShape,
) -> Result<Vec<u8>, ApiError> {
    let own = Extras::members_for(request.extras.as_ref(), Dialect::OpenAiResponses);
    let (instructions, turns) = split_instructions(&request.turns);
    let items = encode_input::items(turns, request)?;
    let tools = encode_tools::sendable(request, target, losses)?;
    Ok(object(|body| {
        body.text("model", target.model).text("instructions", instructions.as_deref());
        body.array("input", |input| {
            items.iter().for_each(|item| {
                input.raw(item);
            });
        });
        encode_tools::write(body, request, &tools, own);
        write_settings(body, request);
        write_text(body, request, own);
        write_reasoning(body, request, own);
        write_include(body, request, target, own);
        write_hints(body, request);
        if request.stream {
            body.bool("stream", true);
        }
        for (key, json) in own.iter().filter(|(key, _)| !COMPOUND.contains(&&**key)) {
            body.json(key, json);
        }
    }))
}

/// Members that are written where the conversation's own part of them is written.
const COMPOUND: [&str; 5] = ["text", "reasoning", "include", "tool_choice", "top_logprobs"];

/// A member of this dialect's own.
pub(super) fn own_member<'a>(own: &'a [(Text, Json)], key: &str) -> Option<&'a Json> {
    own.iter().find(|(name, _)| *name == key).map(|(_, json)| json)
}

/// Leading system turns of plain text are the instructions.
fn split_instructions(turns: &[Turn]) -> (Option<String>, &[Turn]) {
    let is_plain =
        |turn: &Turn| turn.role == Role::System && turn.parts.iter().all(|part| part.as_text().is_some());
    let count = turns.iter().take_while(|turn| is_plain(turn)).count();
    let (leading, rest) = turns.split_at(count);
    let texts: Vec<&str> = leading
        .iter()
        .flat_map(|turn| turn.parts.iter().filter_map(Part::as_text))
        .map(|text| &**text)
        .filter(|text| !text.is_empty())
        .collect();
    ((!texts.is_empty()).then(|| texts.join("\n\n")), rest)
}

fn write_settings(body: &mut ObjectWriter<'_>, request: &Request) {
    body.number("max_output_tokens", request.max_output_tokens);
    body.json("temperature", request.sampling.temperature.as_ref());
    body.json("top_p", request.sampling.top_p.as_ref());
    body.number("top_logprobs", request.logprobs.and_then(|wish| wish.top));
}

fn write_text(body: &mut ObjectWriter<'_>, request: &Request, own: &[(Text, Json)]) {
    if let Some(own) = own_member(own, "text") {
        body.json("text", own);
        return;
    }
    if request.output == OutputFormat::Text && request.verbosity.is_none() {
        return;
    }
    body.object("text", |text| {
        match &request.output {
            OutputFormat::Text => {}
            OutputFormat::JsonObject => {
                text.object("format", |format| {
                    format.text("type", "json_object");
                });
            }
            OutputFormat::JsonSchema { name, description, schema, strict } => {
                text.object("format", |format| {
                    format.text("type", "json_schema").text("name", name.as_deref().unwrap_or("answer"));
                    format.text("description", description.as_deref());
                    format.bool("strict", *strict).json("schema", schema);
                });
            }
        }
        text.text("verbosity", request.verbosity.as_deref());
    });
}

fn write_reasoning(body: &mut ObjectWriter<'_>, request: &Request, own: &[(Text, Json)]) {
    if let Some(own) = own_member(own, "reasoning") {
        body.json("reasoning", own);
        return;
    }
    let Some(wish) = &request.reasoning else { return };
    let (effort, summary) = (effort_of(wish), summary_of(wish));
    if effort.is_none() && summary.is_none() {
        return;
    }
    body.object("reasoning", |reasoning| {
        reasoning.text("effort", effort.map(Effort::as_str)).text("summary", summary);
    });
}

/// The effort in words; a budget by the thresholds of spec 03 §3.1, adaptive thinking as medium.
fn effort_of(wish: &ReasoningWish) -> Option<Effort> {
    let of_budget = |tokens| match tokens {
        0 => Effort::None,
        20_000.. => Effort::High,
        10_000.. => Effort::Medium,
        _ => Effort::Low,
    };
    let of_mode = || (wish.mode == Some(ReasoningMode::Adaptive)).then_some(Effort::Medium);
    wish.effort.or_else(|| wish.budget_tokens.map(of_budget)).or_else(of_mode)
}

fn summary_of(wish: &ReasoningWish) -> Option<&str> {
    let shown = (wish.include_thoughts == Some(true)).then_some("auto");
    wish.summary.as_deref().or(shown)
}

fn write_include(body: &mut ObjectWriter<'_>, request: &Request, target: &Target<'_>, own: &[(Text, Json)]) {
    if let Some(own) = own_member(own, "include") {
        body.json("include", own);
        return;
    }
    let wants_encrypted = wants_encrypted(request, target.model);
    if !wants_encrypted && request.logprobs.is_none() {
        return;
    }
    body.array("include", |include| {
        if wants_encrypted {
            include.text(INCLUDE_ENCRYPTED);
        }
        if request.logprobs.is_some() {
            include.text(INCLUDE_LOGPROBS);
        }
    });
}

/// Whether encrypted reasoning must come back. Models that do not think refuse the wish.
fn wants_encrypted(request: &Request, model: &str) -> bool {
    let wish = request.reasoning.as_ref();
    if wish.is_some_and(|wish| wish.include_encrypted) {
        return true;
    }
    if request.store == Some(true) {
        return false;
    }
    let thinks = |wish: &ReasoningWish| effort_of(wish).is_some_and(|effort| effort != Effort::None);
    wish.is_some_and(thinks) || holds_state(request) || thinks_unasked(model)
}

fn holds_state(request: &Request) -> bool {
    let mut parts = request.turns.iter().flat_map(|turn| &turn.parts);
    parts.any(|part| match &part.content {
        Content::Reasoning(reasoning) => {
            reasoning.state.as_ref().is_some_and(|state| state.issuer == Issuer::OpenAi)
        }
        _ => false,
    })
}

/// False for the families of models that cannot think (GPT before 5, chat variants), and for open ones, whose thoughts nobody
/// encrypts. A model that nobody knows is taken for one of today, as everywhere.
fn thinks_unasked(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    let name = name.rsplit_once("openai.").map_or(name, |(_, name)| name);
    let Some(version) = name.strip_prefix("gpt-") else { return !name.starts_with("chatgpt-") };
    let digits = version.split(|letter: char| !letter.is_ascii_digit()).next().unwrap_or_default();
    digits.parse::<u32>().is_ok_and(|major| major >= 5) && !name.contains("chat")
}

fn write_hints(body: &mut ObjectWriter<'_>, request: &Request) {
    body.json("metadata", request.metadata.as_ref()).text("user", request.user.as_deref());
    let tier = request.service_tier.as_deref();
    body.text("service_tier", tier.map(|tier| if tier == "standard_only" { "default" } else { tier }));
    body.text("prompt_cache_key", request.prompt_cache_key.as_deref());
    body.text("safety_identifier", request.safety_identifier.as_deref());
    // The caller has not asked this provider to keep anything; OpenAI would by default.
    body.bool("store", request.store.unwrap_or(false));
}
