//! Heads as providers and attackers send them.

use super::{Framing, HeadError, HeadScanner, ResponseHead};
use http::Method;
use std::time::Duration;

fn scan_as(method: &Method, text: &str) -> Result<Option<(ResponseHead, usize)>, HeadError> {
    HeadScanner::new(1000).scan(text.as_bytes(), method)
}

fn head(text: &str) -> Result<ResponseHead, HeadError> {
    scan_as(&Method::POST, text).map(|found| found.expect("a complete head").0)
}

fn framing(lines: &str) -> Result<(Framing, bool), HeadError> {
    head(&format!("HTTP/1.1 200 OK\r\n{lines}\r\n")).map(|head| (head.framing, head.keep_alive))
}

#[test]
fn the_framing_follows_the_standard() {
    for (lines, expected) in [
        ("content-length: 5\r\n", (Framing::Length(5), true)),
        ("Content-Length: 5, 5\r\ncontent-length: 5\r\n", (Framing::Length(5), true)),
        ("Transfer-Encoding: Chunked\r\n", (Framing::Chunked, true)),
        ("transfer-encoding: chunked\r\ncontent-length: 5\r\n", (Framing::Chunked, false)),
        ("content-length: 5\r\nconnection: x, Close\r\n", (Framing::Length(5), false)),
        ("", (Framing::UntilClose, false)),
    ] {
        assert_eq!(framing(lines).unwrap(), expected, "{lines:?}");
    }
}

#[test]
fn ambiguous_framing_is_refused() {
    for lines in ["content-length: 5\r\ncontent-length: 6\r\n", "content-length: 5, 6\r\n"] {
        assert_eq!(framing(lines).unwrap_err(), HeadError::ContentLength, "{lines:?}");
    }
    for value in ["+5", "-1", "0x5", "", "5 5", "18446744073709551616"] {
        assert_eq!(
            framing(&format!("content-length: {value}\r\n")).unwrap_err(),
            HeadError::ContentLength,
            "{value}"
        );
    }
    for lines in [
        "transfer-encoding: gzip, chunked\r\n",
        "transfer-encoding: identity\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
    ] {
        assert_eq!(framing(lines).unwrap_err(), HeadError::TransferCoding, "{lines:?}");
    }
}

#[test]
fn folded_lines_and_rubbish_are_refused() {
    for text in [
        "HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n",
        "SSH-2.0-x\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "{\"error\":1}",
    ] {
        assert!(matches!(scan_as(&Method::GET, text), Err(HeadError::Malformed(_))), "{text:?}");
    }
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(129));
    assert!(matches!(
        HeadScanner::new(10_000).scan(many.as_bytes(), &Method::GET),
        Err(HeadError::Malformed(_))
    ));
}

#[test]
fn answers_without_a_body_have_none_whatever_they_announce() {
    let lines = "content-length: 5\r\n\r\n";
    for status in [204, 304] {
        assert_eq!(head(&format!("HTTP/1.1 {status} x\r\n{lines}")).unwrap().framing, Framing::Empty);
    }
    let found = scan_as(&Method::HEAD, &format!("HTTP/1.1 200 OK\r\n{lines}")).unwrap().unwrap();
    assert_eq!((found.0.framing, found.0.keep_alive), (Framing::Empty, true));
}

#[test]
fn interim_heads_are_skipped() {
    let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nlink: x\r\n\r\nHTTP/1.1 201 Made\r\ncontent-length: 0\r\n\r\nrest";
    let (head, length) = scan_as(&Method::POST, text).unwrap().unwrap();
    assert_eq!((head.status.as_u16(), length), (201, text.len() - 4));
    let switched = head_of_switch();
    assert_eq!(
        (switched.status.as_u16(), switched.framing, switched.keep_alive),
        (101, Framing::UntilClose, false)
    );
}

fn head_of_switch() -> ResponseHead {
    head("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n").unwrap()
}

#[test]
fn a_head_is_found_whatever_the_cuts() {
    let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\na: b\r\ncontent-length: 3\r\n\r\nabc";
    for cut in 0..text.len() - 3 {
        for second in cut..text.len() - 3 {
            let mut scanner = HeadScanner::new(1000);
            for end in [cut, second] {
                if end < text.len() - 3 {
                    assert!(scanner.scan(&text.as_bytes()[..end], &Method::GET).unwrap().is_none());
                }
            }
            let (head, length) = scanner.scan(text.as_bytes(), &Method::GET).unwrap().unwrap();
            assert_eq!((head.headers.get("A"), length), (Some(b"b".as_slice()), text.len() - 3));
        }
    }
}

#[test]
fn a_long_head_is_found_whatever_the_last_cut() {
    let text = format!("HTTP/1.1 200 OK\r\na: {}\r\ncontent-length: 3\r\n\r\n", "b".repeat(6000));
    for cut in text.len() - 30..text.len() {
        let mut scanner = HeadScanner::new(10_000);
        assert!(scanner.scan(&text.as_bytes()[..5000], &Method::GET).unwrap().is_none());
        assert!(scanner.scan(&text.as_bytes()[..cut], &Method::GET).unwrap().is_none());
        assert!(scanner.scan(text.as_bytes(), &Method::GET).unwrap().is_some());
    }
}

#[test]
fn a_head_beyond_the_limit_is_refused_complete_or_not() {
    let long = format!("HTTP/1.1 200 OK\r\na: {}", "b".repeat(1000));
    assert_eq!(scan_as(&Method::GET, &long).unwrap_err(), HeadError::TooLarge { limit: 1000 });
    assert_eq!(scan_as(&Method::GET, &(long + "\r\n\r\n")).unwrap_err(), HeadError::TooLarge { limit: 1000 });
    let endless = "HTTP/1.1 100 Continue\r\n\r\n".repeat(100);
    assert_eq!(scan_as(&Method::GET, &endless).unwrap_err(), HeadError::TooLarge { limit: 1000 });
}

#[test]
fn old_servers_keep_a_connection_only_if_they_say_so() {
    let of = |version: &str, connection: &str| {
        head(&format!("HTTP/{version} 200 OK\r\nconnection: {connection}\r\ncontent-length: 0\r\n\r\n"))
            .unwrap()
            .keep_alive
    };
    assert_eq!((of("1.0", "x"), of("1.0", "Keep-Alive"), of("1.1", "x")), (false, true, true));
}

#[test]
fn the_peers_idle_limit_is_read() {
    let head = head("HTTP/1.1 200 OK\r\nkeep-alive: max=3, Timeout=5\r\ncontent-length: 0\r\n\r\n").unwrap();
    assert_eq!(head.idle_hint, Some(Duration::from_secs(5)));
}
