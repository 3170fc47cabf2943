//! `tracing` events as log lines: the layer between everybody's `info!` and the batch.
//! In: events and the fields of the spans around them. Out: one line each: time, level, msg, fields, then span fields.
//! Invariant: one level for our crates; the chatter of network libraries needs `trace` below warnings.

use std::fmt::{Debug, Write as _};
use std::sync::Arc;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::Core;
use super::line::{Line, push_display, with_scratch};

/// Libraries whose informational events are not news to an operator.
const CHATTY: &[&str] =
    &["h2", "hyper", "hyper_util", "hickory_proto", "hickory_resolver", "rustls", "tokio_util"];

pub(super) struct EventLayer {
    core: Arc<Core>,
}

/// The fields of a span, rendered when it was opened; a log line repeats them.
#[derive(Default)]
struct SpanFields(Vec<(&'static str, String)>);

impl EventLayer {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let level = *metadata.level();
        if !self.core.is_on(level) {
            return false;
        }
        let root = metadata.target().split("::").next().unwrap_or_default();
        level <= Level::WARN || !CHATTY.contains(&root) || self.core.is_on(Level::TRACE)
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for EventLayer {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _context: Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::from_level(self.core.level()))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = SpanFields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().replace(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<SpanFields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let level = *event.metadata().level();
        let mut message = Message::default();
        event.record(&mut message);
        with_scratch(|out| {
            let mut line = Line::begin(out, self.core.style, level, &message.0);
            event.record(&mut Fields(&mut line));
            for span in context.event_scope(event).into_iter().flatten() {
                if let Some(fields) = span.extensions().get::<SpanFields>() {
                    fields.0.iter().for_each(|(name, value)| line.text(name, value.as_bytes()));
                }
            }
            line.end();
            self.core.buffer.push(out, level == Level::ERROR);
        });
    }
}

/// Finds the message, which stands before the fields whatever its place among them.
#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            let _infallible = write!(self.0, "{value:?}");
        }
    }
}

struct Fields<'a, 'b>(&'a mut Line<'b>);

impl Visit for Fields<'_, '_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() != "message" {
            let mut text = Vec::new();
            push_display(&mut text, format_args!("{value:?}"));
            self.0.text(field.name(), &text);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() != "message" {
            self.0.text(field.name(), value.as_bytes());
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.number(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.plain(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.plain(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if value.is_finite() {
            self.0.plain(field.name(), value);
        } else {
            self.record_debug(field, &value);
        }
    }
}

impl Visit for SpanFields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.retain(|(name, _)| *name != field.name());
        self.0.push((field.name(), format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.retain(|(name, _)| *name != field.name());
        self.0.push((field.name(), value.to_owned()));
    }
}
