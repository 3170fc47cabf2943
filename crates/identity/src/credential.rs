//! Taking the token out of the headers, strictly (spec 01 §3.2): the first header that is present decides alone.

use crate::Rejection;

/// The credential headers of a request, as they came.
#[derive(Clone, Copy, Default)]
pub struct CredentialHeaders<'a> {
    /// `Authorization`.
    pub authorization: Option<&'a [u8]>,
    /// `x-api-key`.
    pub x_api_key: Option<&'a [u8]>,
}

/// A token as the client sent it. Has no `Debug`: it may be a real key.
#[derive(Clone, Copy)]
pub struct Credential<'a>(pub(crate) &'a [u8]);

impl<'a> CredentialHeaders<'a> {
    /// The token, or `None` if no credential was sent.
    ///
    /// # Errors
    /// `Rejection::MalformedAuthorization` for anything but `Bearer <token>`, even beside a good `x-api-key`.
    pub fn credential(self) -> Result<Option<Credential<'a>>, Rejection> {
        match (present(self.authorization), present(self.x_api_key)) {
            (Some(value), _) => match value.strip_prefix(b"Bearer ") {
                Some(token) => Ok(Some(Credential(token))),
                None => Err(Rejection::MalformedAuthorization),
            },
            (None, Some(token)) => Ok(Some(Credential(token))),
            (None, None) => Ok(None),
        }
    }
}

fn present(value: Option<&[u8]>) -> Option<&[u8]> {
    value.filter(|value| !value.is_empty())
}
