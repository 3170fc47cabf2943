//! The decision of spec 01 §3.3: which caller a credential stands for.
//! Invariant: the master key is compared in constant time and never leaves this file.

use subtle::ConstantTimeEq;
use vocabulary::Secret;

use crate::{Credential, CredentialHeaders};

/// A caller whose right to be here was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// No credential is configured: everybody may call.
    Unprotected,
    /// The holder of the master key.
    Master,
    /// Nobody was asked: the path is open to all.
    OpenPath,
}

/// Why a credential was refused. The texts are public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Nothing was sent.
    #[error("missing credentials: send 'Authorization: Bearer <token>' or 'x-api-key: <token>'")]
    Missing,
    /// `Authorization` is not of the form `Bearer <token>`.
    #[error("invalid authorization header format, expected 'Bearer <token>'")]
    MalformedAuthorization,
    /// The token is not the master key.
    #[error("invalid master key")]
    WrongMasterKey,
}

/// How callers are authenticated, for the start-up log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMode {
    /// Everybody may call.
    Unsafe,
    /// The master key is needed.
    MasterKey,
}

/// The credentials that this gateway knows.
#[derive(Clone, Debug)]
pub struct Gate {
    master_key: Option<Secret>,
}

impl Gate {
    /// A gate with the configured master key; a blank one counts as none.
    pub fn new(master_key: Option<Secret>) -> Self {
        Self { master_key: master_key.filter(|key| !key.is_blank()) }
    }

    /// How callers are authenticated.
    pub fn mode(&self) -> AuthMode {
        if self.master_key.is_some() { AuthMode::MasterKey } else { AuthMode::Unsafe }
    }

    /// Decides who calls.
    ///
    /// # Errors
    /// The `Rejection` that the caller is told.
    pub fn identify(&self, headers: CredentialHeaders<'_>) -> Result<Caller, Rejection> {
        let Some(master_key) = &self.master_key else {
            return Ok(Caller::Unprotected);
        };
        let credential = headers.credential()?.ok_or(Rejection::Missing)?;
        if is_same(credential, master_key) { Ok(Caller::Master) } else { Err(Rejection::WrongMasterKey) }
    }
}

fn is_same(credential: Credential<'_>, key: &Secret) -> bool {
    credential.0.ct_eq(key.reveal().as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::{Caller, Gate, Rejection};
    use crate::CredentialHeaders;
    use vocabulary::Secret;

    fn identify(authorization: Option<&str>, x_api_key: Option<&str>) -> Result<Caller, Rejection> {
        Gate::new(Some(Secret::new("mk-1"))).identify(CredentialHeaders {
            authorization: authorization.map(str::as_bytes),
            x_api_key: x_api_key.map(str::as_bytes),
        })
    }

    #[test]
    fn the_decisions_of_spec_01_section_3() {
        let cases = [
            (None, None, Err(Rejection::Missing)),
            (Some(""), None, Err(Rejection::Missing)),
            (Some("Bearer mk-1"), None, Ok(Caller::Master)),
            (None, Some("mk-1"), Ok(Caller::Master)),
            (Some(""), Some("mk-1"), Ok(Caller::Master)),
            (Some("Bearer wrong"), Some("mk-1"), Err(Rejection::WrongMasterKey)),
            (Some("Basic abc"), Some("mk-1"), Err(Rejection::MalformedAuthorization)),
            (Some("bearer mk-1"), None, Err(Rejection::MalformedAuthorization)),
            (Some("Bearer  mk-1"), None, Err(Rejection::WrongMasterKey)),
            (Some("Bearer mk-1 "), None, Err(Rejection::WrongMasterKey)),
            (Some("Bearer mk"), None, Err(Rejection::WrongMasterKey)),
        ];
        for (authorization, x_api_key, expected) in cases {
            assert_eq!(identify(authorization, x_api_key), expected, "{authorization:?} {x_api_key:?}");
        }
    }

    #[test]
    fn without_a_master_key_everybody_may_call() {
        for key in [None, Some(Secret::new("")), Some(Secret::new("  "))] {
            let headers = CredentialHeaders { authorization: Some(b"Basic abc"), x_api_key: None };
            assert_eq!(Gate::new(key).identify(headers), Ok(Caller::Unprotected));
        }
    }
}
