//! A scripted reply: what is sent, how it is cut into writes, where it breaks off and how.
//! In: a builder's choices. Out: steps that a connection carries out.
//! Invariant: without pauses or gates the whole reply is one write, as a fast server's is.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

/// Where a reply breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Nothing is sent.
    BeforeHead,
    /// Half of the head is sent.
    InsideHead,
    /// The head is sent, and nothing of the body.
    AfterHead,
    /// Half of the body's bytes are sent, cut anywhere.
    InsideBody,
    /// So many frames (chunks, pieces) of the body are sent.
    AfterFrames(usize),
}

/// How a reply breaks off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The connection is reset.
    Reset,
    /// The connection is closed in the ordinary way.
    Close,
    /// Nothing more is sent, and the connection stays open until the gateway closes it.
    Silence,
}

/// Holds a reply back until the test opens it.
#[derive(Clone, Debug)]
pub struct Gate(watch::Sender<bool>);

impl Default for Gate {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets pass whatever waits, now and later.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    pub(super) async fn passed(&self) {
        let mut state = self.0.subscribe();
        let _closed = state.wait_for(|open| *open).await;
    }
}

#[derive(Clone, Debug)]
enum Body {
    Sized(Vec<u8>),
    Claiming(usize, Vec<u8>),
    Chunked(Vec<Vec<u8>>),
    UntilClose(Vec<Vec<u8>>),
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Write(Vec<u8>),
    Wait(Duration),
    Gate(Gate),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    KeepAlive,
    Cut(Cut),
}

/// One reply of an upstream.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Body,
    raw: Option<Vec<u8>>,
    delay: Option<Duration>,
    gates: Vec<(usize, Gate)>,
    pace: Option<Duration>,
    drip: Option<(usize, Duration)>,
    cut: Option<(At, Cut)>,
    ends_by: Option<Cut>,
}

impl Reply {
    /// A reply with this status and an empty body.
    pub fn status(status: u16) -> Self {
        let body = Body::Sized(Vec::new());
        Self {
            status,
            headers: Vec::new(),
            body,
            raw: None,
            delay: None,
            gates: Vec::new(),
            pace: None,
            drip: None,
            cut: None,
            ends_by: None,
        }
    }

    /// 200 with a JSON body.
    pub fn json(value: &Value) -> Self {
        Self::status(200).header("content-type", "application/json").body(value.to_string())
    }

    /// 200 with an event stream, each frame one chunk.
    pub fn stream<F: Into<Vec<u8>>>(frames: impl IntoIterator<Item = F>) -> Self {
        Self::status(200).header("content-type", "text/event-stream").chunked(frames)
    }

    /// Exactly these bytes instead of a well-formed reply.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { raw: Some(bytes.into()), ..Self::status(200) }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A body with its `Content-Length`.
    #[must_use]
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Sized(bytes.into());
        self
    }

    /// A body whose `Content-Length` is wrong. What is too short is followed by a close.
    #[must_use]
    pub fn claiming(mut self, length: usize, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Claiming(length, bytes.into());
        self
    }

    /// A chunked body, cut as given.
    #[must_use]
    pub fn chunked<F: Into<Vec<u8>>>(mut self, chunks: impl IntoIterator<Item = F>) -> Self {
        self.body = Body::Chunked(chunks.into_iter().map(Into::into).collect());
        self
    }

    /// A body without length, ended by the close of the connection.
    #[must_use]
    pub fn until_close<F: Into<Vec<u8>>>(mut self, pieces: impl IntoIterator<Item = F>) -> Self {
        self.body = Body::UntilClose(pieces.into_iter().map(Into::into).collect());
        self
    }

    /// Waits before the head.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// Waits at a gate after so many frames of the body; `held_before_head` waits before anything.
    #[must_use]
    pub fn gate(mut self, after_frames: usize, gate: &Gate) -> Self {
        self.gates.push((after_frames + 1, gate.clone()));
        self
    }

    /// Waits at a gate before the head.
    #[must_use]
    pub fn held_before_head(mut self, gate: &Gate) -> Self {
        self.gates.push((0, gate.clone()));
        self
    }

    /// Waits before every frame but the first.
    #[must_use]
    pub fn paced(mut self, pace: Duration) -> Self {
        self.pace = Some(pace);
        self
    }

    /// Sends everything in pieces of so many bytes, with a pause between them.
    #[must_use]
    pub fn dripping(mut self, bytes: usize, pause: Duration) -> Self {
        self.drip = Some((bytes, pause));
        self
    }

    /// Breaks off.
    #[must_use]
    pub fn cut(mut self, at: At, how: Cut) -> Self {
        self.cut = Some((at, how));
        self
    }

    /// Ends the connection after a whole reply that did not announce it.
    #[must_use]
    pub fn then(mut self, how: Cut) -> Self {
        self.ends_by = Some(how);
        self
    }

    /// The steps and how the connection goes on.
    pub(super) fn script(self) -> (Vec<Step>, End) {
        let drip = self.drip;
        let (steps, end) = self.undripped();
        let Some((size, pause)) = drip else { return (joined(steps), end) };
        let mut dripped = Vec::new();
        for step in steps {
            let Step::Write(bytes) = step else {
                dripped.push(step);
                continue;
            };
            for piece in bytes.chunks(size) {
                dripped.extend([Step::Write(piece.to_vec()), Step::Wait(pause)]);
            }
        }
        (dripped, end)
    }

    fn undripped(self) -> (Vec<Step>, End) {
        let mut steps: Vec<Step> = self.delay.map(Step::Wait).into_iter().collect();
        steps.extend(self.gates_at(0));
        if let Some(raw) = self.raw {
            steps.push(Step::Write(raw));
            return (steps, End::Cut(self.ends_by.unwrap_or(Cut::Close)));
        }
        let (head, pieces, natural_end) = self.wire();
        let end = self.ends_by.map_or(natural_end, End::Cut);
        match self.cut {
            None => {
                self.push_all(&mut steps, head, pieces);
                (steps, end)
            }
            Some((at, how)) => {
                self.push_until(&mut steps, head, pieces, at);
                (steps, End::Cut(how))
            }
        }
    }

    fn gates_at(&self, position: usize) -> impl Iterator<Item = Step> {
        self.gates.iter().filter(move |(at, _)| *at == position).map(|(_, gate)| Step::Gate(gate.clone()))
    }

    /// Head, pieces of the body as they stand on the wire, and how the connection goes on.
    fn wire(&self) -> (Vec<u8>, Vec<Vec<u8>>, End) {
        let mut head = format!("HTTP/1.1 {} Scripted\r\n", self.status);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let close = End::Cut(Cut::Close);
        let (framing, pieces, end) = match &self.body {
            Body::Sized(bytes) => {
                (format!("content-length: {}", bytes.len()), vec![bytes.clone()], End::KeepAlive)
            }
            Body::Claiming(length, bytes) => {
                let end = if *length > bytes.len() { close } else { End::KeepAlive };
                (format!("content-length: {length}"), vec![bytes.clone()], end)
            }
            Body::Chunked(chunks) => {
                let mut pieces: Vec<Vec<u8>> = chunks.iter().map(|chunk| wire_chunk(chunk)).collect();
                pieces.push(b"0\r\n\r\n".to_vec());
                ("transfer-encoding: chunked".to_owned(), pieces, End::KeepAlive)
            }
            Body::UntilClose(pieces) => ("connection: close".to_owned(), pieces.clone(), close),
        };
        head += &format!("{framing}\r\n\r\n");
        (head.into_bytes(), pieces, end)
    }

    fn push_all(&self, steps: &mut Vec<Step>, head: Vec<u8>, pieces: Vec<Vec<u8>>) {
        steps.push(Step::Write(head));
        for (index, piece) in pieces.into_iter().enumerate() {
            steps.extend(self.gates_at(index + 1));
            if let Some(pace) = self.pace.filter(|_| index > 0) {
                steps.push(Step::Wait(pace));
            }
            steps.push(Step::Write(piece));
        }
    }

    fn push_until(&self, steps: &mut Vec<Step>, head: Vec<u8>, mut pieces: Vec<Vec<u8>>, at: At) {
        match at {
            At::BeforeHead => {}
            At::InsideHead => steps.push(Step::Write(head[..head.len() / 2].to_vec())),
            At::AfterHead => steps.push(Step::Write(head)),
            At::InsideBody => {
                let whole = pieces.concat();
                self.push_all(steps, head, vec![whole[..whole.len() / 2].to_vec()]);
            }
            At::AfterFrames(count) => {
                pieces.truncate(count);
                self.push_all(steps, head, pieces);
                steps.extend(self.gates_at(count + 1));
            }
        }
    }
}

fn wire_chunk(chunk: &[u8]) -> Vec<u8> {
    let mut wire = format!("{:x}\r\n", chunk.len()).into_bytes();
    wire.extend_from_slice(chunk);
    wire.extend_from_slice(b"\r\n");
    wire
}

/// Writes that follow each other become one.
fn joined(steps: Vec<Step>) -> Vec<Step> {
    let mut joined: Vec<Step> = Vec::new();
    for step in steps {
        match (joined.last_mut(), step) {
            (Some(Step::Write(before)), Step::Write(bytes)) => before.extend(bytes),
            (_, step) => joined.push(step),
        }
    }
    joined
}
