//! Status codes as labels, and counters by status that are found without a lock.
//! In: a status or a failure to get one. Out: the counter bound to it.
//! Invariant: at most one counter per status from 100 to 599, and one for `network_error`.

use std::fmt;
use std::sync::OnceLock;

use prometheus_client::encoding::{EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;

/// How an upstream call ended, as the label `status_code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatusLabel {
    /// An HTTP status.
    Code(u16),
    /// No answer: connecting, sending or reading failed.
    NetworkError,
}

impl StatusLabel {
    /// The label `status_type`: `success` below 400, else `error`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Code(..400) => "success",
            Self::Code(_) | Self::NetworkError => "error",
        }
    }
}

impl EncodeLabelValue for StatusLabel {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        match self {
            Self::Code(code) => code.encode(encoder),
            Self::NetworkError => "network_error".encode(encoder),
        }
    }
}

/// Statuses that calls really end with; they get their counter without a search.
const USUAL: [StatusLabel; 14] = [
    StatusLabel::Code(200),
    StatusLabel::Code(204),
    StatusLabel::Code(400),
    StatusLabel::Code(401),
    StatusLabel::Code(403),
    StatusLabel::Code(404),
    StatusLabel::Code(408),
    StatusLabel::Code(413),
    StatusLabel::Code(429),
    StatusLabel::Code(500),
    StatusLabel::Code(502),
    StatusLabel::Code(503),
    StatusLabel::Code(504),
    StatusLabel::NetworkError,
];

/// Counters by status, each bound when first needed.
#[derive(Debug, Default)]
pub(super) struct StatusCounters {
    usual: [OnceLock<Counter>; USUAL.len()],
}

impl StatusCounters {
    /// Counts one; `bind` makes or finds the counter of a status.
    pub(super) fn count(&self, status: StatusLabel, bind: impl FnOnce(StatusLabel) -> Counter) {
        let status = match status {
            StatusLabel::Code(code) if !(100..600).contains(&code) => StatusLabel::NetworkError,
            sane => sane,
        };
        match USUAL.iter().position(|usual| *usual == status).and_then(|slot| self.usual.get(slot)) {
            Some(slot) => slot.get_or_init(|| bind(status)).inc(),
            None => bind(status).inc(),
        };
    }
}
