//! A client's chat request to the conversation.
//! In: a scanned body. Out: `Request`, or a 400 that names the member. Members are read in the order of the body, so that what
//! some target cannot express is noted in that order; of duplicates the last counts, and `null` equals absence.
//! Not here: `model`, `provider` and `stream_options`, which are the ingress's business.
//! Source: OpenAI API reference, "Create chat completion"; spec 03 §§1.2, 1.3, 2.4, 2.5, 4.5 with B1, B2, B5, B23.

mod messages;
mod parts;
mod reasoning;
mod tools;

use std::collections::HashSet;

use vocabulary::{ApiError, Dialect};

use super::typed::{array, cache_control, count, flag, number, number_or_text, object, positive, text};
use crate::conversation::loss_table::Feature;
use crate::conversation::{Extras, Json, LogprobsWish, OutputFormat, Request, Text};
use crate::json::{Kind, Member, RawObject, RawValue};
use crate::request::wrong_kind;

/// Reads a request.
///
/// # Errors
/// 400 with the offending `param`.
pub fn decode_request(body: &RawObject) -> Result<Request, ApiError> {
    let mut reader = Reader::default();
    for member in last_members(body) {
        let value = member.value();
        if !value.is_null() {
            reader.read(&member.key(), value)?;
        }
    }
    reader.finish()
}

/// The members of a body in order; of duplicates, the last.
fn last_members(body: &RawObject) -> Vec<Member<'_>> {
    let mut seen = HashSet::new();
    let mut members: Vec<_> = body.members().rev().filter(|member| seen.insert(member.key())).collect();
    members.reverse();
    members
}

/// A request that is being read.
#[derive(Default)]
struct Reader {
    request: Request,
    /// `max_tokens`, which wins over `max_completion_tokens` (B1).
    max_tokens: Option<u64>,
    max_completion_tokens: Option<u64>,
    logprobs: bool,
    top_logprobs: Option<u64>,
    efforts: reasoning::Efforts,
    choice: tools::Choice,
    extras: Vec<(Text, Json)>,
}

impl Reader {
    fn read(&mut self, key: &str, value: RawValue<'_>) -> Result<(), ApiError> {
        let is_known = self.read_conversation(key, value)?
            || self.read_limits(key, value)?
            || self.read_sampling(key, value)?
            || self.read_hints(key, value)?
            || self.read_google(key, value)?;
        if !is_known {
            self.note(Feature::UnknownMember, key);
            self.keep(key, value);
        }
        Ok(())
    }

    /// What is said, which tools there are, and the form of the answer.
    fn read_conversation(&mut self, key: &str, value: RawValue<'_>) -> Result<bool, ApiError> {
        match key {
            // The ingress's business.
            "model" | "provider" | "stream_options" => {}
            "messages" => messages::read_messages(&mut self.request, value)?,
            "tools" => tools::read_tools(&mut self.request, value)?,
            "functions" => tools::read_functions(&mut self.request, value)?,
            "web_search_options" => tools::read_web_search(&mut self.request, value)?,
            "tool_choice" | "function_call" => self.choice.read(&mut self.request, key, value)?,
            "parallel_tool_calls" => {
                let is_parallel = flag(value, key)?;
                self.request.parallel_tool_calls = Some(is_parallel);
                if !is_parallel {
                    self.note(Feature::ParallelToolCalls, key);
                }
            }
            "response_format" => self.read_format(value)?,
            "reasoning_effort" | "reasoning" => self.efforts.read(&mut self.request, key, value)?,
            "modalities" => self.read_modalities(value)?,
            "stream" => self.request.stream = flag(value, key)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// How long, how many, and how likely.
    fn read_limits(&mut self, key: &str, value: RawValue<'_>) -> Result<bool, ApiError> {
        match key {
            "max_tokens" => self.max_tokens = Some(positive(value, key)?),
            "max_completion_tokens" => self.max_completion_tokens = Some(positive(value, key)?),
            "n" | "candidate_count" => {
                let wanted = positive(value, key)?;
                self.request.candidates = Some(wanted).filter(|wanted| *wanted > 1);
                if wanted > 1 {
                    self.note(Feature::Candidates, key);
                }
                return Ok(true);
            }
            "logprobs" => {
                self.logprobs = flag(value, key)?;
                if self.logprobs {
                    self.note(Feature::Logprobs, key);
                }
                return Ok(true);
            }
            "top_logprobs" => {
                let top = count(value, key)?;
                self.top_logprobs = Some(top);
                if top > 0 {
                    self.note(Feature::Logprobs, key);
                }
                return Ok(true);
            }
            _ => return Ok(false),
        }
        self.note(Feature::MaxOutputTokens, key);
        Ok(true)
    }

    fn read_sampling(&mut self, key: &str, value: RawValue<'_>) -> Result<bool, ApiError> {
        let sampling = &mut self.request.sampling;
        let (member, feature) = match key {
            "temperature" => (&mut sampling.temperature, Feature::Temperature),
            "top_p" => (&mut sampling.top_p, Feature::TopP),
            "presence_penalty" => (&mut sampling.presence_penalty, Feature::PresencePenalty),
            "frequency_penalty" => (&mut sampling.frequency_penalty, Feature::FrequencyPenalty),
            "seed" => (&mut sampling.seed, Feature::Seed),
            "top_k" => (&mut sampling.top_k, Feature::TopK),
            "min_p" => (&mut sampling.min_p, Feature::MinP),
            "logit_bias" => {
                sampling.logit_bias = Some(object(value, key)?);
                self.note(Feature::LogitBias, key);
                return Ok(true);
            }
            "stop" => {
                sampling.stop = read_stop(value)?;
                if !sampling.stop.is_empty() {
                    self.note(Feature::StopSequences, key);
                }
                return Ok(true);
            }
            _ => return Ok(false),
        };
        let is_extension = matches!(key, "top_k" | "min_p");
        *member = Some(if is_extension { number_or_text(value, key)? } else { number(value, key)? });
        self.note(feature, key);
        Ok(true)
    }

    fn read_hints(&mut self, key: &str, value: RawValue<'_>) -> Result<bool, ApiError> {
        let request = &mut self.request;
        let feature = match key {
            "user" => {
                request.user = Some(text(value, key)?);
                Feature::User
            }
            "metadata" => {
                request.metadata = Some(object(value, key)?);
                Feature::Metadata
            }
            "service_tier" => {
                request.service_tier = Some(text(value, key)?);
                Feature::ServiceTier
            }
            "store" => {
                request.store = Some(flag(value, key)?);
                Feature::Store
            }
            "verbosity" => {
                request.verbosity = Some(text(value, key)?);
                Feature::Verbosity
            }
            "prompt_cache_key" => {
                request.prompt_cache_key = Some(text(value, key)?);
                Feature::PromptCacheKey
            }
            "cache_control" => {
                request.cache_control = Some(cache_control(value, key)?);
                Feature::CacheControl
            }
            "safety_identifier" => {
                request.safety_identifier = Some(text(value, key)?);
                Feature::SafetyIdentifier
            }
            "prompt_cache_retention" | "prompt_cache_options" => {
                self.keep(key, value);
                Feature::PromptCacheOption
            }
            _ => return Ok(false),
        };
        self.note(feature, key);
        Ok(true)
    }

    /// Extensions that mean something to Gemini (spec 03 §4.5).
    fn read_google(&mut self, key: &str, value: RawValue<'_>) -> Result<bool, ApiError> {
        match key {
            "safety_settings" => {
                self.request.google.safety_settings = Some(array(value, key)?);
                self.note(Feature::SafetySettings, key);
            }
            "cached_content" => {
                self.request.google.cached_content = Some(text(value, key)?);
                self.note(Feature::CachedContent, key);
            }
            "extra_body" => {
                self.keep(key, value);
                if !reasoning::read_extra_body(&mut self.request, value) {
                    self.note(Feature::UnknownMember, key);
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn read_format(&mut self, value: RawValue<'_>) -> Result<(), ApiError> {
        const PATH: &str = "response_format";
        if value.kind() != Kind::Object {
            return Err(wrong_kind(PATH, "must be an object"));
        }
        let kind = value.get("type").and_then(|kind| kind.as_str()).unwrap_or_default();
        match kind.trim() {
            "" | "text" => {}
            "json_object" => {
                self.request.output = OutputFormat::JsonObject;
                self.note(Feature::JsonObject, PATH);
            }
            "json_schema" => {
                self.request.output = read_schema(value)?;
                self.note(Feature::JsonSchema, PATH);
            }
            _ => {
                let rule = "must be \"text\", \"json_object\" or \"json_schema\"";
                return Err(wrong_kind("response_format.type", rule));
            }
        }
        Ok(())
    }

    fn read_modalities(&mut self, value: RawValue<'_>) -> Result<(), ApiError> {
        array(value, "modalities")?;
        if value.elements().any(|modality| modality.bytes() != br#""text""#) {
            self.note(Feature::OutputModalities, "modalities");
        }
        self.keep("modalities", value);
        Ok(())
    }

    fn note(&mut self, feature: Feature, key: &str) {
        self.request.note(feature, key);
    }

    /// Keeps a member for requests that stay in this dialect.
    fn keep(&mut self, key: &str, value: RawValue<'_>) {
        self.extras.push((key.into(), Json::of(value)));
    }

    fn finish(mut self) -> Result<Request, ApiError> {
        let request = &mut self.request;
        request.max_output_tokens = self.max_tokens.or(self.max_completion_tokens);
        if self.logprobs || self.top_logprobs.is_some_and(|top| top > 0) {
            request.logprobs = Some(LogprobsWish { top: self.top_logprobs });
        }
        request.reasoning = self.efforts.wish();
        request.extras = extras(self.extras);
        self.choice.settle(request)?;
        Ok(self.request)
    }
}

/// Members that only chat knows; `None` if there are none.
fn extras(members: Vec<(Text, Json)>) -> Option<Extras> {
    (!members.is_empty()).then_some(Extras { dialect: Dialect::OpenAiChat, members })
}

fn read_stop(value: RawValue<'_>) -> Result<Vec<Text>, ApiError> {
    let refusal = || wrong_kind("stop", "must be a string or an array of strings");
    let mut texts = match value.kind() {
        Kind::String => vec![value.as_text().unwrap_or_default()],
        Kind::Array => value
            .elements()
            .map(|element| element.as_text().ok_or_else(refusal))
            .collect::<Result<Vec<_>, _>>()?,
        _ => return Err(refusal()),
    };
    texts.retain(|text| !text.is_empty());
    Ok(texts)
}

fn read_schema(format: RawValue<'_>) -> Result<OutputFormat, ApiError> {
    const PATH: &str = "response_format.json_schema";
    let schema = format.get("json_schema").filter(|schema| schema.kind() == Kind::Object);
    let schema = schema.ok_or_else(|| wrong_kind(PATH, "must be an object"))?;
    let member = |key: &str| schema.get(key).filter(|value| !value.is_null());
    let body = member("schema").map(|body| object(body, "response_format.json_schema.schema")).transpose()?;
    Ok(OutputFormat::JsonSchema {
        name: member("name").and_then(|name| name.as_text()),
        description: member("description").and_then(|description| description.as_text()),
        schema: body.unwrap_or(Json::constant("{}")),
        strict: member("strict").and_then(|strict| strict.as_bool()),
    })
}
