//! Content encodings, undone. We never ask for one, but some upstreams compress all the same.
//! In: an answer with `content-encoding`. Out: the same answer with a plain body, decoded as it is read.
//! Invariant: memory is bounded by one read; the size of the whole is limited by who collects it (`collect_limited`).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use http_body::{Body, Frame};
use tokio::io::AsyncRead;
use tokio_util::io::{StreamReader, poll_read_buf};

use crate::answer::Answer;
use crate::body::AnswerBody;
use crate::error::BodyError;

/// Decoded bytes that are handed over at once, at most.
const PIECE_BYTES: usize = 16 * 1024;

impl Answer {
    /// The answer with a plain body. Without a content encoding it is handed back untouched.
    ///
    /// # Errors
    /// `UnknownEncoding` for more than one encoding, or one that is not gzip, deflate, br or zstd.
    pub fn decoded(self) -> Result<Self, BodyError> {
        let encoding =
            self.headers.get_str("content-encoding").map(|value| value.trim().to_ascii_lowercase());
        let source = |body| StreamReader::new(Chunks(body));
        let reader: Pin<Box<dyn AsyncRead + Send>> = match encoding.as_deref() {
            None | Some("" | "identity") => return Ok(self),
            Some("gzip" | "x-gzip") => Box::pin(GzipDecoder::new(source(self.body))),
            Some("deflate") => Box::pin(ZlibDecoder::new(source(self.body))),
            Some("br") => Box::pin(BrotliDecoder::new(source(self.body))),
            Some("zstd") => Box::pin(ZstdDecoder::new(source(self.body))),
            Some(_) => return Err(BodyError::UnknownEncoding),
        };
        let headers = self.headers.without("content-encoding").without("content-length");
        Ok(Self { status: self.status, headers, body: AnswerBody::in_process(Decoded { reader }) })
    }
}

/// A body as a stream whose errors travel through `io::Error`.
struct Chunks(AnswerBody);

impl Stream for Chunks {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        self.0.poll_chunk(cx).map(|next| next.map(|result| result.map_err(io::Error::other)))
    }
}

struct Decoded {
    reader: Pin<Box<dyn AsyncRead + Send>>,
}

impl Body for Decoded {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let mut piece = BytesMut::with_capacity(PIECE_BYTES);
        match ready!(poll_read_buf(self.reader.as_mut(), cx, &mut piece)) {
            Ok(0) => Poll::Ready(None),
            Ok(_) => Poll::Ready(Some(Ok(Frame::data(piece.freeze())))),
            Err(error) => Poll::Ready(Some(Err(unwrap_body_error(error)))),
        }
    }
}

/// The body's own error, if it was one; else decoding failed.
fn unwrap_body_error(error: io::Error) -> BodyError {
    match error.downcast::<BodyError>() {
        Ok(error) => error,
        Err(error) => BodyError::Decompression(error),
    }
}

#[cfg(test)]
mod tests {
    use crate::answer::Answer;
    use crate::body::AnswerBody;
    use crate::error::BodyError;
    use async_compression::tokio::bufread::{BrotliEncoder, GzipEncoder, ZlibEncoder, ZstdEncoder};
    use bytes::Bytes;
    use http_body::Frame;
    use http_body_util::StreamBody;
    use tokio::io::{AsyncRead, AsyncReadExt};

    const TEXT: &[u8] = &[b'x'; 100_000];

    async fn read(mut reader: impl AsyncRead + Unpin) -> Vec<u8> {
        let mut out = Vec::new();
        reader.read_to_end(&mut out).await.unwrap();
        out
    }

    fn answer(encoding: &str, compressed: &[u8]) -> Answer {
        let pieces: Vec<_> =
            compressed.chunks(7).map(|piece| Ok(Frame::data(Bytes::copy_from_slice(piece)))).collect();
        let headers =
            [("content-encoding", encoding), ("content-length", "1"), ("x", "y")].into_iter().collect();
        let body = AnswerBody::in_process(StreamBody::new(futures_util::stream::iter(pieces)));
        Answer::new(http::StatusCode::OK, headers, body)
    }

    #[tokio::test]
    async fn every_encoding_is_undone_piece_by_piece() {
        for (encoding, compressed) in [
            ("gzip", read(GzipEncoder::new(TEXT)).await),
            ("Deflate", read(ZlibEncoder::new(TEXT)).await),
            ("br", read(BrotliEncoder::new(TEXT)).await),
            ("zstd", read(ZstdEncoder::new(TEXT)).await),
        ] {
            let plain = answer(encoding, &compressed).decoded().unwrap();
            assert_eq!(plain.headers.iter().count(), 1, "{encoding}");
            assert_eq!(plain.body.collect_limited(TEXT.len()).await.unwrap(), TEXT, "{encoding}");
            let small = answer(encoding, &compressed).decoded().unwrap().body.collect_limited(1000).await;
            assert!(matches!(small, Err(BodyError::TooLarge { limit: 1000 })), "{encoding}");
        }
    }

    #[tokio::test]
    async fn rubbish_and_the_unknown_are_errors() {
        assert!(matches!(answer("gzip, br", b"").decoded(), Err(BodyError::UnknownEncoding)));
        let broken = answer("gzip", b"no gzip at all").decoded().unwrap().body.collect_limited(100).await;
        assert!(matches!(broken, Err(BodyError::Decompression(_))));
        let whole = answer("identity", b"abc").decoded().unwrap().body.collect_limited(3).await.unwrap();
        assert_eq!(whole, "abc");
    }
}
