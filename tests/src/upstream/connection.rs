//! One connection of an upstream: requests are read, logged and answered by their script.
//! In: a socket. Out: events in the log. A peer that leaves while a reply is held back is noticed at once.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::log::{Outcome, Seen, Shared};
use super::reply::{Cut, End, Reply, Step};

/// Accepts until it is dropped, which closes every connection.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        let number = shared.change(|state| {
            state.open.insert(state.accepted);
            state.accepted += 1;
            state.accepted - 1
        });
        let connection = Connection { stream, buffer: Vec::new(), number, shared: shared.clone() };
        connections.spawn(connection.serve());
    }
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    number: usize,
    shared: Arc<Shared>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.shared.change(|state| state.open.remove(&self.number));
    }
}

impl Connection {
    async fn serve(mut self) {
        let _unimportant = self.stream.set_nodelay(true);
        let mut nth = 0;
        while let Ok(Some(mut seen)) = self.read_request().await {
            seen.nth_on_connection = nth;
            nth += 1;
            let (index, reply) = self.shared.begin(seen);
            let end = match reply {
                Some(reply) => self.reply(index, reply).await,
                None => Some(Cut::Close),
            };
            match end {
                None => continue,
                Some(Cut::Silence) => self.until_gone().await,
                Some(Cut::Reset) => {
                    let _unimportant = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
                }
                Some(Cut::Close) => {}
            }
            let gone =
                if end == Some(Cut::Silence) { Outcome::PeerGone(Instant::now()) } else { Outcome::Sent };
            self.shared.finish(index, gone);
            return;
        }
    }

    /// Carries the script out. The answer says how the connection ends, `None` that it goes on.
    async fn reply(&mut self, index: usize, reply: Reply) -> Option<Cut> {
        let (steps, end) = reply.script();
        for step in steps {
            let done = match step {
                Step::Write(bytes) => self.stream.write_all(&bytes).await.is_ok(),
                Step::Wait(time) => self.unless_gone(tokio::time::sleep(time)).await,
                Step::Gate(gate) => self.unless_gone(gate.passed()).await,
            };
            if !done {
                self.shared.finish(index, Outcome::PeerGone(Instant::now()));
                return Some(Cut::Close);
            }
        }
        match end {
            End::KeepAlive => {
                self.shared.finish(index, Outcome::Sent);
                None
            }
            End::Cut(how) => Some(how),
        }
    }

    /// True if the future completed, false if the peer left before.
    async fn unless_gone(&mut self, future: impl Future<Output = ()>) -> bool {
        tokio::select! {
            () = self.until_gone() => false,
            () = future => true,
        }
    }

    async fn until_gone(&mut self) {
        let mut piece = [0; 4096];
        loop {
            match self.stream.read(&mut piece).await {
                Ok(0) | Err(_) => return,
                Ok(length) => self.buffer.extend_from_slice(&piece[..length]),
            }
        }
    }

    /// Reads one request, or `None` at the end of the connection.
    async fn read_request(&mut self) -> io::Result<Option<Seen>> {
        let (mut seen, head_length) = loop {
            if let Some(parsed) = parse_head(&self.buffer)? {
                break parsed;
            }
            if !self.read_more().await? {
                return Ok(None);
            }
        };
        self.buffer.drain(..head_length);
        let chunked =
            seen.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
        seen.body = if chunked {
            self.read_chunks().await?
        } else {
            let length = seen.header("content-length").map_or(Ok(0), |value| value.trim().parse());
            self.take(length.map_err(io::Error::other)?).await?
        };
        seen.connection = self.number;
        seen.at = Instant::now();
        Ok(Some(seen))
    }

    async fn read_more(&mut self) -> io::Result<bool> {
        Ok(self.stream.read_buf(&mut self.buffer).await? > 0)
    }

    async fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < length {
            if !self.read_more().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn read_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = loop {
                if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                    break self.take(end + 2).await?;
                }
                if !self.read_more().await? {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            };
            let size = String::from_utf8_lossy(&line);
            let size = usize::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16);
            let size = size.map_err(io::Error::other)?;
            body.extend(self.take(size).await?);
            self.take(2).await?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
}

fn parse_head(bytes: &[u8]) -> io::Result<Option<(Seen, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; 128];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(length) = request.parse(bytes).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = request.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect();
    let seen = Seen {
        connection: 0,
        nth_on_connection: 0,
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        headers,
        body: Vec::new(),
        at: Instant::now(),
        outcome: Outcome::Pending,
    };
    Ok(Some((seen, length)))
}
