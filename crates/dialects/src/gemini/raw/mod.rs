//! The raw path: a client and a provider that both speak Gemini. Nothing is decoded, bytes pass as they are.
//! In: bodies, frames. Out: the few members that the gateway reads; edits where a signature would be refused.

mod array;
mod observe;
mod request;

pub use array::ArrayForm;
pub use observe::{StreamObserver, observe_whole};
pub use request::GeminiRequest;
