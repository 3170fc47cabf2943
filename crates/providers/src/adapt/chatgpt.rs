//! The body of a call to the ChatGPT backend: a closed list of members of the Responses dialect, and a stream always.
//! In: a Responses body, the client's or a translated one. Out: edits, and the names of what was left out.
//! Invariant: `stream` is true, `store` is false, `input` is a list. Source: spec 03 §11.2, 03-B26.

use bytes::Bytes;
use dialects::json::{Edits, Kind, RawObject};
use vocabulary::ApiError;

const MEMBERS: [&str; 11] = [
    "model",
    "input",
    "instructions",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning",
    "text",
    "include",
    "prompt_cache_key",
    // Settled by the gateway, and so not dropped.
    "stream",
];

/// Brings a body into the backend's form; the answer names what was left out, in the order of the request.
///
/// # Errors
/// 400 `responses input is required`.
pub fn edit<'a>(object: &'a RawObject, edits: &mut Edits<'a>) -> Result<Vec<String>, ApiError> {
    let input = object.get("input").filter(|input| !input.is_null());
    let input =
        input.ok_or_else(|| ApiError::invalid_request("responses input is required").with_param("input"))?;
    if input.kind() == Kind::String {
        let text = input.bytes();
        let before = br#"[{"type":"message","role":"user","content":[{"type":"input_text","text":"#;
        edits.set("input", Bytes::from([before, text, b"}]}]"].concat()));
    }
    let mut dropped: Vec<String> = Vec::new();
    for member in object.members().filter(|member| !MEMBERS.iter().any(|known| member.is(known))) {
        let key = member.key();
        edits.remove(&key);
        let value = member.value();
        // `store: false` is what is sent; `provider` was meant for the gateway.
        let is_heeded = value.is_null()
            || (key == "store" && value.as_bool() == Some(false))
            || (key == "provider" && value.kind() == Kind::String);
        if !is_heeded && !dropped.iter().any(|known| *known == key) {
            dropped.push(key.into_owned());
        }
    }
    edits.set("stream", Bytes::from_static(b"true"));
    edits.append("store", Bytes::from_static(b"false"));
    Ok(dropped)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use dialects::json::{RawObject, quote};

    use super::edit;

    fn edited(body: &str) -> Result<(String, Vec<String>), String> {
        let object = RawObject::scan(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        let mut edits = object.edit();
        edits.set("model", quote("gpt-5.5"));
        let dropped = edit(&object, &mut edits).map_err(|error| error.message().to_owned())?;
        Ok((String::from_utf8(edits.finish().concat()).unwrap(), dropped))
    }

    #[test]
    fn case_34_of_02_only_the_listed_members_are_sent() {
        let body = r#"{"model":"chatgpt/x","temperature":0.2,"input":"h\u0069","instructions":"i","tools":[],"tool_choice":"auto","parallel_tool_calls":true,"reasoning":{"effort":"low","summary":"auto"},"text":{},"include":["a"],"prompt_cache_key":"k","top_p":null,"store":true,"stream":false,"max_output_tokens":5,"user":"u","x":1,"x":2,"provider":"chatgpt"}"#;
        let expected = r#"{"model":"gpt-5.5","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"h\u0069"}]}],"instructions":"i","tools":[],"tool_choice":"auto","parallel_tool_calls":true,"reasoning":{"effort":"low","summary":"auto"},"text":{},"include":["a"],"prompt_cache_key":"k","stream":true,"store":false}"#;
        let (sent, dropped) = edited(body).unwrap();
        assert_eq!(sent, expected);
        assert_eq!(dropped, ["temperature", "store", "max_output_tokens", "user", "x"]);
    }

    #[test]
    fn a_list_stays_as_it_is_and_nothing_asked_is_dropped() {
        let (sent, dropped) = edited(r#"{"model":"m","input":[ 1 ],"store":false}"#).unwrap();
        assert_eq!(sent, r#"{"model":"gpt-5.5","input":[ 1 ],"stream":true,"store":false}"#);
        assert_eq!(dropped, Vec::<String>::new());
    }

    #[test]
    fn without_input_nothing_is_sent() {
        for body in [r#"{"model":"m"}"#, r#"{"model":"m","input":null}"#] {
            assert_eq!(edited(body).unwrap_err(), "responses input is required");
        }
    }
}
