//! The manual page is made from the declarations and must not be stale.

use std::path::Path;

#[test]
fn the_manual_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settings.md");
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == crate::reference_markdown(),
        "docs/settings.md is stale: run `make docs` and commit the result"
    );
}

#[test]
fn no_name_is_declared_twice() {
    let declarations = || crate::load::declarations();
    let mut keys: Vec<&str> = declarations()
        .filter_map(crate::declare::Declaration::yaml_key)
        .chain(crate::known::later_keys())
        .collect();
    let mut names: Vec<&str> = declarations()
        .flat_map(|declaration| declaration.env)
        .copied()
        .chain(crate::known::later_env())
        .collect();
    for list in [&mut keys, &mut names] {
        let all = list.len();
        list.sort_unstable();
        list.dedup();
        assert_eq!(list.len(), all, "{list:?}");
    }
}
