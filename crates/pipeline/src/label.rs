//! Stage `label`: for whom the call counts. Today the user path of the header; key-bound paths, labels and sessions join
//! it with their issue. Source: spec 01 §3.6.

use http::header::InvalidHeaderName;
use http::{HeaderMap, HeaderName};
use vocabulary::{ApiError, UserPath};

use crate::call::Call;

/// The header that names a caller's user path, and how the operator spells it.
#[derive(Clone, Debug)]
pub struct UserPathHeader {
    name: HeaderName,
    spelling: String,
}

impl UserPathHeader {
    /// Parses the configured name.
    ///
    /// # Errors
    /// If it is no header name.
    pub fn parse(spelling: &str) -> Result<Self, InvalidHeaderName> {
        Ok(Self { name: HeaderName::from_bytes(spelling.as_bytes())?, spelling: spelling.to_owned() })
    }

    /// The header.
    pub(crate) fn name(&self) -> &HeaderName {
        &self.name
    }

    /// The user path that a request claims.
    ///
    /// # Errors
    /// 400 `invalid <Header-Name> header`.
    pub fn read(&self, headers: &HeaderMap) -> Result<Option<UserPath>, ApiError> {
        let Some(value) = headers.get(&self.name) else {
            return Ok(None);
        };
        let text = std::str::from_utf8(value.as_bytes()).ok();
        let path = text.and_then(|text| UserPath::parse(text).ok());
        path.ok_or_else(|| ApiError::invalid_request(format!("invalid {} header", self.spelling)))
    }
}

/// Sets the call's user path.
///
/// # Errors
/// 400 if the header holds no valid path.
pub(crate) fn label(call: &mut Call, header: &UserPathHeader) -> Result<(), ApiError> {
    call.user_path = header.read(call.headers())?;
    Ok(())
}
