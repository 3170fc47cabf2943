//! The calls that the cases repeat, as prepared bytes.
//! In: a row's `Ask`. Out: the request, and how many frames its answer has at least.
//! Invariant: in every dialect the small prompt says the same with the same settings, so that calls can be compared.
//! Source: OpenAI API reference (chat, Responses, embeddings), Anthropic API reference (Messages), Gemini API reference.

use std::time::Duration;

use bytes::Bytes;

use crate::load::Call;
use crate::mock::Script;

/// The credential that every request carries; nginx and the mock ignore it.
pub(crate) const MASTER_KEY: &str = "mk";
/// No divisor of the mock's pace.
const STAGGER: Duration = Duration::from_micros(6_700);
/// Bytes of the large prompt.
pub(crate) const LARGE_PROMPT_BYTES: usize = 1024 * 1024;

/// The call that is repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask {
    SmallChat,
    LargePrompt,
    Embeddings,
    /// The client asks for usage, so nothing has to be taken out of the stream.
    Burst,
    /// The client does not ask, as most do: the gateway asks and takes usage out again (spec 01 B3).
    BurstWithoutUsage,
    Paced,
    Idle,
    /// The small prompt in a client's dialect. The model is qualified by its provider; a chat stream asks for usage.
    Small {
        client: Dialect,
        model: &'static str,
        streamed: bool,
    },
}

/// A wire format, of clients and of the mock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Dialect {
    Chat,
    Responses,
    Messages,
    Gemini,
}

impl Ask {
    pub(crate) fn call(self) -> Call {
        let chat = |body: String, least_frames| (CHAT_PATH.to_owned(), body, least_frames);
        let (path, body, least_frames) = match self {
            Self::SmallChat => chat(small_chat("small", ""), 0),
            Self::LargePrompt => chat(large_prompt(), 0),
            Self::Embeddings => ("/v1/embeddings".to_owned(), EMBEDDINGS.to_owned(), 0),
            Self::Burst => chat(small_chat("burst-50", STREAM_WITH_USAGE), 52),
            Self::BurstWithoutUsage => chat(small_chat("burst-50", STREAM), 51),
            Self::Paced => chat(small_chat("paced-20", STREAM_WITH_USAGE), 22),
            Self::Idle => chat(small_chat("idle", STREAM_WITH_USAGE), 1),
            Self::Small { client, model, streamed: false } => {
                (client.path(model, GEMINI_WHOLE), client.small(model, ""), 0)
            }
            Self::Small { client, model, streamed: true } => {
                let members = if client == Dialect::Chat { STREAM_WITH_USAGE } else { STREAM };
                // Each piece of text, and an end.
                let frames = Script::of(model).pieces.len() as u64 + 1;
                (client.path(model, GEMINI_STREAM), client.small(model, members), frames)
            }
        };
        let stagger = if matches!(self, Self::Paced) { STAGGER } else { Duration::ZERO };
        Call { request: encode("POST", &path, &body), least_frames, stagger }
    }

    /// In which dialect it is asked, and so answered.
    pub(crate) fn dialect(self) -> Dialect {
        match self {
            Self::Small { client, .. } => client,
            _ => Dialect::Chat,
        }
    }

    /// The answer must reach the client as the upstream sent it (whole answers get a `provider` member).
    pub(crate) fn is_relayed_unchanged(self) -> bool {
        matches!(self, Self::Burst | Self::BurstWithoutUsage | Self::Paced)
    }
}

impl Dialect {
    fn path(self, model: &str, gemini_method: &str) -> String {
        match self {
            Self::Chat => CHAT_PATH.to_owned(),
            Self::Responses => "/v1/responses".to_owned(),
            Self::Messages => "/v1/messages".to_owned(),
            Self::Gemini => format!("/v1beta/models/{model}{gemini_method}"),
        }
    }

    /// The small prompt; Gemini has model and stream in the path.
    fn small(self, model: &str, members: &str) -> String {
        match self {
            Self::Chat => small_chat(model, members),
            Self::Responses => format!(
                r#"{{"model":"{model}",{members}"instructions":"{SYSTEM}","input":[{{"type":"message","role":"user","content":[{{"type":"input_text","text":"{QUESTION}"}}]}}],"temperature":0.7,"max_output_tokens":256,"user":"bench-1","store":false}}"#
            ),
            Self::Messages => format!(
                r#"{{"model":"{model}",{members}"system":"{SYSTEM}","messages":[{{"role":"user","content":"{QUESTION}"}}],"temperature":0.7,"max_tokens":256,"metadata":{{"user_id":"bench-1"}}}}"#
            ),
            Self::Gemini => format!(
                r#"{{"systemInstruction":{{"parts":[{{"text":"{SYSTEM}"}}]}},"contents":[{{"role":"user","parts":[{{"text":"{QUESTION}"}}]}}],"generationConfig":{{"temperature":0.7,"maxOutputTokens":256}}}}"#
            ),
        }
    }
}

const CHAT_PATH: &str = "/v1/chat/completions";
const GEMINI_WHOLE: &str = ":generateContent";
const GEMINI_STREAM: &str = ":streamGenerateContent?alt=sse";
const SYSTEM: &str = "You are a terse assistant. Answer in one or two sentences, without lists.";
const QUESTION: &str = r#"What does a gateway between clients and model providers do, and what should it \"cost\"?\nOne paragraph, please."#;
const STREAM: &str = r#""stream":true,"#;
const STREAM_WITH_USAGE: &str = r#""stream":true,"stream_options":{"include_usage":true},"#;
const EMBEDDINGS: &str = r#"{"model":"text-embedding-bench","input":"What stands between many clients and many providers?","encoding_format":"float"}"#;

/// A request as a client's HTTP library sends it.
pub(crate) fn encode(method: &str, path: &str, body: &str) -> Bytes {
    let length = body.len();
    Bytes::from(format!(
        "{method} {path} HTTP/1.1\r\nHost: gateway.bench\r\nAuthorization: Bearer {MASTER_KEY}\r\n\
         Content-Type: application/json\r\nAccept: application/json\r\nUser-Agent: bench/1\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    ))
}

fn small_chat(model: &str, members: &str) -> String {
    format!(
        r#"{{"model":"{model}",{members}"messages":[{{"role":"system","content":"{SYSTEM}"}},{{"role":"user","content":"{QUESTION}"}}],"temperature":0.7,"max_tokens":256,"user":"bench-1"}}"#
    )
}

/// Prose with escapes and non-ASCII letters, in turns, so that a scanner meets what it meets in life.
fn large_prompt() -> String {
    const SENTENCE: &str =
        r#"The gateway reads the prompt once, \"quotes\" and all,\nand sends it on: naïve, schön, 速い. "#;
    let mut body = r#"{"model":"prompt","messages":[{"role":"user","content":""#.to_owned();
    while body.len() < LARGE_PROMPT_BYTES {
        for _ in 0..40 {
            body.push_str(SENTENCE);
        }
        body.push_str(r#""},{"role":"user","content":""#);
    }
    body.push_str(r#"End."}],"temperature":0.7}"#);
    body
}

#[cfg(test)]
mod tests {
    use super::{Ask, LARGE_PROMPT_BYTES};
    use crate::cases::all;

    #[test]
    fn every_body_is_json_and_of_its_size() {
        let asks = all().filter_map(|case| case.load()).map(|(ask, _)| ask);
        for ask in asks.chain([Ask::Idle]) {
            let request = ask.call().request;
            let start = memchr::memmem::find(&request, b"\r\n\r\n").unwrap() + 4;
            assert!(serde_json::from_slice::<serde_json::Value>(&request[start..]).is_ok(), "{ask:?}");
        }
        let large = Ask::LargePrompt.call().request.len();
        assert!((LARGE_PROMPT_BYTES..LARGE_PROMPT_BYTES + 16 * 1024).contains(&large));
    }
}
