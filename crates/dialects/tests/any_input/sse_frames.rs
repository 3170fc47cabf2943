//! Any bytes, cut anywhere, against the splitter, and every frame of them against all that reads frames.

use bytes::Bytes;
use dialects::openai_chat::{StreamObserver, Stripped, strip_burst, strip_usage};
use dialects::sse::{FrameSplitter, FrameTooLarge, data, split_burst};

/// The frames of a stream, and its tail or its error.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) frames: Vec<Bytes>,
    pub(crate) end: Result<Bytes, FrameTooLarge>,
}

/// Panics if the frames depend on the cuts, if a byte is lost, or if a frame cannot be read safely.
/// The first byte of the input says where to cut and how large a frame may be; the rest is the stream.
pub(crate) fn check(input: &[u8]) {
    let Some((&seed, stream)) = input.split_first() else { return };
    let step = usize::from(seed % 16) + 1;
    let limit = if seed < 128 { usize::MAX } else { usize::from(seed) - 96 };
    let stream = Bytes::copy_from_slice(stream);
    let cuts: Vec<Bytes> = stream.chunks(step).map(|chunk| stream.slice_ref(chunk)).collect();
    check_cuts(&stream, &cuts, limit);
}

/// Compares a stream in one piece with the same stream in pieces, and reads every frame.
pub(crate) fn check_cuts(stream: &Bytes, cuts: &[Bytes], limit: usize) {
    let whole = one_by_one(std::slice::from_ref(stream), limit);
    assert_eq!(one_by_one(cuts, limit), whole, "frames do not depend on the cuts");
    assert_eq!(in_bursts(cuts, limit), whole, "nor on being taken in bursts");
    assert_eq!(in_bursts(std::slice::from_ref(stream), limit), whole);
    if let Ok(tail) = &whole.end {
        assert_eq!(
            [whole.frames.concat(), tail.to_vec()].concat(),
            stream[..],
            "frames and tail are the input"
        );
        let burst = split_burst(stream).map(|burst| burst.into_bytes()).unwrap_or_default();
        assert_eq!(burst, whole.frames.concat(), "the prefix of whole frames");
    }
    whole.frames.iter().for_each(check_frame);
    check_stripped_burst(stream);
}

/// Takes frames one at a time.
pub(crate) fn one_by_one(chunks: &[Bytes], limit: usize) -> Outcome {
    let mut splitter = FrameSplitter::new(limit);
    let mut frames = Vec::new();
    for chunk in chunks {
        splitter.push(chunk.clone());
        loop {
            match splitter.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return Outcome { frames, end: Err(error) },
            }
        }
    }
    Outcome { frames, end: Ok(splitter.take_tail()) }
}

/// Takes frames in bursts.
pub(crate) fn in_bursts(chunks: &[Bytes], limit: usize) -> Outcome {
    let mut splitter = FrameSplitter::new(limit);
    let mut frames = Vec::new();
    for chunk in chunks {
        splitter.push(chunk.clone());
        loop {
            match splitter.next_burst() {
                Ok(Some(burst)) => frames.extend(burst.ranges().map(|range| burst.bytes().slice(range))),
                Ok(None) => break,
                Err(error) => return Outcome { frames, end: Err(error) },
            }
        }
    }
    Outcome { frames, end: Ok(splitter.take_tail()) }
}

fn check_frame(frame: &Bytes) {
    let mut observer = StreamObserver::default();
    observer.see(frame);
    let has_content = observer.seen().has_content;
    observer.see(frame);
    assert_eq!(observer.seen().has_content, has_content);
    let payload = data(frame).map(|data| data.into_owned());
    let payload = payload.and_then(|data| serde_json::from_slice::<serde_json::Value>(&data).ok());
    let Some(serde_json::Value::Object(mut chunk)) = payload else { return };
    match strip_usage(frame) {
        Stripped::Keep => {}
        Stripped::Drop => assert!(chunk["usage"].is_object() && chunk["choices"] == serde_json::json!([])),
        Stripped::Replace(shorter) => {
            assert!(chunk["usage"].is_null());
            let stripped = data(&shorter).map(|data| data.into_owned()).unwrap_or_default();
            let mut stripped: serde_json::Map<_, _> = serde_json::from_slice(&stripped).expect("still JSON");
            // Of a duplicated member one null may stay.
            stripped.remove("usage");
            chunk.remove("usage");
            assert_eq!(stripped, chunk);
        }
    }
}

fn check_stripped_burst(stream: &Bytes) {
    let Some(burst) = split_burst(stream) else { return };
    let one_by_one =
        burst.ranges().map(|range| burst.bytes().slice(range)).map(|frame| match strip_usage(&frame) {
            Stripped::Keep => frame,
            Stripped::Drop => Bytes::new(),
            Stripped::Replace(shorter) => shorter,
        });
    assert_eq!(strip_burst(&burst), one_by_one.collect::<Vec<_>>().concat());
}
