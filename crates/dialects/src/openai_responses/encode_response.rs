//! The conversation's answer to a whole response object (spec 03-B28 to B30).
//! In: a `Response`, of which the first choice counts. Out: the object that a client reads.

use super::output::{
    ResponseObject, Status, encrypted_content, finished, item_id, response_json, shows_state,
};
use crate::conversation::{Choice, Content, Part, Response, Text};
use crate::translate::Rendering;

/// Writes a whole answer.
pub fn encode_response(response: &Response, rendering: &mut Rendering) -> Vec<u8> {
    let empty = Choice::default();
    let choice = response.first().unwrap_or(&empty);
    let id = rendering.ids.next("resp_");
    let status = match (&response.error, &choice.stop) {
        (Some(error), _) => Status::Failed(error),
        (None, Some(stop)) => Status::of_stop(stop),
        (None, None) => Status::Completed,
    };
    let output = items(choice, status, rendering);
    let created = response.created.unwrap_or(rendering.created);
    let (model, usage) = (&*response.model, response.usage);
    let object = ResponseObject { id: &id, model, created, status, output: &output, usage };
    response_json(&object, rendering)
}

fn items(choice: &Choice, status: Status<'_>, rendering: &mut Rendering) -> Vec<Vec<u8>> {
    let shows_state = shows_state(rendering);
    let mut shown: Vec<(Text, &Content)> = Vec::new();
    for part in choice.parts.iter().filter(|part| says_something(part, shows_state)) {
        if let Some(id) = item_id(&part.content, &mut rendering.ids) {
            shown.push((id, &part.content));
        }
    }
    let nothing = Part::text("");
    if shown.is_empty() && !matches!(status, Status::Failed(_)) {
        // What loops over messages finds one.
        shown.push((rendering.ids.next("msg_"), &nothing.content));
    }
    let last = shown.len().saturating_sub(1);
    let status_of = |index| if index == last { status.of_last_item() } else { "completed" };
    let items = shown.iter().enumerate();
    items.map(|(index, (id, content))| finished(id, content, status_of(index), shows_state)).collect()
}

/// False for parts whose item would be empty.
fn says_something(part: &Part, shows_state: bool) -> bool {
    match &part.content {
        Content::Text { text, annotations, .. } => !text.is_empty() || !annotations.is_empty(),
        Content::Refusal(text) => !text.is_empty(),
        Content::Reasoning(reasoning) => {
            !reasoning.text.is_empty() || (shows_state && encrypted_content(reasoning).is_some())
        }
        _ => true,
    }
}
