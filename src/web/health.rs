//! Alive, ready, and the metrics.

use actix_web::HttpResponse;
use actix_web::web::Data;
use serde_json::{Value, json};

use super::Site;
use super::error::WebError;
use super::people::{Need, Visitor};
use crate::audit::run_report::Summary;
use crate::catalog::store::Store;
use crate::catalog::team::Team;
use crate::domain::audit::Status;
use crate::domain::verdict::meaning::Meaning;
use crate::telemetry::metrics::Kind;

/// The process answers. Says nothing else, and asks nobody: it is what proxies probe.
pub(super) async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// There is room and the catalogue takes a commit: deliveries will be kept. Whoever shows a token learns of the store, too; its trouble
/// keeps no delivery away.
pub(super) async fn ready(site: Data<Site>, visitor: Option<Visitor>) -> HttpResponse {
    if site.disk.closes_hook() || site.catalog.can_commit().await.is_err() {
        return HttpResponse::ServiceUnavailable().json(json!({"ready": false}));
    }
    match (visitor, site.catalog.store().await) {
        (Some(visitor), Ok(store)) if visitor.may(Need::SeeAll) => {
            HttpResponse::Ok().json(json!({"ready": true, "store": details(&store)}))
        }
        _ => HttpResponse::Ok().json(json!({"ready": true})),
    }
}

fn details(store: &Store) -> Value {
    let since = store.trouble.as_ref().map(|trouble| trouble.since_ms);
    json!({
        "trouble": store.trouble.as_ref().map(|trouble| &trouble.reason),
        "trouble_since": since.and_then(|since_ms| jiff::Timestamp::from_millisecond(since_ms).ok()),
        "capabilities": store.capabilities,
    })
}

/// `OpenMetrics` text, for bearers of a token.
pub(super) async fn metrics(site: Data<Site>) -> Result<HttpResponse, WebError> {
    let (catalog, standing) = (&site.catalog, &site.metrics.standing);
    for (state, jobs) in catalog.queue().await? {
        standing.jobs.get_or_create(&Kind { kind: state.as_str() }).set(jobs);
    }
    let (kept, last) = catalog.delivery_counts().await?;
    for (outcome, count) in kept {
        standing.kept.get_or_create(&Kind { kind: outcome.as_str() }).set(count);
    }
    standing.photos.set(catalog.photo_count().await?);
    standing.waiting_for_store.set(catalog.waiting_for_store().await?);
    let seconds = |ms: i64| ms / 1000;
    standing.last_delivery_seconds.set(last.map_or(0, seconds));
    standing.oldest_waiting_seconds.set(catalog.oldest_waiting().await?.map_or(0, seconds));
    if let Some(space) = site.disk.space() {
        standing.disk_free_bytes.set(i64::try_from(space.free_bytes).unwrap_or(i64::MAX));
    }
    standing.paused.set(site.disk.pauses_pipeline().into());
    standing.closed.set(site.disk.closes_hook().into());
    let trouble = catalog.store().await?.trouble;
    standing.store_trouble.set(trouble.is_some().into());
    standing.store_trouble_since_seconds.set(trouble.map_or(0, |trouble| seconds(trouble.since_ms)));
    note_objects(&site).await?;
    note_last_audit(&site).await?;
    note_teams(&site).await?;
    note_ledger(&site).await?;
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(HttpResponse::Ok().content_type(content_type).body(site.metrics.text()))
}

async fn note_ledger(site: &Site) -> Result<(), WebError> {
    let (standing, ledger) = (&site.metrics.standing, site.catalog.ledger().await?);
    let count = |leaves: u64| i64::try_from(leaves).unwrap_or(i64::MAX);
    standing.ledger_leaves.set(count(ledger.leaves));
    standing.ledger_published.set(count(ledger.published));
    standing.ledger_published_seconds.set(ledger.read_back_ms.map_or(0, |ms| ms / 1000));
    standing.ledger_trouble.set(ledger.trouble.is_some().into());
    let records = site.catalog.waiting_records().await?;
    standing.records_waiting.set(records.records);
    standing.records_refused.set(records.refused);
    Ok(())
}

/// What the last readings of the archived objects found.
async fn note_objects(site: &Site) -> Result<(), WebError> {
    let standing = &site.metrics.standing;
    let fixity = site.catalog.fixity().await?;
    for (status, objects) in [
        (Status::Intact, fixity.intact),
        (Status::Changed, fixity.changed),
        (Status::Missing, fixity.missing),
        (Status::Unreadable, fixity.unreadable),
    ] {
        standing.objects.get_or_create(&Kind { kind: status.as_str() }).set(objects);
    }
    standing.oldest_read_seconds.set(fixity.oldest_ms.map_or(0, |ms| ms / 1000));
    Ok(())
}

/// What the last audit found.
async fn note_last_audit(site: &Site) -> Result<(), WebError> {
    let Some(run) = site.catalog.last_audit().await? else { return Ok(()) };
    let (standing, run) = (&site.metrics.standing, Summary::of(&run));
    let found = run.counts.found().map(|(status, objects)| (status.as_str(), objects));
    for (kind, objects) in [("checked", run.counts.checked)].into_iter().chain(found) {
        standing.last_audit.get_or_create(&Kind { kind }).set(objects);
    }
    standing.last_audit_bytes.set(run.counts.bytes);
    standing.last_audit_seconds.set(run.ended_at.map_or(0, jiff::Timestamp::as_second));
    Ok(())
}

/// Teams as numbers: none is named.
async fn note_teams(site: &Site) -> Result<(), WebError> {
    let standing = &site.metrics.standing;
    let teams = site.catalog.teams().await?;
    let count = |is: &dyn Fn(&Team) -> bool| {
        i64::try_from(teams.iter().filter(|team| is(team)).count()).unwrap_or(i64::MAX)
    };
    for meaning in [Meaning::Open, Meaning::Utc, Meaning::Local] {
        let kind = Kind { kind: meaning.as_str() };
        standing.teams.get_or_create(&kind).set(count(&|team| team.meaning == meaning));
    }
    for kind in ["time", "position", "device"] {
        let fallen = count(&|team| team.coverage.fallen.contains(&kind));
        standing.teams_fallen.get_or_create(&Kind { kind }).set(fallen);
    }
    let run = site.catalog.unfinished_run().await?;
    standing.judging_trouble.set(run.is_some_and(|run| run.trouble.is_some()).into());
    Ok(())
}
