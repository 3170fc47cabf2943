//! The fixture's own promises: what a gateway must not leave behind makes its test fail, also when the test saw nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};

use blackbox::{Gate, Gateway, gateway, openai, upstream};

use crate::setup::one;

/// What the drop of a gateway complains about.
fn complaint(gateway: Gateway) -> String {
    let caught = catch_unwind(AssertUnwindSafe(|| drop(gateway))).expect_err("the drop finds nothing wrong");
    caught.downcast::<String>().map_or_else(|_| String::new(), |text| *text)
}

#[test]
fn a_gateway_that_dies_by_itself_fails_its_test() {
    let gateway = gateway().start();
    let killed = std::process::Command::new("kill").args(["-KILL", &gateway.pid().to_string()]).status();
    assert!(killed.expect("kill runs").success());
    gateway.eventually("it is gone", |gateway| {
        blackbox::Connection::open(gateway.address()).is_err().then_some(())
    });
    let complaint = complaint(gateway);
    assert!(complaint.contains("died during the test"), "{complaint}");
}

#[test]
fn a_planted_secret_in_the_log_fails_its_test() {
    let upstream = upstream().start();
    let gateway = one(&upstream);
    gateway.chat_request("gpt-4o").header("User-Agent", "sk-planted-openai-4f1d9c").send().expect_status(200);
    let complaint = complaint(gateway);
    assert!(complaint.contains("the log shows the secret"), "{complaint}");
}

#[test]
fn a_call_that_is_left_open_fails_its_test() {
    let gate = Gate::new();
    let upstream = upstream().chat([openai::chat_stream(&["a"]).gate(1, &gate)]).start();
    let gateway = one(&upstream);
    let mut stream = gateway.stream("gpt-4o");
    stream.next_frame();
    let complaint = complaint(gateway);
    assert!(complaint.contains("in_flight is 1") || complaint.contains("in_flight is 2"), "{complaint}");
}
