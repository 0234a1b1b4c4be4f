//! The check of the `Host` header: a page of somebody else's, whose name was pointed at this machine, gets nothing
//! (DNS rebinding).

use actix_web::HttpRequest;
use url::{Host, Url};

/// A literal address cannot have been pointed anywhere; a name must be this machine's own or the public one.
pub(super) fn is_ours(request: &HttpRequest, public_url: Option<&Url>) -> bool {
    // The header itself: actix's `connection_info` honours X-Forwarded-Host, which anybody can send.
    let Some(header) = request.headers().get("host").and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let Some(host) = host_of(header) else { return false };
    match &host {
        Host::Ipv4(_) | Host::Ipv6(_) => true,
        Host::Domain(name) if name == "localhost" => true,
        Host::Domain(_) => public_url.and_then(Url::host).is_some_and(|public| public.to_owned() == host),
    }
}

fn host_of(header: &str) -> Option<Host> {
    Url::parse(&format!("http://{header}/")).ok()?.host().map(|host| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn only_addresses_localhost_and_the_public_name_are_answered() {
        let public: Url = "https://photos.example.com".parse().unwrap();
        let ours = |host: &str| {
            let request = TestRequest::default().insert_header(("Host", host)).to_http_request();
            is_ours(&request, Some(&public))
        };
        assert!(ours("127.0.0.1:8470") && ours("[::1]:8470") && ours("localhost:1") && ours("10.1.2.3"));
        assert!(ours("photos.example.com") && ours("PHOTOS.example.com:443"));
        assert!(!ours("evil.example.com") && !ours("") && !ours("photos.example.com.evil.com"));
    }
}
