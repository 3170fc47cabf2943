//! The cases, as data: what is asked, by how many connections, which figures are read and which limit each must hold.
//! Source of the limits: the design's table "Limits to hold". A new case is a row here; a new kind of work is a
//! variant of `Work` with its file in `run`.
//! Not here: the calls themselves (`ask`), the rows of translated calls (`translations`), how a figure is computed
//! (`run`, explained in `bench/README.md`).

mod ask;
mod translations;

pub(crate) use ask::{Ask, Dialect, LARGE_PROMPT_BYTES, MASTER_KEY, encode};

/// The models that the mock lists.
pub(crate) const MODELS: [&str; 6] =
    ["small", "burst-50", "paced-20", "idle", "prompt", "text-embedding-bench"];

/// One case.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) work: Work,
    pub(crate) figures: &'static [Figure],
}

/// What is done.
#[derive(Debug)]
pub(crate) enum Work {
    /// Closed loop on running processes, in interleaved rounds.
    Load(Load),
    /// The same, on one gateway: the call that is translated, and the one that it is compared with.
    Translation(Translation),
    /// A fresh process: idle, under load on so many connections, after it.
    Memory { connections: usize },
    /// A fresh process: growth of its peak while one connection sends large prompts.
    PromptMemory,
    /// A fresh process: warmed up by some streams, then after very many.
    ManyStreams(Load),
    /// A fresh process: many streams that are open and silent.
    IdleStreams,
    /// From `exec` to the first 200 on `/health`.
    Start,
    /// The gateway's binary.
    Binary,
    /// `strace` over a fixed number of calls on one connection.
    SystemCalls(Ask),
}

/// A closed loop.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) ask: Ask,
    pub(crate) connections: usize,
}

/// A closed loop of translated calls, beside one of calls that need no translation.
#[derive(Debug)]
pub(crate) struct Translation {
    pub(crate) ask: Ask,
    /// In the upstream's own dialect, in interleaved rounds with `ask`, to the same process.
    pub(crate) same_dialect: Ask,
    pub(crate) connections: usize,
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) measure: Measure,
    pub(crate) limit: Limit,
}

/// What is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Measure {
    CpuPerCall,
    CpuPerFrame,
    CallsPerSecond,
    LatencyP50,
    LatencyP99,
    FirstByteP50,
    FirstByteP99,
    AddedFirstByteP50,
    AddedFirstByteP99,
    Over30MsPer10k,
    GapP99,
    FramesPerRead,
    BodiesChanged,
    IdleRss,
    PeakRss,
    AfterRss,
    AfterOverIdle,
    WarmRss,
    AfterOverWarm,
    PeakGrowth,
    StreamsOpen,
    StreamRss,
    StartTime,
    BinarySize,
    CompressedSize,
    SystemCalls,
}

/// What a figure must hold. Only the gateway is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Limit {
    /// Reported only.
    None,
    /// At most so many times nginx in the same round.
    TimesNginx(f64),
    /// At least this share of nginx in the same round.
    ShareOfNginx(f64),
    /// At most so many times the same gateway's call without translation, in the same round.
    TimesSameDialect(f64),
    /// At most this value.
    AtMost(f64),
}

use Limit::{AtMost, ShareOfNginx, TimesNginx};
use Measure as M;

const fn figure(measure: Measure, limit: Limit) -> Figure {
    Figure { measure, limit }
}

const fn load(ask: Ask, connections: usize) -> Work {
    Work::Load(Load { ask, connections })
}

/// Every case, in the order of the report.
pub(crate) fn all() -> impl Iterator<Item = &'static Case> {
    CASES.iter().chain(translations::CASES)
}

impl Case {
    /// The call and the number of connections of a case that is a load.
    pub(crate) fn load(&self) -> Option<(Ask, usize)> {
        match &self.work {
            Work::Load(load) => Some((load.ask, load.connections)),
            Work::Translation(load) => Some((load.ask, load.connections)),
            _ => None,
        }
    }
}

const CASES: &[Case] = &[
    Case {
        name: "chat/small/10",
        what: "small whole chat call, 10 connections",
        work: load(Ask::SmallChat, 10),
        figures: &[
            figure(M::CpuPerCall, TimesNginx(1.5)),
            figure(M::CallsPerSecond, Limit::None),
            figure(M::LatencyP50, Limit::None),
            figure(M::LatencyP99, TimesNginx(1.5)),
        ],
    },
    Case {
        name: "chat/small/64",
        what: "small whole chat call, 64 connections",
        work: load(Ask::SmallChat, 64),
        figures: &[
            figure(M::CpuPerCall, TimesNginx(1.5)),
            figure(M::CallsPerSecond, ShareOfNginx(0.6)),
            figure(M::LatencyP50, Limit::None),
            figure(M::LatencyP99, Limit::None),
        ],
    },
    Case {
        name: "embeddings/10",
        what: "embeddings of one input, 10 connections",
        work: load(Ask::Embeddings, 10),
        figures: &[figure(M::CpuPerCall, TimesNginx(1.5)), figure(M::LatencyP99, TimesNginx(1.5))],
    },
    Case {
        name: "stream/burst_50",
        what: "50 frames in one write, usage asked for, 10 connections",
        work: load(Ask::Burst, 10),
        figures: &[
            figure(M::CpuPerFrame, TimesNginx(1.3)),
            figure(M::CpuPerCall, Limit::None),
            figure(M::CallsPerSecond, Limit::None),
            figure(M::FirstByteP50, Limit::None),
            figure(M::FirstByteP99, Limit::None),
            figure(M::FramesPerRead, Limit::None),
            figure(M::Over30MsPer10k, AtMost(10.0)),
            figure(M::BodiesChanged, AtMost(0.0)),
        ],
    },
    Case {
        name: "stream/burst_50_usage_hidden",
        what: "the same, usage not asked for: the gateway asks and takes it out again",
        work: load(Ask::BurstWithoutUsage, 10),
        figures: &[
            figure(M::CpuPerFrame, TimesNginx(1.3)),
            figure(M::CpuPerCall, Limit::None),
            figure(M::BodiesChanged, AtMost(0.0)),
        ],
    },
    Case {
        name: "stream/first_byte",
        what: "50 frames in one write, 1 connection: what the relay adds",
        work: load(Ask::Burst, 1),
        figures: &[
            figure(M::FirstByteP50, Limit::None),
            figure(M::FirstByteP99, Limit::None),
            figure(M::AddedFirstByteP50, AtMost(0.15)),
            figure(M::AddedFirstByteP99, AtMost(0.3)),
            figure(M::Over30MsPer10k, AtMost(10.0)),
        ],
    },
    Case {
        name: "stream/paced_20",
        what: "a frame every 5 ms, 16 connections",
        work: load(Ask::Paced, 16),
        figures: &[
            figure(M::CpuPerFrame, TimesNginx(1.3)),
            figure(M::AddedFirstByteP50, AtMost(0.15)),
            figure(M::GapP99, Limit::None),
            figure(M::FramesPerRead, Limit::None),
            figure(M::BodiesChanged, AtMost(0.0)),
        ],
    },
    Case {
        name: "prompt/1mib",
        what: "a prompt of 1 MiB, whole answer, 4 connections",
        work: load(Ask::LargePrompt, 4),
        figures: &[
            figure(M::CpuPerCall, TimesNginx(2.0)),
            figure(M::CallsPerSecond, Limit::None),
            figure(M::LatencyP50, Limit::None),
        ],
    },
    Case {
        name: "prompt/1mib/heap",
        what: "fresh process, 1 MiB prompts on 1 connection",
        work: Work::PromptMemory,
        figures: &[figure(M::PeakGrowth, AtMost(3.0))],
    },
    Case {
        name: "memory",
        what: "fresh process: idle, peak at 128 connections (whole and streamed), after the load",
        work: Work::Memory { connections: 128 },
        figures: &[
            figure(M::IdleRss, AtMost(15.0)),
            figure(M::PeakRss, AtMost(40.0)),
            figure(M::AfterRss, Limit::None),
            figure(M::AfterOverIdle, AtMost(1.25)),
        ],
    },
    Case {
        name: "streams/idle",
        what: "10 000 open streams, one frame each and then silence",
        work: Work::IdleStreams,
        figures: &[figure(M::StreamRss, AtMost(32.0)), figure(M::StreamsOpen, Limit::None)],
    },
    Case {
        name: "start",
        what: "from exec to the first 200 on /health",
        work: Work::Start,
        figures: &[figure(M::StartTime, AtMost(100.0))],
    },
    Case {
        name: "binary",
        what: "the stripped binary, and xz of it",
        work: Work::Binary,
        figures: &[figure(M::BinarySize, AtMost(40.0)), figure(M::CompressedSize, AtMost(16.0))],
    },
    Case {
        name: "system_calls/small",
        what: "small whole chat call, 1 connection, under strace",
        work: Work::SystemCalls(Ask::SmallChat),
        figures: &[figure(M::SystemCalls, AtMost(7.0))],
    },
    Case {
        name: "system_calls/burst_50",
        what: "50 frames in one write, 1 connection, under strace",
        work: Work::SystemCalls(Ask::Burst),
        figures: &[figure(M::SystemCalls, Limit::None)],
    },
    Case {
        name: "system_calls/1mib",
        what: "a prompt of 1 MiB, 1 connection, under strace",
        work: Work::SystemCalls(Ask::LargePrompt),
        figures: &[figure(M::SystemCalls, Limit::None)],
    },
];

impl Measure {
    /// Name and unit, as the table shows them.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::CpuPerCall => "CPU per call, µs",
            Self::CpuPerFrame => "CPU per frame, µs",
            Self::CallsPerSecond => "calls per second",
            Self::LatencyP50 => "latency p50, ms",
            Self::LatencyP99 => "latency p99, ms",
            Self::FirstByteP50 => "first byte p50, ms",
            Self::FirstByteP99 => "first byte p99, ms",
            Self::AddedFirstByteP50 => "added first byte p50, ms",
            Self::AddedFirstByteP99 => "added first byte p99, ms",
            Self::Over30MsPer10k => "streams over 30 ms, of 10 000",
            Self::GapP99 => "gap between arrivals p99, ms",
            Self::FramesPerRead => "frames per arrival",
            Self::BodiesChanged => "body differs from upstream's",
            Self::IdleRss => "RSS idle, MiB",
            Self::PeakRss => "RSS peak, MiB",
            Self::AfterRss => "RSS after load, MiB",
            Self::AfterOverIdle => "RSS after load / idle",
            Self::WarmRss => "RSS warmed up, MiB",
            Self::AfterOverWarm => "RSS after load / warmed up",
            Self::PeakGrowth => "peak growth, bodies",
            Self::StreamsOpen => "streams open",
            Self::StreamRss => "RSS per stream, KiB",
            Self::StartTime => "start, ms",
            Self::BinarySize => "size, MB",
            Self::CompressedSize => "compressed, MB",
            Self::SystemCalls => "system calls per call",
        }
    }

    /// Zero is a fine value of this figure, not a sign that nothing was measured.
    pub(crate) fn may_be_zero(self) -> bool {
        let counts = matches!(self, Self::Over30MsPer10k | Self::BodiesChanged | Self::PeakGrowth);
        counts || matches!(self, Self::AddedFirstByteP50 | Self::AddedFirstByteP99 | Self::StreamRss)
    }
}

#[cfg(test)]
mod tests {
    use super::{Limit, Work, all};

    #[test]
    fn names_of_cases_are_unique() {
        let mut names: Vec<_> = all().map(|case| case.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all().count());
    }

    #[test]
    fn only_translations_are_compared_with_the_same_dialect() {
        for case in all() {
            let compared =
                case.figures.iter().any(|figure| matches!(figure.limit, Limit::TimesSameDialect(_)));
            assert!(!compared || matches!(case.work, Work::Translation(_)), "{}", case.name);
        }
    }
}
