//! An answer whose body is read as it comes: frame by frame, or all at once with the word whether it ended whole.

use std::io;
use std::time::Duration;

use serde_json::Value;

use super::connection::Framing;
use super::{Connection, Head};

/// An open answer.
#[derive(Debug)]
pub struct Stream {
    /// Status and headers.
    pub head: Head,
    connection: Connection,
    framing: Framing,
    pending: Vec<u8>,
    ended: Option<bool>,
}

impl Stream {
    pub(super) fn begin(mut connection: Connection, method: &str) -> io::Result<Self> {
        let head = connection.read_head()?;
        let framing = head.framing(method);
        Ok(Self { head, connection, framing, pending: Vec::new(), ended: None })
    }

    /// Status code.
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }

    /// Limits how long a read may take.
    #[must_use]
    pub fn patience(self, limit: Duration) -> Self {
        Self { connection: self.connection.patience(limit), ..self }
    }

    /// The next frame with its blank line, or `None` at the end.
    ///
    /// # Panics
    /// If nothing comes in time.
    #[track_caller]
    pub fn next_frame(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(end) = frame_end(&self.pending) {
                return Some(self.pending.drain(..end).collect());
            }
            if !self
                .read()
                .unwrap_or_else(|error| panic!("no frame: {error}; pending {:?}", self.pending_text()))
            {
                return (!self.pending.is_empty()).then(|| std::mem::take(&mut self.pending));
            }
        }
    }

    /// The next frame as text, without the blank line; empty at the end.
    #[track_caller]
    pub fn next_text(&mut self) -> String {
        self.next_frame()
            .map(|frame| String::from_utf8_lossy(&frame).trim_end().to_owned())
            .unwrap_or_default()
    }

    /// Everything that is still to come.
    ///
    /// # Panics
    /// If the end does not come in time.
    #[track_caller]
    pub fn rest(&mut self) -> Vec<u8> {
        while self.read().unwrap_or_else(|error| panic!("no end: {error}; pending {:?}", self.pending_text()))
        {
        }
        std::mem::take(&mut self.pending)
    }

    /// The texts of all frames that are still to come.
    #[track_caller]
    pub fn rest_texts(&mut self) -> Vec<String> {
        let rest = String::from_utf8_lossy(&self.rest()).into_owned();
        rest.split("\n\n").map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
    }

    /// True if the body ended as its framing says, false if the connection was cut; meaningful after the end.
    pub fn ended_whole(&self) -> bool {
        self.ended == Some(true)
    }

    /// Leaves by a reset.
    pub fn reset(self) {
        self.connection.reset();
    }

    fn pending_text(&self) -> String {
        String::from_utf8_lossy(&self.pending).into_owned()
    }

    /// Reads more of the body; false at its end, whole or cut.
    fn read(&mut self) -> io::Result<bool> {
        if self.ended.is_some() {
            return Ok(false);
        }
        let piece = match &mut self.framing {
            Framing::Chunked => self.connection.read_chunk(),
            Framing::UntilClose => self.connection.read_some(),
            Framing::Sized(0) => Ok(None),
            Framing::Sized(left) => self.connection.read_some().inspect(|piece| {
                *left -= piece.as_ref().map_or(0, Vec::len).min(*left);
            }),
        };
        match piece {
            Ok(Some(piece)) => {
                self.pending.extend(piece);
                Ok(true)
            }
            Ok(None) => {
                self.ended = Some(!matches!(self.framing, Framing::Sized(1..)));
                Ok(false)
            }
            Err(error)
                if matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) =>
            {
                self.ended = Some(false);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}

/// The JSON of a frame's data line.
///
/// # Panics
/// If it has none.
#[track_caller]
pub fn data(frame: &str) -> Value {
    let text = frame.strip_prefix("data: ").unwrap_or_else(|| panic!("no data line: {frame}"));
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {frame}"))
}

fn frame_end(bytes: &[u8]) -> Option<usize> {
    let lf = bytes.windows(2).position(|pair| pair == b"\n\n").map(|at| at + 2);
    let crlf = bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
    match (lf, crlf) {
        (Some(lf), Some(crlf)) => Some(lf.min(crlf)),
        (one, other) => one.or(other),
    }
}
