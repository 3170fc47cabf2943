//! Who is measured, and how each is started: the mock itself (the floor), nginx (the yardstick), the gateway.
//! In: a contender. Out: `Running`, ready to answer calls; its process ends when it is dropped.
//! Invariant: every contender talks to the one mock of the run, over loopback, on kept-alive connections.

mod gateway;
mod nginx;
mod process;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::cases::{Ask, Dialect, encode};
use crate::error::{BenchError, Result};
use crate::load;
use crate::probe::Family;
use gateway::Providers;
pub(crate) use gateway::locate as locate_gateway;
use process::{Folder, Process};
pub(crate) use process::{has_program, signal};

const READY_WITHIN: Duration = Duration::from_secs(15);

/// A contender, in the order of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Contender {
    Direct,
    Nginx,
    /// The gateway with providers of every dialect. As a column of the report: its calls that need no translation.
    SameDialect,
    Gomodel,
}

impl Contender {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Nginx => "nginx",
            Self::SameDialect => "same dialect",
            Self::Gomodel => "gomodel",
        }
    }
}

/// The mock of this run, and what is needed to start contenders on it.
pub(crate) struct Field {
    mock: Process,
    mock_address: SocketAddr,
    gateway: Option<PathBuf>,
}

/// A contender that answers. The mock's own process belongs to the `Field`.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) pid: u32,
    /// Ended first, then its folder goes.
    process: Option<Process>,
    _folder: Option<Folder>,
}

impl Field {
    /// Starts the mock.
    pub(crate) async fn start(gateway: Option<PathBuf>) -> Result<Self> {
        let address = free_address()?;
        let itself = std::env::current_exe().map_err(|source| BenchError::io("find this binary", source))?;
        let mut command = Command::new(itself);
        command.arg("mock").arg("--port").arg(address.port().to_string());
        let mock = Process::start(command, "mock", None)?;
        let mut field = Self { mock, mock_address: address, gateway };
        wait_for_200(&mut field.mock, address, &encode("GET", "/v1/models", "")).await?;
        Ok(field)
    }

    pub(crate) fn gateway(&self) -> Option<&Path> {
        self.gateway.as_deref()
    }

    /// Starts a contender, or points at the mock, and waits until it answers a chat call.
    pub(crate) async fn run(&self, contender: Contender) -> Result<Running> {
        let mut running = self.launch(contender)?;
        if let Some(process) = &mut running.process {
            wait_for_200(process, running.address, &health()).await?;
            wait_for_200(process, running.address, &first_call(contender).call().request).await?;
        }
        Ok(running)
    }

    /// The time from `exec` until `/health` answers 200.
    pub(crate) async fn time_start(&self, contender: Contender) -> Result<Duration> {
        let begin = Instant::now();
        let mut running = self.launch(contender)?;
        if let Some(process) = &mut running.process {
            wait_for_200(process, running.address, &health()).await?;
        }
        Ok(begin.elapsed())
    }

    fn launch(&self, contender: Contender) -> Result<Running> {
        let address = free_address()?;
        let folder = Folder::create(contender.label())?;
        let command = match contender {
            Contender::Direct => {
                let (address, pid) = (self.mock_address, self.mock.pid());
                return Ok(Running { address, pid, process: None, _folder: None });
            }
            Contender::Nginx => nginx::command(&folder, address, self.mock_address)?,
            Contender::SameDialect => self.gateway_command(&folder, address, Providers::EveryDialect)?,
            Contender::Gomodel => self.gateway_command(&folder, address, Providers::OpenAi)?,
        };
        let process = Process::start(command, contender.label(), Some(&folder))?;
        Ok(Running { address, pid: process.pid(), process: Some(process), _folder: Some(folder) })
    }

    fn gateway_command(&self, folder: &Folder, listen: SocketAddr, providers: Providers) -> Result<Command> {
        let binary = self.gateway.as_deref();
        let binary = binary.ok_or_else(|| BenchError::Failed("no gateway binary was given".to_owned()))?;
        gateway::command(binary, folder, listen, self.mock_address, providers)
    }
}

impl Running {
    /// The process and its descendants as they are now.
    pub(crate) fn family(&self) -> Family {
        Family::of(self.pid)
    }
}

/// What shows that a contender is ready. Where every provider lists the same models, only a qualified one is clear.
fn first_call(contender: Contender) -> Ask {
    match contender {
        Contender::SameDialect => {
            Ask::Small { client: Dialect::Chat, model: "openai/small", streamed: false }
        }
        Contender::Direct | Contender::Nginx | Contender::Gomodel => Ask::SmallChat,
    }
}

fn health() -> bytes::Bytes {
    encode("GET", "/health", "")
}

/// A port that was free a moment ago, on all addresses. Below the range from which the kernel takes ports for outgoing
/// connections: the load's own connections, closed or not, would be in the way of a listener there.
fn free_address() -> Result<SocketAddr> {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    for _ in 0..COUNT {
        let step = std::process::id().wrapping_mul(97).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(FIRST + step % COUNT).unwrap_or_default();
        if TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).is_ok() {
            return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        }
    }
    Err(BenchError::Failed(format!("no free port from {FIRST} on, {COUNT} tried")))
}

async fn wait_for_200(process: &mut Process, address: SocketAddr, request: &[u8]) -> Result<()> {
    let begin = Instant::now();
    loop {
        let last = match load::fetch(address, request).await {
            Ok((200, _)) => return Ok(()),
            Ok((status, body)) => format!("status {status}: {}", String::from_utf8_lossy(&body)),
            Err(error) => error.to_string(),
        };
        process.check_alive()?;
        if begin.elapsed() > READY_WITHIN {
            let what = process.describe();
            return Err(BenchError::Failed(format!("{what} is not ready after {READY_WITHIN:?}: {last}")));
        }
        // Short against the limit on a start, long against what the polling costs.
        tokio::time::sleep(Duration::from_micros(500)).await;
    }
}
