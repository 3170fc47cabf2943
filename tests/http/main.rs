//! Black-box tests over HTTP, in one binary: one file per feature, each test named by what must hold.
//! In: the built `gomodel`, scripted upstreams. Out: what a client and an upstream see on the wire.
//! "Case 1-24" in a comment is acceptance case 24 of chapter 01 of the specification, "2-40" case 40 of chapter 02,
//! "3-§17 (2)" the second case of section 17 of chapter 03. "B4" is item 4 of the chapter's "Better than this", whose chapter
//! stands in front ("03-B4") where it is not the file's own.

mod auth;
mod base_path;
mod body_limits;
mod breaker;
mod byte_fidelity;
mod cancel;
mod chat;
mod cli;
mod compression;
mod config;
mod connections;
mod cors;
mod count_tokens;
mod demo;
mod dialects;
mod discovery;
mod embeddings;
mod errors;
mod fixture;
mod gemini_ingress;
mod head_options;
mod health;
mod hostile_input;
mod keys;
mod logs;
mod messages;
mod metrics;
mod models;
mod provider_table;
mod providers;
mod providers_env;
mod reload;
mod request_id;
mod responses;
mod retries;
mod routes;
mod sdk;
mod selection;
mod setup;
mod shutdown;
mod stream_faults;
mod streams;
mod thinking_loops;
mod translation;
