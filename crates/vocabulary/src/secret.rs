//! A text that must not be shown: keys, tokens, passwords.
//! Invariant: neither `Display` nor serialisation exists, `Debug` prints `Secret(..)`, and the memory is wiped on drop.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

/// A credential. Cloning shares the text; `reveal` is the only way to read it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Wraps a credential as it was configured, spaces included.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Zeroizing::new(text.into())))
    }

    /// The text itself. Call it only where the credential leaves for the wire or is compared.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// True if nothing but white space was configured.
    pub fn is_blank(&self) -> bool {
        self.0.trim().is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_is_never_printed() {
        assert_eq!(format!("{:?}", Secret::new("sk-123")), "Secret(..)");
    }
}
