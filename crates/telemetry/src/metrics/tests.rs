use super::{BreakerState, CallLabels, GatewayMetrics, MetricsRegistry, StatusLabel, TokenCounts};
use std::time::Duration;

const CHAT: CallLabels<'static> =
    CallLabels { provider: "openai", model: Some("gpt-4o"), endpoint: "/v1/chat/completions", stream: true };

/// The text without the process's figures.
fn gateway_text(registry: &MetricsRegistry) -> String {
    let text = registry.encode().unwrap();
    text.lines().filter(|line| line.contains("gomodel_")).map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_exposition_text() {
    let registry = MetricsRegistry::new();
    let metrics = GatewayMetrics::new(&registry);
    let call = metrics.call(CHAT);
    let in_flight = (metrics.enter_connection(), metrics.enter_call(), call.enter());
    call.finished(StatusLabel::Code(200), Duration::from_millis(300));
    call.first_token(Duration::from_millis(200));
    call.stream_ended(Duration::from_secs(2));
    call.overhead(Duration::from_micros(80));
    call.tokens(TokenCounts { input: 10, output: 20, cached_input: 4, reasoning: 0 });
    metrics.provider("openai").breaker(BreakerState::Open);
    metrics.provider("openai").retried();
    metrics.route("/v1/chat/completions").answered(200);
    let text = gateway_text(&registry);
    // The members of these families come in the order of a hash map.
    let is_unordered = |line: &&str| {
        line.starts_with("gomodel_tokens_total{") || line.starts_with("gomodel_upstream_connections_total{")
    };
    let (mut unordered, ordered): (Vec<_>, Vec<_>) = text.lines().partition(is_unordered);
    unordered.sort_unstable();
    insta::assert_snapshot!("exposition", [ordered, unordered].concat().join("\n"));
    drop(in_flight);
    assert_eq!((metrics.calls_in_flight(), metrics.connections()), (0, 0));
    assert!(gateway_text(&registry).contains("gomodel_calls_in_flight 0\n"));
}

#[test]
fn acceptance_08_57_one_successful_call_is_one_sample() {
    let registry = MetricsRegistry::new();
    let metrics = GatewayMetrics::new(&registry);
    metrics.call(CallLabels { stream: false, ..CHAT }).finished(StatusLabel::Code(200), Duration::ZERO);
    let sample = "gomodel_requests_total{provider=\"openai\",model=\"gpt-4o\",endpoint=\"/v1/chat/completions\",\
        status_code=\"200\",status_type=\"success\",stream=\"false\"} 1\n";
    assert!(gateway_text(&registry).contains(sample), "{}", gateway_text(&registry));
}

#[test]
fn statuses_are_told_apart_and_nonsense_is_a_network_error() {
    let registry = MetricsRegistry::new();
    let call = GatewayMetrics::new(&registry).call(CHAT);
    for status in
        [StatusLabel::Code(418), StatusLabel::Code(418), StatusLabel::NetworkError, StatusLabel::Code(999)]
    {
        call.finished(status, Duration::ZERO);
    }
    let text = gateway_text(&registry);
    assert!(text.contains("status_code=\"418\",status_type=\"error\",stream=\"true\"} 2\n"), "{text}");
    assert!(
        text.contains("status_code=\"network_error\",status_type=\"error\",stream=\"true\"} 2\n"),
        "{text}"
    );
}

#[test]
fn the_same_labels_are_the_same_handle() {
    let metrics = GatewayMetrics::new(&MetricsRegistry::new());
    assert!(std::sync::Arc::ptr_eq(&metrics.call(CHAT), &metrics.call(CHAT)));
}

#[test]
fn invented_models_and_too_many_models_are_unknown() {
    let registry = MetricsRegistry::new();
    let metrics = GatewayMetrics::new(&registry);
    metrics.call(CallLabels { model: None, ..CHAT }).finished(StatusLabel::Code(404), Duration::ZERO);
    for number in 0..2000 {
        let model = format!("m{number}");
        metrics
            .call(CallLabels { model: Some(&model), ..CHAT })
            .finished(StatusLabel::Code(200), Duration::ZERO);
    }
    let text = gateway_text(&registry);
    let samples = text.lines().filter(|line| line.starts_with("gomodel_requests_total{")).count();
    assert_eq!(samples, super::gateway::MAX_MODELS + 2, "the known ones, and `unknown` with two statuses");
    assert!(text.contains("model=\"unknown\",endpoint=\"/v1/chat/completions\",status_code=\"200\""));
}

#[test]
fn a_metric_can_be_registered_from_outside() {
    let registry = MetricsRegistry::new();
    let counter = prometheus_client::metrics::counter::Counter::<u64>::default();
    registry.register(|registry| registry.register("gomodel_things", "Things", counter.clone()));
    counter.inc();
    assert!(gateway_text(&registry).contains("gomodel_things_total 1\n"));
}
