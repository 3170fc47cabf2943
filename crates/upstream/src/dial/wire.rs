//! The bytes' way to the peer: TCP, or TLS over TCP.
//! In: buffers. Out: what the socket took or gave. Plain TCP allocates only when there is something to read.
//! Invariant: reads go through tokio's readiness, so that a short read costs one system call and no second, failing one.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_util::io::poll_read_buf;

/// TLS over TCP.
pub(crate) type EncryptedStream = Box<TlsStream<TcpStream>>;

/// A connection's stream.
pub(crate) enum Wire {
    Plain(TcpStream),
    Tls(EncryptedStream),
}

impl Wire {
    /// Reads once, up to `size` bytes, behind what `buffer` holds. Zero means the peer closed.
    /// While nothing is there, an empty buffer is left without memory.
    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut BytesMut,
        size: usize,
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(tcp) => {
                ready!(tcp.poll_read_ready(cx))?;
                buffer.reserve(size);
                let polled = poll_read_buf(Pin::new(tcp), cx, buffer);
                release_if_empty(buffer);
                polled
            }
            Self::Tls(tls) => {
                buffer.reserve(size);
                let polled = poll_read_buf(Pin::new(tls), cx, buffer);
                release_if_empty(buffer);
                polled
            }
        }
    }

    /// Writes some of the slices.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(tcp) => Pin::new(tcp).poll_write_vectored(cx, slices),
            Self::Tls(tls) => Pin::new(tls).poll_write_vectored(cx, slices),
        }
    }

    /// Pushes out what TLS still holds.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(_) => Poll::Ready(Ok(())),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    /// True if an idle connection is still open and the peer has said nothing on it. Costs no system call while
    /// nothing happened, because tokio remembers that the last read emptied the socket.
    pub(crate) fn is_quiet(&mut self) -> bool {
        let mut byte = [0];
        match self {
            Self::Plain(tcp) => {
                matches!(tcp.try_read(&mut byte), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
            }
            Self::Tls(tls) => {
                let mut buffer = ReadBuf::new(&mut byte);
                Pin::new(tls).poll_read(&mut Context::from_waker(Waker::noop()), &mut buffer).is_pending()
            }
        }
    }
}

fn release_if_empty(buffer: &mut BytesMut) {
    if buffer.is_empty() {
        *buffer = BytesMut::new();
    }
}
