//! What requests are made from: numbers, days and codes that an archive really has.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

/// The largest project, and the page of a day is that of one of its busiest days.
pub struct Facts {
    pub project: i64,
    pub days: Vec<String>,
    pub photos: Vec<(String, String)>,
    pub last_seq: i64,
    pub last_delivery: i64,
}

impl Facts {
    pub fn of(state_dir: &Path) -> anyhow::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags(state_dir.join("keepmark.db"), flags)?;
        let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        let project = number("SELECT id FROM project ORDER BY photos DESC LIMIT 1")?;
        let last_seq = number("SELECT max(seq) FROM photo")?;
        let mut days = connection.prepare(
            "SELECT day FROM day_count WHERE project_id = ?1 AND photos >= 200 ORDER BY photos DESC, day LIMIT 20",
        )?;
        let days = days.query_map([project], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut photos = connection.prepare("SELECT id, code FROM photo WHERE seq % ?1 = 1 LIMIT 1000")?;
        let photos = photos
            .query_map([(last_seq / 1000).max(1)], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        Ok(Self { project, days, photos, last_seq, last_delivery: number("SELECT max(id) FROM delivery")? })
    }
}
