//! The parts that turns and answers are made of.
//! Invariant: what only one issuer can read (signatures, encrypted reasoning) stands on a `Reasoning` part and nowhere else: a
//! dialect that puts it elsewhere (Gemini, on the part that follows) moves it there when it decodes and back when it encodes.

use vocabulary::Dialect;

use super::loss_table::Feature;
use super::{Json, OpaqueState, Text};

/// One part of a turn or of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub content: Content,
    /// A prompt-cache marker, as Anthropic and OpenRouter spell it: an object.
    pub cache_control: Option<Json>,
    /// Members that only one dialect knows.
    pub extras: Option<Extras>,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Text, with what was said about it.
    Text {
        /// The text.
        text: Text,
        /// Where it is from.
        annotations: Vec<Annotation>,
        /// How likely its tokens were.
        logprobs: Vec<Logprob>,
    },
    /// An image.
    Image(Media),
    /// Sound.
    Audio(Media),
    /// A video.
    Video(Media),
    /// A document: PDF, text, or another file.
    Document(Media),
    /// What the model thought.
    Reasoning(Reasoning),
    /// A tool that the model calls.
    ToolCall(ToolCall),
    /// What a tool answered.
    ToolResult(ToolResult),
    /// The model's words when it declines.
    Refusal(Text),
    /// A part that only one dialect knows: hosted tools and their results.
    Foreign(Foreign),
}

/// Bytes of another kind than text, or where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// The bytes, or where they are.
    pub source: MediaSource,
    /// `image/png`, if known.
    pub media_type: Option<Text>,
    /// The name of the file, or the title of the document.
    pub name: Option<Text>,
    /// How closely an image shall be looked at: `low`, `high`, `auto`.
    pub detail: Option<Text>,
}

/// The bytes of a medium, or where they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediaSource {
    /// An address: `https://…`, `gs://…`, or a Files-API address of Google.
    Url(Text),
    /// Base64, without line breaks and without the head of a data URL.
    Base64(Text),
    /// Plain text, of a document.
    Text(Text),
    /// An id that only the provider that keeps the file knows.
    FileId(Text),
}

/// What the model thought before it went on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reasoning {
    /// The thoughts; empty if they are hidden.
    pub text: Text,
    /// True if the text is a summary that the provider made of them.
    pub is_summary: bool,
    /// True if the provider hid the thoughts and `state` is all there is (Anthropic's `redacted_thinking`).
    pub is_redacted: bool,
    /// The id of the item, where the dialect has one.
    pub id: Option<Text>,
    /// What the issuer must get back untouched.
    pub state: Option<OpaqueState>,
}

/// A call of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    /// The id that its result will name. Never empty.
    pub id: Text,
    /// The tool. Never empty.
    pub name: Text,
    /// The namespace of the tool, where the client's dialect groups tools (Responses): set on the way out to the client only.
    pub namespace: Option<Text>,
    /// For functions the arguments as JSON text, exactly as the model wrote it (it may be no JSON); for custom tools plain text.
    pub arguments: Text,
    /// A function, or a tool that takes plain text.
    pub kind: ToolCallKind,
    /// The id of the item, where the dialect has one beside the call's (`fc_…` of Responses).
    pub item_id: Option<Text>,
}

/// What a call passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToolCallKind {
    /// JSON arguments.
    #[default]
    Function,
    /// Plain text (a `custom` tool of OpenAI).
    Custom,
}

/// What a tool answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolResult {
    /// The call.
    pub call_id: Text,
    /// The tool, where the dialect says so.
    pub name: Option<Text>,
    /// Texts, images, documents.
    pub content: Vec<Part>,
    /// The tool failed.
    pub is_error: bool,
    /// The call was one of a custom tool.
    pub kind: ToolCallKind,
}

/// Where a piece of text is from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annotation {
    /// The source's address; empty if it has none.
    pub url: Text,
    /// Its title.
    pub title: Option<Text>,
    /// Where in the text the cited piece begins, in characters.
    pub start: Option<u64>,
    /// Where it ends.
    pub end: Option<u64>,
    /// The words of the source.
    pub cited_text: Option<Text>,
    /// The annotation as its dialect spells it, whole.
    pub raw: Option<Foreign>,
}

/// How likely one token was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logprob {
    /// The token.
    pub token: Text,
    /// The natural logarithm of its probability.
    pub logprob: Json,
    /// Its bytes, as an array of numbers, where the dialect gives them.
    pub bytes: Option<Json>,
    /// The most likely tokens at its place; their own `top` is empty.
    pub top: Vec<Logprob>,
}

/// Something that only one dialect can read, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Whose it is.
    pub dialect: Dialect,
    /// As it came.
    pub raw: Json,
}

/// Members that only one dialect knows, beside what the conversation carries of the same object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extras {
    /// Whose they are.
    pub dialect: Dialect,
    /// Names and values, in order.
    pub members: Vec<(Text, Json)>,
}

impl Part {
    /// A part without marker and extras.
    pub fn new(content: Content) -> Self {
        Self { content, cache_control: None, extras: None }
    }

    /// Plain text.
    pub fn text(text: impl Into<Text>) -> Self {
        Self::new(Content::Text { text: text.into(), annotations: Vec::new(), logprobs: Vec::new() })
    }

    /// The text of a text part.
    pub fn as_text(&self) -> Option<&Text> {
        match &self.content {
            Content::Text { text, .. } => Some(text),
            _ => None,
        }
    }
}

impl From<Content> for Part {
    fn from(content: Content) -> Self {
        Self::new(content)
    }
}

impl Media {
    /// A medium with a source alone.
    pub fn of(source: MediaSource) -> Self {
        Self { source, media_type: None, name: None, detail: None }
    }

    /// Reads a URL; a data URL in base64 gives its media type (without parameters) and its data.
    /// `None` for a data URL that is not base64 or has no media type and no data.
    pub fn of_url(url: &Text) -> Option<Self> {
        let is_data = url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"));
        if !is_data {
            return Some(Self::of(MediaSource::Url(url.clone())));
        }
        let (head, data) = url.get(5..)?.split_once(',')?;
        let mut head = head.split(';').map(str::trim);
        let media_type = head.next().filter(|media_type| !media_type.is_empty()).map(str::to_ascii_lowercase);
        if !head.any(|parameter| parameter.eq_ignore_ascii_case("base64")) {
            return None;
        }
        let data = url.slice_ref(data);
        Some(Self { media_type: media_type.map(Text::from), ..Self::of(MediaSource::Base64(data)) })
    }

    /// The URL, or a data URL that holds the bytes; `None` for file ids and plain text. `default_type` stands in for an unknown type.
    pub fn to_url(&self, default_type: &str) -> Option<Text> {
        match &self.source {
            MediaSource::Url(url) => Some(url.clone()),
            MediaSource::Base64(data) => {
                let media_type = self.media_type.as_deref().unwrap_or(default_type);
                Some(format!("data:{media_type};base64,{data}").into())
            }
            MediaSource::Text(_) | MediaSource::FileId(_) => None,
        }
    }
}

/// True for the address of a file that Google stores: only Google can fetch it.
pub fn is_google_file(url: &str) -> bool {
    let rest = url.strip_prefix("https://").unwrap_or_default();
    url.starts_with("gs://")
        || rest.starts_with("generativelanguage.googleapis.com/")
        || (url.starts_with("files/") && url.len() > "files/".len())
}

/// What an address is noted as: `otherwise`, unless only Google can fetch it.
pub(crate) fn address_feature(url: &str, otherwise: Feature) -> Feature {
    if is_google_file(url) { Feature::GoogleFile } else { otherwise }
}

impl Annotation {
    /// The annotation as a dialect spells it, if it came from there.
    pub fn raw_for(&self, dialect: Dialect) -> Option<&Json> {
        self.raw.as_ref().filter(|raw| raw.dialect == dialect).map(|raw| &raw.raw)
    }
}

impl Extras {
    /// The members, for the dialect that they came from; nothing for any other.
    pub fn members_for(extras: Option<&Self>, dialect: Dialect) -> &[(Text, Json)] {
        extras.filter(|extras| extras.dialect == dialect).map_or(&[], |extras| &extras.members)
    }
}

#[cfg(test)]
mod tests {
    use super::{Media, MediaSource, Text};

    #[test]
    fn data_urls_give_their_type_and_data() {
        let media = Media::of_url(&Text::from("data:image/PNG;charset=utf-8;base64,AAAA")).unwrap();
        assert_eq!(media.media_type.as_deref(), Some("image/png"));
        assert_eq!(media.source, MediaSource::Base64("AAAA".into()));
        assert_eq!(media.to_url("x/y").unwrap(), "data:image/png;base64,AAAA");
        for wrong in ["data:image/png,AAAA", "data:image/png;base64", "data:"] {
            assert_eq!(Media::of_url(&Text::from(wrong)), None, "{wrong}");
        }
        assert!(Media::of_url(&Text::from("https://x/y.png")).is_some());
    }
}
