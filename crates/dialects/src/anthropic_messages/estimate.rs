//! How many tokens a Messages body may have, where nobody with a tokenizer was asked: `count_tokens` and the start of a stream.
//! In: a body, of any shape. Out: a number, rather too high than too low. Source: spec 04 §12.9 with B27: bytes of text, four to a
//! token, rounded up; images 1600, documents by size, names of tools counted. What is of a wrong kind counts 0.

use super::blocks::{text_of, type_of};
use crate::conversation::{BYTES_PER_TOKEN, IMAGE_TOKENS, medium_tokens};
use crate::json::{Kind, RawObject, RawValue};

/// The tokens of a request's prompt, estimated.
pub fn estimate_input_tokens(body: &RawObject) -> u64 {
    let mut sum = Sum::default();
    if let Some(system) = body.get("system") {
        sum.add_system(system);
    }
    for content in array(body, "messages").filter_map(|message| message.get("content")) {
        sum.add_content(content);
    }
    array(body, "tools").for_each(|tool| sum.add_tool(tool));
    sum.bytes.div_ceil(BYTES_PER_TOKEN).saturating_add(sum.tokens)
}

fn array<'a>(body: &'a RawObject, key: &str) -> impl Iterator<Item = RawValue<'a>> + use<'a> {
    body.get(key).into_iter().flat_map(|array| array.elements())
}

#[derive(Default)]
struct Sum {
    bytes: u64,
    tokens: u64,
}

impl Sum {
    fn add(&mut self, text: &str) {
        self.bytes = self.bytes.saturating_add(text.len() as u64);
    }

    fn add_tokens(&mut self, tokens: u64) {
        self.tokens = self.tokens.saturating_add(tokens);
    }

    /// Texts joined with a blank line, trimmed; a block of another kind makes the whole of it invalid, which counts 0.
    fn add_system(&mut self, system: RawValue<'_>) {
        if let Some(text) = system.as_str() {
            return self.add(text.trim());
        }
        if system.elements().any(|block| &*type_of(block) != "text") {
            return;
        }
        let texts: Vec<_> = system.elements().map(|block| text_of(block, "text")).collect();
        self.add(texts.join("\n\n").trim());
    }

    fn add_content(&mut self, content: RawValue<'_>) {
        if let Some(text) = content.as_str() {
            return self.add(&text);
        }
        for block in content.elements() {
            self.add_block(block);
            match block.get("content") {
                // Results hold blocks that hold none, so one level is all.
                Some(content) if content.kind() == Kind::Array => {
                    let count = content.elements().inspect(|block| self.add_block(*block)).count();
                    self.bytes = self.bytes.saturating_add((count as u64).saturating_sub(1));
                }
                Some(content) => self.add(&content.as_str().unwrap_or_default()),
                None => {}
            }
        }
    }

    fn add_block(&mut self, block: RawValue<'_>) {
        match &*type_of(block) {
            "image" => return self.add_tokens(IMAGE_TOKENS),
            "document" => self.add_document(block),
            "tool_use" | "server_tool_use" | "mcp_tool_use" => self.add(&text_of(block, "name")),
            _ => {}
        }
        for key in ["text", "thinking", "title", "context"] {
            self.add(&text_of(block, key));
        }
        if let Some(input) = block.get("input") {
            self.add(input.raw());
        }
    }

    fn add_document(&mut self, block: RawValue<'_>) {
        let Some(source) = block.get("source") else { return };
        match &*type_of(source) {
            "text" => self.add(&text_of(source, "data")),
            "base64" => self.add_tokens(medium_tokens(text_of(source, "data").len())),
            "content" => self.add(source.get("content").map(|content| content.raw()).unwrap_or_default()),
            _ => self.add_tokens(IMAGE_TOKENS),
        }
    }

    fn add_tool(&mut self, tool: RawValue<'_>) {
        self.add(&text_of(tool, "name"));
        self.add(&text_of(tool, "description"));
        if let Some(schema) = tool.get("input_schema") {
            self.add(schema.raw());
        }
    }
}
