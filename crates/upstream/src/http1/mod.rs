//! HTTP/1.1, client side: heads and bodies, decoded by the task that polls.
//! In: a connection, a request. Out: an `Answer` whose body reads from that connection, then returns it to the pool.
//! Invariant: framing that two readers could read in two ways is an error, or ends the connection (RFC 9112 §§6, 7).
//! No task and no channel stand between the socket and the caller: that is where another client's time goes.
//! Public for the fuzz targets only: `decode_for_fuzzing`, `Decoder`, `parse_head`.

mod chunked;
mod decode;
mod encode;
mod exchange;
mod head;
mod incoming;

pub use chunked::FramingError;
pub use decode::{Decoder, Step};
pub use head::{Framing, HeadError, ResponseHead, parse_head};

pub(crate) use encode::{HeadPrefix, encode_head};
pub(crate) use exchange::{Terms, exchange};
pub(crate) use head::HeadScanner;
pub(crate) use incoming::IncomingBody;

/// Decodes a response (to a GET) that arrives cut at the given points, as a connection would, and gives its body.
/// `None` if the head never completes.
///
/// # Errors
/// What the decoders refuse, as text.
pub fn decode_for_fuzzing(response: &[u8], cuts: &[usize]) -> Result<Option<(u16, Vec<u8>)>, String> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (response.len() + 1)).collect();
    cuts.sort_unstable();
    let mut scanner = HeadScanner::new(64 * 1024);
    let mut pending = Vec::new();
    let mut body = Vec::new();
    let mut found: Option<(u16, Decoder)> = None;
    let mut start = 0;
    for end in cuts.into_iter().chain([response.len()]) {
        pending.extend_from_slice(response.get(start..end).unwrap_or_default());
        start = end;
        if found.is_none() {
            let head = scanner.scan(&pending, &http::Method::GET).map_err(|error| error.to_string())?;
            let Some((head, length)) = head else { continue };
            pending.drain(..length);
            found = Some((head.status.as_u16(), Decoder::new(head.framing)));
        }
        if let Some((_, decoder)) = &mut found {
            let step = decoder.decode(&mut pending);
            if let Some(failure) = step.failure {
                return Err(failure.to_string());
            }
            body.extend_from_slice(pending.get(step.payload).unwrap_or_default());
            pending.clear();
        }
    }
    Ok(found.map(|(status, _)| (status, body)))
}
