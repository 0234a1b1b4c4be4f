//! The API: what its document says is what is answered, every field of it, and nothing else.

use std::collections::BTreeSet;
use std::process::Command;

use reqwest::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::support::daemon::{Archive, Daemon};
use crate::support::host::Host;
use crate::support::person::Person;
use crate::support::photos::{captured_jpeg, jpeg, scene_jpeg};
use crate::support::schema::differences;
use crate::support::{delivery, until};

/// The operations of a document: path and description.
fn operations(document: &Value) -> Vec<(&str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().map(|(path, item)| (path.as_str(), &item["get"])).collect()
}

/// Photos with and without evidence, two versions of a code, a repeat, a dead link, a test, and what cannot be read.
async fn fill(archive: &Archive, daemon: &Daemon, host: &Host) {
    let taken =
        captured_jpeg(1, "2025:12:11 13:45:00", (40.785_091, -73.968_285), ("Apple", "iPhone 14 Pro Max"));
    let elsewhere = captured_jpeg(2, "2025:12:11 19:45:00", (48.25, 16.5), ("Google", "Pixel 9"));
    let photos = [
        (1, "CODE0000000001", taken),
        (2, "CODE0000000001", elsewhere),
        (3, "CODE0000000003", jpeg(3)),
        (4, "CODE0000000004", jpeg(3)),
        (5, "CODE0000000005", scene_jpeg(5, 90)),
        (6, "CODE0000000006", scene_jpeg(5, 40)),
    ];
    for (number, code, bytes) in photos {
        let mut sent =
            delivery(&format!("event {number}"), code, &host.jpeg(&format!("/{number}.jpg"), bytes));
        if number > 4 {
            sent["photo_timestamp"] = json!(format!("2025-12-1{number}T18:45:00Z"));
            sent["project_name"] = json!(format!("Project {number}"));
        }
        daemon.deliver(&sent).await;
        daemon.settle(archive).await;
    }
    let page = host.jpeg("/page.html", b"<!doctype html><p>Gone</p>".to_vec());
    daemon.deliver(&delivery("event 7", "CODE0000000007", &page)).await;
    daemon.post("no JSON").await;
    daemon.post(json!({"event_type": "photo.deleted"}).to_string()).await;
    daemon.post(delivery("event 8", "TEST", "https://photos.example.com/1.jpg").to_string()).await;
    until("the link has given its page", async || {
        (archive.count("SELECT count(*) FROM job WHERE sample IS NOT NULL") == 1).then_some(())
    })
    .await;
}

/// An audit of the first photo's objects, so that there is one to show.
fn audit(archive: &Archive) {
    let output = archive.run(&["audit", "--sample", "1"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The variable parts of paths, as they are here.
fn concrete(archive: &Archive, path: &str) -> String {
    let number = |sql: &str| archive.count(sql).to_string();
    let id = if path.contains("/deliveries/") {
        number("SELECT id FROM delivery WHERE event_id = 'event 7'")
    } else if path.contains("/photos/") {
        let sql = "SELECT id FROM photo ORDER BY seq LIMIT 1";
        archive.catalogue().query_row(sql, [], |row| row.get(0)).unwrap()
    } else {
        "1".to_owned()
    };
    path.replace("{id}", &id).replace("{day}", "2025-12-11")
}

async fn get(daemon: &Daemon, token: &str, path: &str) -> Response {
    daemon.client().get(daemon.url(path)).bearer_auth(token).send().await.unwrap()
}

/// What differs between an answer and its operation in the document; the answer's JSON.
async fn compared(document: &Value, operation: &Value, answer: Response) -> (Vec<String>, Value) {
    let status = answer.status().as_u16().to_string();
    let kind = answer.headers().get(CONTENT_TYPE).map(|kind| kind.to_str().unwrap().to_owned());
    let described = &operation["responses"][&status];
    if described.is_null() {
        return (vec![format!("the status {status} is not documented")], Value::Null);
    }
    let bytes = answer.bytes().await.unwrap();
    let Some(kind) = kind else { return (Vec::new(), Value::Null) };
    let content = &described["content"];
    if content.get("*/*").is_some() {
        return (Vec::new(), Value::Null);
    }
    let Some(content) = content.get(&kind) else {
        return (vec![format!("the type {kind} is not documented for {status}: {described}")], Value::Null);
    };
    if !kind.ends_with("json") {
        return (Vec::new(), Value::Null);
    }
    let value: Value = serde_json::from_slice(&bytes).unwrap();
    (differences(document, &content["schema"], &value), value)
}

#[tokio::test]
async fn what_is_documented_is_answered_and_nothing_else() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    fill(&archive, &daemon, &host).await;
    audit(&archive);
    let token = archive.api_token();
    let limited =
        Person::invited(&archive, &daemon, "limited", &["--role", "viewer", "--project", "Project 5"]).await;
    let document = daemon.api("/api/v1/openapi.json", &token).await;
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (path, operation) in operations(&document) {
        let concrete = concrete(&archive, path);
        let mut asked = vec![concrete.clone(), format!("{concrete}?unknown=1")];
        let missing = if path.contains("{day}") { "2001-01-01" } else { "999" };
        if let Some((before, _)) = path.rsplit_once('{') {
            let (_, behind) = path.rsplit_once('}').unwrap();
            asked.push(format!("{}{missing}{behind}", before.replace("{id}", "1")));
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "query" {
                let (name, example) = (parameter["name"].as_str().unwrap(), &parameter["example"]);
                let example = example.as_str().map_or_else(|| example.to_string(), str::to_owned);
                asked.push(format!("{concrete}?{name}={}", example.replace(' ', "+")));
            }
        }
        for (number, asked) in asked.iter().enumerate() {
            let answer = get(&daemon, &token, asked).await;
            let status = answer.status();
            let expected = match number {
                1 => StatusCode::BAD_REQUEST,
                2 if path.contains('{') => StatusCode::NOT_FOUND,
                _ => StatusCode::OK,
            };
            if status != expected {
                wrong.push(format!("{asked}: {status} instead of {expected}"));
            }
            let (differences, value) = compared(&document, operation, answer).await;
            wrong.extend(differences.into_iter().map(|difference| format!("{asked} {difference}")));
            // The document has the names of all fields, and answers none of them.
            if !path.ends_with("openapi.json") {
                names_in(&value, &mut seen);
            }
        }
        for answer in [
            daemon.client().get(daemon.url(&concrete)).send().await.unwrap(),
            limited.ask(&daemon, reqwest::Method::GET, &concrete).send().await.unwrap(),
        ] {
            let status = answer.status();
            let (differences, _) = compared(&document, operation, answer).await;
            wrong.extend(differences.into_iter().map(|difference| format!("{path}, {status}: {difference}")));
        }
    }
    wrong.extend(posted(&document, &daemon, &token, &mut seen).await);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Fields that may be left out were answered once: what is never seen is not compared.
    for (schema, described) in document["components"]["schemas"].as_object().unwrap() {
        for name in described["properties"].as_object().into_iter().flatten().map(|(name, _)| name) {
            let is_asked = schema == "CodesToAudit" || name == "since";
            assert!(seen.contains(name) || is_asked, "{schema}.{name} was never answered");
        }
    }
}

/// What differs between the answers to codes and their operation in the document.
async fn posted(document: &Value, daemon: &Daemon, token: &str, seen: &mut BTreeSet<String>) -> Vec<String> {
    let path = "/api/v1/audit";
    let operation = &document["paths"][path]["post"];
    let mut wrong = Vec::new();
    for (body, expected) in [
        (r#"{"codes": ["CODE0000000001", "CODE0000000007", "CODEOOOOOOOOO3", "none"]}"#, StatusCode::OK),
        (r#"{"codes": ["CODE0000000001"], "read": false}"#, StatusCode::OK),
        (r#"{"codes": []}"#, StatusCode::OK),
        (r#"{"code": []}"#, StatusCode::BAD_REQUEST),
        ("no JSON", StatusCode::BAD_REQUEST),
    ] {
        let asked = daemon.client().post(daemon.url(path)).bearer_auth(token);
        let answer = asked.header(CONTENT_TYPE, "application/json").body(body).send().await.unwrap();
        if answer.status() != expected {
            wrong.push(format!("{body}: {} instead of {expected}", answer.status()));
        }
        let (differences, value) = compared(document, operation, answer).await;
        wrong.extend(differences.into_iter().map(|difference| format!("{body} {difference}")));
        names_in(&value, seen);
    }
    wrong
}

/// All names of fields in a value.
fn names_in(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                names.insert(name.clone());
                names_in(value, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names_in(item, names)),
        _ => {}
    }
}

#[tokio::test]
async fn the_document_is_openapi_3_1_and_names_every_route() {
    let archive = Archive::local();
    let daemon = archive.start();
    let document = daemon.api("/api/v1/openapi.json", &archive.api_token()).await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."), "{}", document["openapi"]);
    let documented: BTreeSet<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
    let table = include_str!("../src/web/mod.rs").split('"').filter(|text| text.starts_with("/api/v1/"));
    let routes: BTreeSet<_> = table.map(str::to_owned).collect();
    assert!(routes.len() > 15, "{routes:?}");
    assert_eq!(documented, routes);
    let mut bare = Vec::new();
    let mut ids = BTreeSet::new();
    let says = |value: &Value| value["description"].as_str().is_some_and(|text| !text.is_empty());
    for (path, operation) in operations(&document) {
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{path}");
        if operation["summary"].as_str().is_none_or(str::is_empty) {
            bare.push(path.to_owned());
        }
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if !says(parameter) || parameter.get("example").is_none() {
                bare.push(format!("{path} {parameter}"));
            }
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if !says(schema) {
            bare.push(name.clone());
        }
        for (field, described) in schema["properties"].as_object().into_iter().flatten() {
            let is_made_of_others = described.to_string().contains("$ref");
            if !says(described) || described.get("example").is_none() && !is_made_of_others {
                bare.push(format!("{name}.{field} {described}"));
            }
            if let Some(example) = described.get("example") {
                let differences = differences(&document, described, example);
                bare.extend(differences.iter().map(|difference| format!("{name}.{field}: {difference}")));
            }
        }
    }
    assert!(bare.is_empty(), "without description or example, or with a wrong one:\n{}", bare.join("\n"));
    validated(&document);
}

/// The comparison itself can fail: each fault is planted in a true answer.
#[tokio::test]
async fn a_field_that_is_renamed_added_left_out_or_of_another_type_is_told() {
    let archive = Archive::local();
    let daemon = archive.start();
    let token = archive.api_token();
    let document = daemon.api("/api/v1/openapi.json", &token).await;
    let schema = json!({"$ref": "#/components/schemas/Tokens"});
    let answer = daemon.api("/api/v1/tokens", &token).await;
    let told = |plant: &dyn Fn(&mut serde_json::Map<String, Value>)| {
        let mut answer = answer.clone();
        plant(answer["tokens"][0].as_object_mut().unwrap());
        differences(&document, &schema, &answer).join("; ")
    };
    assert_eq!(told(&|_| ()), "");
    let renamed = told(&|token| {
        let role = token.remove("role").unwrap();
        token.insert("rank".to_owned(), role);
    });
    assert!(renamed.contains("role is documented and not there"), "{renamed}");
    assert!(renamed.contains("rank is there and not documented"), "{renamed}");
    for (field, value) in [("role", json!("owner")), ("name", json!(7)), ("created_at", Value::Null)] {
        let wrong = told(&|token| {
            token.insert(field.to_owned(), value.clone());
        });
        assert!(wrong.contains(field), "{field}: {wrong}");
    }
    let unknown = differences(&document, &json!({"type": "string", "pattern": "x"}), &json!("x")).join("");
    assert!(unknown.contains("pattern is not understood"), "{unknown}");
}

/// By the validator of the specification's own schema, where the tools of `tests/run.sh` bring it.
fn validated(document: &Value) {
    let Some(python) = std::env::var_os("KEEPMARK_TEST_PYTHON") else { return };
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), document.to_string()).unwrap();
    let checked =
        Command::new(python).args(["-m", "openapi_spec_validator"]).arg(file.path()).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

#[tokio::test]
async fn lists_are_walked_by_opaque_cursors() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    fill(&archive, &daemon, &host).await;
    let token = archive.api_token();
    let names = |entries: &Value| {
        let entries = entries.as_array().unwrap().iter();
        entries.map(|entry| entry.get("id").unwrap_or(&entry["day"]).clone()).collect::<Vec<_>>()
    };
    for (path, list, length) in [
        ("/api/v1/photos", "photos", 6),
        ("/api/v1/deliveries", "deliveries", 10),
        ("/api/v1/projects", "projects", 3),
        ("/api/v1/projects/1/days", "days", 1),
        ("/api/v1/projects/1/days/2025-12-11", "photos", 4),
    ] {
        let whole = daemon.api(path, &token).await;
        let (mut walked, mut after) = (Vec::new(), String::new());
        loop {
            let part = daemon.api(&format!("{path}?limit=1{after}"), &token).await;
            walked.extend(names(&part[list]));
            let Some(next) = part["next"].as_str() else { break };
            assert!(next.parse::<i64>().is_err() && walked.len() <= length, "{path}: {next}");
            after = format!("&after={next}");
        }
        assert_eq!((walked.len(), walked), (length, names(&whole[list])), "{path}");
    }
    let newest = daemon.api("/api/v1/photos?limit=1", &token).await;
    let next = newest["next"].as_str().unwrap();
    for wrong in [format!("/api/v1/deliveries?after={next}"), "/api/v1/photos?after=%25".to_owned()] {
        let refused = get(&daemon, &token, &wrong).await;
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST, "{wrong}");
        assert!(refused.text().await.unwrap().contains("what the answer before gave as next"), "{wrong}");
    }
    let numbered = daemon.api("/api/v1/deliveries?after=3", &token).await;
    assert_eq!(numbered["deliveries"].as_array().unwrap().len(), 2, "a number, as earlier answers gave it");
}

#[tokio::test]
async fn whoever_has_an_answer_gets_it_again_only_when_it_has_changed() {
    let archive = Archive::local();
    let daemon = archive.start();
    let token = archive.api_token();
    let ask = async |tag: &str| {
        let request = daemon.client().get(daemon.url("/api/v1/deliveries"));
        request.bearer_auth(&token).header(IF_NONE_MATCH, tag).send().await.unwrap()
    };
    let first = get(&daemon, &token, "/api/v1/deliveries").await;
    assert_eq!(first.headers()[CACHE_CONTROL], "private, no-cache");
    let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
    let same = ask(&tag).await;
    assert_eq!((same.status(), &same.headers()[ETAG]), (StatusCode::NOT_MODIFIED, &first.headers()[ETAG]));
    assert!(same.bytes().await.unwrap().is_empty());
    let request = daemon.client().get(daemon.url("/api/v1/deliveries")).header(IF_NONE_MATCH, &tag);
    let stranger = request.header(AUTHORIZATION, "Bearer x").send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED, "a tag opens nothing");
    assert_eq!(stranger.headers()[CACHE_CONTROL], "no-store");
    daemon.post("no JSON").await;
    let changed = ask(&tag).await;
    assert_eq!(changed.status(), StatusCode::OK);
    assert_ne!(changed.headers()[ETAG].to_str().unwrap(), tag);
}

#[tokio::test]
async fn versions_of_a_code_are_named_as_far_as_they_are_seen() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    for (number, project) in [(1, "North"), (2, "South")] {
        let link = host.jpeg(&format!("/{number}.jpg"), jpeg(number));
        let mut sent = delivery(&format!("event {number}"), "CODE0000000001", &link);
        sent["project_name"] = project.into();
        daemon.deliver(&sent).await;
        daemon.settle(&archive).await;
    }
    let token = archive.api_token();
    let list = daemon.api("/api/v1/photos", &token).await;
    let [south, north] = [0, 1].map(|at| list["photos"][at].clone());
    assert_eq!((&south["versions"], &north["versions"]), (&json!([north["id"]]), &json!([south["id"]])));
    let path = format!("/api/v1/photos/{}", north["id"].as_str().unwrap());
    assert_eq!(daemon.api(&path, &token).await, north, "alone and in a list it is the same");
    let limited =
        Person::invited(&archive, &daemon, "limited", &["--role", "viewer", "--project", "North"]).await;
    let (_, shown) = limited.get(&daemon, &path).await;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["versions"], json!([]));
}
