//! The setup of the acceptance cases: a master key, an instance `openai` and an instance `groq`.

use blackbox::{Gateway, Provider, Upstream, gateway, upstream};

/// The master key of the cases; long enough to be looked for in logs.
pub(crate) const KEY: &str = "mk-1-planted-c0ffee";

/// The two upstreams and the gateway of the cases. The gateway is dropped first.
pub(crate) struct Standard {
    pub(crate) gateway: Gateway,
    pub(crate) openai: Upstream,
    pub(crate) groq: Upstream,
}

/// Starts the setup of the cases.
pub(crate) fn standard() -> Standard {
    let openai = upstream().models(&["gpt-4o", "text-embedding-3-small"]).start();
    let groq = upstream().models(&["openai/gpt-oss-120b"]).start();
    let gateway = gateway()
        .master_key(KEY)
        .provider("openai", &openai)
        .with(Provider::new("groq").kind("groq").at(&groq))
        .start();
    Standard { gateway, openai, groq }
}

/// One upstream as instance `openai`, no key: the setup of most tests.
pub(crate) fn one(upstream: &Upstream) -> Gateway {
    gateway().provider("openai", upstream).start()
}
