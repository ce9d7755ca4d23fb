//! The size of a function's package, as Lambda counts it. See `docs/decisions/profiles.md`.

use std::io::{Cursor, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The size of the package that would be uploaded for `binary`.
pub(crate) fn zipped_bytes(binary: &Path) -> Result<u64> {
    let content = std::fs::read(binary).with_context(|| format!("cannot read {}", binary.display()))?;
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().unix_permissions(0o755).compression_level(Some(9));
    archive.start_file("bootstrap", options)?;
    archive.write_all(&content)?;
    Ok(archive.finish()?.into_inner().len().try_into()?)
}
