//! Streams of upstreams, read as events.

use bytes::Bytes;
use vocabulary::{Code, Usage};

use super::fixtures::{call, call_of, choice, events_of, refusal, scan, state, thoughts};
use crate::conversation::{Choice, Delta, Event, Issuer, Part, StopReason, ToolCallKind, fold};
use crate::openai_chat::{StreamDecoder, decode_response, whole_as_stream};

const DONE: &str = "data: [DONE]\n\n";

/// Events in short, so that their order is seen.
fn told(stream: &str) -> Vec<String> {
    let shown = |event: &Event| match event {
        Event::Started(started) => format!("start {}/{}", started.id, started.model),
        Event::PartStarted { at, .. } => format!("+{}.{}", at.choice, at.part),
        Event::Delta { at, delta: Delta::Text(text) } => format!("~{}.{} {text}", at.choice, at.part),
        Event::Delta { at, delta: Delta::State(state) } => {
            format!("~{}.{} state {}", at.choice, at.part, state.bytes)
        }
        Event::Delta { at, .. } => format!("~{}.{}", at.choice, at.part),
        Event::PartFinished { at } => format!("-{}.{}", at.choice, at.part),
        Event::Usage(usage) => format!("usage {}", usage.total_tokens),
        Event::Finished { choice, stop } => format!("end {choice} {:?}", stop.reason),
        Event::Failed(error) => format!("failed {} {}", error.status(), error.message()),
    };
    events_of(stream).iter().map(shown).collect()
}

/// A stream of one choice: its deltas, a finish reason and `[DONE]`.
fn of_deltas(deltas: &[&str], reason: &str) -> String {
    let chunk = |choice: String| format!("data: {{\"id\":\"c\",\"model\":\"m\",\"choices\":[{choice}]}}\n\n");
    let mut stream: String =
        deltas.iter().map(|delta| chunk(format!(r#"{{"index":0,"delta":{delta}}}"#))).collect();
    stream += &chunk(format!(r#"{{"index":0,"delta":{{}},"finish_reason":"{reason}"}}"#));
    stream + DONE
}

fn folded(deltas: &[&str], reason: &str) -> Choice {
    fold(events_of(&of_deltas(deltas, reason))).choices.remove(0)
}

#[test]
fn a_stream_is_read_to_its_end() {
    let stream = [
        ": keep-alive\n\n",
        "data: {\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"prompt_filter_results\":[]}\n\n",
        "data: {\"id\":\"c\",\"model\":\"m\",\"created\":5,\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}],\"usage\":null}\n\n",
        "data:{\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"R\"}}]}\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"A\"}}],\"usage\":{\"total_tokens\":1}}\n\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"B\"},\"finish_reason\":\"stop\"}]}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,\"total_tokens\":11}}\n\n",
        DONE,
        "data: {\"error\":\"after the end\"}\n\n",
    ]
    .concat();
    let expected = [
        "start c/m",
        "+0.0",
        "~0.0 R",
        "-0.0",
        "+0.1",
        "~0.1 A",
        "usage 1",
        "~0.1 B",
        "usage 11",
        "-0.1",
        "end 0 End",
    ];
    assert_eq!(told(&stream), expected);
}

#[test]
fn a_tool_call_opens_only_when_its_id_and_name_are_known() {
    let deltas = [
        r#"{"tool_calls":[{"index":0,"id":"call_1","function":{"arguments":"{"}}]}"#,
        r#"{"tool_calls":[{"index":1,"function":{"name":"g","arguments":"[1"}}]}"#,
        r#"{"tool_calls":[{"index":0,"function":{"name":"f"}}]}"#,
        r#"{"tool_calls":[{"index":0,"function":{"arguments":"}"}},{"index":1,"id":"call_2","function":{"arguments":"]"}}]}"#,
    ];
    let expected =
        ["start c/m", "+0.0", "~0.0 {", "~0.0 }", "+0.1", "~0.1 [1]", "-0.0", "-0.1", "end 0 ToolCalls"];
    assert_eq!(told(&of_deltas(&deltas, "tool_calls")), expected);
    let parts = folded(&deltas, "tool_calls").parts;
    assert_eq!(parts, [call("call_1", "f", "{}"), call("call_2", "g", "[1]")]);
}

#[test]
fn calls_are_told_apart_however_the_server_counts() {
    let one = r#"{"id":"a","index":0,"function":{"name":"f","arguments":"1"}}"#;
    let other = r#"{"id":"b","index":0,"function":{"name":"g","arguments":"2"}}"#;
    let unnumbered = |call: &str| call.replace(r#""index":0,"#, "");
    let both = [call("a", "f", "1"), call("b", "g", "2")];
    let in_two = [format!(r#"{{"tool_calls":[{one}]}}"#), format!(r#"{{"tool_calls":[{other}]}}"#)];
    let cases = [
        vec![in_two[0].clone(), in_two[1].clone()],
        vec![unnumbered(&in_two[0]), unnumbered(&in_two[1])],
        vec![format!(r#"{{"tool_calls":[{},{}]}}"#, unnumbered(one), unnumbered(other))],
        vec![
            in_two[0].replace("\"1\"", "\"\""),
            r#"{"tool_calls":[{"index":0,"id":"a","function":{"arguments":"1"}}]}"#.to_owned(),
            in_two[1].clone(),
        ],
    ];
    for deltas in cases {
        let deltas: Vec<&str> = deltas.iter().map(String::as_str).collect();
        assert_eq!(folded(&deltas, "stop").parts, both, "{deltas:?}");
    }
    let nameless = folded(&[r#"{"tool_calls":[{"index":4,"function":{"arguments":"{}"}}]}"#], "stop");
    assert_eq!(
        nameless,
        choice(vec![call("call_0_0_af63de4c8601eff2", "unknown", "{}")], StopReason::ToolCalls)
    );
}

#[test]
fn a_custom_call_and_the_older_function_call_are_calls_too() {
    let custom = [
        r#"{"tool_calls":[{"index":0,"id":"c","type":"custom","custom":{"name":"patch","input":"a"}}]}"#,
        r#"{"tool_calls":[{"index":0,"custom":{"input":"b"}}]}"#,
    ];
    assert_eq!(folded(&custom, "tool_calls").parts, [call_of(ToolCallKind::Custom, "c", "patch", "ab")]);
    let older =
        [r#"{"function_call":{"name":"f","arguments":"{"}}"#, r#"{"function_call":{"arguments":"}"}}"#];
    assert_eq!(folded(&older, "function_call").parts, [call("call_0_0_af63de4c8601eff2", "f", "{}")]);
}

#[test]
fn a_change_between_text_and_thoughts_closes_one_and_opens_the_other() {
    let deltas = [
        r#"{"reasoning":"a"}"#,
        r#"{"content":"b"}"#,
        r#"{"content":[{"type":"thinking","thinking":"c"}]}"#,
        r#"{"refusal":"d"}"#,
        r#"{"content":"e","reasoning_details":[]}"#,
    ];
    let expected = [thoughts("a", None), Part::text("b"), thoughts("c", None), refusal("d"), Part::text("e")];
    assert_eq!(folded(&deltas, "stop").parts, expected);
}

#[test]
fn a_block_signs_the_thoughts_before_it_or_stands_alone() {
    let signed = |text| thoughts(text, state(Issuer::Anthropic, "s"));
    let cases = [
        (
            vec![
                r#"{"reasoning_content":"a"}"#,
                r#"{"thinking_blocks":[{"type":"thinking","thinking":"a","signature":"s"}]}"#,
                r#"{"reasoning_content":"b"}"#,
            ],
            vec![signed("a"), thoughts("b", None)],
        ),
        (
            vec![
                r#"{"reasoning_content":"a"}"#,
                r#"{"thinking_blocks":[{"type":"thinking","thinking":"","signature":"s"}]}"#,
            ],
            vec![signed("a")],
        ),
        (
            vec![
                r#"{"reasoning_content":"a"}"#,
                r#"{"thinking_blocks":[{"type":"thinking","thinking":"other","signature":"s"}]}"#,
            ],
            vec![thoughts("a", None), signed("other")],
        ),
        (
            vec![
                r#"{"reasoning_content":"ab","thinking_blocks":[{"thinking":"a","signature":"s"},{"thinking":"b"}]}"#,
            ],
            vec![signed("a"), thoughts("b", None)],
        ),
        (
            vec![
                r#"{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"g"}}}]}"#,
            ],
            vec![thoughts("", state(Issuer::Google, "g")), call("c", "f", "{}")],
        ),
    ];
    for (deltas, expected) in cases {
        assert_eq!(folded(&deltas, "stop").parts, expected, "{deltas:?}");
    }
}

#[test]
fn choices_do_not_mix() {
    let stream = "data: {\"id\":\"c\",\"choices\":[{\"index\":1,\"delta\":{\"content\":\"B\"}},{\"index\":0,\"delta\":{\"content\":\"A\"}}]}\n\n\
        data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"length\"}]}\n\n\
        data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"b\"},\"finish_reason\":\"stop\"}]}\n\n";
    let answer = fold(events_of(stream));
    let expected =
        [choice(vec![Part::text("A")], StopReason::Length), choice(vec![Part::text("Bb")], StopReason::End)];
    assert_eq!(answer.choices, expected);
    assert!(answer.error.is_none());
}

#[test]
fn content_after_a_finish_reason_is_not_lost() {
    let deltas = r#"data: {"id":"c","choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}

data: {"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}]}

"#;
    assert_eq!(fold(events_of(deltas)).choices[0].parts, [Part::text("ab")]);
}

#[test]
fn an_end_is_honest() {
    let text = "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"A\"}}]}\n\n";
    let stop = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    let other = "data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"B\"}}]}\n\n";
    let failed = "failed 502 upstream stream interrupted";
    let cases = [
        (format!("{text}{stop}{DONE}"), "end 0 End"),
        (format!("{text}{stop}"), "end 0 End"),
        (format!("{text}{DONE}"), "end 0 End"),
        (DONE.to_owned(), "end 0 End"),
        (text.to_owned(), failed),
        (format!("{text}{other}{stop}"), failed),
        (String::new(), failed),
        (format!("{text}data: {{\"choices\":[{{\n\n{stop}{DONE}"), failed),
        (format!("{text}data: [1]\n\n{stop}{DONE}"), failed),
        (
            format!(
                "{text}data: {{\"error\":{{\"message\":\"slow\",\"type\":\"rate_limit_error\"}}}}\n\n{stop}{DONE}"
            ),
            "failed 429 slow",
        ),
        (format!("{text}data: {{\"error\":\"capacity exhausted\"}}\n\n"), "failed 502 capacity exhausted"),
    ];
    for (stream, last) in cases {
        assert_eq!(told(&stream).last().map(String::as_str), Some(last), "{stream}");
    }
}

#[test]
fn a_cut_stream_says_why_to_the_log_alone() {
    let Some(Event::Failed(error)) = events_of("data: {\"choices\"\n\n").pop() else { panic!("no failure") };
    assert_eq!(error.code(), Some(Code::StreamInterrupted.as_str()));
    assert!(error.detail().is_some_and(|detail| detail.starts_with("malformed chunk")));
}

#[test]
fn nothing_useful_follows_the_end() {
    let (mut decoder, mut events) = (StreamDecoder::default(), Vec::new());
    assert!(!decoder.is_complete());
    decoder.decode(&Bytes::from_static(b"data: [DONE]\n\n"), &mut events);
    assert!(decoder.is_complete());
    let count = events.len();
    decoder.decode(
        &Bytes::from_static(b"data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"),
        &mut events,
    );
    decoder.finish(&mut events);
    assert_eq!(events.len(), count);
}

#[test]
fn a_wrong_type_costs_its_member_only() {
    let stream = "data: {\"id\":7,\"model\":[],\"created\":\"x\",\"choices\":[7,{\"index\":\"a\",\"delta\":{\"content\":\"A\",\"tool_calls\":{},\"refusal\":1},\"finish_reason\":9}],\"usage\":[]}\n\n";
    let answer = fold(events_of(&format!("{stream}{DONE}")));
    assert_eq!(answer.choices[1].parts, [Part::text("A")]);
}

#[test]
fn a_whole_answer_that_was_made_a_stream_says_the_same() {
    let body = r#"{"id":"c1","created":1,"model":"m1","choices":[{"index":0,"message":{"role":"assistant","reasoning_content":"ab","thinking_blocks":[{"type":"thinking","thinking":"a","signature":"s"},{"type":"thinking","thinking":"b","signature":"t"}],"content":"Hi","tool_calls":[{"id":"x","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"y","type":"function","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}"#;
    let stream = String::from_utf8(whole_as_stream(&Bytes::from(body)).to_vec()).unwrap();
    let (streamed, whole) = (fold(events_of(&stream)), decode_response(&scan(body)).unwrap());
    super::fixtures::assert_same("repaired", &streamed, &whole);
    assert_eq!(whole.usage.map(|usage: Usage| usage.total_tokens), Some(2));
}
