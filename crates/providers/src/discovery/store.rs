//! What a restart remembers: the registry's cache file, read before the first sweep and written after each (spec 02 §7.6).
//! Invariant: files are touched on the blocking pool only, and no failure is fatal.

use catalog::cache;
use telemetry::chain;

use super::Shared;

/// Serves what an earlier process knew, until providers answer.
pub(super) async fn load(shared: &Shared) {
    let Some(path) = shared.settings.cache_file.clone() else { return };
    match on_disk(move || cache::load(&path)).await {
        Some(Ok(Some(image))) => shared.registry.restore(image),
        Some(Ok(None)) | None => {}
        Some(Err(error)) => tracing::warn!(error = %chain(&error), "the model cache is not used"),
    }
}

/// Writes what is known now.
pub(super) async fn save(shared: &Shared) {
    let Some(path) = shared.settings.cache_file.clone() else { return };
    let image = shared.registry.cache_image();
    if let Some(Err(error)) = on_disk(move || cache::save(&path, &image)).await {
        tracing::warn!(error = %chain(&error), "the model cache was not written");
    }
}

/// `None` if the work was given up because the process ends.
pub(super) async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.ok()
}
