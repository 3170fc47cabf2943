//! The question how many tokens a prompt has, for Anthropic's `count_tokens` (spec 04 B27).
//! In: a body that asks for an answer. Out: the members that can be counted; the endpoint refuses the others.
//! Source: Anthropic API reference, "Count tokens in a Message".

use crate::json::{RawObject, object};

const COUNTED: [&str; 7] =
    ["model", "messages", "system", "tools", "tool_choice", "thinking", "output_config"];

/// The body for `count_tokens`.
pub fn count_body(body: &RawObject) -> Vec<u8> {
    object(|out| {
        for member in body.members().filter(|member| COUNTED.iter().any(|known| member.is(known))) {
            out.raw(&member.key(), member.value().bytes());
        }
    })
}

#[cfg(test)]
mod tests {
    use super::count_body;
    use crate::json::RawObject;

    #[test]
    fn only_what_can_be_counted_is_asked_for() {
        let body =
            br#"{"model":"m","max_tokens":9,"messages":[1],"stream":true,"temperature":0.5,"system":"s"}"#;
        let body = RawObject::scan(body.to_vec().into()).unwrap();
        assert_eq!(count_body(&body), br#"{"model":"m","messages":[1],"system":"s"}"#);
    }
}
