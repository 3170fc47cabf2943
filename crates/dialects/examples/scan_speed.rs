//! How fast the hot paths of this crate are: `cargo run --release -p dialects --example scan_speed`.
//! Prints, per case, the best of many rounds: nanoseconds per call and, for large inputs, GB/s. No framework, no statistics:
//! the best round is what the code can do when nothing else runs.

use std::hint::black_box;
use std::time::Instant;

use bytes::Bytes;
use dialects::json::RawObject;
use dialects::openai_chat::{
    ChatRequest, StreamObserver, UsageWish, observe_whole, stamp_whole, strip_burst,
};
use dialects::sse::FrameSplitter;
use vocabulary::ProviderType;

const ROUNDS: usize = 200;

fn main() {
    requests();
    answers();
    streams();
}

fn requests() {
    let small = Bytes::from(small_call());
    let prose = "The quick brown fox jumps over the lazy dog, again and again. ";
    let code = "    if let Some(x) = y {\\n        println!(\\\"{x}\\\");\\n    }\\n";
    let bodies = [
        ("small call", small.clone()),
        ("1 MiB, one text", one_message(&prose.repeat((1 << 20) / prose.len()))),
        ("1 MiB, one text, Cyrillic", one_message(&"Съешь ещё этих мягких булок. ".repeat((1 << 20) / 52))),
        ("1 MiB, one text of code", one_message(&code.repeat((1 << 20) / code.len()))),
        ("1 MiB, 1 KiB messages", messages(1 << 20, 1024)),
        ("1 MiB, 100 B messages", messages(1 << 20, 100)),
        ("1 MiB, pretty printed", pretty(&messages(1 << 20, 100))),
        ("32 KiB, tool schemas", tools()),
    ];
    for (name, body) in &bodies {
        time(&format!("scan           {name}"), body.len(), || RawObject::scan(body.clone()).is_ok());
    }
    for (name, body) in &bodies {
        time(&format!("decode         {name}"), body.len(), || ChatRequest::decode(body.clone()).is_ok());
    }
    let Ok(request) = ChatRequest::decode(small) else { return println!("the small call is invalid") };
    time("edit for upstream, model only", 0, || {
        request.edit_for_upstream("gpt-4o-mini", UsageWish::AsSent).finish().len()
    });
    time("edit for upstream, with usage", 0, || {
        request.edit_for_upstream("gpt-4o-mini", UsageWish::Include).finish().len()
    });
}

fn answers() {
    let body = Bytes::from_static(
        br#"{"id":"chatcmpl-7f3","object":"chat.completion","created":1787000000,"model":"gpt-4o-2024-08-06","choices":[{"index":0,"message":{"role":"assistant","content":"Hello! How can I help you today?","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0}},"service_tier":"default"}"#,
    );
    let Ok(object) = RawObject::scan(body.clone()) else { return println!("the answer is invalid") };
    time("whole answer: scan", body.len(), || RawObject::scan(body.clone()).is_ok());
    time("whole answer: observe", body.len(), || observe_whole(&object).usage);
    time("whole answer: stamp", body.len(), || stamp_whole(&object, ProviderType("openai"), "gpt-4o").len());
    time("whole answer: scan, observe, stamp", body.len(), || {
        RawObject::scan(body.clone()).map(|object| {
            let usage = observe_whole(&object).usage;
            (usage, stamp_whole(&object, ProviderType("openai"), "gpt-4o").len())
        })
    });
}

fn streams() {
    let frame = |usage: &str| {
        format!(
            "data: {{\"id\":\"chatcmpl-7f3\",\"object\":\"chat.completion.chunk\",\"created\":1787000000,\"model\":\"gpt-4o\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\" token\"}},\"finish_reason\":null}}]{usage}}}\n\n"
        )
    };
    let plain = Bytes::from(frame("").repeat(24));
    let with_null = Bytes::from(frame(",\"usage\":null").repeat(24));
    time("24 frames: split", plain.len(), || split(&plain, |_| {}));
    let mut observer = StreamObserver::default();
    time("24 frames: split, observe", plain.len(), || {
        split(&plain, |burst| burst.frames().for_each(|frame| observer.see(frame)))
    });
    time("24 frames with usage null: split, observe", plain.len(), || {
        split(&with_null, |burst| burst.frames().for_each(|frame| observer.see(frame)))
    });
    time("24 frames with usage null: split, strip", with_null.len(), || {
        split(&with_null, |burst| drop(black_box(strip_burst(burst))))
    });
}

fn split(input: &Bytes, mut each: impl FnMut(&dialects::sse::Burst)) {
    let mut splitter = FrameSplitter::new(1 << 20);
    splitter.push(input.clone());
    while let Ok(Some(burst)) = splitter.next_burst() {
        each(&burst);
    }
}

fn time<T>(name: &str, bytes: usize, mut call: impl FnMut() -> T) {
    let repeats = if bytes > 1 << 16 { 1 } else { 200 };
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for _ in 0..repeats {
            black_box(call());
        }
        best = best.min(start.elapsed().as_secs_f64() / f64::from(repeats));
    }
    let speed = if bytes > 4096 { format!("{:8.2} GB/s", bytes as f64 / best / 1e9) } else { String::new() };
    println!("{name:<48} {bytes:>8} bytes {:>10.0} ns {speed}", best * 1e9);
}

fn small_call() -> String {
    let system =
        "You are a helpful assistant. Answer in one short sentence, in the language of the question.";
    let user = "What is the capital of France, and how many people lived there in the year 2020, roughly?";
    format!(
        r#"{{"model":"gpt-4o-mini","messages":[{{"role":"system","content":"{system}"}},{{"role":"user","content":"{user}"}}],"temperature":0.7,"max_tokens":256,"top_p":1,"stream":true,"user":"u-17","metadata":{{"trace":"3f2a"}},"seed":42,"presence_penalty":0.0,"frequency_penalty":0.1,"response_format":{{"type":"text"}}}}"#
    )
}

fn one_message(content: &str) -> Bytes {
    format!(r#"{{"model":"gpt-4o","messages":[{{"role":"user","content":"{content}"}}]}}"#).into()
}

fn messages(total: usize, each: usize) -> Bytes {
    let message = format!(r#"{{"role":"user","content":"{}"}}"#, "lorem ipsum ".repeat(each / 12));
    let all = vec![message.as_str(); total / message.len()].join(",");
    format!(r#"{{"model":"gpt-4o","messages":[{all}]}}"#).into()
}

fn pretty(body: &[u8]) -> Bytes {
    let value: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    serde_json::to_vec_pretty(&value).unwrap_or_default().into()
}

fn tools() -> Bytes {
    let tool = r#"{"type":"function","function":{"name":"get_weather","description":"Get the weather.","parameters":{"type":"object","properties":{"city":{"type":"string","description":"City"},"unit":{"type":"string","enum":["c","f"]},"days":{"type":"integer","minimum":1}},"required":["city"],"additionalProperties":false},"strict":true}}"#;
    let all = vec![tool; 32 * 1024 / tool.len()].join(",");
    format!(r#"{{"model":"gpt-4o","messages":[{{"role":"user","content":"hi"}}],"tools":[{all}]}}"#).into()
}
