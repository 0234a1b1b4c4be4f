//! How SQLite goes about a query, for tests that want it by an index.

use rusqlite::params_from_iter;

use super::connection;

/// The steps of the plan, in an empty catalogue.
pub(super) fn plan(sql: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let connection = connection::open_and_migrate(&folder.path().join("keepmark.db")).unwrap();
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let values = vec!["1"; statement.parameter_count()];
    let lines = statement.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
    lines.map(rusqlite::Result::unwrap).collect::<Vec<_>>().join("; ")
}
