//! Decoding compressed request bodies: gzip, deflate, zstd, br (spec 01 B21).
//! Invariant: the limit holds for the decoded size too, checked after each piece, so a bomb costs one piece of memory.

use std::pin::Pin;

use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use bytes::{Bytes, BytesMut};
use http::HeaderValue;
use tokio::io::{AsyncRead, AsyncReadExt};
use vocabulary::ApiError;

/// Decoding yields to other calls of the worker after this many bytes.
const PIECE_BYTES: usize = 64 << 10;

/// An encoding that we decode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Gzip,
    Deflate,
    Zstd,
    Brotli,
}

impl Encoding {
    /// Parses `Content-Encoding`; `None` for `identity`.
    ///
    /// # Errors
    /// 400 for an encoding, or a chain of them, that we do not decode.
    pub(super) fn parse(value: &HeaderValue) -> Result<Option<Self>, ApiError> {
        let name = value.to_str().unwrap_or_default().trim().to_ascii_lowercase();
        match name.as_str() {
            "" | "identity" => Ok(None),
            "gzip" | "x-gzip" => Ok(Some(Self::Gzip)),
            "deflate" => Ok(Some(Self::Deflate)),
            "zstd" => Ok(Some(Self::Zstd)),
            "br" => Ok(Some(Self::Brotli)),
            _ => Err(ApiError::invalid_request(
                "unsupported Content-Encoding: send gzip, deflate, zstd, br or none",
            )),
        }
    }
}

/// Decodes a whole body.
///
/// # Errors
/// 413 if it grows beyond `limit`, 400 if it is not what it claims to be.
pub(super) async fn decompress(encoding: Encoding, encoded: &[u8], limit: usize) -> Result<Bytes, ApiError> {
    let mut decoder: Pin<Box<dyn AsyncRead + Send + '_>> = match encoding {
        Encoding::Gzip => {
            let mut decoder = GzipDecoder::new(encoded);
            decoder.multiple_members(true);
            Box::pin(decoder)
        }
        Encoding::Deflate => Box::pin(ZlibDecoder::new(encoded)),
        Encoding::Zstd => Box::pin(ZstdDecoder::new(encoded)),
        Encoding::Brotli => Box::pin(BrotliDecoder::new(encoded)),
    };
    let mut decoded = BytesMut::new();
    loop {
        decoded.reserve(PIECE_BYTES);
        match decoder.read_buf(&mut decoded).await {
            Ok(0) => return Ok(decoded.freeze()),
            Ok(_) if decoded.len() > limit => return Err(super::read::too_large()),
            Ok(_) => tokio::task::yield_now().await,
            Err(error) => {
                let message = "invalid request body: the compressed body cannot be decoded";
                return Err(ApiError::invalid_request(message).with_detail(error.to_string()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Encoding, decompress};
    use async_compression::tokio::bufread::GzipEncoder;
    use http::HeaderValue;
    use tokio::io::AsyncReadExt;

    async fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoded = Vec::new();
        GzipEncoder::new(plain).read_to_end(&mut encoded).await.unwrap();
        encoded
    }

    #[tokio::test]
    async fn a_body_is_decoded_up_to_the_limit_and_no_further() {
        let plain = vec![b'a'; 1 << 20];
        let bomb = gzip(&plain).await;
        assert_eq!(decompress(Encoding::Gzip, &bomb, plain.len()).await.unwrap(), plain);
        assert_eq!(decompress(Encoding::Gzip, &bomb, plain.len() - 1).await.unwrap_err().status(), 413);
        assert_eq!(decompress(Encoding::Gzip, b"no gzip", 99).await.unwrap_err().status(), 400);
        assert_eq!(
            decompress(Encoding::Gzip, &bomb[..bomb.len() / 2], plain.len()).await.unwrap_err().status(),
            400
        );
    }

    #[test]
    fn unknown_encodings_are_refused() {
        assert_eq!(Encoding::parse(&HeaderValue::from_static("GZIP")).unwrap(), Some(Encoding::Gzip));
        assert_eq!(Encoding::parse(&HeaderValue::from_static("identity")).unwrap(), None);
        assert_eq!(Encoding::parse(&HeaderValue::from_static("lz4")).unwrap_err().status(), 400);
        assert_eq!(Encoding::parse(&HeaderValue::from_static("gzip, gzip")).unwrap_err().status(), 400);
    }
}
