//! What must hold for every conversation and every answer: what a dialect writes it reads again, streams tell what whole answers
//! tell, every client's stream ends once and honestly, and reasoning state survives a stay with any client.
//! `words` holds what generators share; `requests` and `answers` generate what a dialect can say; `reader` reads a stream as a
//! strict client does; `endings` cuts the streams of the matrix everywhere; `any_bytes` is what the fuzz targets in `/fuzz` check.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod any_bytes;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod endings;
#[cfg(test)]
mod reader;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod sealed;
#[cfg(test)]
mod words;
