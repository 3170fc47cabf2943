//! Server-sent events: the framing under every streaming dialect.
//! In: body chunks cut anywhere. Out: whole frames, as slices of those chunks, singly or in bursts. `data` is never interpreted.
//! Invariants: the frames joined, and the tail, are the input bytes; frames do not depend on the cuts; a frame beyond
//! `max_frame` is an error, never a longer buffer. Source: WHATWG HTML, "Parsing an event stream".

mod data;
mod splitter;

#[cfg(test)]
mod tests;

pub use data::{data, data_range, push_data, shared_data};
pub use splitter::{Burst, FrameSplitter, FrameTooLarge, split_burst};
