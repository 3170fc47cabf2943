//! Reads a provider's list of models, entry by entry: an odd entry is skipped and counted, it fails nobody (B6).
//! In: one page of a listing, as bytes. Out: models with what their provider says of them, and where the next page is.
//! Forms: `{"data": […]}` (OpenAI), `{"models": […]}`, `{"result": […]}` (Cloudflare), or the bare array (Together, GitHub).

use bytes::Bytes;
use catalog::{DiscoveredModel, Metadata};
use dialects::json::{Kind, RawObject, RawValue};
use vocabulary::ModelId;

use super::extras;
use crate::definition::Extras;

/// One page of a list.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub models: Vec<DiscoveredModel>,
    /// For each model: the context it was trained with, where the form tells it.
    pub trained_contexts: Vec<Option<u64>>,
    pub skipped: usize,
    /// Where the next page begins.
    pub next: Option<NextPage>,
}

/// The member of the query that asks for the next page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NextPage {
    pub member: &'static str,
    pub value: String,
}

/// The body is no list of models.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotAList {
    #[error("the model list is not JSON: {0}")]
    Json(String),
    #[error("the model list is null")]
    Null,
    #[error("the answer has no list of models")]
    Missing,
}

pub(super) fn parse(body: &Bytes, form: Extras) -> Result<Page, NotAList> {
    let object = scan(body)?;
    let list = ["data", "models", "publisherModels", "result"]
        .iter()
        .find_map(|key| object.get(key))
        .ok_or(NotAList::Missing)?;
    match list.kind() {
        Kind::Array => {}
        Kind::Null => return Err(NotAList::Null),
        _ => return Err(NotAList::Missing),
    }
    let mut page = Page::default();
    for entry in list.elements() {
        match read(&entry, form) {
            Entry::Model(model) => {
                page.models.push(*model);
                page.trained_contexts.push(extras::trained_context(&entry, form));
            }
            Entry::Unusable => {}
            Entry::Odd => page.skipped += 1,
        }
    }
    page.next = next_page(&object, &page, form);
    Ok(page)
}

/// OpenAI and Anthropic name the last id of a page, under different names; Google gives a token.
fn next_page(object: &RawObject, page: &Page, form: Extras) -> Option<NextPage> {
    let text = |key: &str| {
        let value = object.get(key)?.as_str()?.into_owned();
        (!value.is_empty()).then_some(value)
    };
    if let Some(value) = text("nextPageToken") {
        return Some(NextPage { member: "pageToken", value });
    }
    if object.get("has_more").and_then(|more| more.as_bool()) != Some(true) {
        return None;
    }
    let value = text("last_id").or_else(|| page.models.last().map(|model| model.id.to_string()))?;
    let member = if form == Extras::Anthropic { "after_id" } else { "after" };
    Some(NextPage { member, value })
}

/// A bare array is read as the member of an object, so that one scanner serves all forms.
fn scan(body: &Bytes) -> Result<RawObject, NotAList> {
    let is_array = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let body = if is_array { [br#"{"data":"#, body.as_ref(), b"}"].concat().into() } else { body.clone() };
    RawObject::scan(body).map_err(|error| NotAList::Json(error.to_string()))
}

enum Entry {
    Model(Box<DiscoveredModel>),
    /// A model that cannot be called through this gateway.
    Unusable,
    Odd,
}

fn read(entry: &RawValue<'_>, form: Extras) -> Entry {
    if !extras::is_usable(entry, form) {
        return Entry::Unusable;
    }
    let text =
        |key: &str| entry.get(key).and_then(|value| value.as_str()).filter(|text| !text.trim().is_empty());
    // Cloudflare's `id` is a UUID beside the name that is called.
    let named = text("name").filter(|name| name.starts_with("@cf/") || name.starts_with("@hf/"));
    let Some(id) = named.or_else(|| text("id")).or_else(|| extras::resource_name(entry, form)) else {
        return Entry::Odd;
    };
    let mut model = DiscoveredModel::new(ModelId::new(extras::bare_id(&id, form)));
    let created = entry.get("created").and_then(|created| created.as_u64());
    model.created =
        created.and_then(|at| at.try_into().ok()).or_else(|| extras::created(entry, form)).unwrap_or(0);
    model.owned_by =
        extras::owner(form).map_or_else(|| text("owned_by").unwrap_or_default().into(), Into::into);
    model.metadata = match entry.get("metadata").filter(|value| value.kind() == Kind::Object) {
        Some(own) => match Metadata::from_json(own.raw()) {
            Ok(metadata) => Some(metadata),
            Err(_) => return Entry::Odd,
        },
        None => extras::metadata(entry, form),
    }
    .filter(|metadata| !metadata.is_empty());
    Entry::Model(Box::new(model))
}

#[cfg(test)]
mod tests;
