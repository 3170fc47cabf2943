//! Edits on a scanned body: the new text is slices of the old one with new pieces between them.
//! In: edits by key or by range, in any order. Out: `Slices`. Invariants: bytes that no edit touches stay identical, white space
//! and commas included; without an edit there is one slice, the body; of a member that is set, only the last duplicate remains.

use std::cmp::Reverse;
use std::ops::Range;

use bytes::Bytes;
use smallvec::{SmallVec, smallvec};

use super::object::RawObject;
use super::string::{push_quoted, quote};
use super::value::key_is;

/// A text in pieces, to be sent one after the other.
pub type Slices = SmallVec<[Bytes; 4]>;

type Pieces = SmallVec<[(Range<usize>, Bytes); 4]>;

/// A list of edits on one `RawObject`. Later edits see earlier ones: a removed member is gone, a renamed one has its new name.
#[derive(Clone, Debug)]
pub struct Edits<'a> {
    object: &'a RawObject,
    removed: IndexSet,
    renamed: SmallVec<[(usize, Box<str>); 2]>,
    replaced: Pieces,
    appended: SmallVec<[(Box<str>, Bytes); 2]>,
}

impl<'a> Edits<'a> {
    pub(super) fn new(object: &'a RawObject) -> Self {
        Self {
            object,
            removed: IndexSet::default(),
            renamed: SmallVec::new(),
            replaced: SmallVec::new(),
            appended: SmallVec::new(),
        }
    }

    /// The object that is edited, as it came.
    pub fn object(&self) -> &'a RawObject {
        self.object
    }

    /// Gives a member a new value in its place, or appends it. Earlier duplicates are removed. `json` must be a JSON text.
    pub fn set(&mut self, key: &str, json: impl Into<Bytes>) {
        let json = json.into();
        let Some(last) = self.keep_last(key) else { return self.append(key, json) };
        let Some(range) = self.value_range(last) else { return };
        self.replaced.retain(|(there, _)| *there != range);
        if self.object.body().get(range.clone()) != Some(&json[..]) {
            self.replaced.push((range, json));
        }
    }

    /// Gives a member another name in its place; its duplicates, and members that had the new name already, are removed.
    /// Does nothing if there is no such member.
    pub fn rename(&mut self, key: &str, new_key: &str) {
        if key == new_key {
            return;
        }
        if let Some(last) = self.keep_last(key) {
            self.remove(new_key);
            self.renamed.retain(|(index, _)| *index != last);
            self.renamed.push((last, new_key.into()));
        } else if self.appended.iter().any(|(name, _)| &**name == key) {
            self.remove(new_key);
            let appended = self.appended.iter_mut().find(|(name, _)| &**name == key);
            appended.into_iter().for_each(|(name, _)| *name = new_key.into());
        }
    }

    /// Removes every member of this name.
    pub fn remove(&mut self, key: &str) {
        for index in 0..self.object.spans().len() {
            if self.has_name(index, key) {
                self.removed.insert(index);
            }
        }
        self.appended.retain(|(name, _)| &**name != key);
    }

    /// Of a duplicated member, removes all but the last. Returns that one's index.
    fn keep_last(&mut self, key: &str) -> Option<usize> {
        let last = (0..self.object.spans().len()).rev().find(|index| self.has_name(*index, key))?;
        for index in 0..last {
            if self.has_name(index, key) {
                self.removed.insert(index);
            }
        }
        Some(last)
    }

    /// Of a duplicated member, removes all but the last.
    pub fn remove_duplicates(&mut self, key: &str) {
        self.keep_last(key);
    }

    /// Adds a member at the end, in the order of the calls; one that was appended under this name before is replaced.
    /// A member that the object has already is not looked at: see `set`. `json` must be a JSON text.
    pub fn append(&mut self, key: &str, json: impl Into<Bytes>) {
        self.appended.retain(|(name, _)| &**name != key);
        self.appended.push((key.into(), json.into()));
    }

    /// Replaces a range of the body, at any depth: the way to edit a nested value; an empty range inserts. Of equal ranges the
    /// later call wins. A range inside a removed or replaced one has no effect, neither has one outside the body. What then stands in the body must be JSON: the caller's duty.
    pub fn replace(&mut self, range: Range<usize>, json: impl Into<Bytes>) {
        if range.start <= range.end && range.end <= self.object.body().len() {
            self.replaced.push((range, json.into()));
        }
    }

    /// True if nothing would change.
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty()
            && self.renamed.is_empty()
            && self.replaced.is_empty()
            && self.appended.is_empty()
    }

    /// The edited text.
    pub fn finish(mut self) -> Slices {
        let body = self.object.body();
        if self.is_empty() {
            return smallvec![body.clone()];
        }
        let mut pieces = std::mem::take(&mut self.replaced);
        self.push_renames(&mut pieces);
        self.push_cuts(&mut pieces);
        self.push_appended(&mut pieces);
        splice(body, in_order(pieces))
    }

    fn has_name(&self, index: usize, key: &str) -> bool {
        if self.removed.contains(index) {
            return false;
        }
        match self.renamed.iter().find(|(renamed, _)| *renamed == index) {
            Some((_, name)) => &**name == key,
            None => self.object.spans().get(index).is_some_and(|span| key_is(self.object.key_of(span), key)),
        }
    }

    fn value_range(&self, index: usize) -> Option<Range<usize>> {
        self.object.spans().get(index).map(|span| span.value_start as usize..span.value_end as usize)
    }

    fn push_renames(&self, pieces: &mut Pieces) {
        for (index, name) in &self.renamed {
            if let Some(span) = self.object.spans().get(*index) {
                pieces.push((span.key_start as usize - 1..span.key_end as usize + 1, quote(name)));
            }
        }
    }

    /// One cut per run of removed members: from the end of the member before it, so that its comma goes with the run; a run
    /// at the front takes the comma behind it.
    fn push_cuts(&self, pieces: &mut Pieces) {
        if self.removed.is_empty() {
            return;
        }
        let spans = self.object.spans();
        let mut kept_end: Option<usize> = None;
        let mut run: Option<Range<usize>> = None;
        for (index, span) in spans.iter().enumerate() {
            let (key, end) = (span.key_start as usize - 1, span.value_end as usize);
            if self.removed.contains(index) {
                let start = run.map_or(kept_end.unwrap_or(key), |run| run.start);
                run = Some(start..end);
                continue;
            }
            if let Some(run) = run.take() {
                let end = if kept_end.is_none() { key } else { run.end };
                pieces.push((run.start..end, Bytes::new()));
            }
            kept_end = Some(end);
        }
        pieces.extend(run.map(|run| (run, Bytes::new())));
    }

    fn push_appended(&self, pieces: &mut Pieces) {
        if self.appended.is_empty() {
            return;
        }
        let spans = self.object.spans();
        let last_kept = (0..spans.len()).rev().find(|index| !self.removed.contains(*index));
        let place = match last_kept.and_then(|index| self.value_range(index)) {
            Some(last) => last.end,
            None => memchr::memchr(b'{', self.object.body()).map_or(0, |brace| brace + 1),
        };
        let mut text =
            Vec::with_capacity(self.appended.iter().map(|(key, json)| key.len() + json.len() + 4).sum());
        for (number, (key, json)) in self.appended.iter().enumerate() {
            if number > 0 || last_kept.is_some() {
                text.push(b',');
            }
            push_quoted(&mut text, key);
            text.push(b':');
            text.extend_from_slice(json);
        }
        pieces.push((place..place, text.into()));
    }
}

/// By place. Insertions come before what begins at the same place, in the order of the calls; a wider range comes before a
/// narrower one, and the later of two equal ones before the earlier: the first is taken, what it covers is skipped.
fn in_order(mut pieces: Pieces) -> Pieces {
    pieces.reverse();
    pieces.sort_by_key(|(range, _)| (range.start, !range.is_empty(), Reverse(range.end)));
    for same_place in pieces.chunk_by_mut(|(one, _), (other, _)| one == other && one.is_empty()) {
        same_place.reverse();
    }
    pieces
}

fn splice(body: &Bytes, pieces: Pieces) -> Slices {
    let mut slices = Slices::new();
    let mut at = 0;
    for (range, piece) in pieces {
        if range.start < at {
            continue;
        }
        if range.start > at {
            slices.push(body.slice(at..range.start));
        }
        if !piece.is_empty() {
            slices.push(piece);
        }
        at = range.end;
    }
    if at < body.len() {
        slices.push(body.slice(at..));
    }
    slices
}

/// A set of member indices. As cheap to ask for a million members as for ten: bodies may be hostile.
#[derive(Clone, Debug, Default)]
struct IndexSet(SmallVec<[u64; 2]>);

impl IndexSet {
    fn insert(&mut self, index: usize) {
        if self.0.len() <= index / 64 {
            self.0.resize(index / 64 + 1, 0);
        }
        if let Some(bits) = self.0.get_mut(index / 64) {
            *bits |= 1 << (index % 64);
        }
    }

    fn contains(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|bits| bits >> (index % 64) & 1 == 1)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
