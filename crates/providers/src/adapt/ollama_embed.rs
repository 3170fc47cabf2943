//! Ollama's own embeddings endpoint, both directions (spec 02 §4, case 33).
//! In: OpenAI's request; `{"embeddings": [[…]], "prompt_eval_count": n}` back. Out: the other one.
//! Numbers of vectors are copied as they are spelt. Source: <https://github.com/ollama/ollama/blob/main/docs/api.md>.

use bytes::Bytes;
use dialects::json::{Kind, RawObject, push_quoted, quote};
use upstream::RequestBody;
use vocabulary::{ApiError, Code};

use super::embeddings::AnswerForm;

/// Members that are either sent, or answered for by the gateway.
const UNDERSTOOD: [&str; 4] = ["model", "provider", "input", "encoding_format"];

pub(super) fn request(object: &RawObject, model: &str) -> (RequestBody, Vec<String>, AnswerForm) {
    let input = object.get("input");
    let empty = input.is_some_and(|input| input.kind() == Kind::Array && input.elements().next().is_none());
    let pieces = [
        Bytes::from_static(br#"{"model":"#),
        quote(model),
        Bytes::from_static(br#","input":"#),
        input.map_or_else(|| Bytes::from_static(b"null"), |input| input.slice()),
        Bytes::from_static(b"}"),
    ];
    let dropped = object
        .members()
        .filter(|member| !member.value().is_null() && !UNDERSTOOD.iter().any(|key| member.is(key)))
        .map(|member| member.key().into_owned())
        .collect();
    (pieces.into_iter().collect(), dropped, AnswerForm::OllamaEmbed { input_is_empty: empty })
}

pub(super) fn answer(model: &str, answer: &Bytes, input_is_empty: bool) -> Result<Bytes, ApiError> {
    let object = RawObject::scan(answer.clone())
        .map_err(|error| invalid("invalid upstream response").with_detail(error.to_string()))?;
    let vectors: Vec<_> = object.get("embeddings").map(|list| list.elements().collect()).unwrap_or_default();
    if vectors.is_empty() && !input_is_empty {
        return Err(invalid(
            "ollama returned no embeddings; if the server behind this address is not Ollama, declare it as openai or vllm",
        ));
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
    fn only_model_and_input_are_sent() {
        let body = br#"{ "model":"ollama/nomic", "input": [ "a" , "b" ],"dimensions":64,"encoding_format":"base64","user":null}"#;
        let object = RawObject::scan(Bytes::from_static(body)).unwrap();
        let (sent, dropped, _) = request(&object, "nomic");
        assert_eq!(sent.slices().concat(), br#"{"model":"nomic","input":[ "a" , "b" ]}"#);
        assert_eq!(dropped, ["dimensions"]);
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
