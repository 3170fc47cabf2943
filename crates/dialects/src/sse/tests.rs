//! Tables: frame ends of every kind, what a frame's data is, bursts, limits.

use std::borrow::Cow;

use bytes::Bytes;

use super::{FrameSplitter, FrameTooLarge, data, data_range, push_data, split_burst};

fn frames(chunks: &[&'static str]) -> (Vec<String>, String) {
    let mut splitter = FrameSplitter::new(1000);
    let mut frames = Vec::new();
    let text = |bytes: Bytes| String::from_utf8(bytes.to_vec()).expect("text");
    for chunk in chunks {
        splitter.push(Bytes::from_static(chunk.as_bytes()));
        while let Some(frame) = splitter.next_frame().expect("small frames") {
            frames.push(text(frame));
        }
    }
    (frames, text(splitter.take_tail()))
}

#[test]
fn a_frame_ends_with_a_blank_line_of_any_kind() {
    let cases: [(&[&str], &[&str], &str); 14] = [
        (&["data: 1\n\ndata: 2\n\n"], &["data: 1\n\n", "data: 2\n\n"], ""),
        (&["a\r\n\r\nb\r\n\r\n"], &["a\r\n\r\n", "b\r\n\r\n"], ""),
        (&["a\r\rb\r\r"], &["a\r\r", "b\r\r"], ""),
        (&["a\nb\n\n"], &["a\nb\n\n"], ""),
        (&["a\r\n\nb\n\r\nc"], &["a\r\n\n", "b\n\r\n"], "c"),
        (&["a\n", "\nb"], &["a\n\n"], "b"),
        (&["a\r\n\r", "\nb\n\n"], &["a\r\n\r\n", "b\n\n"], ""),
        (&["a\r\n\r", "b\n\n"], &["a\r\n\r", "b\n\n"], ""),
        (&["a\r", "\r", "b"], &["a\r\r"], "b"),
        (&["a\r\r\nb\n\n"], &["a\r\r", "\n", "b\n\n"], ""),
        (&["\n\na\n\n"], &["\n", "\n", "a\n\n"], ""),
        (&["a", "b", "c"], &[], "abc"),
        (&["", "a\n", "", "\n", ""], &["a\n\n"], ""),
        (&["a\r\n\r"], &[], "a\r\n\r"),
    ];
    for (chunks, expected, tail) in cases {
        let (found, rest) = frames(chunks);
        assert_eq!(
            (found.iter().map(String::as_str).collect::<Vec<_>>(), &*rest),
            (expected.to_vec(), tail),
            "{chunks:?}"
        );
    }
}

#[test]
fn whole_frames_are_slices_of_their_chunk_and_come_as_one_burst() {
    let chunk = Bytes::from("data: 1\n\n".repeat(20) + "data: cut");
    let mut splitter = FrameSplitter::new(1000);
    splitter.push(chunk.clone());
    let burst = splitter.next_burst().expect("small frames").expect("whole frames");
    assert_eq!((burst.frame_count(), burst.bytes().as_ptr()), (20, chunk.as_ptr()));
    assert!(burst.frames().all(|frame| frame == b"data: 1\n\n"));
    assert_eq!(splitter.next_burst(), Ok(None));
    assert!(!splitter.is_between_frames());
    splitter.push(Bytes::from_static(b" off\n\ndata: 2\n\n"));
    let bursts: Vec<_> = std::iter::from_fn(|| splitter.next_burst().expect("small frames")).collect();
    let texts: Vec<_> = bursts.iter().map(|burst| burst.bytes().as_ref()).collect();
    assert_eq!(texts, [&b"data: cut off\n\n"[..], b"data: 2\n\n"]);
    assert!(splitter.is_between_frames());
    assert_eq!(split_burst(&chunk).map(|burst| burst.into_bytes()), Some(chunk.slice(..180)));
    assert_eq!(split_burst(&Bytes::from_static(b"data: cut")), None);
}

#[test]
fn a_frame_beyond_the_limit_is_an_error_once_the_frames_before_it_are_out() {
    let error = FrameTooLarge { limit: 10 };
    for chunks in
        [&[&b"a\n\n0123456789\n\n"[..]][..], &[b"a\n\n0123", b"456789abc"], &[b"a\n\n", b"0123456789a"]]
    {
        let mut splitter = FrameSplitter::new(10);
        let mut found = Vec::new();
        for chunk in chunks {
            splitter.push(Bytes::copy_from_slice(chunk));
            while let Ok(Some(burst)) = splitter.next_burst() {
                found.push(burst.into_bytes());
            }
        }
        assert_eq!(found.concat(), b"a\n\n", "{chunks:?}");
        splitter.push(Bytes::from_static(b"\n\n"));
        assert_eq!((splitter.next_burst(), splitter.next_frame()), (Err(error), Err(error)));
    }
}

#[test]
fn data_is_what_the_data_lines_say() {
    let cases: [(&str, Option<&str>); 13] = [
        ("data: {\"a\":1}\n\n", Some("{\"a\":1}")),
        ("data:{}\r\n\r\n", Some("{}")),
        ("data:  two\n\n", Some(" two")),
        ("event: x\ndata: 1\nid: 2\n\n", Some("1")),
        ("data: 1\ndata: 2\n\n", Some("1\n2")),
        ("data: 1\r\n\rdata\r\rdata:\r", Some("1\n\n")),
        ("data\n\n", Some("")),
        (": comment\n\n", None),
        ("database: 1\n\n", None),
        ("\n", None),
        ("", None),
        ("data: no end", Some("no end")),
        ("\u{feff}data: first\n\n", Some("first")),
    ];
    for (frame, expected) in cases {
        let found = data(frame.as_bytes());
        assert_eq!(found.as_deref().map(String::from_utf8_lossy).as_deref(), expected, "{frame:?}");
        if let (Some(range), Some(Cow::Borrowed(line))) = (data_range(frame.as_bytes()), found) {
            assert_eq!(&frame.as_bytes()[range], line);
        }
    }
    assert_eq!(data_range(b"data: 1\ndata: 2\n\n"), None);
}

#[test]
fn a_payload_with_line_ends_becomes_lines() {
    for (payload, lines) in [
        ("{}", "data: {}\n"),
        ("a\nb\r\nc\rd\n", "data: a\ndata: b\ndata: c\ndata: d\n"),
        ("a\n\ndata: [DONE]\n\n", "data: a\ndata: \ndata: data: [DONE]\ndata: \n"),
        ("", "data: \n"),
    ] {
        let mut out = Vec::new();
        push_data(&mut out, payload.as_bytes());
        assert_eq!(String::from_utf8_lossy(&out), lines, "{payload:?}");
    }
}
