//! HTTP on the client's side: connections, routes, credentials, bodies, envelopes. A request comes in here and becomes a
//! `pipeline::Call`; what the pipeline answers goes out here.
//! In: sockets. Out: responses, all with a request id, all errors in the dialect of their path.
//! Invariant: a request is served by the one `Generation` that it found; a reload never touches a request under way.
//! Not here: which provider answers (`pipeline`), settings as text (`config`), signals (`gomodel`).

mod api;
mod base_path;
mod body;
mod connection;
mod cors;
mod generation;
mod handler;
mod lifecycle;
mod listener;
mod peer;
mod reply;
mod request_id;
mod route;

pub use generation::{Gateway, Generation, GenerationParts};
pub use lifecycle::{Component, Lifecycle};
pub use listener::{Listener, ListenerLimits};
