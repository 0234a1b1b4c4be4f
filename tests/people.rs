//! People: how they come in, what each role sees, and who is turned away.

use std::io::{BufRead as _, BufReader};

use reqwest::header::{LOCATION, SET_COOKIE};
use reqwest::{Method, StatusCode};

use crate::support::daemon::{Archive, Daemon};
use crate::support::delivery;
use crate::support::host::Host;
use crate::support::page::read;
use crate::support::person::{PASSWORD, Person, invitation};
use crate::support::photos::jpeg;

/// What a visitor meets: the page, a refusal for everybody without the right, nothing at all, or the sign-in page.
const OK: u16 = 200;
const SEE_OTHER: u16 = 303;
const BAD_REQUEST: u16 = 400;
const UNAUTHORIZED: u16 = 401;
const FORBIDDEN: u16 = 403;
const NOT_FOUND: u16 = 404;

/// Every route with what it answers to: nobody, a viewer of the project `North`, a viewer, an auditor, an admin. `{north}`
/// and `{south}` are photos of the two projects.
const ROUTES: &[(&str, &str, [u16; 5])] = &[
    ("GET", "/healthz", [OK; 5]),
    ("GET", "/readyz", [OK; 5]),
    ("GET", "/metrics", [UNAUTHORIZED, FORBIDDEN, OK, OK, OK]),
    ("GET", "/assets/keepmark.css", [OK; 5]),
    ("GET", "/sign-in", [OK; 5]),
    ("POST", "/sign-in", [UNAUTHORIZED; 5]),
    ("GET", "/invite/{unknown}", [NOT_FOUND; 5]),
    ("POST", "/invite/{unknown}", [NOT_FOUND; 5]),
    ("GET", "/", [SEE_OTHER, OK, OK, OK, OK]),
    ("GET", "/projects/1", [SEE_OTHER, OK, OK, OK, OK]),
    ("GET", "/projects/2", [SEE_OTHER, NOT_FOUND, OK, OK, OK]),
    ("GET", "/projects/1/2025-12-11", [SEE_OTHER, OK, OK, OK, OK]),
    ("GET", "/projects/2/2025-12-11", [SEE_OTHER, NOT_FOUND, OK, OK, OK]),
    ("GET", "/photos", [SEE_OTHER, OK, OK, OK, OK]),
    ("GET", "/photos/{north}", [SEE_OTHER, OK, OK, OK, OK]),
    ("GET", "/photos/{south}", [SEE_OTHER, NOT_FOUND, OK, OK, OK]),
    ("GET", "/photos/{north}/360.jpg", [SEE_OTHER, OK, OK, OK, OK]),
    ("GET", "/photos/{south}/360.jpg", [SEE_OTHER, NOT_FOUND, OK, OK, OK]),
    ("GET", "/search?q=South", [SEE_OTHER, OK, OK, OK, OK]),
    ("GET", "/map", [SEE_OTHER, OK, OK, OK, OK]),
    ("GET", "/downloads/photos.csv", [SEE_OTHER, OK, OK, OK, OK]),
    ("GET", "/downloads/photos.csv?project_id=2", [SEE_OTHER, BAD_REQUEST, OK, OK, OK]),
    ("POST", "/downloads", [SEE_OTHER, OK, OK, OK, OK]),
    ("GET", "/api/v1/places", [UNAUTHORIZED, OK, OK, OK, OK]),
    ("GET", "/inbox", [SEE_OTHER, FORBIDDEN, OK, OK, OK]),
    ("GET", "/api/v1/photos", [UNAUTHORIZED, OK, OK, OK, OK]),
    ("GET", "/api/v1/photos/{north}", [UNAUTHORIZED, OK, OK, OK, OK]),
    ("GET", "/api/v1/photos/{south}", [UNAUTHORIZED, NOT_FOUND, OK, OK, OK]),
    ("GET", "/api/v1/photos/{north}/original", [UNAUTHORIZED, OK, OK, OK, OK]),
    ("GET", "/api/v1/photos/{south}/original", [UNAUTHORIZED, NOT_FOUND, OK, OK, OK]),
    ("GET", "/api/v1/photos/{north}/neighbours", [UNAUTHORIZED, OK, OK, OK, OK]),
    ("GET", "/api/v1/photos/{south}/neighbours", [UNAUTHORIZED, NOT_FOUND, OK, OK, OK]),
    ("GET", "/api/v1/photos/{north}/deliveries", [UNAUTHORIZED, FORBIDDEN, OK, OK, OK]),
    ("GET", "/api/v1/projects/1/members", [UNAUTHORIZED, OK, OK, OK, OK]),
    ("GET", "/api/v1/projects/2/members", [UNAUTHORIZED, NOT_FOUND, OK, OK, OK]),
    ("GET", "/api/v1/hook", [UNAUTHORIZED, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK]),
    ("GET", "/api/v1/projects", [UNAUTHORIZED, OK, OK, OK, OK]),
    ("GET", "/api/v1/projects/1", [UNAUTHORIZED, OK, OK, OK, OK]),
    ("GET", "/api/v1/projects/2", [UNAUTHORIZED, NOT_FOUND, OK, OK, OK]),
    ("GET", "/api/v1/projects/1/days", [UNAUTHORIZED, OK, OK, OK, OK]),
    ("GET", "/api/v1/projects/2/days", [UNAUTHORIZED, NOT_FOUND, OK, OK, OK]),
    ("GET", "/api/v1/projects/1/days/2025-12-11", [UNAUTHORIZED, OK, OK, OK, OK]),
    ("GET", "/api/v1/projects/2/days/2025-12-11", [UNAUTHORIZED, NOT_FOUND, OK, OK, OK]),
    ("GET", "/api/v1/activity", [UNAUTHORIZED, OK, OK, OK, OK]),
    ("GET", "/api/v1/version", [UNAUTHORIZED, OK, OK, OK, OK]),
    ("GET", "/api/v1/openapi.json", [UNAUTHORIZED, OK, OK, OK, OK]),
    ("GET", "/api/v1/deliveries/1", [UNAUTHORIZED, FORBIDDEN, OK, OK, OK]),
    ("GET", "/api/v1/inbox", [UNAUTHORIZED, FORBIDDEN, OK, OK, OK]),
    ("GET", "/api/v1/store", [UNAUTHORIZED, FORBIDDEN, OK, OK, OK]),
    ("GET", "/api/v1/people", [UNAUTHORIZED, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK]),
    ("GET", "/api/v1/tokens", [UNAUTHORIZED, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK]),
    ("GET", "/api/v1/teams", [UNAUTHORIZED, FORBIDDEN, OK, OK, OK]),
    ("GET", "/api/v1/queue", [UNAUTHORIZED, FORBIDDEN, OK, OK, OK]),
    ("GET", "/api/v1/deliveries", [UNAUTHORIZED, FORBIDDEN, OK, OK, OK]),
    ("GET", "/api/v1/deliveries/1/body", [UNAUTHORIZED, FORBIDDEN, FORBIDDEN, OK, OK]),
    ("GET", "/api/v1/deliveries/1/sample", [UNAUTHORIZED, FORBIDDEN, FORBIDDEN, NOT_FOUND, NOT_FOUND]),
    ("GET", "/inbox/1", [SEE_OTHER, FORBIDDEN, FORBIDDEN, OK, OK]),
    ("POST", "/inbox/999/retry", [SEE_OTHER, FORBIDDEN, FORBIDDEN, FORBIDDEN, NOT_FOUND]),
    ("POST", "/inbox/999/attach", [SEE_OTHER, FORBIDDEN, FORBIDDEN, FORBIDDEN, BAD_REQUEST]),
    ("GET", "/audit", [SEE_OTHER, FORBIDDEN, FORBIDDEN, OK, OK]),
    ("POST", "/audit", [SEE_OTHER, FORBIDDEN, FORBIDDEN, BAD_REQUEST, BAD_REQUEST]),
    ("GET", "/audit/file", [SEE_OTHER, FORBIDDEN, FORBIDDEN, OK, OK]),
    ("GET", "/audit/verify", [SEE_OTHER, FORBIDDEN, FORBIDDEN, OK, OK]),
    ("POST", "/audit/verify/{north}", [SEE_OTHER, FORBIDDEN, FORBIDDEN, BAD_REQUEST, BAD_REQUEST]),
    ("GET", "/audit/runs/999", [SEE_OTHER, FORBIDDEN, FORBIDDEN, NOT_FOUND, NOT_FOUND]),
    ("GET", "/audit/runs/999/report.csv", [SEE_OTHER, FORBIDDEN, FORBIDDEN, NOT_FOUND, NOT_FOUND]),
    ("GET", "/api/v1/audit", [UNAUTHORIZED, FORBIDDEN, FORBIDDEN, OK, OK]),
    ("POST", "/api/v1/audit", [UNAUTHORIZED, FORBIDDEN, FORBIDDEN, BAD_REQUEST, BAD_REQUEST]),
    ("GET", "/api/v1/audit/runs/999", [UNAUTHORIZED, FORBIDDEN, FORBIDDEN, NOT_FOUND, NOT_FOUND]),
    ("GET", "/settings", [SEE_OTHER, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK]),
    ("POST", "/settings/hook", [SEE_OTHER, FORBIDDEN, FORBIDDEN, FORBIDDEN, SEE_OTHER]),
    ("POST", "/settings/store", [SEE_OTHER, FORBIDDEN, FORBIDDEN, FORBIDDEN, SEE_OTHER]),
    ("POST", "/settings/people", [SEE_OTHER, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK]),
    ("POST", "/settings/people/999", [SEE_OTHER, FORBIDDEN, FORBIDDEN, FORBIDDEN, NOT_FOUND]),
    ("POST", "/settings/people/999/link", [SEE_OTHER, FORBIDDEN, FORBIDDEN, FORBIDDEN, NOT_FOUND]),
    ("POST", "/settings/people/999/remove", [SEE_OTHER, FORBIDDEN, FORBIDDEN, FORBIDDEN, NOT_FOUND]),
    ("POST", "/settings/tokens", [SEE_OTHER, FORBIDDEN, FORBIDDEN, FORBIDDEN, OK]),
    ("POST", "/settings/tokens/revoke", [SEE_OTHER, FORBIDDEN, FORBIDDEN, FORBIDDEN, SEE_OTHER]),
    ("GET", "/nowhere", [NOT_FOUND; 5]),
    // Last, because it ends the sessions.
    ("POST", "/sign-out", [SEE_OTHER; 5]),
];

/// What every form of the matrix is sent, and takes what it knows of.
const FIELDS: [(&str, &str); 5] =
    [("name", "somebody"), ("password", "y"), ("role", "viewer"), ("days", ""), ("as", "csv")];

/// One photo in each of two projects; the ids of both.
async fn two_projects(archive: &Archive, daemon: &Daemon, host: &Host) -> [String; 2] {
    for (number, project) in [(1, "North"), (2, "South")] {
        let link = host.jpeg(&format!("/{number}.jpg"), jpeg(number));
        let mut sent = delivery(&format!("event {number}"), &format!("CODE{number:010}"), &link);
        sent["project_name"] = project.into();
        daemon.deliver(&sent).await;
        daemon.settle(archive).await;
    }
    [1, 2].map(|number| {
        let sql = format!("SELECT id FROM photo WHERE code = 'CODE{number:010}'");
        archive.catalogue().query_row(&sql, [], |row| row.get(0)).unwrap()
    })
}

/// The methods and paths in the table of routes, with a star for each variable part.
fn routes_in_the_source() -> Vec<(&'static str, String)> {
    let source = include_str!("../src/web/mod.rs");
    let table = source.split("at(").skip(1).filter_map(|rest| {
        let (path, rest) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
        let handlers = rest.split(']').next()?;
        let methods = [("GET", "get("), ("POST", "post(")];
        let methods = methods.into_iter().filter(|(_, handler)| handlers.contains(handler));
        Some(methods.map(|(method, _)| (method, starred(path))).collect::<Vec<_>>())
    });
    table.flatten().collect()
}

fn starred(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.split_once('{') {
        Some(_) => "*".to_owned(),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Whether a concrete path is one of a route.
fn fits(path: &str, route: &str) -> bool {
    let (path, route): (Vec<_>, Vec<_>) = (path.split('/').collect(), route.split('/').collect());
    path.len() == route.len() && path.iter().zip(route).all(|(part, wanted)| wanted == "*" || *part == wanted)
}

#[test]
fn the_matrix_names_every_route() {
    let routes = routes_in_the_source();
    assert!(routes.len() >= 50 && routes.iter().any(|(method, _)| *method == "POST"), "{routes:?}");
    for (wanted, route) in routes {
        let is_named = ROUTES.iter().any(|(method, path, _)| {
            *method == wanted && (fits(path.split('?').next().unwrap(), &route) || starred(path) == route)
        });
        assert!(is_named, "{wanted} {route} has no line in the matrix of routes and roles");
    }
}

#[tokio::test]
async fn every_route_answers_every_role_as_the_matrix_says() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let [north, south] = two_projects(&archive, &daemon, &host).await;
    let visitors = [
        Person::nobody(),
        Person::invited(&archive, &daemon, "limited", &["--role", "viewer", "--project", "North"]).await,
        Person::invited(&archive, &daemon, "viewer", &["--role", "viewer"]).await,
        Person::invited(&archive, &daemon, "auditor", &["--role", "auditor"]).await,
        Person::invited(&archive, &daemon, "admin", &["--role", "admin"]).await,
    ];
    let (_, refused) = visitors[1].get(&daemon, "/inbox").await;
    assert!(refused.contains("ask an admin"), "{refused}");
    let mut wrong = Vec::new();
    for (method, path, expected) in ROUTES {
        let path = path.replace("{north}", &north).replace("{south}", &south);
        for (visitor, expected) in visitors.iter().zip(expected) {
            let found = if *method == "POST" {
                let fields = [&FIELDS[..], &[("photo", north.as_str())]].concat();
                visitor.submit(&daemon, &path, &fields).await
            } else {
                visitor.ask(&daemon, Method::GET, &path).send().await.unwrap()
            };
            // A flood of wrong passwords from one address is slowed, and that is another test's business.
            let is_slowed = found.status() == StatusCode::TOO_MANY_REQUESTS && path == "/sign-in";
            if found.status().as_u16() != *expected && !is_slowed {
                wrong.push(format!(
                    "{method} {path} for {}: {} instead of {expected}",
                    visitor.name,
                    found.status()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for visitor in &visitors[1..] {
        let (status, _) = visitor.get(&daemon, "/").await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{} has signed out", visitor.name);
    }
}

#[tokio::test]
async fn before_the_first_admin_nothing_is_open_either() {
    let archive = Archive::local();
    let daemon = archive.start();
    for (method, path, [nobody, ..]) in ROUTES {
        let status = match *method {
            "POST" => Person::nobody().submit(&daemon, path, &FIELDS).await.status(),
            _ => Person::nobody().get(&daemon, path).await.0,
        };
        assert_eq!(status.as_u16(), *nobody, "{method} {path}");
    }
    let (_, page) = Person::nobody().get(&daemon, "/sign-in").await;
    assert!(page.contains("keepmark user invite NAME") && !page.contains("type=\"password\""), "{page}");
}

#[tokio::test]
async fn a_limited_viewer_finds_no_trace_of_other_projects() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let [north, south] = two_projects(&archive, &daemon, &host).await;
    let limited =
        Person::invited(&archive, &daemon, "limited", &["--role", "viewer", "--project", "North"]).await;
    for path in [
        "/",
        "/photos",
        "/search?q=CODE0000",
        "/map",
        "/downloads/photos.csv",
        "/downloads/photos.geojson",
        "/api/v1/places",
        "/api/v1/photos",
        "/api/v1/photos?project=South",
        "/api/v1/photos?code=CODE0000000002",
        "/api/v1/projects",
        "/api/v1/activity",
    ] {
        let (status, text) = limited.get(&daemon, path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(!text.contains("South") && !text.contains("CODE0000000002"), "{path}: {text}");
        assert!(!read(&text).contains("2 photos"), "{path}: {text}");
    }
    let ticked = [("as", "csv"), ("photo", north.as_str()), ("photo", south.as_str())];
    let log = limited.submit(&daemon, "/downloads", &ticked).await.text().await.unwrap();
    assert!(log.contains("CODE0000000001") && !log.contains("CODE0000000002"), "{log}");
    let changed = archive.run(&["user", "change", "limited", "--all-projects"]);
    assert!(changed.status.success());
    assert!(limited.get(&daemon, "/").await.1.contains("South"), "it holds at once");
}

#[tokio::test]
async fn the_first_admins_link_is_shown_to_a_terminal_and_to_nothing_else() {
    let archive = Archive::local();
    let daemon = archive.start();
    let is_said = async || daemon.log().contains("keepmark user invite NAME").then_some(());
    crate::support::until("the log names the command", is_said).await;
    assert!(!daemon.log().contains("/invite/") && !daemon.log().contains(daemon.token()), "{}", daemon.log());
    daemon.stop();

    let mut terminal = archive.command_in_terminal().spawn().unwrap();
    let shown = BufReader::new(terminal.stdout.take().unwrap()).lines().map_while(Result::ok);
    let link = shown.into_iter().find_map(|line| {
        Some(line.split_once("http://")?.1.trim().to_owned()).filter(|link| link.contains("/invite/"))
    });
    let link = link.expect("a terminal is shown a link");
    let page = reqwest::get(format!("http://{link}")).await.unwrap().text().await.unwrap();
    assert!(page.contains("Welcome, admin"), "{page}");
    terminal.kill().unwrap();
    terminal.wait().unwrap();
}

/// The same file under two codes, and an edited version of one of them, over the border of two projects.
#[tokio::test]
async fn a_limited_viewer_learns_nothing_of_other_projects_from_findings_and_versions() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let photos =
        [("North", "OPEN0000000001", 1), ("South", "SHUT0000000002", 1), ("South", "OPEN0000000001", 2)];
    for (number, (project, code, picture)) in photos.into_iter().enumerate() {
        let link = host.jpeg(&format!("/{number}.jpg"), jpeg(picture));
        let mut sent = delivery(&format!("event {number}"), code, &link);
        sent["project_name"] = project.into();
        daemon.deliver(&sent).await;
        daemon.settle(&archive).await;
    }
    let judged = archive.run(&["judge"]);
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
    let of = |project: &str| -> Vec<String> {
        let catalogue = archive.catalogue();
        let sql = "SELECT ph.id FROM photo ph JOIN project p ON p.id = ph.project_id WHERE p.name = ?1";
        let mut statement = catalogue.prepare(sql).unwrap();
        statement.query_map([project], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let (north, south) = (of("North").remove(0), of("South"));
    let all = Person::invited(&archive, &daemon, "all", &["--role", "viewer"]).await;
    let limited =
        Person::invited(&archive, &daemon, "limited", &["--role", "viewer", "--project", "North"]).await;
    for path in [format!("/photos/{north}"), format!("/api/v1/photos/{north}"), "/api/v1/photos".to_owned()] {
        let (_, told) = all.get(&daemon, &path).await;
        assert!(told.contains("SHUT0000000002"), "without limits the other code is told at {path}: {told}");
        let (status, told) = limited.get(&daemon, &path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(!told.contains("SHUT0000000002"), "{path}: {told}");
        assert!(!told.contains("South") && south.iter().all(|id| !told.contains(id)), "{path}: {told}");
    }
}

#[tokio::test]
async fn an_invitation_works_once_and_signing_in_leads_where_one_wanted_to_go() {
    let archive = Archive::local();
    let daemon = archive.start();
    let link = invitation(&archive, "Ada", &[]);
    let mut ada = Person::nobody();
    for _ in 0..3 {
        let (status, page) = ada.get(&daemon, &link).await;
        assert_eq!(status, StatusCode::OK, "opening it uses nothing up");
        assert!(page.contains("Welcome, Ada"), "{page}");
    }
    let short = ada.submit(&daemon, &link, &[("password", "short")]).await;
    assert_eq!(short.status(), StatusCode::BAD_REQUEST);
    assert!(short.text().await.unwrap().contains("at least 15 characters"));
    let accepted = ada.submit(&daemon, &link, &[("password", PASSWORD)]).await;
    let cookie = accepted.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-keepmark="), "{cookie}");
    for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert_eq!(ada.get(&daemon, &link).await.0, StatusCode::NOT_FOUND);
    let again = ada.submit(&daemon, &link, &[("password", PASSWORD)]).await;
    assert_eq!(again.status(), StatusCode::NOT_FOUND);

    let wanted = ada.ask(&daemon, Method::GET, "/photos?after=7").send().await.unwrap();
    assert_eq!(wanted.headers()[LOCATION], "/sign-in?next=%2Fphotos%3Fafter%3D7");
    let form = [("name", "ADA"), ("password", PASSWORD), ("next", "/photos?after=7")];
    let signed_in = ada.submit(&daemon, "/sign-in", &form).await;
    assert_eq!(signed_in.headers()[LOCATION], "/photos?after=7");
    ada.keep(&signed_in);
    assert_eq!(ada.get(&daemon, "/photos?after=7").await.0, StatusCode::OK);
    let astray = [("name", "ada"), ("password", PASSWORD), ("next", "//evil.example")];
    assert_eq!(ada.submit(&daemon, "/sign-in", &astray).await.headers()[LOCATION], "/");
    assert!(!daemon.log().contains(PASSWORD));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_told_alike_and_guessing_is_slowed() {
    let archive = Archive::local();
    let daemon = archive.start();
    Person::invited(&archive, &daemon, "Ada", &[]).await;
    let guess = async |name: &str, password: &str, from: &str| {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("name", name), ("password", password)])
            .finish();
        let request = Person::nobody().ask(&daemon, Method::POST, "/sign-in").body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.header("x-forwarded-for", from).send().await.unwrap()
    };
    let strip = |page: String| page.replace("Ada", "").replace("Nobody", "");
    let (wrong, unknown) = (
        guess("Ada", "wrong horse battery", "203.0.113.1").await,
        guess("Nobody", "wrong horse battery", "203.0.113.2").await,
    );
    assert_eq!((wrong.status(), unknown.status()), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    assert_eq!(strip(wrong.text().await.unwrap()), strip(unknown.text().await.unwrap()));
    for _ in 0..5 {
        guess("Ada", "wrong", "203.0.113.9").await;
    }
    let slowed = guess("Ada", PASSWORD, "203.0.113.9").await;
    assert_eq!(slowed.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(slowed.headers().contains_key("retry-after"));
    assert!(slowed.text().await.unwrap().contains("try again in"));
    let elsewhere = guess("Ada", PASSWORD, "203.0.113.10").await;
    assert_eq!(elsewhere.status(), StatusCode::SEE_OTHER, "the account itself is never closed");
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let archive = Archive::local();
    let daemon = archive.start();
    let ada = Person::invited(&archive, &daemon, "Ada", &[]).await;
    for (header, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        let request = ada.ask(&daemon, Method::POST, "/sign-out").header(header, value);
        let refused = request.send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{header}: {value}");
        assert!(refused.text().await.unwrap().contains("came from another site"));
    }
    assert_eq!(ada.get(&daemon, "/").await.0, StatusCode::OK, "still signed in");
    let hook = daemon.client().post(daemon.hook()).header("origin", "https://elsewhere.example").body("{}");
    assert_eq!(hook.send().await.unwrap().status(), StatusCode::OK, "the hook takes posts from anywhere");
}

#[tokio::test]
async fn over_plain_http_on_a_public_address_the_page_says_what_to_do() {
    let archive = Archive::local().with("SERVER__PUBLIC_URL", "https://photos.example.com");
    let daemon = archive.start();
    Person::invited(&archive, &daemon, "Ada", &[]).await;
    let at = async |host: &str| {
        let request = Person::nobody().ask(&daemon, Method::GET, "/sign-in").header("host", host);
        request.send().await.unwrap().text().await.unwrap()
    };
    let by_address = at("192.0.2.7:8470").await;
    assert!(
        by_address.contains("https://photos.example.com") && !by_address.contains("<form"),
        "{by_address}"
    );
    assert!(at("photos.example.com").await.contains("type=\"password\""));
    assert!(at("localhost:8470").await.contains("type=\"password\""));
    drop(daemon);
    let daemon = archive.without_variable("KEEPMARK__SERVER__PUBLIC_URL");
    let plain = daemon.start();
    let request = Person::nobody().ask(&plain, Method::GET, "/sign-in").header("host", "192.0.2.7:8470");
    let page = request.send().await.unwrap().text().await.unwrap();
    assert!(page.contains("plain HTTP") && page.contains("server.public_url"), "{page}");
}

#[tokio::test]
async fn tokens_expire_are_noted_and_are_revoked() {
    let archive = Archive::local();
    let daemon = archive.start();
    let create = |options: &[&str]| {
        let output = archive.run(&[&["token", "create"], options].concat());
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let status = async |token: &str| {
        let request = daemon.client().get(daemon.url("/api/v1/photos")).bearer_auth(token);
        request.send().await.unwrap().status()
    };
    let (lasting, ending) = (create(&["lasting"]), create(&["ending", "--expires", "1"]));
    assert_eq!((status(&lasting).await, status(&ending).await), (StatusCode::OK, StatusCode::OK));
    let past = "UPDATE api_token SET expires_at = 1 WHERE name = 'ending'";
    archive.catalogue().execute(past, []).unwrap();
    assert_eq!(status(&ending).await, StatusCode::UNAUTHORIZED);
    let used =
        async || (archive.count("SELECT count(*) FROM api_token WHERE last_used_at > 0") == 2).then_some(());
    crate::support::until("both uses are noted", used).await;
    let list = String::from_utf8(archive.run(&["token", "list"]).stdout).unwrap();
    assert!(list.contains("ended 1970-01-01") && !list.contains(&lasting), "{list}");
    assert!(archive.run(&["token", "revoke", "lasting"]).status.success());
    assert_eq!(status(&lasting).await, StatusCode::UNAUTHORIZED);
    assert_eq!(archive.run(&["token", "revoke", "lasting"]).status.code(), Some(2));
    let dump: i64 = archive.count(&format!("SELECT count(*) FROM api_token WHERE token_sha256 = '{ending}'"));
    assert_eq!(dump, 0, "the token itself is not kept");
}

#[tokio::test]
async fn errors_are_a_page_for_people_and_problem_details_for_programs() {
    let archive = Archive::local();
    let daemon = archive.start();
    let token = archive.api_token();
    let get =
        async |path: &str| daemon.client().get(daemon.url(path)).bearer_auth(&token).send().await.unwrap();
    let led = daemon.client().get(daemon.url("/projects/99")).bearer_auth(&token);
    let page = led.header("accept", "text/html,*/*;q=0.8").send().await.unwrap();
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    assert!(page.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
    assert!(page.text().await.unwrap().contains("there is no such project"));
    for (path, status, words) in [
        ("/api/v1/photos/99", 404, "there is no such photo"),
        ("/api/v1/photos?limit=0", 400, "limit"),
        ("/api/v1/photos?colour=red", 400, "there is no parameter colour"),
        ("/api/v1/nothing", 404, "there is nothing at this address"),
    ] {
        let problem = get(path).await;
        assert_eq!(problem.headers()["content-type"], "application/problem+json", "{path}");
        let problem: serde_json::Value = serde_json::from_str(&problem.text().await.unwrap()).unwrap();
        assert_eq!(problem["status"], status, "{path}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(words), "{path}: {problem}");
    }
}

#[tokio::test]
async fn an_admin_invites_changes_and_removes_people_and_tokens_on_the_page_of_settings() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    two_projects(&archive, &daemon, &host).await;
    let admin = Person::invited(&archive, &daemon, "Ada", &[]).await;
    let form = [("name", "Bob"), ("role", "viewer"), ("limited", "on"), ("project", "1")];
    let made = admin.submit(&daemon, "/settings/people", &form).await.text().await.unwrap();
    let link = made.split("/invite/").nth(1).unwrap().split('<').next().unwrap();
    let mut bob = Person::nobody();
    let accepted = bob.submit(&daemon, &format!("/invite/{link}"), &[("password", PASSWORD)]).await;
    bob.keep(&accepted);
    assert!(!bob.get(&daemon, "/").await.1.contains("South"));
    let (_, settings) = admin.get(&daemon, "/settings").await;
    assert!(!settings.contains(link), "a link is shown once");
    let id = archive.count("SELECT id FROM user WHERE name = 'Bob'");
    let boxes = |page: &str| page.matches("name=\"limited\"").count();
    assert_eq!(boxes(&settings), 3, "Ada, Bob and whoever is invited next: {settings}");
    let slip = [("role", "viewer"), ("project", "1")];
    let refused = admin.submit(&daemon, &format!("/settings/people/{id}"), &slip).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert!(refused.text().await.unwrap().contains("only these"));
    let again = [("name", "bob"), ("role", "viewer"), ("limited", "on"), ("project", "2")];
    let refused = admin.submit(&daemon, "/settings/people", &again).await;
    assert!(refused.text().await.unwrap().contains("Bob exists already"));
    assert!(!bob.get(&daemon, "/").await.1.contains("South"));
    let changed = admin.submit(&daemon, &format!("/settings/people/{id}"), &[("role", "auditor")]).await;
    assert_eq!(changed.status(), StatusCode::SEE_OTHER);
    assert!(bob.get(&daemon, "/").await.1.contains("South"));
    assert_eq!(bob.get(&daemon, "/inbox/1").await.0, StatusCode::OK);
    admin.submit(&daemon, &format!("/settings/people/{id}/remove"), &[]).await;
    assert_eq!(bob.get(&daemon, "/").await.0, StatusCode::SEE_OTHER, "his sessions are gone");
    let own = archive.count("SELECT id FROM user WHERE name = 'Ada'");
    let refused = admin.submit(&daemon, &format!("/settings/people/{own}/remove"), &[]).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert!(refused.text().await.unwrap().contains("this is the last admin"));

    archive.catalogue().execute("UPDATE store SET capabilities = NULL, probed_at = NULL", []).unwrap();
    assert!(!admin.get(&daemon, "/settings").await.1.contains("last probe"));
    assert_eq!(admin.submit(&daemon, "/settings/store", &[]).await.status(), StatusCode::SEE_OTHER);
    assert!(admin.get(&daemon, "/settings").await.1.contains("<dt>last probe</dt><dd>create-only puts: ok"));
    std::fs::rename(archive.objects().join(".keepmark"), archive.objects().join("elsewhere")).unwrap();
    let refused = admin.submit(&daemon, "/settings/store", &[]).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT, "it may be somebody else's store");

    let form = [("name", "backup"), ("role", "auditor"), ("days", "30")];
    let made = admin.submit(&daemon, "/settings/tokens", &form).await.text().await.unwrap();
    let token = format!("km_{}", made.split("km_").nth(1).unwrap().split('<').next().unwrap());
    assert_eq!(daemon.api("/api/v1/queue", &token).await["done"], 2);
    assert!(!admin.get(&daemon, "/settings").await.1.contains(&token));
    admin.submit(&daemon, "/settings/tokens/revoke", &[("name", "backup")]).await;
    let refused = daemon.client().get(daemon.url("/api/v1/queue")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_hooks_address_is_changed_on_the_page_and_both_work() {
    let archive = Archive::local();
    let daemon = archive.start();
    let admin = Person::invited(&archive, &daemon, "Ada", &[]).await;
    let address = async || {
        let (_, page) = admin.get(&daemon, "/settings").await;
        page.split("/hooks/timemark/").nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    let before = address().await;
    assert_eq!(before, daemon.token());
    assert_eq!(admin.submit(&daemon, "/settings/hook", &[]).await.status(), StatusCode::SEE_OTHER);
    let after = address().await;
    assert_ne!(before, after);
    for token in [before, after] {
        let opens = async || {
            let post = daemon.client().post(daemon.url(&format!("/hooks/timemark/{token}"))).body("{}");
            (post.send().await.unwrap().status() == StatusCode::OK).then_some(())
        };
        crate::support::until("the token opens the hook", opens).await;
    }
    let third = admin.submit(&daemon, "/settings/hook", &[]).await;
    assert_eq!(third.status(), StatusCode::CONFLICT, "the oldest was used today");
}

#[tokio::test]
async fn a_dead_letter_is_tried_again_and_cured_with_a_file_on_its_page() {
    let (archive, host) = (Archive::local(), Host::start());
    let daemon = archive.start();
    let mut linkless = delivery("event", "A1BCDEFGHIJ23K", &host.jpeg("/1.jpg", jpeg(1)));
    linkless["photo_url"] = serde_json::Value::Null;
    daemon.deliver(&linkless).await;
    let admin = Person::invited(&archive, &daemon, "Ada", &[]).await;
    let (_, inbox) = admin.get(&daemon, "/inbox?show=stuck").await;
    assert!(read(&inbox).contains("1 needs somebody") && inbox.contains("href=\"/inbox/1\""), "{inbox}");
    let (_, page) = admin.get(&daemon, "/inbox/1").await;
    assert!(page.contains("the delivery names no photo_url") && page.contains("A1BCDEFGHIJ23K"), "{page}");
    let retried = admin.submit(&daemon, "/inbox/1/retry", &[]).await;
    assert_eq!(retried.status(), StatusCode::CONFLICT);
    assert!(retried.text().await.unwrap().contains("stays dead"));
    let give = async |bytes: Vec<u8>| {
        let mut body =
            b"--frame\r\nContent-Disposition: form-data; name=\"file\"; filename=\"1.jpg\"\r\n\r\n".to_vec();
        body.extend(bytes);
        body.extend(b"\r\n--frame--\r\n");
        let request = admin.ask(&daemon, Method::POST, "/inbox/1/attach").body(body);
        request.header("content-type", "multipart/form-data; boundary=frame").send().await.unwrap()
    };
    let refused = give(b"<html>".to_vec()).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert!(refused.text().await.unwrap().contains("this is no photo or video but"));
    assert_eq!(give(jpeg(1)).await.status(), StatusCode::SEE_OTHER);
    daemon.settle(&archive).await;
    assert!(admin.get(&daemon, "/inbox/1").await.1.contains(">archived</a>"));
    assert!(
        admin
            .get(&daemon, "/inbox?show=stuck")
            .await
            .1
            .contains("Everything that was announced is archived.")
    );
    let left = std::fs::read_dir(archive.state_dir().join("spool")).unwrap().count();
    assert_eq!(left, 0, "nothing is left in the spool");
}

#[tokio::test]
async fn the_hook_answers_while_passwords_are_guessed() {
    let archive = Archive::local();
    let daemon = archive.start();
    Person::invited(&archive, &daemon, "Ada", &[]).await;
    let url = daemon.url("/sign-in");
    let guesses: Vec<_> = (0..30)
        .map(|number| {
            let request = daemon.client().post(&url).body(format!("name=guess{number}&password=wrong"));
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            // Each from an address of its own, so that none is sent away before its password is hashed.
            tokio::spawn(request.header("x-forwarded-for", format!("203.0.113.{number}")).send())
        })
        .collect();
    let first_is_done = async || guesses.iter().any(tokio::task::JoinHandle::is_finished).then_some(());
    crate::support::until("the first guess is answered", first_is_done).await;
    for number in 0..5 {
        let (status, _) = daemon.post(format!("{{\"number\": {number}}}")).await;
        assert_eq!(status, StatusCode::OK);
    }
    let waiting = guesses.iter().filter(|guess| !guess.is_finished()).count();
    assert!(waiting > 0, "the hook answered only after all passwords were hashed");
    for guess in guesses {
        assert_eq!(guess.await.unwrap().unwrap().status(), StatusCode::UNAUTHORIZED);
    }
}
