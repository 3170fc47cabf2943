//! What each decoder and encoder costs: nanoseconds and allocations per body, per frame, per event.
//! In: two cases of the matrix of `dialects` and a long stream made here. Out: a table on standard output. Nothing is judged: a
//! change of a dialect shows its table before and after. Run: `make bench-micro`, or with a part of a row's name to see some rows.
//! Invariant: what a measured step consumes is prepared outside of the clock.

mod inputs;

use std::hint::black_box;
use std::time::{Duration, Instant};

use dialects::translate::{
    AnswerShape, Decoder, Encoder, StreamTranslator, decode_request, decode_response, encode_request,
    encode_response,
};
use vocabulary::Dialect;

use inputs::{Inputs, rendering, target};

/// How long a row is measured, in each of the rounds.
const ROUND: Duration = Duration::from_millis(120);
const ROUNDS: usize = 5;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    // `cargo bench` adds options of its own.
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let mut table = Table { wanted };
    println!("| what | dialect | ns | allocations | bytes |");
    println!("| --- | --- | ---: | ---: | ---: |");
    for dialect in Dialect::ALL {
        measure(dialect, &Inputs::of(dialect)?, &mut table)?;
    }
    Ok(())
}

fn measure(dialect: Dialect, inputs: &Inputs, table: &mut Table) -> Result<(), Failure> {
    table.row(
        "decode a request",
        dialect,
        1,
        || (),
        |()| black_box(decode_request(dialect, &inputs.request)).is_ok(),
    );
    let request = decode_request(dialect, &inputs.request).map_err(|error| error.to_string())?;
    table.row(
        "encode a request",
        dialect,
        1,
        || (),
        |()| black_box(encode_request(&request, dialect, &target(dialect))).is_ok(),
    );
    table.row(
        "decode an answer",
        dialect,
        1,
        || (),
        |()| black_box(decode_response(dialect, &inputs.answer)).is_ok(),
    );
    let response = decode_response(dialect, &inputs.answer).map_err(|error| error.to_string())?;
    table.row("encode an answer", dialect, 1, rendering, |mut rendering| {
        !black_box(encode_response(dialect, &response, &mut rendering)).is_empty()
    });
    let decoder = || (Decoder::new(dialect), Vec::with_capacity(64));
    table.row("decode a frame", dialect, inputs.frames.len(), decoder, |(mut decoder, mut events)| {
        for frame in &inputs.frames {
            decoder.decode(frame, &mut events);
            black_box(&events);
            events.clear();
        }
        decoder.is_complete() || dialect == Dialect::Gemini
    });
    let encoder = || (Encoder::new(dialect, rendering()), inputs.events.clone(), Vec::with_capacity(4096));
    table.row("encode an event", dialect, inputs.events.len(), encoder, |(mut encoder, events, mut out)| {
        for event in events {
            encoder.encode(event, &mut out);
            black_box(&out);
            out.clear();
        }
        true
    });
    for client in Dialect::ALL.into_iter().filter(|client| *client != dialect) {
        let name = format!("translate a frame to {}", client.name());
        let translator = || {
            let translator = StreamTranslator::new(dialect, client, AnswerShape::default(), rendering());
            (translator, Vec::with_capacity(4096))
        };
        table.row(&name, dialect, inputs.frames.len(), translator, |(mut translator, mut out)| {
            for frame in &inputs.frames {
                translator.translate(frame, &mut |_| {}, &mut out);
                black_box(&out);
                out.clear();
            }
            true
        });
    }
    Ok(())
}

/// The rows that are asked for.
struct Table {
    wanted: Vec<String>,
}

impl Table {
    /// Measures a step that handles `items` at once, and prints what one of them costs: the median of the rounds.
    fn row<S>(
        &mut self,
        what: &str,
        dialect: Dialect,
        items: usize,
        prepare: impl Fn() -> S,
        step: impl Fn(S) -> bool,
    ) {
        let name = format!("{what} {}", dialect.name());
        if !self.wanted.is_empty() && !self.wanted.iter().any(|part| name.contains(part.as_str())) {
            return;
        }
        let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| nanoseconds(&prepare, &step)).collect();
        rounds.sort_by(f64::total_cmp);
        let median = rounds.get(ROUNDS / 2).copied().unwrap_or_default() / items as f64;
        let prepared = prepare();
        let mut is_fine = false;
        let cost = allocation_counter::measure(|| is_fine = step(prepared));
        let (count, bytes) = (cost.count_total as f64 / items as f64, cost.bytes_total as f64 / items as f64);
        let remark = if is_fine { "" } else { " (fails)" };
        println!("| {what}{remark} | {} | {median:.0} | {count:.2} | {bytes:.0} |", dialect.name());
    }
}

/// Nanoseconds of one step, over a round of them.
fn nanoseconds<S>(prepare: &impl Fn() -> S, step: &impl Fn(S) -> bool) -> f64 {
    const BATCH: usize = 8;
    let (mut spent, mut steps) = (Duration::ZERO, 0usize);
    while spent < ROUND {
        let prepared: Vec<S> = (0..BATCH).map(|_| prepare()).collect();
        let begin = Instant::now();
        for state in prepared {
            black_box(step(state));
        }
        spent += begin.elapsed();
        steps += BATCH;
    }
    spent.as_nanos() as f64 / steps as f64
}
