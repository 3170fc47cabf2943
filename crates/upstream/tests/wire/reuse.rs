//! Connections that are used again, and those that must not be.

use crate::peer::{Peer, client, eventually, head, ok, post};
use std::time::Duration;
use upstream::{ClientSettings, Deadlines, ExchangeError, RequestBody};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn a_connection_serves_call_after_call() {
    let peer = Peer::answering(OK).await;
    let client = peer.client();
    for _ in 0..20 {
        ok(&client).await;
    }
    let metrics = client.metrics();
    assert_eq!(
        (peer.accepted(), metrics.dials.get(), metrics.reused.get(), metrics.replays.get()),
        (1, 1, 19, 0)
    );
    assert_eq!(metrics.idle.get(), 1);
}

#[tokio::test]
async fn what_cannot_be_trusted_is_not_used_again() {
    for answer in [
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 smuggled",
        "HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 2\r\n\r\nok",
    ] {
        let peer = Peer::answering(answer).await;
        let client = peer.client();
        for _ in 0..2 {
            assert_eq!(ok(&client).await.1, "ok", "{answer}");
        }
        assert_eq!((peer.accepted(), client.metrics().idle.get()), (2, 0), "{answer}");
    }
}

#[tokio::test]
async fn an_idle_connection_that_the_peer_closed_or_spoke_on_is_left() {
    for last_words in ["", "HTTP/1.1 408 Request Timeout\r\n\r\n"] {
        let peer = Peer::start(move |mut connection| async move {
            connection.request().await;
            connection.write(OK).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
            connection.write(last_words).await;
            if !last_words.is_empty() {
                connection.hang().await;
            }
        })
        .await;
        let client = peer.client();
        ok(&client).await;
        tokio::time::sleep(Duration::from_millis(60)).await;
        ok(&client).await;
        let metrics = client.metrics();
        assert_eq!(
            (peer.accepted(), metrics.reused.get(), metrics.replays.get()),
            (2, 0, 0),
            "{last_words:?}"
        );
    }
}

#[tokio::test]
async fn a_reused_connection_that_dies_unanswered_is_replayed_once() {
    let peer = Peer::start(|mut connection| async move {
        connection.request().await;
        connection.write(OK).await;
        // The first connection takes the second request and closes without a word.
        connection.request().await;
        if connection.number > 0 {
            connection.write(OK).await;
        }
    })
    .await;
    let client = peer.client();
    ok(&client).await;
    assert_eq!(ok(&client).await.1, "ok");
    assert_eq!((peer.accepted(), client.metrics().replays.get()), (2, 1));
}

#[tokio::test]
async fn a_fresh_connection_that_dies_is_an_error_and_a_half_answer_is_never_replayed() {
    let peer = Peer::start(|mut connection| async move {
        if connection.number == 0 {
            connection.request().await;
            connection.write(OK).await;
            connection.request().await;
            connection.write("HTTP/1.1 200").await;
        }
    })
    .await;
    let client = peer.client();
    ok(&client).await;
    let half = post(&client).await.unwrap_err();
    assert!(matches!(half, ExchangeError::Closed { .. }) && half.may_be_billed());
    assert_eq!(peer.accepted(), 1);
    assert!(matches!(post(&client).await, Err(ExchangeError::Closed { .. })));
    assert_eq!((peer.accepted(), client.metrics().replays.get()), (2, 0));
}

#[tokio::test]
async fn a_body_that_was_not_read_to_its_end_takes_its_connection_along() {
    let peer = Peer::answering("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this").await;
    let client = peer.client();
    for _ in 0..2 {
        drop(post(&client).await.unwrap());
    }
    assert_eq!((peer.accepted(), client.metrics().idle.get()), (2, 0));
}

#[tokio::test]
async fn idle_connections_are_few_and_closed_in_time() {
    let peer = Peer::start(|mut connection| async move {
        while connection.request().await.is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            connection.write(OK).await;
        }
    })
    .await;
    let client = client(ClientSettings {
        idle_timeout: Duration::from_millis(150),
        max_idle_per_worker: 2,
        ..peer.settings()
    });
    tokio::join!(ok(&client), ok(&client), ok(&client));
    assert_eq!((peer.accepted(), client.metrics().idle.get()), (3, 2));
    // The sweeper closes them without any further call.
    eventually(|| client.metrics().idle.get() == 0).await;
}

#[tokio::test]
async fn an_answer_outlives_its_client() {
    let peer = Peer::start(|mut connection| async move {
        connection.request().await;
        connection.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab").await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        connection.write("cd").await;
        connection.hang().await;
    })
    .await;
    let client = peer.client();
    let answer = client.send(&head("GET", "/"), &RequestBody::empty(), Deadlines::default()).await.unwrap();
    drop(client);
    assert_eq!(answer.body.collect_limited(4).await.unwrap(), "abcd");
}
