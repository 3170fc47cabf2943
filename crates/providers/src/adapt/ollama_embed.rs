//! Ollama's own embeddings endpoint, both directions (spec 02 §4, case 33).
//! In: OpenAI's request; `{"embeddings": [[…]], "prompt_eval_count": n}` back. Out: the other one.
//! Numbers of vectors are copied as they are spelt. Source: <https://github.com/ollama/ollama/blob/main/docs/api.md>.

use bytes::Bytes;
use dialects::json::{Kind, Member, RawObject, push_quoted, quote};
use upstream::RequestBody;
use vocabulary::{ApiError, Code};

use super::embeddings::AnswerForm;

/// Spec 03 §10 fixes this text.
const NO_VECTORS: &str = "ollama embeddings returned no vectors; if this endpoint is an OpenAI-compatible server \
    (e.g. LM Studio), configure it as an \"openai\" or \"vllm\" provider instead of \"ollama\"";

/// Members that are either sent, or answered for by the gateway.
const UNDERSTOOD: [&str; 4] = ["model", "provider", "input", "encoding_format"];
/// Members that Ollama reads under the same name (03-B25).
const SHARED: [&str; 3] = ["dimensions", "truncate", "keep_alive"];

pub(super) fn request(
    object: &RawObject,
    model: &str,
) -> Result<(RequestBody, Vec<String>, AnswerForm), ApiError> {
    let input = object.get("input");
    let first = input.and_then(|input| input.elements().next());
    if first.is_some_and(|first| matches!(first.kind(), Kind::Number | Kind::Array)) {
        let text = "input must be text: this provider does not take tokens";
        return Err(ApiError::invalid_request(text).with_param("input"));
    }
    let empty = input.is_some_and(|input| input.kind() == Kind::Array && input.elements().next().is_none());
    let mut pieces = vec![
        Bytes::from_static(br#"{"model":"#),
        quote(model),
        Bytes::from_static(br#","input":"#),
        input.map_or_else(|| Bytes::from_static(b"null"), |input| input.slice()),
    ];
    for key in SHARED {
        if let Some(value) = object.get(key).filter(|value| !value.is_null()) {
            pieces.extend([Bytes::from(format!(",\"{key}\":")), value.slice()]);
        }
    }
    pieces.push(Bytes::from_static(b"}"));
    let is_known = |member: &Member<'_>| UNDERSTOOD.iter().chain(&SHARED).any(|key| member.is(key));
    let dropped = object
        .members()
        .filter(|member| !member.value().is_null() && !is_known(member))
        .map(|member| member.key().into_owned())
        .collect();
    Ok((pieces.into_iter().collect(), dropped, AnswerForm::OllamaEmbed { input_is_empty: empty }))
}

pub(super) fn answer(model: &str, answer: &Bytes, input_is_empty: bool) -> Result<Bytes, ApiError> {
    let object = RawObject::scan(answer.clone())
        .map_err(|error| invalid("invalid upstream response").with_detail(error.to_string()))?;
    let vectors: Vec<_> = object.get("embeddings").map(|list| list.elements().collect()).unwrap_or_default();
    if vectors.is_empty() && !input_is_empty {
        return Err(invalid(NO_VECTORS));
    }
    let tokens = object.get("prompt_eval_count").and_then(|count| count.as_u64()).unwrap_or(0);
    let mut text = Vec::with_capacity(answer.len() + vectors.len() * 48 + 128);
    text.extend_from_slice(br#"{"object":"list","data":["#);
    for (index, vector) in vectors.iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        text.extend_from_slice(format!(r#"{{"object":"embedding","index":{index},"embedding":"#).as_bytes());
        text.extend_from_slice(vector.bytes());
        text.push(b'}');
    }
    text.extend_from_slice(br#"],"model":"#);
    match object.get("model").filter(|model| model.kind() == Kind::String) {
        Some(named) => text.extend_from_slice(named.bytes()),
        None => push_quoted(&mut text, model),
    }
    text.extend_from_slice(
        format!(r#","usage":{{"prompt_tokens":{tokens},"total_tokens":{tokens}}}}}"#).as_bytes(),
    );
    Ok(text.into())
}

fn invalid(message: &'static str) -> ApiError {
    ApiError::new(Code::UpstreamInvalidResponse, message)
}

#[cfg(test)]
mod tests {
    use super::{answer, request};
    use bytes::Bytes;
    use dialects::json::RawObject;

    #[test]
    fn only_what_ollama_reads_is_sent() {
        let body = br#"{ "model":"ollama/nomic", "input": [ "a" , "b" ],"keep_alive":"5m","dimensions":64,"encoding_format":"base64","user":null,"x":1}"#;
        let object = RawObject::scan(Bytes::from_static(body)).unwrap();
        let (sent, dropped, _) = request(&object, "nomic").unwrap();
        let expected = br#"{"model":"nomic","input":[ "a" , "b" ],"dimensions":64,"keep_alive":"5m"}"#;
        assert_eq!(sent.slices().concat(), expected);
        assert_eq!(dropped, ["x"]);
    }

    #[test]
    fn b25_tokens_are_refused() {
        for input in ["[1,2]", "[[1],[2]]"] {
            let body = Bytes::from(format!(r#"{{"model":"m","input":{input}}}"#));
            let error = request(&RawObject::scan(body).unwrap(), "m").unwrap_err();
            assert_eq!((error.status(), error.param()), (400, Some("input")), "{input}");
        }
    }

    #[test]
    fn vectors_come_back_as_they_are_spelt() {
        let upstream =
            Bytes::from_static(br#"{"model":"nomic","embeddings":[[1.0,1e-3],[2,3]],"prompt_eval_count":7}"#);
        let expected = r#"{"object":"list","data":[{"object":"embedding","index":0,"embedding":[1.0,1e-3]},{"object":"embedding","index":1,"embedding":[2,3]}],"model":"nomic","usage":{"prompt_tokens":7,"total_tokens":7}}"#;
        assert_eq!(answer("n", &upstream, false).unwrap(), expected);
    }

    #[test]
    fn case_33_no_vector_is_an_error_unless_nothing_was_asked() {
        let none = Bytes::from_static(br#"{"embeddings":[]}"#);
        assert_eq!(answer("n", &none, false).unwrap_err().status(), 502);
        let empty = r#"{"object":"list","data":[],"model":"n","usage":{"prompt_tokens":0,"total_tokens":0}}"#;
        assert_eq!(answer("n", &none, true).unwrap(), empty);
        assert_eq!(answer("n", &Bytes::from_static(b"<html>"), true).unwrap_err().status(), 502);
    }
}
