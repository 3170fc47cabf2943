//! Modes and categories: what a model does, in fine and in coarse words (spec 02 §8.3).
//! Invariant: unknown modes add no category, and an id is guessed from only when nobody knew a mode.

use crate::metadata::Word;

/// The coarse kinds of some modes, each once, in the order of their first mode.
pub(crate) fn categories_of(modes: &[Word]) -> Vec<Word> {
    let mut categories: Vec<Word> = Vec::new();
    for category in modes.iter().filter_map(category_of) {
        if !categories.iter().any(|known| known.as_str() == category) {
            categories.push(category.into());
        }
    }
    categories
}

fn category_of(mode: &Word) -> Option<&'static str> {
    Some(match mode.as_str() {
        "chat" | "completion" | "responses" => "text_generation",
        "embedding" | "rerank" => "embedding",
        "image_generation" | "image_edit" => "image",
        "audio_speech" | "audio_transcription" => "audio",
        "video_generation" => "video",
        "moderation" | "ocr" | "search" => "utility",
        _ => return None,
    })
}

/// The mode that an id gives away, looking at its last `/` segment.
pub(super) fn guess_modes(id: &str) -> Option<Word> {
    let name = id.rsplit('/').next().unwrap_or(id).to_lowercase();
    let is_embedder = |token: &str| matches!(token, "bge" | "e5" | "gte" | "minilm");
    if name.contains("rerank") {
        Some("rerank".into())
    } else if name.contains("embed") || name.split(['-', '_', '.', ':', '@', ' ']).any(is_embedder) {
        Some("embedding".into())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{categories_of, guess_modes};
    use crate::metadata::Word;

    #[test]
    fn the_heuristic_of_spec_02_section_8_3() {
        let cases = [
            ("bge-m3", Some("embedding")), // acceptance case 56
            ("gemma-3n-e4b", None),        // acceptance case 56
            ("BAAI/bge-reranker-v2", Some("rerank")),
            ("Cohere-Embed-v3", Some("embedding")),
            ("intfloat/multilingual-e5-large", Some("embedding")),
            ("all-MiniLM-L6-v2", Some("embedding")),
            ("embedder/chatty", None),
            ("e50", None),
        ];
        for (id, mode) in cases {
            assert_eq!(guess_modes(id).as_ref().map(Word::as_str), mode, "{id}");
        }
    }

    #[test]
    fn categories_follow_from_modes() {
        let cases: [(&[&str], &[&str]); 4] = [
            (&["chat", "responses"], &["text_generation"]),
            (&["image_edit", "chat", "image_generation"], &["image", "text_generation"]),
            (
                &["audio_speech", "ocr", "rerank", "video_generation"],
                &["audio", "utility", "embedding", "video"],
            ),
            (&["realtime", "video_edit"], &[]),
        ];
        for (modes, categories) in cases {
            let modes: Vec<Word> = modes.iter().map(|mode| Word::from(*mode)).collect();
            let found = categories_of(&modes);
            assert_eq!(found.iter().map(Word::as_str).collect::<Vec<_>>(), categories);
        }
    }
}
