//! Lands groups of environment variables on the entries of the file, field by field (spec 02 §1.2).
//! In: the file's entries and the groups. Out: drafts: entries with what the environment adds, and new entries.
//! Invariant: a group lands on at most one entry; one that lands nowhere is listed with the reason.

use config::{ProviderBlock, ProviderModel, Settings};

use super::Declared;
use super::environment::{Group, Variable, groups};
use crate::definitions::{Kind, find, kinds};

/// An entry that may become an instance.
#[derive(Debug)]
pub(super) struct Draft {
    pub block: ProviderBlock,
}

impl Draft {
    /// The type as it was written; a Gemini on Vertex is a Vertex. Without a word on the backend, a project or a location
    /// makes it one (spec 02 §2.1).
    pub(super) fn kind(&self) -> &str {
        let kind = self.block.provider_type.as_deref().unwrap_or_default();
        let backend = self.block.backend.as_deref().map(str::trim).unwrap_or_default();
        let places = [&self.block.vertex_project, &self.block.vertex_location];
        let has_place = || places.iter().any(|place| place.as_deref().is_some_and(super::is_resolved));
        let on_vertex = backend.eq_ignore_ascii_case("vertex") || (backend.is_empty() && has_place());
        if kind == "gemini" && on_vertex { "vertex" } else { kind }
    }
}

/// The file's entries with the environment laid over them.
pub(super) fn drafts(settings: &Settings, declared: &mut Declared) -> Vec<Draft> {
    let mut drafts: Vec<Draft> =
        settings.providers.iter().map(|block| Draft { block: block.clone() }).collect();
    let from_file = drafts.len();
    for (kind, mut group) in groups(&settings.environment, kinds()) {
        ignore_directory(kind, &mut group, &mut declared.warnings);
        if !group.is_present() {
            continue;
        }
        let name = group.instance_name(kind.name());
        match place(kind, &group, &drafts, from_file) {
            Place::Entry(index) => {
                if let Some(draft) = drafts.get_mut(index) {
                    lay(kind, &group, &mut draft.block, declared);
                }
            }
            Place::New => {
                let mut block =
                    ProviderBlock { name, provider_type: Some(kind.name().to_owned()), ..Default::default() };
                lay(kind, &group, &mut block, declared);
                drafts.push(Draft { block });
            }
            Place::Nowhere(reason) => declared.skip(&name, kind.name(), reason),
        }
    }
    drafts
}

enum Place {
    Entry(usize),
    New,
    Nowhere(String),
}

/// Where a group lands. `from_file` is how many of the drafts the file declares.
fn place(kind: Kind, group: &Group, drafts: &[Draft], from_file: usize) -> Place {
    let name = group.instance_name(kind.name());
    let named = drafts.iter().position(|draft| draft.block.name == name);
    if let Some((index, draft)) = named.and_then(|index| Some((index, drafts.get(index)?))) {
        if draft.kind() == kind.name() {
            return Place::Entry(index);
        }
        if group.suffix.is_some() {
            return Place::Nowhere(format!(
                "a provider of that name and of type {} is configured",
                draft.kind()
            ));
        }
    }
    if group.suffix.is_none() {
        let of_type =
            || drafts.iter().take(from_file).enumerate().filter(|(_, draft)| draft.kind() == kind.name());
        let mut entries = of_type();
        match (entries.next(), entries.next()) {
            (Some((index, _)), None) => return Place::Entry(index),
            (Some(_), Some(_)) => {
                let names: Vec<&str> = of_type().map(|(_, draft)| draft.block.name.as_str()).collect();
                return Place::Nowhere(format!(
                    "the file has several providers of this type ({}), so variables without a suffix belong to none of them",
                    names.join(", ")
                ));
            }
            (None, _) if named.is_some() => {
                return Place::Nowhere(
                    "a provider of that name and of another type is configured".to_owned(),
                );
            }
            (None, _) => {}
        }
    }
    may_be_new(kind, group)
}

/// What a group needs to declare an instance that the file does not know.
fn may_be_new(kind: Kind, group: &Group) -> Place {
    let Kind::Built(definition) = kind else { return Place::New };
    let (has_key, has_base) = (!group.resolved_keys().is_empty(), group.base_url().is_some());
    if definition.base_url.is_none() && !has_base {
        return Place::Nowhere("a base URL is required".to_owned());
    }
    if definition.keyless && !has_key && !has_base {
        return Place::Nowhere(
            "neither a base URL nor an API key is set, and other variables declare nothing".to_owned(),
        );
    }
    Place::New
}

/// Some servers read `<PREFIX>_MODELS` themselves: a directory is no list of models (B20).
fn ignore_directory(kind: Kind, group: &mut Group, warnings: &mut Vec<String>) {
    let Kind::Built(definition) = kind else { return };
    let is_directory = group.field("MODELS").is_some_and(|text| text.trim_start().starts_with(['/', '\\']));
    if definition.shares_models_variable
        && is_directory
        && let Some(Variable { name, .. }) = group.fields.remove("MODELS")
    {
        warnings
            .push(format!("{name} names a directory, as {} itself reads it, and is ignored", kind.name()));
    }
}

/// Lays a group over an entry: keys and models as a whole, everything else field by field.
fn lay(kind: Kind, group: &Group, block: &mut ProviderBlock, declared: &mut Declared) {
    let keys = group.resolved_keys();
    let has_key = !keys.is_empty();
    if has_key {
        block.api_key = None;
        block.api_keys = keys;
    }
    match group.base_url() {
        Some(base_url) => block.base_url = Some(base_url.to_owned()),
        None if has_key && !block.base_url.as_deref().is_some_and(super::is_resolved) => {
            block.base_url = default_base_url(kind);
        }
        None => {}
    }
    for (token, Variable { name, value }) in &group.fields {
        if let Err(problem) = lay_field(token, value, block, &mut declared.warnings, name) {
            declared.errors.push(format!("invalid value for {name}: {value:?} is not a valid {problem}"));
        }
    }
}

fn default_base_url(kind: Kind) -> Option<String> {
    match find(kind.name()) {
        Some(Kind::Built(definition)) => definition.base_url.map(str::to_owned),
        _ => None,
    }
}

/// Sets one field. The error names the kind of value that was expected.
fn lay_field(
    token: &str,
    value: &str,
    block: &mut ProviderBlock,
    warnings: &mut Vec<String>,
    variable: &str,
) -> Result<(), &'static str> {
    let text = Some(value.to_owned());
    let mut switch = |field: &mut Option<bool>| match boolean(value) {
        Some(on) => *field = Some(on),
        None => warnings.push(format!("{variable} is no boolean and is ignored")),
    };
    match token {
        "SESSION_STICKY_KEYS" => switch(&mut block.session_sticky_keys),
        "FAIRNESS_FROM_USER_PATH" => switch(&mut block.fairness_from_user_path),
        "AUTH_TYPE" => block.auth_type = text,
        "API_MODE" => block.api_mode = text,
        "BACKEND" => block.backend = text,
        "API_VERSION" => block.api_version = text,
        "INFERENCE_OBJECTIVE" => block.inference_objective = text,
        "PROJECT" | "VERTEX_PROJECT" => block.vertex_project = text,
        "LOCATION" | "VERTEX_LOCATION" => block.vertex_location = text,
        "GCP_SCOPE" => block.gcp_scope = text,
        "SERVICE_ACCOUNT_FILE" => block.service_account_file = text,
        "SERVICE_ACCOUNT_JSON" => block.service_account_json = Some(vocabulary::Secret::new(value)),
        "SERVICE_ACCOUNT_JSON_BASE64" => {
            block.service_account_json_base64 = Some(vocabulary::Secret::new(value))
        }
        "MODELS" => block.models = models(value),
        "MAX_RETRIES" => {
            let retries = value.trim().parse::<u32>().ok().filter(|retries| *retries <= 100);
            let retry = block.resilience.get_or_insert_default().retry.get_or_insert_default();
            retry.max_retries = Some(retries.ok_or("number from 0 to 100")?);
        }
        "CIRCUIT_FAILURE_THRESHOLD" => {
            let threshold = value.trim().parse::<i64>().map_err(|_| "integer")?.max(0);
            let breaker = block.resilience.get_or_insert_default().circuit_breaker.get_or_insert_default();
            breaker.failure_threshold = Some(u32::try_from(threshold).unwrap_or(u32::MAX));
        }
        "TIMEOUT" => {
            let total = config::parse_duration(value).filter(|total| !total.is_zero()).ok_or("duration")?;
            block.timeouts.get_or_insert_default().total = Some(total);
        }
        _ => {}
    }
    Ok(())
}

fn models(value: &str) -> Vec<ProviderModel> {
    let ids = value.split(',').map(str::trim).filter(|id| !id.is_empty());
    ids.map(|id| ProviderModel { id: Some(id.to_owned()), metadata: None }).collect()
}

/// The spellings of spec 02 §1.2 rule 4.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "True" | "TRUE" => Some(true),
        "0" | "f" | "F" | "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}
