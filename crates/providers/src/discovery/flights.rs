//! Request-time refreshes: one listing per instance at a time, and not more than one per interval (B3).
//! Why a task of its own: a caller who leaves must neither end the listing for the others nor start the next one by
//! coming back. If the task is stopped, its channel closes, and who waits goes on with what is known.
//! Invariant: the map holds at most one entry per configured instance.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use catalog::{RefreshError, Refreshed};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;
use vocabulary::InstanceName;

use super::{Shared, ask};

/// What came of a request-time refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// The inventory is fresh: resolve again.
    Fresh,
    /// It was fresh already, or was asked for a moment ago: what the registry says holds.
    TooSoon,
    /// The listing failed: 503 with this text.
    Failed(RefreshError),
    /// No such instance.
    Gone,
}

/// The refreshes that run or ran.
#[derive(Default)]
pub(super) struct Flights(Mutex<HashMap<InstanceName, Flight>>);

struct Flight {
    since: Instant,
    outcome: watch::Receiver<Option<RefreshOutcome>>,
}

impl Flights {
    fn lock(&self) -> MutexGuard<'_, HashMap<InstanceName, Flight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) async fn refresh(shared: &Arc<Shared>, name: &InstanceName) -> RefreshOutcome {
    let mut outcome = match board(shared, name) {
        Ok(outcome) => outcome,
        Err(at_once) => return at_once,
    };
    let landed = outcome.wait_for(Option::is_some).await;
    landed.ok().and_then(|outcome| *outcome).unwrap_or(RefreshOutcome::TooSoon)
}

/// The flight that runs, or a new one; or the answer that needs none.
fn board(
    shared: &Arc<Shared>,
    name: &InstanceName,
) -> Result<watch::Receiver<Option<RefreshOutcome>>, RefreshOutcome> {
    let instance = shared.instances.get(name.as_str()).cloned().ok_or(RefreshOutcome::Gone)?;
    let now = Instant::now();
    let mut flights = shared.flights.lock();
    if let Some(flight) = flights.get(name) {
        let landed = *flight.outcome.borrow();
        let is_flying = landed.is_none() && flight.outcome.has_changed().is_ok();
        if is_flying {
            return Ok(flight.outcome.clone());
        }
        if now.duration_since(flight.since) < shared.settings.request_refresh_min_interval {
            return Err(match landed {
                Some(RefreshOutcome::Failed(error)) => RefreshOutcome::Failed(error),
                _ => RefreshOutcome::TooSoon,
            });
        }
    }
    if is_young(shared, name) {
        return Err(RefreshOutcome::TooSoon);
    }
    let (landing, outcome) = watch::channel(None);
    flights.insert(name.clone(), Flight { since: now, outcome: outcome.clone() });
    drop(flights);
    let shared_by_task = shared.clone();
    shared.supervisor.own("model refresh", async move {
        let listing = ask::list(&instance).await;
        let outcome = match shared_by_task.registry.apply(&instance.name, listing) {
            Refreshed::Fresh => RefreshOutcome::Fresh,
            Refreshed::Failed(error) => RefreshOutcome::Failed(error),
            Refreshed::Gone => RefreshOutcome::Gone,
        };
        landing.send_replace(Some(outcome));
    });
    Ok(outcome)
}

/// True if the inventory was listed within the interval.
fn is_young(shared: &Shared, name: &InstanceName) -> bool {
    let snapshot = shared.registry.snapshot();
    let fetched = snapshot.status(name.as_str()).and_then(|status| status.times.fetch_success);
    let age = fetched.map(|at| Timestamp::now().duration_since(at));
    age.is_some_and(|age| age.unsigned_abs() < shared.settings.request_refresh_min_interval)
}
