//! Prometheus text, read far enough to ask for a sample.

use std::io;
use std::net::SocketAddr;

use crate::client::Request;

/// The samples of one scrape.
#[derive(Clone, Debug)]
pub struct Metrics(String);

impl Metrics {
    pub(super) fn fetch(address: SocketAddr, path: &str, key: Option<&str>) -> io::Result<Self> {
        let request = Request::new(address, "GET", path);
        let answer = key.map_or(request.clone(), |key| request.bearer(key)).try_send()?;
        if answer.status() == 200 { Ok(Self(answer.text())) } else { Err(io::Error::other(answer.text())) }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The sum of all samples of a metric that have all of these labels, given as `name="value"`.
    pub fn sum(&self, metric: &str, labels: &[&str]) -> f64 {
        self.samples(metric)
            .filter(|(found, _)| labels.iter().all(|label| found.contains(label)))
            .map(|(_, v)| v)
            .sum()
    }

    /// True if there is any sample of this metric.
    pub fn has(&self, metric: &str) -> bool {
        self.samples(metric).next().is_some()
    }

    fn samples<'a>(&'a self, metric: &'a str) -> impl Iterator<Item = (&'a str, f64)> + 'a {
        self.0.lines().filter_map(move |line| {
            let rest = line.strip_prefix(metric)?;
            let (labels, value) = if rest.starts_with('{') { rest.rsplit_once('}')? } else { ("", rest) };
            if !labels.is_empty() || rest.starts_with(' ') {
                Some((labels, value.trim().parse().ok()?))
            } else {
                None
            }
        })
    }
}
