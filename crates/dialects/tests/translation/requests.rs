//! Requests that a dialect can say whole: written and read again, nothing is lost and nothing is added.
//! Turns are compared part by part: where a turn ends is the dialect's business.

use dialects::conversation::loss_table::{Fate, Feature, fate};
use dialects::conversation::{
    Content, Effort, Json, LogprobsWish, Media, MediaSource, OutputFormat, Part, Reasoning, ReasoningMode,
    ReasoningWish, Request, Role, Sampling, Strictness, Text, Tool, ToolCall, ToolCallKind, ToolChoice,
    ToolKind, ToolResult, Turn,
};
use dialects::translate::{Target, decode_request, encode_request};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use vocabulary::Dialect::{self, AnthropicMessages, Gemini, OpenAiChat, OpenAiResponses};

use crate::words::{arguments, base64, few, issuer_of, reasoning_of, scan, text};

/// A target of a dialect.
pub(crate) fn target(dialect: Dialect) -> Target<'static> {
    Target {
        model: match dialect {
            OpenAiChat | OpenAiResponses => "gpt-5.1",
            AnthropicMessages => "claude-sonnet-4-6",
            Gemini => "gemini-3-pro-preview",
        },
        max_output_tokens: Some(64_000),
        default_max_tokens: 4096,
        include_usage: true,
        strictness: Strictness::Strict,
        keeps: &[],
        nested_reasoning: true,
        can_stop_thinking: true,
        has_web_search: true,
    }
}

/// True if the table says that a dialect keeps a feature under a name of its own.
fn keeps(dialect: Dialect, feature: Feature) -> bool {
    matches!(fate(feature, dialect), Fate::Kept)
}

/// Something that is said, before it is fitted to a dialect.
#[derive(Clone, Debug)]
enum Saying {
    User(Text),
    /// A question with a medium.
    Medium(Text, Feature, Text),
    Assistant(Text),
    /// Thoughts with their state, calls, and their results in order.
    Calls {
        thought: Option<(Text, Text)>,
        calls: Vec<(usize, Text, Text, bool)>,
    },
}

fn saying() -> impl Strategy<Value = Saying> {
    let medium = select(vec![Feature::ImageUrl, Feature::Audio, Feature::Document, Feature::ImageDetail]);
    let call = (0usize..3, arguments(), text(), any::<bool>());
    prop_oneof![
        text().prop_map(Saying::User),
        (text(), medium, base64()).prop_map(|(text, kind, data)| Saying::Medium(text, kind, data)),
        text().prop_map(Saying::Assistant),
        (option::of((text(), base64())), vec(call, 1..4))
            .prop_map(|(thought, calls)| Saying::Calls { thought, calls }),
    ]
}

/// The members of a request beside its turns and tools.
#[derive(Clone, Debug)]
struct Settings {
    numbers: Vec<Feature>,
    words: Vec<Feature>,
    choice: Option<usize>,
    is_parallel: Option<bool>,
    format: u8,
    effort: Option<Effort>,
    stops: Vec<Text>,
    stream: bool,
}

const NUMBERS: &[Feature] = &[
    Feature::Temperature,
    Feature::TopP,
    Feature::TopK,
    Feature::Seed,
    Feature::PresencePenalty,
    Feature::FrequencyPenalty,
    Feature::Candidates,
    Feature::Logprobs,
    Feature::MaxOutputTokens,
];
const WORDS: &[Feature] = &[
    Feature::Verbosity,
    Feature::User,
    Feature::Metadata,
    Feature::PromptCacheKey,
    Feature::SafetyIdentifier,
    Feature::Store,
];

fn settings() -> impl Strategy<Value = Settings> {
    let lists = (subsequence(NUMBERS, 0..=NUMBERS.len()), subsequence(WORDS, 0..=WORDS.len()));
    let tools = (option::of(0usize..5), option::of(any::<bool>()));
    let effort = option::of(select(vec![Effort::Low, Effort::Medium, Effort::High]));
    (lists, tools, 0u8..3, effort, vec(text(), 0..3), any::<bool>()).prop_map(
        |((numbers, words), (choice, is_parallel), format, effort, stops, stream)| Settings {
            numbers,
            words,
            choice,
            is_parallel,
            format,
            effort,
            stops,
            stream,
        },
    )
}

const TOOLS: [&str; 3] = ["weather", "time", "shot"];
const SCHEMA: &str =
    r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#;

fn tools(dialect: Dialect) -> Vec<Tool> {
    let strict = match dialect {
        OpenAiChat | OpenAiResponses => Some(true),
        AnthropicMessages | Gemini => None,
    };
    let tool = |name: &'static str| Tool {
        kind: ToolKind::Function { parameters: Some(Json::constant(SCHEMA)), strict },
        name: name.into(),
        description: Some("What for.".into()),
        path: String::new(),
        cache_control: None,
        extras: None,
    };
    TOOLS.into_iter().map(tool).collect()
}

/// A request of what the dialect can say.
fn fitted(dialect: Dialect, instructions: &[Text], sayings: &[Saying], settings: &Settings) -> Request {
    let turn = |role, parts| Turn::new(role, parts);
    let mut request = Request::default();
    let instructions = instructions.iter().map(|text| turn(Role::System, vec![Part::text(text.clone())]));
    request.turns.extend(instructions.take(1));
    for (index, saying) in sayings.iter().enumerate() {
        match saying {
            Saying::User(text) => request.turns.push(turn(Role::User, vec![Part::text(text.clone())])),
            Saying::Assistant(text) => {
                request.turns.push(turn(Role::Assistant, vec![Part::text(text.clone())]))
            }
            Saying::Medium(text, kind, data) => {
                let medium = keeps(dialect, *kind).then(|| medium(dialect, *kind, data));
                request
                    .turns
                    .push(turn(Role::User, [Part::text(text.clone())].into_iter().chain(medium).collect()));
            }
            Saying::Calls { thought, calls } => say_calls(dialect, &mut request, index, thought, calls),
        }
    }
    request.tools = tools(dialect);
    set(dialect, &mut request, settings);
    request
}

fn medium(dialect: Dialect, kind: Feature, data: &Text) -> Part {
    let media = Media::of(MediaSource::Base64(data.clone()));
    let typed = |media_type: &'static str, media| Media { media_type: Some(media_type.into()), ..media };
    let content = match kind {
        Feature::Audio => Content::Audio(typed("audio/wav", media)),
        // Only OpenAI's dialects have names of files, and there they must have one.
        Feature::Document => {
            let name = (dialect != Gemini).then(|| "a.pdf".into());
            Content::Document(Media { name, ..typed("application/pdf", media) })
        }
        Feature::ImageUrl => Content::Image(Media::of(MediaSource::Url("https://example.org/a.png".into()))),
        _ => Content::Image(Media { detail: Some("low".into()), ..typed("image/png", media) }),
    };
    Part::new(content)
}

fn say_calls(
    dialect: Dialect,
    request: &mut Request,
    index: usize,
    thought: &Option<(Text, Text)>,
    calls: &[(usize, Text, Text, bool)],
) {
    let mut said: Vec<Part> = Vec::new();
    said.extend(
        thought.as_ref().map(|(text, state)| Part::new(Content::Reasoning(thought_of(dialect, text, state)))),
    );
    let mut results = Vec::new();
    for (place, (tool, arguments, answer, is_error)) in calls.iter().enumerate() {
        let id = Text::from(format!("call_{index}_{place}"));
        said.push(Part::new(Content::ToolCall(ToolCall {
            id: id.clone(),
            name: TOOLS[*tool].into(),
            arguments: arguments.clone(),
            kind: ToolCallKind::Function,
            namespace: None,
            item_id: None,
        })));
        results.push(Part::new(Content::ToolResult(ToolResult {
            call_id: id,
            name: None,
            content: vec![Part::text(answer.clone())],
            is_error: *is_error && keeps(dialect, Feature::ToolError),
            kind: ToolCallKind::Function,
        })));
    }
    request.turns.push(Turn::new(Role::Assistant, said));
    request.turns.push(Turn::new(Role::Tool, results));
}

/// A thought as the dialect takes it back: with its state, if it has states at all.
fn thought_of(dialect: Dialect, text: &Text, state: &Text) -> Reasoning {
    match dialect {
        OpenAiChat => Reasoning { text: text.clone(), ..Reasoning::default() },
        Gemini => reasoning_of(issuer_of(dialect), Text::new(), state.clone()),
        AnthropicMessages => reasoning_of(issuer_of(dialect), text.clone(), state.clone()),
        OpenAiResponses => Reasoning {
            is_summary: true,
            id: Some("rs_1".into()),
            ..reasoning_of(issuer_of(dialect), text.clone(), state.clone())
        },
    }
}

fn set(dialect: Dialect, request: &mut Request, settings: &Settings) {
    let has = |feature: &Feature| keeps(dialect, *feature);
    let number = || Some(Json::constant("0.50"));
    // Messages demands a limit, which the table calls a change.
    request.max_output_tokens = (dialect == AnthropicMessages).then_some(4000);
    for feature in settings.numbers.iter().filter(|feature| has(feature)) {
        let sampling = &mut request.sampling;
        match feature {
            Feature::Temperature => sampling.temperature = number(),
            Feature::TopP => sampling.top_p = number(),
            Feature::TopK => sampling.top_k = Some(Json::constant("40")),
            Feature::Seed => sampling.seed = Some(Json::constant("7")),
            Feature::PresencePenalty => sampling.presence_penalty = number(),
            Feature::FrequencyPenalty => sampling.frequency_penalty = number(),
            Feature::Candidates => request.candidates = Some(2),
            Feature::Logprobs => request.logprobs = Some(LogprobsWish { top: Some(3) }),
            _ => request.max_output_tokens = Some(77),
        }
    }
    for feature in settings.words.iter().filter(|feature| has(feature)) {
        match feature {
            Feature::Verbosity => request.verbosity = Some("low".into()),
            Feature::User => request.user = Some("u".into()),
            Feature::Metadata => request.metadata = Some(Json::constant(r#"{"a":"b"}"#)),
            Feature::PromptCacheKey => request.prompt_cache_key = Some("k".into()),
            Feature::SafetyIdentifier => request.safety_identifier = Some("s".into()),
            _ => request.store = Some(true),
        }
    }
    if has(&Feature::StopSequences) {
        request.sampling.stop = settings.stops.clone();
    }
    // Gemini's stream stands in the path.
    request.stream = settings.stream && dialect != Gemini;
    request.output = format(dialect, settings.format);
    request.tool_choice = settings.choice.and_then(|choice| tool_choice(dialect, choice));
    request.parallel_tool_calls = match dialect {
        OpenAiChat | OpenAiResponses => settings.is_parallel,
        // Messages says only that it must not be, as a member of a choice that may call.
        AnthropicMessages if matches!(request.tool_choice, None | Some(ToolChoice::None)) => None,
        AnthropicMessages => settings.is_parallel.filter(|is_parallel| !is_parallel),
        Gemini => None,
    };
    request.reasoning = settings.effort.and_then(|effort| wish(dialect, effort, request));
}

fn format(dialect: Dialect, format: u8) -> OutputFormat {
    let schema = Json::constant(SCHEMA);
    match (format, dialect) {
        (1, OpenAiChat | OpenAiResponses | Gemini) => OutputFormat::JsonObject,
        (2, OpenAiChat | OpenAiResponses) => {
            OutputFormat::JsonSchema { name: Some("n".into()), description: None, schema, strict: Some(true) }
        }
        (2, AnthropicMessages) => {
            OutputFormat::JsonSchema { name: None, description: None, schema, strict: Some(true) }
        }
        (2, Gemini) => OutputFormat::JsonSchema { name: None, description: None, schema, strict: None },
        _ => OutputFormat::Text,
    }
}

fn tool_choice(dialect: Dialect, choice: usize) -> Option<ToolChoice> {
    let names = || vec![TOOLS[0].into(), TOOLS[1].into()];
    Some(match choice {
        0 => ToolChoice::Auto,
        1 => ToolChoice::None,
        2 => ToolChoice::Required,
        3 => ToolChoice::Tool(TOOLS[1].into()),
        _ if keeps(dialect, Feature::AllowedTools) => {
            ToolChoice::Allowed { is_required: true, names: names() }
        }
        _ => return None,
    })
}

/// A wish for thinking that nothing else in the request contradicts.
fn wish(dialect: Dialect, effort: Effort, request: &Request) -> Option<ReasoningWish> {
    let is_forced = matches!(request.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool(_)));
    match dialect {
        OpenAiChat | OpenAiResponses => {
            Some(ReasoningWish { effort: Some(effort), ..ReasoningWish::default() })
        }
        AnthropicMessages if is_forced || request.sampling != Sampling::default() => None,
        AnthropicMessages => {
            let mode = Some(ReasoningMode::Adaptive);
            Some(ReasoningWish { effort: Some(effort), mode, ..ReasoningWish::default() })
        }
        // Levels are the model's own.
        Gemini => None,
    }
}

/// What a request says, whichever way its turns are cut.
fn said(dialect: Dialect, request: &Request) -> String {
    let mut parts: Vec<(Role, Content)> = Vec::new();
    for turn in &request.turns {
        let role = if turn.role == Role::Developer { Role::System } else { turn.role };
        for part in &turn.parts {
            let mut content = part.content.clone();
            match &mut content {
                Content::ToolResult(result) => result.name = None,
                Content::ToolCall(call) => call.item_id = None,
                _ => {}
            }
            let role = if matches!(content, Content::ToolResult(_)) { Role::Tool } else { role };
            // Pieces of what the model said are one text: Google's SDKs keep a stream chunk by chunk.
            let is_more = dialect == Gemini && role == Role::Assistant;
            match (parts.last_mut(), &content) {
                (Some((Role::Assistant, Content::Text { text, .. })), Content::Text { text: more, .. })
                    if is_more =>
                {
                    *text = [&**text, &**more].concat().into();
                }
                _ => parts.push((role, content)),
            }
        }
    }
    for run in parts.chunk_by_mut(|one, next| one.0 == next.0) {
        let is_thought = |(_, content): &(Role, Content)| matches!(content, Content::Reasoning(_));
        match dialect {
            // Members of a message have no order among themselves.
            OpenAiChat => run.sort_by_key(|said| match said.1 {
                Content::ToolCall(_) => 2,
                _ => u8::from(!is_thought(said)),
            }),
            // A message begins with its thoughts, if it has some.
            AnthropicMessages if !run.first().is_some_and(is_thought) => {
                run.sort_by_key(|said| !is_thought(said))
            }
            _ => {}
        }
    }
    let tools = request.tools.iter().map(|tool| Tool { path: String::new(), ..tool.clone() }).collect();
    let reasoning = request.reasoning.clone().map(|wish| ReasoningWish { include_encrypted: false, ..wish });
    let reasoning = reasoning.filter(|wish| *wish != ReasoningWish::default());
    // Translated requests of Responses are not stored unless the caller wants it.
    let store = request.store.filter(|store| *store);
    let rest = Request { turns: Vec::new(), notes: Vec::new(), tools, reasoning, store, ..request.clone() };
    format!("{parts:#?}\n{rest:#?}")
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn a_request_that_was_written_is_read_the_same(
        instructions in vec(text(), 0..2),
        sayings in vec(saying(), 1..5),
        settings in settings(),
    ) {
        for dialect in Dialect::ALL {
            let request = fitted(dialect, &instructions, &sayings, &settings);
            let encoded = encode_request(&request, dialect, &target(dialect));
            let encoded = encoded.unwrap_or_else(|error| panic!("{dialect:?}: {error:?}"));
            prop_assert_eq!(&encoded.dropped, &Vec::<String>::new());
            let shown = String::from_utf8_lossy(&encoded.body).into_owned();
            let read = decode_request(dialect, &scan(encoded.body));
            let read = read.unwrap_or_else(|error| panic!("{dialect:?}: {error:?}: {shown}"));
            prop_assert_eq!(said(dialect, &read), said(dialect, &request), "{:?}: {}", dialect, shown);
        }
    }
}
