//! The prebuilt answers, each made when it is first asked for.
//! In: what was asked. Out: bytes to send at once, pieces to send in time, or bytes before silence.
//! `burst-N`: N frames of chat, or the same text in another dialect, in one write. `paced-N`: one frame every 5 ms.
//! `idle`: one frame, then nothing. Any other model: an answer of about 600 bytes, or its eight pieces.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use super::request::Asked;
use super::script::Script;
use super::{chat, gemini, listing, messages, responses};
use crate::cases::Dialect;

const STREAM_HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\
    Cache-Control: no-cache\r\nx-request-id: req_0123456789abcdef\r\nopenai-processing-ms: 1\r\n\
    Transfer-Encoding: chunked\r\n\r\n";
const LAST_CHUNK: &str = "0\r\n\r\n";
const MISSING: &str = r#"{"error":{"message":"unknown url","type":"invalid_request_error"}}"#;

/// What is sent.
#[derive(Clone)]
pub(super) enum Answer {
    Whole(Bytes),
    Paced(Arc<[Bytes]>),
    Silent(Bytes),
}

/// Every answer that was asked for so far.
#[derive(Default)]
pub(super) struct Answers(Mutex<HashMap<Asked, Answer>>);

impl Answers {
    pub(super) fn find(&self, asked: &Asked) -> Answer {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = made.get(asked) {
            return answer.clone();
        }
        let answer = make(asked);
        made.insert(asked.clone(), answer.clone());
        answer
    }
}

fn make(asked: &Asked) -> Answer {
    let (dialect, model, usage) = match asked {
        Asked::Models(dialect) => return Answer::Whole(whole("200 OK", &listing::models(*dialect))),
        Asked::Embeddings => return Answer::Whole(whole("200 OK", &embeddings())),
        Asked::Other => return Answer::Whole(whole("404 Not Found", MISSING)),
        Asked::Call { dialect, stream: false, .. } => {
            return Answer::Whole(whole("200 OK", &text(*dialect, &Script::of("small"))));
        }
        Asked::Call { dialect, model, usage, .. } => (*dialect, model.as_str(), *usage),
    };
    let frames = frames(dialect, &Script::of(model), usage);
    match model {
        "idle" => Answer::Silent(Bytes::from(format!(
            "{STREAM_HEAD}{}",
            chunk(frames.first().map_or("", String::as_str))
        ))),
        paced if paced.starts_with("paced") => Answer::Paced(pieces(&frames)),
        _ => Answer::Whole(burst(&frames)),
    }
}

/// The body of a whole answer.
fn text(dialect: Dialect, script: &Script) -> String {
    match dialect {
        Dialect::Chat => chat::whole(script),
        Dialect::Responses => responses::whole(script),
        Dialect::Messages => messages::whole(script),
        Dialect::Gemini => gemini::whole(script),
    }
}

fn frames(dialect: Dialect, script: &Script, usage: bool) -> Vec<String> {
    match dialect {
        Dialect::Chat => chat::frames(script, usage),
        Dialect::Responses => responses::frames(script),
        Dialect::Messages => messages::frames(script),
        Dialect::Gemini => gemini::frames(script),
    }
}

fn whole(status: &str, body: &str) -> Bytes {
    let length = body.len();
    Bytes::from(format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         x-request-id: req_0123456789abcdef\r\nopenai-processing-ms: 1\r\n\r\n{body}"
    ))
}

fn embeddings() -> String {
    let vector = (0..256).map(|n| format!("{:.6}", f64::from(n) / 1024.0)).collect::<Vec<_>>().join(",");
    format!(
        r#"{{"object":"list","data":[{{"object":"embedding","index":0,"embedding":[{vector}]}}],"model":"text-embedding-bench","usage":{{"prompt_tokens":8,"total_tokens":8}}}}"#
    )
}

fn chunk(frame: &str) -> String {
    format!("{:x}\r\n{frame}\r\n", frame.len())
}

fn burst(frames: &[String]) -> Bytes {
    let mut bytes = STREAM_HEAD.to_owned();
    for frame in frames {
        // Writing to a `String` cannot fail.
        let _infallible = write!(bytes, "{}", chunk(frame));
    }
    Bytes::from(bytes + LAST_CHUNK)
}

/// The head goes with the first frame, the end with the last.
fn pieces(frames: &[String]) -> Arc<[Bytes]> {
    let mut pieces: Vec<String> = frames.iter().map(|frame| chunk(frame)).collect();
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
    use super::{Script, frames, listing, text};
    use crate::cases::Dialect;
    use crate::gist::Gist;

    const DIALECTS: [Dialect; 4] = [Dialect::Chat, Dialect::Responses, Dialect::Messages, Dialect::Gemini];

    #[test]
    fn every_frame_is_json_and_the_count_is_as_asked() {
        for usage in [false, true] {
            let list = frames(Dialect::Chat, &Script::of("burst-50"), usage);
            assert_eq!(list.len(), 51 + usize::from(usage));
            for frame in &list[..list.len() - 1] {
                let data = frame.strip_prefix("data: ").unwrap().trim_end();
                let value: serde_json::Value = serde_json::from_str(data).unwrap();
                assert_eq!(value.get("usage").is_some(), usage);
            }
        }
        for dialect in DIALECTS {
            let list: serde_json::Value = serde_json::from_str(&listing::models(dialect)).unwrap();
            assert!(list.is_object(), "{dialect:?}");
        }
    }

    #[test]
    fn all_dialects_say_the_same_whole_and_streamed() {
        for (model, output_tokens) in [("burst-50", 50), ("small", 38)] {
            let script = Script::of(model);
            let expected = Gist::of(Dialect::Chat, text(Dialect::Chat, &script).as_bytes());
            assert!(expected.is_complete() && expected.output_tokens == Some(output_tokens));
            for dialect in DIALECTS {
                let stream = frames(dialect, &script, true).concat();
                assert_eq!(Gist::of(dialect, stream.as_bytes()), expected, "{model} {dialect:?}");
                let whole = text(dialect, &script);
                assert_eq!(Gist::of(dialect, whole.as_bytes()), expected, "{model} {dialect:?}");
            }
        }
    }
}
