//! The search over a catalogue of many photos: which indexes it asks, how much it looks at, and what it says of it.

use rusqlite::{Connection, params_from_iter};

use super::candidates::{candidates, plans};
use super::filter::{Filter, Resolved};
use super::search::{Seen, find, search};
use super::{connection, place};
use crate::domain::access::Reach;
use crate::domain::photo::MediaType;
use crate::domain::search_text;
use crate::domain::verdict::Verdict;

/// Photos enough that a search of all would be cut, each a minute after the one before.
const PHOTOS: i64 = 5_000;

struct Many {
    connection: Connection,
    _folder: tempfile::TempDir,
}

/// One team, ten projects, two members; `rare` in the oldest photo alone, `even` in every other one.
fn many(photos: i64) -> Many {
    let folder = tempfile::tempdir().unwrap();
    let connection = connection::open_and_migrate(&folder.path().join("keepmark.db")).unwrap();
    connection.pragma_update(None, "foreign_keys", 0).unwrap();
    connection.pragma_update(None, "synchronous", 0).unwrap();
    connection
        .execute_batch(&format!(
            "BEGIN;
             INSERT INTO team (id, name, segment, folded) VALUES (1, 'team', 'team', 'team');
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)
             INSERT INTO project (id, team_id, name, segment, folded) SELECT i, 1, 'p' || i, 'p' || i, 'p' || i FROM n;
             INSERT INTO member (id, team_id, contact, name, segment, folded)
             VALUES (1, 1, 'a', 'Alice', 'a', 'a'), (2, 1, 'b', 'Bob', 'b', 'b');
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {photos})
             INSERT INTO photo (seq, id, team_id, project_id, member_id, code, sha256, size_bytes, media_type, decoded,
                                object_key, key_folded, local_time, received_at, downloaded_at, source_host, sealed_by,
                                sealed_at, verdict, has_time, has_position, has_device)
             SELECT i, printf('%032x', i), 1, 1 + i % 10, 1 + (i <= 3), 'C' || i, printf('%064x', i), 1,
                    CASE WHEN i = 7 THEN 'image/png' ELSE 'image/jpeg' END, 1,
                    'photos/' || i, i, strftime('%Y-%m-%dT%H:%M:%S', 1700000000 + i * 60, 'unixepoch'), 0, 0, '', 1, 0,
                    CASE WHEN i <= 5 THEN 'contradicted' ELSE 'consistent' END, 1, 1, 1 FROM n;
             UPDATE photo SET archived_at = 1;
             INSERT INTO photo_text
             SELECT seq, 'common' || char(10) || CASE WHEN seq % 2 = 0 THEN 'even' ELSE 'odds' END
                    || CASE WHEN seq = 1 THEN char(10) || 'rare 稀少' ELSE '' END FROM photo;
             INSERT INTO photo_trigram (rowid, folded) SELECT photo_seq, folded FROM photo_text;
             INSERT INTO photo_place SELECT seq, 40 + seq / 1e6, CASE WHEN seq = 9 THEN 100 ELSE -73 END, 'x' FROM photo;
             INSERT INTO photo_area
             SELECT photo_seq, longitude, longitude, latitude, latitude FROM photo_place;
             COMMIT;"
        ))
        .unwrap();
    let tokens = search_text::pair_tokens("稀少");
    connection.execute("INSERT INTO photo_pair (rowid, tokens) VALUES (1, ?1)", [tokens]).unwrap();
    Many { connection, _folder: folder }
}

fn about(text: &str) -> Filter {
    Filter { text: Some(text.to_owned()), ..Filter::default() }
}

fn day(text: &str) -> jiff::civil::Date {
    text.parse().unwrap()
}

impl Many {
    fn resolved(&self, filter: &Filter) -> Resolved {
        Resolved::of(&self.connection, filter).unwrap()
    }

    fn find(&self, filter: &Filter) -> Seen {
        find(&self.connection, &self.resolved(filter), 61, 1000).unwrap()
    }

    /// The numbers that are found, which are all.
    fn all(&self, filter: &Filter) -> Vec<i64> {
        let Seen { seqs, cut_at } = self.find(filter);
        assert_eq!(cut_at, None, "{filter:?}");
        seqs
    }
}

#[test]
fn what_is_rare_is_found_however_old_it_is() {
    let many = many(PHOTOS);
    assert_eq!(many.all(&about("rare")), [1]);
    assert_eq!(many.all(&about("稀少")), [1]);
    assert_eq!(many.all(&about("少 common")), [1]);
    assert_eq!(
        many.all(&Filter { verdict: Some(Verdict::Contradicted), ..about("common") }),
        [5, 4, 3, 2, 1]
    );
    assert_eq!(many.all(&Filter { member: Some("Bob".to_owned()), ..about("even") }), [2]);
    assert_eq!(many.all(&Filter { media_type: Some(MediaType::Png), ..Filter::default() }), [7]);
    assert_eq!(many.all(&Filter { code: Some("C17".to_owned()), ..about("common") }), [17]);
    assert_eq!(many.all(&Filter { area: Some("99,0,101,80".parse().unwrap()), ..about("odds") }), [9]);
    assert_eq!(many.all(&Filter { area: Some("99,0,-170,80".parse().unwrap()), ..Filter::default() }), [9]);
    let both = Filter {
        project_id: Some(2),
        from: Some(day("2023-11-15")),
        to: Some(day("2023-11-15")),
        ..Filter::default()
    };
    let seqs = {
        let seen = find(&many.connection, &many.resolved(&both), 1000, 1000).unwrap();
        assert_eq!(seen.cut_at, None);
        seen.seqs
    };
    assert!(seqs.len() == 144 && seqs.iter().all(|seq| seq % 10 == 1), "{seqs:?}");
}

#[test]
fn days_long_ago_are_found_without_walking_through_those_since() {
    let many = many(PHOTOS);
    let seen = many.find(&Filter { to: Some(day("2023-11-16")), ..Filter::default() });
    assert_eq!(seen.seqs.len(), 61);
    assert!(seen.seqs.iter().all(|seq| *seq < 4000), "{:?}", seen.seqs);
}

#[test]
fn what_is_common_and_what_is_nowhere_is_looked_at_only_so_far() {
    let many = many(PHOTOS);
    let seen = many.find(&about("common"));
    assert_eq!((seen.seqs.len(), seen.seqs[0]), (61, PHOTOS));
    // Every photo has one of them, none has both, and both look common.
    assert!(many.all(&about("even odds")).is_empty(), "the index knows that no photo has both");
    let seen = many.find(&about("q7"));
    assert_eq!((seen.seqs.len(), seen.cut_at), (0, Some(PHOTOS - 999)), "two letters: the newest 1000 only");
    let onwards = Filter { after: seen.cut_at, ..about("q7") };
    assert_eq!(many.find(&onwards).cut_at, Some(PHOTOS - 1999), "the cursor goes on where it ended");
}

#[test]
fn an_answer_that_was_cut_says_so_and_where_it_goes_on() {
    let many = many(10_100);
    let (found, counted) = search(&many.connection, &Filter { limit: 60, ..about("q7") }, 1000).unwrap();
    assert!(found.is_capped && found.next.is_some() && counted.is_capped && found.photos.is_empty());
}

#[test]
fn a_walk_that_is_cut_reaches_everything_in_the_end() {
    let many = many(3_000);
    let mut filter = Filter { project: Some("p1".to_owned()), limit: 60, ..about("ra") };
    filter.verdict = Some(Verdict::Contradicted);
    assert!(many.all(&filter).is_empty());
    let mut filter = about("re");
    let mut found = Vec::new();
    for _ in 0..3 {
        let seen = many.find(&filter);
        found.extend(seen.seqs);
        filter.after = seen.cut_at;
    }
    assert_eq!((found, filter.after), (vec![1], None));
}

#[test]
fn nobody_finds_what_lies_outside_of_their_reach() {
    let many = many(1_000);
    let within = |projects: &[i64]| Reach::Projects(projects.to_vec());
    let filter = |reach| Filter { reach, ..about("common") };
    let seqs = many.find(&filter(within(&[2, 3]))).seqs;
    assert!(seqs.len() == 61 && seqs.iter().all(|seq| matches!(seq % 10, 1 | 2)), "{seqs:?}");
    assert!(many.all(&filter(within(&[]))).is_empty());
    assert!(many.all(&Filter { project_id: Some(4), ..filter(within(&[2, 3])) }).is_empty());
    let ids = Some(vec![crate::domain::photo::PhotoId(7_u128.to_be_bytes())]);
    assert_eq!(many.all(&Filter { ids: ids.clone(), ..Filter::default() }), [7]);
    assert!(many.all(&Filter { ids, ..filter(within(&[2, 3])) }).is_empty());
    let counted = search(&many.connection, &filter(within(&[2])), 1000).unwrap().1;
    assert_eq!((counted.photos, counted.is_capped), (100, false));
    let places = place::places(&many.connection, &filter(within(&[2])), Some(3)).unwrap();
    assert_eq!((places.photos, places.is_capped), (100, false));
}

#[test]
fn what_is_sealed_and_not_archived_is_not_found() {
    let many = many(100);
    many.connection.execute("UPDATE photo SET archived_at = NULL WHERE seq IN (1, 9)", []).unwrap();
    assert!(many.all(&about("rare")).is_empty() && many.all(&about("稀少")).is_empty());
    assert!(many.all(&Filter { area: Some("99,0,101,80".parse().unwrap()), ..Filter::default() }).is_empty());
    assert_eq!(place::places(&many.connection, &Filter::default(), Some(3)).unwrap().photos, 98);
}

#[test]
fn a_map_of_too_many_photos_says_so() {
    let many = many(10_100);
    let places = place::places(&many.connection, &Filter::default(), Some(3)).unwrap();
    assert!(places.is_capped && places.photos == 10_000, "{}", places.photos);
}

#[test]
fn every_condition_is_asked_of_an_index_and_none_is_sorted() {
    let many = many(1_000);
    let base = Filter::default();
    let named = |name: &str| Some(name.to_owned());
    for (filter, expected) in [
        (base.clone(), "photo_archived (seq>? AND seq<?)"),
        (Filter { code: named("C1"), ..base.clone() }, "photo_by_code (code=? AND rowid<?)"),
        (
            Filter { verdict: Some(Verdict::Suspicious), ..base.clone() },
            "COVERING INDEX photo_by_verdict (verdict=? AND seq<?)",
        ),
        (
            Filter { media_type: Some(MediaType::Png), ..base.clone() },
            "COVERING INDEX photo_by_media_type (media_type=? AND seq<?)",
        ),
        (
            Filter { member: named("Bob"), ..base.clone() },
            "COVERING INDEX photo_by_member (member_id=? AND seq<?)",
        ),
        (
            Filter { project: named("p1"), ..base.clone() },
            "COVERING INDEX photo_by_project (project_id=? AND seq<?)",
        ),
        (
            Filter { reach: Reach::Projects(vec![1, 2]), ..base.clone() },
            "COVERING INDEX photo_by_project (project_id=? AND seq<?)",
        ),
        (
            Filter { team: named("team"), ..base.clone() },
            "COVERING INDEX photo_by_team (team_id=? AND seq<?)",
        ),
        (
            Filter { from: Some(day("2026-01-01")), ..base.clone() },
            "COVERING INDEX photo_by_local_time (local_time>? AND local_time<?)",
        ),
        (
            Filter { from: Some(day("2026-01-01")), project_id: Some(1), ..base.clone() },
            "photo_of_project (project_id=? AND local_time>? AND local_time<?)",
        ),
        (
            Filter { area: Some("1,2,3,4".parse().unwrap()), ..base.clone() },
            "photo_area VIRTUAL TABLE INDEX 2:",
        ),
        (about("rare"), "photo_trigram VIRTUAL TABLE INDEX 192:M1<"),
        (about("稀少"), "photo_pair VIRTUAL TABLE INDEX 192:M1<"),
    ] {
        let plans = plans(&many.connection, &many.resolved(&filter));
        assert!(plans.contains(expected), "{filter:?}: {plans}");
        assert!(!plans.contains("TEMP B-TREE") && !plans.contains("SCAN p "), "{filter:?}: {plans}");
    }
    let condition =
        many.resolved(&Filter { area: Some("1,2,3,4".parse().unwrap()), ..about("rare") }).condition();
    let sql = format!("EXPLAIN QUERY PLAN SELECT {} FROM photo p WHERE p.seq = ?", condition.text);
    let mut statement = many.connection.prepare(&sql).unwrap();
    let values = condition.values.into_iter().chain([1.into()]);
    let lines = statement.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
    let plan = lines.map(rusqlite::Result::unwrap).collect::<Vec<_>>().join("; ");
    assert!(
        !plan.contains("SCAN") || plan.matches("SCAN").count() == plan.matches("SCAN CONSTANT ROW").count(),
        "{plan}"
    );
}

#[test]
fn the_rarest_condition_is_looked_at() {
    let many = many(PHOTOS);
    let of = |filter: &Filter| candidates(&many.connection, &many.resolved(filter), 100).unwrap();
    let rare = of(&Filter {
        verdict: Some(Verdict::Contradicted),
        project: Some("p2".to_owned()),
        ..about("common")
    });
    assert!(rare.are_all && rare.seqs == [5, 4, 3, 2, 1], "{rare:?}");
    let tenth = of(&Filter { project: Some("p2".to_owned()), ..about("common") });
    assert!(!tenth.are_all && tenth.seqs.last() == Some(&(PHOTOS - 9 - 990)), "{:?}", tenth.seqs.last());
}
