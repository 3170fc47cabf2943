//! The gateway's log: lines on stderr, JSON or text, in batches.
//! In: options at start. Out: the process's `tracing` subscriber, a handle on it, and the access log beside it.
//! Invariant: every line, whoever writes it, goes through one buffer in one format and under one level.
//! Start at `init_logging`. Source: spec 08 §7.4.

mod access;
mod buffer;
mod events;
mod line;

use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tracing::Level;
use tracing_subscriber::layer::SubscriberExt;

pub use access::{AccessLine, AccessLog};
use buffer::LogBuffer;
use events::EventLayer;
use line::{Line, Style};

use crate::MetricsRegistry;

/// How long a flush waits for a reader of stderr that does not read.
const FLUSH_LIMIT: Duration = Duration::from_secs(2);

/// The form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// One JSON object per line.
    Json,
    /// For people; coloured on a terminal.
    Text,
}

/// What the log is to look like.
#[derive(Clone, Copy, Debug)]
pub struct LogOptions {
    /// The form of lines.
    pub format: LogFormat,
    /// The least important level that is written.
    pub level: Level,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self { format: LogFormat::Auto, level: Level::INFO }
    }
}

/// What all writers of lines share.
struct Core {
    buffer: LogBuffer,
    style: Style,
    /// The level as a rank: 1 is error, 5 is trace.
    level: AtomicU8,
}

impl Core {
    fn start(sink: impl Write + Send + 'static, style: Style, level: Level) -> Arc<Self> {
        let loss_line = Box::new(move |lost: u64, out: &mut Vec<u8>| {
            let mut line = Line::begin(out, style, Level::WARN, &format!("{lost} log lines dropped"));
            line.number("dropped", lost);
            line.end();
        });
        let buffer = LogBuffer::start(sink, loss_line);
        Arc::new(Self { buffer, style, level: AtomicU8::new(rank(level)) })
    }

    fn is_on(&self, level: Level) -> bool {
        rank(level) <= self.level.load(Ordering::Relaxed)
    }

    fn level(&self) -> Level {
        match self.level.load(Ordering::Relaxed) {
            0 | 1 => Level::ERROR,
            2 => Level::WARN,
            3 => Level::INFO,
            4 => Level::DEBUG,
            _ => Level::TRACE,
        }
    }
}

fn rank(level: Level) -> u8 {
    match level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    }
}

/// Starts the log on stderr and makes it the process's `tracing` subscriber. Call it once, first thing; a second call
/// leaves the first subscriber in place, and its handle serves only its own access log.
pub fn init_logging(options: LogOptions) -> LogHandle {
    let terminal = std::io::stderr().is_terminal();
    let core = Core::start(std::io::stderr(), Style::of(options.format, terminal), options.level);
    let subscriber = tracing_subscriber::registry().with(EventLayer::new(core.clone()));
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        log_panics(core.clone());
    }
    LogHandle { core }
}

/// Panics become error lines like everything else, and are written at once. The message is the panic's own text.
fn log_panics(core: Arc<Core>) {
    std::panic::set_hook(Box::new(move |panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        let reason = panic.payload_as_str().unwrap_or("no reason given");
        let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
        tracing::error!(panic.location = location, panic.thread = thread, "panic: {reason}");
        core.buffer.flush(FLUSH_LIMIT);
    }));
}

/// A hold on the running log.
#[derive(Clone)]
pub struct LogHandle {
    core: Arc<Core>,
}

impl LogHandle {
    /// Writes what waits; returns when it is written, or after two seconds. Call it before the process ends.
    pub fn flush(&self) {
        self.core.buffer.flush(FLUSH_LIMIT);
    }

    /// Changes the level, for everybody, from now on.
    pub fn set_level(&self, level: Level) {
        self.core.level.store(rank(level), Ordering::Relaxed);
        tracing::callsite::rebuild_interest_cache();
    }

    /// Lines lost so far because stderr was not read fast enough.
    pub fn dropped(&self) -> u64 {
        self.core.buffer.dropped().get()
    }

    /// The writer of the one line per call.
    pub fn access_log(&self) -> AccessLog {
        AccessLog::new(self.core.clone())
    }

    /// Registers `gomodel_log_lines_dropped_total`.
    pub fn register(&self, registry: &MetricsRegistry) {
        let dropped = self.core.buffer.dropped();
        registry.register(|registry| {
            registry.register(
                "gomodel_log_lines_dropped",
                "Log lines lost because stderr was not read",
                dropped,
            );
        });
    }
}

#[cfg(test)]
mod tests;
