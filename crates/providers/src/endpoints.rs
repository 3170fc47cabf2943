//! The paths of an instance, formed once when it is built (spec 02 §3.1, B29, B25 `query`).
//! In: the row, the base URL, the API version, the configured query. Out: one template per operation.
//! Invariant: for a template without a model in it, a call costs one reference count and no allocation.

use http::uri::PathAndQuery;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use vocabulary::{Dialect, Secret};

use crate::base_url::BaseUrl;
use crate::definition::{Definition, Embeddings, Endpoints, ListingPlace};
use crate::spoken::SpokenPath;

/// Unreserved characters of RFC 3986 stay.
pub(crate) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

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
    /// The same for Google, whose models are also called by the path of their resource.
    PerGoogleModel {
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
            Self::PerModel { before, after } => around(before, model, after),
            Self::PerGoogleModel { before, after } => around(before, google_model(model), after),
        }
    }
}

fn around(before: &str, model: &str, after: &str) -> Option<PathAndQuery> {
    PathAndQuery::try_from(format!("{before}{}{after}", utf8_percent_encode(model, SEGMENT))).ok()
}

/// The bare id of a model that may be named by the path of its resource (spec 03 §4.1).
pub(crate) fn google_model(model: &str) -> &str {
    let model = model.rsplit_once("/models/").map_or(model, |(_, id)| id);
    let model = model.strip_prefix("models/").unwrap_or(model);
    model.strip_prefix("google/").unwrap_or(model)
}

/// The paths of an instance.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    /// The paths of each dialect of the row, in the row's order.
    pub spoken: Vec<SpokenPaths>,
    pub embeddings: Template,
    /// `None` if the provider has no list.
    pub listing: Option<PathAndQuery>,
    /// The path below which the server's own, unversioned endpoints stand.
    pub root: String,
    /// The deployment that an Azure base URL names.
    pub deployment: Option<String>,
    /// True if OpenAI's dialect stands below another base than the provider's own endpoints.
    pub has_two_bases: bool,
}

/// The paths of one dialect.
#[derive(Clone, Debug)]
pub(crate) struct SpokenPaths {
    pub whole: Template,
    pub streamed: Template,
    /// Where tokens are counted before a call.
    pub count: Option<Template>,
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
        let form = |bases: &Bases<'_>| appended(definition, embeddings, bases, &encode_query(None, query));
        match definition.endpoints {
            Endpoints::Appended => form(&Bases { own: base.path(), openai: base.path() }),
            Endpoints::GoogleWithCompat { official, compat } => {
                let path = base.path();
                let below = format!("{path}{compat}");
                form(&match path.strip_suffix(compat) {
                    Some(own) => Bases { own, openai: path },
                    None if base.to_string() == official => Bases { own: path, openai: &below },
                    None => Bases { own: path, openai: path },
                })
            }
            Endpoints::AzureDeployments { default_version } => {
                azure(definition, base, api_version.unwrap_or(default_version), query)
            }
        }
    }
}

/// Where the paths of an instance begin.
struct Bases<'a> {
    /// The provider's own endpoints.
    own: &'a str,
    /// Those in OpenAI's dialect.
    openai: &'a str,
}

fn appended(
    definition: &Definition,
    embeddings: Embeddings,
    bases: &Bases<'_>,
    query: &str,
) -> Result<Paths, InvalidPath> {
    let base = bases.own;
    let root = base.strip_suffix("/v1").unwrap_or(base).to_owned();
    let embeddings = match embeddings {
        Embeddings::OllamaEmbed => fixed(&root, "/api/embed", query)?,
        Embeddings::Native | Embeddings::Unsupported(_) => fixed(bases.openai, "/embeddings", query)?,
    };
    let listing = match definition.listing.place {
        ListingPlace::Base(path) => Some(path_and_query(base, path, query)?),
        ListingPlace::Root { cut, path } => {
            Some(path_and_query(base.strip_suffix(cut).unwrap_or(base), path, query)?)
        }
        ListingPlace::AzureResource => Some(path_and_query(base, "/models", query)?),
        ListingPlace::BuiltIn(_) | ListingPlace::Fixed(_) => None,
    };
    let spoken = definition.dialects.iter().map(|spoken| {
        let is_openai = matches!(spoken.dialect, Dialect::OpenAiChat | Dialect::OpenAiResponses);
        let base = if is_openai { bases.openai } else { bases.own };
        let (whole, streamed) = templates(base, spoken.path, query)?;
        let count = spoken.count_path.map(|path| templates(base, path, query)).transpose()?;
        Ok(SpokenPaths { whole, streamed, count: count.map(|(count, _)| count) })
    });
    Ok(Paths {
        spoken: spoken.collect::<Result<_, InvalidPath>>()?,
        embeddings,
        listing,
        root,
        deployment: None,
        has_two_bases: bases.own != bases.openai,
    })
}

/// The templates of a call that does not stream and of one that does.
fn templates(base: &str, path: SpokenPath, query: &str) -> Result<(Template, Template), InvalidPath> {
    match path {
        SpokenPath::Base(path) => fixed(base, path, query).map(same),
        SpokenPath::Root { cut, path } => {
            let root = cut.iter().find_map(|ending| base.strip_suffix(ending)).unwrap_or(base);
            fixed(root, path, query).map(same)
        }
        SpokenPath::PerModel { before, whole, streamed } => {
            let template = |method: &str| Template::PerGoogleModel {
                before: format!("{base}{before}"),
                after: with_query(method, query),
            };
            Ok((template(whole), template(streamed)))
        }
    }
}

fn same(template: Template) -> (Template, Template) {
    (template.clone(), template)
}

/// Azure's three forms of a base URL: the resource, its `/openai/v1`, or one deployment.
fn azure(
    definition: &Definition,
    base: &BaseUrl,
    version: &str,
    query: &[(String, Secret)],
) -> Result<Paths, InvalidPath> {
    let (resource, deployment) = azure_resource(base.path());
    let versioned = format!("{resource}/openai/v1");
    let is_v1 = version.eq_ignore_ascii_case("v1") || version.eq_ignore_ascii_case("preview");
    let preview = version.eq_ignore_ascii_case("preview").then_some("preview");
    let v1_query = encode_query(preview, query);
    let query = if is_v1 { v1_query.clone() } else { encode_query(Some(version), query) };
    let template = |operation: &str| match deployment {
        _ if is_v1 => fixed(&versioned, operation, &query),
        Some(_) => fixed(base.path(), operation, &query),
        None => Ok(Template::PerModel {
            before: format!("{resource}/openai/deployments/"),
            after: format!("{operation}{query}"),
        }),
    };
    let (lists, list) = if is_v1 { (versioned.as_str(), "/models") } else { (resource, "/openai/models") };
    let spoken = definition.dialects.iter().map(|spoken| {
        // Everything but chat has no dated form: it stands below `/openai/v1` (B29).
        let (whole, streamed) = match spoken.path {
            SpokenPath::Base(path) if spoken.dialect == Dialect::OpenAiChat => same(template(path)?),
            path => templates(&versioned, path, &v1_query)?,
        };
        Ok(SpokenPaths { whole, streamed, count: None })
    });
    Ok(Paths {
        spoken: spoken.collect::<Result<_, InvalidPath>>()?,
        embeddings: template("/embeddings")?,
        listing: listed(definition).then(|| path_and_query(lists, list, &query)).transpose()?,
        root: resource.to_owned(),
        deployment: deployment.map(str::to_owned),
        has_two_bases: false,
    })
}

fn listed(definition: &Definition) -> bool {
    !matches!(definition.listing.place, ListingPlace::Fixed(_))
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
    PathAndQuery::try_from(format!("{base}{}", with_query(path, query))).map_err(|_| InvalidPath)
}

/// A path that may have a query of its own, and the configured one.
fn with_query(path: &str, query: &str) -> String {
    let query = if path.contains('?') { query.replacen('?', "&", 1) } else { query.to_owned() };
    format!("{path}{query}")
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
