//! The public model catalogue, and how little of it is kept (format: spec 02 §8.1, B10).
//! In: the JSON text as it was fetched. Out: metadata of the models that instances really have, parsed when asked for.
//! Memory: the text itself (the cache file wants it back unchanged) and an index of byte ranges, about a tenth of it;
//! measured with the catalogue of May 2026 (2,410 entries): 857 KiB of text, 79 KiB of index, read in 5 ms. 730 models that
//! it describes take 2 MiB in the registry, so what no instance has stays unparsed.
//! Invariant: every indexed entry was parsed once, when the catalogue came; odd ones are counted and left out.

mod entries;
mod find;
mod index;

use crate::metadata::{Metadata, object};
use entries::{Document, ProviderModel};
use index::{NameIndex, Span};

/// A catalogue that was read.
pub struct Catalogue {
    /// The JSON text; behind it the few names that are escaped in the JSON, in clear.
    text: String,
    json_len: usize,
    providers: NameIndex,
    models: NameIndex,
    model_entries: Vec<Span>,
    aliases: NameIndex,
    provider_models: NameIndex,
    provider_entries: Vec<Span>,
    upstream_ids: NameIndex,
    facts: CatalogueFacts,
}

/// What reading a catalogue found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogueFacts {
    /// The `version` member; this reader knows 1.
    pub version: Option<u64>,
    /// Models indexed.
    pub models: usize,
    /// Models of providers indexed.
    pub provider_models: usize,
    /// Entries with `enabled: false`.
    pub disabled: usize,
    /// Entries that could not be read.
    pub skipped: usize,
}

/// The text is no catalogue at all.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// Not JSON, or one of the sections is no object.
    #[error("the model catalogue cannot be read")]
    Malformed(#[source] serde_json::Error),
    /// Larger than the fetch limit of 10 MiB.
    #[error("the model catalogue is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
}

/// The most that is read, in bytes.
pub const MAX_CATALOGUE_BYTES: usize = 10 << 20;

impl Catalogue {
    /// Reads and indexes a catalogue. Takes some milliseconds per megabyte: call it on a blocking thread.
    ///
    /// # Errors
    /// `CatalogueError` if the text is too large or no JSON of that shape. Odd entries are no error.
    pub fn parse(mut text: String) -> Result<Self, CatalogueError> {
        if text.len() > MAX_CATALOGUE_BYTES {
            return Err(CatalogueError::TooLarge { limit: MAX_CATALOGUE_BYTES });
        }
        text.shrink_to_fit();
        let mut reader = Reader::default();
        let (document, escaped) = {
            let document: Document<'_> = object(&text).map_err(CatalogueError::Malformed)?;
            reader.read(&text, &document);
            (document.version(), std::mem::take(&mut reader.escaped))
        };
        reader.facts.version = document;
        if document != Some(1) {
            tracing::warn!(catalogue.version = ?document, "the model catalogue has a version that is not known");
        }
        let json_len = text.len();
        text.reserve_exact(escaped.len());
        text.push_str(&escaped);
        Ok(reader.finish(text, json_len))
    }

    /// What reading found.
    pub fn facts(&self) -> &CatalogueFacts {
        &self.facts
    }

    /// The text as it was fetched.
    pub fn as_json(&self) -> &str {
        self.text.get(..self.json_len).unwrap_or_default()
    }

    /// Bytes held: the text and the indexes.
    pub fn heap_bytes(&self) -> usize {
        let indexes =
            [&self.providers, &self.models, &self.aliases, &self.provider_models, &self.upstream_ids];
        let entries = (self.model_entries.len() + self.provider_entries.len()) * size_of::<Span>();
        self.text.capacity() + entries + indexes.iter().map(|index| index.heap_bytes()).sum::<usize>()
    }

    fn model_at(&self, entry: u32) -> Option<Metadata> {
        serde_json::from_str(self.model_entries.get(entry as usize)?.of(&self.text)?).ok()
    }

    fn provider_model_at(&self, entry: u32) -> Option<ProviderModel<'_>> {
        serde_json::from_str(self.provider_entries.get(entry as usize)?.of(&self.text)?).ok()
    }
}

/// Collects the indexes while the document is still borrowed.
#[derive(Default)]
struct Reader {
    escaped: String,
    providers: Vec<(Span, u32)>,
    models: Vec<(Span, u32)>,
    model_entries: Vec<Span>,
    aliases: Vec<(Span, u32)>,
    provider_models: Vec<(Span, u32)>,
    provider_entries: Vec<Span>,
    upstream_ids: Vec<(Span, u32)>,
    facts: CatalogueFacts,
}

impl Reader {
    fn read(&mut self, text: &str, document: &Document<'_>) {
        for (name, _) in &document.providers.0 {
            let name = self.place(text, name);
            self.providers.push((name, 0));
        }
        for (id, raw) in &document.models.0 {
            self.read_model(text, id, raw.get());
        }
        for (key, raw) in &document.provider_models.0 {
            self.read_provider_model(text, key, raw.get());
        }
        self.facts.models = self.model_entries.len();
        self.facts.provider_models = self.provider_entries.len();
    }

    fn read_model(&mut self, text: &str, id: &str, raw: &str) {
        let readable = object::<Metadata>(raw).is_ok();
        let Some((aliases, entry)) = entries::aliases(raw).filter(|_| readable).zip(Span::within(text, raw))
        else {
            self.facts.skipped += 1;
            return;
        };
        let number = u32::try_from(self.model_entries.len()).unwrap_or(u32::MAX);
        self.model_entries.push(entry);
        let id = self.place(text, id);
        self.models.push((id, number));
        for alias in &aliases {
            let alias = self.place(text, alias);
            self.aliases.push((alias, number));
        }
    }

    fn read_provider_model(&mut self, text: &str, key: &str, raw: &str) {
        let parsed = object::<ProviderModel<'_>>(raw).ok();
        let Some((model, entry)) = parsed.zip(Span::within(text, raw)) else {
            self.facts.skipped += 1;
            return;
        };
        if model.enabled == Some(false) {
            self.facts.disabled += 1;
            return;
        }
        let number = u32::try_from(self.provider_entries.len()).unwrap_or(u32::MAX);
        self.provider_entries.push(entry);
        let key = self.place(text, key);
        self.provider_models.push((key, number));
        if let Some(id) = model.upstream_id() {
            let id = self.place(text, id);
            self.upstream_ids.push((id, number));
        }
    }

    /// Where a name stands in the text; one that is escaped there is written behind it.
    fn place(&mut self, text: &str, name: &str) -> Span {
        Span::within(text, name).unwrap_or_else(|| {
            let span = Span::new(text.len() + self.escaped.len(), name.len());
            self.escaped.push_str(name);
            span
        })
    }

    fn finish(self, text: String, json_len: usize) -> Catalogue {
        Catalogue {
            providers: NameIndex::build(self.providers, &text),
            models: NameIndex::build(self.models, &text),
            aliases: NameIndex::build(self.aliases, &text),
            provider_models: NameIndex::build(self.provider_models, &text),
            upstream_ids: NameIndex::build(self.upstream_ids, &text),
            model_entries: shrunk(self.model_entries),
            provider_entries: shrunk(self.provider_entries),
            facts: self.facts,
            json_len,
            text,
        }
    }
}

fn shrunk(mut spans: Vec<Span>) -> Vec<Span> {
    spans.shrink_to_fit();
    spans
}

#[cfg(test)]
mod tests;
