//! The neutral conversation that stands between every two dialects: what was asked (`Request`), what happens while it is
//! answered (`Event`), and the answer (`Response`), which is exactly the fold of its events.
//! In and out: each dialect's folder decodes its wire format to these types and encodes it from them; no dialect knows another.
//! Invariants: texts are slices of the body that they came in, numbers and JSON keep their spelling; what a target cannot
//! express is named by `losses`, never left out in silence. Pure: no clock, no randomness (`Ids` is given its seed).
//! Read `request`, `part`, then `event`; `loss_table` is the table that code and manual share.

mod addressed;
mod estimate;
mod event;
mod fold;
mod ids;
mod json;
mod loss_page;
pub mod loss_table;
mod losses;
mod opaque;
mod part;
mod request;
mod response;
mod sequence;

pub use addressed::{AddressedImage, ImageData};
pub(crate) use estimate::medium_tokens;
pub use estimate::{BYTES_PER_TOKEN, IMAGE_TOKENS, estimate};
pub use event::{Delta, Event, Place, Started};
pub use fold::{Fold, fold, replay};
pub(crate) use fold::{take_deltas, text_of};
pub use ids::Ids;
pub(crate) use ids::mark_of;
pub use json::{Json, Number};
pub use loss_page::markdown as losses_markdown;
pub(crate) use losses::cannot;
pub use losses::{Losses, Note, Strictness};
pub(crate) use opaque::SEALED_PREFIX;
pub use opaque::{Issuer, OpaqueState, is_sealed, open, seal};
pub(crate) use part::address_feature;
pub use part::{
    Annotation, Content, Extras, Foreign, Logprob, Media, MediaSource, Part, Reasoning, ToolCall,
    ToolCallKind, ToolResult, is_google_file,
};
pub use request::{
    Effort, GoogleSettings, HostedTool, LogprobsWish, NamespacedTool, OutputFormat, ReasoningMode,
    ReasoningWish, Request, Role, Sampling, Tool, ToolChoice, ToolKind, Turn,
};
pub use response::{Choice, Response, Stop, StopReason};
pub use sequence::Sequencer;

/// A text that shares the body it came in, or owns its bytes.
pub type Text = bytestring::ByteString;
