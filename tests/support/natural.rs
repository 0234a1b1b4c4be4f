//! A catalogue as text, by natural keys: what is the same archive has the same text, whatever numbers its rows have.
//!
//! Left out is what a bucket does not hold: people, tokens, attempts, from where deliveries came, and when objects were
//! recorded.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// What is compared: a name and a query. Each column is a part of the text.
const QUERIES: [(&str, &str); 21] = [
    (
        "photo",
        "SELECT p.id, t.name, j.name, m.contact, p.code, p.sha256, p.size_bytes, p.media_type, p.width, p.height, p.decoded,
                p.object_key, p.key_folded, p.photo_name, p.event_id, p.local_time, p.captured_at, p.received_at,
                p.downloaded_at, p.source_host, p.sealed_at, p.archived_at IS NOT NULL, p.verdict, p.judgement, p.vote,
                p.device, p.shown_offset, p.announced_position, p.has_time, p.has_position, p.has_device,
                hex(p.fingerprint)
         FROM photo p JOIN team t ON t.id = p.team_id JOIN project j ON j.id = p.project_id
              JOIN member m ON m.id = p.member_id",
    ),
    (
        "order of photos",
        "SELECT group_concat(id, ' ') FROM (SELECT id FROM photo ORDER BY seq)",
    ),
    (
        "finding",
        "SELECT p.id, f.judgement, f.position, f.content FROM finding f JOIN photo p ON p.seq = f.photo_seq",
    ),
    (
        "reading",
        "SELECT p.id, r.evidence, r.content_type FROM reading r JOIN photo p ON p.seq = r.photo_seq",
    ),
    (
        "evidence",
        "SELECT e.object_key, e.kind, e.sequence, e.judgement, e.verdict, e.sha256, p.id, d.body_sha256,
                e.recorded_at IS NOT NULL, e.body IS NULL
         FROM evidence e LEFT JOIN photo p ON p.seq = e.photo_seq LEFT JOIN delivery d ON d.id = e.delivery_id",
    ),
    (
        "delivery",
        "SELECT d.body_sha256, hex(d.body), d.source, d.received_at, d.event_id, d.outcome, d.reason, c.body_sha256
         FROM delivery d LEFT JOIN delivery c ON c.id = d.conflict_with
         WHERE d.outcome = 'quarantined' OR EXISTS (SELECT 1 FROM job j WHERE j.delivery_id = d.id)",
    ),
    (
        "job",
        "SELECT d.body_sha256, j.state, p.id, CASE j.state WHEN 'dead' THEN j.failing_class END,
                CASE j.state WHEN 'dead' THEN j.reason END, CASE j.state WHEN 'dead' THEN j.attempts END, hex(j.sample)
         FROM job j JOIN delivery d ON d.id = j.delivery_id LEFT JOIN photo p ON p.seq = j.photo_seq",
    ),
    (
        "photo_delivery",
        "SELECT d.body_sha256, p.id, l.kind
         FROM photo_delivery l JOIN delivery d ON d.id = l.delivery_id JOIN photo p ON p.seq = l.photo_seq",
    ),
    (
        "words and places",
        "SELECT p.id, x.folded, l.latitude, l.longitude, l.name
         FROM photo p LEFT JOIN photo_text x ON x.photo_seq = p.seq LEFT JOIN photo_place l ON l.photo_seq = p.seq",
    ),
    (
        "project",
        "SELECT t.name, t.segment, t.folded, j.name, j.segment, j.folded, j.photos, j.consistent, j.inconclusive,
                j.suspicious, j.contradicted, j.last_time
         FROM project j JOIN team t ON t.id = j.team_id WHERE j.photos > 0",
    ),
    (
        "member",
        "SELECT t.name, m.contact, m.name, m.segment, m.folded, j.name, k.photos, k.last_time
         FROM project_member k JOIN member m ON m.id = k.member_id JOIN project j ON j.id = k.project_id
              JOIN team t ON t.id = m.team_id",
    ),
    (
        "day",
        "SELECT t.name, j.name, c.day, c.photos, c.consistent, c.inconclusive, c.suspicious, c.contradicted, s.photos
         FROM day_count c JOIN project j ON j.id = c.project_id JOIN team t ON t.id = j.team_id
              JOIN day_span s ON s.day = c.day",
    ),
    (
        "what teams taught",
        "SELECT 'meaning', name, meaning, NULL, NULL, NULL FROM team
         UNION ALL SELECT 'change', t.name, m.before, m.after, m.changed_at, NULL
         FROM meaning_change m JOIN team t ON t.id = m.team_id
         UNION ALL SELECT 'devices', announced, found, announced_folded, found_folded, photos FROM device_pair",
    ),
    (
        "human_outcome",
        "SELECT p.id, h.outcome, h.who, h.note, h.sample, h.at, row_number() OVER (PARTITION BY p.id ORDER BY h.id)
         FROM human_outcome h JOIN photo p ON p.seq = h.photo_seq",
    ),
    (
        "audit_run",
        "SELECT row_number() OVER (ORDER BY id), kind, seed, started_at, ended_at, objects, checked, intact, changed,
                missing, unreadable, extra, bytes
         FROM audit_run WHERE ended_at IS NOT NULL",
    ),
    (
        "audit_result",
        "SELECT r.started_at, r.kind, f.object_key, f.status, f.detail, p.id
         FROM audit_result f JOIN audit_run r ON r.id = f.run_id LEFT JOIN photo p ON p.seq = f.photo_seq
         WHERE r.ended_at IS NOT NULL",
    ),
    (
        "audit_object",
        "SELECT coalesce(p.object_key, e.object_key), o.kind, o.size_bytes, o.result
         FROM audit_object o LEFT JOIN photo p ON o.kind = 'photo' AND p.seq = o.number
              LEFT JOIN evidence e ON o.kind = 'evidence' AND e.id = o.number",
    ),
    (
        "ledger_leaf",
        "SELECT l.number, l.entry, e.object_key FROM ledger_leaf l LEFT JOIN evidence e ON e.id = l.evidence_id",
    ),
    (
        "ledger_tile",
        "SELECT object_key, sha256, recorded_at IS NOT NULL FROM ledger_tile",
    ),
    (
        "ledger_checkpoint",
        "SELECT size, note FROM ledger_checkpoint WHERE read_back_at IS NOT NULL ORDER BY size DESC LIMIT 1",
    ),
    (
        "ledger_key",
        "SELECT row_number() OVER (ORDER BY number), public_key FROM ledger_key",
    ),
];

/// Each part with its lines in order.
pub type Natural = BTreeMap<&'static str, Vec<String>>;

/// The whole catalogue.
pub fn of(catalogue: &Connection) -> Natural {
    QUERIES.iter().map(|(name, sql)| (*name, lines(catalogue, sql))).collect()
}

fn lines(catalogue: &Connection, sql: &str) -> Vec<String> {
    let mut statement = catalogue.prepare(sql).unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let column = |at| match row.get_ref(at).unwrap() {
            ValueRef::Null => "-".to_owned(),
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Real(number) => number.to_string(),
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            ValueRef::Blob(bytes) => format!("{bytes:?}"),
        };
        lines.push((0..columns).map(column).collect::<Vec<_>>().join(" | "));
    }
    lines.sort();
    lines
}

/// Fails with the first lines that differ.
pub fn expect_equal(before: &Natural, after: &Natural) {
    for (name, lines) in before {
        let differs = |these: &[String], those: &[String]| {
            these.iter().filter(|line| !those.contains(line)).take(3).cloned().collect::<Vec<_>>()
        };
        let others = &after[name];
        assert!(
            lines == others,
            "{name}: {} lines before, {} after; gone: {:#?}; new: {:#?}",
            lines.len(),
            others.len(),
            differs(lines, others),
            differs(others, lines)
        );
    }
}

/// Fails where a line of before is gone.
pub fn expect_kept(before: &Natural, after: &Natural, parts: &[&str]) {
    for name in parts {
        let gone: Vec<_> = before[name].iter().filter(|line| !after[name].contains(line)).take(3).collect();
        assert!(gone.is_empty(), "{name}: gone: {gone:#?}");
    }
}
