//! Kinds that hold several values: in the file a sequence or one comma-separated text, in the environment the latter.
//! In: texts or nodes. Out: vectors, in the order in which they were written.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::net::IpAddr;

use ipnet::IpNet;
use vocabulary::Secret;

use crate::declare::{Kind, Rejection};
use crate::kind::is_token;
use crate::reader::{Reader, join};
use crate::values::list;
use crate::yaml::{Node, Value};

/// What a list holds.
pub(crate) trait Item {
    type Value;
    const NAME: &'static str;
    const SECRET: bool = false;
    const KEEPS_UNRESOLVED: bool = false;
    fn parse(text: &str) -> Result<Self::Value, Rejection>;
}

/// A list of items.
pub(crate) struct List<I>(PhantomData<I>);

impl<I: Item> Kind for List<I> {
    type Value = Vec<I::Value>;
    const NAME: &'static str = I::NAME;
    const SECRET: bool = I::SECRET;
    const CLEARABLE: bool = true;
    const KEEPS_UNRESOLVED: bool = I::KEEPS_UNRESOLVED;

    fn parse(text: &str) -> Result<Self::Value, Rejection> {
        list(text).iter().map(|item| I::parse(item)).collect()
    }

    fn read(node: &Node, key: &str, reader: &mut Reader<'_>) -> Option<Self::Value> {
        let texts = reader.texts(node, key, I::KEEPS_UNRESOLVED)?;
        let parse =
            |text: &String| reader.accept(node.line, key, (!I::SECRET).then_some(text), I::parse(text));
        let values: Vec<Option<I::Value>> = texts.iter().map(parse).collect();
        values.into_iter().collect()
    }
}

/// Any text.
pub(crate) struct Word;

impl Item for Word {
    type Value = String;
    const NAME: &'static str = "list";

    fn parse(text: &str) -> Result<String, Rejection> {
        Ok(text.to_owned())
    }
}

/// A key of a provider; whether it is resolved is for `providers` to judge.
pub(crate) struct ApiKey;

impl Item for ApiKey {
    type Value = Secret;
    const NAME: &'static str = "list of secrets";
    const SECRET: bool = true;
    const KEEPS_UNRESOLVED: bool = true;

    fn parse(text: &str) -> Result<Secret, Rejection> {
        Ok(Secret::new(text))
    }
}

/// A network, or one address.
pub(crate) struct Network;

impl Item for Network {
    type Value = IpNet;
    const NAME: &'static str = "list of CIDRs";

    fn parse(text: &str) -> Result<IpNet, Rejection> {
        let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map_err(|_| {
            Rejection::Whole(format!("invalid TRUSTED_PROXIES: {text:?} is not a valid address or CIDR"))
        })
    }
}

/// `*` or `scheme://host[:port]`.
pub(crate) struct WebOrigin;

impl Item for WebOrigin {
    type Value = String;
    const NAME: &'static str = "list of origins";

    fn parse(text: &str) -> Result<String, Rejection> {
        let host = text.split_once("://").map(|(_, host)| host);
        if text == "*"
            || host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', '*', ' ']))
        {
            return Ok(text.to_ascii_lowercase());
        }
        Err(Rejection::Whole(format!(
            "invalid CORS_ALLOWED_ORIGINS: {text:?} is neither * nor of the form https://host:port"
        )))
    }
}

/// An HTTP status.
pub(crate) struct Status;

impl Item for Status {
    type Value = u16;
    const NAME: &'static str = "list of statuses";

    fn parse(text: &str) -> Result<u16, Rejection> {
        let refuse =
            || Rejection::Whole(format!("invalid retry_on: {text:?} is not a status between 400 and 599"));
        text.parse().ok().filter(|status| (400..600).contains(status)).ok_or_else(refuse)
    }
}

/// A mapping with free names and values of kind `K`, in the order of the file.
pub(crate) struct Pairs<K>(PhantomData<K>);

impl<K: Kind> Kind for Pairs<K> {
    type Value = Vec<(String, K::Value)>;
    const NAME: &'static str = "mapping";
    const SECRET: bool = K::SECRET;

    fn read(node: &Node, key: &str, reader: &mut Reader<'_>) -> Option<Self::Value> {
        let entries = reader.entries(node, key)?;
        let mut pairs = Vec::with_capacity(entries.len());
        for entry in entries {
            pairs.push(
                K::read(&entry.value, &join(key, &entry.key), reader).map(|value| (entry.key.clone(), value)),
            );
        }
        pairs.into_iter().collect()
    }
}

/// The same, without an order.
pub(crate) struct Map<K>(PhantomData<K>);

impl<K: Kind> Kind for Map<K> {
    type Value = BTreeMap<String, K::Value>;
    const NAME: &'static str = "mapping";

    fn read(node: &Node, key: &str, reader: &mut Reader<'_>) -> Option<Self::Value> {
        Pairs::<K>::read(node, key, reader).map(|pairs| pairs.into_iter().collect())
    }
}

/// Header names with secret values.
pub(crate) struct Headers;

impl Kind for Headers {
    type Value = Vec<(String, Secret)>;
    const NAME: &'static str = "mapping of headers";
    const SECRET: bool = true;

    fn read(node: &Node, key: &str, reader: &mut Reader<'_>) -> Option<Self::Value> {
        for entry in reader.entries(node, key)? {
            if !is_token(&entry.key) {
                reader.error(entry.line, &format!("{key}: {:?} is not a valid header name", entry.key));
            }
        }
        Pairs::<crate::kind::HeaderValue>::read(node, key, reader)
    }
}

/// Any YAML value, as JSON text.
pub(crate) struct Json;

impl Kind for Json {
    type Value = String;
    const NAME: &'static str = "value";

    fn read(node: &Node, key: &str, reader: &mut Reader<'_>) -> Option<String> {
        check_forms(node, key, reader)?;
        let lookup = reader.lookup;
        Some(crate::json::encode(node, &|text| crate::expand::expand(text, lookup).text))
    }
}

/// Reports every `${...}` below `node` that does not expand.
fn check_forms(node: &Node, key: &str, reader: &mut Reader<'_>) -> Option<()> {
    match &node.value {
        Value::Null => Some(()),
        Value::Scalar { .. } => reader.text(node, key, "value", false).map(|_| ()),
        Value::Sequence(items) => {
            items.iter().map(|item| check_forms(item, key, reader)).fold(Some(()), Option::and)
        }
        Value::Mapping(entries) => entries
            .iter()
            .map(|entry| check_forms(&entry.value, &join(key, &entry.key), reader))
            .fold(Some(()), Option::and),
    }
}
