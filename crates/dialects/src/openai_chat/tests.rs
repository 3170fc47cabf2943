//! Tables and snapshots of the chat dialect, one file per story.

mod answers;
mod decoded_requests;
mod encoded_requests;
mod fixtures;
mod read_streams;
mod requests;
mod streams;
mod wholes;
mod written_streams;
mod wrong_types;
