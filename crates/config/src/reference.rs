//! The manual page of all settings, and the listing of `print-config`: both made from the declarations.
//! In: the tables of `load`, `provider_block` and `known`. Out: Markdown and text.

use std::fmt::Write as _;

use crate::declare::{Declaration, DefaultValue, EffectiveValue, Field, doc_line};
use crate::known;
use crate::load::SECTIONS;
use crate::provider_block::ProviderBlock;
use crate::reader::Block;
use crate::resolver::SectionTables;

const HEAD: &str = "\
<!-- Generated from crates/config by `make docs`. Do not edit. -->

# Settings

Sources, strongest first: environment variables, `.env` in the working directory, the YAML file, defaults. The file is the one
that `--config` or `GOMODEL_CONFIG` names, else `config/config.yaml`, else `config.yaml`. `gomodel check-config` lists every
problem; `gomodel print-config` shows what holds and where it came from.

- An empty environment variable counts as unset. The value `none` clears a text or a list.
- Booleans: `true`, `1`, `yes`, `on`, `false`, `0`, `no`, `off`. Times: seconds (`600`) or units (`500ms`, `1m30s`, `24h`). Sizes:
  bytes or `K`, `M`, `G` in powers of 1024. Lists: comma-separated, in the file also as YAML lists.
- Every secret can be given as `NAME_FILE`: the path of a file that holds it. So can the keys of providers.
- In values of the file, `${NAME}`, `${NAME:-default}`, `${NAME:?message}` and `${file:/path}` are replaced; `$${` is a literal `${`.
- Unknown keys in the file stop the start; with `CONFIG_STRICT=false` they are warnings.
";

const PROVIDERS: &str = "
## Providers

Providers come from the file (`providers.<name>`, keys below) and from the environment: `<TYPE>[_<SUFFIX>]_<FIELD>`, as in
`OPENAI_API_KEY` or `OPENAI_EU_BASE_URL`, which makes a provider `openai-eu`. Further keys are `<TYPE>_API_KEY_2` and so on.
";

const LATER: &str = "
## Known names without effect yet

These names are accepted with one warning, because the feature behind them is not in this version.
";

/// `docs/settings.md`.
pub fn reference_markdown() -> String {
    let mut page = String::from(HEAD);
    for section in SECTIONS {
        write_section(&mut page, section);
    }
    page.push_str(PROVIDERS);
    let _ = writeln!(page, "\nFields: {}.\n", code_list(known::PROVIDER_TOKENS.into_iter()));
    page.push_str("| Key | Type | Meaning |\n| --- | --- | --- |\n");
    write_fields(&mut page, "", ProviderBlock::FIELDS);
    page.push_str(
        "\nVariables that hold for all providers of a type:\n\n| Environment | Meaning |\n| --- | --- |\n",
    );
    for (name, meaning) in known::PROVIDER_WIDE {
        let _ = writeln!(page, "| `{name}` | {meaning} |");
    }
    page.push_str(LATER);
    for later in known::LATER {
        let _ = writeln!(page, "\n### {}\n\n| Environment | Key |\n| --- | --- |", later.feature);
        for (env, key) in later.names {
            let _ = writeln!(page, "| {} | {} |", code(env), code(key));
        }
    }
    let prefixes =
        known::LATER_PREFIXES.iter().map(|prefix| format!("`{prefix}*`")).collect::<Vec<_>>().join(", ");
    let _ = writeln!(page, "\nAnd every name that begins with {prefixes}.");
    page
}

fn write_section(page: &mut String, section: &SectionTables) {
    let about = doc_line(section.about);
    let first_key = section.own.iter().find_map(Declaration::yaml_key);
    let key = first_key.and_then(|key| key.rsplit_once('.')).map_or("Environment only", |(key, _)| key);
    let title = if key.contains(' ') { key.to_owned() } else { format!("`{key}`") };
    let _ = writeln!(
        page,
        "\n## {title}\n\n{about}\n\n| Key | Environment | Type | Default | Meaning |\n| --- | --- | --- | --- | --- |"
    );
    for declaration in section.declarations() {
        let default = match declaration.default {
            DefaultValue::Fixed("") => String::new(),
            DefaultValue::Fixed(text) => code(text),
            DefaultValue::Found { shown, .. } => shown.to_owned(),
        };
        let key = code(declaration.yaml_key().unwrap_or_default());
        let env = code_list(declaration.env.iter().copied());
        let _ = writeln!(
            page,
            "| {key} | {env} | {} | {default} | {} |",
            declaration.kind,
            declaration.doc_line()
        );
    }
}

fn write_fields(page: &mut String, prefix: &str, fields: &[Field]) {
    for field in fields {
        let key = format!("{prefix}{}", field.key);
        let _ = writeln!(page, "| `{key}` | {} | {} |", field.kind, doc_line(field.doc));
        let below = if field.kind.starts_with("list") { format!("{key}[].") } else { format!("{key}.") };
        write_fields(page, &below, field.fields);
    }
}

fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{text}`") }
}

fn code_list<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    texts.map(code).collect::<Vec<_>>().join(", ")
}

/// `print-config`: one line per setting, `key = value  # origin`, aligned.
pub fn render_effective(values: &[EffectiveValue]) -> String {
    let key_width = values.iter().map(|value| value.key.len()).max().unwrap_or(0);
    let value_width = values
        .iter()
        .map(|value| value.value.chars().count())
        .filter(|width| *width <= 40)
        .max()
        .unwrap_or(0);
    let mut text = String::new();
    for value in values {
        let shown = value.value.replace('\n', "\\n");
        let _ = writeln!(text, "{:key_width$} = {shown:value_width$}  # {}", value.key, value.origin);
    }
    text
}
