//! Any cut of any response gives the same body, and hyper's client is the oracle for what that body is.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use proptest::prelude::*;
use runtime::Supervisor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use upstream::http1::decode_for_fuzzing;

/// A well-formed chunked response, and the body in it.
fn chunked() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let chunk = (prop::collection::vec(any::<u8>(), 1..300), prop::bool::ANY, prop::bool::ANY);
    (prop::collection::vec(chunk, 0..20), prop::bool::ANY).prop_map(|(chunks, trailer)| {
        let mut response = b"HTTP/1.1 200 OK\r\nx: y\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        for (payload, extension, upper) in &chunks {
            let size = payload.len();
            let size = if *upper { format!("{size:X}") } else { format!("00{size:x}") };
            response.extend_from_slice(size.as_bytes());
            response.extend_from_slice(if *extension { b";name=value\r\n" } else { b"\r\n" });
            response.extend_from_slice(payload);
            response.extend_from_slice(b"\r\n");
        }
        response.extend_from_slice(if trailer { b"0\r\nt: v\r\n\r\n" } else { b"0\r\n\r\n" });
        (response, chunks.into_iter().flat_map(|(payload, ..)| payload).collect())
    })
}

fn cuts() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(any::<usize>(), 0..30)
}

/// What hyper makes of a response: status and body, or an error.
fn hyper_decodes(response: &[u8]) -> Result<(u16, Vec<u8>), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (ours, mut theirs) = tokio::io::duplex(1024 * 1024);
        let connecting = hyper::client::conn::http1::handshake(TokioIo::new(ours)).await;
        let (mut sender, connection) = connecting.map_err(|error| error.to_string())?;
        let owner = Supervisor::new();
        owner.own("oracle", async move {
            let _ended = connection.await;
        });
        let request = http::Request::new(Empty::<Bytes>::new().map_err(|never: Infallible| match never {}));
        // A response that came before the request would be refused as unasked for.
        let serving = async {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(theirs.read_u8().await.unwrap());
            }
            theirs.write_all(response).await.unwrap();
            theirs.shutdown().await.unwrap();
        };
        let (answer, ()) = tokio::join!(sender.send_request(request), serving);
        let answer = answer.map_err(|error| error.to_string())?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.map_err(|error| error.to_string())?;
        Ok((status, body.to_bytes().to_vec()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_body_does_not_depend_on_the_cuts((response, body) in chunked(), cuts in cuts()) {
        prop_assert_eq!(decode_for_fuzzing(&response, &cuts).unwrap(), Some((200, body)));
    }

    #[test]
    fn hyper_agrees_on_well_formed_responses((response, body) in chunked()) {
        prop_assert_eq!(hyper_decodes(&response).unwrap(), (200, body));
    }

    /// One byte is changed. Whoever accepts the result must read the same body out of it; we may refuse more.
    #[test]
    fn where_both_accept_a_damaged_response_they_read_the_same(
        (mut response, _) in chunked(), position in any::<prop::sample::Index>(), byte in any::<u8>(), cuts in cuts(),
    ) {
        let position = position.index(response.len());
        response[position] = byte;
        if let (Ok(theirs), Ok(Some(ours))) = (hyper_decodes(&response), decode_for_fuzzing(&response, &cuts)) {
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn rubbish_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400), cuts in cuts()) {
        let whole = decode_for_fuzzing(&bytes, &[]);
        prop_assert_eq!(decode_for_fuzzing(&bytes, &cuts).is_ok(), whole.is_ok());
    }
}
