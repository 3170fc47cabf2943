//! "Did you mean": the known word that differs least from one that is not known.
//! In: a word and candidates. Out: the closest candidate within a bound that grows with the word.

/// The candidate closest to `word`, if it is close enough to be meant.
pub(crate) fn closest<'c>(word: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let bound = match word.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        6..=11 => 2,
        _ => 3,
    };
    candidates
        .filter_map(|candidate| Some((distance(word, candidate, bound)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Optimal string alignment distance (insert, delete, replace, swap neighbours), or `None` above `bound`.
pub(crate) fn distance(a: &str, b: &str, bound: usize) -> Option<usize> {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    if a.len().abs_diff(b.len()) > bound {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &ca) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, &cb) in b.iter().enumerate() {
            let mut cost = (last[j] + usize::from(ca != cb)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && ca == b[j - 1] && a[i - 1] == cb {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|found| *found <= bound)
}

#[cfg(test)]
mod tests {
    use super::{closest, distance};

    #[test]
    fn distances_count_single_slips() {
        let cases = [
            ("port", "port", 0),
            ("prot", "port", 1),
            ("loging", "logging", 1),
            ("a", "b", 1),
            ("retries", "retry", 3),
        ];
        for (a, b, expected) in cases {
            assert_eq!(distance(a, b, 3), Some(expected), "{a} {b}");
        }
        assert_eq!(distance("abc", "xyz", 2), None);
    }

    #[test]
    fn only_close_words_are_offered() {
        let known = ["server", "logging", "port", "base_path"];
        let closest = |word| closest(word, known.into_iter());
        assert_eq!(closest("loging"), Some("logging"));
        assert_eq!(closest("basepath"), Some("base_path"));
        assert_eq!(closest("banana"), None);
        assert_eq!(closest("x"), None);
    }
}
