//! TLS: whose certificates are believed, and the handshake.
//! In: a `Trust`, a host name. Out: a stream, with the protocol that ALPN chose.
//! Invariant: clients with the same trust share one configuration, and with it the session tickets. Natives and files
//! are read when a client is made, never per call. There is no way to switch verification off.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{Dialed, Wire};
use crate::error::ClientError;

/// Where the root certificates come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Roots {
    /// Mozilla's, built into the binary: works in an empty container.
    #[default]
    BuiltIn,
    /// The system's store.
    Native,
    /// A PEM file instead, as `SSL_CERT_FILE` names it.
    File(PathBuf),
}

/// Whose certificates are believed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Trust {
    /// The root certificates.
    pub roots: Roots,
    /// A PEM file with further ones, for a company's own servers.
    pub ca_file: Option<PathBuf>,
}

impl Trust {
    /// The certificates of a file, in addition to the built-in ones.
    pub fn with_ca_file(path: impl Into<PathBuf>) -> Self {
        Self { roots: Roots::BuiltIn, ca_file: Some(path.into()) }
    }
}

/// The certificates that were read, as they make up one configuration.
type TrustKey = (Roots, Vec<CertificateDer<'static>>);

/// Configurations in use. Weak: the last client that goes takes its configuration along.
static CONFIGS: OnceLock<Mutex<HashMap<TrustKey, Weak<ClientConfig>>>> = OnceLock::new();

/// The configuration of a trust, read.
pub(super) struct TlsConfig(Arc<ClientConfig>);

impl TlsConfig {
    pub(super) fn of(trust: &Trust) -> Result<Self, ClientError> {
        shared_config(trust).map(Self)
    }
}

/// Encrypts connections to one host.
pub(super) struct Tls {
    connector: TlsConnector,
    server_name: ServerName<'static>,
}

impl Tls {
    pub(super) fn new(config: &TlsConfig, host: &str) -> Result<Self, ClientError> {
        let server_name = ServerName::try_from(host.to_owned()).map_err(|_| ClientError::ServerName)?;
        Ok(Self { connector: TlsConnector::from(config.0.clone()), server_name })
    }

    pub(super) async fn handshake(&self, tcp: TcpStream) -> io::Result<Dialed> {
        let stream = Box::new(self.connector.connect(self.server_name.clone(), tcp).await?);
        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok(if is_http2 { Dialed::Http2(stream) } else { Dialed::Http1(Wire::Tls(stream)) })
    }
}

fn shared_config(trust: &Trust) -> Result<Arc<ClientConfig>, ClientError> {
    let mut certificates = match &trust.roots {
        Roots::BuiltIn => Vec::new(),
        Roots::Native => native_certificates()?,
        Roots::File(path) => read_pem(path)?,
    };
    if let Some(path) = &trust.ca_file {
        certificates.extend(read_pem(path)?);
    }
    let key = (trust.roots.clone(), certificates);
    let mut configs = CONFIGS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(config) = configs.get(&key).and_then(Weak::upgrade) {
        return Ok(config);
    }
    let config = Arc::new(build_config(&key).map_err(ClientError::Tls)?);
    configs.retain(|_, config| config.strong_count() > 0);
    configs.insert(key, Arc::downgrade(&config));
    Ok(config)
}

fn build_config((roots, certificates): &TrustKey) -> Result<ClientConfig, rustls::Error> {
    let mut store = RootCertStore::empty();
    if *roots == Roots::BuiltIn {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let (_, unusable) = store.add_parsable_certificates(certificates.iter().cloned());
    if unusable > 0 {
        tracing::warn!(unusable, "some root certificates cannot be used");
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(store)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn native_certificates() -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let loaded = rustls_native_certs::load_native_certs();
    for error in &loaded.errors {
        tracing::warn!(%error, "a system certificate cannot be read");
    }
    if loaded.certs.is_empty() {
        return Err(unreadable("the system's store", io::ErrorKind::NotFound.into()));
    }
    Ok(loaded.certs)
}

fn read_pem(path: &Path) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let shown = path.display().to_string();
    let text = std::fs::read(path).map_err(|error| unreadable(&shown, error))?;
    let certificates = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unreadable(&shown, io::Error::new(io::ErrorKind::InvalidData, error.to_string())))?;
    if certificates.is_empty() {
        return Err(unreadable(&shown, io::Error::new(io::ErrorKind::InvalidData, "no certificate in it")));
    }
    Ok(certificates)
}

fn unreadable(path: &str, source: io::Error) -> ClientError {
    ClientError::Certificates { path: path.to_owned(), source }
}
