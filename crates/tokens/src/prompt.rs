//! What of a request the model reads: its texts, and what else has weight.
//! In: a conversation, whatever dialect it came in. Out: slices of it, nothing copied. The estimate by bytes is here too: it is spec 04
//! §12.9, and beside it what B27 adds: names of called tools, images, documents.
//! Invariant: what cannot be weighed is guessed upwards and said to be guessed. No recursion: parts of tool results lie on a list.

use dialects::conversation::{
    Content, Foreign, MediaSource, OutputFormat, Part, Reasoning, Request, Role, Tool, ToolKind, Turn,
};

use crate::sizes::{
    BYTES_PER_TOKEN, blob_tokens, bytes_of_base64, document_tokens, image_tokens, stream_tokens,
};
use crate::{Count, Family, chat_overhead};

/// What of a request the model reads.
#[derive(Debug, Default)]
pub(crate) struct Prompt<'a> {
    family: Option<Family>,
    /// Texts that a vocabulary can count.
    pub(crate) texts: Vec<&'a str>,
    /// Tokens of what is not text.
    guessed: Option<u64>,
    /// Line breaks that stand between texts when they are joined.
    joints: u64,
    messages: u64,
    tools: u64,
    /// Speakers with a name, and calls: one token each.
    marks: u64,
}

/// A part that only one dialect knows is read as text up to this size; beyond it is a file or a page in disguise.
const MAX_FOREIGN_TEXT: usize = 16 << 10;

/// The estimate for models whose vocabulary is not known: four bytes to a token, rounded up.
pub fn estimate(request: &Request) -> Count {
    let prompt = Prompt::of(request, None);
    let bytes: u64 = prompt.texts.iter().map(|text| text.len() as u64).sum();
    let tokens = (bytes + prompt.joints).div_ceil(BYTES_PER_TOKEN) + prompt.guessed.unwrap_or(0);
    Count { tokens, is_estimate: true }
}

impl<'a> Prompt<'a> {
    /// Reads a request for a family.
    pub(crate) fn of(request: &'a Request, family: Option<Family>) -> Self {
        let mut prompt = Self { family, ..Self::default() };
        request.turns.iter().for_each(|turn| prompt.push_turn(turn));
        request.tools.iter().for_each(|tool| prompt.push_tool(tool));
        if let OutputFormat::JsonSchema { name, description, schema, .. } = &request.output {
            prompt.texts.extend([name, description].into_iter().flatten().map(|text| &**text));
            prompt.texts.push(schema.as_str());
        }
        if request.google.cached_content.is_some() {
            prompt.guess(0);
        }
        prompt
    }

    /// The whole, once the texts are counted.
    pub(crate) fn count(&self, texts: Count, family: Family) -> Count {
        let around = chat_overhead(family, self.messages, self.tools) + self.marks;
        Count {
            tokens: texts.tokens + around + self.guessed.unwrap_or(0),
            is_estimate: texts.is_estimate || self.guessed.is_some(),
        }
    }

    fn push_turn(&mut self, turn: &'a Turn) {
        // Each result of a tool is a message where OpenAI's models read it.
        let results = turn.parts.iter().filter(|part| matches!(part.content, Content::ToolResult(_))).count();
        let has_others = results < turn.parts.len() || results == 0;
        self.messages += results as u64 + u64::from(has_others);
        if let Some(name) = &turn.name {
            self.texts.push(name);
            self.marks += 1;
        }
        if matches!(turn.role, Role::System | Role::Developer) {
            self.joints += 2 * turn.parts.len().saturating_sub(1) as u64;
        }
        self.push_parts(&turn.parts);
    }

    fn push_parts(&mut self, parts: &'a [Part]) {
        let mut open = vec![parts.iter()];
        while let Some(level) = open.last_mut() {
            match level.next() {
                None => drop(open.pop()),
                Some(Part { content: Content::ToolResult(result), .. }) => {
                    self.joints += result.content.len().saturating_sub(1) as u64;
                    open.push(result.content.iter());
                }
                Some(part) => self.push_content(&part.content),
            }
        }
    }

    fn push_content(&mut self, content: &'a Content) {
        match content {
            Content::Text { text, .. } | Content::Refusal(text) => self.texts.push(text),
            Content::Reasoning(reasoning) => self.push_reasoning(reasoning),
            Content::ToolCall(call) => {
                self.texts.extend([&*call.name, &*call.arguments]);
                self.marks += 1;
            }
            Content::Image(image) => self.guess(image_tokens(image, self.family)),
            Content::Audio(medium) | Content::Video(medium) => self.guess(stream_tokens(medium)),
            Content::Document(document) => {
                self.texts.extend(document.name.as_deref());
                match &document.source {
                    MediaSource::Text(text) => self.texts.push(text),
                    _ => self.guess(document_tokens(document)),
                }
            }
            Content::Foreign(Foreign { raw, .. }) if raw.as_str().len() > MAX_FOREIGN_TEXT => {
                self.guess(blob_tokens(raw.as_str().len() as u64));
            }
            Content::Foreign(Foreign { raw, .. }) => self.texts.push(raw.as_str()),
            // Opened by `push_parts`.
            Content::ToolResult(_) => {}
        }
    }

    /// Thoughts are read as they stand; those that are hidden are as long as what hides them.
    fn push_reasoning(&mut self, reasoning: &'a Reasoning) {
        self.texts.push(&reasoning.text);
        let is_hidden = reasoning.is_summary || reasoning.text.is_empty();
        if let Some(state) = reasoning.state.as_ref().filter(|_| is_hidden) {
            self.guess(bytes_of_base64(&state.bytes).div_ceil(BYTES_PER_TOKEN));
        }
    }

    /// The definition of a tool, its schema as it came: models are shown shorter ones, so this errs upwards.
    fn push_tool(&mut self, tool: &'a Tool) {
        self.tools += 1;
        self.texts.push(&tool.name);
        self.texts.extend(tool.description.as_deref());
        match &tool.kind {
            ToolKind::Function { parameters: schema, .. } | ToolKind::Custom { format: schema } => {
                self.texts.extend(schema.as_ref().map(|schema| schema.as_str()));
            }
            ToolKind::Hosted(hosted) => self.texts.push(hosted.raw.as_str()),
        }
    }

    fn guess(&mut self, tokens: u64) {
        *self.guessed.get_or_insert(0) += tokens;
    }
}
