//! The circuit breakers of one instance: one for all its calls, or one per model where the operator wants it (spec 02 B15).
//! Invariant: bounded. Models beyond the limit, which callers may have made up, share the breaker of the instance.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use config::{BreakerScope, BreakerSettings};
use upstream::breaker::{self, BreakerState, CircuitBreaker};
use vocabulary::ModelId;

const MAX_MODELS: usize = 1000;

/// Breakers of one instance.
#[derive(Debug)]
pub struct Breakers {
    settings: breaker::BreakerSettings,
    shared: CircuitBreaker,
    by_model: Option<Mutex<HashMap<ModelId, CircuitBreaker>>>,
}

impl Breakers {
    pub(crate) fn new(settings: &BreakerSettings) -> Self {
        let by_model = (settings.scope == BreakerScope::Model).then(Mutex::default);
        let settings = breaker::BreakerSettings {
            failure_threshold: settings.failure_threshold,
            success_threshold: settings.success_threshold,
            timeout: settings.timeout,
        };
        Self { settings, shared: CircuitBreaker::new(settings), by_model }
    }

    /// The breaker of a call to this model.
    pub fn of(&self, model: &ModelId) -> CircuitBreaker {
        let Some(by_model) = &self.by_model else { return self.shared.clone() };
        let mut by_model = by_model.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(breaker) = by_model.get(model) {
            return breaker.clone();
        }
        if by_model.len() >= MAX_MODELS {
            return self.shared.clone();
        }
        by_model.entry(model.clone()).or_insert(CircuitBreaker::new(self.settings)).clone()
    }

    /// The worst state of all, for the gauge.
    pub fn state(&self, now: Instant) -> BreakerState {
        let worst = |a: BreakerState, b: BreakerState| if b.gauge() > a.gauge() { b } else { a };
        let Some(by_model) = &self.by_model else { return self.shared.state(now) };
        let by_model = by_model.lock().unwrap_or_else(PoisonError::into_inner);
        by_model.values().map(|breaker| breaker.state(now)).fold(self.shared.state(now), worst)
    }
}

#[cfg(test)]
mod tests {
    use super::Breakers;
    use config::{BreakerScope, BreakerSettings};
    use std::time::{Duration, Instant};
    use upstream::breaker::{BreakerState, Verdict};
    use vocabulary::ModelId;

    fn breakers(scope: BreakerScope) -> Breakers {
        let timeout = Duration::from_secs(30);
        Breakers::new(&BreakerSettings { failure_threshold: 1, success_threshold: 1, timeout, scope })
    }

    #[test]
    fn a_failing_model_takes_the_others_along_only_if_they_share_a_breaker() {
        for (scope, other_is_admitted) in [(BreakerScope::Provider, false), (BreakerScope::Model, true)] {
            let (breakers, now) = (breakers(scope), Instant::now());
            breakers.of(&ModelId::new("a")).admit(now).unwrap().record(Verdict::Failure, now);
            assert!(breakers.of(&ModelId::new("a")).admit(now).is_err());
            assert_eq!(breakers.of(&ModelId::new("b")).admit(now).is_ok(), other_is_admitted, "{scope:?}");
            assert_eq!(breakers.state(now), BreakerState::Open);
        }
    }
}
