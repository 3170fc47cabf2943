//! What must hold for any input at all: properties over generated inputs, and the corpora of the fuzz targets.
//! `raw_json` and `sse_frames` are the checks themselves; the fuzz targets in `/fuzz` include the same two files.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod edit_model;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod raw_json;
#[cfg(test)]
mod sse_frames;
