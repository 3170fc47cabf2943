//! No text, however odd, makes loading panic, and no secret of it is repeated in what is said.

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, Strategy, any, prop_assert, proptest};
use proptest::sample::select;

use super::given;
use crate::load;

/// Pieces that YAML, `.env` and the placeholders give a meaning.
const PIECES: [&str; 49] = [
    "server",
    "port",
    "providers",
    "a",
    "type",
    "models",
    "metadata",
    "api_key",
    "headers",
    ": ",
    ":",
    "\n",
    "\n  ",
    "\n    ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "\"",
    "'",
    "|\n",
    ">\n",
    "&x ",
    "*x",
    "!!str ",
    "#",
    "\n---\n",
    "${",
    "}",
    "$${",
    "NAME",
    ":-",
    ":?",
    "file:",
    "=",
    "export ",
    "\\",
    "é",
    "\t",
    "~",
    "1",
    "0.5",
    "10m",
    "true",
    "? ",
    "%TAG ! x\n",
    "\u{feff}",
];

fn text() -> impl Strategy<Value = String> {
    vec(select(PIECES.as_slice()), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_loads_or_is_refused(yaml in text(), dotenv in text(), strict in any::<bool>()) {
        let strict = strict.to_string();
        let given = given().yaml(&yaml).dotenv(&dotenv).env([("CONFIG_STRICT", strict.as_str()), ("NAME", "x: [")]);
        if let Ok(loaded) = load(&given.0) {
            prop_assert!(!crate::render_effective(&loaded.values).is_empty());
        }
    }

    #[test]
    fn a_secret_is_never_repeated(before in text(), key in "sk-[a-z]{12}", strict in any::<bool>()) {
        let before = before.replace('\'', "''").replace('\n', " ");
        let yaml = format!(
            "server:\n  master_key: '{before}{key}'\n  port: x\nproviders:\n  p: {{api_key: \"{key}\", headers: {{K: {key}}}, proxy: 'ftp://u:{key}@h'}}\n"
        );
        let strict = strict.to_string();
        let given = given().yaml(&yaml).env([("CONFIG_STRICT", strict.as_str()), ("GOMODEL_MASTER_KEY", &key)]);
        let told = load(&given.0).map_or_else(|errors| errors.to_string(), |loaded| format!("{:?}", loaded.settings));
        prop_assert!(!told.contains(&key), "{}", told);
    }
}
