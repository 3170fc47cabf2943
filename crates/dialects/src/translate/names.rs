//! Names of tools, spelled so that the target takes them. Gemini lets a name have dots and colons, Anthropic and Responses let it
//! be 128 characters long, and chat has neither; a provider refuses the whole request for one such name.
//! In: a request and the dialect of its target. Out: the same request if it will do, else one whose tools, calls, results and
//! choices have other names; and what must be said of them to the client in the answer.
//! Invariants: names that the target takes stay as they are; no two tools get one name; the same request gives the same names.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use vocabulary::Dialect;

use crate::conversation::{Content, Request, Text, ToolChoice, ToolKind};

/// A tool that the target knows under another name than the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenamedTool {
    /// The name that was sent.
    pub sent: Text,
    /// The client's name.
    pub name: Text,
    /// The client's namespace of it.
    pub namespace: Option<Text>,
}

/// The request in names that the target takes, and which of its tools have others there.
pub(super) fn spell(request: &Request, target: Dialect) -> (Cow<'_, Request>, Vec<RenamedTool>) {
    let respelled = respelled(request, target);
    let renamed = renamed(request, &respelled);
    if respelled.is_empty() {
        return (Cow::Borrowed(request), renamed);
    }
    let mut request = request.clone();
    rename(&mut request, &respelled);
    (Cow::Owned(request), renamed)
}

/// The names that the target would refuse, with those that it takes.
fn respelled(request: &Request, target: Dialect) -> HashMap<Text, Text> {
    let own = request.tools.iter().filter(|tool| !matches!(tool.kind, ToolKind::Hosted(_)));
    let parts = request.turns.iter().flat_map(|turn| &turn.parts);
    let called = parts.filter_map(|part| match &part.content {
        Content::ToolCall(call) => Some(&call.name),
        _ => None,
    });
    let names: Vec<&Text> = own.map(|tool| &tool.name).chain(called).collect();
    let (fit, others): (Vec<&Text>, Vec<&Text>) = names.into_iter().partition(|name| fits(name, target));
    if others.is_empty() {
        return HashMap::new();
    }
    let mut taken: HashSet<Text> = fit.into_iter().cloned().collect();
    let mut respelled = HashMap::new();
    for name in others {
        if !respelled.contains_key(name) {
            let spelled = spelled(name, target, &taken);
            taken.insert(spelled.clone());
            respelled.insert(name.clone(), spelled);
        }
    }
    respelled
}

/// How long a name may be, as the dialects' documents say.
fn longest(target: Dialect) -> usize {
    match target {
        Dialect::OpenAiChat | Dialect::Gemini => 64,
        Dialect::OpenAiResponses | Dialect::AnthropicMessages => 128,
    }
}

fn is_allowed(byte: u8, target: Dialect) -> bool {
    let is_plain = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    is_plain || (target == Dialect::Gemini && matches!(byte, b'.' | b':'))
}

fn fits(name: &str, target: Dialect) -> bool {
    let begins_well = target != Dialect::Gemini
        || name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    begins_well && name.len() <= longest(target) && name.bytes().all(|byte| is_allowed(byte, target))
}

/// A name that fits and that nobody has: the same letters as far as they go, and a mark of the whole name where that does not do.
fn spelled(name: &str, target: Dialect, taken: &HashSet<Text>) -> Text {
    let allowed = |letter: char| u8::try_from(letter).is_ok_and(|byte| is_allowed(byte, target));
    let mut plain: String = name.chars().map(|letter| if allowed(letter) { letter } else { '_' }).collect();
    if !plain.is_empty() && !fits(&plain[..1], target) {
        plain.insert(0, '_');
    }
    let plain = Text::from(plain);
    if fits(&plain, target) && !taken.contains(&plain) {
        return plain;
    }
    let mut attempt = 0_u32;
    loop {
        let mut hasher = DefaultHasher::new();
        (name, attempt).hash(&mut hasher);
        let mark = format!("_{:08x}", hasher.finish() as u32);
        let kept = plain.len().min(longest(target) - mark.len());
        let marked = Text::from(format!("{}{mark}", &plain[..kept]));
        if !taken.contains(&marked) {
            return marked;
        }
        attempt += 1;
    }
}

/// What the answer must be told in other words than the target's.
fn renamed(request: &Request, respelled: &HashMap<Text, Text>) -> Vec<RenamedTool> {
    let sent = |name: &Text| respelled.get(name).unwrap_or(name).clone();
    let namespaced = request.namespaced_tools.iter().map(|tool| RenamedTool {
        sent: sent(&tool.qualified),
        name: tool.name.clone(),
        namespace: Some(tool.namespace.clone()),
    });
    let qualified: HashSet<&Text> = request.namespaced_tools.iter().map(|tool| &tool.qualified).collect();
    let plain = request.tools.iter().filter_map(|tool| {
        let sent = respelled.get(&tool.name).filter(|_| !qualified.contains(&tool.name))?;
        Some(RenamedTool { sent: sent.clone(), name: tool.name.clone(), namespace: None })
    });
    namespaced.chain(plain).collect()
}

fn rename(request: &mut Request, respelled: &HashMap<Text, Text>) {
    let spell = |name: &mut Text| {
        if let Some(spelled) = respelled.get(name) {
            *name = spelled.clone();
        }
    };
    let own = request.tools.iter_mut().filter(|tool| !matches!(tool.kind, ToolKind::Hosted(_)));
    own.for_each(|tool| spell(&mut tool.name));
    match &mut request.tool_choice {
        Some(ToolChoice::Tool(name)) => spell(name),
        Some(ToolChoice::Allowed { names, .. }) => names.iter_mut().for_each(spell),
        _ => {}
    }
    for part in request.turns.iter_mut().flat_map(|turn| &mut turn.parts) {
        match &mut part.content {
            Content::ToolCall(call) => spell(&mut call.name),
            Content::ToolResult(result) => {
                if let Some(name) = &mut result.name {
                    spell(name);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use vocabulary::Dialect;

    use super::spell;
    use crate::conversation::{Content, Request};
    use crate::json::RawObject;
    use crate::translate::decode_request;

    fn gemini(names: &[&str]) -> Request {
        let tools: Vec<_> = names.iter().map(|name| format!(r#"{{"name":"{name}"}}"#)).collect();
        let call = names.first().unwrap();
        let body = format!(
            r#"{{"contents":[{{"parts":[{{"text":"q"}}]}},{{"role":"model","parts":[{{"functionCall":{{"name":"{call}","args":{{}}}}}}]}},
              {{"parts":[{{"functionResponse":{{"name":"{call}","response":{{}}}}}}]}}],"tools":[{{"functionDeclarations":[{}]}}],
              "toolConfig":{{"functionCallingConfig":{{"mode":"ANY","allowedFunctionNames":["{call}"]}}}}}}"#,
            tools.join(",")
        );
        decode_request(Dialect::Gemini, &RawObject::scan(body.into()).unwrap()).unwrap()
    }

    fn names(request: &Request) -> Vec<String> {
        request.tools.iter().map(|tool| tool.name.to_string()).collect()
    }

    #[test]
    fn names_that_the_target_takes_stay() {
        let request = gemini(&["a_b-C9", "b"]);
        for target in Dialect::ALL {
            let (same, renamed) = spell(&request, target);
            assert!(matches!(same, Cow::Borrowed(_)) && renamed.is_empty(), "{target:?}");
        }
        assert!(matches!(spell(&gemini(&["mcp.a:b"]), Dialect::Gemini).0, Cow::Borrowed(_)));
    }

    #[test]
    fn other_names_are_spelled_alike_wherever_they_stand_and_no_two_become_one() {
        let request = gemini(&["mcp.now", "mcp_now", "mcp:now"]);
        let (sent, renamed) = spell(&request, Dialect::OpenAiChat);
        let now = names(&sent);
        assert_eq!(now[1], "mcp_now");
        assert!(
            now[0].starts_with("mcp_now_") && now[2].starts_with("mcp_now_") && now[0] != now[2],
            "{now:?}"
        );
        assert_eq!(renamed.iter().map(|tool| &*tool.name).collect::<Vec<_>>(), ["mcp.now", "mcp:now"]);
        let in_turns =
            sent.turns.iter().flat_map(|turn| &turn.parts).filter_map(|part| match &part.content {
                Content::ToolCall(call) => Some(call.name.to_string()),
                Content::ToolResult(result) => result.name.as_ref().map(|name| name.to_string()),
                _ => None,
            });
        assert_eq!(in_turns.collect::<Vec<_>>(), [now[0].as_str(), now[0].as_str()]);
        assert!(format!("{:?}", sent.tool_choice).contains(&now[0]), "{:?}", sent.tool_choice);
    }

    #[test]
    fn a_long_name_is_cut_and_marked() {
        let (long, other) = (format!("mcp__{}__a", "x".repeat(70)), format!("mcp__{}__b", "x".repeat(70)));
        let request = gemini(&[&long, &other, "9é"]);
        let (sent, renamed) = spell(&request, Dialect::OpenAiChat);
        let sent = names(&sent);
        assert!(
            sent[0].len() == 64 && sent[1].len() == 64 && sent[0] != sent[1] && sent[2] == "9_",
            "{sent:?}"
        );
        assert_eq!(renamed.len(), 3);
        assert_eq!(names(&spell(&request, Dialect::AnthropicMessages).0)[..2], [long, other]);
        assert_eq!(names(&spell(&request, Dialect::Gemini).0)[2], "_9_");
    }
}
