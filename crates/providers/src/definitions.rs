//! The table of provider types: one row each, grouped by family; a file of its own where a provider is peculiar.
//! In: the name of a type. Out: its row, or the knowledge that the type exists but is not built yet.
//! Source: spec 02 §2.1 (types, base URLs, credentials), §4 (peculiarities), B25 (presets of further vendors).

mod anthropic;
mod azure;
mod bailian;
mod chatgpt;
mod deepseek;
mod demo;
mod gemini;
mod groq;
mod hosted;
mod llmd;
mod local;
mod minimax;
mod ollama;
mod openai;
mod opencode_go;
mod openrouter;
mod presets;
mod thinking;
mod xai;

use crate::definition::Definition;

pub(crate) use demo::DEMO;

static DEFINITIONS: &[&Definition] = &[
    &openai::OPENAI,
    &openai::OPENAI_COMPATIBLE,
    &azure::AZURE,
    &anthropic::ANTHROPIC,
    &gemini::GEMINI,
    &chatgpt::CHATGPT,
    &opencode_go::OPENCODE_GO,
    &openrouter::OPENROUTER,
    &bailian::BAILIAN,
    &hosted::ORACLE,
    &hosted::CHUTES,
    &deepseek::DEEPSEEK,
    &hosted::FIREWORKS,
    &groq::GROQ,
    &hosted::HETZNER,
    &hosted::KILO,
    &hosted::KIMICODE,
    &hosted::META,
    &minimax::MINIMAX,
    &xai::XAI,
    &thinking::XIAOMI,
    &thinking::ZAI,
    &ollama::OLLAMA,
    &local::VLLM,
    &local::SGLANG,
    &local::LLAMACPP,
    &llmd::LLMD,
    &presets::MISTRAL,
    &presets::TOGETHER,
    &presets::DEEPINFRA,
    &presets::PERPLEXITY,
    &presets::CEREBRAS,
    &presets::NEBIUS,
    &presets::NOVITA,
    &presets::MOONSHOT,
    &presets::NVIDIA,
    &presets::HUGGINGFACE,
    &presets::CLOUDFLARE,
    &presets::GITHUB,
    &demo::DEMO,
];

/// Types of spec 02 §2.1 whose wire format is not spoken yet: declared instances are skipped with a reason.
const NOT_BUILT: &[&str] = &["vertex", "bedrock", "bedrock-mantle", "cohere", "elevenlabs"];

/// What is known of a type's name.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A row.
    Built(&'static Definition),
    /// A type of the specification that this build cannot call yet.
    NotBuilt(&'static str),
}

impl Kind {
    /// The name of the type.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Built(definition) => definition.kind.0,
            Self::NotBuilt(name) => name,
        }
    }
}

/// Every row.
pub fn definitions() -> &'static [&'static Definition] {
    DEFINITIONS
}

/// What is known of a type; `None` if there is no such type. Case counts.
pub fn find(kind: &str) -> Option<Kind> {
    let built = DEFINITIONS.iter().find(|row| row.kind.0 == kind).map(|row| Kind::Built(row));
    built.or_else(|| NOT_BUILT.iter().find(|name| **name == kind).map(|name| Kind::NotBuilt(name)))
}

/// Every type that can be declared through the environment, built or not.
pub(crate) fn kinds() -> impl Iterator<Item = Kind> {
    let built = DEFINITIONS.iter().filter(|row| !row.answers_in_process()).map(|row| Kind::Built(row));
    built.chain(NOT_BUILT.iter().map(|name| Kind::NotBuilt(name)))
}

#[cfg(test)]
mod tests;
