//! What some providers say of a model in members of their own (spec 02 §4, B8).
//! In: one entry of a list. Out: metadata in the shape of the catalogue, or that the model is of no use here.

use std::borrow::Cow;

use catalog::{Decimal, Metadata, PriceField, Pricing, Word};
use dialects::json::{Kind, RawObject, RawValue};
use jiff::Timestamp;

use crate::definition::Extras;
use crate::endpoints::google_model;

/// False for models that no operation of the gateway can call.
pub(super) fn is_usable(entry: &RawValue<'_>, form: Extras) -> bool {
    match form {
        Extras::OpenRouter => {
            let modalities = output_modalities(entry);
            modalities.is_empty() || modalities.iter().any(|modality| mode_of(modality).is_some())
        }
        Extras::Azure => match entry.get("capabilities").filter(|value| value.kind() == Kind::Object) {
            Some(capabilities) => {
                capabilities.get("inference").and_then(|value| value.as_bool()) == Some(true)
            }
            None => true,
        },
        Extras::Google => google_mode(entry).is_some(),
        Extras::Standard | Extras::Chutes | Extras::LlamaCpp | Extras::Ollama | Extras::Anthropic => true,
    }
}

/// What an entry tells; `None` if the form has nothing of its own.
pub(super) fn metadata(entry: &RawValue<'_>, form: Extras) -> Option<Metadata> {
    match form {
        Extras::OpenRouter => Some(openrouter(entry)),
        Extras::Chutes => Some(chutes(entry)),
        Extras::LlamaCpp => {
            let context_window = entry.get("meta")?.get("n_ctx").as_ref().and_then(count);
            Some(Metadata { context_window, ..Metadata::default() })
        }
        Extras::Anthropic => Some(anthropic(entry)),
        Extras::Google => Some(google(entry)),
        Extras::Standard | Extras::Ollama | Extras::Azure => None,
    }
}

/// Google names a model by the path of its resource.
pub(super) fn resource_name<'a>(entry: &RawValue<'a>, form: Extras) -> Option<Cow<'a, str>> {
    let name = entry.get("name").filter(|_| form == Extras::Google)?.as_str()?;
    (!name.trim().is_empty()).then_some(name)
}

/// The id that calls name.
pub(super) fn bare_id(id: &str, form: Extras) -> &str {
    if form == Extras::Google { google_model(id) } else { id }
}

/// Anthropic writes the time of a model as a date.
pub(super) fn created(entry: &RawValue<'_>, form: Extras) -> Option<i64> {
    let text = entry.get("created_at").filter(|_| form == Extras::Anthropic)?.as_str()?.into_owned();
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

/// Who owns the models of a provider that names nobody usable.
pub(super) fn owner(form: Extras) -> Option<&'static str> {
    match form {
        Extras::OpenRouter => Some("openrouter"),
        Extras::Anthropic => Some("anthropic"),
        Extras::Google => Some("google"),
        _ => None,
    }
}

/// llama.cpp: the context that the model was trained with, if the server does not say which one it uses.
pub(super) fn trained_context(entry: &RawValue<'_>, form: Extras) -> Option<u64> {
    let meta = entry.get("meta").filter(|_| form == Extras::LlamaCpp)?;
    meta.get("n_ctx_train").as_ref().and_then(count)
}

/// llama.cpp: what `/props` says of the one model that is loaded.
pub(super) fn apply_props(props: &RawObject, metadata: &mut Metadata) {
    let context =
        props.get("default_generation_settings").and_then(|settings| count(&settings.get("n_ctx")?));
    metadata.context_window = metadata.context_window.or(context);
    for key in ["vision", "video", "audio"] {
        let flag = props.get("modalities").and_then(|modalities| modalities.get(key)?.as_bool());
        if flag == Some(true) {
            metadata.capabilities.insert(key.into(), true);
        }
    }
}

/// Ollama: what `/api/show` says a model can do.
pub(super) fn ollama_modes(shown: &RawObject) -> Vec<Word> {
    words(shown.get("capabilities").as_ref())
        .iter()
        .filter_map(|capability| match capability.as_str() {
            "completion" => Some("chat".into()),
            "embedding" => Some("embedding".into()),
            _ => None,
        })
        .collect()
}

fn openrouter(entry: &RawValue<'_>) -> Metadata {
    let modes =
        output_modalities(entry).iter().filter_map(|modality| mode_of(modality)).map(Word::from).collect();
    Metadata {
        modes,
        context_window: entry.get("context_length").as_ref().and_then(count),
        ..Metadata::default()
    }
}

fn output_modalities(entry: &RawValue<'_>) -> Vec<String> {
    words(entry.get("architecture").and_then(|architecture| architecture.get("output_modalities")).as_ref())
}

fn mode_of(modality: &str) -> Option<&'static str> {
    Some(match modality {
        "text" => "chat",
        "image" => "image_generation",
        "embeddings" => "embedding",
        "speech" => "audio_speech",
        "transcription" => "audio_transcription",
        _ => return None,
    })
}

/// Names of Anthropic's abilities beside those of the catalogue.
const ANTHROPIC_ABILITIES: [(&str, &str); 4] = [
    ("image_input", "vision"),
    ("pdf_input", "pdf_input"),
    ("structured_outputs", "structured_output"),
    ("thinking", "reasoning"),
];

fn anthropic(entry: &RawValue<'_>) -> Metadata {
    let mut metadata = Metadata {
        display_name: text(entry, "display_name"),
        context_window: entry.get("max_input_tokens").as_ref().and_then(count),
        max_output_tokens: entry.get("max_tokens").as_ref().and_then(count),
        ..Metadata::default()
    };
    if let Some(capabilities) = entry.get("capabilities").filter(|value| value.kind() == Kind::Object) {
        for (theirs, ours) in ANTHROPIC_ABILITIES {
            let supported = capabilities.get(theirs).and_then(|ability| ability.get("supported")?.as_bool());
            metadata.capabilities.extend(supported.map(|supported| (ours.into(), supported)));
        }
    }
    metadata
}

fn google(entry: &RawValue<'_>) -> Metadata {
    let mut metadata = Metadata {
        display_name: text(entry, "displayName"),
        modes: google_mode(entry).map(Word::from).into_iter().collect(),
        context_window: entry.get("inputTokenLimit").as_ref().and_then(count),
        max_output_tokens: entry.get("outputTokenLimit").as_ref().and_then(count),
        ..Metadata::default()
    };
    let thinks = entry.get("thinking").and_then(|thinking| thinking.as_bool());
    metadata.capabilities.extend(thinks.map(|thinks| ("reasoning".into(), thinks)));
    metadata
}

/// What a model of Google can be called for: its methods say so; where none are told, its name (03-B15).
fn google_mode(entry: &RawValue<'_>) -> Option<&'static str> {
    let methods = words(entry.get("supportedGenerationMethods").as_ref());
    if !methods.is_empty() {
        let has = |method: &str| methods.iter().any(|known| known == method);
        let chats = has("generateContent") || has("streamGenerateContent");
        return if chats { Some("chat") } else { has("embedContent").then_some("embedding") };
    }
    let name = entry.get("id").or_else(|| entry.get("name"))?.as_str()?.into_owned();
    let id = google_model(&name);
    if id.starts_with("text-embedding-") || id.starts_with("gemini-embedding-") {
        return Some("embedding");
    }
    id.starts_with("gemini-").then_some("chat")
}

fn text(entry: &RawValue<'_>, key: &str) -> Option<Box<str>> {
    let text = entry.get(key)?.as_str()?;
    (!text.trim().is_empty()).then(|| text.as_ref().into())
}

fn chutes(entry: &RawValue<'_>) -> Metadata {
    let mut metadata = Metadata {
        modes: vec!["chat".into(), "responses".into()],
        context_window: entry.get("context_length").as_ref().and_then(count),
        max_output_tokens: entry.get("max_output_length").as_ref().and_then(count),
        ..Metadata::default()
    };
    for feature in words(entry.get("supported_features").as_ref()) {
        metadata.capabilities.insert(feature.as_str().into(), true);
    }
    for modality in words(entry.get("input_modalities").as_ref()) {
        match modality.as_str() {
            "image" => drop(metadata.capabilities.insert("vision".into(), true)),
            "video" | "audio" => drop(metadata.capabilities.insert(modality.as_str().into(), true)),
            _ => {}
        }
    }
    if entry.get("confidential_compute").and_then(|flag| flag.as_bool()) == Some(true) {
        metadata.capabilities.insert("confidential_compute".into(), true);
    }
    let pricing = entry.get("pricing");
    let price = |key: &str, field| {
        Some((field, Decimal::parse(pricing.as_ref()?.get(key)?.raw().trim_matches('"'))?))
    };
    let prices: Vec<_> = [
        price("prompt", PriceField::Input),
        price("completion", PriceField::Output),
        price("input_cache_read", PriceField::CachedInput),
    ]
    .into_iter()
    .flatten()
    .collect();
    metadata.pricing = (!prices.is_empty()).then(|| Pricing::usd(prices).into());
    metadata
}

fn words(list: Option<&RawValue<'_>>) -> Vec<String> {
    let elements = list.into_iter().flat_map(RawValue::elements);
    elements.filter_map(|word| word.as_str().map(|word| word.into_owned())).collect()
}

/// A count above zero, also if it is spelt `131072.0`.
fn count(value: &RawValue<'_>) -> Option<u64> {
    let whole = value.as_u64().or_else(|| value.raw().strip_suffix(".0")?.parse().ok());
    whole.filter(|count| *count > 0)
}
