//! One kept-alive connection of the load generator: a prepared request goes out in one write, the answer comes in.
//! Out: the times of an exchange. Invariant: a connection that failed is never used again.

use std::io::{Error, ErrorKind, Result};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::answer::Answer;
use super::histogram::Histogram;

/// Connections per source address, far below the number of ports.
const PORTS_PER_ADDRESS: usize = 8_000;

/// A connection to a contender.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// The times of one exchange, since the request was handed to the kernel.
pub(super) struct Times {
    pub(super) first_byte: Duration,
    pub(super) total: Duration,
    pub(super) arrivals: u64,
    pub(super) frames: u64,
}

/// The source address of the n-th of many connections.
pub(super) fn source_address(index: usize) -> Ipv4Addr {
    let last = u8::try_from(index / PORTS_PER_ADDRESS + 1).unwrap_or(u8::MAX);
    Ipv4Addr::new(127, 0, 0, last)
}

impl Connection {
    pub(super) async fn open(target: SocketAddr, index: usize, buffer_bytes: usize) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        if index >= PORTS_PER_ADDRESS {
            socket.bind(SocketAddr::from((source_address(index), 0)))?;
        }
        let stream = socket.connect(target).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; buffer_bytes] })
    }

    /// One call. The gaps between arrivals of payload go to `gaps` when the answer comes in several.
    pub(super) async fn exchange(
        &mut self,
        request: &[u8],
        answer: &mut Answer,
        mut gaps: impl FnMut(Duration),
    ) -> Result<Times> {
        let begin = Instant::now();
        self.stream.write_all(request).await?;
        let (mut filled, mut arrivals) = (0, 0);
        let (mut first_byte, mut last) = (None, begin);
        loop {
            filled = self.read(filled, answer).await?;
            let now = Instant::now();
            if answer.payload_bytes > 0 {
                arrivals += 1;
                match first_byte {
                    None => first_byte = Some(now - begin),
                    Some(_) => gaps(now - last),
                }
                last = now;
            }
            if answer.done() {
                let total = now - begin;
                let frames = answer.frames;
                return Ok(Times { first_byte: first_byte.unwrap_or(total), total, arrivals, frames });
            }
        }
    }

    /// Sends a request and waits for the first frame of an answer that does not end.
    pub(super) async fn begin(&mut self, request: &[u8]) -> Result<()> {
        let mut answer = Answer::default();
        self.stream.write_all(request).await?;
        let mut filled = 0;
        while answer.frames == 0 {
            filled = self.read(filled, &mut answer).await?;
            if answer.done() || (answer.status != 0 && answer.status != 200) {
                return Err(Error::new(
                    ErrorKind::InvalidData,
                    format!("status {}, no stream", answer.status),
                ));
            }
        }
        Ok(())
    }

    /// Reads once; returns how many bytes wait in the buffer for the rest of the head.
    async fn read(&mut self, filled: usize, answer: &mut Answer) -> Result<usize> {
        let room = self.buffer.get_mut(filled..).unwrap_or_default();
        if room.is_empty() {
            return Err(Error::new(ErrorKind::InvalidData, "the answer's head is too large"));
        }
        let read = self.stream.read(room).await?;
        if read == 0 {
            return Err(Error::new(ErrorKind::UnexpectedEof, "closed before the answer's end"));
        }
        let all = self.buffer.get(..filled + read).unwrap_or_default();
        let used = answer.feed(all)?;
        Ok(all.len() - used)
    }
}

/// Adds every gap to a histogram.
pub(super) fn into_histogram(histogram: &mut Histogram) -> impl FnMut(Duration) + '_ {
    |gap| histogram.record(gap)
}
