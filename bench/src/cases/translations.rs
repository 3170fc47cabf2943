//! The cases in which client and upstream speak different dialects.
//! In each, one gateway answers the translated call and, in interleaved rounds, a chat call that needs no translation.
//! Source of the limits: issue 4, "Cross-dialect CPU per call at most 1.7 times the same-dialect figure of the same
//! run; a Messages stream from an OpenAI upstream adds at most 0.15 ms at p50; memory flat over 10 000 streams".
//! Invariant: models are qualified, as every provider of the gateway is the one mock and lists the same.

use super::Limit::{AtMost, TimesSameDialect};
use super::{Ask, Case, Dialect, Figure, Limit, Load, Translation, Work, figure};
use crate::cases::Measure as M;

const CONNECTIONS: usize = 10;

const WHOLE: &[Figure] = &[
    figure(M::CpuPerCall, TimesSameDialect(1.7)),
    figure(M::CallsPerSecond, Limit::None),
    figure(M::LatencyP50, Limit::None),
    figure(M::LatencyP99, Limit::None),
];
const STREAMED: &[Figure] = &[
    figure(M::CpuPerCall, TimesSameDialect(1.7)),
    figure(M::CallsPerSecond, Limit::None),
    figure(M::FirstByteP50, Limit::None),
    figure(M::FirstByteP99, Limit::None),
    figure(M::Over30MsPer10k, AtMost(10.0)),
];

const fn whole(client: Dialect, model: &'static str) -> Work {
    Work::Translation(Translation {
        ask: Ask::Small { client, model, streamed: false },
        same_dialect: Ask::Small { client: Dialect::Chat, model: "openai/small", streamed: false },
        connections: CONNECTIONS,
    })
}

const fn streamed(client: Dialect, model: &'static str, connections: usize) -> Work {
    Work::Translation(Translation {
        ask: Ask::Small { client, model, streamed: true },
        same_dialect: Ask::Small { client: Dialect::Chat, model: "openai/burst-50", streamed: true },
        connections,
    })
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "translate/messages_to_chat/small",
        what: "Messages client, chat upstream, small whole answer",
        work: whole(Dialect::Messages, "openai/small"),
        figures: WHOLE,
    },
    Case {
        name: "translate/messages_to_chat/burst_50",
        what: "Messages client, chat upstream, 50 frames in one write",
        work: streamed(Dialect::Messages, "openai/burst-50", CONNECTIONS),
        figures: STREAMED,
    },
    Case {
        name: "translate/messages_to_chat/first_byte",
        what: "the same on 1 connection: what the translation adds",
        work: streamed(Dialect::Messages, "openai/burst-50", 1),
        figures: &[
            figure(M::FirstByteP50, Limit::None),
            figure(M::FirstByteP99, Limit::None),
            figure(M::AddedFirstByteP50, AtMost(0.15)),
            figure(M::AddedFirstByteP99, Limit::None),
        ],
    },
    // `openai` has Responses of its own; `groq` has chat only.
    Case {
        name: "translate/responses_to_chat/small",
        what: "Responses client, chat-only upstream, small whole answer",
        work: whole(Dialect::Responses, "groq/small"),
        figures: WHOLE,
    },
    Case {
        name: "translate/responses_to_chat/burst_50",
        what: "Responses client, chat-only upstream, 50 frames in one write",
        work: streamed(Dialect::Responses, "groq/burst-50", CONNECTIONS),
        figures: STREAMED,
    },
    Case {
        name: "translate/gemini_to_chat/small",
        what: "Gemini client, chat upstream, small whole answer",
        work: whole(Dialect::Gemini, "openai/small"),
        figures: WHOLE,
    },
    Case {
        name: "translate/gemini_to_chat/burst_50",
        what: "Gemini client, chat upstream, 50 frames in one write",
        work: streamed(Dialect::Gemini, "openai/burst-50", CONNECTIONS),
        figures: STREAMED,
    },
    Case {
        name: "translate/chat_to_messages/small",
        what: "chat client, Messages upstream, small whole answer",
        work: whole(Dialect::Chat, "anthropic/small"),
        figures: WHOLE,
    },
    Case {
        name: "translate/chat_to_messages/burst_50",
        what: "chat client, Messages upstream, 48 pieces of text in one write",
        work: streamed(Dialect::Chat, "anthropic/burst-50", CONNECTIONS),
        figures: STREAMED,
    },
    // A provider that only speaks Responses only streams: the gateway reads a stream and sends one answer.
    Case {
        name: "translate/chat_to_responses/small",
        what: "chat client, Responses upstream that always streams, small whole answer; beside a chat stream of as many pieces",
        work: Work::Translation(Translation {
            ask: Ask::Small { client: Dialect::Chat, model: "chatgpt/small", streamed: false },
            same_dialect: Ask::Small { client: Dialect::Chat, model: "openai/small", streamed: true },
            connections: CONNECTIONS,
        }),
        figures: WHOLE,
    },
    Case {
        name: "translate/chat_to_responses/burst_50",
        what: "chat client, Responses upstream, 48 pieces of text in one write",
        work: streamed(Dialect::Chat, "chatgpt/burst-50", CONNECTIONS),
        figures: STREAMED,
    },
    Case {
        name: "translate/chat_to_gemini/small",
        what: "chat client, Gemini upstream, small whole answer",
        work: whole(Dialect::Chat, "gemini/small"),
        figures: WHOLE,
    },
    Case {
        name: "translate/chat_to_gemini/burst_50",
        what: "chat client, Gemini upstream, 48 pieces of text in one write",
        work: streamed(Dialect::Chat, "gemini/burst-50", CONNECTIONS),
        figures: STREAMED,
    },
    Case {
        name: "translate/messages_to_chat/memory",
        what: "fresh process, Messages client, chat upstream: after 500 streams, and 10 000 later",
        work: Work::ManyStreams(Load {
            ask: Ask::Small { client: Dialect::Messages, model: "openai/burst-50", streamed: true },
            connections: CONNECTIONS,
        }),
        figures: &[
            figure(M::WarmRss, Limit::None),
            figure(M::AfterRss, Limit::None),
            figure(M::AfterOverWarm, AtMost(1.1)),
        ],
    },
];
