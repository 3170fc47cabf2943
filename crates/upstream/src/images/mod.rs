//! Images that callers name by their addresses, for providers that fetch none (spec 03 B16). Off unless the operator wants it.
//! In: URLs of one call. Out: their bytes in base64 with their types, or why one of them was not fetched.
//! Invariant: only https, only public addresses (`address`), checked where the connection is made (`dial::GuardedWay`) and anew
//! after every redirect (`fetch`); bounded in bytes, time, number and concurrency. Dropping the future ends what is under way.
//! Not here: who may ask for it, and what a caller is told (`pipeline`).

mod address;
mod fetch;

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use bytestring::ByteString;
use futures_util::StreamExt;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use runtime::Supervisor;
use tokio::time::Instant;

use crate::dial::{GuardedWay, Trust};
use crate::error::{BodyError, ClientError, ExchangeError};

/// How many images one call may name.
const MAX_PER_CALL: usize = 16;
/// How many of them are fetched at once.
const AT_ONCE: usize = 4;
/// What the images of one call may hold together.
const MAX_BYTES_PER_CALL: usize = 40 << 20;
const MAX_REDIRECTS: usize = 3;

/// All that is remembered, in bytes of base64.
const CACHE_BYTES: u64 = 32 << 20;
/// Few, so that one shard of the cache has room for a large image.
const CACHE_IMAGES: usize = 64;
const KEPT_FOR: Duration = Duration::from_secs(5 * 60);

/// What may be fetched.
#[derive(Clone, Copy, Debug)]
pub struct ImageRules {
    /// Which addresses are connected to.
    pub allows: fn(IpAddr) -> bool,
    /// Ports other than that of https are taken.
    pub takes_any_port: bool,
    /// The largest image.
    pub max_bytes: usize,
    /// How long one image may take, redirects included.
    pub time: Duration,
}

impl Default for ImageRules {
    /// Public addresses, port 443, 20 MB, 10 s.
    fn default() -> Self {
        Self {
            allows: address::is_public,
            takes_any_port: false,
            max_bytes: 20 << 20,
            time: Duration::from_secs(10),
        }
    }
}

/// Why an image was not fetched. The texts are for callers: they tell nothing of the network that we are in.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// Not a URL that is fetched.
    #[error("only https URLs without credentials and with port 443 are fetched")]
    Address,
    /// The name is unknown, or leads to a private address.
    #[error("its host has no public address")]
    NotPublic,
    /// No connection, or no answer on it.
    #[error("its host cannot be reached")]
    Unreachable(#[source] ExchangeError),
    /// The host answered with something other than 200.
    #[error("its host answered with status {0}")]
    Status(u16),
    /// More redirects than are followed, or one to no URL.
    #[error("it is redirected too often, or to no address")]
    Redirect,
    /// Neither of the types that are taken.
    #[error("it is neither PNG, JPEG, WebP, GIF, HEIC nor HEIF")]
    Type,
    /// More than `ImageRules::max_bytes`.
    #[error("it is larger than 20 MB")]
    TooLarge,
    /// The images of the call are too large together.
    #[error("the remote images of one call may hold 40 MB together")]
    TooLargeTogether,
    /// The body broke off.
    #[error("it did not arrive whole")]
    Cut(#[source] BodyError),
    /// Longer than `ImageRules::time`.
    #[error("it did not arrive within 10 seconds")]
    Late,
    /// More images than one call may name.
    #[error("one call may name 16 remote images")]
    TooMany,
}

/// An image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteImage {
    /// Its type, as its host names it.
    pub media_type: &'static str,
    /// Its bytes in base64.
    pub base64: ByteString,
}

/// One image of a call was not fetched.
#[derive(Debug)]
pub struct NotFetched {
    /// Which of the URLs.
    pub index: usize,
    /// Why.
    pub error: ImageError,
}

struct Fetched {
    media_type: &'static str,
    bytes: Bytes,
}

#[derive(Clone)]
struct Kept {
    image: RemoteImage,
    since: Instant,
}

#[derive(Clone)]
struct ByBytes;

impl Weighter<ByteString, Kept> for ByBytes {
    fn weight(&self, url: &ByteString, kept: &Kept) -> u64 {
        (url.len() + kept.image.base64.len()) as u64
    }
}

/// Fetches images, and remembers them for a while.
pub struct RemoteImages {
    way: GuardedWay,
    rules: ImageRules,
    supervisor: Supervisor,
    cache: Cache<ByteString, Kept, ByBytes>,
}

impl RemoteImages {
    /// With the rules that hold outside of tests.
    ///
    /// # Errors
    /// If certificates cannot be read.
    pub fn new(trust: &Trust, supervisor: &Supervisor) -> Result<Self, ClientError> {
        Self::with_rules(trust, ImageRules::default(), supervisor)
    }

    /// With other rules: for tests, whose peers are on loopback. No setting leads here.
    ///
    /// # Errors
    /// If certificates cannot be read.
    pub fn with_rules(
        trust: &Trust,
        rules: ImageRules,
        supervisor: &Supervisor,
    ) -> Result<Self, ClientError> {
        Ok(Self {
            way: GuardedWay::new(trust, rules.allows)?,
            rules,
            supervisor: supervisor.child(),
            cache: Cache::with_weighter(CACHE_IMAGES, CACHE_BYTES, ByBytes),
        })
    }

    /// Fetches the images of one call, in the order of their URLs.
    ///
    /// # Errors
    /// The first image that is not to be had.
    pub async fn fetch_all(&self, urls: Vec<ByteString>) -> Result<Vec<RemoteImage>, NotFetched> {
        if urls.len() > MAX_PER_CALL {
            return Err(NotFetched { index: MAX_PER_CALL, error: ImageError::TooMany });
        }
        let mut images = Vec::with_capacity(urls.len());
        let mut bytes = 0;
        let mut fetches = futures_util::stream::iter(urls).map(|url| self.fetch(url)).buffered(AT_ONCE);
        while let Some(fetched) = fetches.next().await {
            let index = images.len();
            let image = fetched.map_err(|error| NotFetched { index, error })?;
            bytes += image.base64.len() / 4 * 3;
            if bytes > MAX_BYTES_PER_CALL {
                return Err(NotFetched { index, error: ImageError::TooLargeTogether });
            }
            images.push(image);
        }
        Ok(images)
    }

    async fn fetch(&self, url: ByteString) -> Result<RemoteImage, ImageError> {
        if let Some(kept) = self.cache.get(&url).filter(|kept| kept.since.elapsed() < KEPT_FOR) {
            return Ok(kept.image);
        }
        let fetch = fetch::fetch(&url, &self.way, &self.rules, &self.supervisor);
        let fetched = tokio::time::timeout(self.rules.time, fetch).await.map_err(|_| ImageError::Late)??;
        let base64 = STANDARD.encode(&fetched.bytes).into();
        let image = RemoteImage { media_type: fetched.media_type, base64 };
        self.cache.insert(url, Kept { image: image.clone(), since: Instant::now() });
        Ok(image)
    }
}

impl std::fmt::Debug for RemoteImages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemoteImages").field("rules", &self.rules).finish_non_exhaustive()
    }
}
