//! HTTP/2, as ALPN chooses it: shared connections, refusals, resets.

use crate::peer::{client, collect, eventually, head, ok, post};
use crate::tls::{TlsPeer, trusting};
use bytes::Bytes;
use runtime::Supervisor;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use upstream::{BodyError, ClientSettings, Deadlines, ExchangeError, RequestBody, UpstreamClient};

pub(crate) type Request = http::Request<h2::RecvStream>;
pub(crate) type Respond = h2::server::SendResponse<Bytes>;

/// Serves every stream with a script.
pub(crate) async fn serving<F, S>(script: S) -> TlsPeer
where
    S: Fn(Request, Respond) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    TlsPeer::start(&[b"h2", b"http/1.1"], move |stream| {
        let script = script.clone();
        async move {
            let tasks = Supervisor::new();
            let mut connection = h2::server::handshake(stream).await.unwrap();
            while let Some(Ok((request, respond))) = connection.accept().await {
                tasks.own("stream", script(request, respond));
            }
            tasks.stop();
        }
    })
    .await
}

fn client_of(peer: &TlsPeer) -> UpstreamClient {
    client(ClientSettings { trust: trusting(peer), ..peer.settings() })
}

async fn body_of(request: Request) -> Vec<u8> {
    let (mut body, mut whole) = (request.into_body(), Vec::new());
    while let Some(Ok(chunk)) = body.data().await {
        body.flow_control().release_capacity(chunk.len()).unwrap();
        whole.extend_from_slice(&chunk);
    }
    whole
}

fn answer(respond: &mut Respond, pieces: &[&'static str]) -> h2::SendStream<Bytes> {
    let head = http::Response::builder().header("x-proof", "h2").body(()).unwrap();
    let mut stream = respond.send_response(head, false).unwrap();
    for piece in pieces {
        stream.send_data(Bytes::from_static(piece.as_bytes()), false).unwrap();
    }
    stream
}

fn finish(mut stream: h2::SendStream<Bytes>) {
    stream.send_data(Bytes::new(), true).unwrap();
}

#[tokio::test]
async fn many_calls_share_one_connection() {
    let peer = serving(|request, mut respond| async move {
        assert_eq!(request.uri().path(), "/v1/x");
        assert_eq!(request.headers()["content-length"], "2");
        assert_eq!(body_of(request).await, b"{}");
        finish(answer(&mut respond, &["he", "llo"]));
    })
    .await;
    let client = client_of(&peer);
    let first = post(&client).await.unwrap();
    assert_eq!(first.headers.get("X-Proof"), Some(b"h2".as_slice()));
    assert_eq!(collect(first).await.unwrap(), "hello");
    let calls = (0..50).map(|_| ok(&client));
    assert!(futures_util::future::join_all(calls).await.iter().all(|(_, body)| body == "hello"));
    assert_eq!((peer.accepted(), client.metrics().dials.get()), (1, 1));
}

#[tokio::test]
async fn a_large_body_goes_out_and_comes_back() {
    let peer = serving(|request, mut respond| async move {
        let body = Bytes::from(body_of(request).await);
        let mut stream = respond.send_response(http::Response::new(()), false).unwrap();
        stream.send_data(body, true).unwrap();
    })
    .await;
    let body = Bytes::from((0..3_000_000u32).map(|number| number as u8).collect::<Vec<_>>());
    let request = RequestBody::from_iter([body.slice(..7), body.slice(7..)]);
    let answer = client_of(&peer).send(&head("POST", "/"), &request, Deadlines::default()).await.unwrap();
    assert_eq!(collect(answer).await.unwrap(), body);
}

#[tokio::test]
async fn a_refused_stream_was_not_acted_upon() {
    let peer = serving(|_, mut respond| async move { respond.send_reset(h2::Reason::REFUSED_STREAM) }).await;
    let error = post(&client_of(&peer)).await.unwrap_err();
    assert!(matches!(error, ExchangeError::Refused) && !error.may_be_billed(), "{error:?}");
    let peer = serving(|_, mut respond| async move { respond.send_reset(h2::Reason::INTERNAL_ERROR) }).await;
    let error = post(&client_of(&peer)).await.unwrap_err();
    assert!(matches!(error, ExchangeError::Http2(_)) && error.may_be_billed(), "{error:?}");
}

#[tokio::test]
async fn a_reset_amid_the_body_is_no_clean_end() {
    let peer = serving(|_, mut respond| async move {
        let mut stream = answer(&mut respond, &["half"]);
        tokio::time::sleep(Duration::from_millis(20)).await;
        stream.send_reset(h2::Reason::INTERNAL_ERROR);
    })
    .await;
    let mut body = post(&client_of(&peer)).await.unwrap().body;
    assert_eq!(body.next_chunk().await.unwrap().unwrap(), "half");
    assert!(matches!(body.next_chunk().await, Some(Err(BodyError::Http2(_)))));
}

#[tokio::test]
async fn silence_meets_the_deadlines() {
    let short = Duration::from_millis(50);
    let peer = serving(|request, mut respond| async move {
        if request.method() == "GET" {
            return std::future::pending().await;
        }
        let _open = answer(&mut respond, &["half"]);
        std::future::pending().await
    })
    .await;
    let client = client_of(&peer);
    let deadlines = Deadlines { response_header: short, ..Deadlines::default() };
    let error = client.send(&head("GET", "/"), &RequestBody::empty(), deadlines).await.unwrap_err();
    assert!(matches!(error, ExchangeError::HeaderTimeout { .. }), "{error:?}");
    let deadlines = Deadlines { stream_idle: short, ..Deadlines::default() };
    let mut body = client.send(&head("POST", "/"), &RequestBody::empty(), deadlines).await.unwrap().body;
    assert_eq!(body.next_chunk().await.unwrap().unwrap(), "half");
    assert!(matches!(body.next_chunk().await, Some(Err(BodyError::IdleTimeout { .. }))));
}

#[tokio::test]
async fn a_dropped_body_resets_its_stream_and_spares_its_neighbours() {
    let resets = Arc::new(AtomicUsize::new(0));
    let counter = resets.clone();
    let peer = serving(move |_, mut respond| {
        let counter = counter.clone();
        async move {
            let mut stream = answer(&mut respond, &["half"]);
            std::future::poll_fn(|cx| stream.poll_reset(cx)).await.unwrap();
            counter.fetch_add(1, Ordering::SeqCst);
        }
    })
    .await;
    let client = client_of(&peer);
    let mut kept = post(&client).await.unwrap();
    drop(post(&client).await.unwrap());
    eventually(|| resets.load(Ordering::SeqCst) == 1).await;
    assert_eq!(kept.body.next_chunk().await.unwrap().unwrap(), "half");
    assert_eq!(peer.accepted(), 1);
}

#[tokio::test]
async fn a_connection_that_says_farewell_is_replaced_without_the_callers_notice() {
    let peer = TlsPeer::start(&[b"h2"], |stream| async move {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let (_, mut respond) = connection.accept().await.unwrap().unwrap();
        finish(answer(&mut respond, &["ok"]));
        connection.graceful_shutdown();
        while connection.accept().await.is_some() {}
    })
    .await;
    let client = client_of(&peer);
    for _ in 0..5 {
        assert_eq!(ok(&client).await.1, "ok");
    }
    assert_eq!(peer.accepted(), 5);
}

#[tokio::test]
async fn clients_share_no_connection() {
    let peer = serving(|_, mut respond| async move { finish(answer(&mut respond, &["ok"])) }).await;
    let client = client_of(&peer);
    ok(&client).await;
    let second = client_of(&peer);
    ok(&second).await;
    drop(second);
    ok(&client).await;
    assert_eq!(peer.accepted(), 2);
}
