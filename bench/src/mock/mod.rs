//! The instant upstream: an HTTP/1.1 server that knows a handful of prebuilt answers and sends each in one write.
//! In: requests as OpenAI's, Anthropic's and Google's APIs take them; path and model select the answer (`answers`).
//! Out: bytes, at once, or one frame every 5 ms, or one frame and then silence.
//! Invariant: the same request gets the same bytes, so that a relay's faithfulness can be checked.

mod answers;
mod chat;
mod gemini;
mod listing;
mod messages;
mod request;
mod responses;
mod script;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::error::{BenchError, Result};
use answers::{Answer, Answers};
use request::Inbound;
pub(crate) use script::Script;

/// Time between two frames of a paced stream.
pub(crate) const PACE: Duration = Duration::from_millis(5);

/// Serves on a loopback port until the process ends.
pub(crate) async fn serve(port: u16) -> Result<()> {
    let listener = listen(port).map_err(|source| BenchError::io(format!("listen on port {port}"), source))?;
    let answers = Arc::new(Answers::default());
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.map_err(|source| BenchError::io("accept", source))?;
                // A peer that resets its connection is no failure of the mock.
                connections.spawn(converse(stream, answers.clone()));
            }
            Some(_ended) = connections.join_next() => {}
        }
    }
}

fn listen(port: u16) -> std::io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))?;
    socket.listen(4096)
}

async fn converse(mut stream: TcpStream, answers: Arc<Answers>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut inbound = Inbound::new();
    while let Some(asked) = inbound.next(&mut stream).await? {
        match answers.find(&asked) {
            Answer::Whole(bytes) => stream.write_all(&bytes).await?,
            Answer::Paced(pieces) => send_paced(&mut stream, &pieces).await?,
            Answer::Silent(bytes) => {
                stream.write_all(&bytes).await?;
                // Until the peer leaves.
                stream.read_u8().await?;
            }
        }
    }
    Ok(())
}

/// The first piece goes at once; a timer would round its time up to the next millisecond.
async fn send_paced(stream: &mut TcpStream, pieces: &[bytes::Bytes]) -> std::io::Result<()> {
    let mut ticks = interval_at(Instant::now() + PACE, PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for (index, piece) in pieces.iter().enumerate() {
        if index > 0 {
            ticks.tick().await;
        }
        stream.write_all(piece).await?;
    }
    Ok(())
}
