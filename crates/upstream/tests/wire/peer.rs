//! Peers that do what a test tells them, and the client that calls them.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use runtime::Supervisor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use upstream::{
    Answer, BodyError, ClientSettings, Deadlines, ExchangeError, Origin, RequestBody, RequestHead,
    UpstreamClient,
};

/// A listener on loopback whose connections run a script.
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    pub(crate) owner: Supervisor,
}

/// One accepted connection.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    /// Counted from zero.
    pub(crate) number: usize,
}

impl Peer {
    pub(crate) async fn start<F, S>(script: S) -> Self
    where
        S: Fn(Connection) -> F + Send + Sync + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, accepted) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
        let owner = Supervisor::new();
        let (tasks, count) = (owner.clone(), accepted.clone());
        owner.own("peer", async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let number = count.fetch_add(1, Ordering::SeqCst);
                tasks.own("peer connection", script(Connection { stream, number }));
            }
        });
        Self { address, accepted, owner }
    }

    /// Answers every request on every connection with the same text, as one write.
    pub(crate) async fn answering(text: impl Into<String>) -> Self {
        let text = Arc::new(text.into());
        Self::start(move |mut connection| {
            let text = text.clone();
            async move {
                while connection.request().await.is_some() {
                    connection.write(&text).await;
                }
            }
        })
        .await
    }

    /// Answers the first request of every connection with these pieces, written apart, then closes.
    pub(crate) async fn answering_once(pieces: &'static [&'static str]) -> Self {
        Self::start(move |mut connection| async move {
            connection.request().await;
            for piece in pieces {
                connection.write(piece).await;
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await
    }

    /// Connections accepted so far.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    pub(crate) fn settings(&self) -> ClientSettings {
        ClientSettings::new(Origin::parse(&format!("http://{}", self.address)).unwrap())
    }

    pub(crate) fn client(&self) -> UpstreamClient {
        client(self.settings())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.owner.stop();
    }
}

impl Connection {
    /// The next request, head and body; `None` when the client closed.
    pub(crate) async fn request(&mut self) -> Option<String> {
        let mut text = self.head().await?;
        let length = text
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.ok()?;
        text.push_str(&String::from_utf8_lossy(&body));
        Some(text)
    }

    /// Only the head of the next request.
    pub(crate) async fn head(&mut self) -> Option<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.stream.read_u8().await.ok()?);
        }
        Some(String::from_utf8(head).unwrap())
    }

    pub(crate) async fn write(&mut self, text: &str) {
        // The client may have left, which some tests are about.
        let _gone = self.stream.write_all(text.as_bytes()).await;
    }

    /// Completes when the client closes.
    pub(crate) async fn closed(&mut self) {
        let mut buffer = [0; 4096];
        while matches!(self.stream.read(&mut buffer).await, Ok(length) if length > 0) {}
    }

    /// Leaves the connection open.
    pub(crate) async fn hang(self) {
        std::future::pending::<()>().await;
    }
}

pub(crate) fn client(settings: ClientSettings) -> UpstreamClient {
    UpstreamClient::new(settings, &Supervisor::new()).unwrap()
}

pub(crate) fn head(method: &str, path: &str) -> RequestHead {
    RequestHead {
        method: method.parse().unwrap(),
        path: path.parse().unwrap(),
        headers: [].into_iter().collect(),
    }
}

/// A small POST with generous deadlines.
pub(crate) async fn post(client: &UpstreamClient) -> Result<Answer, ExchangeError> {
    let body = RequestBody::from(Bytes::from_static(b"{}"));
    client.send(&head("POST", "/v1/x"), &body, Deadlines::default()).await
}

pub(crate) async fn collect(answer: Answer) -> Result<Bytes, BodyError> {
    answer.body.collect_limited(64 * 1024 * 1024).await
}

/// Status and body of a POST that succeeds.
pub(crate) async fn ok(client: &UpstreamClient) -> (u16, Bytes) {
    let answer = post(client).await.unwrap();
    (answer.status.as_u16(), collect(answer).await.unwrap())
}

/// Waits for a state, within a limit.
pub(crate) async fn eventually(mut state: impl FnMut() -> bool) {
    for _ in 0..400 {
        if state() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the state was not reached");
}
