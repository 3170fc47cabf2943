//! Counts that are known from elsewhere, and when vocabularies come and go. Building one takes half a second here, so tests share them.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use dialects::conversation::{
    Content, Foreign, HostedTool, Issuer, Json, Media, MediaSource, OpaqueState, OutputFormat, Part,
    Reasoning, Request, Role, Tool, ToolCall, ToolCallKind, ToolKind, ToolResult, Turn,
};
use vocabulary::Dialect;

use crate::family::HARMONY_PREAMBLE;
use crate::{Count, Family, IDLE_LIMIT, MAX_TOKENISED_BYTES, Tokenizers, chat_overhead, estimate};

static SHARED: LazyLock<Tokenizers> = LazyLock::new(Tokenizers::new);

fn count(family: Family, texts: &[&str]) -> Count {
    SHARED.count_texts(family, texts, Instant::now())
}

fn exactly(tokens: u64) -> Count {
    Count { tokens, is_estimate: false }
}

fn guessed(tokens: u64) -> Count {
    Count { tokens, is_estimate: true }
}

fn said(role: Role, parts: impl Into<Vec<Part>>) -> Turn {
    Turn::new(role, parts.into())
}

fn asked(turns: impl Into<Vec<Turn>>) -> Request {
    Request { turns: turns.into(), ..Request::default() }
}

fn function(name: &str, description: &str, parameters: &str) -> Tool {
    Tool {
        kind: ToolKind::Function { parameters: Json::parse(parameters), strict: None },
        name: name.into(),
        description: Some(description.into()),
        path: "tools[0]".into(),
        cache_control: None,
        extras: None,
    }
}

fn media(media_type: &str, source: MediaSource) -> Media {
    Media { media_type: Some(media_type.into()), ..Media::of(source) }
}

#[test]
fn texts_count_what_tiktoken_counts() {
    // From OpenAI's cookbook, which compares encodings, and for the rest, of `cl100k` alone, from tiktoken's own tests.
    let known = [
        ("", 0, 0),
        ("hello world", 2, 2),
        ("tiktoken is great!", 6, 6),
        ("antidisestablishmentarianism", 6, 6),
        ("2 + 2 = 4", 7, 7),
        ("お誕生日おめでとう", 9, 8),
    ];
    for (text, cl100k, o200k) in known {
        assert_eq!(count(Family::Cl100k, &[text]), exactly(cl100k), "{text}");
        assert_eq!(count(Family::O200k, &[text]), exactly(o200k), "{text}");
        assert_eq!(count(Family::O200kHarmony, &[text]), exactly(o200k), "{text}");
    }
    for (text, tokens) in [("rer", 1), ("'rer", 2), ("today\n ", 3), ("today\n \n", 2), ("today\n  \n", 2)] {
        assert_eq!(count(Family::Cl100k, &[text]), exactly(tokens), "{text:?}");
    }
    assert_eq!(count(Family::Cl100k, &["hello world", "", "hello world"]), exactly(4));
}

#[test]
fn marks_are_text_like_any_other() {
    for mark in ["<|endoftext|>", "<|endofprompt|>", "<|start|>"] {
        assert!(count(Family::O200k, &[mark]).tokens > 3, "{mark}");
    }
}

#[test]
fn a_role_is_one_token() {
    for role in ["system", "developer", "user", "assistant", "tool"] {
        for family in [Family::Cl100k, Family::O200k] {
            assert_eq!(count(family, &[role]), exactly(1), "{role}");
        }
    }
}

#[test]
fn a_chat_counts_what_openai_counted() {
    // OpenAI's cookbook: 129 tokens with gpt-4-0613, 124 with gpt-4o.
    let named =
        |name: &str, text: &str| Turn { name: Some(name.into()), ..said(Role::System, [Part::text(text)]) };
    let request = asked([
        said(
            Role::System,
            [Part::text(
                "You are a helpful, pattern-following assistant that translates corporate jargon into plain English.",
            )],
        ),
        named("example_user", "New synergies will help drive top-line growth."),
        named("example_assistant", "Things working well together will increase revenue."),
        named(
            "example_user",
            "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
        ),
        named("example_assistant", "Let's talk later when we're less busy about how to do better."),
        said(
            Role::User,
            [Part::text(
                "This late pivot means we don't have time to boil the ocean for the client deliverable.",
            )],
        ),
    ]);
    for (model, tokens) in [("gpt-4-0613", 129), ("openai/gpt-4o-2024-08-06", 124)] {
        assert_eq!(SHARED.count_request(model, &request, Instant::now()), exactly(tokens), "{model}");
    }
    let harmony = SHARED.count_request("gpt-oss-120b", &request, Instant::now());
    assert_eq!(harmony, exactly(124 + HARMONY_PREAMBLE));
    assert!(SHARED.count_request("some-model", &request, Instant::now()).is_estimate);
}

#[test]
fn tools_count_no_less_than_openai_counted() {
    // OpenAI's cookbook: 105 tokens with gpt-4, 101 with gpt-4o.
    let parameters = r#"{"type":"object","properties":{"location":{"type":"string","description":"The city and state, e.g. San Francisco, CA"},"unit":{"type":"string","description":"The unit of temperature to return","enum":["celsius","fahrenheit"]}},"required":["location"]}"#;
    let request = Request {
        tools: vec![function(
            "get_current_weather",
            "Get the current weather in a given location",
            parameters,
        )],
        ..asked([
            said(
                Role::System,
                [Part::text("You are a helpful assistant that can answer to questions about the weather.")],
            ),
            said(Role::User, [Part::text("What's the weather like in San Francisco?")]),
        ])
    };
    for (model, told) in [("gpt-4", 105), ("gpt-4o", 101)] {
        let Count { tokens, is_estimate } = SHARED.count_request(model, &request, Instant::now());
        assert!(!is_estimate && (told..told * 3 / 2).contains(&tokens), "{model}: {tokens}");
    }
}

#[test]
fn the_preamble_of_gpt_oss_is_weighed_once_and_for_all() {
    let preamble = "You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\n\
        Current date: 2025-06-28\n\nReasoning: medium\n\n\
        # Valid channels: analysis, commentary, final. Channel must be included for every message.";
    // Begin, role, end of the head, and the end.
    assert_eq!(count(Family::O200kHarmony, &[preamble]).tokens + 4, HARMONY_PREAMBLE);
}

#[test]
fn the_format_of_a_chat_adds_a_fixed_number() {
    assert_eq!(chat_overhead(Family::O200k, 1, 0), 7);
    assert_eq!(chat_overhead(Family::O200k, 2, 1), 11 + 7 + 12);
    assert_eq!(chat_overhead(Family::Cl100k, 2, 2), 11 + 20 + 12);
    assert_eq!(chat_overhead(Family::Cl100k, u64::MAX, u64::MAX), u64::MAX);
}

#[test]
fn an_estimate_is_four_bytes_to_a_token() {
    // Spec 04 §12.9: 14 and 12 bytes are 7 tokens.
    let terse = said(Role::System, [Part::text("You are terse.")]);
    let question = said(Role::User, [Part::text("What is 2+2?")]);
    assert_eq!(estimate(&asked([terse, question])), guessed(7));
    assert_eq!(estimate(&Request::default()), guessed(0));
    let blocks = said(Role::System, [Part::text("abc"), Part::text("def")]);
    assert_eq!(estimate(&asked([blocks])), guessed(2));
    let tool = function("name", "what", "{\"a\": 1}");
    assert_eq!(estimate(&Request { tools: vec![tool], ..Request::default() }), guessed(4));
}

#[test]
fn every_part_has_its_weight() {
    let state = OpaqueState { issuer: Issuer::Anthropic, bytes: "x".repeat(160).into() };
    let thought = |text: &str| {
        Content::Reasoning(Reasoning {
            text: text.into(),
            state: Some(state.clone()),
            ..Reasoning::default()
        })
    };
    let image = || Content::Image(Media::of(MediaSource::Url("https://x/y.png".into())));
    let result = |parts: Vec<Part>| {
        Content::ToolResult(ToolResult {
            call_id: "c".into(),
            name: None,
            content: parts,
            is_error: false,
            kind: ToolCallKind::Function,
        })
    };
    let call = Content::ToolCall(ToolCall {
        id: "call".into(),
        name: "find".into(),
        arguments: "{\"a\":1} ".into(),
        kind: ToolCallKind::Function,
        namespace: None,
        item_id: None,
    });
    let foreign = |length: usize| {
        Content::Foreign(Foreign { dialect: Dialect::OpenAiChat, raw: Json::string(&"x".repeat(length - 2)) })
    };
    let of_bytes = |media_type, length| media(media_type, MediaSource::Base64("A".repeat(length).into()));
    let cases = [
        (Content::Refusal("no! ".into()), 1),
        (thought("hmmm"), 1),
        (thought(""), 30),
        (call, 3),
        (image(), 1600),
        (result(vec![Part::text("12345678"), image().into()]), 1603),
        (result(vec![result(vec![Part::text("deep")]).into()]), 1),
        (Content::Document(media("text/plain", MediaSource::Text("12345678".into()))), 2),
        (Content::Document(of_bytes("text/csv", 160)), 30),
        (Content::Document(of_bytes("application/pdf", 160)), 3000),
        (Content::Document(of_bytes("application/pdf", 320_000)), 30_000),
        (Content::Document(of_bytes("application/pdf", 8 << 20)), 300_000),
        (Content::Document(Media::of(MediaSource::FileId("file-1".into()))), 15_000),
        (Content::Audio(of_bytes("audio/mp3", 64_000)), 100),
        (foreign(400), 100),
        (foreign(80_000), 10_000),
    ];
    for (content, tokens) in cases {
        let request = asked([said(Role::User, [content.into()])]);
        assert_eq!(estimate(&request), guessed(tokens), "{request:?}");
    }
}

#[test]
fn what_is_not_text_makes_a_count_an_estimate() {
    let with = |content: Content| {
        let request = asked([said(Role::User, [content.into()])]);
        SHARED.count_request("gpt-4", &request, Instant::now())
    };
    let image = |detail: &str| {
        let media = Media::of(MediaSource::FileId("f".into()));
        with(Content::Image(Media { detail: Some(detail.into()), ..media }))
    };
    assert_eq!(image("low"), guessed(7 + 85));
    assert_eq!(image("high"), guessed(7 + 1445));
    assert_eq!(with(Content::Refusal("no".into())), exactly(7 + 1));
}

#[test]
fn schemas_hosted_tools_and_results_are_read() {
    let hosted = HostedTool { dialect: Dialect::OpenAiChat, is_web_search: true, raw: Json::constant("{}") };
    let tool = Tool { kind: ToolKind::Hosted(hosted), description: None, ..function("hello", "", "{}") };
    let result = |text: &str| {
        Part::new(Content::ToolResult(ToolResult {
            call_id: "c".into(),
            name: None,
            content: vec![Part::text(text)],
            is_error: false,
            kind: ToolCallKind::Function,
        }))
    };
    let request = Request {
        tools: vec![tool],
        output: OutputFormat::JsonSchema {
            name: Some("hello".into()),
            description: None,
            schema: Json::constant("{}"),
            strict: None,
        },
        ..asked([said(Role::Tool, [result("hello"), result("hello")])])
    };
    // Two messages, one tool, and six texts of one token each.
    let expected = chat_overhead(Family::Cl100k, 2, 1) + 6;
    assert_eq!(SHARED.count_request("gpt-4", &request, Instant::now()), exactly(expected));
}

#[test]
fn a_vocabulary_is_built_when_it_is_needed_and_dropped_when_it_is_idle() {
    let (tokenizers, start) = (Tokenizers::new(), Instant::now());
    let handle = tokenizers.clone();
    assert_eq!(tokenizers.count_texts(Family::Cl100k, &["", ""], start), exactly(0));
    assert!(tokenizers.count_request("unknown", &Request::default(), start).is_estimate);
    assert!(!tokenizers.is_resident(Family::Cl100k), "nothing needed it");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert_eq!(handle.count_texts(Family::Cl100k, &["hello"], start), exactly(1)));
        }
    });
    assert!(tokenizers.is_resident(Family::Cl100k) && !tokenizers.is_resident(Family::O200k));
    let later = start + IDLE_LIMIT - Duration::from_secs(1);
    assert_eq!(tokenizers.sweep(later), 0);
    tokenizers.count_texts(Family::Cl100k, &["hello"], later);
    assert_eq!(tokenizers.sweep(start + IDLE_LIMIT), 0, "it was used since");
    assert_eq!(tokenizers.sweep(start), 0, "clocks of two threads may differ");
    assert_eq!(tokenizers.sweep(later + IDLE_LIMIT), 1);
    assert!(!tokenizers.is_resident(Family::Cl100k));
    assert_eq!(tokenizers.sweep(later + IDLE_LIMIT), 0);
    assert_eq!(tokenizers.count_texts(Family::Cl100k, &["hello"], later), exactly(1));
}

#[test]
fn long_texts_count_the_same_in_slices_and_beyond_the_limit_in_proportion() {
    let words = "hello world ".repeat(8 << 10);
    assert_eq!(count(Family::Cl100k, &[&words]).tokens, (16 << 10) + 1, "the last space is one");
    let half = "hello ".repeat(MAX_TOKENISED_BYTES / 12);
    let Count { tokens, is_estimate } = count(Family::Cl100k, &[&half, &half, &half, "é"]);
    let expected = MAX_TOKENISED_BYTES as u64 / 12 * 3;
    assert!(is_estimate && (expected..expected + 16).contains(&tokens), "{tokens}");
}

#[test]
fn no_text_is_too_odd_to_be_counted() {
    let odd = ["a", " ", "\n", "\r\n ", "\u{301}", "😀", "中", "\t ", "'s", "\u{a0}", "<|endoftext|>", "\0"];
    for piece in odd {
        for (before, after) in [("", ""), ("x", "x"), ("", "é")] {
            let text = format!("{before}{}{after}", piece.repeat((70 << 10) / piece.len()));
            let Count { tokens, is_estimate } = count(Family::Cl100k, &[&text]);
            assert!(!is_estimate && (1..=text.len() as u64).contains(&tokens), "{piece:?}: {tokens}");
        }
    }
}
