//! `GET /v1beta/models` and `GET /v1beta/models/{model}` (spec 03 §17): the list of 01 §11 in Google's words.
//! In: entries, sorted by id. Out: bodies. Invariant: a page begins after the id that its token names, so that pages stay right while
//! models come and go.

use vocabulary::ApiError;

use crate::json::{ObjectWriter, object};

/// The page that a client gets who asks for none.
const DEFAULT_PAGE: u64 = 50;
const MAX_PAGE: u64 = 1000;

/// A model as Google's list shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelEntry {
    /// The id, without `models/`.
    pub id: String,
    /// The name for people; the id if there is none.
    pub display_name: Option<String>,
    /// The most tokens of a prompt.
    pub input_token_limit: Option<u64>,
    /// The most tokens of an answer.
    pub output_token_limit: Option<u64>,
    /// It answers conversations.
    pub generates: bool,
    /// It makes embeddings.
    pub embeds: bool,
}

/// The page of a sorted list, and the token of the next one.
///
/// # Errors
/// 400 for a `pageSize` that is no whole number from 0.
pub fn page_of_models<'m>(
    all: &'m [ModelEntry],
    page_size: Option<&str>,
    page_token: Option<&str>,
) -> Result<(&'m [ModelEntry], Option<&'m str>), ApiError> {
    let size = match page_size.filter(|size| !size.is_empty()) {
        None => DEFAULT_PAGE,
        Some(size) => match size.parse() {
            Ok(0) => DEFAULT_PAGE,
            Ok(size) => MAX_PAGE.min(size),
            Err(_) => {
                return Err(
                    ApiError::invalid_request("pageSize must be a whole number").with_param("pageSize")
                );
            }
        },
    };
    let token = page_token.filter(|token| !token.is_empty());
    let start = token.map_or(0, |token| all.partition_point(|model| model.id.as_str() <= token));
    let rest = all.get(start..).unwrap_or_default();
    let page = rest.get(..usize::try_from(size).unwrap_or(usize::MAX)).unwrap_or(rest);
    let next = page.last().filter(|_| page.len() < rest.len()).map(|last| last.id.as_str());
    Ok((page, next))
}

/// The body of a list.
pub fn write_models(page: &[ModelEntry], next_page_token: Option<&str>) -> Vec<u8> {
    object(|out| {
        out.array("models", |models| {
            page.iter().for_each(|model| {
                models.object(|out| write_members(model, out));
            });
        });
        out.text("nextPageToken", next_page_token);
    })
}

/// The body of one model.
pub fn write_model(model: &ModelEntry) -> Vec<u8> {
    object(|out| write_members(model, out))
}

fn write_members(model: &ModelEntry, out: &mut ObjectWriter<'_>) {
    out.text("name", format!("models/{}", model.id).as_str());
    out.text("displayName", model.display_name.as_deref().unwrap_or(&model.id));
    out.number("inputTokenLimit", model.input_token_limit);
    out.number("outputTokenLimit", model.output_token_limit);
    out.array("supportedGenerationMethods", |methods| {
        let generating: &[&str] = &["generateContent", "streamGenerateContent", "countTokens"];
        let embedding: &[&str] = &["embedContent", "batchEmbedContents"];
        let named = [(model.generates, generating), (model.embeds, embedding)];
        let named = named.into_iter().filter(|(is_able, _)| *is_able).flat_map(|(_, names)| names);
        named.for_each(|name| {
            methods.text(name);
        });
    });
}
