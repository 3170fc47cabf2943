//! How many tokens a prompt may have, where nobody with a tokenizer was asked: four bytes are one token, rounded up.
//! In: a request. Out: a number that is rather too high than too low, as clients compact their history by it (04-B27).
//! Not here: the estimate of a raw Messages body (`anthropic_messages::estimate_input_tokens`), which spec 04 §12.9 fixes.

use super::{Content, Media, MediaSource, Part, Request, Tool, ToolKind};

/// Bytes of text that are taken for one token.
pub const BYTES_PER_TOKEN: u64 = 4;

/// What an image costs, whatever its size.
pub const IMAGE_TOKENS: u64 = 1600;

/// Decoded bytes of a document, of sound or of a video that are taken for one token: a page of PDF is mostly layout.
const MEDIUM_BYTES_PER_TOKEN: u64 = 16;

/// The tokens of a prompt, estimated.
pub fn estimate(request: &Request) -> u64 {
    let mut sum = Sum::default();
    request.turns.iter().flat_map(|turn| &turn.parts).for_each(|part| sum.add_part(part));
    request.tools.iter().for_each(|tool| sum.add_tool(tool));
    sum.bytes.div_ceil(BYTES_PER_TOKEN).saturating_add(sum.tokens)
}

#[derive(Default)]
struct Sum {
    bytes: u64,
    tokens: u64,
}

impl Sum {
    fn add_text(&mut self, text: &str) {
        self.bytes = self.bytes.saturating_add(text.len() as u64);
    }

    fn add_part(&mut self, part: &Part) {
        match &part.content {
            Content::ToolResult(result) => result.content.iter().for_each(|part| self.add_simple(part)),
            _ => self.add_simple(part),
        }
    }

    /// A part that holds no parts; results hold none, so nothing is lost and nothing recurses.
    fn add_simple(&mut self, part: &Part) {
        match &part.content {
            Content::Text { text, .. } | Content::Refusal(text) => self.add_text(text),
            Content::Reasoning(reasoning) => self.add_text(&reasoning.text),
            Content::ToolCall(call) => {
                self.add_text(&call.name);
                self.add_text(&call.arguments);
            }
            Content::Image(_) => self.tokens = self.tokens.saturating_add(IMAGE_TOKENS),
            Content::Audio(media) | Content::Video(media) | Content::Document(media) => {
                self.add_medium(media)
            }
            Content::Foreign(foreign) => self.add_text(foreign.raw.as_str()),
            Content::ToolResult(_) => {}
        }
    }

    fn add_medium(&mut self, media: &Media) {
        let tokens = match &media.source {
            MediaSource::Text(text) => return self.add_text(text),
            MediaSource::Base64(data) => medium_tokens(data.len()),
            MediaSource::Url(_) | MediaSource::FileId(_) => IMAGE_TOKENS,
        };
        self.tokens = self.tokens.saturating_add(tokens);
    }

    fn add_tool(&mut self, tool: &Tool) {
        self.add_text(&tool.name);
        self.add_text(tool.description.as_deref().unwrap_or_default());
        match &tool.kind {
            ToolKind::Function { parameters: Some(schema), .. }
            | ToolKind::Custom { format: Some(schema) } => {
                self.add_text(schema.as_str());
            }
            ToolKind::Hosted(hosted) => self.add_text(hosted.raw.as_str()),
            ToolKind::Function { .. } | ToolKind::Custom { .. } => {}
        }
    }
}

/// The tokens of a medium that is no image, by the length of its base64.
pub(crate) fn medium_tokens(base64_length: usize) -> u64 {
    (base64_length as u64 / 4 * 3).div_ceil(MEDIUM_BYTES_PER_TOKEN)
}

#[cfg(test)]
mod tests {
    use super::estimate;
    use crate::conversation::{Content, Media, MediaSource, Part, Request, Role, ToolResult, Turn};

    #[test]
    fn texts_results_and_images_count() {
        let image = || Part::new(Content::Image(Media::of(MediaSource::Base64("AAAA".into()))));
        let result = ToolResult {
            call_id: "c".into(),
            name: None,
            content: vec![Part::text("abcd"), image()],
            is_error: false,
            kind: Default::default(),
        };
        let turns = vec![
            Turn::new(Role::User, vec![Part::text("12345"), image()]),
            Turn::new(Role::Tool, vec![Part::new(Content::ToolResult(result))]),
        ];
        assert_eq!(estimate(&Request { turns, ..Request::default() }), 3 + 2 * 1600);
        assert_eq!(estimate(&Request::default()), 0);
    }
}
