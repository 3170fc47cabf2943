//! Who calls: credentials to a `Caller`, or an error that cannot be mistaken for one.
//! In: the credential headers of a request. Out: `Caller` or `Rejection`, whose text is public (spec 01 §3).
//! Invariant: a `Caller` is made only here, and only from a credential that was checked, or where none is configured.
//! Not here: HTTP, the list of open paths (`server`), managed keys (with their own issue).

mod credential;
mod gate;

pub use credential::{Credential, CredentialHeaders};
pub use gate::{AuthMode, Caller, Gate, Rejection};
