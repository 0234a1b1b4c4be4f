//! The rows that the daemon writes for a delivery, as `catalog::{delivery, seal, text, record}` write them.
//!
//! Counters are the triggers' work here too: a photo is inserted unarchived and then archived.

use jiff::Timestamp;
use keepmark::domain::evidence::{Evidence, FilePosition, Pixels};
use keepmark::domain::fingerprint::Fingerprint;
use keepmark::domain::object_key::folder::FolderPattern;
use keepmark::domain::object_key::{PhotoKey, PhotoName};
use keepmark::domain::photo::Sha256;
use keepmark::domain::search_text;
use keepmark::domain::verdict::meaning::Vote;
use keepmark::domain::verdict::{Finding, Verdict};
use keepmark::domain::verification::Official;
use rusqlite::{Connection, ToSql, params};

use super::made::{Arrived, Became, Made};
use super::world::{World, contact_of, team_of};

/// How long a download, and how long all the rest of a photo's way took.
pub const DOWNLOAD_MS: i64 = 240;
pub const SEALING_MS: i64 = 200;
const WAY_MS: i64 = 600;

pub const SOURCE_HOST: &str = "photos1.example.org";
pub const DEAD_REASON: &str = "the host answered 404: the link is gone";
pub const QUARANTINE_REASON: &str = "the body is no JSON object";

/// Teams, projects and members.
pub fn insert_names(connection: &Connection) -> rusqlite::Result<()> {
    let world = World::new();
    for (id, team) in (1_i64..).zip(&world.teams) {
        let values = params![id, team.name, team.segment.as_str(), team.segment.folded()];
        let sql = "INSERT INTO team (id, name, segment, folded, meaning) VALUES (?1, ?2, ?3, ?4, 'utc')";
        execute(connection, sql, values)?;
    }
    for ((id, at), project) in (1_i64..).zip(0..).zip(&world.projects) {
        let (team, segment) = (signed(team_of(at) + 1), &project.segment);
        let values = params![id, team, project.name, segment.as_str(), segment.folded()];
        let sql = "INSERT INTO project (id, team_id, name, segment, folded) VALUES (?1, ?2, ?3, ?4, ?5)";
        execute(connection, sql, values)?;
    }
    for ((id, at), member) in (1_i64..).zip(0..).zip(&world.members) {
        let (team, segment) = (signed(team_of(at) + 1), &member.segment);
        let values = params![id, team, contact_of(at), member.name, segment.as_str(), segment.folded()];
        let sql = "INSERT INTO member (id, team_id, contact, name, segment, folded) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        execute(connection, sql, values)?;
    }
    Ok(())
}

/// A delivery with all that became of it. Returns its number.
pub fn insert(connection: &Connection, arrived: &Arrived) -> anyhow::Result<i64> {
    let received_ms = arrived.received_at.as_millisecond();
    let (outcome, reason) = match arrived.became {
        Became::Quarantined => ("quarantined", Some(QUARANTINE_REASON)),
        Became::Photo(_) | Became::Dead => ("accepted", None),
    };
    execute(
        connection,
        "INSERT INTO delivery (source, received_at, peer, headers, token, body, body_sha256, event_id, outcome, reason,
                               last_seen_at)
         VALUES ('hook', ?1, '203.0.113.7', '{\"content-type\":\"application/json\"}', 'a29553f3977be2e0', ?2, ?3, ?4, ?5, ?6,
                 ?1)",
        params![
            received_ms,
            arrived.body,
            Sha256::of(&arrived.body).to_string(),
            arrived.event_id,
            outcome,
            reason
        ],
    )?;
    let delivery = connection.last_insert_rowid();
    match &arrived.became {
        Became::Quarantined => {}
        Became::Dead => insert_dead(connection, delivery, received_ms)?,
        Became::Photo(made) => insert_photo(connection, delivery, arrived, made)?,
    }
    Ok(delivery)
}

/// One more delivery of a photo. Returns its job.
pub fn insert_repeat(
    connection: &Connection,
    photo_seq: i64,
    body: &[u8],
    event_id: &str,
    received_at: Timestamp,
) -> rusqlite::Result<i64> {
    let received_ms = received_at.as_millisecond();
    execute(
        connection,
        "INSERT INTO delivery (source, received_at, headers, token, body, body_sha256, event_id, outcome, last_seen_at)
         VALUES ('hook', ?1, '{}', 'a29553f3977be2e0', ?2, ?3, ?4, 'accepted', ?1)",
        params![received_ms, body, Sha256::of(body).to_string(), event_id],
    )?;
    let delivery = connection.last_insert_rowid();
    execute(
        connection,
        "INSERT INTO job (delivery_id, state, host, lease_start, lease_claim, attempts, photo_seq, created_at, updated_at)
         VALUES (?1, 'done', 'photos1.example.org', 1, ?1, 1, ?2, ?3, ?3)",
        params![delivery, photo_seq, received_ms],
    )?;
    let job = connection.last_insert_rowid();
    execute(
        connection,
        "INSERT INTO photo_delivery (delivery_id, photo_seq, kind, linked_at) VALUES (?1, ?2, 'repeat', ?3)",
        params![delivery, photo_seq, received_ms],
    )?;
    Ok(job)
}

/// What storing an object of evidence read back.
pub fn insert_reading(connection: &Connection, evidence: i64, size_bytes: usize) -> rusqlite::Result<()> {
    execute(
        connection,
        "INSERT INTO audit_object (kind, number, size_bytes, read_at, result)
         SELECT 'evidence', id, ?2, recorded_at, 'intact' FROM evidence WHERE id = ?1",
        params![evidence, i64::try_from(size_bytes).unwrap_or(i64::MAX)],
    )
}

/// What a person found on Timemark's page.
pub fn insert_outcome(
    connection: &Connection,
    photo_seq: i64,
    (outcome, who): (Official, &str),
    at: Timestamp,
) -> rusqlite::Result<()> {
    execute(
        connection,
        "INSERT INTO human_outcome (photo_seq, outcome, who, note, at) VALUES (?1, ?2, ?3, '', ?4)",
        params![photo_seq, outcome.as_str(), who, at.as_millisecond()],
    )
}

/// Every piece of evidence is a leaf, in the order of recording.
pub fn insert_leaves(connection: &Connection) -> rusqlite::Result<()> {
    execute(
        connection,
        "INSERT INTO ledger_leaf (number, evidence_id, entry)
         SELECT row_number() OVER (ORDER BY e.id) - 1, e.id,
                'keepmark-leaf/v1' || char(10)
                || CASE e.kind WHEN 'sidecar' THEN 'photo ' || p.sha256 || ' ' ELSE e.kind || ' ' END || e.sha256 || char(10)
         FROM evidence e LEFT JOIN photo p ON p.seq = e.photo_seq",
        &[],
    )
}

/// The findings of one judgement.
pub fn insert_findings(
    connection: &Connection,
    seq: i64,
    judgement: u32,
    findings: &[Finding],
) -> anyhow::Result<()> {
    for (position, finding) in (0_u32..).zip(findings) {
        let sql = "INSERT INTO finding (photo_seq, judgement, position, content) VALUES (?1, ?2, ?3, ?4)";
        execute(connection, sql, params![seq, judgement, position, serde_json::to_string(finding)?])?;
    }
    Ok(())
}

/// The folders of a photo: of its team, its project and its member.
pub fn segments(made: &Made) -> [String; 3] {
    WORLD.with(|world| {
        let at = |number: u64| usize::try_from(number).unwrap_or_default();
        [
            world.teams[at(team_of(made.project))].segment.to_string(),
            world.projects[at(made.project)].segment.to_string(),
            world.members[at(made.member)].segment.to_string(),
        ]
    })
}

thread_local!(static WORLD: World = World::new());

fn insert_dead(connection: &Connection, delivery: i64, received_ms: i64) -> rusqlite::Result<()> {
    let reason = DEAD_REASON;
    execute(
        connection,
        "INSERT INTO job (delivery_id, state, host, attempts, lease_start, lease_claim, failing_class, failing_since,
                          failing_tries, reason, created_at, updated_at)
         VALUES (?1, 'dead', 'photos1.example.org', 5, 1, ?1, 'gone', 1000, 5, ?3, ?2, ?2 + 3600000)",
        params![delivery, received_ms, reason],
    )?;
    let job = connection.last_insert_rowid();
    for number in 1..=5 {
        execute(
            connection,
            "INSERT INTO attempt (job_id, number, started_at, ended_at, phase, outcome, class, http_status, size_bytes,
                                  reason)
             VALUES (?1, ?2, ?3, ?3 + 300, 'fetch', ?4, 'gone', 404, 0, ?5)",
            params![job, number, received_ms, if number == 5 { "dead" } else { "retry" }, reason],
        )?;
    }
    Ok(())
}

fn insert_photo(
    connection: &Connection,
    delivery: i64,
    arrived: &Arrived,
    made: &Made,
) -> anyhow::Result<()> {
    let received_ms = arrived.received_at.as_millisecond();
    let archived_ms = received_ms + WAY_MS;
    execute(
        connection,
        "INSERT INTO job (delivery_id, state, host, lease_start, lease_claim, attempts, created_at, updated_at)
         VALUES (?1, 'done', 'photos1.example.org', 1, ?1, 1, ?2, ?3)",
        params![delivery, received_ms, archived_ms],
    )?;
    let job = connection.last_insert_rowid();
    let verdict = Verdict::of(&made.judgement.findings);
    let key = key(made);
    let seq = insert_photo_row(connection, job, arrived, made, &key, verdict)?;
    execute(connection, "UPDATE job SET photo_seq = ?2 WHERE id = ?1", params![job, seq])?;
    insert_findings(connection, seq, 1, &made.judgement.findings)?;
    execute(
        connection,
        "INSERT INTO reading (photo_seq, evidence, content_type) VALUES (?1, ?2, ?3)",
        params![seq, serde_json::to_string(&made.evidence)?, made.evidence.media_type.content_type()],
    )?;
    insert_words(connection, seq, made)?;
    execute(
        connection,
        "INSERT INTO evidence (photo_seq, job_id, kind, judgement, verdict, object_key, sha256, recorded_at)
         VALUES (?1, ?2, 'sidecar', 1, ?3, ?4, ?5, ?6)",
        params![seq, job, verdict.as_str(), key.sidecar().as_str(), made.sidecar_sha256, archived_ms],
    )?;
    insert_reading(connection, connection.last_insert_rowid(), made.sidecar_bytes)?;
    record(connection, job, delivery, seq, archived_ms, made.size_bytes)?;
    Ok(())
}

/// Where a photo lies.
pub fn key(made: &Made) -> PhotoKey {
    WORLD.with(|world| {
        let at = |number: u64| usize::try_from(number).unwrap_or_default();
        let name = PhotoName {
            team: &world.teams[at(team_of(made.project))].segment,
            project: &world.projects[at(made.project)].segment,
            member: &world.members[at(made.member)].segment,
            local_time: made.judgement.local_time,
            code: made.announced.code.as_deref(),
            sha256: made.sha256,
            media_type: made.evidence.media_type,
        };
        PhotoKey::new(&FolderPattern::default(), &name)
    })
}

fn insert_photo_row(
    connection: &Connection,
    job: i64,
    arrived: &Arrived,
    made: &Made,
    key: &PhotoKey,
    verdict: Verdict,
) -> rusqlite::Result<i64> {
    let Made { announced, evidence, judgement, .. } = made;
    let received_ms = arrived.received_at.as_millisecond();
    let (width, height) = evidence.dimensions.unzip();
    execute(
        connection,
        "INSERT INTO photo (id, team_id, project_id, member_id, code, sha256, size_bytes, media_type, width, height, decoded,
                            object_key, key_folded, photo_name, event_id, local_time, captured_at, received_at,
                            downloaded_at, source_host, sealed_by, sealed_at, verdict, vote, device, shown_offset,
                            announced_position, has_time, has_position, has_device, fingerprint)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
                 ?31, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30)",
        params![
            made.id.to_string(),
            signed(team_of(made.project) + 1),
            signed(made.project + 1),
            signed(made.member + 1),
            announced.code,
            made.sha256.to_string(),
            signed(made.size_bytes),
            evidence.media_type.content_type(),
            width,
            height,
            evidence.pixels == Pixels::Decoded,
            key.as_str(),
            key.folded(),
            announced.photo_name,
            announced.event_id,
            judgement.local_time.to_string(),
            judgement.captured_at.map(Timestamp::as_millisecond),
            received_ms,
            received_ms + DOWNLOAD_MS,
            job,
            received_ms + DOWNLOAD_MS + SEALING_MS,
            verdict.as_str(),
            judgement.vote.map(Vote::as_str),
            announced.device,
            judgement.shown_offset_minutes,
            announced.position_as_sent(),
            judgement.usable.time,
            judgement.usable.position,
            judgement.usable.device,
            evidence.fingerprint.map(Fingerprint::to_bytes),
            SOURCE_HOST,
        ],
    )?;
    Ok(connection.last_insert_rowid())
}

fn insert_words(connection: &Connection, seq: i64, made: &Made) -> rusqlite::Result<()> {
    let announced = &made.announced;
    let folded = words_of(made);
    execute(connection, "INSERT INTO photo_text (photo_seq, folded) VALUES (?1, ?2)", params![seq, folded])?;
    execute(connection, "INSERT INTO photo_trigram (rowid, folded) VALUES (?1, ?2)", params![seq, folded])?;
    let pairs = search_text::pair_tokens(&folded);
    if !pairs.is_empty() {
        execute(connection, "INSERT INTO photo_pair (rowid, tokens) VALUES (?1, ?2)", params![seq, pairs])?;
    }
    let Some(at) = announced.position().ok().flatten().or(in_file(&made.evidence)) else { return Ok(()) };
    execute(
        connection,
        "INSERT INTO photo_place (photo_seq, latitude, longitude, name) VALUES (?1, ?2, ?3, ?4)",
        params![seq, at.latitude, at.longitude, announced.place],
    )?;
    execute(
        connection,
        "INSERT INTO photo_area (photo_seq, west, east, south, north) VALUES (?1, ?2, ?2, ?3, ?3)",
        params![seq, at.longitude, at.latitude],
    )
}

fn in_file(evidence: &Evidence) -> Option<keepmark::domain::position::Position> {
    match evidence.exif.position {
        FilePosition::At(position) => Some(position),
        FilePosition::Absent | FilePosition::Unusable { .. } => None,
    }
}

fn words_of(made: &Made) -> String {
    let announced = &made.announced;
    let claimed = [
        &announced.code,
        &announced.photo_name,
        &announced.team,
        &announced.project,
        &announced.member,
        &announced.device,
        &announced.place,
    ];
    let claimed = claimed.into_iter().filter_map(|text| text.as_deref());
    search_text::folded_fields(claimed.chain(announced.notes.iter().map(String::as_str)))
}

fn record(
    connection: &Connection,
    job: i64,
    delivery: i64,
    seq: i64,
    archived_ms: i64,
    size_bytes: u64,
) -> rusqlite::Result<()> {
    execute(
        connection,
        "INSERT INTO photo_delivery (delivery_id, photo_seq, kind, linked_at) VALUES (?1, ?2, 'first', ?3)",
        params![delivery, seq, archived_ms],
    )?;
    execute(connection, "UPDATE photo SET archived_at = ?2 WHERE seq = ?1", params![seq, archived_ms])?;
    execute(
        connection,
        "INSERT INTO attempt (job_id, number, started_at, ended_at, phase, outcome, size_bytes)
         VALUES (?1, 1, ?2, ?3, 'record', 'archived', ?4)",
        params![job, archived_ms - WAY_MS, archived_ms, signed(size_bytes)],
    )
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn execute(connection: &Connection, sql: &str, values: &[&dyn ToSql]) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute(values).map(drop)
}
