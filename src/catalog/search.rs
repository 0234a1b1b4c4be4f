//! The search: photos of a filter, the last sealed first, walked by key. Bounded work whatever is asked: an answer that
//! was cut says so, and its cursor goes on where it ended.

use rusqlite::{Connection, params_from_iter};

use super::candidates::candidates;
use super::filter::{Filter, Resolved};
use super::photo::{Photo, by_seq};
use super::{Catalog, Doing as _, Result};

/// So many photos are looked at for one answer: some 30 ms on one slow core.
const LOOKED_AT_MAX: usize = 10_000;

/// Photos of a filter.
#[derive(Debug, Clone, Default)]
pub struct Found {
    /// The last sealed first.
    pub photos: Vec<Photo>,
    /// Where the list goes on, if it does.
    pub next: Option<i64>,
    /// Whether the list ends before its limit because enough photos were looked at: what `next` leads to may hold more.
    pub is_capped: bool,
}

/// How many photos a filter finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// So many were counted.
    pub photos: u64,
    /// Whether there may be more.
    pub is_capped: bool,
}

impl Catalog {
    /// Photos of a filter, from its cursor on, at most its limit.
    pub async fn search(&self, filter: Filter) -> Result<Found> {
        self.read(move |connection| Ok(search(connection, &filter, 0)?.0)).await
    }

    /// The same, and how many there are from the cursor on, counted up to a number.
    pub async fn search_and_count(&self, filter: Filter, most: u32) -> Result<(Found, Counted)> {
        self.read(move |connection| search(connection, &filter, most)).await
    }
}

/// What was found by looking at a bounded number of photos.
pub(super) struct Seen {
    pub(super) seqs: Vec<i64>,
    /// The last photo that was looked at, where there are others behind it.
    pub(super) cut_at: Option<i64>,
}

/// Numbers of sealing of a filter's photos, at most so many of at most so many that are looked at.
pub(super) fn find(
    connection: &Connection,
    filter: &Resolved,
    wanted: usize,
    looked_at_max: usize,
) -> Result<Seen> {
    let is_everything = filter.is_everything();
    let looked_at_max = if is_everything { wanted.min(looked_at_max) } else { looked_at_max };
    let candidates = candidates(connection, filter, looked_at_max)?;
    let cut_at = candidates.seqs.last().copied().filter(|_| !candidates.are_all);
    if is_everything {
        return Ok(Seen { seqs: candidates.seqs, cut_at });
    }
    let condition = filter.condition();
    let sql = format!("SELECT {} FROM photo p WHERE p.seq = ?", condition.text);
    let mut statement = connection.prepare(&sql).doing("search photos")?;
    let mut seqs = Vec::new();
    for seq in candidates.seqs {
        let values = condition.values.iter().cloned().chain([seq.into()]);
        let mut rows = statement.query(params_from_iter(values)).doing("search photos")?;
        let row = rows.next().doing("search photos")?;
        let is_meant = row.map(|row| row.get::<_, Option<bool>>(0)).transpose().doing("search photos")?;
        if is_meant.flatten() == Some(true) {
            seqs.push(seq);
        }
        if seqs.len() >= wanted {
            return Ok(Seen { seqs, cut_at: Some(seq) });
        }
    }
    Ok(Seen { seqs, cut_at })
}

/// Looks at few photos first: where they are enough, as for a whole project, pages far down cost no more than the first.
fn find_soon(connection: &Connection, filter: &Resolved, wanted: usize) -> Result<Seen> {
    let few = find(connection, filter, wanted, 2 * wanted)?;
    if few.seqs.len() >= wanted || few.cut_at.is_none() || 2 * wanted >= LOOKED_AT_MAX {
        return Ok(few);
    }
    find(connection, filter, wanted, LOOKED_AT_MAX)
}

pub(super) fn search(connection: &Connection, filter: &Filter, count_most: u32) -> Result<(Found, Counted)> {
    let resolved = Resolved::of(connection, filter)?;
    let limit = filter.limit as usize;
    // One more than is shown or counted tells whether there are more.
    let wanted = limit.max(count_most as usize).saturating_add(1);
    let Seen { mut seqs, cut_at } = find_soon(connection, &resolved, wanted)?;
    let counted = Counted {
        photos: u64::try_from(seqs.len().min(wanted - 1)).unwrap_or(u64::MAX),
        is_capped: cut_at.is_some(),
    };
    let is_full = seqs.len() > limit;
    seqs.truncate(limit);
    let photos = seqs.iter().map(|seq| by_seq(connection, *seq)).collect::<Result<Vec<_>>>()?;
    let next = if is_full { seqs.last().copied() } else { cut_at };
    Ok((Found { photos, next, is_capped: !is_full && next.is_some() }, counted))
}
