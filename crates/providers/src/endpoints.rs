//! The paths of an instance, formed once when it is built (spec 02 §3.1, B29, B25 `query`).
//! In: the row, the base URL, the API version, the configured query. Out: one template per operation.
//! Invariant: for a template without a model in it, a call costs one reference count and no allocation.

use http::uri::PathAndQuery;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use vocabulary::Secret;

use crate::base_url::BaseUrl;
use crate::definition::{Definition, Embeddings, Endpoints, ListingPlace};

/// Unreserved characters of RFC 3986 stay.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path that may hold the model.
#[derive(Clone, Debug)]
pub(crate) enum Template {
    /// The same for every model.
    Fixed(PathAndQuery),
    /// The model as one path segment between two texts.
    PerModel {
        /// What stands before the model.
        before: String,
        /// What stands behind it, query included.
        after: String,
    },
}

impl Template {
    /// The path for a model; `None` if the model makes it too long to be one.
    pub(crate) fn path(&self, model: &str) -> Option<PathAndQuery> {
        match self {
            Self::Fixed(path) => Some(path.clone()),
            Self::PerModel { before, after } => {
                PathAndQuery::try_from(format!("{before}{}{after}", utf8_percent_encode(model, SEGMENT))).ok()
            }
        }
    }
}

/// The paths of an instance.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    pub chat: Template,
    pub embeddings: Template,
    /// `None` if the provider has no list.
    pub listing: Option<PathAndQuery>,
    /// The path below which the server's own, unversioned endpoints stand.
    pub root: String,
    /// The deployment that an Azure base URL names.
    pub deployment: Option<String>,
}

/// The configuration made a path that is none, by a query with control characters for instance.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the base URL and query do not form a valid path")]
pub struct InvalidPath;

impl Paths {
    pub(crate) fn new(
        definition: &Definition,
        embeddings: Embeddings,
        base: &BaseUrl,
        api_version: Option<&str>,
        query: &[(String, Secret)],
    ) -> Result<Self, InvalidPath> {
        match definition.endpoints {
            Endpoints::Appended => appended(definition, embeddings, base, &encode_query(None, query)),
            Endpoints::AzureDeployments { default_version } => {
                azure(definition, base, api_version.unwrap_or(default_version), query)
            }
        }
    }
}

fn appended(
    definition: &Definition,
    embeddings: Embeddings,
    base: &BaseUrl,
    query: &str,
) -> Result<Paths, InvalidPath> {
    let base = base.path();
    let root = base.strip_suffix("/v1").unwrap_or(base).to_owned();
    let embeddings = match embeddings {
        Embeddings::OllamaEmbed => fixed(&root, "/api/embed", query)?,
        Embeddings::Native | Embeddings::Unsupported => fixed(base, "/embeddings", query)?,
    };
    let listing = match definition.listing.place {
        ListingPlace::Base(path) => Some(path_and_query(base, path, query)?),
        ListingPlace::Root { cut, path } => {
            Some(path_and_query(base.strip_suffix(cut).unwrap_or(base), path, query)?)
        }
        ListingPlace::AzureResource => Some(path_and_query(base, "/models", query)?),
        ListingPlace::Configured | ListingPlace::Fixed(_) => None,
    };
    Ok(Paths { chat: fixed(base, "/chat/completions", query)?, embeddings, listing, root, deployment: None })
}

/// Azure's three forms of a base URL: the resource, its `/openai/v1`, or one deployment.
fn azure(
    definition: &Definition,
    base: &BaseUrl,
    version: &str,
    query: &[(String, Secret)],
) -> Result<Paths, InvalidPath> {
    let (resource, deployment) = azure_resource(base.path());
    if version.eq_ignore_ascii_case("v1") || version.eq_ignore_ascii_case("preview") {
        let version = version.eq_ignore_ascii_case("preview").then_some("preview");
        let versioned = format!("{resource}/openai/v1");
        let query = encode_query(version, query);
        return Ok(Paths {
            chat: fixed(&versioned, "/chat/completions", &query)?,
            embeddings: fixed(&versioned, "/embeddings", &query)?,
            listing: listed(definition).then(|| path_and_query(&versioned, "/models", &query)).transpose()?,
            root: resource.to_owned(),
            deployment: deployment.map(str::to_owned),
        });
    }
    let query = encode_query(Some(version), query);
    let template = |operation: &str| match deployment {
        Some(_) => fixed(base.path(), operation, &query),
        None => Ok(Template::PerModel {
            before: format!("{resource}/openai/deployments/"),
            after: format!("{operation}{query}"),
        }),
    };
    Ok(Paths {
        chat: template("/chat/completions")?,
        embeddings: template("/embeddings")?,
        listing: listed(definition)
            .then(|| path_and_query(resource, "/openai/models", &query))
            .transpose()?,
        root: resource.to_owned(),
        deployment: deployment.map(str::to_owned),
    })
}

fn listed(definition: &Definition) -> bool {
    !matches!(definition.listing.place, ListingPlace::Configured | ListingPlace::Fixed(_))
}

/// The path of the resource, and the deployment if the base URL names one.
fn azure_resource(path: &str) -> (&str, Option<&str>) {
    for marker in ["/openai/deployments/", "/deployments/"] {
        if let Some((resource, rest)) = path.split_once(marker) {
            let deployment = rest.split('/').next().filter(|name| !name.is_empty());
            return (resource, deployment);
        }
    }
    let resource = ["/openai/v1", "/openai"].iter().find_map(|form| path.strip_suffix(form));
    (resource.unwrap_or(path), None)
}

fn fixed(base: &str, path: &str, query: &str) -> Result<Template, InvalidPath> {
    path_and_query(base, path, query).map(Template::Fixed)
}

fn path_and_query(base: &str, path: &str, query: &str) -> Result<PathAndQuery, InvalidPath> {
    let query = if path.contains('?') { query.replacen('?', "&", 1) } else { query.to_owned() };
    PathAndQuery::try_from(format!("{base}{path}{query}")).map_err(|_| InvalidPath)
}

/// `?api-version=…&a=b`, or nothing. A configured `api-version` does not stand beside ours.
fn encode_query(version: Option<&str>, query: &[(String, Secret)]) -> String {
    let ours = version.map(|version| ("api-version", version));
    let theirs = query.iter().map(|(name, value)| (name.as_str(), value.reveal()));
    let mut text = String::new();
    for (name, value) in
        ours.into_iter().chain(theirs.filter(|(name, _)| ours.is_none_or(|ours| ours.0 != *name)))
    {
        text.push(if text.is_empty() { '?' } else { '&' });
        text.extend(utf8_percent_encode(name, SEGMENT));
        text.push('=');
        text.extend(utf8_percent_encode(value, SEGMENT));
    }
    text
}

#[cfg(test)]
mod tests;
