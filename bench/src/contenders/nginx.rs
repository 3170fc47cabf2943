//! nginx as a reverse proxy: kept-alive on both sides, nothing buffered, nothing logged.
//! Its workers share the connections by `reuseport`: without it one of them often takes all, now and then not, and
//! the yardstick has two lengths. Out: a command over a generated configuration in a folder of its own.
//! Source: nginx documentation, `ngx_http_proxy_module`, `ngx_http_upstream_module` (keepalive).

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::process::Command;

use super::process::{Folder, has_program};
use crate::error::{BenchError, Result};
use crate::probe;

/// Debian's place first: `/usr/sbin` is often missing from a user's path.
const PROGRAMS: [&str; 2] = ["/usr/sbin/nginx", "nginx"];

/// The first nginx that can be started.
pub(super) fn program() -> Result<&'static str> {
    PROGRAMS.into_iter().find(|program| has_program(program, "-v")).ok_or_else(|| {
        BenchError::Failed("nginx is not installed; the cure: apt-get install nginx-light".to_owned())
    })
}

pub(super) fn command(folder: &Folder, listen: SocketAddr, upstream: SocketAddr) -> Result<Command> {
    let text = configuration(folder, listen, upstream);
    let file = folder.write("nginx.conf", &text)?;
    let mut command = Command::new(program()?);
    command.arg("-e").arg(folder.path().join("error.log"));
    command.arg("-p").arg(folder.path()).arg("-c").arg(file);
    Ok(command)
}

fn configuration(folder: &Folder, listen: SocketAddr, upstream: SocketAddr) -> String {
    let path = folder.path().display();
    let user = if probe::is_root() { "user root;\n" } else { "" };
    let mut temporary = String::new();
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        // Writing to a `String` cannot fail.
        let _infallible = writeln!(temporary, "    {kind}_temp_path {path}/{kind};");
    }
    format!(
        "{user}daemon off;
worker_processes 2;
pid {path}/nginx.pid;
error_log {path}/error.log error;
events {{ worker_connections 32768; }}
http {{
    access_log off;
{temporary}    tcp_nodelay on;
    keepalive_timeout 3600s;
    keepalive_requests 1000000000;
    client_max_body_size 100m;
    upstream mock {{
        server {upstream};
        keepalive 128;
        keepalive_requests 1000000000;
        keepalive_timeout 3600s;
    }}
    server {{
        listen {listen} backlog=4096 reuseport;
        location = /health {{ return 200 ok; }}
        location / {{
            proxy_pass http://mock;
            proxy_http_version 1.1;
            proxy_set_header Connection \"\";
            proxy_buffering off;
            proxy_request_buffering off;
            proxy_read_timeout 3600s;
        }}
    }}
}}
"
    )
}
