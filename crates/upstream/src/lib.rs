//! The client that calls providers, at wire speed, and the rules for calling them again.
//! In: requests from `providers`, with their deadlines. Out: `Answer`s whose bodies are decoded as they are polled.
//! Start at `client`: it finds a connection (`pool`, `dial`), exchanges over it (`http1`, `http2`), and returns it.
//! `images` fetches what callers name, by rules of its own.
//! `keys`, `breaker` and `retry` are pure: the clock is a parameter, and sleeping is the caller's business.
//! Invariant: dropping a future or a body closes its exchange at once; the end of a body is never a cut in disguise.
//! Not here: what a provider is, JSON, public error texts.

mod answer;
mod body;
pub mod breaker;
mod client;
mod deadlines;
mod dial;
mod encoding;
mod error;
pub mod http1;
mod http2;
mod images;
pub mod keys;
mod metrics;
mod origin;
mod pool;
mod redirect;
mod request;
pub mod retry;

pub use answer::{Answer, AnswerHeaders};
pub use body::AnswerBody;
pub use client::{ClientSettings, UpstreamClient};
pub use deadlines::Deadlines;
pub use dial::{DialError, EnvironmentProxies, Proxy, ProxyError, ProxyRule, Roots, Trust};
pub use error::{BodyError, ClientError, ExchangeError, RedirectError};
pub use images::{ImageError, ImageRules, NotFetched, RemoteImage, RemoteImages};
pub use metrics::{ClientMetrics, Counter, Level};
pub use origin::{Origin, OriginError, Scheme};
pub use request::{HeaderList, OF_ONE_HOP, RequestBody, RequestHead};
