//! Groups of environment variables that declare or overlay a provider: `<PREFIX>[_<SUFFIX>]_<FIELD>` (spec 02 §1.2).
//! In: the environment, and the types with their prefixes. Out: one `Group` per instance name, unjudged.
//! Invariant: a variable belongs to the longest prefix that fits, so `BEDROCK_MANTLE_EAST_API_KEY` is never one of
//! `bedrock`, and `OPENAI_COMPATIBLE_BASE_URL` never one of `openai`.
//! Not here: which instance a group lands on (`overlay`), and what makes a provider usable (`filter`).

use std::collections::BTreeMap;

use vocabulary::Secret;

use crate::definitions::Kind;

/// What the environment says of one instance. Every field is set only if its variable is set and not empty.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// The suffix in lower case, with `-` for `_`; `None` for the unsuffixed instance.
    pub suffix: Option<String>,
    /// Keys by slot: 0 for `API_KEY`, n for `API_KEY_<n>`.
    pub keys: BTreeMap<u64, Secret>,
    /// The other fields, by token.
    pub fields: BTreeMap<&'static str, Variable>,
}

/// An environment variable that was recognised.
#[derive(Debug)]
pub(super) struct Variable {
    pub name: String,
    pub value: String,
}

impl Group {
    pub(super) fn field(&self, token: &str) -> Option<&str> {
        self.fields.get(token).map(|variable| variable.value.as_str())
    }

    /// The resolved keys in the order of their slots, duplicates collapsed.
    pub(super) fn resolved_keys(&self) -> Vec<Secret> {
        let mut keys: Vec<Secret> = Vec::new();
        for key in self.keys.values().filter(|key| super::is_resolved(key.reveal())) {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        keys
    }

    /// The base URL; a lone placeholder counts as unset (rule 6).
    pub(super) fn base_url(&self) -> Option<&str> {
        self.field("BASE_URL").filter(|text| !is_placeholder(text) && !text.trim().is_empty())
    }

    /// True if at least one recognised field says something (rule 8).
    pub(super) fn is_present(&self) -> bool {
        !self.resolved_keys().is_empty()
            || self.fields.iter().any(|(token, variable)| match *token {
                "BASE_URL" => self.base_url().is_some(),
                _ => !variable.value.trim().is_empty(),
            })
    }

    /// The instance name: `openai`, `openai-east-us`.
    pub(super) fn instance_name(&self, kind: &str) -> String {
        self.suffix.as_ref().map_or_else(|| kind.to_owned(), |suffix| format!("{kind}-{suffix}"))
    }
}

fn is_placeholder(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("${") && text.ends_with('}') && !text[2..].contains("${")
}

/// Tokens of one type only, tried before the common ones.
const OWN_TOKENS: &[(&str, &[&str])] = &[
    (
        "vertex",
        &[
            "SERVICE_ACCOUNT_JSON_BASE64",
            "SERVICE_ACCOUNT_JSON",
            "SERVICE_ACCOUNT_FILE",
            "VERTEX_PROJECT",
            "VERTEX_LOCATION",
            "PROJECT",
            "LOCATION",
            "GCP_SCOPE",
        ],
    ),
    ("llmd", &["FAIRNESS_FROM_USER_PATH", "INFERENCE_OBJECTIVE"]),
    ("azure", &["API_VERSION"]),
];

/// Tokens of every type, in the order in which they are tried.
const TOKENS: &[&str] = &[
    "SESSION_STICKY_KEYS",
    "CIRCUIT_FAILURE_THRESHOLD",
    "MAX_RETRIES",
    "TIMEOUT",
    "BASE_URL",
    "AUTH_TYPE",
    "API_MODE",
    "BACKEND",
    KEY,
    "MODELS",
];

const KEY: &str = "API_KEY";

/// The environment prefix of a type: upper case, every run of other characters one `_`.
pub(crate) fn prefix(kind: &str) -> String {
    let mut prefix = String::with_capacity(kind.len());
    for character in kind.chars() {
        if character.is_ascii_alphanumeric() {
            prefix.push(character.to_ascii_uppercase());
        } else if !prefix.ends_with('_') {
            prefix.push('_');
        }
    }
    prefix
}

/// Every group of the environment, by type in the order longest prefix first, then by suffix.
pub(super) fn groups(
    environment: &BTreeMap<String, String>,
    kinds: impl Iterator<Item = Kind>,
) -> Vec<(Kind, Group)> {
    let mut kinds: Vec<(String, Kind)> = kinds.map(|kind| (prefix(kind.name()) + "_", kind)).collect();
    kinds.sort_by(|(a, x), (b, y)| b.len().cmp(&a.len()).then_with(|| x.name().cmp(y.name())));
    let mut found: Vec<BTreeMap<Option<String>, Group>> = kinds.iter().map(|_| BTreeMap::new()).collect();
    for (name, value) in environment.iter().filter(|(_, value)| !value.is_empty()) {
        let fits = kinds.iter().position(|(prefix, _)| name.starts_with(prefix.as_str()));
        let Some((index, (prefix, kind))) = fits.and_then(|index| Some((index, kinds.get(index)?))) else {
            continue;
        };
        let address = name.get(prefix.len()..).and_then(|rest| Address::parse(rest, kind.name()));
        if let (Some(address), Some(groups)) = (address, found.get_mut(index)) {
            let group = groups.entry(address.suffix.clone()).or_default();
            group.suffix.clone_from(&address.suffix);
            group.set(&address.field, name, value);
        }
    }
    kinds
        .into_iter()
        .zip(found)
        .flat_map(|((_, kind), groups)| groups.into_values().map(move |group| (kind, group)))
        .collect()
}

impl Group {
    fn set(&mut self, field: &Field, name: &str, value: &str) {
        match field {
            Field::Key(slot) => {
                self.keys.entry(*slot).or_insert_with(|| Secret::new(value));
            }
            Field::Other(token) => {
                self.fields.insert(token, Variable { name: name.to_owned(), value: value.to_owned() });
            }
        }
    }
}

enum Field {
    Key(u64),
    Other(&'static str),
}

/// A variable's name behind its prefix, taken apart from the right.
struct Address {
    suffix: Option<String>,
    field: Field,
}

impl Address {
    fn parse(rest: &str, kind: &str) -> Option<Self> {
        if let Some(variable) = Self::numbered_key(rest) {
            return variable;
        }
        let own = OWN_TOKENS.iter().filter(|(name, _)| *name == kind).flat_map(|(_, tokens)| *tokens);
        let (token, head) = own
            .chain(TOKENS)
            .find_map(|token| Some((*token, rest.strip_suffix(token)?)).filter(|(_, head)| ends(head)))?;
        let field = if token == KEY { Field::Key(0) } else { Field::Other(token) };
        Some(Self { suffix: suffix(head)?, field })
    }

    /// `API_KEY_<n>`; the inner `None` is a slot that does not exist, such as 0.
    fn numbered_key(rest: &str) -> Option<Option<Self>> {
        let digits = rest.bytes().rev().take_while(u8::is_ascii_digit).count();
        let (head, digits) = rest.split_at_checked(rest.len() - digits)?;
        let head = head.strip_suffix("API_KEY_").filter(|head| !digits.is_empty() && ends(head))?;
        let slot = digits.parse::<u64>().ok().filter(|slot| *slot >= 1);
        Some(slot.and_then(|slot| Some(Self { suffix: suffix(head)?, field: Field::Key(slot) })))
    }
}

/// True if a token may begin behind this text.
fn ends(head: &str) -> bool {
    head.is_empty() || head.ends_with('_')
}

/// The suffix of `EAST_US_`; the inner `None` is the unsuffixed instance, the outer an invalid suffix (rule 1).
#[expect(clippy::option_option, reason = "absent and invalid differ")]
fn suffix(head: &str) -> Option<Option<String>> {
    let Some(text) = head.strip_suffix('_') else { return Some(None) };
    let valid = !text.is_empty()
        && !text.starts_with('_')
        && !text.ends_with('_')
        && !text.contains("__")
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    valid.then(|| Some(text.to_ascii_lowercase().replace('_', "-")))
}
