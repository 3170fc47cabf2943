//! Judges a draft and makes its settings: the credential filter of spec 02 §1.5, base URL and placeholders (B21), and the
//! process-wide defaults under the instance's own values.
//! In: a draft. Out: `InstanceSettings`, or the reason why it is none: public text without a secret.

use bytes::Bytes;
use catalog::{ConfiguredModel, ModelsMode};
use config::{BreakerSettings, ConfiguredModelsMode, ProviderBlock, RetrySettings, Settings};
use http::{HeaderName, HeaderValue};
use jiff::Timestamp;
use upstream::Deadlines;
use vocabulary::{InstanceName, ModelId, Secret};

use super::overlay::Draft;
use super::{is_resolved, metadata};
use crate::base_url::BaseUrl;
use crate::definition::{Auth, Definition, Embeddings, Endpoints, Refusal};
use crate::definitions::{Kind, find};
use crate::jwt;
use crate::settings::{ApiMode, InstanceSettings, Network};

pub(super) fn resolve(
    draft: &Draft,
    settings: &Settings,
    warnings: &mut Vec<String>,
) -> Result<InstanceSettings, String> {
    let definition = match find(draft.kind()) {
        Some(Kind::Built(definition)) if definition.answers_in_process() => {
            return Err("the demo provider is switched on by DEMO_PROVIDER_ENABLED, not declared".to_owned());
        }
        Some(Kind::Built(definition)) => definition,
        Some(Kind::NotBuilt(kind)) => return Err(format!("providers of type {kind} are not supported yet")),
        None => return Err(format!("unknown provider type {:?}", draft.kind())),
    };
    let block = &draft.block;
    let base_url = base_url(definition, block)?;
    let keys = keys(definition, block, warnings)?;
    build(definition, block, settings, base_url, keys, warnings)
}

/// The instance of a row that nothing is configured for.
pub(super) fn bare(definition: &'static Definition, settings: &Settings) -> Result<InstanceSettings, String> {
    let block = ProviderBlock { name: definition.kind.0.to_owned(), ..Default::default() };
    build(definition, &block, settings, base_url(definition, &block)?, Vec::new(), &mut Vec::new())
}

fn base_url(definition: &Definition, block: &ProviderBlock) -> Result<BaseUrl, String> {
    let configured = block.base_url.as_deref().filter(|text| !text.trim().is_empty());
    let text = configured.or(definition.base_url).ok_or("a base URL is required")?;
    BaseUrl::parse(text).map_err(|error| error.to_string())
}

/// The resolved keys, duplicates collapsed. Keyless types may have none.
fn keys(
    definition: &Definition,
    block: &ProviderBlock,
    warnings: &mut Vec<String>,
) -> Result<Vec<Secret>, String> {
    let mut keys: Vec<Secret> = Vec::new();
    for (index, key) in block.keys().enumerate().filter(|(_, key)| is_resolved(key.reveal())) {
        if HeaderValue::from_str(key.reveal()).is_err() {
            warnings.push(format!(
                "key {} of provider {} has characters that no header can carry, and is ignored",
                index + 1,
                block.name
            ));
        } else if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    if keys.is_empty() && !definition.keyless {
        let reason = if block.keys().next().is_some() {
            "its API key is blank or an unresolved placeholder"
        } else {
            definition.missing_key.unwrap_or("no API key is set")
        };
        return Err(reason.to_owned());
    }
    if definition.auth == Auth::ChatGpt {
        warnings.extend(keys.iter().filter_map(|key| ending(key, &block.name)));
    }
    Ok(keys)
}

/// A token that does not hold for another day (03-B26).
fn ending(token: &Secret, name: &str) -> Option<String> {
    let end = Timestamp::from_second(jwt::expiry(token.reveal())?.try_into().ok()?).ok()?;
    let now = Timestamp::now();
    if end <= now {
        return Some(format!("the access token of provider {name} ended at {end}; sign in again"));
    }
    let is_near = end.as_second() - now.as_second() < 24 * 60 * 60;
    is_near.then(|| format!("the access token of provider {name} ends at {end}"))
}

fn build(
    definition: &'static Definition,
    block: &ProviderBlock,
    settings: &Settings,
    base_url: BaseUrl,
    keys: Vec<Secret>,
    warnings: &mut Vec<String>,
) -> Result<InstanceSettings, String> {
    let name = InstanceName::parse(&block.name).map_err(|error| error.to_string())?;
    let embeddings = match block.embeddings {
        None => definition.embeddings,
        Some(false) => Embeddings::Unsupported(Refusal::Plain),
        Some(true) if matches!(definition.embeddings, Embeddings::Unsupported(_)) => Embeddings::Native,
        Some(true) => definition.embeddings,
    };
    Ok(InstanceSettings {
        name,
        definition,
        base_url,
        api_version: block.api_version.clone().filter(|version| !version.trim().is_empty()),
        keys,
        session_sticky_keys: block.session_sticky_keys.unwrap_or(true),
        models: models(block, warnings),
        models_mode: models_mode(
            block.models_mode.unwrap_or(settings.models.configured_provider_models_mode),
        ),
        allow_unlisted_models: block.allow_unlisted_models.unwrap_or_else(|| takes_unlisted(definition)),
        priority: block.priority.map_or(100, |priority| i32::try_from(priority).unwrap_or(i32::MAX)),
        retry: retry(block, settings),
        circuit_breaker: circuit_breaker(block, settings),
        deadlines: deadlines(block, settings),
        network: network(block, settings),
        embeddings,
        responses: block.responses,
        api_mode: api_mode(block.api_mode.as_deref().unwrap_or_default(), settings),
        messages_models: settings.process.opencode_go_messages_models.clone(),
        problem: problem(definition, block),
        headers: headers(block)?,
        default_headers: default_headers(definition, settings, warnings),
        query: block.query.clone(),
        auth_header: block.auth_header.as_deref().map(header_name).transpose()?,
        auth_scheme: block.auth_scheme.clone(),
        extra_body: block
            .extra_body
            .iter()
            .map(|(key, json)| (key.clone(), Bytes::from(json.clone())))
            .collect(),
        drop_fields: block.drop_fields.clone(),
        rename_fields: block.rename_fields.clone(),
        reasoning_efforts: block.reasoning_efforts.clone(),
        model_quirks: block.model_quirks.unwrap_or(true),
        inference_objective: block.inference_objective.clone().filter(|objective| is_resolved(objective)),
        fairness_from_user_path: block.fairness_from_user_path.unwrap_or(true),
    })
}

/// Google Cloud's ways to sign in do not open AI Studio (spec 03 §4.1).
fn problem(definition: &Definition, block: &ProviderBlock) -> Option<String> {
    const CLOUD: [&str; 5] = ["gcp_adc", "adc", "google_adc", "gcp_service_account", "service_account"];
    let auth_type = block.auth_type.as_deref().map(str::trim).unwrap_or_default();
    let is_google = matches!(definition.endpoints, Endpoints::GoogleWithCompat { .. });
    (is_google && CLOUD.iter().any(|cloud| auth_type.eq_ignore_ascii_case(cloud))).then(|| {
        format!("invalid Gemini provider configuration: auth_type \"{auth_type}\" needs backend \"vertex\"")
    })
}

/// The instance's mode; a blank or unknown one leaves it to the process-wide switch (spec 02 §2.1).
fn api_mode(word: &str, settings: &Settings) -> ApiMode {
    let word = word.trim().to_ascii_lowercase();
    match word.as_str() {
        "native" | "gemini_native" | "generate_content" => ApiMode::Native,
        "openai_compatible" | "openai" | "openai-compatible" | "compat" | "compatible" => {
            ApiMode::OpenAiCompatible
        }
        _ => {
            let native = settings.process.use_google_gemini_native_api;
            if native { ApiMode::Native } else { ApiMode::OpenAiCompatible }
        }
    }
}

/// True for types whose inventory only their user knows.
fn takes_unlisted(definition: &Definition) -> bool {
    definition.self_hosted || definition.base_url.is_none()
}

fn models(block: &ProviderBlock, warnings: &mut Vec<String>) -> Vec<ConfiguredModel> {
    let mut models: Vec<ConfiguredModel> = Vec::new();
    for model in &block.models {
        let id = model.id().trim();
        if id.is_empty() || models.iter().any(|known| known.id.as_str() == id) {
            continue;
        }
        let metadata = model.metadata.as_ref().and_then(|given| {
            let read = metadata::read(given);
            if let Err(error) = &read {
                warnings.push(format!("the metadata of {}/{id} is ignored: {error}", block.name));
            }
            read.ok()
        });
        models.push(ConfiguredModel { id: ModelId::new(id), metadata });
    }
    models
}

fn models_mode(mode: ConfiguredModelsMode) -> ModelsMode {
    match mode {
        ConfiguredModelsMode::Merge => ModelsMode::Merge,
        ConfiguredModelsMode::Fallback => ModelsMode::Fallback,
        ConfiguredModelsMode::Allowlist => ModelsMode::Allowlist,
    }
}

fn retry(block: &ProviderBlock, settings: &Settings) -> RetrySettings {
    let mut retry = settings.retry.clone();
    let Some(own) = block.resilience.as_ref().and_then(|resilience| resilience.retry.as_ref()) else {
        return retry;
    };
    retry.max_retries = own.max_retries.unwrap_or(retry.max_retries);
    retry.initial_backoff = own.initial_backoff.unwrap_or(retry.initial_backoff);
    retry.max_backoff = own.max_backoff.unwrap_or(retry.max_backoff);
    retry.backoff_factor = own.backoff_factor.unwrap_or(retry.backoff_factor);
    retry.jitter_factor = own.jitter_factor.unwrap_or(retry.jitter_factor);
    retry.max_elapsed = own.max_elapsed.unwrap_or(retry.max_elapsed);
    if !own.retry_on.is_empty() {
        retry.retry_on.clone_from(&own.retry_on);
    }
    retry
}

fn circuit_breaker(block: &ProviderBlock, settings: &Settings) -> BreakerSettings {
    let mut breaker = settings.circuit_breaker.clone();
    let own = block.resilience.as_ref().and_then(|resilience| resilience.circuit_breaker.as_ref());
    let Some(own) = own else { return breaker };
    breaker.failure_threshold = own.failure_threshold.unwrap_or(breaker.failure_threshold);
    breaker.success_threshold = own.success_threshold.unwrap_or(breaker.success_threshold);
    breaker.timeout = own.timeout.unwrap_or(breaker.timeout);
    breaker.scope = own.scope.unwrap_or(breaker.scope);
    breaker
}

fn deadlines(block: &ProviderBlock, settings: &Settings) -> Deadlines {
    let (http, own) = (&settings.http, block.timeouts.as_ref());
    Deadlines {
        connect: own.and_then(|own| own.connect).unwrap_or(http.connect_timeout),
        response_header: own.and_then(|own| own.response_header).unwrap_or(http.response_header_timeout),
        stream_idle: own.and_then(|own| own.stream_idle).unwrap_or(http.stream_idle_timeout),
        total: Some(own.and_then(|own| own.total).unwrap_or(http.timeout)),
    }
}

fn network(block: &ProviderBlock, settings: &Settings) -> Network {
    let file = |path: &std::path::PathBuf| settings.working_directory.join(path);
    Network {
        proxy: block.proxy.clone(),
        http_proxy: settings.http.http_proxy.clone(),
        https_proxy: settings.http.https_proxy.clone(),
        no_proxy: settings.http.no_proxy.clone(),
        root_file: settings.http.ssl_cert_file.as_ref().map(file),
        ca_file: block.ca_file.as_ref().map(file),
    }
}

fn headers(block: &ProviderBlock) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let header = |(name, value): &(String, Secret)| {
        let mut text = HeaderValue::from_str(value.reveal())
            .map_err(|_| format!("the value of header {name} has characters that no header can carry"))?;
        text.set_sensitive(true);
        Ok((header_name(name)?, text))
    };
    block.headers.iter().map(header).collect()
}

fn header_name(name: &str) -> Result<HeaderName, String> {
    HeaderName::try_from(name).map_err(|_| format!("{name:?} is not a header name"))
}

/// Values of the row's own headers that a process-wide variable replaces.
fn default_headers(
    definition: &Definition,
    settings: &Settings,
    warnings: &mut Vec<String>,
) -> std::collections::BTreeMap<&'static str, HeaderValue> {
    let mut replaced = std::collections::BTreeMap::new();
    for header in definition.default_headers {
        let Some(variable) = header.env else { continue };
        let set = settings.environment.get(variable).filter(|value| !value.trim().is_empty());
        match set.map(|value| HeaderValue::from_str(value.trim())) {
            Some(Ok(value)) => drop(replaced.insert(header.name, value)),
            Some(Err(_)) => warnings.push(format!("{variable} cannot be sent as a header and is ignored")),
            None => {}
        }
    }
    replaced
}
