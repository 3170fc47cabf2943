//! Every ordered pair of different dialects, through every case, against its snapshots.

use vocabulary::Dialect::{self, AnthropicMessages, Gemini, OpenAiChat, OpenAiResponses};

use crate::cases::{CASES, short_name};
use crate::run::run;

/// Compares all cases of a pair, and says at the end which differ.
fn check(client: Dialect, provider: Dialect) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut wrong = Vec::new();
    for case in CASES {
        let Some(text) = run(case, client, provider) else { continue };
        let name = format!("{}_{}_{}", short_name(client), short_name(provider), case.name);
        let compare = || settings.bind(|| insta::assert_snapshot!(name, text));
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(compare)).is_err() {
            wrong.push(case.name);
        }
    }
    assert!(wrong.is_empty(), "{} to {}: {wrong:?}", client.title(), provider.title());
}

macro_rules! pairs {
    ($($name:ident: $client:expr => $provider:expr;)+) => {
        $(#[test] fn $name() { check($client, $provider); })+
    };
}

pairs! {
    chat_to_responses: OpenAiChat => OpenAiResponses;
    chat_to_messages: OpenAiChat => AnthropicMessages;
    chat_to_gemini: OpenAiChat => Gemini;
    responses_to_chat: OpenAiResponses => OpenAiChat;
    responses_to_messages: OpenAiResponses => AnthropicMessages;
    responses_to_gemini: OpenAiResponses => Gemini;
    messages_to_chat: AnthropicMessages => OpenAiChat;
    messages_to_responses: AnthropicMessages => OpenAiResponses;
    messages_to_gemini: AnthropicMessages => Gemini;
    gemini_to_chat: Gemini => OpenAiChat;
    gemini_to_responses: Gemini => OpenAiResponses;
    gemini_to_messages: Gemini => AnthropicMessages;
}
