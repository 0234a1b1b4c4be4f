//! People who sign in: invited by the command, with a password chosen on the page of the link.

use reqwest::header::{COOKIE, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};

use super::daemon::{Archive, Daemon};

/// Long enough, and nobody's.
pub const PASSWORD: &str = "scaffold rope lamp ledger";

/// Somebody with a browser, or a visitor without a session.
pub struct Person {
    pub name: String,
    cookie: Option<String>,
    client: Client,
}

impl Person {
    pub fn nobody() -> Self {
        let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        Self { name: "nobody".to_owned(), cookie: None, client }
    }

    /// Invited with these options of `keepmark user invite`, and signed in.
    pub async fn invited(archive: &Archive, daemon: &Daemon, name: &str, options: &[&str]) -> Self {
        let mut person = Self::nobody();
        name.clone_into(&mut person.name);
        let path = invitation(archive, name, options);
        let accepted = person.submit(daemon, &path, &[("password", PASSWORD)]).await;
        assert_eq!(accepted.status(), StatusCode::SEE_OTHER, "{}", accepted.text().await.unwrap());
        person.keep(&accepted);
        person
    }

    /// What the browser keeps of an answer.
    pub fn keep(&mut self, answer: &Response) {
        let cookie = answer.headers()[SET_COOKIE].to_str().unwrap();
        self.cookie = cookie.split(';').next().map(str::to_owned);
    }

    pub fn ask(&self, daemon: &Daemon, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, daemon.url(path));
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    pub async fn get(&self, daemon: &Daemon, path: &str) -> (StatusCode, String) {
        let answer = self.ask(daemon, Method::GET, path).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// Sends a form as the browser does from our own page.
    pub async fn submit(&self, daemon: &Daemon, path: &str, fields: &[(&str, &str)]) -> Response {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.ask(daemon, Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(form)
            .send()
            .await
            .unwrap()
    }
}

/// The path of a new link.
pub fn invitation(archive: &Archive, name: &str, options: &[&str]) -> String {
    let output = archive.run(&[&["user", "invite", name], options].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let link = String::from_utf8(output.stdout).unwrap();
    let (_, link) = link.trim().split_once("/invite/").unwrap();
    format!("/invite/{link}")
}
