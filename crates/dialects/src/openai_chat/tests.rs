//! Tables and snapshots of the chat dialect, one file per story.

mod requests;
mod streams;
mod wholes;
