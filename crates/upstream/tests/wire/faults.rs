//! Peers that break off, lie, or answer before they were asked.

use crate::peer::{Peer, client, collect, head, ok, post};
use bytes::Bytes;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use upstream::{BodyError, ClientSettings, Deadlines, ExchangeError, RequestBody};

#[tokio::test]
async fn a_cut_body_is_never_a_clean_end() {
    for pieces in [
        &["HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhel", "lo"],
        &["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel", "l"],
        &["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", "1"],
        &["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", "0\r\n"],
        &["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", "0\r\n\r"],
    ] {
        let peer = Peer::answering_once(pieces).await;
        let cut = collect(post(&peer.client()).await.unwrap()).await;
        assert!(matches!(cut, Err(BodyError::Closed { .. })), "{pieces:?} {cut:?}");
    }
}

#[tokio::test]
async fn what_came_before_the_cut_is_handed_over() {
    let peer =
        Peer::answering_once(&["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\nZZ"]).await;
    let mut body = post(&peer.client()).await.unwrap().body;
    assert_eq!(body.next_chunk().await.unwrap().unwrap(), "ab");
    assert!(matches!(body.next_chunk().await, Some(Err(BodyError::InvalidFraming(_)))));
    assert!(body.next_chunk().await.is_none());
}

#[tokio::test]
async fn heads_that_end_early_or_make_no_sense_are_errors() {
    for pieces in [&["HTTP/1.1 200 OK\r\ncont"][..], &[][..]] {
        let peer = Peer::answering_once(pieces).await;
        assert!(matches!(post(&peer.client()).await, Err(ExchangeError::Closed { .. })), "{pieces:?}");
    }
    for pieces in [
        &["SSH-2.0-OpenSSH\r\n"][..],
        &["HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n"],
        &["HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n"],
        &["HTTP/1.1 200 OK\r\na: b\r\n folded\r\n\r\n"],
    ] {
        let peer = Peer::answering_once(pieces).await;
        let error = post(&peer.client()).await.unwrap_err();
        assert!(matches!(error, ExchangeError::InvalidHead(_)) && error.may_be_billed(), "{pieces:?}");
    }
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    let peer = Peer::start(|mut connection| async move {
        connection.request().await;
        connection.write("HTTP/1.1 200 OK\r\n").await;
        while connection.stream.write_all("x: y\r\n".repeat(100).as_bytes()).await.is_ok() {}
    })
    .await;
    let client = client(ClientSettings { max_head_bytes: 10_000, ..peer.settings() });
    assert!(matches!(post(&client).await, Err(ExchangeError::InvalidHead(_))));
}

#[tokio::test]
async fn nobody_listening_is_an_error_that_cannot_be_billed() {
    let peer = Peer::answering("").await;
    let client = peer.client();
    peer.owner.stop_and_wait(Duration::from_secs(5)).await;
    let error = post(&client).await.unwrap_err();
    assert!(matches!(error, ExchangeError::Dial(_)) && !error.may_be_billed());
    assert_eq!(client.metrics().failed_dials.get(), 1);
}

fn large() -> RequestBody {
    RequestBody::from(Bytes::from(vec![b'x'; 16 * 1024 * 1024]))
}

#[tokio::test]
async fn an_early_refusal_is_read_although_the_body_is_not() {
    for stays_open in [true, false] {
        let peer = Peer::start(move |mut connection| async move {
            connection.head().await;
            connection
                .write("HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 5\r\n\r\nlarge")
                .await;
            if stays_open {
                connection.hang().await;
            }
        })
        .await;
        let client = peer.client();
        let answer = client.send(&head("POST", "/"), &large(), Deadlines::default()).await.unwrap();
        assert_eq!(answer.status.as_u16(), 413);
        assert_eq!(collect(answer).await.unwrap(), "large");
        assert_eq!(client.metrics().idle.get(), 0);
    }
}

#[tokio::test]
async fn an_answer_that_begins_early_gets_the_rest_of_the_request() {
    let peer = Peer::start(|mut connection| async move {
        let head = connection.head().await.unwrap();
        connection.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n").await;
        tokio::time::sleep(Duration::from_millis(20)).await;
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        tokio::io::AsyncReadExt::read_exact(&mut connection.stream, &mut body).await.unwrap();
        connection.write("2\r\ncd\r\n0\r\n\r\n").await;
        connection.hang().await;
    })
    .await;
    let answer = peer.client().send(&head("POST", "/"), &large(), Deadlines::default()).await.unwrap();
    assert_eq!(collect(answer).await.unwrap(), "abcd");
}

#[tokio::test]
async fn error_texts_name_no_address() {
    let peer = Peer::answering("").await;
    let client = peer.client();
    peer.owner.stop_and_wait(Duration::from_secs(5)).await;
    let error = post(&client).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("127.0.0.1"), "{error:?}");
}

#[tokio::test]
async fn a_compressed_answer_that_nobody_asked_for_can_be_read() {
    let peer =
        Peer::answering("HTTP/1.1 200 OK\r\ncontent-encoding: identity\r\ncontent-length: 2\r\n\r\nok").await;
    let client = peer.client();
    assert_eq!(ok(&client).await.1, "ok");
    assert_eq!(collect(post(&client).await.unwrap().decoded().unwrap()).await.unwrap(), "ok");
}
