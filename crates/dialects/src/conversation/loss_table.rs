//! The table of spec 03 §1.8: what each dialect can say, under which name, and what becomes of it in every other one.
//! In: nothing. Out: `fate` for the code, `rows` for the manual's page `translation-losses.md`, which is generated from here.
//! Invariant: one row per feature. A fate holds for requests that come from *another* dialect: at home bytes stay bytes.
//! Columns, everywhere: chat, Responses, Messages, Gemini.

use Fate::{Changed, Dropped, Kept, Refused, Unsupported};
use vocabulary::Dialect;

/// What becomes of a feature in a target dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is said there under the name that stands in the row.
    Kept,
    /// It has a near equivalent.
    Changed(&'static str),
    /// It is left out, and named in `X-GoModel-Dropped`.
    Dropped,
    /// 400: leaving it out would change what was asked for. The text, if the public one is fixed; `{path}` is filled in.
    Refused(Option<&'static str>),
    /// 400 `unsupported_parameter`, in these words: no provider could do it in this dialect.
    Unsupported(&'static str),
}

/// One feature and its fates.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The feature.
    pub feature: Feature,
    /// How each dialect spells it; empty where it cannot.
    pub spelled: [&'static str; 4],
    /// What becomes of it in each dialect.
    pub fate: [Fate; 4],
}

macro_rules! features {
    ($($feature:ident $name:literal $title:literal
        [$($spelled:literal),* $(,)?] [$($fate:expr),* $(,)?];)+) => {
        /// Something that a request can say and that not every dialect can.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Feature { $(#[doc = $title] $feature),+ }

        const ROWS: &[Row] = &[$(Row { feature: Feature::$feature, spelled: [$($spelled),*], fate: [$($fate),*] }),+];

        impl Feature {
            /// Its usual name.
            pub const fn name(self) -> &'static str { match self { $(Self::$feature => $name),+ } }
            /// What it is, as a reader of the manual or of an error would say.
            pub const fn title(self) -> &'static str { match self { $(Self::$feature => $title),+ } }
        }
    };
}

/// Spec 03 §13.1 fixes this text.
const NATIVE_RESPONSES_ONLY: Fate = Refused(Some(
    "responses field \"{path}\" is only supported by native Responses providers; \
     use an OpenAI-compatible provider or passthrough for this request",
));
/// Until the gateway runs them itself (04-B6, B13).
const NO_BACKGROUND: Fate = Unsupported("background is not supported for this provider");
const NO: Fate = Refused(None);
const REMOTE_FOR_GEMINI: Fate = Refused(Some(
    "gemini native image_url supports only data: URLs; remote URLs must be uploaded via the Gemini Files API \
     or fetched by a future adapter path",
));
const NO_AUDIO: Fate = Refused(Some("anthropic chat does not support input_audio content"));
const AS_FUNCTION: Fate = Changed("a function with one text argument `input`, and back");
const WITH_NAMESPACE: Fate = Changed("for Codex its tools, as `namespace__tool`, and back; else dropped");
const AFTER_RESULTS: Fate = Changed("a user message with it, right after the tool messages");
const AS_TEXT: Fate = Changed("text");

features! {
    // Limits and sampling
    MaxOutputTokens "max_tokens" "the limit of the answer's tokens"
        ["max_completion_tokens", "max_output_tokens", "max_tokens", "generationConfig.maxOutputTokens"]
        [Kept, Kept, Changed("the model's own limit, at most `ANTHROPIC_DEFAULT_MAX_TOKENS`, if none is given"), Kept];
    Temperature "temperature" "the temperature"
        ["temperature", "temperature", "temperature", "generationConfig.temperature"]
        [Kept, Kept, Changed("left out and named while the model thinks, and for models that refuse it"), Kept];
    TopP "top_p" "nucleus sampling"
        ["top_p", "top_p", "top_p", "generationConfig.topP"]
        [Kept, Kept, Changed("left out and named for models that refuse it"), Kept];
    TopK "top_k" "top-k sampling"
        ["top_k", "", "top_k", "generationConfig.topK"]
        [Dropped, Dropped, Changed("left out and named while the model thinks, and for models that refuse it"), Kept];
    MinP "min_p" "min-p sampling"
        ["min_p", "", "", ""] [Dropped, Dropped, Dropped, Dropped];
    Seed "seed" "the seed"
        ["seed", "", "", "generationConfig.seed"] [Kept, Dropped, Dropped, Kept];
    PresencePenalty "presence_penalty" "the presence penalty"
        ["presence_penalty", "", "", "generationConfig.presencePenalty"] [Kept, Dropped, Dropped, Kept];
    FrequencyPenalty "frequency_penalty" "the frequency penalty"
        ["frequency_penalty", "", "", "generationConfig.frequencyPenalty"] [Kept, Dropped, Dropped, Kept];
    LogitBias "logit_bias" "the token biases"
        ["logit_bias", "", "", ""] [Dropped, Dropped, Dropped, Dropped];
    StopSequences "stop" "stop sequences"
        ["stop", "", "stop_sequences", "generationConfig.stopSequences"] [Kept, NO, Kept, Kept];
    Candidates "n" "more than one answer"
        ["n", "", "", "generationConfig.candidateCount"] [Kept, NO, NO, Kept];
    Logprobs "logprobs" "log probabilities"
        ["logprobs", "", "", "generationConfig.responseLogprobs"]
        [Kept, Changed("`include` and `top_logprobs`"), NO, Kept];
    ResponsesLogprobs "top_logprobs" "log probabilities of Responses"
        ["", "top_logprobs, include: message.output_text.logprobs", "", ""]
        [NATIVE_RESPONSES_ONLY, Kept, NATIVE_RESPONSES_ONLY, NATIVE_RESPONSES_ONLY];

    // Reasoning
    ReasoningEffort "reasoning_effort" "the reasoning effort"
        ["reasoning_effort", "reasoning.effort", "output_config.effort", "generationConfig.thinkingConfig.thinkingLevel"]
        [Kept, Kept, Changed("adaptive thinking with an effort, or a budget, by model"), Changed("a level or a budget, by model")];
    ReasoningBudget "thinking.budget_tokens" "a budget of reasoning tokens"
        ["reasoning.max_tokens", "", "thinking.budget_tokens", "generationConfig.thinkingConfig.thinkingBudget"]
        [Changed("an effort: from 20000 high, from 10000 medium, else low"), Changed("an effort: from 20000 high, from 10000 medium, else low"),
         Changed("a budget, or an effort for models without budgets"), Changed("a budget, or a level for models without budgets")];
    ReasoningSummary "reasoning.summary" "the summary of the reasoning"
        ["", "reasoning.summary", "", ""]
        [Dropped, Kept, Changed("the thinking is shown where the model shows it"), Changed("`includeThoughts`")];
    ReasoningMember "reasoning" "a member of `reasoning` beyond effort and summary"
        ["reasoning.*", "reasoning.*", "", ""] [Dropped, Kept, Dropped, Dropped];
    AnthropicState "thinking_blocks" "signed thinking of an Anthropic model"
        ["message.thinking_blocks", "reasoning.encrypted_content (sealed)", "thinking.signature", "thoughtSignature (sealed)"]
        [Dropped, Dropped, Kept, Dropped];
    GoogleState "thought_signature" "a thought signature of a Gemini model"
        ["tool_calls[].extra_content.google.thought_signature", "reasoning.encrypted_content (sealed)", "thinking.signature (sealed)", "thoughtSignature"]
        [Dropped, Dropped, Dropped, Kept];
    OpenAiState "encrypted_content" "encrypted reasoning of an OpenAI model"
        ["message.thinking_blocks (sealed)", "reasoning.encrypted_content", "thinking.signature (sealed)", "thoughtSignature (sealed)"]
        [Dropped, Kept, Dropped, Dropped];

    // The form of the answer
    JsonObject "response_format" "an answer that is a JSON object"
        ["response_format: json_object", "text.format: json_object", "", "generationConfig.responseMimeType"]
        [Kept, Kept, Changed("an instruction and one forced tool whose input is the answer"), Kept];
    JsonSchema "response_format" "an answer that matches a schema"
        ["response_format: json_schema", "text.format: json_schema", "output_config.format", "generationConfig.responseJsonSchema"]
        [Kept, Kept, Changed("`output_config.format`, or one forced tool for models without it"), Kept];
    Verbosity "verbosity" "the verbosity"
        ["verbosity", "text.verbosity", "", ""] [Kept, Kept, Dropped, Dropped];
    TextMember "text" "a member or format of `text` that only Responses has"
        ["", "text.*", "", ""] [NATIVE_RESPONSES_ONLY, Kept, NATIVE_RESPONSES_ONLY, NATIVE_RESPONSES_ONLY];
    OutputModalities "modalities" "an answer in sound or images"
        ["modalities, audio", "", "", "generationConfig.responseModalities"] [NO, NO, NO, NO];

    // Tools
    FunctionTool "tools" "functions"
        ["tools[].function", "tools[]: function", "tools[]", "tools[].functionDeclarations[]"] [Kept, Kept, Kept, Kept];
    StrictTool "strict" "arguments that must match their schema"
        ["tools[].function.strict", "tools[].strict", "tools[].strict", ""] [Kept, Kept, Changed("kept for models that have it"), Dropped];
    CustomTool "tools" "a tool that takes plain text"
        ["tools[]: custom", "tools[]: custom", "", ""] [AS_FUNCTION, Kept, AS_FUNCTION, AS_FUNCTION];
    ToolNamespace "tools" "a namespace of tools"
        ["", "tools[]: namespace", "", ""] [WITH_NAMESPACE, Kept, WITH_NAMESPACE, WITH_NAMESPACE];
    ToolMember "tools" "a member of a tool that only its dialect knows"
        ["tools[].*", "tools[].*", "tools[].*", "tools[].functionDeclarations[].*"] [Dropped, Dropped, Dropped, Dropped];
    WebSearch "tools" "the provider's own web search"
        ["web_search_options", "tools[]: web_search", "tools[]: web_search_20250305 and later", "tools[].googleSearch"]
        [Dropped, Changed("its own web search, where the provider has it; else dropped"),
         Changed("its own web search, where the provider has it; else dropped"), Changed("`googleSearch`, where the provider has it; else dropped")];
    ForcedWebSearch "tools" "the provider's own web search as the only tool"
        ["", "tools[]: web_search", "tools[]: web_search_20250305 and later", "tools[].googleSearch"]
        [NO, Changed("its own web search, where the provider has it; else dropped"),
         Changed("its own web search, where the provider has it; else dropped"), Changed("`googleSearch`, where the provider has it; else dropped")];
    HostedTool "tools" "a tool that runs at the provider"
        ["", "tools[]: file_search, mcp, code_interpreter, …", "tools[] with another type", "tools[].codeExecution, …"]
        [Dropped, Dropped, Dropped, Dropped];
    ForcedHostedTool "tool_choice" "a choice that forces a tool which cannot be sent"
        ["", "", "tool_choice", ""] [NO, NO, NO, NO];
    HostedToolChoice "tool_choice" "a choice of a hosted tool that Responses leaves to its provider"
        ["", "tool_choice", "", ""] [Dropped, Kept, Dropped, Dropped];
    AllowedTools "tool_choice" "a choice among some of the tools"
        ["tool_choice: allowed_tools", "tool_choice: allowed_tools", "", "toolConfig.functionCallingConfig.allowedFunctionNames"]
        [Changed("only these tools are sent"), Kept, Changed("only these tools are sent"), Kept];
    ParallelToolCalls "parallel_tool_calls" "no more than one call at once"
        ["parallel_tool_calls", "parallel_tool_calls", "tool_choice.disable_parallel_tool_use", ""]
        [Kept, Kept, Kept, Changed("the first call is kept")];
    MaxToolCalls "max_tool_calls" "the limit of calls of hosted tools"
        ["", "max_tool_calls", "", ""] [Dropped, Kept, Dropped, Dropped];

    // Content
    ImageUrl "image_url" "an image at an address"
        ["image_url.url", "input_image.image_url", "image.source: url", "fileData (Google's own addresses)"]
        [Kept, Kept, Kept, REMOTE_FOR_GEMINI];
    ImageDetail "detail" "how closely an image is looked at"
        ["image_url.detail", "input_image.detail", "", ""] [Kept, Kept, Dropped, Dropped];
    Audio "input_audio" "sound"
        ["input_audio", "input_audio", "", "inlineData: audio/…"] [Kept, Kept, NO_AUDIO, Kept];
    Video "video" "a video"
        ["", "", "", "inlineData: video/…"] [NO, NO, NO, Kept];
    Document "file" "a document"
        ["file.file_data", "input_file.file_data", "document.source: base64", "inlineData: application/pdf"]
        [Kept, Kept, Kept, Kept];
    DocumentUrl "file" "a document at an address"
        ["", "input_file.file_url", "document.source: url", "fileData"] [NO, Kept, Kept, NO];
    DocumentText "document" "a document of plain text"
        ["", "", "document.source: text", "inlineData: text/plain"] [AS_TEXT, AS_TEXT, Kept, Kept];
    DocumentMember "document" "title, context or citations of a document"
        ["", "", "document.context, document.citations", ""] [Dropped, Dropped, Dropped, Dropped];
    OpenAiFileId "file_id" "a file that is stored at OpenAI"
        ["file.file_id", "input_file.file_id, input_image.file_id", "", ""] [Kept, Kept, NO, NO];
    AnthropicFileId "file_id" "a file that is stored at Anthropic"
        ["", "", "source: file", ""] [NO, NO, Kept, NO];
    GoogleFile "fileData" "a file that is stored at Google"
        ["", "", "", "fileData.fileUri"] [NO, NO, NO, Kept];
    ToolResultMedia "tool_result" "an image or a document in a tool's result"
        ["", "function_call_output.output[]", "tool_result.content[]", "functionResponse.parts[]"]
        [AFTER_RESULTS, Kept, Kept, Kept];
    ToolError "is_error" "a tool that failed"
        ["", "", "tool_result.is_error", ""]
        [Changed("`Error: ` in front of its text"), Changed("`Error: ` in front of its text"), Kept, Changed("`{\"error\": …}`")];
    CacheControl "cache_control" "a marker for the provider's prompt cache"
        ["cache_control", "", "cache_control", ""] [Dropped, Dropped, Kept, Dropped];
    MidConversationSystem "system" "instructions in the middle of a conversation"
        ["messages[]: system", "input[]: system", "messages[]: system", ""]
        [Kept, Kept, Changed("in place for models that take it, else added to `system`"), Changed("added to `systemInstruction`")];
    ParticipantName "name" "the name of a speaker"
        ["messages[].name", "", "", ""] [Kept, Dropped, Dropped, Dropped];
    ForeignItem "input" "an item or block that only its dialect knows"
        ["", "input[]: web_search_call, …", "server_tool_use, search_result, …", "executableCode, …"] [NO, NO, NO, NO];

    // Hints to the provider
    User "user" "the id of the caller's user"
        ["user", "user", "metadata.user_id", ""] [Kept, Kept, Kept, Dropped];
    Metadata "metadata" "metadata"
        ["metadata", "metadata", "metadata.*", "labels"] [Dropped, Kept, Dropped, Dropped];
    ServiceTier "service_tier" "the service tier"
        ["service_tier", "service_tier", "service_tier", "serviceTier"]
        [Changed("`standard_only` becomes `default`"), Changed("`standard_only` becomes `default`"), Dropped, Dropped];
    Store "store" "whether the provider keeps the answer"
        ["store", "store", "", ""] [Dropped, Kept, Dropped, Dropped];
    PromptCacheKey "prompt_cache_key" "the key of the provider's prompt cache"
        ["prompt_cache_key", "prompt_cache_key", "", ""] [Kept, Kept, Dropped, Dropped];
    PromptCacheOption "prompt_cache_options" "options of the provider's prompt cache"
        ["prompt_cache_*", "prompt_cache_*", "", ""] [Dropped, Dropped, Dropped, Dropped];
    SafetyIdentifier "safety_identifier" "the safety identifier"
        ["safety_identifier", "safety_identifier", "", ""] [Dropped, Kept, Dropped, Dropped];
    Truncation "truncation" "how a conversation that is too long is cut"
        ["", "truncation", "", ""] [Dropped, Kept, Dropped, Dropped];
    Include "include" "further output of Responses"
        ["", "include", "", ""] [Dropped, Kept, Dropped, Dropped];
    SafetySettings "safetySettings" "Google's safety settings"
        ["safety_settings", "", "", "safetySettings"] [Dropped, Dropped, Dropped, Kept];
    ThinkingConfig "thinkingConfig" "Google's own settings of thinking"
        ["extra_body.google.thinking_config", "", "", "generationConfig.thinkingConfig"] [Dropped, Dropped, Dropped, Kept];
    CachedContent "cachedContent" "a prompt whose beginning is stored at Google"
        ["cached_content", "", "", "cachedContent"] [NO, NO, NO, Kept];
    UnknownMember "unknown" "a member that the client's dialect does not document"
        ["any other", "any other", "any other", "any other"] [Dropped, Dropped, Dropped, Dropped];

    // Stored state
    Background "background" "a run in the background"
        ["", "background", "", ""]
        [NO_BACKGROUND, Kept, NO_BACKGROUND, NO_BACKGROUND];
    PreviousResponse "previous_response_id" "the response that this one continues"
        ["", "previous_response_id", "", ""]
        [NATIVE_RESPONSES_ONLY, Kept, NATIVE_RESPONSES_ONLY, NATIVE_RESPONSES_ONLY];
    Conversation "conversation" "a stored conversation"
        ["", "conversation", "", ""]
        [NATIVE_RESPONSES_ONLY, Kept, NATIVE_RESPONSES_ONLY, NATIVE_RESPONSES_ONLY];
    PromptTemplate "prompt" "a stored prompt"
        ["", "prompt", "", ""]
        [NATIVE_RESPONSES_ONLY, Kept, NATIVE_RESPONSES_ONLY, NATIVE_RESPONSES_ONLY];
    ContextManagement "context_management" "the provider's management of a long context"
        ["", "context_management", "context_management", ""]
        [NATIVE_RESPONSES_ONLY, NATIVE_RESPONSES_ONLY, NATIVE_RESPONSES_ONLY, NATIVE_RESPONSES_ONLY];
}

/// The table.
pub fn rows() -> &'static [Row] {
    ROWS
}

/// What becomes of a feature in a target dialect.
pub fn fate(feature: Feature, target: Dialect) -> Fate {
    // The rows stand in the order of the enum.
    ROWS.get(feature as usize).map_or(Fate::Dropped, |row| row.fate[column(target)])
}

/// The column of a dialect.
pub fn column(dialect: Dialect) -> usize {
    match dialect {
        Dialect::OpenAiChat => 0,
        Dialect::OpenAiResponses => 1,
        Dialect::AnthropicMessages => 2,
        Dialect::Gemini => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::{Fate, column, rows};
    use vocabulary::Dialect;

    #[test]
    fn every_row_stands_at_its_feature() {
        for (index, row) in rows().iter().enumerate() {
            assert_eq!(row.feature as usize, index, "{:?}", row.feature);
        }
        for (index, dialect) in Dialect::ALL.into_iter().enumerate() {
            assert_eq!(column(dialect), index);
        }
    }

    #[test]
    fn what_is_kept_has_a_name_in_the_target() {
        for row in rows() {
            for (fate, spelled) in row.fate.iter().zip(row.spelled) {
                assert!(*fate != Fate::Kept || !spelled.is_empty(), "{:?}", row.feature);
            }
        }
    }
}
