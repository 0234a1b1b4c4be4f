//! Links that try to reach into the private network: each is refused, and a canary there sees nobody.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use keepmark::config;
use keepmark::domain::job::{Class, Failure};
use keepmark::fetch::{Fetched, Fetcher, LookUp};
use url::Url;

use crate::resuming::settings;
use crate::support::origin::{Origin, says};
use crate::support::photos::jpeg;
use crate::support::until;
use crate::support::vectors::{LOOPBACK, PRIVATE, vectors};

/// Listens on loopback, in both families on one port where there are both, and counts who comes.
struct Canary {
    port: u16,
    seen: Arc<AtomicUsize>,
}

impl Canary {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(AtomicUsize::new(0));
        let listeners = [Ok(listener), TcpListener::bind(("::1", port))];
        for listener in listeners.into_iter().flatten() {
            let seen = Arc::clone(&seen);
            std::thread::spawn(move || {
                for _stream in listener.incoming() {
                    seen.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        Self { port, seen }
    }

    fn seen(&self) -> usize {
        self.seen.load(Ordering::SeqCst)
    }
}

/// The strictest guard that looks at a host on any port: `http` is allowed, and a network far away.
fn strict() -> config::Fetch {
    config::Fetch { allow_networks: vec!["203.0.113.77".parse().unwrap()], ..settings() }
}

fn fetcher(settings: &config::Fetch, own: Vec<SocketAddr>, look_up: LookUp) -> Fetcher {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    Fetcher::with_look_up(settings, own, look_up).unwrap()
}

/// A look-up that gives these answers one after the other, the last for ever, and counts.
fn answering(answers: Vec<Vec<&'static str>>) -> (LookUp, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let look_up = LookUp::with(move |_host, port| {
        let turn = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        let found =
            answers[turn].iter().map(|address| SocketAddr::new(address.parse().unwrap(), port)).collect();
        async move { Ok(found) }
    });
    (look_up, asked)
}

async fn download(fetcher: &Fetcher, link: &str) -> Result<Fetched, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let link = Url::parse(link).map_err(|_| Failure::new(Class::NoLink, "no link"))?;
    fetcher.download(&link, &folder.path().join("part")).await
}

#[tokio::test]
async fn no_way_to_write_a_private_address_reaches_it() {
    let canary = Canary::start();
    let vectors = vectors(canary.port);
    assert!(vectors.len() >= 300, "{}", vectors.len());
    let fetcher =
        fetcher(&strict(), Vec::new(), LookUp::with(|host, _| async move { panic!("{host} is looked up") }));
    for link in &vectors {
        let failure = download(&fetcher, link).await.unwrap_err();
        assert!(matches!(failure.class, Class::Refused | Class::NoLink), "{link}: {failure:?}");
        // Refused for where it leads: a port that is refused would be no evidence.
        assert!(!failure.reason.contains("port"), "{link}: {failure:?}");
    }
    assert_eq!(canary.seen(), 0);
}

#[tokio::test]
async fn the_canary_would_see_each_of_those_that_lead_to_it() {
    let canary = Canary::start();
    let open = config::Fetch {
        allow_networks: vec!["127.0.0.0/8".parse().unwrap(), "::1".parse().unwrap()],
        ..settings()
    };
    let fetcher = fetcher(&open, Vec::new(), LookUp::system());
    for host in LOOPBACK.split_whitespace().filter(|host| !host.starts_with('[')) {
        let before = canary.seen();
        let link = format!("http://{host}:{}/1.jpg", canary.port);
        let failure = download(&fetcher, &link).await.unwrap_err();
        assert_eq!(failure.class, Class::Network, "{host}: {failure:?}");
        assert_eq!(canary.seen(), before + 1, "{host}");
    }
}

#[tokio::test]
async fn no_redirect_reaches_a_private_address() {
    let canary = Canary::start();
    // The origin may be reached, the canary beside it may not.
    let origin = Origin::start_at("127.0.0.2:0");
    let narrow = config::Fetch { allow_networks: vec!["127.0.0.2".parse().unwrap()], ..settings() };
    let fetcher =
        fetcher(&narrow, Vec::new(), LookUp::with(|host, _| async move { panic!("{host} is looked up") }));
    let vectors = vectors(canary.port);
    let written = vectors.iter().filter(|link| !link.contains('\n') && !link.contains("127.0.0.2:"));
    for (number, target) in written.enumerate() {
        let link =
            origin.put(&format!("/{number}"), [says("302 Found", &[&format!("Location: {target}")], "")]);
        let failure = download(&fetcher, &link).await.unwrap_err();
        // A target that is no URL, or one relative to the origin, leads nowhere.
        assert!(matches!(failure.class, Class::Refused | Class::Gone), "{target}: {failure:?}");
    }
    for status in
        ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"]
    {
        let target = format!("Location: //127.0.0.1:{}/", canary.port);
        let last = origin.put("/last", [says(status, &[&target], "")]);
        let link = origin.put("/first", [says(status, &[&format!("Location: {last}")], "")]);
        assert_eq!(download(&fetcher, &link).await.unwrap_err().class, Class::Refused, "{status}");
    }
    assert_eq!(canary.seen(), 0);
}

#[tokio::test]
async fn a_name_with_any_private_answer_is_not_connected_to_and_tried_again_later() {
    let canary = Canary::start();
    let private = [LOOPBACK, PRIVATE].into_iter().flat_map(str::split_whitespace);
    let addresses = private.filter_map(|host| host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().ok());
    let mut judged = 0;
    for address in addresses {
        let public: std::net::IpAddr = "203.0.113.77".parse().unwrap();
        for answer in
            [vec![address], vec![public, address], vec![address, public], vec![public, public, address]]
        {
            let look_up = LookUp::with(move |_host, port| {
                let found = answer.iter().map(|&address| SocketAddr::new(address, port)).collect();
                async move { Ok(found) }
            });
            let fetcher = fetcher(&strict(), Vec::new(), look_up);
            for scheme in ["http", "https"] {
                let link = format!("{scheme}://photos.timemark.com:{}/1.jpg", canary.port);
                let failure = download(&fetcher, &link).await.unwrap_err();
                assert_eq!(failure.class, Class::Network, "{address}: {failure:?}");
                assert!(failure.reason.contains("an address that is refused"), "{address}: {failure:?}");
                judged += 1;
            }
        }
    }
    assert!(judged >= 300, "{judged}");
    assert_eq!(canary.seen(), 0);
}

#[tokio::test]
async fn a_name_is_looked_up_once_a_connection_and_judged_each_time() {
    let canary = Canary::start();
    let origin = Origin::start_at(&format!("127.0.0.2:{}", canary.port));
    origin.put("/1.jpg", [says("200 OK", &[], jpeg(1))]);
    let link = format!("http://photos.timemark.com:{}/1.jpg", canary.port);
    let narrow = config::Fetch { allow_networks: vec!["127.0.0.2".parse().unwrap()], ..settings() };
    let (look_up, asked) = answering(vec![vec!["127.0.0.2"], vec!["127.0.0.1"], vec!["127.0.0.2"]]);
    let fetcher = fetcher(&narrow, Vec::new(), look_up);
    assert!(download(&fetcher, &link).await.is_ok());
    assert_eq!(asked.load(Ordering::SeqCst), 1, "what was judged is what is connected to");
    assert_eq!(
        download(&fetcher, &link).await.unwrap_err().class,
        Class::Network,
        "the name changed its mind"
    );
    assert!(download(&fetcher, &link).await.is_ok(), "and again");
    assert_eq!((asked.load(Ordering::SeqCst), canary.seen()), (3, 0));
}

#[tokio::test]
async fn the_names_of_this_machine_are_refused_by_what_they_lead_to() {
    let canary = Canary::start();
    let fetcher = fetcher(&strict(), Vec::new(), LookUp::system());
    for host in [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "ｌｏｃａｌｈｏｓｔ",
        "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
        "%6c%6f%63alhost",
        "foo.localhost",
    ] {
        for scheme in ["http", "https"] {
            let link = format!("{scheme}://{host}:{}/1.jpg", canary.port);
            assert_eq!(download(&fetcher, &link).await.unwrap_err().class, Class::Network, "{link}");
        }
    }
    assert_eq!(canary.seen(), 0);
}

#[tokio::test]
async fn a_name_on_a_port_of_something_else_is_not_even_looked_up() {
    let closed = config::Fetch { allow_networks: Vec::new(), ..settings() };
    let fetcher =
        fetcher(&closed, Vec::new(), LookUp::with(|host, _| async move { panic!("{host} is looked up") }));
    for port in
        [1, 21, 22, 25, 53, 79, 81, 444, 2375, 3306, 5432, 6379, 8080, 8443, 9200, 11211, 27017, 65535]
    {
        let failure =
            download(&fetcher, &format!("https://photos.timemark.com:{port}/1.jpg")).await.unwrap_err();
        assert_eq!(failure.class, Class::Refused, "{port}");
    }
}

#[tokio::test]
async fn our_own_sockets_are_refused_even_where_everything_is_allowed() {
    let canary = Canary::start();
    let open = config::Fetch {
        allow_networks: vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()],
        ..settings()
    };
    let all: SocketAddr = format!("0.0.0.0:{}", canary.port).parse().unwrap();
    let outward = UdpSocket::bind("0.0.0.0:0").unwrap();
    let interface = outward
        .connect("192.0.2.1:9")
        .and_then(|()| outward.local_addr())
        .ok()
        .map(|own| own.ip().to_string());
    let fetcher = fetcher(&open, vec![all], answering(vec![vec!["127.0.0.1"]]).0);
    let mapped = ["0.0.0.0", "[::]", "[::ffff:127.0.0.1]", "[64:ff9b::127.0.0.1]", "127.9.9.9"];
    for host in LOOPBACK.split_whitespace().chain(mapped).chain(interface.as_deref()) {
        let failure = download(&fetcher, &format!("http://{host}:{}/hooks", canary.port)).await.unwrap_err();
        assert!(failure.reason.contains("Keepmark itself"), "{host}: {failure:?}");
        assert_eq!(failure.class, Class::Refused, "{host}");
    }
    let failure =
        download(&fetcher, &format!("http://photos.timemark.com:{}/", canary.port)).await.unwrap_err();
    assert!(failure.reason.contains("Keepmark itself"), "{failure:?}");
    assert_eq!(canary.seen(), 0);
    // Another port of the same machine is not our own.
    let other = Canary::start();
    assert!(download(&fetcher, &format!("http://127.0.0.1:{}/", other.port)).await.is_err());
    until("the other canary is seen", async || (other.seen() == 1).then_some(())).await;
}

#[tokio::test]
async fn a_look_up_that_hangs_ends() {
    let settings = config::Fetch { stall: Duration::from_millis(300), ..strict() };
    let fetcher = fetcher(&settings, Vec::new(), LookUp::with(|_, _| std::future::pending()));
    let failure = download(&fetcher, "https://photos.timemark.com/1.jpg").await.unwrap_err();
    assert_eq!(failure.class, Class::Network);
}
