//! Images that callers name: who is connected to, what is sent, what is taken.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use runtime::Supervisor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use upstream::{ImageError, ImageRules, NotFetched, RemoteImage, RemoteImages};

use crate::http2;
use crate::peer::eventually;
use crate::tls::{TlsPeer, trusting};

const PNG: &str = "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 3\r\n\r\nabc";

fn is_local(address: IpAddr) -> bool {
    address.is_loopback() && address != IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2))
}

/// The rules, but for what keeps tests from their peers.
fn test_rules() -> ImageRules {
    ImageRules { allows: is_local, takes_any_port: true, max_bytes: 1000, time: Duration::from_secs(5) }
}

fn images(peer: &TlsPeer, rules: ImageRules) -> RemoteImages {
    RemoteImages::with_rules(&trusting(peer), rules, &Supervisor::new()).unwrap()
}

/// A peer that answers each path in its own way.
async fn peer(answers: fn(&str) -> String) -> TlsPeer {
    TlsPeer::start(&[b"http/1.1"], move |mut stream| async move {
        let head = head(&mut stream).await;
        let path = head.split(' ').nth(1).unwrap_or_default();
        let answer = if path == "/head" { ok("image/webp", &head) } else { answers(path) };
        // A client that has seen enough closes.
        let _gone = stream.write_all(answer.as_bytes()).await;
        let _gone = stream.shutdown().await;
    })
    .await
}

async fn head(stream: &mut TlsStream<TcpStream>) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { break };
        head.push(byte);
    }
    String::from_utf8(head).unwrap()
}

fn ok(media_type: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn to(location: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")
}

async fn fetch(images: &RemoteImages, url: &str) -> Result<RemoteImage, ImageError> {
    let fetched = images.fetch_all(vec![url.into()]).await;
    fetched.map(|mut images| images.remove(0)).map_err(|NotFetched { error, .. }| error)
}

#[tokio::test]
async fn an_image_is_fetched_once_and_nothing_is_told_of_the_caller() {
    let peer = peer(|_| PNG.into()).await;
    let images = images(&peer, test_rules());
    let at = |path: &str| format!("https://localhost:{}{path}", peer.address.port());
    for _ in 0..3 {
        let image = fetch(&images, &at("/a.png?x=1")).await.unwrap();
        assert_eq!((image.media_type, &*image.base64), ("image/png", "YWJj"));
    }
    assert_eq!(peer.accepted(), 1);
    let echoed = fetch(&images, &at("/head")).await.unwrap();
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, &*echoed.base64).unwrap();
    let head = String::from_utf8(bytes).unwrap();
    let names: Vec<_> = head.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0)).collect();
    assert_eq!(names, ["host", "user-agent", "accept", "accept-encoding"], "{head}");
    assert!(head.contains("user-agent: GoModel/"), "{head}");
}

#[tokio::test]
async fn no_spelling_of_a_private_address_is_connected_to() {
    let peer = peer(|_| PNG.into()).await;
    let images = images(&peer, ImageRules { takes_any_port: true, ..ImageRules::default() });
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "localhost",
        "LOCALHOST",
        "a.localhost",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "10.0.0.1",
    ] {
        let error = fetch(&images, &format!("https://{host}:{}/a", peer.address.port())).await.unwrap_err();
        assert!(matches!(error, ImageError::NotPublic), "{host}: {error:?}");
    }
    assert_eq!(peer.accepted(), 0);
}

#[tokio::test]
async fn only_https_without_credentials_on_its_own_port_is_fetched() {
    let peer = peer(|_| PNG.into()).await;
    let images = images(&peer, ImageRules { allows: is_local, ..ImageRules::default() });
    let port = peer.address.port();
    for url in [
        format!("http://localhost:{port}/a"),
        format!("https://localhost:{port}/a"),
        "https://user@localhost/a".to_owned(),
        "https://:password@localhost/a".to_owned(),
        "ftp://localhost/a".to_owned(),
        "file:///etc/passwd".to_owned(),
        "data:text/plain,x".to_owned(),
        "/a".to_owned(),
        "https://".to_owned(),
        String::new(),
    ] {
        let error = fetch(&images, &url).await.unwrap_err();
        assert!(matches!(error, ImageError::Address), "{url}: {error:?}");
    }
    assert_eq!(peer.accepted(), 0);
}

#[tokio::test]
async fn redirects_are_followed_three_times_and_judged_each_time() {
    let peer = peer(|path| match path {
        "/3" => to("/2?again"),
        "/2?again" => to("1"),
        "/1" => to("/0#part"),
        "/4" => to("/3"),
        "/http" => to("http://localhost/a"),
        "/private" => to("https://127.0.0.2/a"),
        "/metadata" => to("//169.254.169.254/latest"),
        "/credentials" => to("https://a:b@localhost/a"),
        "/nowhere" => "HTTP/1.1 301 Moved\r\ncontent-length: 0\r\n\r\n".into(),
        _ => PNG.into(),
    })
    .await;
    let images = images(&peer, test_rules());
    let at = |path: &str| format!("https://localhost:{}{path}", peer.address.port());
    fetch(&images, &at("/3")).await.unwrap();
    for (path, expected) in [
        ("/4", "Redirect"),
        ("/nowhere", "Redirect"),
        ("/http", "Address"),
        ("/credentials", "Address"),
        ("/private", "NotPublic"),
        ("/metadata", "NotPublic"),
    ] {
        let error = fetch(&images, &at(path)).await.unwrap_err();
        assert_eq!(format!("{error:?}"), expected, "{path}");
    }
}

#[tokio::test]
async fn what_is_no_image_of_this_size_is_refused() {
    let peer = peer(|path| match path {
        "/html" => ok("text/html", "<svg/>"),
        "/svg" => ok("image/svg+xml", "<svg/>"),
        "/untyped" => "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx".into(),
        "/empty" => ok("image/png", ""),
        "/missing" => "HTTP/1.1 404 No\r\ncontent-type: image/png\r\ncontent-length: 1\r\n\r\nx".into(),
        "/announced" => ok("image/png", &"x".repeat(1001)),
        "/endless" => format!("HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n{}", "x".repeat(5000)),
        "/cut" => "HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 9\r\n\r\nx".into(),
        "/garbage" => "SSH-2.0\r\n\r\n".into(),
        _ => ok("Image/PNG; charset=binary", &"x".repeat(1000)),
    })
    .await;
    let images = images(&peer, test_rules());
    let at = |path: &str| format!("https://localhost:{}{path}", peer.address.port());
    fetch(&images, &at("/largest")).await.unwrap();
    for (path, expected) in [
        ("/html", "Type"),
        ("/svg", "Type"),
        ("/untyped", "Type"),
        ("/empty", "Type"),
        ("/missing", "Status(404)"),
        ("/announced", "TooLarge"),
        ("/endless", "TooLarge"),
        ("/cut", "Cut"),
        ("/garbage", "Unreachable"),
    ] {
        let error = fetch(&images, &at(path)).await.unwrap_err();
        assert!(format!("{error:?}").starts_with(expected), "{path}: {error:?}");
    }
}

#[tokio::test]
async fn a_silent_host_is_left_and_few_are_asked_at_once() {
    let peer = TlsPeer::start(&[b"http/1.1"], |mut stream| async move {
        head(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let urls = |count: usize| {
        let at = |number| format!("https://localhost:{}/{number}", peer.address.port()).into();
        (0..count).map(at).collect::<Vec<_>>()
    };
    let impatient = images(&peer, ImageRules { time: Duration::from_millis(300), ..test_rules() });
    let NotFetched { index, error } = impatient.fetch_all(urls(6)).await.unwrap_err();
    assert!(matches!((index, &error), (0, ImageError::Late)), "{error:?}");
    eventually(|| peer.accepted() == 4).await;
    let NotFetched { index, error } = impatient.fetch_all(urls(17)).await.unwrap_err();
    assert!(matches!((index, &error), (16, ImageError::TooMany)), "{error:?}");
    assert_eq!(peer.accepted(), 4);
}

#[tokio::test]
async fn an_abandoned_fetch_closes_its_connection() {
    let (sender, mut closed) = tokio::sync::mpsc::channel(1);
    let peer = TlsPeer::start(&[b"http/1.1"], move |mut stream| {
        let sender = sender.clone();
        async move {
            head(&mut stream).await;
            let ended = stream.read_u8().await.is_err();
            sender.send(ended).await.unwrap();
        }
    })
    .await;
    let images = images(&peer, test_rules());
    let url = format!("https://localhost:{}/a", peer.address.port());
    let left = tokio::time::timeout(Duration::from_millis(300), fetch(&images, &url)).await;
    assert!(left.is_err());
    let closed = tokio::time::timeout(Duration::from_secs(2), closed.recv()).await;
    assert_eq!(closed.unwrap(), Some(true));
}

#[tokio::test]
async fn an_image_comes_over_http_2_as_well() {
    let peer = http2::serving(|request: http2::Request, mut respond: http2::Respond| async move {
        assert_eq!(request.uri().path(), "/a.png");
        let head = http::Response::builder().header("content-type", "image/png").body(()).unwrap();
        let mut stream = respond.send_response(head, false).unwrap();
        stream.send_data(bytes::Bytes::from_static(b"abc"), true).unwrap();
    })
    .await;
    let url = format!("https://localhost:{}/a.png", peer.address.port());
    assert_eq!(&*fetch(&images(&peer, test_rules()), &url).await.unwrap().base64, "YWJj");
}

#[tokio::test]
async fn a_host_without_a_trusted_certificate_is_no_source() {
    let peer = peer(|_| PNG.into()).await;
    let images =
        RemoteImages::with_rules(&upstream::Trust::default(), test_rules(), &Supervisor::new()).unwrap();
    let error = fetch(&images, &format!("https://localhost:{}/a", peer.address.port())).await.unwrap_err();
    assert!(matches!(error, ImageError::Unreachable(_)), "{error:?}");
}
