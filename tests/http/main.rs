//! Black-box tests over HTTP, in one binary: one file per feature, each test named by what must hold.
//! In: the built `gomodel`, scripted upstreams. Out: what a client and an upstream see on the wire.
//! "Case 1-24" in a comment is acceptance case 24 of chapter 01 of the specification, "2-40" case 40 of chapter 02.

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
mod demo;
mod discovery;
mod embeddings;
mod errors;
mod fixture;
mod head_options;
mod health;
mod hostile_input;
mod keys;
mod logs;
mod metrics;
mod models;
mod providers;
mod providers_env;
mod reload;
mod request_id;
mod retries;
mod routes;
mod sdk;
mod selection;
mod setup;
mod shutdown;
mod stream_faults;
mod streams;
