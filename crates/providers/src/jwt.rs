//! Reads two claims of an access token. Nothing is verified: the token is the operator's own, and its issuer judges it.
//! In: a token. Out: the ChatGPT account, the time at which the token ends; `None` for whatever is no such token.

use bytes::Bytes;
use dialects::json::{Kind, RawObject};

/// The claim of the account, in the payload's object of this name.
const CHATGPT_CLAIMS: &str = "https://api.openai.com/auth";

/// The account that a ChatGPT token belongs to (spec 03 §11.1).
pub(crate) fn chatgpt_account(token: &str) -> Option<String> {
    let claims = claims(token)?;
    let auth = claims.get(CHATGPT_CLAIMS).filter(|auth| auth.kind() == Kind::Object)?;
    let account = auth.get("chatgpt_account_id")?.as_str()?.into_owned();
    (!account.trim().is_empty()).then_some(account)
}

/// When the token ends, in Unix seconds.
pub(crate) fn expiry(token: &str) -> Option<u64> {
    claims(token)?.get("exp")?.as_u64()
}

fn claims(token: &str) -> Option<RawObject> {
    let mut parts = token.trim().split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    RawObject::scan(Bytes::from(base64url(payload)?)).ok()
}

/// Base64 with `-` and `_`, padded or not.
fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for character in text.trim_end_matches('=').bytes() {
        let six = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(six);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{chatgpt_account, expiry};

    // {"exp":1764000000,"https://api.openai.com/auth":{"chatgpt_account_id":"acc-1"}}
    const PAYLOAD: &str = "eyJleHAiOjE3NjQwMDAwMDAsImh0dHBzOi8vYXBpLm9wZW5haS5jb20vYXV0aCI6eyJjaGF0Z3B0X2FjY291bnRfaWQiOiJhY2MtMSJ9fQ";

    #[test]
    fn the_claims_of_a_token_are_read() {
        for token in [format!("h.{PAYLOAD}.s"), format!(" h.{PAYLOAD}==.s ")] {
            assert_eq!(chatgpt_account(&token).as_deref(), Some("acc-1"));
            assert_eq!(expiry(&token), Some(1_764_000_000));
        }
    }

    #[test]
    fn what_is_no_such_token_has_no_claims() {
        // {} and {"https://api.openai.com/auth":"x"}
        for payload in ["e30", "eyJodHRwczovL2FwaS5vcGVuYWkuY29tL2F1dGgiOiJ4In0", "%%%", "", "bm8"] {
            assert_eq!(chatgpt_account(&format!("h.{payload}.s")), None, "{payload}");
        }
        for token in ["", "sk-1", "a.b", &format!("h.{PAYLOAD}.s.x"), &format!("h.{PAYLOAD}")] {
            assert_eq!(chatgpt_account(token), None, "{token}");
            assert_eq!(expiry(token), None);
        }
    }
}
