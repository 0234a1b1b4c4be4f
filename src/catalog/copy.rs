//! A consistent copy of the database in one file, beside a daemon that goes on writing.
//!
//! Never holds up the writer: the copy is a reader of one moment. Never keeps what signs in without a person: sessions,
//! tokens and open invitations are left out, and nothing of them stays in free pages.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};

use super::{CatalogError, Doing as _, Result, connection, file_in};

/// What a copy holds, as it was read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The version of its tables.
    pub version: i32,
    /// Archived photos.
    pub photos: i64,
    /// Deliveries.
    pub deliveries: i64,
    /// Bytes.
    pub size_bytes: u64,
}

/// The version of the tables in a state folder; nothing where there is no database, or an empty one.
pub fn version_in(state_dir: &Path) -> Result<Option<i32>> {
    let path = file_in(state_dir);
    if !path.exists() {
        return Ok(None);
    }
    let version = connection::version(&connection::open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?)?;
    Ok((version > 0).then_some(version))
}

/// How large the database of a state folder is, in bytes: its copy is no larger.
pub fn size_in(state_dir: &Path) -> u64 {
    let size = |path: PathBuf| std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let path = file_in(state_dir);
    let log = path.with_extension("db-wal");
    size(path) + size(log)
}

/// Copies the database of a state folder into a new file, synced and for its owner alone, and reads it back. Blocks. A
/// crash or an error within leaves a part of a file under that name.
pub fn copy(state_dir: &Path, target: &Path) -> Result<Copied> {
    create(target)?;
    let source = connection::open(&file_in(state_dir), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let name = target.to_str().ok_or(CatalogError::Unreadable("name of the backup folder"))?;
    source.execute("VACUUM INTO ?1", [name]).doing("copy the database")?;
    let copied = connection::open(target, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    leave_out(&copied)?;
    copied.close().map_err(|(_, error)| error).doing("close the copy of the database")?;
    // SQLite does not sync what VACUUM INTO writes.
    File::open(target).and_then(|file| file.sync_all()).map_err(|error| unusable(target, error))?;
    look(target)
}

/// Whether a copy has what the database of a state folder has: the same tables, and as many deliveries and photos. Both are
/// only ever added.
pub fn is_of_now(state_dir: &Path, copy: &Path) -> Result<bool> {
    let held = |path: &Path, flags| -> Result<_> {
        let database = connection::open(path, flags)?;
        let counts = "SELECT (SELECT count(*) FROM photo WHERE archived_at IS NOT NULL), (SELECT max(id) FROM delivery)";
        let counts = database
            .query_row(counts, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?)))
            .doing("compare a copy with the database")?;
        Ok((connection::version(&database)?, counts))
    };
    Ok(held(&file_in(state_dir), OpenFlags::SQLITE_OPEN_READ_WRITE)?
        == held(copy, OpenFlags::SQLITE_OPEN_READ_WRITE)?)
}

/// Opens a copy, lets SQLite check it and counts what is in it. Blocks.
pub fn look(path: &Path) -> Result<Copied> {
    let size_bytes = std::fs::metadata(path).map_err(|error| unusable(path, error))?.len();
    let copy = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .map_err(|error| unusable(path, error))?;
    let verdict: String = copy
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .doing("check a copy of the database")?;
    if verdict != "ok" {
        return Err(unusable(path, std::io::Error::other(verdict)));
    }
    let count = |sql: &str| copy.query_row(sql, [], |row| row.get(0)).doing("read a copy of the database");
    Ok(Copied {
        version: connection::version(&copy)?,
        photos: count("SELECT count(*) FROM photo WHERE archived_at IS NOT NULL")?,
        deliveries: count("SELECT count(*) FROM delivery")?,
        size_bytes,
    })
}

fn create(path: &Path) -> Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|error| unusable(path, error))
}

/// An older database has not all of these tables.
fn leave_out(copied: &Connection) -> Result<()> {
    copied.pragma_update(None, "secure_delete", "1").doing("leave out what signs in")?;
    for table in ["session", "invitation", "api_token"] {
        if copied.table_exists(None, table).doing("leave out what signs in")? {
            copied.execute(&format!("DELETE FROM {table}"), []).doing("leave out what signs in")?;
        }
    }
    Ok(())
}

fn unusable(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> CatalogError {
    CatalogError::Open { path: path.to_owned(), source: Arc::new(error) }
}
