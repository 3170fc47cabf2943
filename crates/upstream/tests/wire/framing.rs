//! Bodies in every framing, and what is sent.

use crate::peer::{Peer, client, collect, head, ok, post};
use bytes::Bytes;
use http_body::Body;
use upstream::{Deadlines, RequestBody};

#[tokio::test]
async fn every_framing_gives_the_same_body() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nt: v\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    ] {
        let peer = Peer::answering(answer).await;
        let client = peer.client();
        for _ in 0..3 {
            assert_eq!(ok(&client).await, (200, Bytes::from_static(b"hello")), "{answer}");
        }
        assert_eq!(peer.accepted(), 1, "{answer}");
    }
}

#[tokio::test]
async fn a_body_may_end_with_the_connection() {
    let peer = Peer::answering_once(&["HTTP/1.1 200 OK\r\n\r\nhel", "lo"]).await;
    assert_eq!(ok(&peer.client()).await.1, "hello");
}

#[tokio::test]
async fn heads_and_chunks_may_be_cut_anywhere() {
    let pieces = &[
        "HTTP/1.1 2",
        "00 OK\r\ntransfer-enc",
        "oding: chunked\r\n\r",
        "\n1",
        "0\r\n0123456789",
        "abcdef\r",
        "\n0\r\n\r\n",
    ];
    let peer = Peer::answering_once(pieces).await;
    assert_eq!(ok(&peer.client()).await.1, "0123456789abcdef");
}

#[tokio::test]
async fn one_read_of_many_chunks_is_one_piece() {
    let frames: String = (0..24).map(|number| format!("{:x}\r\ndata: {number:03}\n\n\r\n", 11)).collect();
    let peer =
        Peer::answering(format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{frames}")).await;
    let mut answer = post(&peer.client()).await.unwrap();
    assert_eq!(answer.body.next_chunk().await.unwrap().unwrap().len(), 24 * 11);
}

#[tokio::test]
async fn answers_without_a_body_end_at_once_and_keep_the_connection() {
    for (method, answer) in [
        ("HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n"),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n"),
        ("POST", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
    ] {
        let peer = Peer::answering(answer).await;
        let client = peer.client();
        for _ in 0..2 {
            let answer =
                client.send(&head(method, "/"), &RequestBody::empty(), Deadlines::default()).await.unwrap();
            assert!(answer.body.is_end_stream());
        }
        assert_eq!(peer.accepted(), 1);
    }
}

#[tokio::test]
async fn the_request_arrives_as_it_was_meant() {
    let peer = Peer::start(|mut connection| async move {
        while let Some(request) = connection.request().await {
            connection
                .write(&format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{request}", request.len()))
                .await;
        }
    })
    .await;
    let client = peer.client();
    let body: RequestBody =
        ["{\"a\"", "", ":1}"].map(|part| Bytes::from_static(part.as_bytes())).into_iter().collect();
    let answer = client.send(&head("POST", "/v1/x?y=z"), &body, Deadlines::default()).await.unwrap();
    let expected =
        format!("POST /v1/x?y=z HTTP/1.1\r\nhost: {}\r\ncontent-length: 7\r\n\r\n{{\"a\":1}}", peer.address);
    assert_eq!(collect(answer).await.unwrap(), expected);
    let answer = client.send(&head("GET", "/"), &RequestBody::empty(), Deadlines::default()).await.unwrap();
    assert_eq!(collect(answer).await.unwrap(), format!("GET / HTTP/1.1\r\nhost: {}\r\n\r\n", peer.address));
}

#[tokio::test]
async fn large_bodies_go_both_ways() {
    let peer = Peer::start(|mut connection| async move {
        while let Some(request) = connection.request().await {
            let body = &request[request.find("\r\n\r\n").unwrap() + 4..];
            connection
                .write(&format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
                .await;
        }
    })
    .await;
    let client = peer.client();
    // More slices than one write takes.
    let slices: Vec<_> = (0..40u8).map(|number| Bytes::from(vec![b'a' + number % 26; 100_000])).collect();
    let body: RequestBody = slices.iter().cloned().collect();
    for _ in 0..2 {
        let answer = client.send(&head("POST", "/"), &body, Deadlines::default()).await.unwrap();
        assert_eq!(answer.body.size_hint().exact(), Some(4_000_000));
        assert_eq!(collect(answer).await.unwrap(), slices.concat());
    }
    assert_eq!(peer.accepted(), 1);
}

#[tokio::test]
async fn redirects_are_followed_on_the_origin_only() {
    let peer = Peer::start(|mut connection| async move {
        while let Some(request) = connection.request().await {
            let location = match request.split(' ').nth(1).unwrap() {
                "/a" => "/b?x=1",
                "/b?x=1" => "c",
                "/loop" => "/loop",
                "/away" => "http://localhost:1/",
                "/tls" => "https://127.0.0.1/",
                _ => {
                    connection.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
                    continue;
                }
            };
            connection
                .write(&format!("HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"))
                .await;
        }
    })
    .await;
    let client = client(peer.settings());
    let answer = client.send_following_redirects(&head("GET", "/a"), Deadlines::default()).await.unwrap();
    assert_eq!(collect(answer).await.unwrap(), "ok");
    for (path, error) in [
        ("/away", upstream::RedirectError::ForeignOrigin),
        ("/tls", upstream::RedirectError::ForeignOrigin),
        ("/loop", upstream::RedirectError::TooMany),
    ] {
        let failed =
            client.send_following_redirects(&head("GET", path), Deadlines::default()).await.unwrap_err();
        assert!(matches!(failed, upstream::ExchangeError::Redirect(found) if found == error), "{path}");
    }
    let answer = client.send_following_redirects(&head("POST", "/a"), Deadlines::default()).await.unwrap();
    assert_eq!(answer.status.as_u16(), 302);
}
