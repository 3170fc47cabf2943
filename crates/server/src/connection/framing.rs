//! Ambiguous framing (spec 01 B24): a head with both `Content-Length` and `Transfer-Encoding` is refused, as two readers
//! of one connection could take different bytes for the next request. hyper lets the second win; so it is looked for here.
//! In: what a read brought while a head was expected. Out: whether one head in it names both. Source: RFC 9112 §6.1.

/// Remembers, over the reads of one head, which of the two fields were seen.
#[derive(Default)]
pub(super) struct FramingScan {
    has_length: bool,
    has_encoding: bool,
    /// The end of the last read, if it stopped inside a line that could still become one of the two names.
    open_line: Vec<u8>,
}

const LONGEST_NAME: usize = "transfer-encoding".len();

impl FramingScan {
    /// True if a head in these bytes, together with the reads before, names both fields.
    pub(super) fn is_ambiguous(&mut self, bytes: &[u8]) -> bool {
        let joined;
        let bytes = if self.open_line.is_empty() {
            bytes
        } else {
            self.open_line.extend_from_slice(bytes);
            joined = std::mem::take(&mut self.open_line);
            &joined[..]
        };
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', bytes) {
            let line = &bytes[start..end];
            start = end + 1;
            if self.sees(line) {
                return true;
            }
        }
        self.keep_open_line(&bytes[start..]);
        false
    }

    fn keep_open_line(&mut self, rest: &[u8]) {
        let kept = &rest[..rest.len().min(LONGEST_NAME + 1)];
        self.open_line.extend_from_slice(kept);
    }

    fn sees(&mut self, line: &[u8]) -> bool {
        match line.first() {
            None | Some(b'\r') => (self.has_length, self.has_encoding) = (false, false),
            Some(b'c' | b'C') if is_field(line, b"content-length") => self.has_length = true,
            Some(b't' | b'T') if is_field(line, b"transfer-encoding") => self.has_encoding = true,
            Some(_) => {}
        }
        self.has_length && self.has_encoding
    }
}

fn is_field(line: &[u8], name: &[u8]) -> bool {
    line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        && matches!(line.get(name.len()), Some(b':' | b' ' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::FramingScan;

    const BOTH: &[u8] =
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\ncontent-length: 3\r\n\r\n";

    #[test]
    fn both_fields_in_one_head_are_found_at_any_cut() {
        for cut in 0..BOTH.len() {
            let mut scan = FramingScan::default();
            let found = scan.is_ambiguous(&BOTH[..cut]) || scan.is_ambiguous(&BOTH[cut..]);
            assert!(found, "cut at {cut}");
        }
    }

    #[test]
    fn the_fields_of_two_heads_are_not_mixed() {
        let mut scan = FramingScan::default();
        assert!(!scan.is_ambiguous(b"GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\nPOST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"));
        assert!(
            !scan.is_ambiguous(b"GET / HTTP/1.1\r\nX: content-length\r\nTransfer-Encodings: chunked\r\n\r\n")
        );
    }
}
