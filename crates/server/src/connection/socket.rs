//! The client's socket as hyper sees it: notes when a head begins, refuses ambiguous framing, holds back hyper's own
//! bare error responses (ours have a body), and keeps read buffers small.
//! Invariant: on drop the socket goes back to the `ConnectionState`, so that a refusal can still be written.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::framing::FramingScan;
use super::state::{ConnectionState, Phase};

/// Largest single read. hyper's buffer doubles while reads fill it and never shrinks; this stops it at twice as much.
const MAX_READ_BYTES: usize = 64 << 10;

pub(super) struct ClientSocket {
    stream: Option<TcpStream>,
    state: Arc<ConnectionState>,
    framing: FramingScan,
}

impl ClientSocket {
    pub(super) fn new(stream: TcpStream, state: Arc<ConnectionState>) -> Self {
        Self { stream: Some(stream), state, framing: FramingScan::default() }
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        self.stream.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    fn note_read(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() || self.state.phase() == Phase::Serving {
            return Ok(());
        }
        if self.state.phase() == Phase::Idle {
            self.state.enter(Phase::Head);
            self.framing = FramingScan::default();
        }
        if self.framing.is_ambiguous(bytes) {
            self.state.refuse(400);
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "both Content-Length and Transfer-Encoding",
            ));
        }
        Ok(())
    }

    /// The status of an error response that hyper makes by itself; it is kept back and written later, with a body.
    fn own_error(&self, bytes: &[u8]) -> Option<u16> {
        if self.state.phase() != Phase::Head {
            return None;
        }
        let status = bytes.strip_prefix(b"HTTP/1.1 ").and_then(|rest| rest.get(..3))?;
        std::str::from_utf8(status).ok()?.parse().ok().filter(|status| (400..500).contains(status))
    }
}

impl AsyncRead for ClientSocket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let filled_before = buf.filled().len();
        if buf.remaining() > MAX_READ_BYTES {
            let mut limited = ReadBuf::new(buf.initialize_unfilled_to(MAX_READ_BYTES));
            ready!(this.stream()?.poll_read(cx, &mut limited))?;
            let read = limited.filled().len();
            buf.advance(read);
        } else {
            ready!(this.stream()?.poll_read(cx, buf))?;
        }
        Poll::Ready(this.note_read(buf.filled().get(filled_before..).unwrap_or_default()))
    }
}

impl AsyncWrite for ClientSocket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(status) = this.own_error(bytes) {
            this.state.refuse(status);
            return Poll::Ready(Ok(bytes.len()));
        }
        this.stream()?.poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(status) =
            slices.iter().find(|slice| !slice.is_empty()).and_then(|slice| this.own_error(slice))
        {
            this.state.refuse(status);
            return Poll::Ready(Ok(slices.iter().map(|slice| slice.len()).sum()));
        }
        this.stream()?.poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.state.refusal().is_some() {
            return Poll::Ready(Ok(()));
        }
        this.stream()?.poll_shutdown(cx)
    }
}

impl Drop for ClientSocket {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.take()
            && self.state.refusal().is_some()
        {
            self.state.return_socket(stream);
        }
    }
}
