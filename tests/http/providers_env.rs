//! How providers are declared: by variables, by the file, by both (spec 02 §§1.1–1.5).

use blackbox::{Builder, Gateway, Upstream, gateway, upstream};

/// A variable `<prefix>_BASE_URL` that leads to the upstream.
fn at(builder: Builder, prefix: &str, upstream: &Upstream) -> Builder {
    builder.env(&format!("{prefix}_BASE_URL"), &upstream.base_url())
}

fn credentials(upstream: &Upstream, path: &str) -> Vec<String> {
    let seen = upstream.requests_to(path);
    seen.iter().filter_map(|seen| seen.header("authorization").map(str::to_owned)).collect()
}

#[track_caller]
fn wait_for_models(gateway: &Gateway, ids: &[&str]) {
    gateway.eventually(&format!("the models {ids:?}"), |gateway| (gateway.model_ids() == ids).then_some(()));
}

#[test]
fn one_key_and_one_url_make_a_provider() {
    // Case 2-1.
    let upstream = upstream().start();
    let gateway = at(gateway().env("OPENAI_API_KEY", "k1"), "OPENAI", &upstream).start();
    let listing = upstream.wait_for(1, "/v1/models").remove(0);
    assert_eq!(listing.header("authorization"), Some("Bearer k1"));
    wait_for_models(&gateway, &["openai/gpt-4o"]);
}

#[test]
fn a_suffix_names_the_instance() {
    // Cases 2-2, 2-3.
    let upstream = upstream().start();
    let builder = at(gateway().env("OPENAI_EAST_US_API_KEY", "k"), "OPENAI_EAST_US", &upstream);
    let builder = at(builder.env("OPENAI_REGION_2_API_KEY", "r"), "OPENAI_REGION_2", &upstream);
    let gateway = builder.start();
    wait_for_models(&gateway, &["openai-east-us/gpt-4o", "openai-region-2/gpt-4o"]);
    let list = gateway.get("/v1/models").send().json();
    assert_eq!(list["data"][0]["owned_by"], "openai-east-us");
    gateway.chat("openai-region-2/gpt-4o").expect_status(200);
    gateway.chat("openai-region-2/gpt-4o").expect_status(200);
    assert_eq!(credentials(&upstream, "/v1/chat/completions"), ["Bearer r", "Bearer r"]);
}

#[test]
fn numbered_keys_rotate_in_their_order() {
    // Case 2-4: the offset depends on discovery.
    let upstream = upstream().start();
    let builder =
        gateway().env("OPENAI_API_KEY", "a").env("OPENAI_API_KEY_2", "b").env("OPENAI_API_KEY_10", "j");
    let builder = builder.env("OPENAI_API_KEY_0", "zero").env("OPENAI_SESSION_STICKY_KEYS", "false");
    let gateway = at(builder, "OPENAI", &upstream).start();
    wait_for_models(&gateway, &["openai/gpt-4o"]);
    for _ in 0..4 {
        gateway.chat("gpt-4o").expect_status(200);
    }
    let keys = credentials(&upstream, "/v1/chat/completions").join(",").replace("Bearer ", "");
    assert!("a,b,j,a,b,j".contains(&keys), "{keys}");
}

#[test]
fn a_second_key_alone_is_a_key() {
    // Case 2-5.
    let upstream = upstream().start();
    let gateway = at(gateway().env("OPENAI_API_KEY_2", "b"), "OPENAI", &upstream).start();
    wait_for_models(&gateway, &["openai/gpt-4o"]);
    assert_eq!(credentials(&upstream, "/v1/models"), ["Bearer b"]);
}

#[test]
fn unresolved_keys_are_dropped_and_a_provider_without_keys_is_named() {
    // Cases 2-6, 2-7.
    let upstream = upstream().start();
    let url = upstream.base_url();
    let yaml = format!(
        "providers:\n  gone: {{type: openai, base_url: \"{url}\", api_key: \"pre-${{NOPE}}\"}}\n  kept:\n    type: openai\n    base_url: \"{url}\"\n    api_keys: [\"${{NOPE}}\", \"x\"]\n"
    );
    let gateway = gateway().config_yaml(&yaml).start();
    wait_for_models(&gateway, &["kept/gpt-4o"]);
    gateway.chat("kept/gpt-4o").expect_status(200);
    assert_eq!(credentials(&upstream, "/v1/chat/completions"), ["Bearer x"]);
    gateway.wait_for_log(&["gone"]);
}

#[test]
fn variables_overlay_the_only_block_of_their_type() {
    // Case 2-8.
    let upstream = upstream().start();
    let yaml =
        format!("providers:\n  main: {{type: openai, base_url: \"{}\", api_key: y}}\n", upstream.base_url());
    let gateway = gateway().config_yaml(&yaml).env("OPENAI_API_KEY", "e").start();
    wait_for_models(&gateway, &["main/gpt-4o"]);
    assert_eq!(credentials(&upstream, "/v1/models"), ["Bearer e"]);
}

#[test]
fn variables_that_could_mean_two_blocks_are_not_applied_silently() {
    // Case 2-9; ours: an ambiguous group is an error (08-B27) or at least named.
    let upstream = upstream().start();
    let url = upstream.base_url();
    let yaml = format!(
        "providers:\n  a: {{type: openai, base_url: \"{url}\", api_key: ya}}\n  b: {{type: openai, base_url: \"{url}\", api_key: yb}}\n"
    );
    let output = gateway().config_yaml(&yaml).env("OPENAI_API_KEY", "e").run_once(&["check-config"]);
    let text =
        String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("openai") && text.contains("several"), "{text}");
}

#[test]
fn a_type_that_needs_a_url_is_not_made_from_a_key_alone() {
    // Case 2-10.
    let gateway = gateway().env("AZURE_API_KEY", "k").start();
    gateway.wait_for_log(&["azure"]);
    assert!(gateway.model_ids().is_empty());
}

#[test]
fn a_local_server_needs_no_key() {
    // Case 2-11.
    let upstream = upstream().models(&["m"]).start();
    let gateway = at(gateway(), "VLLM", &upstream).start();
    wait_for_models(&gateway, &["vllm/m"]);
    gateway.chat("vllm/m").expect_status(200);
    assert!(upstream.requests().iter().all(|seen| seen.header("authorization").is_none()));
}

#[test]
fn an_unknown_key_of_a_block_stops_the_start_unless_strictness_is_off() {
    // Case 2-13.
    let upstream = upstream().start();
    let yaml = format!(
        "providers:\n  p: {{type: openai, base_url: \"{}\", api_key: k, retrys: 1}}\n",
        upstream.base_url()
    );
    let output = gateway().config_yaml(&yaml).start_fails();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("retrys"), "{text}");
    let gateway = gateway().config_yaml(&yaml).env("CONFIG_STRICT", "false").start();
    gateway.wait_for_log(&["retrys"]);
    wait_for_models(&gateway, &["p/gpt-4o"]);
}

#[test]
fn a_dotenv_file_declares_and_real_variables_win() {
    let upstream = upstream().start();
    let dotenv = format!("OPENAI_API_KEY=from-file\nOPENAI_BASE_URL={}\n", upstream.base_url());
    let gateway = gateway().dotenv(&dotenv).env("OPENAI_API_KEY", "from-process").start();
    wait_for_models(&gateway, &["openai/gpt-4o"]);
    assert_eq!(credentials(&upstream, "/v1/models"), ["Bearer from-process"]);
}

#[test]
fn a_trailing_slash_or_a_full_endpoint_is_a_base_url_too() {
    // 02-B21.
    for suffix in ["/", "/chat/completions"] {
        let upstream = upstream().start();
        let url = format!("{}{suffix}", upstream.base_url());
        let gateway = gateway().env("OPENAI_API_KEY", "k").env("OPENAI_BASE_URL", &url).start();
        wait_for_models(&gateway, &["openai/gpt-4o"]);
        gateway.chat("gpt-4o").expect_status(200);
        assert_eq!(upstream.only_chat().target, "/v1/chat/completions");
    }
}

#[test]
fn an_unknown_type_does_not_stop_the_others() {
    let upstream = upstream().start();
    let yaml = format!(
        "providers:\n  odd: {{type: nosuch, api_key: k}}\n  p: {{type: openai, base_url: \"{}\", api_key: k}}\n",
        upstream.base_url()
    );
    let gateway = gateway().config_yaml(&yaml).start();
    wait_for_models(&gateway, &["p/gpt-4o"]);
    gateway.wait_for_log(&["odd"]);
}
