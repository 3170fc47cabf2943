//! Stage `label`: for whom the call counts. Today the user path of the header; key-bound paths, labels and sessions join
//! it with their issue. Source: spec 01 §3.6.

use http::{HeaderMap, HeaderName};
use vocabulary::{ApiError, UserPath};

use crate::call::Call;

/// Sets the call's user path.
///
/// # Errors
/// 400 if the header holds no valid path.
pub(crate) fn label(call: &mut Call, header: &HeaderName) -> Result<(), ApiError> {
    call.user_path = user_path(call.headers(), header)?;
    Ok(())
}

/// The user path that a request claims in its header.
///
/// # Errors
/// 400 `invalid <Header-Name> header`.
pub fn user_path(headers: &HeaderMap, header: &HeaderName) -> Result<Option<UserPath>, ApiError> {
    let Some(value) = headers.get(header) else {
        return Ok(None);
    };
    let text = std::str::from_utf8(value.as_bytes()).map_err(|_| invalid(header))?;
    UserPath::parse(text).map_err(|_| invalid(header))
}

fn invalid(header: &HeaderName) -> ApiError {
    let name = if header == "x-gomodel-user-path" { "X-GoModel-User-Path" } else { header.as_str() };
    ApiError::invalid_request(format!("invalid {name} header"))
}
