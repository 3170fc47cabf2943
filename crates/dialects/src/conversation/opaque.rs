//! State that a provider hands out and wants back untouched, and how it travels through a dialect that is not its own.
//! At home it stands as it came. Elsewhere it is *sealed*: a text that names its issuer and holds the whole reasoning part, so
//! that a client that returns nothing but this text returns everything. Sealed texts are base64, as Gemini's clients decode
//! signatures, and begin with `Z29tb2RlbDE6` (`gomodel1:`) in any alphabet of base64.
//! Invariant: `open(&seal(r)) == Some(r)`. A sealed text is a carrier, not a secret and not a proof: the issuer checks its state.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::{Reasoning, Text};
use crate::json::{RawObject, push_quoted};

/// Who can read a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Issuer {
    /// Signatures and redacted thinking of Anthropic's dialect.
    Anthropic,
    /// Thought signatures of Gemini.
    Google,
    /// Encrypted reasoning of OpenAI's Responses.
    OpenAi,
}

/// What an issuer must get back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpaqueState {
    /// Who can read it.
    pub issuer: Issuer,
    /// As the issuer spelt it.
    pub bytes: Text,
}

const MAGIC: &[u8] = b"gomodel1:";
/// `MAGIC` in base64: nine bytes are twelve digits, whatever follows.
pub(crate) const SEALED_PREFIX: &str = "Z29tb2RlbDE6";
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const IN_STANDARD: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const IN_URL_SAFE: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

impl Issuer {
    const NAMES: [(Self, &'static str); 3] =
        [(Self::Anthropic, "anthropic"), (Self::Google, "google"), (Self::OpenAi, "openai")];

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(issuer, _)| *issuer == self).map_or("", |(_, name)| name)
    }

    fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(issuer, _)| *issuer)
    }
}

/// A reasoning part with its state as one text, for a dialect that is not the issuer's. `None` if there is no state.
pub fn seal(reasoning: &Reasoning) -> Option<Text> {
    let OpaqueState { issuer, bytes } = reasoning.state.as_ref()?;
    let mut plain = Vec::with_capacity(MAGIC.len() + reasoning.text.len() + bytes.len() + 64);
    plain.extend_from_slice(MAGIC);
    plain.extend_from_slice(br#"{"issuer":"#);
    push_quoted(&mut plain, issuer.name());
    plain.extend_from_slice(br#","state":"#);
    push_quoted(&mut plain, bytes);
    if !reasoning.text.is_empty() {
        plain.extend_from_slice(br#","text":"#);
        push_quoted(&mut plain, &reasoning.text);
    }
    if let Some(id) = &reasoning.id {
        plain.extend_from_slice(br#","id":"#);
        push_quoted(&mut plain, id);
    }
    for (name, flag) in [("summary", reasoning.is_summary), ("redacted", reasoning.is_redacted)] {
        if flag {
            plain.extend_from_slice(format!(r#","{name}":true"#).as_bytes());
        }
    }
    plain.push(b'}');
    Some(IN_STANDARD.encode(plain).into())
}

/// The reasoning part of a sealed text; `None` if the text is not one of ours.
pub fn open(sealed: &str) -> Option<Reasoning> {
    if !is_sealed(sealed) {
        return None;
    }
    let plain = IN_STANDARD.decode(sealed).or_else(|_| IN_URL_SAFE.decode(sealed)).ok()?;
    let object = RawObject::scan(plain.get(MAGIC.len()..)?.to_vec().into()).ok()?;
    let text = |key: &str| object.get(key).and_then(|value| value.as_text());
    let flag = |key: &str| object.get(key).and_then(|value| value.as_bool()).unwrap_or(false);
    let issuer = Issuer::parse(&text("issuer")?)?;
    Some(Reasoning {
        text: text("text").unwrap_or_default(),
        is_summary: flag("summary"),
        is_redacted: flag("redacted"),
        id: text("id"),
        state: Some(OpaqueState { issuer, bytes: text("state")? }),
    })
}

/// True if a signature was sealed by a gateway: its dialect's own provider would refuse it.
pub fn is_sealed(signature: &str) -> bool {
    signature.starts_with(SEALED_PREFIX)
}

#[cfg(test)]
mod tests {
    use super::{Issuer, OpaqueState, is_sealed, open, seal};
    use crate::conversation::Reasoning;

    #[test]
    fn what_is_sealed_opens_again_in_either_alphabet() {
        let state = OpaqueState { issuer: Issuer::Google, bytes: "a+/b==\"\n??>>".into() };
        let reasoning = Reasoning {
            text: "hm\u{1f600}~~??".into(),
            is_summary: true,
            is_redacted: true,
            id: Some("rs_1".into()),
            state: Some(state),
        };
        let sealed = seal(&reasoning).unwrap();
        assert!(is_sealed(&sealed));
        assert_eq!(open(&sealed), Some(reasoning.clone()));
        let url_safe = sealed.replace('+', "-").replace('/', "_");
        assert_eq!(open(url_safe.trim_end_matches('=')), Some(reasoning));
    }

    #[test]
    fn what_is_not_sealed_stays_closed() {
        for text in ["", "Z29tb2RlbDE6", "Z29tb2RlbDE6!!", "EqQBCkYIBxgC", "Z29tb2RlbDE6e30="] {
            assert_eq!(open(text), None, "{text}");
        }
        assert_eq!(seal(&Reasoning::default()), None);
    }
}
