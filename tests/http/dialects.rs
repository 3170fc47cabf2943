//! The four dialects on both sides: how a client spells a request and reads an answer, how an upstream answers and fails.
//! In: a dialect of the client and one of the upstream. Out: requests, replies, and what was told. What is particular to a
//! case stands in the case. `Four` is a gateway with one scripted upstream of each dialect behind it, all with the model `m`.

use blackbox::{
    Answer, Gateway, Provider, Reply, Request, Stream, Upstream, agent, anthropic, anthropic_upstream,
    client, gateway, gateway::Builder, gemini, gemini_upstream, openai, responses, upstream,
};
use serde_json::{Value, json};

/// A dialect, on either side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Chat,
    Responses,
    Messages,
    Gemini,
}

pub(crate) use Dialect::{Chat, Gemini, Messages, Responses};

/// All of them.
pub(crate) const ALL: [Dialect; 4] = [Chat, Responses, Messages, Gemini];

/// Every pair of a client's dialect and an upstream's.
pub(crate) fn pairs() -> impl Iterator<Item = (Dialect, Dialect)> {
    ALL.into_iter().flat_map(|client| ALL.into_iter().map(move |up| (client, up)))
}

/// Every pair whose dialects differ.
pub(crate) fn foreign_pairs() -> impl Iterator<Item = (Dialect, Dialect)> {
    pairs().filter(|(client, up)| client != up)
}

/// The only model of the scripted upstreams.
const MODEL: &str = "m";

/// As an upstream.
impl Dialect {
    /// The name of the instance in `Four`.
    pub(crate) fn instance(self) -> &'static str {
        match self {
            Chat => "chat",
            Responses => "responses",
            Messages => "messages",
            Gemini => "gemini",
        }
    }

    /// The type of the instance: one that speaks nothing but this dialect.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Chat => "groq",
            Responses => "chatgpt",
            Messages => "anthropic",
            Gemini => "gemini",
        }
    }

    /// The path of a call at the upstream.
    pub(crate) fn path(self, streams: bool) -> String {
        match self {
            Chat => "/v1/chat/completions".to_owned(),
            Responses => responses::RESPONSES.to_owned(),
            Messages => anthropic::MESSAGES.to_owned(),
            Gemini if streams => gemini::stream_generate(MODEL),
            Gemini => gemini::generate(MODEL),
        }
    }

    fn upstream(self) -> Upstream {
        match self {
            Chat | Responses => upstream().models(&[MODEL]).start(),
            Messages => anthropic_upstream(&[MODEL]).start(),
            Gemini => gemini_upstream(&[MODEL]).start(),
        }
    }

    /// A whole answer of one text; a subscription streams that, too.
    pub(crate) fn says(self, text: &str) -> Reply {
        match self {
            Chat => {
                Reply::json(&openai::completion_of(&json!({"role": "assistant", "content": text}), "stop"))
            }
            Responses => responses::stream(text),
            Messages => anthropic::message(text),
            Gemini => gemini::message(text),
        }
    }

    /// A streamed answer of one text.
    pub(crate) fn streams(self, text: &str) -> Reply {
        match self {
            Chat => {
                let deltas = openai::deltas(&json!({"content": text}));
                Reply::stream(openai::frames_of(&deltas, "stop", true))
            }
            Responses => responses::stream(text),
            Messages => anthropic::answer_stream(&[anthropic::text(text)], "end_turn"),
            Gemini => gemini::answer_stream(&[gemini::text(text)], "STOP"),
        }
    }

    /// The frames of a stream until a first word, `po `, has come.
    pub(crate) fn opening(self) -> Vec<Vec<u8>> {
        match self {
            Chat => openai::frames(&["po "], false).into_iter().take(2).collect(),
            Responses => {
                let mut frames =
                    responses::frames(&[responses::message_item("msg_0up", "po ng")], "completed");
                frames.truncate(5);
                frames
            }
            Messages => vec![
                anthropic::message_start(),
                anthropic::block_start(0, &anthropic::text("")),
                anthropic::delta(0, &json!({"type": "text_delta", "text": "po "})),
            ],
            Gemini => vec![gemini::frame(&gemini::body(&[gemini::text("po ")], ""))],
        }
    }

    /// The event with which this dialect fails in mid-stream, saying `busy now`.
    pub(crate) fn error_event(self) -> Vec<u8> {
        match self {
            Chat => openai::frame(
                &json!({"error": {"message": "busy now", "type": "server_error", "code": "busy"}}),
            ),
            Responses => responses::failed_event("server_error", "busy now"),
            Messages => anthropic::error_event("overloaded_error", "busy now"),
            Gemini => gemini::frame(&gemini::error_body(503, "UNAVAILABLE", "busy now")),
        }
    }

    /// An error as this dialect's provider says it.
    pub(crate) fn refuses(self, status: u16, message: &str) -> Reply {
        match self {
            Chat | Responses => openai::error(status, message, "its_own"),
            Messages => anthropic::error(status, anthropic::error_type(status), message),
            Gemini => gemini::error(status, gemini::status_word(status), message),
        }
    }
}

/// What an error told its caller, whatever the envelope.
#[derive(Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) kind: String,
    pub(crate) message: String,
}

/// As a client.
impl Dialect {
    /// The path of a call of a model.
    pub(crate) fn endpoint(self, model: &str, streams: bool) -> String {
        match self {
            Chat => "/v1/chat/completions".to_owned(),
            Responses => "/v1/responses".to_owned(),
            Messages => "/v1/messages".to_owned(),
            Gemini if streams => format!("/v1beta/models/{model}:streamGenerateContent?alt=sse"),
            Gemini => format!("/v1beta/models/{model}:generateContent"),
        }
    }

    /// A body that asks `ping`, with these members beside or instead.
    pub(crate) fn body(self, model: &str, streams: bool, members: &Value) -> Value {
        let mut body = match self {
            Chat => json!({"model": model, "messages": [{"role": "user", "content": "ping"}]}),
            Responses => json!({"model": model, "input": "ping"}),
            Messages => {
                json!({"model": model, "max_tokens": 64, "messages": [{"role": "user", "content": "ping"}]})
            }
            Gemini => json!({"contents": [{"role": "user", "parts": [{"text": "ping"}]}]}),
        };
        if streams && self != Gemini {
            body["stream"] = json!(true);
        }
        for (name, value) in members.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        body
    }

    /// A request of a model.
    pub(crate) fn request(self, gateway: &Gateway, model: &str, streams: bool, members: &Value) -> Request {
        gateway.post(&self.endpoint(model, streams), &self.body(model, streams, members))
    }

    /// The text of a whole answer.
    pub(crate) fn text(self, answer: &Value) -> String {
        let parts = |list: &Value, kind: &str| -> String {
            let parts = list.as_array().into_iter().flatten().filter(|part| part["type"] == kind);
            parts.filter_map(|part| part["text"].as_str()).collect()
        };
        match self {
            Chat => answer["choices"][0]["message"]["content"].as_str().unwrap_or_default().to_owned(),
            Responses => {
                let items = answer["output"].as_array().into_iter().flatten();
                items.map(|item| parts(&item["content"], "output_text")).collect()
            }
            Messages => parts(&answer["content"], "text"),
            Gemini => {
                let parts = answer["candidates"][0]["content"]["parts"].as_array().into_iter().flatten();
                let shown = parts.filter(|part| part["thought"] != true);
                shown.filter_map(|part| part["text"].as_str()).collect()
            }
        }
    }

    /// Tokens of a whole answer: input with all that was cached, output.
    pub(crate) fn tokens(self, answer: &Value) -> (u64, u64) {
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let usage = &answer["usage"];
        match self {
            Chat => (number(&usage["prompt_tokens"]), number(&usage["completion_tokens"])),
            Responses => (number(&usage["input_tokens"]), number(&usage["output_tokens"])),
            Messages => {
                let cached = number(&usage["cache_read_input_tokens"]);
                let written = number(&usage["cache_creation_input_tokens"]);
                (number(&usage["input_tokens"]) + cached + written, number(&usage["output_tokens"]))
            }
            Gemini => {
                let usage = &answer["usageMetadata"];
                let thoughts = number(&usage["thoughtsTokenCount"]);
                (number(&usage["promptTokenCount"]), number(&usage["candidatesTokenCount"]) + thoughts)
            }
        }
    }

    /// Reads an answer strictly as an error in this dialect's envelope.
    #[track_caller]
    pub(crate) fn error(self, answer: &Answer, status: u16) -> Told {
        match self {
            Chat | Responses => {
                let error = answer.error(status);
                Told { kind: error.error_type, message: error.message }
            }
            Messages => {
                let (kind, message) = answer.anthropic_error(status);
                Told { kind, message }
            }
            Gemini => {
                let body = answer.clone().expect_status(status).json();
                let error = &body["error"];
                assert_eq!(error["code"], status, "{body}");
                let text = |name: &str| error[name].as_str().unwrap_or_else(|| panic!("{body}")).to_owned();
                Told { kind: text("status"), message: text("message") }
            }
        }
    }

    /// All text of a stream's frames.
    pub(crate) fn streamed_text(self, frames: &[String]) -> String {
        frames.iter().filter_map(|frame| frame_data(frame)).map(|data| self.text_of_event(&data)).collect()
    }

    fn text_of_event(self, event: &Value) -> String {
        let text = match self {
            Chat => &event["choices"][0]["delta"]["content"],
            Responses if event["type"] == "response.output_text.delta" => &event["delta"],
            Messages if event["delta"]["type"] == "text_delta" => &event["delta"]["text"],
            Gemini => return self.text(event),
            _ => &Value::Null,
        };
        text.as_str().unwrap_or_default().to_owned()
    }

    /// True if a client of this dialect takes these frames for a whole answer.
    pub(crate) fn looks_whole(self, frames: &[String]) -> bool {
        let events = || frames.iter().filter_map(|frame| frame_data(frame));
        match self {
            Chat => frames.iter().any(|frame| frame == "data: [DONE]"),
            Responses => events().any(|event| event["type"] == "response.completed"),
            Messages => events().any(|event| event["type"] == "message_stop"),
            Gemini => events().any(|event| event["candidates"][0].get("finishReason").is_some()),
        }
    }

    /// The code or type, and the message, of the failure with which these frames end as 01 §9.5 says.
    pub(crate) fn failure(self, frames: &[String], is_native: bool) -> Result<Told, String> {
        if self.looks_whole(frames) {
            return Err("it looks whole".to_owned());
        }
        let mut frames = frames;
        if self == Responses {
            let is_done = frames.last().is_some_and(|frame| frame == "data: [DONE]");
            if is_done == is_native {
                return Err(format!("[DONE] after a failure, native {is_native}: {is_done}"));
            }
            frames = if is_done { &frames[..frames.len() - 1] } else { frames };
        }
        let last = frames.last().and_then(|frame| frame_data(frame)).ok_or("no last event")?;
        let error = match self {
            Chat | Gemini => &last["error"],
            Responses if last["type"] == "response.failed" && last["response"]["status"] == "failed" => {
                &last["response"]["error"]
            }
            Messages if last["type"] == "error" => &last["error"],
            _ => &Value::Null,
        };
        let kind = match self {
            Chat | Responses => &error["code"],
            Messages => &error["type"],
            Gemini => &error["status"],
        };
        let message = error["message"].as_str().ok_or("it does not end with an error")?;
        let kind = kind.as_str().ok_or("its error says no kind")?;
        Ok(Told { kind: kind.to_owned(), message: message.to_owned() })
    }
}

/// The JSON of a frame, whatever its `event:` line; nothing for comments and `[DONE]`.
pub(crate) fn frame_data(frame: &str) -> Option<Value> {
    let line = frame.lines().find(|line| line.starts_with("data: "))?;
    (line != "data: [DONE]").then(|| client::data(line))
}

/// One scripted upstream of each dialect behind a gateway that tries once. The gateway is dropped first.
pub(crate) struct Four {
    pub(crate) gateway: Gateway,
    upstreams: [Upstream; 4],
}

impl Four {
    pub(crate) fn start() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(settings: impl FnOnce(Builder) -> Builder) -> Self {
        Self::over(ALL.map(Dialect::upstream), &["m"], settings)
    }

    /// The agents of the fixture behind it instead.
    pub(crate) fn agents() -> Self {
        let upstreams = [agent::chat(), agent::responses(), agent::messages(), agent::gemini()];
        Self::over(upstreams, agent::MODELS, |builder| builder)
    }

    fn over(upstreams: [Upstream; 4], models: &[&str], settings: impl FnOnce(Builder) -> Builder) -> Self {
        let mut builder =
            gateway().env("RETRY_MAX_RETRIES", "0").env("CIRCUIT_BREAKER_FAILURE_THRESHOLD", "0");
        for (dialect, upstream) in ALL.into_iter().zip(&upstreams) {
            builder = builder.with(provider(dialect, dialect.instance(), upstream, models));
        }
        Self { gateway: settings(builder).start(), upstreams }
    }

    pub(crate) fn upstream(&self, up: Dialect) -> &Upstream {
        &self.upstreams[up as usize]
    }

    /// What an upstream answers from now on, whole or streamed.
    pub(crate) fn script(&self, up: Dialect, reply: Reply) {
        for streams in [false, true] {
            self.upstream(up).on(&up.path(streams), [reply.clone()]);
        }
    }

    /// A request of a client to an upstream.
    pub(crate) fn request(&self, client: Dialect, up: Dialect, streams: bool, members: &Value) -> Request {
        client.request(&self.gateway, &format!("{}/{MODEL}", up.instance()), streams, members)
    }

    #[track_caller]
    pub(crate) fn call(&self, client: Dialect, up: Dialect, members: &Value) -> Answer {
        self.request(client, up, false, members).send()
    }

    #[track_caller]
    pub(crate) fn open(&self, client: Dialect, up: Dialect, members: &Value) -> Stream {
        self.request(client, up, true, members).open()
    }

    /// The body of the last call that an upstream got.
    #[track_caller]
    pub(crate) fn sent(&self, up: Dialect) -> Value {
        sent(self.upstream(up))
    }

    /// How many calls an upstream got.
    pub(crate) fn calls(&self, up: Dialect) -> usize {
        self.upstream(up).requests().iter().filter(|seen| seen.method == "POST").count()
    }
}

/// A provider block of a dialect.
fn provider(dialect: Dialect, name: &str, upstream: &Upstream, models: &[&str]) -> Provider {
    let provider = Provider::new(name).kind(dialect.kind()).at(upstream);
    // A subscription lists no models.
    let listed = format!("models: [{}]", models.join(", "));
    if dialect == Responses { provider.yaml(&listed) } else { provider }
}

/// The body of the last call that an upstream got.
#[track_caller]
pub(crate) fn sent(upstream: &Upstream) -> Value {
    let mut calls = upstream.requests().into_iter().filter(|seen| seen.method == "POST");
    calls.next_back().expect("a call reached the upstream").json()
}

/// An upstream of this dialect with one model as instance `p`: for cases about the names of models.
pub(crate) struct Single {
    pub(crate) gateway: Gateway,
    pub(crate) upstream: Upstream,
    model: String,
}

impl Single {
    pub(crate) fn start(up: Dialect, model: &str) -> Self {
        Self::with(up, model, |builder| builder)
    }

    pub(crate) fn with(up: Dialect, model: &str, settings: impl FnOnce(Builder) -> Builder) -> Self {
        let upstream = match up {
            Chat | Responses => upstream().models(&[model]).start(),
            Messages => {
                anthropic_upstream(&[model]).on(anthropic::MESSAGES, [anthropic::message("pong")]).start()
            }
            Gemini => gemini_upstream(&[model])
                .on(&gemini::generate(model), [gemini::message("pong")])
                .on(&gemini::stream_generate(model), [gemini::stream(&["po", "ng"])])
                .start(),
        };
        let provider = Provider::new("p").kind(up.kind()).at(&upstream);
        let builder = gateway().with(provider).env("RETRY_MAX_RETRIES", "0");
        Self { gateway: settings(builder).start(), upstream, model: format!("p/{model}") }
    }

    #[track_caller]
    pub(crate) fn call(&self, client: Dialect, members: &Value) -> Answer {
        client.request(&self.gateway, &self.model, false, members).send()
    }

    #[track_caller]
    pub(crate) fn open(&self, client: Dialect, members: &Value) -> Stream {
        client.request(&self.gateway, &self.model, true, members).open()
    }

    /// Sends a chat call that must succeed and returns what the upstream got.
    #[track_caller]
    pub(crate) fn chat(&self, members: Value) -> Value {
        self.call(Chat, &members).expect_status(200);
        sent(&self.upstream)
    }
}
