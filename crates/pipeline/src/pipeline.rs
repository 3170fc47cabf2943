//! The pipeline in one file: the stages before the answer, and the layers of its body, both in order.
//! In: a call. Out: head and body of its answer, or the error that its caller is told.
//!
//! | stage    | does                                             | where            |
//! | -------- | ------------------------------------------------ | ---------------- |
//! | identify | credentials → `Caller`, before anything is read   | `server::handler` |
//! | label    | headers → user path                               | `label`          |
//! | resolve  | selector → `Plan`: routes in order                | `resolve`        |
//! | attempt  | route by route: send, retry, hold the head        | `attempt`        |
//!
//! A stage that is built later (access, guard, cache, limit) gets its line in `answer`, where the order is.
//! Source: spec 01 §5; `ARCHITECTURE.md` draws the same two lists.

use std::sync::Arc;
use std::time::Duration;

use catalog::Registry;
use dialects::anthropic_messages::ModelName;
use dialects::gemini::ArrayForm;
use dialects::json::Slices;
use dialects::openai_responses::DoneRepair;
use dialects::translate::StreamTranslator;
use http::HeaderMap;
use providers::{Discovery, Instances};
use tokens::Tokenizers;
use upstream::RemoteImages;
use vocabulary::{ApiError, Dialect};

use crate::attempt::{self, Established, StreamStart, StreamVerdict, Translation};
use crate::call::Call;
use crate::label::UserPathHeader;
use crate::layers::{
    Endings, Frames, KeepAlive, Observe, Outflow, Rewrite, StreamBody, StreamEdit, Translate, keep_alive_of,
};
use crate::recall::{Recall, Remembering};
use crate::{label, resolve, whole};

/// What every call of one generation shares.
pub struct House {
    /// Which models exist, and where.
    pub registry: Arc<Registry>,
    /// The configured providers.
    pub instances: Instances,
    /// Asks providers for their models.
    pub discovery: Discovery,
    /// The thoughts that clients do not send back. Belongs to the process.
    pub recall: Arc<Recall>,
    /// Count tokens where no provider does. Belong to the process.
    pub tokenizers: Tokenizers,
    /// Fetches images for providers that take only data, if the operator wants it.
    pub remote_images: Option<RemoteImages>,
    /// Settings that the pipeline heeds.
    pub settings: HouseSettings,
}

/// Settings that the pipeline heeds.
#[derive(Clone, Debug)]
pub struct HouseSettings {
    /// Where a caller names its user path.
    pub user_path_header: UserPathHeader,
    /// Ask upstreams for the usage of streams, whatever the client asked for.
    pub enforces_usage: bool,
    /// Silence after which an open stream gets a comment; zero for none.
    pub keep_alive: Duration,
    /// Largest answer that is not a stream.
    pub max_response_bytes: usize,
    /// Largest single frame of a stream (spec 03-B34).
    pub max_frame_bytes: usize,
    /// Name the route in response headers.
    pub sends_routing_headers: bool,
    /// A translation that would leave something out is refused.
    pub strict_translation: bool,
    /// The limit of an answer where the dialect demands one and nobody gave one.
    pub default_max_tokens: u64,
    /// Pass `traceparent` and `tracestate` on to providers.
    pub propagates_trace: bool,
}

/// What the client gets.
pub struct Answered {
    /// Headers beyond those of the connection.
    pub headers: HeaderMap,
    /// The body; the status is 200.
    pub content: AnswerContent,
}

/// The body of an answer.
pub enum AnswerContent {
    /// JSON that is all there.
    Whole(Slices),
    /// Server-sent events.
    Stream(Box<StreamBody>),
}

/// The stages.
///
/// # Errors
/// What the caller is told; the record knows more.
pub async fn answer(mut call: Call, house: &House) -> Result<Answered, ApiError> {
    label::label(&mut call, &house.settings.user_path_header)?;
    let plan = resolve::resolve(&call, house).await?;
    let established = attempt::attempt(&call, &plan, house).await?;
    Ok(body(&call, established, house))
}

/// The layers.
fn body(call: &Call, established: Established, house: &House) -> Answered {
    let headers = established.headers;
    let content = match established.content {
        attempt::Content::Whole(answer) => AnswerContent::Whole(whole::finish(call, answer, house)),
        attempt::Content::Stream(stream) => AnswerContent::Stream(Box::new(stream_body(call, stream, house))),
    };
    Answered { headers, content }
}

fn stream_body(call: &Call, stream: StreamStart, house: &House) -> StreamBody {
    let client = call.dialect().unwrap_or(stream.dialect);
    let sign_of_life = keep_alive_of(client, call.wants_array);
    let outflow = match stream.translation {
        Some(translation) => Outflow::Translated(Box::new(translate(
            call,
            client,
            stream.frames,
            stream.dialect,
            *translation,
            stream.verdict,
            house,
        ))),
        None => {
            let edit = stream_edit(call, client, stream.usage_is_hidden);
            let observed = Observe::new(stream.frames, stream.dialect, call.record.clone(), stream.verdict);
            Outflow::Relayed(Rewrite::new(observed, edit))
        }
    };
    let kept_alive = KeepAlive::new(outflow, house.settings.keep_alive, sign_of_life);
    StreamBody::new(Endings::new(kept_alive, sign_of_life, call.cut.clone(), call.record.clone()))
}

/// The layer that writes a stream in the client's dialect.
fn translate(
    call: &Call,
    client: Dialect,
    frames: Frames,
    upstream: Dialect,
    translation: Translation,
    verdict: StreamVerdict,
    house: &House,
) -> Translate<Frames> {
    let translator = StreamTranslator::new(upstream, client, translation.shape, translation.rendering);
    let remembering = Remembering::new(house.recall.clone(), call.user_path.clone());
    Translate::new(frames, translator, remembering, call, verdict)
}

/// What a stream needs whose client and provider speak the same dialect.
fn stream_edit(call: &Call, dialect: Dialect, usage_is_hidden: bool) -> StreamEdit {
    match dialect {
        Dialect::AnthropicMessages => {
            let name = call.answering_name();
            name.map_or(StreamEdit::Nothing, |name| StreamEdit::NameModel(ModelName::new(name)))
        }
        Dialect::OpenAiChat if usage_is_hidden => StreamEdit::HideUsage,
        Dialect::OpenAiResponses => StreamEdit::AddDone(DoneRepair::default()),
        Dialect::Gemini if call.wants_array => StreamEdit::AsArray(ArrayForm::default()),
        _ => StreamEdit::Nothing,
    }
}
