//! How members of metadata are read: `null` means absent, and a whole number may be written as `128000.0`.
//! In: a serde deserialiser. Out: the value or the type's default. Anything else wrong stays an error, so that the
//! reader of a list can skip that one entry and count it.

use std::borrow::Cow;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// Reads an object. Derived readers would take an array for one.
pub(crate) fn object<'a, T: Deserialize<'a>>(text: &'a str) -> serde_json::Result<T> {
    if text.trim_start().starts_with('{') {
        serde_json::from_str(text)
    } else {
        Err(serde_json::Error::custom("not an object"))
    }
}

/// `null` is the default value.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A count: `null`, 0, and what is no whole number in range mean unknown.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let number = Option::<serde_json::Number>::deserialize(deserializer)?;
    Ok(number.as_ref().and_then(whole).filter(|count| *count > 0))
}

fn whole(number: &serde_json::Number) -> Option<u64> {
    number.as_u64().or_else(|| number.to_string().strip_suffix(".0")?.parse().ok())
}

/// A short text from a small set: a mode, a category, the name of a capability. Known ones cost no memory.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Word(Cow<'static, str>);

impl Word {
    /// The word as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Word {
    fn from(text: &str) -> Self {
        let known = KNOWN.iter().find(|word| **word == text);
        Self(known.map_or_else(|| Cow::Owned(text.to_owned()), |word| Cow::Borrowed(*word)))
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Ok(Self::from(text.as_ref()))
    }
}

const KNOWN: &[&str] = &[
    "chat",
    "responses",
    "function_calling",
    "tool_choice",
    "vision",
    "reasoning",
    "response_schema",
    "structured_output",
    "system_messages",
    "parallel_function_calling",
    "prompt_caching",
    "pdf_input",
    "web_search",
    "audio_input",
    "audio_output",
    "video_input",
    "computer_use",
    "tools",
    "completion",
    "embedding",
    "rerank",
    "image_generation",
    "image_edit",
    "audio_transcription",
    "audio_speech",
    "video_generation",
    "video_edit",
    "moderation",
    "ocr",
    "search",
    "realtime",
    "text_generation",
    "image",
    "audio",
    "video",
    "utility",
];
