//! The demo provider: no network, no key, no state (spec 02 §13). What it answers is in `crate::demo`.

use vocabulary::ProviderType;

use crate::definition::{Definition, Embeddings, Extras, Listing, ListingPlace};
use crate::spoken::Spoken;

/// The row of the provider that answers inside the gateway.
pub(crate) const DEMO: Definition = Definition {
    kind: ProviderType("demo"),
    base_url: Some("http://demo.invalid"),
    keyless: true,
    self_hosted: true,
    dialects: &[Spoken::CHAT],
    embeddings: Embeddings::Native,
    listing: Listing {
        place: ListingPlace::Fixed(&["echo", "story", "tools", "embed"]),
        extras: Extras::Standard,
    },
    ..Definition::OPENAI_COMPATIBLE
};
