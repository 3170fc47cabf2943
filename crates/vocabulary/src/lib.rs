//! The words that every room shares: names, selectors, money, usage, secrets and the register of error codes.
//! In: text from a file, a header or a body. Out: types that were checked once and need no second look.
//! Invariant: types only. No runtime, no I/O, no wire format, and no dependency on another room.

mod dialect;
mod error;
mod money;
mod names;
mod secret;
mod selector;
mod usage;
mod user_path;

pub use dialect::Dialect;
pub use error::{ApiError, Code, ErrorType, NativeError, Side};
pub use money::{ParseMoneyError, PicoUsd};
pub use names::{InstanceName, InvalidName, ModelId, ProviderType};
pub use secret::Secret;
pub use selector::{EmptyModel, ModelSelector};
pub use usage::{FinishReason, Usage};
pub use user_path::{InvalidUserPath, UserPath};
