//! How hard to think: `reasoning_effort`, `reasoning`, and Google's own settings in `extra_body` (spec 03 §§2.5, 4.5, B5, B26).
//! Invariant: `reasoning.effort` wins over `reasoning_effort`; a blank one is none, a word that nobody knows is `low`.

use vocabulary::ApiError;

use crate::conversation::loss_table::Feature;
use crate::conversation::{Effort, Json, ReasoningMode, ReasoningWish, Request};
use crate::json::{Kind, RawValue, object};
use crate::openai_chat::typed::{flag, members, object as as_object, positive, text};

/// What was said of reasoning so far.
#[derive(Default)]
pub(super) struct Efforts {
    /// `reasoning_effort`.
    flat: Option<Effort>,
    wish: ReasoningWish,
}

impl Efforts {
    pub(super) fn read(
        &mut self,
        request: &mut Request,
        key: &str,
        value: RawValue<'_>,
    ) -> Result<(), ApiError> {
        if key == "reasoning_effort" {
            self.flat = read_effort(value, key)?;
            request.note(Feature::ReasoningEffort, key);
            return Ok(());
        }
        as_object(value, key)?;
        for (name, value) in members(value) {
            self.read_member(request, &name, value)?;
        }
        Ok(())
    }

    fn read_member(
        &mut self,
        request: &mut Request,
        name: &str,
        value: RawValue<'_>,
    ) -> Result<(), ApiError> {
        let path = format!("reasoning.{name}");
        let feature = match name {
            "effort" => {
                self.wish.effort = read_effort(value, &path)?;
                Feature::ReasoningEffort
            }
            "max_tokens" => {
                self.wish.budget_tokens = Some(positive(value, &path)?);
                Feature::ReasoningBudget
            }
            "enabled" => {
                let is_enabled = flag(value, &path)?;
                self.wish.mode =
                    Some(if is_enabled { ReasoningMode::Adaptive } else { ReasoningMode::Disabled });
                return Ok(());
            }
            "exclude" => {
                self.wish.include_thoughts = Some(!flag(value, &path)?);
                return Ok(());
            }
            "summary" | "generate_summary" => {
                self.wish.summary = Some(text(value, &path)?);
                Feature::ReasoningSummary
            }
            // Not `ReasoningMember`: the conversation has no place in which another dialect would find it.
            _ => Feature::UnknownMember,
        };
        request.note(feature, path);
        Ok(())
    }

    /// The wish; `None` if there is none.
    pub(super) fn wish(self) -> Option<ReasoningWish> {
        let effort = self.wish.effort.or(self.flat);
        let wish = ReasoningWish { effort, ..self.wish };
        (wish != ReasoningWish::default()).then_some(wish)
    }
}

fn read_effort(value: RawValue<'_>, path: &str) -> Result<Option<Effort>, ApiError> {
    let word = text(value, path)?;
    Ok((!word.trim().is_empty()).then(|| Effort::parse(&word).unwrap_or(Effort::Low)))
}

/// Reads `extra_body.google`. False if there is more in `extra_body` than is read.
pub(super) fn read_extra_body(request: &mut Request, extra_body: RawValue<'_>) -> bool {
    let mut is_all_read = true;
    for (name, value) in members(extra_body) {
        if name != "google" {
            is_all_read = false;
            continue;
        }
        for (name, value) in members(value) {
            let path = format!("extra_body.google.{name}");
            match (&*name, value.kind()) {
                ("thinking_config", Kind::Object) => {
                    request.google.thinking_config = Some(in_camel_case(value));
                    request.note(Feature::ThinkingConfig, path);
                }
                ("safety_settings", Kind::Array) => {
                    request.google.safety_settings = Some(Json::of(value));
                    request.note(Feature::SafetySettings, path);
                }
                ("cached_content", Kind::String) => {
                    request.google.cached_content = value.as_text();
                    request.note(Feature::CachedContent, path);
                }
                _ => request.note(Feature::UnknownMember, path),
            }
        }
    }
    is_all_read && extra_body.kind() == Kind::Object
}

/// `thinking_config` as Gemini spells its members; others keep their names.
fn in_camel_case(config: RawValue<'_>) -> Json {
    Json::written(object(|out| {
        for (name, value) in members(config) {
            let name = match &*name {
                "thinking_budget" => "thinkingBudget",
                "thinking_level" => "thinkingLevel",
                "include_thoughts" => "includeThoughts",
                other => other,
            };
            out.raw(name, value.bytes());
        }
    }))
}
