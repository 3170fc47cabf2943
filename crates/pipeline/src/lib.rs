//! One call from ingress to settlement. Start at `pipeline.rs`: it lists the stages and the layers, in order.
//! In: a `Call` (who, what, the raw body). Out: an `Answered`: head and body of the answer, or the `ApiError` to render.
//! Invariant: whatever happens to the call, the client or the upstream, its `CallRecord` is settled exactly once.
//! Not here: HTTP of the client's side (`server`), how a provider is called (`providers`, `upstream`).

mod attempt;
mod call;
mod count;
mod images;
mod label;
mod layers;
mod metric_handles;
mod pipeline;
mod prepare;
mod recall;
mod record;
mod rendering;
mod resolve;
mod whole;

pub use call::{Call, Operation};
pub use count::{Counted, count_tokens};
pub use label::UserPathHeader;
pub use layers::{StreamBody, StreamEnded};
pub use pipeline::{AnswerContent, Answered, House, HouseSettings, answer};
pub use recall::Recall;
pub use record::{CallRecord, CallSink, Endpoint, Outcome};
pub use resolve::unknown as unknown_model;
