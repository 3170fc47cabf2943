//! Images at addresses for a provider that takes only data: off by default, and never a way into our own network
//! (03 §4.3.6, case 26, B16).

use std::net::TcpListener;

use blackbox::gemini;
use serde_json::{Value, json};

use crate::dialects::{Chat, Dialect, Gemini, Messages, Responses, Single};

const MODEL: &str = "gemini-2.5-flash";
const NO_ADDRESS: &str = "the remote image was not fetched: its host has no public address";
const NO_URL: &str =
    "the remote image was not fetched: only https URLs without credentials and with port 443 are fetched";

fn bench() -> Single {
    Single::with(Gemini, MODEL, |builder| builder.env("FETCH_REMOTE_IMAGES", "true"))
}

/// A call with one image, and where it stands.
fn with_image(client: Dialect, url: &str) -> (Value, &'static str) {
    match client {
        Responses => {
            let part = json!({"type": "input_image", "image_url": url});
            (json!({"input": [{"role": "user", "content": [part]}]}), "input[0].content[0]")
        }
        Messages => {
            let part = json!({"type": "image", "source": {"type": "url", "url": url}});
            (json!({"messages": [{"role": "user", "content": [part]}]}), "messages[0].content[0].source.url")
        }
        _ => {
            let part = json!({"type": "image_url", "image_url": {"url": url}});
            (json!({"messages": [{"role": "user", "content": [part]}]}), "messages[0].content[0]")
        }
    }
}

fn was_called(bench: &Single) -> bool {
    bench.upstream.requests().iter().any(|seen| seen.method == "POST")
}

#[test]
fn nothing_is_fetched_unless_the_operator_wants_it() {
    let bench = Single::start(Gemini, MODEL);
    let (members, path) = with_image(Chat, "https://127.0.0.1/x.png");
    let error = bench.call(Chat, &members).error(400);
    assert!(
        error.message.starts_with("gemini native image_url supports only data: URLs"),
        "{}",
        error.message
    );
    assert_eq!(error.param.as_deref(), Some(path));
    assert!(!was_called(&bench));
}

#[test]
fn no_private_address_is_reached_however_it_is_spelled() {
    let bench = bench();
    for host in [
        "127.0.0.1",
        "localhost",
        "localhost:443",
        "a.localhost",
        "169.254.169.254",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[fd00:ec2::254]",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "0",
        "10.0.0.1",
        "100.100.100.200",
        "192.168.0.1",
    ] {
        let (members, path) = with_image(Chat, &format!("https://{host}/x.png"));
        let error = bench.call(Chat, &members).error(400);
        assert_eq!(
            (error.message.as_str(), error.error_type.as_str()),
            (NO_ADDRESS, "invalid_request_error")
        );
        assert_eq!(error.param.as_deref(), Some(path), "{host}");
    }
    assert!(!was_called(&bench));
}

#[test]
fn only_https_on_its_own_port_and_without_credentials_is_fetched() {
    let bench = bench();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a listener that does not wait");
    let port = listener.local_addr().expect("an address").port();
    for url in [
        format!("http://127.0.0.1:{port}/x.png"),
        format!("https://127.0.0.1:{port}/x.png"),
        format!("https://localhost:{port}/x.png"),
        format!("ftp://127.0.0.1:{port}/x.png"),
        "http://example.com/x.png".to_owned(),
        "https://user:secret@example.com/x.png".to_owned(),
        "not a url".to_owned(),
    ] {
        let (members, path) = with_image(Chat, &url);
        let error = bench.call(Chat, &members).error(400);
        assert_eq!((error.message.as_str(), error.param.as_deref()), (NO_URL, Some(path)), "{url}");
    }
    assert!(listener.accept().is_err(), "nobody has connected");
    assert!(!was_called(&bench));
}

#[test]
fn the_path_is_in_the_words_of_the_client() {
    let bench = bench();
    let (members, path) = with_image(Responses, "https://[::1]/x.png");
    let error = bench.call(Responses, &members).error(400);
    assert_eq!((error.message.as_str(), error.param.as_deref()), (NO_ADDRESS, Some(path)));
    let (members, _) = with_image(Messages, "https://[::1]/x.png");
    let (kind, message) = bench.call(Messages, &members).anthropic_error(400);
    assert_eq!((kind.as_str(), message.contains(NO_ADDRESS)), ("invalid_request_error", true), "{message}");
}

#[test]
fn sixteen_images_are_fetched_for_a_call_and_malformed_ones_keep_their_words() {
    let bench = bench();
    let image = |url: String| json!({"type": "image_url", "image_url": {"url": url}});
    let call = |parts: Vec<Value>| {
        let members = json!({"messages": [{"role": "user", "content": parts}]});
        bench.call(Chat, &members).error(400)
    };
    let error = call((0..17).map(|number| image(format!("https://127.0.0.1/{number}.png"))).collect());
    assert!(error.message.ends_with("one call may name 16 remote images"), "{}", error.message);
    assert_eq!(error.param.as_deref(), Some("messages[0].content[16]"));
    let error = call((0..17).map(|_| image("https://127.0.0.1/x.png".into())).collect());
    assert_eq!(error.message, NO_ADDRESS);
    let error = call(vec![image("data:image/png,x".into()), image("https://127.0.0.1/x.png".into())]);
    assert_eq!(error.message, "invalid data URL in image_url");
}

#[test]
fn what_needs_no_fetching_passes_as_before() {
    let bench = bench();
    for url in ["data:image/png;base64,AAAA", "gs://bucket/x.png"] {
        let (members, _) = with_image(Chat, url);
        bench.call(Chat, &members).expect_status(200);
    }
    assert_eq!(
        bench.upstream.requests().iter().filter(|seen| seen.path() == gemini::generate(MODEL)).count(),
        2
    );
}

#[test]
fn counting_tokens_fetches_nothing() {
    let bench = bench();
    let (mut body, _) = with_image(Messages, "https://127.0.0.1/x.png");
    body["model"] = json!(format!("p/{MODEL}"));
    let answer = bench.gateway.post("/v1/messages/count_tokens", &body).send().expect_status(200);
    assert!(answer.json()["input_tokens"].as_u64().is_some_and(|tokens| tokens > 100), "{}", answer.text());
}
