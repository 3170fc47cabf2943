use http::{HeaderName, HeaderValue};
use runtime::Supervisor;
use upstream::HeaderList;

use super::{ANTHROPIC_BETA, names_flag};
use crate::definition::Auth;
use crate::fixture::declared;
use crate::instance::Instance;

// {"https://api.openai.com/auth":{"chatgpt_account_id":"acc-1"}}
const TOKEN: &str = "h.eyJodHRwczovL2FwaS5vcGVuYWkuY29tL2F1dGgiOnsiY2hhdGdwdF9hY2NvdW50X2lkIjoiYWNjLTEifX0.s";

fn made(file: &str) -> Instance {
    let mut declared = declared(&[], &format!("providers:\n  one:\n{file}"));
    assert_eq!(declared.skipped, []);
    Instance::new(declared.instances.remove(0), &Supervisor::new()).unwrap()
}

fn one(kind: &str, key: &str, further: &str) -> Instance {
    made(&format!("    type: {kind}\n    api_key: {key}\n    base_url: http://u/v1\n{further}"))
}

/// The headers that an attempt of the instance's first dialect adds for each key.
fn sent(instance: &Instance, before: &[(&'static str, &'static str)]) -> Vec<String> {
    let auth = instance.channels()[0].auth;
    let mut all = Vec::new();
    for key in &instance.settings.keys {
        let mut headers: HeaderList = before
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        let given = headers.len();
        instance.add_credentials(auth, Some(key), &mut headers).unwrap();
        all.extend(
            headers.iter().skip(given).map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())),
        );
    }
    all
}

#[test]
fn anthropic_takes_keys_and_subscription_tokens_each_in_its_way() {
    let file = "    type: anthropic\n    api_keys: [sk-ant-api, sk-ant-oat01]\n";
    let both =
        ["x-api-key: sk-ant-api", "authorization: Bearer sk-ant-oat01", "anthropic-beta: oauth-2025-04-20"];
    assert_eq!(sent(&made(file), &[]), both);
    // The flag joins the client's own, unless it is among them.
    let beta = |value| [("anthropic-beta", value)];
    assert_eq!(sent(&made(file), &beta("a,b")), both);
    for named in ["oauth-2025-04-20", "a, oauth-2025-04-20 ,b"] {
        assert_eq!(sent(&made(file), &beta(named)), both[..2], "{named}");
    }
}

#[test]
fn a_flag_is_a_whole_item_of_a_list() {
    let flag = HeaderValue::from_static("oauth-2025-04-20");
    let names = |values: &[&'static str]| {
        let values: Vec<HeaderValue> = values.iter().map(|value| HeaderValue::from_static(value)).collect();
        names_flag(&values, &flag)
    };
    assert!(names(&["a", "b,oauth-2025-04-20"]));
    assert!(
        !names(&[]) && !names(&["", ","]) && !names(&["oauth-2025-04-20x"]) && !names(&["Oauth-2025-04-20"])
    );
    assert_eq!(ANTHROPIC_BETA, "anthropic-beta");
}

#[test]
fn chatgpt_names_the_account_of_its_token() {
    let with_account = [format!("authorization: Bearer {TOKEN}"), "chatgpt-account-id: acc-1".to_owned()];
    assert_eq!(sent(&one("chatgpt", TOKEN, ""), &[]), with_account);
    assert_eq!(sent(&one("chatgpt", "opaque", ""), &[]), ["authorization: Bearer opaque"]);
    let error =
        one("chatgpt", TOKEN, "").add_credentials(Auth::ChatGpt, None, &mut HeaderList::new()).unwrap_err();
    let text = "missing ChatGPT access token; set CHATGPT_API_KEY to the token from your Codex sign-in";
    assert_eq!((error.status(), error.message()), (401, text));
    assert_eq!(declared(&[], "providers:\n  c:\n    type: chatgpt\n").skipped[0].reason, text);
}

#[test]
fn one_ring_serves_the_ways_of_every_dialect() {
    let instance = one("opencode_go", "k-1", "");
    let header = |auth| {
        let mut headers = HeaderList::new();
        instance.add_credentials(auth, instance.settings.keys.first(), &mut headers).unwrap();
        headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect::<Vec<_>>()
    };
    assert_eq!(header(instance.channels()[0].auth), ["authorization: Bearer k-1"]);
    assert_eq!(header(instance.channels()[1].auth), ["x-api-key: k-1"]);
}

#[test]
fn b25_the_configuration_decides_on_the_header_of_every_dialect() {
    let own = "    auth_header: X-Team-Key\n";
    assert_eq!(sent(&one("anthropic", "k", own), &[]), ["x-team-key: k"]);
    assert_eq!(sent(&one("openai", "k", "    auth_scheme: Key\n"), &[]), ["authorization: Key k"]);
    assert_eq!(sent(&one("openai", "k", "    headers: {Authorization: mine}\n"), &[]), Vec::<String>::new());
}

#[test]
fn google_cloud_sign_in_does_not_open_ai_studio() {
    let instance = one("gemini", "k", "    auth_type: gcp_adc\n");
    let key = instance.settings.keys.first();
    let error =
        instance.add_credentials(instance.channels()[0].auth, key, &mut HeaderList::new()).unwrap_err();
    assert_eq!(error.status(), 502);
    assert!(error.message().starts_with("invalid Gemini provider configuration: "), "{error:?}");
    one("gemini", "k", "    auth_type: api_key\n");
}

#[test]
fn credentials_are_never_shown() {
    let instance = one("anthropic", "sk-ant-oat-secret", "");
    assert!(!format!("{:?}", instance.plan.credentials).contains("secret"));
}
