//! Connections on both sides: kept, reused, closed when asked to (spec 01 §§1.1, 13; `DESIGN.md`, traps).

use blackbox::{At, Cut, Provider, gateway, openai, upstream};

use crate::setup::one;

#[test]
fn calls_one_after_the_other_share_upstream_connections() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let listed = upstream.accepted_connections();
    let mut client = gateway.chat_request("gpt-4o").begin();
    for index in 0..20 {
        assert_eq!(client.read_answer("POST").expect("an answer").status(), 200);
        let next =
            if index % 2 == 0 { gateway.stream_request("gpt-4o") } else { gateway.chat_request("gpt-4o") };
        client.write(&next.wire()).expect("the connection stays open");
    }
    assert_eq!(client.read_answer("POST").expect("an answer").status(), 200);
    let opened = upstream.accepted_connections() - listed;
    assert!(opened <= 1, "{opened} connections for 21 calls in a row");
}

#[test]
fn a_broken_answer_costs_its_connection_and_no_other() {
    let replies = [openai::chat("a"), openai::chat("b").cut(At::InsideBody, Cut::Close), openai::chat("c")];
    let upstream = upstream().chat(replies).start();
    let gateway = one(&upstream);
    let statuses: Vec<u16> = (0..4).map(|_| gateway.chat("gpt-4o").status()).collect();
    assert_eq!(statuses, [200, 502, 200, 200]);
}

#[test]
fn pipelined_calls_are_answered_in_their_order() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let ids = ["p-0", "p-1", "p-2", "p-3"];
    let wires = ids.map(|id| gateway.chat_request("gpt-4o").header("X-Request-ID", id).wire());
    let mut client = gateway.connect();
    client.write(&wires.concat()).expect("four calls at once");
    for id in ids {
        let answer = client.read_answer("POST").expect("an answer").expect_status(200);
        assert_eq!(answer.header("x-request-id"), Some(id));
    }
}

#[test]
fn a_client_that_wants_to_close_is_closed_after_its_answer() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    for request in [gateway.chat_request("gpt-4o"), gateway.stream_request("gpt-4o"), gateway.get("/health")]
    {
        let mut client = gateway.connect();
        client.write(&request.header("Connection", "close").wire()).expect("a call");
        let bytes = client.read_to_close().expect("the gateway closes");
        assert!(bytes.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn an_http_1_0_client_gets_an_unchunked_answer() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let body = r#"{"model":"gpt-4o","stream":true}"#;
    let head = format!("POST /v1/chat/completions HTTP/1.0\r\nContent-Length: {}\r\n\r\n", body.len());
    let mut client = gateway.connect();
    client.write(format!("{head}{body}").as_bytes()).expect("a call");
    let text = String::from_utf8(client.read_to_close().expect("the gateway closes")).expect("text");
    let (head, answer) = text.split_once("\r\n\r\n").expect("a head");
    assert!(!head.to_lowercase().contains("transfer-encoding"), "{head}");
    assert!(answer.starts_with("data: {") && answer.ends_with("data: [DONE]\n\n"), "{answer}");
}

#[test]
fn a_client_that_waits_for_100_continue_is_told_to_go_on() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    let body = r#"{"model":"gpt-4o"}"#;
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut client = gateway.connect();
    client.write(head.as_bytes()).expect("a head");
    assert!(client.read_exactly(b"HTTP/1.1 100 Continue\r\n\r\n"), "no interim answer");
    client.write(body.as_bytes()).expect("a body");
    client.read_answer("POST").expect("an answer").expect_status(200);
}

#[test]
fn interim_answers_of_an_upstream_are_skipped() {
    let body = openai::completion("hi").to_string();
    let wire = format!(
        "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let upstream = upstream().chat([blackbox::Reply::raw(wire)]).start();
    assert!(one(&upstream).chat("gpt-4o").expect_status(200).text().contains("hi"));
}

#[test]
fn sixty_four_clients_at_once_are_all_served() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    std::thread::scope(|scope| {
        for client in 0..64 {
            let gateway = &gateway;
            scope.spawn(move || {
                for _ in 0..5 {
                    if client % 2 == 0 {
                        gateway.chat("gpt-4o").expect_status(200);
                    } else {
                        let last = gateway.stream("gpt-4o").rest_texts().pop();
                        assert_eq!(last.as_deref(), Some("data: [DONE]"));
                    }
                }
            });
        }
    });
    assert_eq!(upstream.chats().len(), 320);
}

#[test]
fn one_provider_can_have_its_own_deadlines() {
    // 02-B16.
    let silent = openai::chat("x").cut(At::BeforeHead, Cut::Silence);
    let (slow, other) = (upstream().chat([silent.clone()]).start(), upstream().models(&["m"]).start());
    let provider = Provider::new("slow").at(&slow).yaml("timeouts: {response_header: 200ms}");
    let gateway = gateway().with(provider).provider("other", &other).start();
    assert_eq!(gateway.chat("slow/gpt-4o").error(504).code.as_deref(), Some("upstream_timeout"));
    gateway.chat("other/m").expect_status(200);
}

#[test]
fn a_priority_decides_who_owns_a_bare_name() {
    // 02-B4.
    let (a, b) = (upstream().start(), upstream().start());
    let gateway = gateway().provider("a", &a).with(Provider::new("b").at(&b).yaml("priority: 1")).start();
    gateway.chat("gpt-4o").expect_status(200);
    assert_eq!((a.chats().len(), b.chats().len()), (0, 1));
}

#[test]
fn the_total_of_all_tries_has_a_limit() {
    // 02-B13: `retry.max_elapsed`.
    let upstream = upstream().chat([openai::error(503, "down", "x")]).start();
    let yaml = "resilience: {retry: {max_retries: 100, initial_backoff: 50ms, max_backoff: 50ms, max_elapsed: 400ms}}";
    let gateway = gateway().with(Provider::new("openai").at(&upstream).yaml(yaml)).start();
    gateway.chat("gpt-4o").error(503);
    let calls = upstream.chats();
    let took = calls[calls.len() - 1].at - calls[0].at;
    assert!(calls.len() > 2 && took.as_millis() < 1500, "{} tries in {took:?}", calls.len());
}
