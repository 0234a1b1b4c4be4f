//! Where a request comes from, and by which name its browser reached this server.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use url::{Host, Url};

use crate::config::Network;

/// The client's address: the peer's, or where that is a proxy of ours, the last one in `X-Forwarded-For` that is not.
/// What stands before it was written by strangers.
pub(super) fn client(request: &HttpRequest, proxies: &[Network]) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
    let is_proxy = |address: IpAddr| proxies.iter().any(|network| network.contains(address));
    if !is_proxy(peer) {
        return peer;
    }
    let headers = request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok());
    let hops: Vec<_> = headers.flat_map(|value| value.split(',')).map(str::trim).collect();
    let known = hops.iter().rev().map_while(|hop| hop.parse().ok());
    known.into_iter().find(|hop| !is_proxy(*hop)).unwrap_or(peer)
}

/// Why a browser would not keep a session under the address by which it reached this server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoSession {
    /// The public name is served over HTTPS, and this is another way in.
    Elsewhere(Url),
    /// There is no HTTPS.
    Plain,
}

/// Browsers keep a `Secure` cookie for HTTPS, and for the machine itself
/// (<https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy>). A proxy of ours says how it was reached.
pub(super) fn keeps_sessions(
    request: &HttpRequest,
    public_url: Option<&Url>,
    proxies: &[Network],
) -> Result<(), NoSession> {
    let host = request.headers().get("host").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Ok(reached) = Url::parse(&format!("http://{host}/")) else { return Err(NoSession::Plain) };
    let is_here = match reached.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match public_url.filter(|url| url.scheme() == "https") {
        Some(public) if is_by(public, &reached) && !came_plainly(request, proxies) => Ok(()),
        _ if is_here => Ok(()),
        Some(public) => Err(NoSession::Elsewhere(public.clone())),
        None => Err(NoSession::Plain),
    }
}

/// Whether a request came by the public name. Another port is another way in, past what serves HTTPS; proxies that leave
/// the port out are forgiven.
fn is_by(public: &Url, reached: &Url) -> bool {
    let is_port = reached.port().is_none() || reached.port() == public.port_or_known_default();
    public.host() == reached.host() && is_port
}

fn came_plainly(request: &HttpRequest, proxies: &[Network]) -> bool {
    let is_proxy =
        request.peer_addr().is_some_and(|peer| proxies.iter().any(|network| network.contains(peer.ip())));
    let scheme = request.headers().get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    is_proxy && scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn only_a_proxy_of_ours_says_whom_it_forwards() {
        let proxies: Vec<Network> = vec!["127.0.0.0/8".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        let from = |peer: &str, forwarded: &str| {
            let request = TestRequest::default()
                .peer_addr(format!("{peer}:1").parse().unwrap())
                .insert_header(("X-Forwarded-For", forwarded))
                .to_http_request();
            client(&request, &proxies).to_string()
        };
        assert_eq!(from("203.0.113.5", "198.51.100.1"), "203.0.113.5", "a stranger says anything");
        assert_eq!(from("127.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(
            from("127.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2"),
            "198.51.100.1",
            "the last that is not ours"
        );
        assert_eq!(from("127.0.0.1", "1.1.1.1, rubbish"), "127.0.0.1");
        assert_eq!(from("127.0.0.1", ""), "127.0.0.1");
    }

    #[test]
    fn a_session_is_kept_over_https_and_on_the_machine_itself() {
        let https: Url = "https://photos.example.com".parse().unwrap();
        let plain: Url = "http://photos.example.com".parse().unwrap();
        let by = |host: &str, public: Option<&Url>| {
            let request = TestRequest::default().insert_header(("Host", host)).to_http_request();
            keeps_sessions(&request, public, &[])
        };
        assert_eq!(by("photos.example.com", Some(&https)), Ok(()));
        assert_eq!(by("photos.example.com:443", Some(&https)), Ok(()));
        let past_the_proxy = Err(NoSession::Elsewhere(https.clone()));
        assert_eq!(by("photos.example.com:8470", Some(&https)), past_the_proxy, "no HTTPS is spoken there");
        let proxies: Vec<Network> = vec!["127.0.0.0/8".parse().unwrap()];
        let forwarded = |scheme: &str| {
            let request = TestRequest::default()
                .peer_addr("127.0.0.1:1".parse().unwrap())
                .insert_header(("Host", "photos.example.com"))
                .insert_header(("X-Forwarded-Proto", scheme));
            keeps_sessions(&request.to_http_request(), Some(&https), &proxies)
        };
        assert_eq!((forwarded("https"), forwarded("http")), (Ok(()), past_the_proxy));
        for here in ["localhost:8470", "127.0.0.1:8470", "[::1]:8470"] {
            assert_eq!(by(here, None), Ok(()));
        }
        assert_eq!(by("192.168.1.5:8470", Some(&https)), Err(NoSession::Elsewhere(https.clone())));
        assert_eq!(by("photos.example.com", Some(&plain)), Err(NoSession::Plain));
        assert_eq!(by("192.168.1.5:8470", None), Err(NoSession::Plain));
    }
}
