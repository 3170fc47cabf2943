//! Names in a text, sorted for binary search: twelve bytes a name and no copies.
//! Invariant: spans are offsets into the one text that the catalogue owns; a span that does not fit it finds nothing.

/// A range of bytes in the catalogue's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    len: u32,
}

impl Span {
    /// Offsets beyond 4 GiB cannot occur: the text is limited to 10 MiB.
    pub(super) fn new(start: usize, len: usize) -> Self {
        Self { start: u32::try_from(start).unwrap_or(u32::MAX), len: u32::try_from(len).unwrap_or(0) }
    }

    /// The place of a slice of `text`; `None` if the slice lies elsewhere in memory.
    pub(super) fn within(text: &str, slice: &str) -> Option<Self> {
        let start = (slice.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
        (start.checked_add(slice.len())? <= text.len()).then(|| Self::new(start, slice.len()))
    }

    pub(super) fn of(self, text: &str) -> Option<&str> {
        let start = self.start as usize;
        text.get(start..start + self.len as usize)
    }
}

/// Names, each with the number of an entry; a name may occur more than once.
#[derive(Default)]
pub(super) struct NameIndex {
    rows: Vec<(Span, u32)>,
}

impl NameIndex {
    pub(super) fn build(mut rows: Vec<(Span, u32)>, text: &str) -> Self {
        rows.sort_by(|(a, _), (b, _)| a.of(text).cmp(&b.of(text)));
        rows.shrink_to_fit();
        Self { rows }
    }

    /// The entries of a name, in the order of the text.
    pub(super) fn find<'a>(&'a self, text: &'a str, name: &'a str) -> impl Iterator<Item = u32> + 'a {
        let start = self.rows.partition_point(|(span, _)| span.of(text) < Some(name));
        let rows = self.rows.iter().skip(start);
        rows.take_while(move |(span, _)| span.of(text) == Some(name)).map(|(_, entry)| *entry)
    }

    pub(super) fn contains(&self, text: &str, name: &str) -> bool {
        self.find(text, name).next().is_some()
    }

    pub(super) fn name_of<'a>(&self, text: &'a str, entry: u32) -> Option<&'a str> {
        self.rows.iter().find(|(_, number)| *number == entry).and_then(|(span, _)| span.of(text))
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.rows.capacity() * size_of::<(Span, u32)>()
    }
}
