//! `GET /v1/models` and `GET /v1/models/{id}`, as OpenAI lists models and, for a client that sends `anthropic-version`,
//! as Anthropic does (spec 01 §11, B9, B11).

use catalog::{Metadata, Model};
use http::Uri;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use vocabulary::{ApiError, ModelSelector};

use crate::handler::Admitted;
use crate::reply::{Reply, json};

const MAX_PAGE: usize = 1000;

#[derive(Serialize)]
struct OpenAiModel<'a> {
    id: &'a str,
    object: &'static str,
    owned_by: &'a str,
    created: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Metadata>,
}

#[derive(Serialize)]
struct OpenAiList<'a> {
    object: &'static str,
    data: Vec<OpenAiModel<'a>>,
}

#[derive(Serialize)]
struct AnthropicModel<'a> {
    r#type: &'static str,
    id: &'a str,
    display_name: &'a str,
    created_at: String,
}

#[derive(Serialize)]
struct AnthropicPage<'a> {
    data: Vec<AnthropicModel<'a>>,
    has_more: bool,
    first_id: Option<&'a str>,
    last_id: Option<&'a str>,
}

pub(super) fn list(admitted: &Admitted<'_>) -> Result<Reply, ApiError> {
    admitted.generation.house.settings.user_path_header.read(&admitted.record.request().headers)?;
    let snapshot = admitted.generation.house.registry.snapshot();
    let listed = if admitted.generation.lists_concrete_models { snapshot.listed() } else { &[] };
    if speaks_anthropic(admitted) {
        let page = Page::parse(&admitted.record.request().uri)?;
        return encode(&page.of(listed));
    }
    encode(&OpenAiList { object: "list", data: listed.iter().map(|model| openai(model)).collect() })
}

pub(super) fn get(admitted: &Admitted<'_>, id: &str) -> Result<Reply, ApiError> {
    let id = percent_decode_str(id).decode_utf8_lossy();
    let unknown = || ApiError::new(vocabulary::Code::ModelNotFound, format!("unsupported model: {id}"));
    let selector = ModelSelector::parse(&id, None).map_err(|_| unknown())?;
    let snapshot = admitted.generation.house.registry.snapshot();
    let model = snapshot.find_listed(&selector).ok_or_else(unknown)?;
    if speaks_anthropic(admitted) { encode(&anthropic(&model)) } else { encode(&openai(&model)) }
}

fn speaks_anthropic(admitted: &Admitted<'_>) -> bool {
    admitted.record.request().headers.get("anthropic-version").is_some_and(|version| !version.is_empty())
}

fn encode(value: &impl Serialize) -> Result<Reply, ApiError> {
    serde_json::to_vec(value).map(json).map_err(|error| {
        ApiError::new(vocabulary::Code::InternalError, "an unexpected error occurred")
            .with_detail(error.to_string())
    })
}

fn openai(model: &Model) -> OpenAiModel<'_> {
    OpenAiModel {
        id: &model.qualified,
        object: "model",
        owned_by: model.instance.as_str(),
        created: model.created,
        metadata: model.metadata.as_deref(),
    }
}

fn anthropic(model: &Model) -> AnthropicModel<'_> {
    let display_name = model.metadata.as_ref().and_then(|metadata| metadata.display_name.as_deref());
    let created = jiff::Timestamp::from_second(model.created).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    AnthropicModel {
        r#type: "model",
        id: &model.qualified,
        display_name: display_name.unwrap_or(&model.qualified),
        created_at: created.to_string(),
    }
}

/// Which part of the list an Anthropic client asks for.
#[derive(Default)]
struct Page {
    limit: Option<usize>,
    after_id: Option<String>,
    before_id: Option<String>,
}

impl Page {
    fn parse(uri: &Uri) -> Result<Self, ApiError> {
        let mut page = Self::default();
        for pair in uri.query().unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_decode_str(value).decode_utf8_lossy().into_owned();
            match name {
                "limit" => page.limit = Some(parse_limit(&value)?),
                "after_id" => page.after_id = Some(value),
                "before_id" => page.before_id = Some(value),
                _ => {}
            }
        }
        Ok(page)
    }

    fn of<'m>(&self, listed: &'m [std::sync::Arc<Model>]) -> AnthropicPage<'m> {
        let position = |id: &str| listed.partition_point(|model| &*model.qualified < id);
        let start =
            self.after_id.as_deref().map_or(0, |id| listed.partition_point(|model| &*model.qualified <= id));
        let end = self.before_id.as_deref().map_or(listed.len(), position).max(start);
        let window = listed.get(start..end).unwrap_or_default();
        let limit = self.limit.unwrap_or(window.len());
        let is_backwards = self.before_id.is_some() && self.after_id.is_none();
        let skipped = if is_backwards { window.len().saturating_sub(limit) } else { 0 };
        let data: Vec<_> = window.iter().skip(skipped).take(limit).map(|model| anthropic(model)).collect();
        AnthropicPage {
            has_more: data.len() < window.len(),
            first_id: data.first().map(|model| model.id),
            last_id: data.last().map(|model| model.id),
            data,
        }
    }
}

fn parse_limit(value: &str) -> Result<usize, ApiError> {
    let limit = value.parse().ok().filter(|limit| (1..=MAX_PAGE).contains(limit));
    limit.ok_or_else(|| {
        ApiError::invalid_request(format!("limit must be a number from 1 to {MAX_PAGE}")).with_param("limit")
    })
}
