//! The tenant path of a caller: `/`, `/team`, `/team/a` (spec 01 §3.6).
//! Invariant: starts with `/`; no empty segment, no `.`, `..` or `:` in one. `parse` is the only way in.

use std::fmt;
use std::sync::Arc;

/// A normalised user path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserPath(Arc<str>);

/// A segment was `.` or `..`, or held a `:`.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidUserPath;

impl UserPath {
    /// Normalises a header or configuration value; `Ok(None)` if it is blank.
    ///
    /// # Errors
    /// `InvalidUserPath` if a segment is `.` or `..` or contains `:`.
    pub fn parse(text: &str) -> Result<Option<Self>, InvalidUserPath> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let mut path = String::with_capacity(text.len() + 1);
        for segment in text.split('/').map(str::trim).filter(|segment| !segment.is_empty()) {
            if segment == "." || segment == ".." || segment.contains(':') {
                return Err(InvalidUserPath);
            }
            path.push('/');
            path.push_str(segment);
        }
        if path.is_empty() {
            path.push('/');
        }
        Ok(Some(Self(path.into())))
    }

    /// The path of everybody: `/`.
    pub fn root() -> Self {
        Self("/".into())
    }

    /// True if `ancestor` is this path or lies above it, by whole segments.
    pub fn is_within(&self, ancestor: &Self) -> bool {
        let base = ancestor.0.trim_end_matches('/');
        self.0.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidUserPath, UserPath};

    #[test]
    fn the_inputs_of_spec_01_section_3_6() {
        let cases = [
            ("", Ok(None)),
            ("   ", Ok(None)),
            (" team/a/b/ ", Ok(Some("/team/a/b"))),
            ("/team//a///b", Ok(Some("/team/a/b"))),
            ("/", Ok(Some("/"))),
            ("/a/../b", Err(InvalidUserPath)),
            ("/a/./b", Err(InvalidUserPath)),
            ("/a:b", Err(InvalidUserPath)),
        ];
        for (input, expected) in cases {
            let got = UserPath::parse(input).map(|path| path.map(|path| path.to_string()));
            assert_eq!(got, expected.map(|path| path.map(str::to_owned)), "{input:?}");
        }
    }

    #[test]
    fn a_path_holds_whole_segments_below_it() {
        let path = |text| UserPath::parse(text).unwrap().unwrap();
        assert!(path("/team/a").is_within(&path("/team")));
        assert!(path("/team").is_within(&UserPath::root()));
        assert!(!path("/team-a").is_within(&path("/team")));
        assert!(!path("/team").is_within(&path("/team/a")));
    }
}
