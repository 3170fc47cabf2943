//! `:embedContent` and `:batchEmbedContents` to OpenAI's embeddings and back, requests and answers (spec 03 §17, 01 §10).
//! In: a scanned body of one API. Out: a body of the other, and what was left out. Invariant: numbers of vectors keep their spelling.
//! Source: Gemini API reference, "Embeddings"; OpenAI API reference, "Embeddings".

use vocabulary::{ApiError, Code};

use super::spelling::{count, expect, fields, fields_of_body, get, get_of_body, text};
use crate::embeddings::{Encoding, repair_encoding};
use crate::json::{Kind, RawObject, RawValue, object};
use crate::request::wrong_kind;

/// A client's request in OpenAI's words.
#[derive(Clone, Debug)]
pub struct OpenAiEmbeddings {
    /// The body.
    pub body: Vec<u8>,
    /// Paths of what OpenAI's API cannot say.
    pub dropped: Vec<String>,
}

/// What one request asks for.
#[derive(Default)]
struct Asked {
    texts: Vec<String>,
    dimensions: Option<u64>,
    dropped: Vec<String>,
}

/// A client's `:embedContent` or, with `is_batch`, `:batchEmbedContents`, for an upstream that speaks OpenAI's embeddings.
///
/// # Errors
/// 400 with the offending path as `param`.
pub fn embeddings_to_openai(
    body: &RawObject,
    model: &str,
    is_batch: bool,
) -> Result<OpenAiEmbeddings, ApiError> {
    let mut asked = Asked::default();
    if is_batch {
        let requests =
            get_of_body(body, "requests").ok_or_else(|| wrong_kind("requests", "must be an array"))?;
        expect(requests, Kind::Array, "requests")?;
        for (index, request) in requests.elements().enumerate() {
            let path = format!("requests[{index}]");
            expect(request, Kind::Object, &path)?;
            asked.read(fields(request), &format!("{path}."), index)?;
        }
        let others = fields_of_body(body).into_iter().filter(|(name, _)| name != "requests");
        asked.dropped.extend(others.map(|(name, _)| name.into_owned()));
    } else {
        asked.read(fields_of_body(body), "", 0)?;
    }
    let body = object(|out| {
        out.text("model", model);
        match (&asked.texts[..], is_batch) {
            ([text], false) => out.text("input", text.as_str()),
            (texts, _) => out.array("input", |input| {
                texts.iter().for_each(|text| {
                    input.text(text);
                })
            }),
        };
        out.number("dimensions", asked.dimensions);
    });
    Ok(OpenAiEmbeddings { body, dropped: asked.dropped })
}

impl Asked {
    fn read(
        &mut self,
        request: super::spelling::Fields<'_>,
        prefix: &str,
        index: usize,
    ) -> Result<(), ApiError> {
        let (mut said, mut dimensions) = (None, None);
        for (name, value) in request {
            let path = format!("{prefix}{name}");
            match &*name {
                "model" => {}
                "content" => said = Some(read_content(value, &path)?),
                "outputDimensionality" => dimensions = Some(count(value, &path)?),
                _ => self.dropped.push(path),
            }
        }
        let path = format!("{prefix}content");
        self.texts.push(said.ok_or_else(|| wrong_kind(path, "must be an object"))?);
        if index > 0 && dimensions != self.dimensions {
            let path = format!("{prefix}outputDimensionality");
            let message = "must be the same in all requests, as OpenAI's embeddings have one for all";
            return Err(
                ApiError::new(Code::UnsupportedTranslation, format!("{path}: {message}")).with_param(path)
            );
        }
        self.dimensions = dimensions;
        Ok(())
    }
}

fn read_content(content: RawValue<'_>, path: &str) -> Result<String, ApiError> {
    if let Some(text) = content.as_str() {
        return Ok(text.into_owned());
    }
    expect(content, Kind::Object, path)?;
    let mut joined = String::new();
    for (index, part) in get(content, "parts").into_iter().flat_map(|parts| parts.elements()).enumerate() {
        let path = format!("{path}.parts[{index}]");
        let said = get(part, "text").ok_or_else(|| wrong_kind(path.as_str(), "must have a text"))?;
        if !joined.is_empty() {
            joined.push('\n');
        }
        joined.push_str(&text(said, &format!("{path}.text"))?);
    }
    Ok(joined)
}

/// OpenAI's answer for a client of `:embedContent` or, with `is_batch`, `:batchEmbedContents`.
///
/// # Errors
/// 502 if the answer has no vectors.
pub fn embeddings_answer_from_openai(answer: &RawObject, is_batch: bool) -> Result<Vec<u8>, ApiError> {
    // Vectors in base64 become numbers, as Gemini has no other form.
    let mut edits = answer.edit();
    repair_encoding(&mut edits, Encoding::Float);
    let answer = RawObject::scan(edits.finish().concat().into()).map_err(|_| no_vectors())?;
    let data = answer.get("data").filter(|data| data.kind() == Kind::Array).ok_or_else(no_vectors)?;
    let mut vectors = Vec::new();
    for (position, element) in data.elements().enumerate() {
        let vector = element.get("embedding").filter(|vector| vector.kind() == Kind::Array);
        let index = element.get("index").and_then(|index| index.as_u64()).unwrap_or(position as u64);
        vectors.push((index, vector.ok_or_else(no_vectors)?));
    }
    vectors.sort_by_key(|(index, _)| *index);
    if is_batch {
        return Ok(object(|out| {
            out.array("embeddings", |listed| {
                for (_, vector) in &vectors {
                    listed.object(|embedding| {
                        embedding.raw("values", vector.bytes());
                    });
                }
            });
        }));
    }
    let (_, vector) = vectors.first().ok_or_else(no_vectors)?;
    Ok(object(|out| {
        out.object("embedding", |embedding| {
            embedding.raw("values", vector.bytes());
        });
    }))
}

fn no_vectors() -> ApiError {
    ApiError::new(Code::UpstreamInvalidResponse, "upstream answered without embeddings")
}
