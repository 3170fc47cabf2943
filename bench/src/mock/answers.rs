//! The prebuilt answers, in the shape of OpenAI's API.
//! In: what was asked. Out: bytes to send at once, pieces to send in time, or bytes before silence.
//! `burst-N`: N frames in one write. `paced-N`: one frame every 5 ms. `idle`: one frame, then nothing. Any other
//! model: an answer of about 600 bytes. With `include_usage`, frames carry `"usage":null` and a usage frame follows.
//! Source: OpenAI API reference, "Create chat completion", "The chat completion chunk object".

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::request::Asked;
use crate::cases::MODELS;

const MAX_FRAMES: usize = 10_000;
const WORDS: [&str; 8] =
    ["The", " gateway", " relays", " each", " frame", " as", " it", " came, \\\"byte for byte\\\"."];
const STREAM_HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\
    Cache-Control: no-cache\r\nx-request-id: req_0123456789abcdef\r\nopenai-processing-ms: 1\r\n\
    Transfer-Encoding: chunked\r\n\r\n";
const DONE: &str = "data: [DONE]\n\n";
const LAST_CHUNK: &str = "0\r\n\r\n";

/// What is sent.
pub(super) enum Answer {
    Whole(Bytes),
    Paced(Arc<[Bytes]>),
    Silent(Bytes),
}

/// Streams by their number of frames and whether usage was asked for.
type Made<T> = Mutex<HashMap<(usize, bool), T>>;

/// Every answer that was asked for so far.
pub(super) struct Answers {
    models: Bytes,
    embeddings: Bytes,
    chat: Bytes,
    missing: Bytes,
    bursts: Made<Bytes>,
    paced: Made<Arc<[Bytes]>>,
}

impl Answers {
    pub(super) fn new() -> Self {
        Self {
            models: whole("200 OK", &models()),
            embeddings: whole("200 OK", &embeddings()),
            chat: whole("200 OK", CHAT),
            missing: whole(
                "404 Not Found",
                r#"{"error":{"message":"unknown url","type":"invalid_request_error"}}"#,
            ),
            bursts: Mutex::default(),
            paced: Mutex::default(),
        }
    }

    pub(super) fn find(&self, asked: &Asked) -> Answer {
        match asked {
            Asked::Models => Answer::Whole(self.models.clone()),
            Asked::Embeddings => Answer::Whole(self.embeddings.clone()),
            Asked::Other => Answer::Whole(self.missing.clone()),
            Asked::Chat { stream: false, .. } => Answer::Whole(self.chat.clone()),
            Asked::Chat { model, usage, .. } => self.stream(model, *usage),
        }
    }

    fn stream(&self, model: &str, usage: bool) -> Answer {
        if model == "idle" {
            let first = frames(2, usage).into_iter().next().unwrap_or_default();
            return Answer::Silent(Bytes::from(format!("{STREAM_HEAD}{}", chunk(&first))));
        }
        let count = model.rsplit_once('-').and_then(|(_, count)| count.parse().ok());
        let key = (count.unwrap_or(50_usize).clamp(2, MAX_FRAMES), usage);
        if model.starts_with("paced") {
            let mut paced = self.paced.lock().unwrap_or_else(PoisonError::into_inner);
            return Answer::Paced(paced.entry(key).or_insert_with(|| paced_pieces(key.0, usage)).clone());
        }
        let mut bursts = self.bursts.lock().unwrap_or_else(PoisonError::into_inner);
        Answer::Whole(bursts.entry(key).or_insert_with(|| burst(key.0, usage)).clone())
    }
}

const CHAT: &str = concat!(
    r#"{"id":"chatcmpl-bench0001","object":"chat.completion","created":1787000000,"model":"small-2026-01-01","#,
    r#""choices":[{"index":0,"message":{"role":"assistant","content":"A gateway stands between many clients and "#,
    r#"many providers. It knows each caller, sends the call where it belongs, and counts what was used.\n"#,
    r#"It should cost \"almost nothing\".","refusal":null,"annotations":[]},"logprobs":null,"finish_reason":"stop"}],"#,
    r#""usage":{"prompt_tokens":57,"completion_tokens":38,"total_tokens":95,"prompt_tokens_details":{"#,
    r#""cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}},"#,
    r#""service_tier":"default","system_fingerprint":"fp_bench"}"#
);

fn whole(status: &str, body: &str) -> Bytes {
    let length = body.len();
    Bytes::from(format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         x-request-id: req_0123456789abcdef\r\nopenai-processing-ms: 1\r\n\r\n{body}"
    ))
}

fn models() -> String {
    let rows = MODELS.iter().map(|model| {
        format!(r#"{{"id":"{model}","object":"model","created":1787000000,"owned_by":"bench"}}"#)
    });
    format!(r#"{{"object":"list","data":[{}]}}"#, rows.collect::<Vec<_>>().join(","))
}

fn embeddings() -> String {
    let vector = (0..256).map(|n| format!("{:.6}", f64::from(n) / 1024.0)).collect::<Vec<_>>().join(",");
    format!(
        r#"{{"object":"list","data":[{{"object":"embedding","index":0,"embedding":[{vector}]}}],"model":"text-embedding-bench","usage":{{"prompt_tokens":8,"total_tokens":8}}}}"#
    )
}

/// `count` frames, the usage frame if asked for, and the end.
fn frames(count: usize, usage: bool) -> Vec<String> {
    let base = r#"data: {"id":"chatcmpl-bench0001","object":"chat.completion.chunk","created":1787000000,"model":"small-2026-01-01","system_fingerprint":"fp_bench","choices":["#;
    let null = if usage { r#","usage":null"# } else { "" };
    let mut list = Vec::with_capacity(count + 2);
    for index in 0..count {
        let (delta, reason) = match index {
            0 => (r#""role":"assistant","content":"""#.to_owned(), "null"),
            last if last == count - 1 => (String::new(), "\"stop\""),
            other => (format!(r#""content":"{}""#, WORDS.get(other % WORDS.len()).unwrap_or(&"")), "null"),
        };
        list.push(format!(
            "{base}{{\"index\":0,\"delta\":{{{delta}}},\"logprobs\":null,\"finish_reason\":{reason}}}]{null}}}\n\n"
        ));
    }
    if usage {
        let total = count + 57;
        list.push(format!(
            "{base}],\"usage\":{{\"prompt_tokens\":57,\"completion_tokens\":{count},\"total_tokens\":{total}}}}}\n\n"
        ));
    }
    list.push(DONE.to_owned());
    list
}

fn chunk(frame: &str) -> String {
    format!("{:x}\r\n{frame}\r\n", frame.len())
}

fn burst(count: usize, usage: bool) -> Bytes {
    let mut bytes = STREAM_HEAD.to_owned();
    for frame in frames(count, usage) {
        // Writing to a `String` cannot fail.
        let _infallible = write!(bytes, "{}", chunk(&frame));
    }
    Bytes::from(bytes + LAST_CHUNK)
}

/// The head goes with the first frame, the end with the last.
fn paced_pieces(count: usize, usage: bool) -> Arc<[Bytes]> {
    let mut pieces: Vec<String> = frames(count, usage).iter().map(|frame| chunk(frame)).collect();
    if let Some(first) = pieces.first_mut() {
        first.insert_str(0, STREAM_HEAD);
    }
    if let Some(last) = pieces.last_mut() {
        last.push_str(LAST_CHUNK);
    }
    pieces.into_iter().map(Bytes::from).collect()
}

#[cfg(test)]
mod tests {
    use super::{CHAT, frames, models};

    #[test]
    fn every_frame_is_json_and_the_count_is_as_asked() {
        for usage in [false, true] {
            let list = frames(50, usage);
            assert_eq!(list.len(), 51 + usize::from(usage));
            for frame in &list[..list.len() - 1] {
                let data = frame.strip_prefix("data: ").unwrap().trim_end();
                let value: serde_json::Value = serde_json::from_str(data).unwrap();
                assert_eq!(value.get("usage").is_some(), usage);
            }
        }
        assert!(serde_json::from_str::<serde_json::Value>(CHAT).is_ok());
        assert!(serde_json::from_str::<serde_json::Value>(&models()).is_ok());
    }
}
