//! Through a forward proxy.

use crate::peer::{Peer, client, head, ok, post};
use crate::tls::{TlsPeer, trusting};
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;
use upstream::{ClientSettings, Deadlines, DialError, ExchangeError, Origin, ProxyRule, RequestBody};

fn through(proxy: &Peer, settings: ClientSettings) -> ClientSettings {
    let proxy = ProxyRule::fixed(&format!("http://user:secret@{}", proxy.address)).unwrap();
    ClientSettings { proxy, ..settings }
}

#[tokio::test]
async fn http_goes_in_absolute_form() {
    let proxy = Peer::start(|mut connection| async move {
        while let Some(request) = connection.request().await {
            connection
                .write(&format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{request}", request.len()))
                .await;
        }
    })
    .await;
    let client =
        client(through(&proxy, ClientSettings::new(Origin::parse("http://provider.example:8080").unwrap())));
    let answer =
        client.send(&head("GET", "/v1?x"), &RequestBody::empty(), Deadlines::default()).await.unwrap();
    assert_eq!(
        answer.body.collect_limited(1000).await.unwrap(),
        "GET http://provider.example:8080/v1?x HTTP/1.1\r\nhost: provider.example:8080\r\n\
         proxy-authorization: Basic dXNlcjpzZWNyZXQ=\r\n\r\n"
    );
}

#[tokio::test]
async fn https_goes_through_a_tunnel() {
    let tls = TlsPeer::answering(&[b"http/1.1"]).await;
    let target = tls.address;
    let proxy = Peer::start(move |mut connection| async move {
        let request = connection.head().await.unwrap();
        assert!(
            request.starts_with("CONNECT provider.test:443 HTTP/1.1\r\nhost: provider.test:443\r\n"),
            "{request}"
        );
        assert!(request.contains("proxy-authorization: Basic dXNlcjpzZWNyZXQ=\r\n"), "{request}");
        connection.write("HTTP/1.1 200 Connection established\r\nvia: x\r\n\r\n").await;
        let mut upstream = TcpStream::connect(target).await.unwrap();
        let _closed = copy_bidirectional(&mut connection.stream, &mut upstream).await;
    })
    .await;
    let origin = Origin::parse("https://provider.test").unwrap();
    let settings = ClientSettings { trust: trusting(&tls), ..ClientSettings::new(origin) };
    let client = client(through(&proxy, settings));
    for _ in 0..3 {
        assert_eq!(ok(&client).await.1, "ok");
    }
    assert_eq!((proxy.accepted(), tls.accepted()), (1, 1));
}

#[tokio::test]
async fn a_proxy_that_refuses_is_an_error_that_cannot_be_billed() {
    let proxy =
        Peer::answering("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n").await;
    let client =
        client(through(&proxy, ClientSettings::new(Origin::parse("https://provider.test").unwrap())));
    let error = post(&client).await.unwrap_err();
    assert!(matches!(error, ExchangeError::Dial(DialError::Refused { status: 407 })), "{error:?}");
    assert!(!error.may_be_billed() && !format!("{client:?} {error:?}").contains("secret"));
}
