//! Compressing whole JSON answers above 1 KiB for clients that ask for it (spec 01 B21). Streams are never compressed.

use async_compression::Level;
use async_compression::tokio::bufread::{BrotliEncoder, GzipEncoder, ZstdEncoder};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderValue, header::ACCEPT_ENCODING};
use tokio::io::{AsyncRead, AsyncReadExt};

const SMALLEST: usize = 1 << 10;
const PIECE_BYTES: usize = 64 << 10;
const BROTLI_QUALITY: i32 = 3;

/// An encoding that the client accepts and we offer, the cheapest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    Zstd,
    Gzip,
    Brotli,
}

impl Compression {
    /// What to use for this request and a body of this size.
    pub(crate) fn choose(request: &HeaderMap, body_bytes: usize) -> Option<Self> {
        if body_bytes <= SMALLEST {
            return None;
        }
        let accepted = request.get(ACCEPT_ENCODING)?.to_str().ok()?;
        [Self::Zstd, Self::Gzip, Self::Brotli].into_iter().find(|offer| accepts(accepted, offer.name()))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Brotli => "br",
        }
    }

    /// The value of `Content-Encoding`.
    pub(crate) fn header(self) -> HeaderValue {
        HeaderValue::from_static(self.name())
    }
}

fn accepts(accepted: &str, name: &str) -> bool {
    accepted.split(',').any(|entry| {
        let (coding, parameters) = entry.split_once(';').unwrap_or((entry, ""));
        let is_refused =
            parameters.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()) == Some(0.0);
        coding.trim().eq_ignore_ascii_case(name) && !is_refused
    })
}

/// Compresses a whole body; `None` if the encoder fails, so that the plain body goes out.
pub(crate) async fn compress(compression: Compression, plain: &[u8]) -> Option<Bytes> {
    let encoded = match compression {
        Compression::Zstd => drain(ZstdEncoder::with_quality(plain, Level::Fastest), plain.len()).await,
        Compression::Gzip => drain(GzipEncoder::with_quality(plain, Level::Fastest), plain.len()).await,
        Compression::Brotli => {
            drain(BrotliEncoder::with_quality(plain, Level::Precise(BROTLI_QUALITY)), plain.len()).await
        }
    };
    encoded.inspect_err(|error| tracing::warn!(%error, "compressing an answer failed")).ok()
}

async fn drain(encoder: impl AsyncRead, plain_bytes: usize) -> std::io::Result<Bytes> {
    let mut encoder = std::pin::pin!(encoder);
    let mut encoded = BytesMut::with_capacity((plain_bytes / 4).max(SMALLEST));
    loop {
        encoded.reserve(SMALLEST);
        let before = encoded.len();
        if encoder.read_buf(&mut encoded).await? == 0 {
            return Ok(encoded.freeze());
        }
        if before / PIECE_BYTES != encoded.len() / PIECE_BYTES {
            tokio::task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Compression, compress};
    use async_compression::tokio::bufread::ZstdDecoder;
    use http::{HeaderMap, HeaderValue, header::ACCEPT_ENCODING};
    use tokio::io::AsyncReadExt;

    #[test]
    fn the_client_decides_whether_and_how() {
        let chosen = |accepted: &'static str, bytes| {
            Compression::choose(
                &HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(accepted))]),
                bytes,
            )
        };
        assert_eq!(chosen("gzip, deflate, br, zstd", 2000), Some(Compression::Zstd));
        assert_eq!(chosen("gzip, deflate", 2000), Some(Compression::Gzip));
        assert_eq!(chosen("gzip;q=0, br", 2000), Some(Compression::Brotli));
        assert_eq!(chosen("gzip", 1000), None);
        assert_eq!(chosen("identity", 2000), None);
        assert_eq!(Compression::choose(&HeaderMap::new(), 2000), None);
    }

    #[tokio::test]
    async fn what_is_compressed_decodes_to_the_same_bytes() {
        let plain = b"{\"a\":[1,2,3]}".repeat(10_000);
        let encoded = compress(Compression::Zstd, &plain).await.unwrap();
        let mut decoded = Vec::new();
        ZstdDecoder::new(&encoded[..]).read_to_end(&mut decoded).await.unwrap();
        assert!(decoded == plain && encoded.len() < plain.len() / 10);
    }
}
