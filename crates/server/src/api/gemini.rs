//! Google's Gemini API on the client's side: generate, stream, count, embed, and the list of models (spec 03 §17).

use bytes::Bytes;
use catalog::Model;
use dialects::embeddings::EmbeddingsRequest;
use dialects::gemini::{OpenAiEmbeddings, embeddings_to_openai, write_count};
use dialects::ingress::{ClientRequest, scan_request};
use http::Uri;
use percent_encoding::percent_decode_str;
use pipeline::Operation;
use serde::Serialize;
use vocabulary::{ApiError, Code, ModelSelector};

use super::calls::{answer, answer_as, count, counted_reply, generate};
use crate::handler::Admitted;
use crate::reply::{Reply, json};
use crate::route::GeminiMethod;

/// What Google answers at most, and what it answers if nothing is asked for.
const MAX_PAGE: usize = 1000;
const DEFAULT_PAGE: usize = 50;

pub(super) async fn call(
    admitted: Admitted<'_>,
    model: &str,
    method: GeminiMethod,
) -> Result<Reply, ApiError> {
    let model = decoded(model);
    match method {
        GeminiMethod::Generate => {
            answer(admitted, |body| ClientRequest::gemini(body, &model, false).map(generate)).await
        }
        GeminiMethod::StreamGenerate => {
            let wants_array = query(&admitted.record.request().uri, "alt").as_deref() != Some("sse");
            let decode = |body| ClientRequest::gemini(body, &model, true).map(generate);
            answer_as(admitted, wants_array, decode).await
        }
        GeminiMethod::CountTokens => {
            let counted =
                count(admitted, |body| ClientRequest::gemini_to_count(body, &model).map(generate)).await?;
            Ok(counted_reply(write_count(counted.tokens), &counted))
        }
        GeminiMethod::Embed => answer(admitted, |body| embed(body, &model, false)).await,
        GeminiMethod::BatchEmbed => answer(admitted, |body| embed(body, &model, true)).await,
    }
}

fn embed(body: Bytes, model: &str, is_batch: bool) -> Result<Operation, ApiError> {
    let OpenAiEmbeddings { body, dropped } = embeddings_to_openai(&scan_request(body)?, model, is_batch)?;
    let request = EmbeddingsRequest::decode(body.into())?;
    Ok(Operation::GeminiEmbeddings { request, is_batch, dropped })
}

fn decoded(model: &str) -> String {
    percent_decode_str(model).decode_utf8_lossy().into_owned()
}

/// A member of the query, decoded.
fn query(uri: &Uri, name: &str) -> Option<String> {
    let pairs = uri.query().unwrap_or_default().split('&');
    let value = pairs.filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name)?.1;
    Some(percent_decode_str(value).decode_utf8_lossy().into_owned())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GeminiModel<'a> {
    name: String,
    display_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_token_limit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_token_limit: Option<u64>,
    supported_generation_methods: &'static [&'static str],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GeminiPage<'a> {
    models: Vec<GeminiModel<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<&'a str>,
}

pub(super) fn list(admitted: &Admitted<'_>) -> Result<Reply, ApiError> {
    let uri = &admitted.record.request().uri;
    let size = match query(uri, "pageSize") {
        Some(text) => text.parse::<usize>().ok().filter(|size| *size >= 1).ok_or_else(|| {
            ApiError::invalid_request("pageSize must be a positive number").with_param("pageSize")
        })?,
        None => DEFAULT_PAGE,
    };
    let size = size.min(MAX_PAGE);
    let snapshot = admitted.generation.house.registry.snapshot();
    let listed = if admitted.generation.lists_concrete_models { snapshot.listed() } else { &[] };
    // The token is the last id of the page before; the list is sorted.
    let start =
        query(uri, "pageToken").map_or(0, |last| listed.partition_point(|model| *model.qualified <= *last));
    let page = listed.get(start..).unwrap_or_default();
    let shown = page.get(..size).unwrap_or(page);
    let next_page_token =
        (shown.len() < page.len()).then(|| shown.last().map(|model| &*model.qualified)).flatten();
    encode(&GeminiPage { models: shown.iter().map(|model| describe(model)).collect(), next_page_token })
}

pub(super) fn get(admitted: &Admitted<'_>, id: &str) -> Result<Reply, ApiError> {
    let id = decoded(id);
    let unknown = || ApiError::new(Code::ModelNotFound, format!("unsupported model: {id}"));
    let selector = ModelSelector::parse(&id, None).map_err(|_| unknown())?;
    let snapshot = admitted.generation.house.registry.snapshot();
    let model = snapshot.find_listed(&selector).ok_or_else(unknown)?;
    encode(&describe(&model))
}

fn describe(model: &Model) -> GeminiModel<'_> {
    let metadata = model.metadata.as_deref();
    let modes = metadata.map(|metadata| metadata.modes.as_slice()).unwrap_or_default();
    let embeds = modes.iter().any(|mode| mode.as_str() == "embedding");
    GeminiModel {
        name: format!("models/{}", model.qualified),
        display_name: metadata
            .and_then(|metadata| metadata.display_name.as_deref())
            .unwrap_or(&model.qualified),
        input_token_limit: metadata.and_then(|metadata| metadata.context_window),
        output_token_limit: metadata.and_then(|metadata| metadata.max_output_tokens),
        supported_generation_methods: if embeds {
            &["embedContent", "batchEmbedContents"]
        } else {
            &["generateContent", "streamGenerateContent", "countTokens"]
        },
    }
}

fn encode(value: &impl Serialize) -> Result<Reply, ApiError> {
    serde_json::to_vec(value).map(json).map_err(|error| {
        ApiError::new(Code::InternalError, "an unexpected error occurred").with_detail(error.to_string())
    })
}
