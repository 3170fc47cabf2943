//! Cutting `BASE_PATH` off a request's path (spec 01 §1.2).
//! In: the raw path as it came. Out: the rest, still percent-encoded, or why it does not lie below the base.
//! Invariant: everything later sees the rest only; the text `/gopher` never matches the base `/g`.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// The normalised base: empty for `/`, else `/a/b` without a trailing slash. `config` normalises it.
#[derive(Clone, Debug, Default)]
pub(crate) struct BasePath(String);

/// Why a path was not cut.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum OutsideBase {
    /// It lies elsewhere: 404.
    Elsewhere,
    /// Decoded it lies below the base, but the raw text hides a separator: 400.
    InvalidEncoding,
}

impl BasePath {
    pub(crate) fn new(normalised: &str) -> Self {
        Self(normalised.trim_end_matches('/').to_owned())
    }

    /// The path below the base; `/` for the base itself.
    ///
    /// # Errors
    /// `OutsideBase` if the path is not below the base.
    pub(crate) fn strip<'p>(&self, path: &'p str) -> Result<&'p str, OutsideBase> {
        if self.0.is_empty() {
            return Ok(path);
        }
        if let Some(rest) = path.strip_prefix(self.0.as_str()).and_then(below) {
            return Ok(rest);
        }
        self.strip_encoded(path)
    }

    fn strip_encoded<'p>(&self, path: &'p str) -> Result<&'p str, OutsideBase> {
        let mut rest = path;
        for expected in self.0.split('/').skip(1) {
            let inner = rest.strip_prefix('/').ok_or(OutsideBase::Elsewhere)?;
            let end = inner.find('/').unwrap_or(inner.len());
            let (segment, after) = inner.split_at(end);
            let decoded: Cow<'_, str> = percent_decode_str(segment).decode_utf8_lossy();
            if decoded.contains('/') && format!("/{decoded}/").starts_with(&format!("/{expected}/")) {
                return Err(OutsideBase::InvalidEncoding);
            }
            if decoded != expected {
                return Err(OutsideBase::Elsewhere);
            }
            rest = after;
        }
        below(rest).ok_or(OutsideBase::Elsewhere)
    }
}

fn below(rest: &str) -> Option<&str> {
    if rest.is_empty() { Some("/") } else { rest.starts_with('/').then_some(rest) }
}

#[cfg(test)]
mod tests {
    use super::{BasePath, OutsideBase};

    #[test]
    fn the_rules_of_spec_01_section_1_2() {
        let base = BasePath::new("/g");
        let cases = [
            ("/g/health", Ok("/health")),
            ("/g", Ok("/")),
            ("/g/", Ok("/")),
            ("/health", Err(OutsideBase::Elsewhere)),
            ("/gopher/health", Err(OutsideBase::Elsewhere)),
            ("/%67/health", Ok("/health")),
            ("/%67%2Fhealth", Err(OutsideBase::InvalidEncoding)),
            ("/g/x/%2Fteam%2Fb/1", Ok("/x/%2Fteam%2Fb/1")),
        ];
        for (path, expected) in cases {
            assert_eq!(base.strip(path), expected, "{path}");
        }
        assert_eq!(BasePath::new("/").strip("/health"), Ok("/health"));
        assert_eq!(BasePath::new("/a/b").strip("/%61/b/c"), Ok("/c"));
    }
}
