//! One dialect of one instance, ready for calls: its paths and the headers that never change.
//! In: the row, the settings, the templates of `endpoints`. Out: what `adapt` needs to form the head of a call.
//! Invariant: formed once; a call copies references. The credential belongs to the attempt (`Instance::add_credentials`).

use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue};
use upstream::HeaderList;
use vocabulary::{ApiError, Dialect};

use crate::definition::Auth;
use crate::endpoints::{SpokenPaths, Template};
use crate::spoken::Spoken;

/// A dialect that an instance speaks.
#[derive(Debug)]
pub struct Channel {
    /// What the row says of it.
    pub spoken: &'static Spoken,
    /// How the key travels.
    pub auth: Auth,
    /// The headers that every call carries: the instance's, then the dialect's own.
    pub headers: HeaderList,
    paths: SpokenPaths,
}

impl Channel {
    pub(crate) fn new(
        spoken: &'static Spoken,
        default_auth: Auth,
        constant: &HeaderList,
        paths: SpokenPaths,
    ) -> Self {
        let mut headers = constant.clone();
        for (name, value) in spoken.headers {
            // What the configuration or the row sets already stays.
            if !headers.iter().any(|(set, _)| set.as_str() == *name) {
                headers.push((HeaderName::from_static(name), HeaderValue::from_static(value)));
            }
        }
        Self { spoken, auth: spoken.auth.unwrap_or(default_auth), headers, paths }
    }

    /// The dialect.
    pub fn dialect(&self) -> Dialect {
        self.spoken.dialect
    }

    /// Where a call to a model goes.
    ///
    /// # Errors
    /// 400 if the model's name cannot be part of the path.
    pub fn path(&self, model: &str, streams: bool) -> Result<PathAndQuery, ApiError> {
        let template = if streams { &self.paths.streamed } else { &self.paths.whole };
        path(template, model)
    }

    /// Where the tokens of a call to a model are counted; `None` if the provider does not count them.
    ///
    /// # Errors
    /// 400 if the model's name cannot be part of the path.
    pub fn count_path(&self, model: &str) -> Option<Result<PathAndQuery, ApiError>> {
        self.paths.count.as_ref().map(|template| path(template, model))
    }
}

fn path(template: &Template, model: &str) -> Result<PathAndQuery, ApiError> {
    template.path(model).ok_or_else(|| {
        ApiError::invalid_request("the model name cannot be sent to this provider").with_param("model")
    })
}

#[cfg(test)]
mod tests;
