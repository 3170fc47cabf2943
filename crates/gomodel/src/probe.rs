//! `--health` and `--ready`: one plain HTTP request to the gateway on this machine, for containers without curl.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use config::Settings;

const MAX_ANSWER_BYTES: u64 = 64 << 10;

/// Asks `/health`; the answer must be 200 with `"status":"ok"`.
pub(crate) fn health(settings: &Settings, limit: Duration) -> Result<String, String> {
    probe(settings, "/health", limit, &["ok"])
}

/// Asks `/health/ready`; the answer must be 200 with `ready` or `degraded`.
pub(crate) fn ready(settings: &Settings, limit: Duration) -> Result<String, String> {
    probe(settings, "/health/ready", limit, &["ready", "degraded"])
}

fn probe(settings: &Settings, path: &str, limit: Duration, good: &[&str]) -> Result<String, String> {
    let base = settings.server.base_path.trim_end_matches('/');
    let host = settings.server.bind_address.filter(|address| !address.is_unspecified());
    let address = SocketAddr::new(host.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)), settings.server.port);
    let answer = get(address, &format!("{base}{path}"), limit).map_err(|error| error.to_string())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("the answer is not HTTP")?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    let is_good = good.iter().any(|word| body.contains(&format!(r#""status":"{word}""#)));
    if status == "200" && is_good {
        Ok(String::new())
    } else {
        Err(format!("status {status}: {}", body.trim()))
    }
}

fn get(address: SocketAddr, path: &str, limit: Duration) -> io::Result<String> {
    let deadline = Instant::now() + limit;
    let left = || {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::Error::from(io::ErrorKind::TimedOut)) } else { Ok(left) }
    };
    let mut stream = TcpStream::connect_timeout(&address, left()?)?;
    stream.set_write_timeout(Some(left()?))?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    loop {
        stream.set_read_timeout(Some(left()?))?;
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece)?;
        answer.extend_from_slice(piece.get(..read).unwrap_or_default());
        if read == 0 || answer.len() as u64 > MAX_ANSWER_BYTES {
            return Ok(String::from_utf8_lossy(&answer).into_owned());
        }
    }
}
