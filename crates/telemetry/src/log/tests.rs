use super::{AccessLine, AccessLog, Core, EventLayer, LogHandle, Style};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing::Level;
use tracing_subscriber::layer::SubscriberExt;

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is logged by `act`, with the time replaced by `T`.
fn logged(style: Style, level: Level, act: impl FnOnce(&LogHandle)) -> String {
    let sink = Sink::default();
    let handle = LogHandle { core: Core::start(sink.clone(), style, level) };
    let subscriber = tracing_subscriber::registry().with(EventLayer::new(handle.core.clone()));
    tracing::subscriber::with_default(subscriber, || act(&handle));
    handle.flush();
    let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
    text.lines().map(|line| without_time(line, style) + "\n").collect()
}

fn without_time(line: &str, style: Style) -> String {
    match style {
        Style::Json => {
            let (time, rest) = line.strip_prefix("{\"time\":\"").unwrap().split_once('"').unwrap();
            assert_eq!(format!("{:.3}", time.parse::<jiff::Timestamp>().unwrap()), time);
            format!("{{T{rest}")
        }
        Style::Text { .. } => {
            let (time, rest) = line.split_once(' ').unwrap();
            assert_eq!(time.len(), "09:00:00".len());
            format!("T {rest}")
        }
    }
}

fn call() -> AccessLine<'static> {
    AccessLine {
        method: "POST",
        uri: "/v1/chat/completions?key=REDACTED",
        status: 200,
        latency: Duration::from_micros(12_345),
        first_byte: Some(Duration::from_nanos(800_400)),
        request_id: "r-1",
        provider: "openai-eu",
        model: "gpt-4o",
        attempts: 1,
        bytes_in: 120,
        bytes_out: 2048,
        user_agent: b"curl/8 \"x\"",
        remote_ip: Some([10, 0, 0, 7].into()),
        host: b"localhost:8080",
        stream: true,
        input_tokens: Some(9),
        output_tokens: Some(12),
        ..AccessLine::default()
    }
}

#[test]
fn a_call_is_one_json_line() {
    let lines = logged(Style::Json, Level::INFO, |handle| handle.access_log().write(&call()));
    assert_eq!(
        lines,
        r#"{T,"level":"INFO","msg":"REQUEST","method":"POST","uri":"/v1/chat/completions?key=REDACTED","status":200,"#
            .to_owned()
            + r#""latency_ms":12.345,"first_byte_ms":0.800,"request_id":"r-1","provider":"openai-eu","model":"gpt-4o","#
            + r#""attempts":1,"stream":true,"bytes_in":120,"bytes_out":2048,"input_tokens":9,"output_tokens":12,"#
            + r#""remote_ip":"10.0.0.7","host":"localhost:8080","user_agent":"curl/8 \"x\""}"#
            + "\n"
    );
}

#[test]
fn a_failed_call_names_its_error_and_leaves_out_what_is_unknown() {
    let line = AccessLine {
        method: "GET",
        uri: "/x",
        status: 404,
        error_code: "not_found",
        ..AccessLine::default()
    };
    let lines = logged(Style::Text { colour: false }, Level::INFO, |handle| handle.access_log().write(&line));
    assert_eq!(
        lines,
        "T INF REQUEST method=GET uri=/x status=404 latency_ms=0.000 stream=false bytes_in=0 bytes_out=0 \
         error_code=not_found\n"
    );
}

#[test]
fn events_carry_message_first_then_fields_then_spans() {
    let lines = logged(Style::Json, Level::INFO, |_| {
        let _span = tracing::info_span!("call", call.id = "c-1").entered();
        tracing::warn!(attempt.number = 2_u64, wait_ms = -1_i64, ok = false, ratio = 0.5, nan = f64::NAN, text = "a\nb",
            debug = ?Some(1), "attempt {} failed", 2);
        tracing::debug!("not written");
    });
    assert_eq!(
        lines,
        r#"{T,"level":"WARN","msg":"attempt 2 failed","attempt.number":2,"wait_ms":-1,"ok":false,"ratio":0.5,"#.to_owned()
            + r#""nan":"NaN","text":"a\nb","debug":"Some(1)","call.id":"c-1"}"#
            + "\n"
    );
}

#[test]
fn text_lines_quote_what_would_confuse_and_escape_the_terminal() {
    let lines = logged(Style::Text { colour: false }, Level::INFO, |_| {
        tracing::info!(a = "one two", b = "", c = "k=v", "hello \x1b[31m\"you\"\nforged line");
    });
    assert_eq!(lines, "T INF hello \\u001b[31m\"you\"\\nforged line a=\"one two\" b=\"\" c=\"k=v\"\n");
    let lines = logged(Style::Text { colour: true }, Level::INFO, |_| tracing::error!(a = 1_u64, "red"));
    assert_eq!(lines, "T \x1b[31mERR\x1b[0m red \x1b[2ma=\x1b[0m1\n");
}

#[test]
fn the_level_changes_while_running_for_events_and_calls() {
    let lines = logged(Style::Text { colour: false }, Level::WARN, |handle| {
        let say = |text: &str| tracing::info!("{text}");
        let access: AccessLog = handle.access_log();
        say("before");
        access.write(&call());
        handle.set_level(Level::INFO);
        say("after");
        handle.set_level(Level::ERROR);
        access.write(&call());
        say("at last");
    });
    assert_eq!(lines, "T INF after\n");
}

#[test]
fn libraries_chat_only_at_trace() {
    let chat = |_: &LogHandle| {
        tracing::info!(target: "hickory_resolver::config", "nothing new");
        tracing::warn!(target: "rustls::conn", "news");
    };
    assert_eq!(logged(Style::Text { colour: false }, Level::DEBUG, chat), "T WRN news\n");
    assert_eq!(logged(Style::Text { colour: false }, Level::TRACE, chat), "T INF nothing new\nT WRN news\n");
}

#[test]
fn a_call_line_costs_about_a_microsecond() {
    let sink = Sink::default();
    let handle = LogHandle { core: Core::start(sink, Style::Json, Level::INFO) };
    let (access, call) = (handle.access_log(), call());
    let start = std::time::Instant::now();
    for _ in 0..1000 {
        access.write(&call);
    }
    // A debug build on a loaded machine has two orders of magnitude of room; a write call per line would still fail.
    assert!(start.elapsed() < Duration::from_millis(200), "{:?} for 1000 lines", start.elapsed());
    assert_eq!(handle.dropped(), 0);
}
