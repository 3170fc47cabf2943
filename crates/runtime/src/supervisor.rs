//! The owner of tasks: counts them, stops them, waits for them.
//! Invariant: a task that is owned here ends when the supervisor is stopped, or at its next await.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Owns background tasks. Clones share the same tasks; `child` makes an owner that can be stopped on its own.
#[derive(Clone, Debug, Default)]
pub struct Supervisor {
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Supervisor {
    /// A new owner without tasks.
    pub fn new() -> Self {
        Self::default()
    }

    /// An owner that stops with this one, or earlier. Its tasks are counted apart.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { tasks: TaskTracker::new(), stop: self.stop.child_token() }
    }

    /// Runs a task on the current runtime until it ends or the supervisor stops; the name is for the log.
    pub fn own(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        #[expect(clippy::disallowed_methods, reason = "one of the two places where tasks are spawned")]
        let _detached = tokio::spawn(self.tasks.track_future(async move {
            if stop.run_until_cancelled(task).await.is_none() {
                tracing::debug!(task.name = name, "task stopped");
            }
        }));
    }

    /// Runs a task that ends by itself in good time: it is counted and waited for, but not stopped. For tasks so frequent
    /// that looking at the stop signal at every turn would show.
    pub fn own_to_its_end(&self, task: impl Future<Output = ()> + Send + 'static) {
        #[expect(clippy::disallowed_methods, reason = "the other place where tasks are spawned")]
        let _detached = tokio::spawn(self.tasks.track_future(task));
    }

    /// Completes when the supervisor has been told to stop.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// True once `stop` was called.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Tells every task to stop.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Stops every task and waits for their end, at most `limit`. True if all ended.
    pub async fn stop_and_wait(&self, limit: Duration) -> bool {
        self.stop();
        self.tasks.close();
        tokio::time::timeout(limit, self.tasks.wait()).await.is_ok()
    }

    /// How many tasks run now.
    pub fn task_count(&self) -> usize {
        self.tasks.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Supervisor;
    use std::time::Duration;

    #[tokio::test]
    async fn tasks_end_with_their_owner() {
        let owner = Supervisor::new();
        let child = owner.child();
        owner.own("sleeps", std::future::pending());
        child.own("sleeps", std::future::pending());
        assert_eq!((owner.task_count(), child.task_count()), (1, 1));
        assert!(owner.stop_and_wait(Duration::from_secs(5)).await);
        assert!(child.stop_and_wait(Duration::from_secs(5)).await);
        assert_eq!((owner.task_count(), child.task_count()), (0, 0));
    }
}
