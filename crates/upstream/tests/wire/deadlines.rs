//! Four deadlines, four errors.

use crate::peer::{Peer, client, head, post};
use std::time::{Duration, Instant};
use upstream::{BodyError, ClientSettings, Deadlines, ExchangeError, ProxyRule, RequestBody, UpstreamClient};

const SHORT: Duration = Duration::from_millis(60);

async fn get(client: &UpstreamClient, deadlines: Deadlines) -> Result<upstream::Answer, ExchangeError> {
    client.send(&head("GET", "/"), &RequestBody::empty(), deadlines).await
}

#[tokio::test]
async fn a_connection_that_is_never_ready_meets_the_connect_deadline() {
    let proxy = Peer::start(|connection| connection.hang()).await;
    let origin = upstream::Origin::parse("https://provider.example").unwrap();
    let proxy = ProxyRule::fixed(&format!("http://{}", proxy.address)).unwrap();
    let client = client(ClientSettings { proxy, ..ClientSettings::new(origin) });
    let error = get(&client, Deadlines { connect: SHORT, ..Deadlines::default() }).await.unwrap_err();
    assert!(matches!(error, ExchangeError::ConnectTimeout { limit } if limit == SHORT), "{error:?}");
    assert!(error.is_timeout() && !error.may_be_billed());
    let error = get(&client, Deadlines { total: Some(SHORT), ..Deadlines::default() }).await.unwrap_err();
    assert!(matches!(error, ExchangeError::TotalTimeout { limit } if limit == SHORT), "{error:?}");
}

#[tokio::test]
async fn a_silent_peer_meets_the_header_or_the_total_deadline() {
    let peer = Peer::start(|mut connection| async move {
        connection.request().await;
        connection.write("HTTP/1.1 200 OK\r\n").await;
        connection.hang().await;
    })
    .await;
    let client = peer.client();
    let error = get(&client, Deadlines { response_header: SHORT, ..Deadlines::default() }).await.unwrap_err();
    assert!(matches!(error, ExchangeError::HeaderTimeout { limit } if limit == SHORT), "{error:?}");
    assert!(error.is_timeout() && error.may_be_billed());
    let error = get(&client, Deadlines { total: Some(SHORT), ..Deadlines::default() }).await.unwrap_err();
    assert!(matches!(error, ExchangeError::TotalTimeout { limit } if limit == SHORT), "{error:?}");
}

/// Ten chunks, 20 ms apart, then silence.
async fn slow() -> Peer {
    Peer::start(|mut connection| async move {
        connection.request().await;
        connection.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
        for _ in 0..10 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            connection.write("1\r\nx\r\n").await;
        }
        connection.hang().await;
    })
    .await
}

async fn chunks_until_error(deadlines: Deadlines) -> (usize, BodyError) {
    let peer = slow().await;
    let mut body = get(&peer.client(), deadlines).await.unwrap().body;
    let mut count = 0;
    loop {
        match body.next_chunk().await.expect("no clean end") {
            Ok(_) => count += 1,
            Err(error) => return (count, error),
        }
    }
}

#[tokio::test]
async fn silence_is_counted_anew_after_each_chunk() {
    let idle = Duration::from_millis(100);
    let start = Instant::now();
    let (count, error) = chunks_until_error(Deadlines { stream_idle: idle, ..Deadlines::default() }).await;
    assert_eq!(count, 10);
    assert!(matches!(error, BodyError::IdleTimeout { limit } if limit == idle), "{error:?}");
    assert!(start.elapsed() >= Duration::from_millis(300) && error.is_timeout());
}

#[tokio::test]
async fn the_total_deadline_cuts_a_body_that_still_flows() {
    let (count, error) = chunks_until_error(Deadlines { total: Some(SHORT), ..Deadlines::default() }).await;
    assert!(count < 10 && matches!(error, BodyError::TotalTimeout { limit } if limit == SHORT), "{error:?}");
}

#[tokio::test]
async fn a_replay_does_not_begin_the_total_deadline_anew() {
    let peer = Peer::start(|mut connection| async move {
        connection.request().await;
        if connection.number == 0 {
            connection.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            connection.request().await;
            tokio::time::sleep(SHORT).await;
        } else {
            connection.hang().await;
        }
    })
    .await;
    let client = peer.client();
    post(&client).await.unwrap();
    let start = Instant::now();
    let error = get(&client, Deadlines { total: Some(2 * SHORT), ..Deadlines::default() }).await.unwrap_err();
    assert!(matches!(error, ExchangeError::TotalTimeout { .. }), "{error:?}");
    assert!(start.elapsed() < 3 * SHORT, "{:?}", start.elapsed());
    assert_eq!((peer.accepted(), client.metrics().replays.get()), (2, 1));
}
