//! One client connection: raw writes, answers read with their framing.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::SockRef;

use super::{Answer, Head};

/// How long a read may take.
const READ_LIMIT: Duration = Duration::from_secs(15);

/// A connection to the gateway.
#[derive(Debug)]
pub struct Connection {
    socket: TcpStream,
    buffer: Vec<u8>,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Sized(usize),
    Chunked,
    UntilClose,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// If the connection is refused.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(READ_LIMIT))?;
        socket.set_write_timeout(Some(READ_LIMIT))?;
        Ok(Self { socket, buffer: Vec::new() })
    }

    /// Limits how long a read may take.
    #[must_use]
    pub fn patience(self, limit: Duration) -> Self {
        self.socket.set_read_timeout(Some(limit)).expect("a socket option");
        self
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// If the other side has closed.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.write_all(bytes)
    }

    /// Writes as much as the other side takes: who refuses a long body answers before it is all sent.
    pub fn write_tolerantly(&mut self, bytes: &[u8]) {
        let _answered_early = self.socket.write_all(bytes);
    }

    /// Ends the connection by a reset.
    pub fn reset(self) {
        SockRef::from(&self.socket).set_linger(Some(Duration::ZERO)).expect("a socket option");
    }

    /// Says that nothing more will be sent, and goes on reading.
    pub fn finish_writing(&mut self) {
        let _gone = self.socket.shutdown(Shutdown::Write);
    }

    /// Reads until the other side closes; what came. A reset counts as a close.
    ///
    /// # Errors
    /// If it does not close in time.
    pub fn read_to_close(&mut self) -> io::Result<Vec<u8>> {
        loop {
            match self.fill() {
                Ok(true) => {}
                Ok(false) => return Ok(std::mem::take(&mut self.buffer)),
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                    return Ok(std::mem::take(&mut self.buffer));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads as many bytes as expected; false if they are others, or do not come.
    pub fn read_exactly(&mut self, expected: &[u8]) -> bool {
        self.take(expected.len()).is_ok_and(|bytes| bytes == expected)
    }

    /// Reads a whole answer to a request of this method.
    ///
    /// # Errors
    /// If it is cut short, malformed or too late.
    pub fn read_answer(&mut self, method: &str) -> io::Result<Answer> {
        let head = self.read_head()?;
        let body = match head.framing(method) {
            Framing::Sized(length) => self.take(length)?,
            Framing::UntilClose => self.read_to_close()?,
            Framing::Chunked => {
                let mut body = Vec::new();
                while let Some(chunk) = self.read_chunk()? {
                    body.extend(chunk);
                }
                body
            }
        };
        Ok(Answer { head, body })
    }

    /// Reads a head; informational ones are skipped.
    ///
    /// # Errors
    /// As `read_answer`.
    pub fn read_head(&mut self) -> io::Result<Head> {
        loop {
            if let Some((head, length)) = Head::parse(&self.buffer)? {
                self.buffer.drain(..length);
                if head.status >= 200 {
                    return Ok(head);
                }
            } else {
                self.need_more()?;
            }
        }
    }

    /// The next chunk of a chunked body, `None` after the last.
    pub(super) fn read_chunk(&mut self) -> io::Result<Option<Vec<u8>>> {
        let end = loop {
            match self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                Some(end) => break end,
                None => self.need_more()?,
            }
        };
        let line = self.take(end + 2)?;
        let line = String::from_utf8_lossy(&line);
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
        let chunk = self.take(size)?;
        self.take(2)?;
        Ok((size > 0).then_some(chunk))
    }

    pub(super) fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < length {
            self.need_more()?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    /// What has come and was not read yet, or what comes next; `None` at the end.
    pub(super) fn read_some(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.buffer.is_empty() && !self.fill()? {
            return Ok(None);
        }
        Ok(Some(std::mem::take(&mut self.buffer)))
    }

    fn need_more(&mut self) -> io::Result<()> {
        if self.fill()? {
            Ok(())
        } else {
            Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the answer is cut short"))
        }
    }

    fn fill(&mut self) -> io::Result<bool> {
        let mut piece = vec![0; 65536];
        let length = self.socket.read(&mut piece)?;
        self.buffer.extend_from_slice(&piece[..length]);
        Ok(length > 0)
    }
}
