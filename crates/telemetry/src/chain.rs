//! An error with everything that caused it, in one line.
//! In: an error whose `Display` does not repeat its source (house rule). Out: `outer: inner: innermost`.

use std::error::Error;
use std::fmt;

/// Displays the error and its whole source chain, joined by `: `.
pub fn chain<'a>(error: &'a (dyn Error + 'a)) -> impl fmt::Display + 'a {
    Chain(error)
}

struct Chain<'a>(&'a (dyn Error + 'a));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(source) = next {
            write!(f, ": {source}")?;
            next = source.source();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{error::Error, fmt};

    #[derive(Debug)]
    struct Outer(std::num::ParseIntError);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("reading the port failed")
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn every_source_is_named_once() {
        let error = Outer("x".parse::<u16>().unwrap_err());
        assert_eq!(
            super::chain(&error).to_string(),
            "reading the port failed: invalid digit found in string"
        );
    }
}
