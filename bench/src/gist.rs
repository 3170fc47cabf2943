//! What an answer says, whatever its dialect: its text, its tokens, and whether it came to its end.
//! In: the body of a whole answer or of a stream. Out: `Gist`; equal ones say the same.
//! A translation that loses its text or its end would be fast; this keeps it from being measured.
//! Not here: whether bytes are the same (`run::rounds`).

use serde_json::Value;

use crate::cases::Dialect;

/// What an answer says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Gist {
    pub(crate) text: String,
    pub(crate) output_tokens: Option<u64>,
    /// It says that the model had nothing to add.
    stopped: bool,
    /// The dialect's own last sign has come.
    ended: bool,
}

/// Where a dialect says things, in frames and in whole answers.
struct Places {
    text: [&'static str; 2],
    output_tokens: [&'static str; 2],
    stopped: [&'static str; 2],
    word_for_stopped: &'static str,
}

impl Gist {
    pub(crate) fn of(dialect: Dialect, body: &[u8]) -> Self {
        let mut gist = Self::default();
        if let Ok(answer) = serde_json::from_slice(body) {
            gist.see(&places(dialect), &answer);
            gist.ended = gist.stopped;
            return gist;
        }
        for data in body.split(|byte| *byte == b'\n').filter_map(|line| line.strip_prefix(b"data: ")) {
            let frame: Value = serde_json::from_slice(data).unwrap_or_default();
            gist.see(&places(dialect), &frame);
            gist.ended |= match dialect {
                Dialect::Chat => data.starts_with(b"[DONE]"),
                Dialect::Responses => frame["type"] == "response.completed",
                Dialect::Messages => frame["type"] == "message_stop",
                Dialect::Gemini => gist.stopped,
            };
        }
        gist
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.stopped && self.ended && !self.text.is_empty()
    }

    fn see(&mut self, places: &Places, frame: &Value) {
        let said = |at: [&str; 2]| at.into_iter().find_map(|at| frame.pointer(at).filter(|it| !it.is_null()));
        if let Some(text) = said(places.text).and_then(Value::as_str) {
            self.text.push_str(text);
        }
        self.output_tokens = said(places.output_tokens).and_then(Value::as_u64).or(self.output_tokens);
        self.stopped |= said(places.stopped).is_some_and(|reason| reason == places.word_for_stopped);
    }
}

fn places(dialect: Dialect) -> Places {
    let (text, output_tokens, stopped, word_for_stopped) = match dialect {
        Dialect::Chat => (
            ["/choices/0/delta/content", "/choices/0/message/content"],
            ["/usage/completion_tokens"; 2],
            ["/choices/0/finish_reason"; 2],
            "stop",
        ),
        Dialect::Responses => (
            ["/delta", "/output/0/content/0/text"],
            ["/response/usage/output_tokens", "/usage/output_tokens"],
            ["/response/status", "/status"],
            "completed",
        ),
        Dialect::Messages => (
            ["/delta/text", "/content/0/text"],
            ["/usage/output_tokens"; 2],
            ["/delta/stop_reason", "/stop_reason"],
            "end_turn",
        ),
        Dialect::Gemini => (
            ["/candidates/0/content/parts/0/text"; 2],
            ["/usageMetadata/candidatesTokenCount"; 2],
            ["/candidates/0/finishReason"; 2],
            "STOP",
        ),
    };
    Places { text, output_tokens, stopped, word_for_stopped }
}

#[cfg(test)]
mod tests {
    use super::Gist;
    use crate::cases::Dialect;

    #[test]
    fn a_stream_without_its_end_is_not_complete() {
        let body = "event: content_block_delta\ndata: {\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n\
            event: message_delta\ndata: {\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}}\n\n";
        let cut = Gist::of(Dialect::Messages, body.as_bytes());
        assert!(!cut.is_complete());
        let end = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
        let complete = Gist::of(Dialect::Messages, format!("{body}{end}").as_bytes());
        assert!(complete.is_complete() && complete != cut);
        assert_eq!((complete.text.as_str(), complete.output_tokens), ("a", Some(3)));
    }
}
