//! The settings of one instance, resolved: what the row, the file, the environment and the process-wide defaults add up to.
//! In: built by `declare`. Out: everything that `instance` needs, and a fingerprint that tells whether it changed.
//! Invariant: the fingerprint covers every field, secrets included, and shows none of them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use catalog::{ConfiguredModel, InstanceProfile, ModelsMode};
use config::{BreakerSettings, ResponsesSupport, RetrySettings};
use http::{HeaderName, HeaderValue};
use upstream::Deadlines;
use vocabulary::{InstanceName, Secret};

use crate::base_url::BaseUrl;
use crate::definition::{Definition, Embeddings};

/// One configured provider.
#[derive(Clone, Debug)]
pub struct InstanceSettings {
    /// Its name.
    pub name: InstanceName,
    /// Its type.
    pub definition: &'static Definition,
    /// Where it lives.
    pub base_url: BaseUrl,
    /// `api-version`, for rows that have one.
    pub api_version: Option<String>,
    /// Resolved keys, in order, without duplicates; empty for a keyless instance.
    pub keys: Vec<Secret>,
    /// Whether a session keeps its key.
    pub session_sticky_keys: bool,
    /// The configured models.
    pub models: Vec<ConfiguredModel>,
    /// How they combine with the provider's list.
    pub models_mode: ModelsMode,
    /// Whether a qualified model that no list has is forwarded (B2).
    pub allow_unlisted_models: bool,
    /// Lower ones own bare model names first (B4).
    pub priority: i32,
    /// When a call is tried again.
    pub retry: RetrySettings,
    /// When the provider is left alone.
    pub circuit_breaker: BreakerSettings,
    /// How long each phase of a call may take; `total` holds for calls that do not stream.
    pub deadlines: Deadlines,
    /// How the provider is reached.
    pub network: Network,
    /// What becomes of an embeddings call: the row's word, or the configuration's (B25).
    pub embeddings: Embeddings,
    /// Whether Responses go to the provider's own endpoint, where the configuration says (B25, B30).
    pub responses: Option<ResponsesSupport>,
    /// Which API of the provider is used, for rows with several.
    pub api_mode: ApiMode,
    /// Models that speak the Messages dialect, for rows that decide by model.
    pub messages_models: Vec<String>,
    /// Why no call can succeed, although the instance is there (spec 02 §2.1).
    pub problem: Option<String>,
    /// Headers that every call carries (B25).
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Values of the row's default headers that the environment replaces.
    pub default_headers: BTreeMap<&'static str, HeaderValue>,
    /// Query members that every call carries (B25).
    pub query: Vec<(String, Secret)>,
    /// The header of the key, if not the row's (B25).
    pub auth_header: Option<HeaderName>,
    /// The word in front of the key, if not the row's; may be empty (B25).
    pub auth_scheme: Option<String>,
    /// Members that every body carries, as JSON; they win over the caller's (B25).
    pub extra_body: Vec<(String, Bytes)>,
    /// Members that no body carries (B25).
    pub drop_fields: Vec<String>,
    /// Members with another name, from and to (B25).
    pub rename_fields: Vec<(String, String)>,
    /// Reasoning efforts with another word, from and to (B26).
    pub reasoning_efforts: Vec<(String, String)>,
    /// Whether the rules for OpenAI's reasoning models hold (B27).
    pub model_quirks: bool,
    /// llm-d: the inference objective.
    pub inference_objective: Option<String>,
    /// llm-d: whether the user path is the fairness id.
    pub fairness_from_user_path: bool,
}

/// Which API of a provider with several is used (spec 02 §2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApiMode {
    /// The provider's own.
    #[default]
    Native,
    /// The one that speaks OpenAI's dialect.
    OpenAiCompatible,
}

/// How a provider is reached.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// The instance's own proxy.
    pub proxy: Option<Secret>,
    /// The process's proxy for http.
    pub http_proxy: Option<Secret>,
    /// The process's proxy for https.
    pub https_proxy: Option<Secret>,
    /// Hosts that the process's proxies are not used for.
    pub no_proxy: Option<String>,
    /// The process's file of root certificates, instead of the built-in ones.
    pub root_file: Option<PathBuf>,
    /// The instance's own file of further certificates.
    pub ca_file: Option<PathBuf>,
}

/// Tells whether two settings are the same without keeping them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, third, fourth, ..] = self.0;
        write!(f, "Fingerprint({first:02x}{second:02x}{third:02x}{fourth:02x}…)")
    }
}

impl InstanceSettings {
    /// What the model registry has to know of the instance.
    pub fn profile(&self) -> InstanceProfile {
        InstanceProfile {
            name: self.name.clone(),
            provider_type: self.definition.kind,
            priority: self.priority,
            owns_bare_names: !self.definition.answers_in_process(),
            configured_models: self.models.clone(),
            models_mode: self.models_mode,
            allow_unlisted_models: self.allow_unlisted_models,
            has_audio: false,
        }
    }

    /// The deadlines of a call; only calls that do not stream have a total.
    pub fn deadlines_for(&self, streams: bool) -> Deadlines {
        Deadlines { total: self.deadlines.total.filter(|_| !streams), ..self.deadlines }
    }

    /// SHA-256 over a canonical text of every field.
    pub fn fingerprint(&self) -> Fingerprint {
        let Self {
            name,
            definition,
            base_url,
            api_version,
            keys,
            session_sticky_keys,
            models,
            models_mode,
            allow_unlisted_models,
            priority,
            retry,
            circuit_breaker,
            deadlines,
            network,
            embeddings,
            responses,
            api_mode,
            messages_models,
            problem,
            headers,
            default_headers,
            query,
            auth_header,
            auth_scheme,
            extra_body,
            drop_fields,
            rename_fields,
            reasoning_efforts,
            model_quirks,
            inference_objective,
            fairness_from_user_path,
        } = self;
        let Network { proxy, http_proxy, https_proxy, no_proxy, root_file, ca_file } = network;
        let mut text = Canonical(Context::new(&SHA256));
        text.field(name.as_str().as_bytes());
        text.field(definition.kind.0.as_bytes());
        text.debug(base_url);
        for secret in keys {
            text.field(secret.reveal().as_bytes());
        }
        for secret in [proxy, http_proxy, https_proxy] {
            text.field(secret.as_ref().map_or("", |secret| secret.reveal()).as_bytes());
        }
        for (header, value) in headers {
            text.field(header.as_str().as_bytes());
            text.field(value.as_bytes());
        }
        for (name, value) in query {
            text.field(name.as_bytes());
            text.field(value.reveal().as_bytes());
        }
        for (header, value) in default_headers {
            text.field(header.as_bytes());
            text.field(value.as_bytes());
        }
        text.debug(&(api_version, session_sticky_keys, models, models_mode, allow_unlisted_models, priority));
        text.debug(&(retry, circuit_breaker, deadlines, no_proxy, root_file, ca_file));
        text.debug(&(embeddings, auth_header, auth_scheme, extra_body, drop_fields, rename_fields));
        text.debug(&(reasoning_efforts, model_quirks, inference_objective, fairness_from_user_path));
        text.debug(&(responses, api_mode, messages_models, problem));
        text.debug(&(keys.len(), headers.len(), query.len(), default_headers.len()));
        text.finish()
    }
}

/// Fields one after the other, each behind its length, so that no two settings read the same.
struct Canonical(Context);

impl Canonical {
    fn field(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn debug(&mut self, value: &dyn fmt::Debug) {
        self.field(format!("{value:?}").as_bytes());
    }

    fn finish(self) -> Fingerprint {
        let digest = self.0.finish();
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        Fingerprint(bytes)
    }
}
