//! A warning for environment names that nobody reads and that look like a slip: `OPENAI_APIKEY` (spec 08-B27).
//! In: the merged environment. Out: warnings. A process has many foreign variables, so only near misses of long names count.

use crate::declare::Declaration;
use crate::environment::MergedEnvironment;
use crate::known;
use crate::load::declarations;
use crate::near::distance;
use crate::problems::{Place, Problems};

/// Warns of every unknown name that is close to a known one.
pub(crate) fn warn_of_near_names(environment: &MergedEnvironment, problems: &mut Problems) {
    for name in environment.names().filter(|name| !is_known(name)) {
        if let Some(meant) = meant(name) {
            let text =
                format!("environment variable {name} is not known and has no effect (did you mean {meant}?)");
            problems.warning(Place::Environment, text);
        }
    }
}

fn is_known(name: &str) -> bool {
    let plain = name.strip_suffix("_FILE").unwrap_or(name);
    let ours = |declaration: &Declaration| {
        declaration.env.iter().any(|known| *known == name || (declaration.secret && *known == plain))
    };
    declarations().any(ours)
        || known::OTHER.contains(&name)
        || known::PROVIDER_WIDE.iter().any(|(known, _)| *known == name || *known == plain)
        || known::is_later_env(name)
        || known::CHAIN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || [name, plain].into_iter().any(is_provider_name)
}

fn is_provider_name(name: &str) -> bool {
    known::split_provider(name).is_some_and(|(_, rest)| {
        known::PROVIDER_TOKENS.iter().any(|token| known::ends_with_word(known::without_slot(rest), token))
    })
}

fn meant(name: &str) -> Option<String> {
    let ours = declarations().flat_map(|declaration| declaration.env).copied();
    let provider_wide = known::PROVIDER_WIDE.iter().map(|(name, _)| *name);
    let whole = ours
        .chain(known::OTHER)
        .chain(known::later_env())
        .chain(provider_wide)
        .find(|known| is_near(name, known));
    whole.map(str::to_owned).or_else(|| meant_of_provider(name))
}

/// `OPENAI_EU_APIKEY` → `OPENAI_EU_API_KEY`, `OPENIA_API_KEY` → `OPENAI_API_KEY`.
fn meant_of_provider(name: &str) -> Option<String> {
    if let Some((prefix, rest)) = known::split_provider(name) {
        let starts = std::iter::once(0).chain(rest.match_indices('_').map(|(at, _)| at + 1));
        return starts
            .filter_map(|start| {
                Some((start, known::PROVIDER_TOKENS.iter().find(|token| is_near(&rest[start..], token))?))
            })
            .map(|(start, token)| format!("{prefix}_{}{token}", &rest[..start]))
            .next();
    }
    let tokens = || ["API_KEY", "BASE_URL"].into_iter();
    let candidates = known::PROVIDER_PREFIXES
        .iter()
        .flat_map(|prefix| tokens().map(move |token| format!("{prefix}_{token}")));
    candidates.into_iter().find(|candidate| is_near(name, candidate))
}

/// One slip in a name of six letters or more, two from fourteen on; the first letter is right, as slips go.
fn is_near(name: &str, known: &str) -> bool {
    let bound = match known.len() {
        0..=5 => return false,
        6..=13 => 1,
        _ => 2,
    };
    name != known
        && name.as_bytes().first() == known.as_bytes().first()
        && distance(name, known, bound).is_some()
}
