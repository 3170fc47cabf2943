//! Further vendors that speak OpenAI's dialect (B25): addresses and the members that they name or refuse differently.
//! Sources: each vendor's API reference, named at its row.

use vocabulary::ProviderType;

use crate::definition::{
    ChatEdits, Definition, Embeddings, Extras, Listing, ListingPlace, ReasoningIds, Rename,
};
use crate::spoken::{Offered, Spoken, SpokenPath};

// https://docs.mistral.ai/api: unknown members are refused; streams report usage unasked.
pub(super) const MISTRAL: Definition = Definition {
    kind: ProviderType("mistral"),
    base_url: Some("https://api.mistral.ai/v1"),
    embeddings: Embeddings::Native,
    chat: ChatEdits {
        renames: &[
            Rename { from: "max_completion_tokens", to: "max_tokens" },
            Rename { from: "seed", to: "random_seed" },
        ],
        drops: &["stream_options", "logit_bias", "logprobs", "top_logprobs", "user", "service_tier", "store"],
        usage_on_request: false,
        ..ChatEdits::PLAIN
    },
    ..Definition::OPENAI_COMPATIBLE
};

// https://docs.together.ai/docs/inference/openai-compatibility: the list of models is a bare array.
pub(super) const TOGETHER: Definition = Definition {
    kind: ProviderType("together"),
    base_url: Some("https://api.together.ai/v1"),
    dialects: &[Spoken::SAMPLING_CHAT, Spoken::RESPONSES_IF_NATIVE],
    embeddings: Embeddings::Native,
    ..Definition::OPENAI_COMPATIBLE
};

// https://deepinfra.com/docs/advanced/openai_api
pub(super) const DEEPINFRA: Definition = Definition {
    kind: ProviderType("deepinfra"),
    base_url: Some("https://api.deepinfra.com/v1/openai"),
    dialects: &[Spoken::SAMPLING_CHAT, Spoken::RESPONSES_IF_NATIVE],
    embeddings: Embeddings::Native,
    ..Definition::OPENAI_COMPATIBLE
};

// https://docs.perplexity.ai/docs/grounded-llm/openai-compatibility: Responses below `/v1`, with a list of models
// (https://docs.perplexity.ai/api-reference/models-get). Chat completions were retired on 2026-09-27
// (https://docs.perplexity.ai/docs/agent-api/migrate-from-sonar/overview); the base URL of those is understood as well.
pub(super) const PERPLEXITY: Definition = Definition {
    kind: ProviderType("perplexity"),
    base_url: Some("https://api.perplexity.ai/v1"),
    dialects: &[Spoken {
        offered: Offered::Always,
        path: SpokenPath::Root { cut: &["/v1"], path: "/v1/responses" },
        ..Spoken::RESPONSES
    }],
    listing: Listing {
        place: ListingPlace::Root { cut: "/v1", path: "/v1/models" },
        extras: Extras::Standard,
    },
    ..Definition::OPENAI_COMPATIBLE
};

// https://inference-docs.cerebras.ai/resources/openai: these three are answered with 400.
pub(super) const CEREBRAS: Definition = Definition {
    kind: ProviderType("cerebras"),
    base_url: Some("https://api.cerebras.ai/v1"),
    chat: ChatEdits { drops: &["frequency_penalty", "presence_penalty", "logit_bias"], ..ChatEdits::PLAIN },
    ..Definition::OPENAI_COMPATIBLE
};

// https://docs.tokenfactory.nebius.com/api-reference/introduction
pub(super) const NEBIUS: Definition = Definition {
    kind: ProviderType("nebius"),
    base_url: Some("https://api.tokenfactory.nebius.com/v1"),
    embeddings: Embeddings::Native,
    ..Definition::OPENAI_COMPATIBLE
};

// https://novita.ai/docs/guides/llm-api
pub(super) const NOVITA: Definition = Definition {
    kind: ProviderType("novita"),
    base_url: Some("https://api.novita.ai/openai/v1"),
    dialects: &[Spoken::SAMPLING_CHAT, Spoken::RESPONSES_IF_NATIVE],
    embeddings: Embeddings::Native,
    ..Definition::OPENAI_COMPATIBLE
};

// https://platform.moonshot.ai/docs/guide/agent-support (in China: https://api.moonshot.cn/v1). For its Messages endpoint the
// key is set as ANTHROPIC_AUTH_TOKEN, which is a bearer token.
pub(super) const MOONSHOT: Definition = Definition {
    kind: ProviderType("moonshot"),
    base_url: Some("https://api.moonshot.ai/v1"),
    dialects: &[
        Spoken::CHAT,
        Spoken {
            path: SpokenPath::Root { cut: &["/v1"], path: "/anthropic/v1/messages" },
            auth: None,
            ..Spoken::MESSAGES
        },
        Spoken::RESPONSES_IF_NATIVE,
    ],
    ..Definition::OPENAI_COMPATIBLE
};

// https://docs.api.nvidia.com/nim
pub(super) const NVIDIA: Definition = Definition {
    kind: ProviderType("nvidia"),
    base_url: Some("https://integrate.api.nvidia.com/v1"),
    embeddings: Embeddings::Native,
    ..Definition::OPENAI_COMPATIBLE
};

// https://huggingface.co/docs/inference-providers
pub(super) const HUGGINGFACE: Definition = Definition {
    kind: ProviderType("huggingface"),
    base_url: Some("https://router.huggingface.co/v1"),
    ..Definition::OPENAI_COMPATIBLE
};

// https://developers.cloudflare.com/workers-ai/configuration/open-ai-compatibility: the account is part of the address,
// https://api.cloudflare.com/client/v4/accounts/{account}/ai/v1, so there is no default.
pub(super) const CLOUDFLARE: Definition = Definition {
    kind: ProviderType("cloudflare"),
    embeddings: Embeddings::Native,
    listing: Listing {
        place: ListingPlace::Root { cut: "/v1", path: "/models/search?per_page=1000" },
        extras: Extras::Standard,
    },
    ..Definition::OPENAI_COMPATIBLE
};

// https://docs.github.com/rest/models/catalog: the catalogue stands beside the inference path.
pub(super) const GITHUB: Definition = Definition {
    kind: ProviderType("github"),
    base_url: Some("https://models.github.ai/inference"),
    embeddings: Embeddings::Native,
    chat: ChatEdits { reasoning_ids: ReasoningIds::VendorPrefixed, ..ChatEdits::PLAIN },
    listing: Listing {
        place: ListingPlace::Root { cut: "/inference", path: "/catalog/models" },
        extras: Extras::Standard,
    },
    ..Definition::OPENAI_COMPATIBLE
};
