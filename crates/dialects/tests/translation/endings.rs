//! Streams that end early: whatever an upstream fails to send, every client's stream ends once, and never looks complete unless the
//! upstream said that it was.

use bytes::Bytes;
use dialects::conversation::Event;
use dialects::sse::data;
use dialects::translate::{AnswerShape, Decoder, StreamTranslator};
use proptest::prelude::*;
use serde_json::Value;
use vocabulary::{ApiError, Code, Dialect};

use crate::answers::{draft, stream_of};
use crate::any_bytes::shapes;
use crate::reader::{Ending, read};
use crate::words::{few, frames, rendering};

/// How an upstream's body ends after some frames.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// In order.
    Finished,
    /// In the middle of something.
    Broken,
}

fn translated(upstream: Dialect, client: Dialect, shape: AnswerShape, frames: &[Bytes], cut: Cut) -> Bytes {
    let mut translator = StreamTranslator::new(upstream, client, shape, rendering());
    let mut out = Vec::new();
    for frame in frames {
        translator.translate(frame, &mut |_| {}, &mut out);
    }
    match cut {
        Cut::Finished => translator.finish(&mut |_| {}, &mut out),
        Cut::Broken => translator.fail(ApiError::new(Code::StreamInterrupted, "cut"), &mut out),
    }
    assert!(translator.has_ended());
    // Late frames and a second end say nothing.
    let length = out.len();
    frames.iter().for_each(|frame| translator.translate(frame, &mut |_| {}, &mut out));
    translator.finish(&mut |_| {}, &mut out);
    translator.fail(ApiError::new(Code::StreamInterrupted, "again"), &mut out);
    assert_eq!(out.len(), length, "{upstream:?} to {client:?} says more after its end");
    out.into()
}

/// True if an upstream has said that its answer is complete: by the documents, not by our decoders.
fn is_complete(upstream: Dialect, frames: &[Bytes]) -> bool {
    let payloads: Vec<Vec<u8>> =
        frames.iter().filter_map(|frame| data(frame).map(|data| data.into_owned())).collect();
    let events = || payloads.iter().filter_map(|payload| serde_json::from_slice::<Value>(payload).ok());
    let has_event = |names: &[&str]| events().any(|event| names.iter().any(|name| event["type"] == **name));
    let all_say_why = |list: &str, reason: &str| {
        let said = |event: Value| event[list].as_array().cloned().unwrap_or_default();
        let (mut begun, mut ended) = (Vec::new(), Vec::new());
        for choice in events().flat_map(said) {
            let index = choice["index"].as_u64().unwrap_or(0);
            begun.push(index);
            ended.extend(choice[reason].is_string().then_some(index));
        }
        !ended.is_empty() && begun.iter().all(|index| ended.contains(index))
    };
    match upstream {
        Dialect::OpenAiChat => all_say_why("choices", "finish_reason"),
        Dialect::OpenAiResponses => has_event(&["response.completed", "response.incomplete"]),
        Dialect::AnthropicMessages => has_event(&["message_stop"]),
        Dialect::Gemini => all_say_why("candidates", "finishReason"),
    }
}

/// Cuts a stream after every frame, for every client.
fn check_every_cut(upstream: Dialect, stream: Bytes) {
    let frames = frames(stream);
    for length in 0..=frames.len() {
        let begun = &frames[..length];
        let is_complete = is_complete(upstream, begun);
        let targets = Dialect::ALL.into_iter().flat_map(|client| shapes().map(|shape| (client, shape)));
        for (client, shape) in targets {
            let finished = read(client, &translated(upstream, client, shape.clone(), begun, Cut::Finished));
            let broken = read(client, &translated(upstream, client, shape, begun, Cut::Broken));
            let told = format!("{upstream:?} to {client:?} after {length} frames");
            if !is_complete {
                assert_eq!((finished, broken), (Ending::Failed, Ending::Failed), "{told}");
            } else {
                assert_eq!(finished, Ending::Complete, "{told}");
            }
        }
    }
}

/// The streams of the matrix, which were written by hand.
fn streams_of_the_matrix() -> Vec<(Dialect, String, Bytes)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/matrix/cases");
    let names = ["chat.stream", "responses.stream", "messages.stream", "gemini.stream"];
    let mut streams = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the cases") {
        let case = entry.expect("a folder").path();
        for (dialect, name) in Dialect::ALL.into_iter().zip(names) {
            if let Ok(stream) = std::fs::read(case.join(name)) {
                streams.push((dialect, case.display().to_string(), stream.into()));
            }
        }
    }
    streams
}

#[test]
fn every_stream_of_the_matrix_ends_once_wherever_it_is_cut() {
    let streams = streams_of_the_matrix();
    assert!(streams.len() > 40, "{}", streams.len());
    for (upstream, case, stream) in streams {
        let checked = std::panic::catch_unwind(|| check_every_cut(upstream, stream));
        assert!(checked.is_ok(), "{case}");
    }
}

#[test]
fn a_decoder_keeps_the_invariants_of_events_wherever_a_stream_is_cut() {
    for (upstream, case, stream) in streams_of_the_matrix() {
        let frames = frames(stream);
        for length in 0..=frames.len() {
            let (mut decoder, mut events) = (Decoder::new(upstream), Vec::new());
            frames[..length].iter().for_each(|frame| decoder.decode(frame, &mut events));
            decoder.finish(&mut events);
            let checked = check_events(&events);
            assert_eq!(checked, Ok(()), "{upstream:?}, {case} after {length} frames: {events:#?}");
        }
    }
}

/// The invariants that `conversation::event` declares.
fn check_events(events: &[Event]) -> Result<(), &'static str> {
    let (mut begun, mut open, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    for (index, event) in events.iter().enumerate() {
        let is_first = index == 0;
        match event {
            Event::Started(_) if is_first => {}
            Event::Started(_) => return Err("`Started` comes once"),
            Event::Failed(_) if index + 1 == events.len() => return Ok(()),
            Event::Failed(_) => return Err("nothing follows `Failed`"),
            _ if is_first => return Err("`Started` comes first"),
            Event::PartStarted { at, .. } => {
                let next = begun.iter().filter(|choice| **choice == at.choice).count() as u32;
                if at.part != next || ended.contains(&at.choice) {
                    return Err("parts have rising indexes");
                }
                begun.push(at.choice);
                open.push(*at);
            }
            Event::Delta { at, .. } if !open.contains(at) => return Err("a delta belongs to an open part"),
            Event::PartFinished { at } if !open.contains(at) => return Err("what finishes was open"),
            Event::PartFinished { at } => open.retain(|other| other != at),
            Event::Finished { choice, .. } if ended.contains(choice) => return Err("a choice finishes once"),
            Event::Finished { choice, .. } if open.iter().any(|at| at.choice == *choice) => {
                return Err("parts finish before their choice");
            }
            Event::Finished { choice, .. } => ended.push(*choice),
            Event::Delta { .. } | Event::Usage(_) => {}
        }
    }
    let all_ended = begun.iter().all(|choice| ended.contains(choice)) && !ended.is_empty();
    if all_ended { Ok(()) } else { Err("every choice finishes, or the answer fails") }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..few() })]

    #[test]
    fn every_generated_stream_ends_once_wherever_it_is_cut(draft in draft()) {
        for upstream in Dialect::ALL {
            check_every_cut(upstream, stream_of(upstream, draft.for_dialect(upstream)));
        }
    }
}
