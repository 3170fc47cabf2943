//! Names that mean the same: how catalogue and price book spell our provider types, and dated model ids.
//! Invariant: data and text rules only; who asks first and what follows is decided by the askers (spec 02 §8.2, B10).

/// The names under which the catalogue keeps a provider type's models, best first.
pub(crate) fn catalogue_slugs(provider_type: &str) -> impl Iterator<Item = &str> {
    let others: &[&str] = match provider_type {
        "vertex" => &["vertex_ai"],
        "bedrock-mantle" => &["bedrock"],
        "opencode_go" => &["opencode", "openai"],
        _ => &[],
    };
    std::iter::once(provider_type).chain(others.iter().copied())
}

/// The shelves of the built-in book whose prices hold for a provider type, best first.
pub(crate) fn book_shelves(provider_type: &str) -> impl Iterator<Item = &str> {
    let others: &[&str] = match provider_type {
        "azure" => &["openai"],
        "vertex" => &["gemini"],
        _ => &[],
    };
    std::iter::once(provider_type).chain(others.iter().copied())
}

/// False for what is paid by subscription: a price per token would be invented.
pub(crate) fn has_prices(provider_type: &str) -> bool {
    provider_type != "chatgpt"
}

/// The id without one trailing release date: `-20260406`, `-2026-04-06`, `-2026`, `-0613`; also with `_` or `.`.
pub(crate) fn without_release_suffix(id: &str) -> Option<&str> {
    const SHAPES: [&[usize]; 3] = [&[2, 2, 4], &[8], &[4]];
    SHAPES.iter().find_map(|groups| strip_groups(id, groups)).filter(|rest| !rest.is_empty())
}

/// Cuts groups of digits off the end, each behind a separator.
fn strip_groups<'a>(id: &'a str, groups: &[usize]) -> Option<&'a str> {
    groups.iter().try_fold(id, |rest, digits| {
        let at = rest.len().checked_sub(*digits)?;
        let (head, tail) = rest.split_at_checked(at)?;
        tail.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
        head.strip_suffix(['-', '_', '.'])
    })
}

#[cfg(test)]
mod tests {
    use super::without_release_suffix;

    #[test]
    fn one_release_suffix_is_cut() {
        let cases = [
            ("gpt-4o-2024-05-13", Some("gpt-4o")),
            ("z-ai/glm-5.1-20260406", Some("z-ai/glm-5.1")),
            ("gpt-4-0613", Some("gpt-4")),
            ("mistral_2411", Some("mistral")),
            ("model.2026", Some("model")),
            ("a-2026-0613", Some("a-2026")),
            ("gpt-4o", None),
            ("2026", None),
            ("-2026", None),
            ("qwen-72b", None),
            ("x-12345", None),
            ("größe-ü0613", None),
            ("", None),
        ];
        for (id, rest) in cases {
            assert_eq!(without_release_suffix(id), rest, "{id}");
        }
    }
}
