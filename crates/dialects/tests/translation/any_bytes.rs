//! Any bytes as a request, an answer, a stream or a sealed state: whatever they are, nothing panics, what is written is JSON in whole
//! frames, and a stream ends once. The fuzz targets in `/fuzz` include this file; `corpus` replays what they keep.

use bytes::Bytes;
use dialects::anthropic_messages::{self, MessagesRequest};
use dialects::conversation::{Event, Ids, Strictness, open, seal};
use dialects::gemini::{self, GeminiRequest};
use dialects::json::RawObject;
use dialects::openai_chat::{self, ChatRequest, UsageWish};
use dialects::openai_responses::{self, ResponsesRequest};
use dialects::sse::{FrameSplitter, data};
use dialects::translate::{
    AnswerShape, Rendering, StreamTranslator, Target, decode_request, decode_response, encode_request,
    encode_response,
};
use vocabulary::{ApiError, Code, Dialect};

/// A client's request: decoded, written for every target, and on the raw path.
pub(crate) fn check_request(dialect: Dialect, input: &[u8]) {
    let body = Bytes::copy_from_slice(input);
    if let Ok(object) = RawObject::scan(body.clone())
        && let Ok(request) = decode_request(dialect, &object)
    {
        for target in Dialect::ALL {
            for model in ["claude-3-5-haiku", "claude-sonnet-4-6", "gemini-2.5-pro", "gemini-3-pro-preview"] {
                if let Ok(encoded) = encode_request(&request, target, &target_of(model)) {
                    assert_json(&encoded.body);
                }
            }
        }
    }
    if let Some(edited) = raw_path(dialect, body) {
        assert_json(&edited);
    }
}

fn target_of(model: &str) -> Target<'_> {
    Target {
        model,
        max_output_tokens: Some(64_000),
        default_max_tokens: 4096,
        include_usage: true,
        strictness: Strictness::Lenient,
        keeps: &[],
        nested_reasoning: false,
        can_stop_thinking: true,
        has_web_search: true,
    }
}

fn raw_path(dialect: Dialect, body: Bytes) -> Option<Vec<u8>> {
    let model = "gemini-3-pro-preview";
    Some(match dialect {
        Dialect::OpenAiChat => {
            ChatRequest::decode(body).ok()?.edit_for_upstream(model, UsageWish::Include).finish().concat()
        }
        Dialect::OpenAiResponses => {
            ResponsesRequest::decode(body).ok()?.edit_for_upstream(model).finish().concat()
        }
        Dialect::AnthropicMessages => {
            MessagesRequest::decode(body).ok()?.edit_for_upstream(model).finish().concat()
        }
        Dialect::Gemini => {
            GeminiRequest::decode(body, "m", false).ok()?.edit_for_upstream(model).finish().concat()
        }
    })
}

/// An upstream's whole answer: decoded, shaped, and written for every client.
pub(crate) fn check_answer(dialect: Dialect, input: &[u8]) {
    let Ok(object) = RawObject::scan(Bytes::copy_from_slice(input)) else { return };
    let _ = match dialect {
        Dialect::OpenAiChat => openai_chat::observe_whole(&object),
        Dialect::OpenAiResponses => openai_responses::observe_whole(&object),
        Dialect::AnthropicMessages => anthropic_messages::observe_whole(&object),
        Dialect::Gemini => gemini::observe_whole(&object),
    };
    let Ok(response) = decode_response(dialect, &object) else { return };
    for shape in shapes() {
        let response = shape.apply(response.clone());
        for client in Dialect::ALL {
            assert_json(&encode_response(client, &response, &mut rendering()));
        }
    }
}

/// An upstream's stream, cut as the first byte of the input says: translated for every client, and observed.
pub(crate) fn check_stream(dialect: Dialect, input: &[u8]) {
    let Some((&seed, stream)) = input.split_first() else { return };
    let step = usize::from(seed % 64) + 1;
    let mut splitter = FrameSplitter::new(usize::MAX);
    let mut frames = Vec::new();
    for piece in stream.chunks(step) {
        splitter.push(Bytes::copy_from_slice(piece));
        while let Ok(Some(frame)) = splitter.next_frame() {
            frames.push(frame);
        }
    }
    observe(dialect, &frames);
    for client in Dialect::ALL {
        for shape in shapes() {
            translate(dialect, client, shape, &frames, seed >= 128);
        }
    }
}

fn translate(upstream: Dialect, client: Dialect, shape: AnswerShape, frames: &[Bytes], is_cut: bool) {
    let mut translator = StreamTranslator::new(upstream, client, shape, rendering());
    let (mut out, mut failures) = (Vec::new(), 0);
    let mut see = |event: &Event| failures += usize::from(matches!(event, Event::Failed(_)));
    frames.iter().for_each(|frame| translator.translate(frame, &mut see, &mut out));
    if is_cut {
        translator.fail(ApiError::new(Code::StreamInterrupted, "cut"), &mut out);
    }
    translator.finish(&mut see, &mut out);
    assert!(failures <= 1, "an answer fails once");
    let length = out.len();
    frames.iter().for_each(|frame| translator.translate(frame, &mut |_| {}, &mut out));
    assert_eq!(out.len(), length, "nothing follows the end");
    let mut splitter = FrameSplitter::new(usize::MAX);
    splitter.push(out.into());
    while let Ok(Some(frame)) = splitter.next_frame() {
        let data = data(&frame).expect("a frame with data");
        if &*data != b"[DONE]" {
            assert_json(&data);
        }
    }
    assert!(splitter.is_between_frames(), "the stream ends between frames");
}

fn observe(dialect: Dialect, frames: &[Bytes]) {
    macro_rules! observe {
        ($dialect:ident) => {{
            let mut observer = $dialect::StreamObserver::default();
            frames.iter().for_each(|frame| observer.see(frame));
            let seen = observer.seen();
            assert!(!(seen.is_complete() && seen.error.is_some()));
        }};
    }
    match dialect {
        Dialect::OpenAiChat => observe!(openai_chat),
        Dialect::OpenAiResponses => observe!(openai_responses),
        Dialect::AnthropicMessages => observe!(anthropic_messages),
        Dialect::Gemini => observe!(gemini),
    }
}

/// A sealed state: what opens is sealed to something that opens to the same.
pub(crate) fn check_sealed(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Some(reasoning) = open(text) else { return };
    let sealed = seal(&reasoning).expect("it has a state");
    assert_eq!(open(&sealed), Some(reasoning));
}

/// What a request may have promised of its answer: nothing, or everything at once.
pub(crate) fn shapes() -> [AnswerShape; 2] {
    let custom_tools = vec!["patch".into(), "time".into()];
    let everything = AnswerShape {
        structured_tool: Some("weather".into()),
        custom_tools,
        first_call_only: true,
        model: Some("asked".into()),
        renamed_tools: Vec::new(),
    };
    [AnswerShape::default(), everything]
}

/// How answers are written: with fixed time and ids.
pub(crate) fn rendering() -> Rendering {
    Rendering {
        model: "m".into(),
        provider: "acme",
        upstream: vocabulary::Dialect::OpenAiChat,
        created: 1_800_000_000,
        ids: Ids::new(7),
        include_usage: true,
        request: None,
        estimated_input_tokens: 0,
        as_array: false,
    }
}

fn assert_json(bytes: &[u8]) {
    let parsed = serde_json::from_slice::<&serde_json::value::RawValue>(bytes);
    assert!(parsed.is_ok(), "{parsed:?}: {}", String::from_utf8_lossy(bytes));
}
