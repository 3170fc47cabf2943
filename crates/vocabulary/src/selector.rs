//! What a caller names when it names a model: `gpt-4o`, `openai/gpt-4o`, or a `provider` member beside it (spec 01 §7.1).

use std::fmt;

/// A parsed model selector. Borrowed from the request: resolving it allocates nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelSelector<'a> {
    /// The `provider` member, if the caller sent one. Authoritative: no other provider may answer.
    pub explicit_provider: Option<&'a str>,
    /// The trimmed `model` text, whole. With an explicit provider, without one leading `provider/`.
    pub model: &'a str,
}

/// `model` was absent, null or blank.
#[derive(Debug, PartialEq, Eq)]
pub struct EmptyModel;

impl<'a> ModelSelector<'a> {
    /// Parses the members `model` and `provider` of a request.
    ///
    /// # Errors
    /// `EmptyModel` if no model remains after trimming.
    pub fn parse(model: &'a str, provider: Option<&'a str>) -> Result<Self, EmptyModel> {
        let model = model.trim();
        let explicit_provider = provider.map(str::trim).filter(|name| !name.is_empty());
        let bare = match explicit_provider.and_then(|name| model.strip_prefix(name)) {
            Some(rest) if rest.len() > 1 && rest.starts_with('/') => &rest[1..],
            _ => model,
        };
        if bare.is_empty() { Err(EmptyModel) } else { Ok(Self { explicit_provider, model: bare }) }
    }

    /// Provider and rest, split at the first `/`; `None` if a side would be empty or a provider was given explicitly.
    pub fn split(&self) -> Option<(&'a str, &'a str)> {
        if self.explicit_provider.is_some() {
            return None;
        }
        self.model.split_once('/').filter(|(provider, rest)| !provider.is_empty() && !rest.is_empty())
    }
}

impl fmt::Display for ModelSelector<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.explicit_provider {
            Some(provider) => write!(f, "{provider}/{}", self.model),
            None => f.write_str(self.model),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EmptyModel, ModelSelector};

    #[test]
    fn the_forms_of_spec_01_section_7_1() {
        let cases = [
            ("gpt-4o", None, "gpt-4o", None),
            ("openai/gpt-4o", None, "openai/gpt-4o", Some(("openai", "gpt-4o"))),
            ("openrouter/google/x", None, "openrouter/google/x", Some(("openrouter", "google/x"))),
            ("gpt-4o", Some("openai"), "gpt-4o", None),
            ("openai/gpt-4o", Some("openai"), "gpt-4o", None),
            ("openai/gpt-oss-120b", Some("groq"), "openai/gpt-oss-120b", None),
            ("/x", None, "/x", None),
            ("x/", None, "x/", None),
            (" gpt-4o ", Some(" "), "gpt-4o", None),
        ];
        for (model, provider, bare, split) in cases {
            let selector = ModelSelector::parse(model, provider).expect(model);
            assert_eq!((selector.model, selector.split()), (bare, split), "{model} with {provider:?}");
        }
        assert_eq!(ModelSelector::parse("  ", None), Err(EmptyModel));
    }
}
