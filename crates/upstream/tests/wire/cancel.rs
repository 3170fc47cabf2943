//! Whoever leaves takes the connection along, within 50 ms.

use crate::peer::{Connection, Peer, head};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use upstream::{Deadlines, RequestBody};

/// A peer that writes something, then tells when the client closed.
async fn watching(first: &'static str) -> (Peer, mpsc::Receiver<Instant>) {
    let (closed, closings) = mpsc::channel(8);
    let peer = Peer::start(move |mut connection: Connection| {
        let closed = closed.clone();
        async move {
            connection.request().await;
            connection.write(first).await;
            connection.closed().await;
            closed.send(Instant::now()).await.unwrap();
        }
    })
    .await;
    (peer, closings)
}

async fn closes_in_time(closings: &mut mpsc::Receiver<Instant>, left: Instant) {
    let closed = tokio::time::timeout(Duration::from_secs(5), closings.recv()).await.unwrap().unwrap();
    assert!(closed - left < Duration::from_millis(50), "{:?}", closed - left);
}

#[tokio::test]
async fn while_waiting_for_the_head() {
    let (peer, mut closings) = watching("").await;
    let client = peer.client();
    let (head, body) = (head("POST", "/"), RequestBody::empty());
    let call = client.send(&head, &body, Deadlines::default());
    assert!(tokio::time::timeout(Duration::from_millis(30), call).await.is_err());
    closes_in_time(&mut closings, Instant::now()).await;
}

#[tokio::test]
async fn while_reading_the_body_or_before() {
    for reads in [0, 1] {
        let (peer, mut closings) = watching("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc").await;
        let client = peer.client();
        let mut answer =
            client.send(&head("POST", "/"), &RequestBody::empty(), Deadlines::default()).await.unwrap();
        for _ in 0..reads {
            answer.body.next_chunk().await.unwrap().unwrap();
            let next = answer.body.next_chunk();
            assert!(tokio::time::timeout(Duration::from_millis(20), next).await.is_err());
        }
        drop(answer);
        closes_in_time(&mut closings, Instant::now()).await;
    }
}

#[tokio::test]
async fn after_a_deadline_has_passed() {
    let (peer, mut closings) = watching("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc").await;
    let deadlines = Deadlines { stream_idle: Duration::from_millis(30), ..Deadlines::default() };
    let client = peer.client();
    let mut answer = client.send(&head("POST", "/"), &RequestBody::empty(), deadlines).await.unwrap();
    answer.body.next_chunk().await.unwrap().unwrap();
    assert!(answer.body.next_chunk().await.unwrap().is_err());
    // The body is still held, the connection is not.
    closes_in_time(&mut closings, Instant::now()).await;
}

#[tokio::test]
async fn with_the_client_go_its_idle_connections() {
    let (peer, mut closings) = watching("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let client = peer.client();
    client.send(&head("POST", "/"), &RequestBody::empty(), Deadlines::default()).await.unwrap();
    drop(client);
    closes_in_time(&mut closings, Instant::now()).await;
}
