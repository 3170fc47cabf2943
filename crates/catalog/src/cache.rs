//! The inventory on disk, so that a restart serves models before any provider answered (spec 02 §7.6, B9).
//! In: the registry's pristine models and the catalogue's text. Out: `models.json`, version 2; version 1 is read too.
//! Invariant: written whole or not at all (temporary file, then rename). A missing file is nothing, a corrupt one an
//! error to log, and an odd entry only itself. `load` and `save` block: call them on a blocking thread.

mod format;

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use vocabulary::InstanceName;

use crate::catalogue::Catalogue;
use crate::profile::DiscoveredModel;

/// More than any gateway's inventory; a larger file is not ours.
const MAX_CACHE_BYTES: u64 = 64 << 20;

/// What the cache remembers.
#[derive(Clone, Default)]
pub struct CacheImage {
    /// When it was written.
    pub updated_at: Timestamp,
    /// The models of each instance, as its provider listed them.
    pub instances: Vec<CachedInstance>,
    /// The catalogue.
    pub catalogue: Option<Arc<Catalogue>>,
}

/// The remembered models of one instance.
#[derive(Clone, Debug, PartialEq)]
pub struct CachedInstance {
    /// The instance.
    pub name: InstanceName,
    /// Its type then. If the name has another type now, this is forgotten.
    pub provider_type: Box<str>,
    /// Its models.
    pub models: Arc<[DiscoveredModel]>,
}

/// Why the cache could not be read or written. Never fatal.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The file is there but cannot be read.
    #[error("reading the model cache {} failed", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The content is no cache.
    #[error("the model cache is corrupt")]
    Corrupt(#[source] serde_json::Error),
    /// The file cannot be written.
    #[error("writing the model cache {} failed", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Renders the file.
pub fn encode(image: &CacheImage) -> Vec<u8> {
    format::encode(image)
}

/// Reads the file's bytes.
///
/// # Errors
/// `CacheError::Corrupt` if they are no JSON of that shape.
pub fn decode(bytes: &[u8]) -> Result<CacheImage, CacheError> {
    format::decode(bytes).map_err(CacheError::Corrupt)
}

/// Reads the cache file; `None` if there is none.
///
/// # Errors
/// `CacheError::Read` and `CacheError::Corrupt`.
pub fn load(path: &Path) -> Result<Option<CacheImage>, CacheError> {
    let failed = |source| CacheError::Read { path: path.to_owned(), source };
    let file = match fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(failed)?,
    };
    let mut bytes = Vec::new();
    file.take(MAX_CACHE_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    decode(&bytes).map(Some)
}

/// Replaces the cache file, and makes its folder if need be.
///
/// # Errors
/// `CacheError::Write`; the previous file is then untouched.
pub fn save(path: &Path, image: &CacheImage) -> Result<(), CacheError> {
    let failed = |source| CacheError::Write { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = write_whole(&temporary, &encode(image)).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|source| {
        if let Err(error) = fs::remove_file(&temporary) {
            tracing::debug!(error = %error, "no temporary model cache to remove");
        }
        failed(source)
    })
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_data()
}

#[cfg(test)]
mod tests;
