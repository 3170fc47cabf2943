//! TLS: who is believed, and what ALPN leads to.

use crate::peer::{Peer, client, ok, post};
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::server::TlsStream;
use upstream::{ClientSettings, DialError, ExchangeError, Origin, Roots, Trust};

/// A peer with a certificate of its own for `provider.test` and `localhost`.
pub(crate) struct TlsPeer {
    pub(crate) address: SocketAddr,
    peer: Peer,
    certificate_file: PathBuf,
}

impl TlsPeer {
    /// Runs a script on every connection, after the handshake.
    pub(crate) async fn start<F, S>(protocols: &[&[u8]], script: S) -> Self
    where
        S: Fn(TlsStream<TcpStream>) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let issued =
            rcgen::generate_simple_self_signed(["provider.test".into(), "localhost".into()]).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(issued.signing_key.serialize_der()));
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![issued.cert.der().clone()], key)
            .unwrap();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let peer = Peer::start(move |connection| {
            let (acceptor, script) = (acceptor.clone(), script.clone());
            async move {
                if let Ok(stream) = acceptor.accept(connection.stream).await {
                    script(stream).await;
                }
            }
        })
        .await;
        let certificate_file =
            std::env::temp_dir().join(format!("upstream-test-{}.pem", peer.address.port()));
        std::fs::File::create(&certificate_file).unwrap().write_all(issued.cert.pem().as_bytes()).unwrap();
        Self { address: peer.address, peer, certificate_file }
    }

    /// Answers `ok` over HTTP/1.1, if that is what was agreed.
    pub(crate) async fn answering(protocols: &[&[u8]]) -> Self {
        Self::start(protocols, |mut stream| async move {
            let mut request = Vec::new();
            while let Ok(byte) = stream.read_u8().await {
                request.push(byte);
                // Every request of these tests ends with the body `{}`.
                if request.ends_with(b"\r\n\r\n{}") {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
                    request.clear();
                }
            }
        })
        .await
    }

    pub(crate) fn accepted(&self) -> usize {
        self.peer.accepted()
    }

    pub(crate) fn settings(&self) -> ClientSettings {
        ClientSettings::new(Origin::parse(&format!("https://localhost:{}", self.address.port())).unwrap())
    }
}

impl Drop for TlsPeer {
    fn drop(&mut self) {
        std::fs::remove_file(&self.certificate_file).unwrap();
    }
}

/// Trust in the certificate of a peer, besides the built-in ones.
pub(crate) fn trusting(peer: &TlsPeer) -> Trust {
    Trust::with_ca_file(&peer.certificate_file)
}

#[tokio::test]
async fn http_1_1_over_tls_keeps_its_connection() {
    for protocols in [&[b"http/1.1".as_slice()][..], &[]] {
        let peer = TlsPeer::answering(protocols).await;
        let client = client(ClientSettings { trust: trusting(&peer), ..peer.settings() });
        for _ in 0..5 {
            assert_eq!(ok(&client).await.1, "ok");
        }
        assert_eq!((peer.accepted(), client.metrics().reused.get()), (1, 4));
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let peer = TlsPeer::answering(&[b"http/1.1"]).await;
    let error = post(&client(peer.settings())).await.unwrap_err();
    assert!(matches!(error, ExchangeError::Dial(DialError::Tls(_))) && !error.may_be_billed(), "{error:?}");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let peer = TlsPeer::answering(&[b"http/1.1"]).await;
    let origin = Origin::parse(&format!("https://127.0.0.1:{}", peer.address.port())).unwrap();
    let settings = ClientSettings { trust: trusting(&peer), ..ClientSettings::new(origin) };
    assert!(matches!(post(&client(settings)).await, Err(ExchangeError::Dial(DialError::Tls(_)))));
}

#[tokio::test]
async fn a_file_of_roots_replaces_the_built_in_ones() {
    let peer = TlsPeer::answering(&[b"http/1.1"]).await;
    let trust = Trust { roots: Roots::File(peer.certificate_file.clone()), ca_file: None };
    assert_eq!(ok(&client(ClientSettings { trust, ..peer.settings() })).await.1, "ok");
}

#[tokio::test]
async fn a_missing_or_empty_file_of_certificates_is_named() {
    let settings = ClientSettings::new(Origin::parse("https://localhost").unwrap());
    let trust = Trust::with_ca_file("/nowhere/ca.pem");
    let error =
        upstream::UpstreamClient::new(ClientSettings { trust, ..settings }, &runtime::Supervisor::new());
    assert!(error.unwrap_err().to_string().contains("/nowhere/ca.pem"));
}
