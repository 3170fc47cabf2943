//! The metrics of calls to one model over one endpoint, bound ahead.
//! In: labels, once; then counts and durations per call. Out: atomic additions.
//! Invariant: a call counts once in `gomodel_requests_total`, however many attempts it took.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::gateway::{Entered, Families};
use super::status::StatusCounters;
use super::{Histogram, Label, StatusLabel};

/// What a call's metrics are told apart by.
#[derive(Clone, Copy, Debug)]
pub struct CallLabels<'a> {
    /// Instance name; it comes from configuration.
    pub provider: &'a str,
    /// Model id, if the registry lists it. `None` for anything that a client made up.
    pub model: Option<&'a str>,
    /// The API that was called: `/v1/chat/completions`.
    pub endpoint: &'static str,
    /// Whether a streamed answer was asked for.
    pub stream: bool,
}

/// Token counts of one answer, as they are added to `gomodel_tokens_total`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenCounts {
    /// Prompt tokens, cached ones included.
    pub input: u64,
    /// Answer tokens, reasoning included.
    pub output: u64,
    /// Those of the prompt that came from the provider's cache.
    pub cached_input: u64,
    /// Those of the answer spent on reasoning.
    pub reasoning: u64,
}

impl From<vocabulary::Usage> for TokenCounts {
    fn from(usage: vocabulary::Usage) -> Self {
        Self {
            input: usage.input_tokens,
            output: usage.output_tokens,
            cached_input: usage.cached_input_tokens,
            reasoning: usage.reasoning_tokens,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RequestLabels {
    pub(super) provider: Label,
    pub(super) model: Label,
    pub(super) endpoint: &'static str,
    pub(super) status_code: StatusLabel,
    pub(super) status_type: &'static str,
    pub(super) stream: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct DurationLabels {
    pub(super) provider: Label,
    pub(super) model: Label,
    pub(super) endpoint: &'static str,
    pub(super) stream: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct InFlightLabels {
    pub(super) provider: Label,
    pub(super) endpoint: &'static str,
    pub(super) stream: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ModelLabels {
    pub(super) provider: Label,
    pub(super) model: Label,
}

/// Counts the calls of one set of labels. Keep it in an `Arc` beside what the labels describe.
#[derive(Debug)]
pub struct CallMetrics {
    labels: DurationLabels,
    requests: Family<RequestLabels, Counter>,
    by_status: StatusCounters,
    duration: Histogram,
    in_flight: Gauge,
    first_token: Histogram,
    stream_duration: Histogram,
    overhead: Histogram,
    tokens: TokenCounters,
}

/// The counters of `gomodel_tokens_total`, one per type of token.
#[derive(Clone, Debug)]
pub(super) struct TokenCounters {
    pub(super) input: Counter,
    pub(super) output: Counter,
    pub(super) cached_input: Counter,
    pub(super) reasoning: Counter,
}

impl CallMetrics {
    pub(super) fn bind(families: &Families, labels: DurationLabels) -> Arc<Self> {
        let DurationLabels { provider, model, endpoint, stream } = labels.clone();
        let model = ModelLabels { provider: provider.clone(), model };
        let in_flight = InFlightLabels { provider, endpoint, stream };
        Arc::new(Self {
            requests: families.requests.clone(),
            by_status: StatusCounters::default(),
            duration: families.duration.get_or_create_owned(&labels),
            in_flight: families.in_flight.get_or_create_owned(&in_flight),
            first_token: families.first_token.get_or_create_owned(&model),
            stream_duration: families.stream_duration.get_or_create_owned(&model),
            overhead: families.overhead.clone(),
            tokens: families.token_counters(),
            labels,
        })
    }

    /// Counts a call in flight until the returned guard is dropped.
    pub fn enter(&self) -> Entered {
        Entered::into_gauge(&self.in_flight)
    }

    /// One call ended, or its stream was established: status and time since it was sent, retries included.
    pub fn finished(&self, status: StatusLabel, duration: Duration) {
        self.duration.observe(duration);
        self.by_status.count(status, |status_code| {
            let DurationLabels { provider, model, endpoint, stream } = self.labels.clone();
            let status_type = status_code.kind();
            let labels = RequestLabels { provider, model, endpoint, status_code, status_type, stream };
            self.requests.get_or_create_owned(&labels)
        });
    }

    /// The first frame with content came after this time.
    pub fn first_token(&self, after: Duration) {
        self.first_token.observe(after);
    }

    /// A stream ended, in whatever way, after this time.
    pub fn stream_ended(&self, after: Duration) {
        self.stream_duration.observe(after);
    }

    /// What the gateway itself took of a call: its whole time less the time spent waiting for upstreams.
    pub fn overhead(&self, time: Duration) {
        self.overhead.observe(time);
    }

    /// Adds the tokens of one answer.
    pub fn tokens(&self, counts: TokenCounts) {
        let TokenCounters { input, output, cached_input, reasoning } = &self.tokens;
        for (counter, count) in [
            (input, counts.input),
            (output, counts.output),
            (cached_input, counts.cached_input),
            (reasoning, counts.reasoning),
        ] {
            if count > 0 {
                counter.inc_by(count);
            }
        }
    }
}
