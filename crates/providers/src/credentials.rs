//! The headers that carry a key, formed once per key and way of sending it (spec 02 §§2.1, 5, B25; 03 §§2.1, 11.1).
//! In: the settings with their keys. Out: per key the headers that an attempt adds.
//! Invariant: every value is marked sensitive; what the configuration says of the header wins over the row.

use http::{HeaderName, HeaderValue, header};
use upstream::HeaderList;
use vocabulary::Secret;

use crate::definition::Auth;
use crate::jwt;
use crate::settings::InstanceSettings;

/// Begins a subscription token, which Anthropic takes as a bearer token only.
const SUBSCRIPTION_TOKEN: &str = "sk-ant-oat";
/// The header in which features of Anthropic's API are asked for.
pub const ANTHROPIC_BETA: HeaderName = HeaderName::from_static("anthropic-beta");
const OAUTH_BETA: HeaderValue = HeaderValue::from_static("oauth-2025-04-20");
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const ACCOUNT: HeaderName = HeaderName::from_static("chatgpt-account-id");

pub(crate) type Headers = Vec<(HeaderName, HeaderValue)>;

/// The credentials of an instance, by the way they are sent, in the order of its keys.
#[derive(Debug, Default)]
pub(crate) struct Credentials(Vec<(Auth, Vec<(Secret, Headers)>)>);

impl Credentials {
    /// Forms the headers of every key for each way of sending it.
    pub(crate) fn new(settings: &InstanceSettings, ways: impl IntoIterator<Item = Auth>) -> Self {
        let mut formed: Vec<(Auth, Vec<(Secret, Headers)>)> = Vec::new();
        for auth in ways {
            if !formed.iter().any(|(known, _)| *known == auth) {
                let keys = settings.keys.iter();
                formed.push((auth, keys.map(|key| (key.clone(), form(auth, key, settings))).collect()));
            }
        }
        Self(formed)
    }

    /// The headers of a key; none if the configuration sets that header itself.
    pub(crate) fn of(&self, auth: Auth, key: &Secret) -> &[(HeaderName, HeaderValue)] {
        let keys = self.0.iter().find(|(known, _)| *known == auth).map_or(&[][..], |(_, keys)| keys);
        keys.iter().find(|(secret, _)| secret == key).map_or(&[], |(_, headers)| headers)
    }
}

/// Adds the headers of a credential to those of a call. A flag that the call's own `anthropic-beta` names is not repeated.
pub(crate) fn add(credential: &[(HeaderName, HeaderValue)], headers: &mut HeaderList) {
    for (name, value) in credential {
        let given = headers.iter().filter(|(given, _)| given == name).map(|(_, value)| value);
        if *name != ANTHROPIC_BETA || !names_flag(given, value) {
            headers.push((name.clone(), value.clone()));
        }
    }
}

/// True if one of the comma-separated items of these header values is the flag.
pub fn names_flag<'a>(values: impl IntoIterator<Item = &'a HeaderValue>, flag: &HeaderValue) -> bool {
    let is_flag = |item: &[u8]| item.trim_ascii() == flag.as_bytes();
    values.into_iter().any(|value| value.as_bytes().split(|byte| *byte == b',').any(is_flag))
}

fn form(auth: Auth, key: &Secret, settings: &InstanceSettings) -> Headers {
    let (name, scheme) = name_and_scheme(auth, key, settings);
    let mut headers = Headers::new();
    if settings.headers.iter().any(|(set, _)| *set == name) {
        return headers;
    }
    let text = if scheme.is_empty() { key.reveal().to_owned() } else { format!("{scheme} {}", key.reveal()) };
    // Keys that no header can carry were sorted out when they were declared.
    let Ok(mut value) = HeaderValue::try_from(text) else { return headers };
    value.set_sensitive(true);
    headers.push((name, value));
    match auth {
        Auth::Anthropic if is_subscription(key) => headers.push((ANTHROPIC_BETA, OAUTH_BETA)),
        Auth::ChatGpt => {
            let account = jwt::chatgpt_account(key.reveal()).and_then(|id| HeaderValue::try_from(id).ok());
            headers.extend(account.map(|account| (ACCOUNT, account)));
        }
        Auth::Anthropic | Auth::Bearer | Auth::Header(_) => {}
    }
    headers
}

fn is_subscription(key: &Secret) -> bool {
    key.reveal().starts_with(SUBSCRIPTION_TOKEN)
}

/// The header of a key and the word in front of it: the row's, or the configuration's (B25).
fn name_and_scheme<'a>(auth: Auth, key: &Secret, settings: &'a InstanceSettings) -> (HeaderName, &'a str) {
    let (name, scheme) = match auth {
        Auth::Bearer | Auth::ChatGpt => (header::AUTHORIZATION, "Bearer"),
        Auth::Anthropic if is_subscription(key) => (header::AUTHORIZATION, "Bearer"),
        Auth::Anthropic => (API_KEY, ""),
        Auth::Header(name) => (HeaderName::from_static(name), ""),
    };
    let configured = settings.auth_scheme.as_deref().map(str::trim);
    match &settings.auth_header {
        // A key in a header of its own stands alone, unless a scheme is configured too.
        Some(own) if *own != header::AUTHORIZATION => (own.clone(), configured.unwrap_or("")),
        Some(own) => (own.clone(), configured.unwrap_or("Bearer")),
        None => (name, configured.unwrap_or(scheme)),
    }
}

#[cfg(test)]
mod tests;
