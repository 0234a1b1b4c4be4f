//! Leases that fence, and a stop that finishes or gives back.

use keepmark::catalog::delivery::Arrival;
use keepmark::catalog::job::Try;
use keepmark::catalog::{BatchObserver, Catalog, CatalogError};
use keepmark::domain::delivery;
use keepmark::domain::job::{Class, Ending, Failure, State};
use keepmark::domain::photo::Sha256;

use crate::support::daemon::Archive;
use crate::support::host::{Answer, Host};
use crate::support::until;

fn arrival(number: u32, host: &str) -> Arrival {
    let body =
        format!("{{\"event_id\":\"{number}\",\"photo_url\":\"https://{host}/{number}.jpg\"}}").into_bytes();
    Arrival {
        body_sha256: Sha256::of(&body),
        reading: delivery::read(&body),
        body,
        received_at_ms: 1,
        peer: None,
        headers: "{}".to_owned(),
        token: "t".to_owned(),
        salt: [7; 32],
    }
}

fn tried() -> Try {
    Try { started_at_ms: 1, phase: "fetch", size_bytes: 0 }
}

#[tokio::test]
async fn a_lost_lease_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path(), BatchObserver::default()).unwrap();
    catalog.accept(arrival(1, "a.timemark.com")).await.unwrap();
    let first = catalog.begin_start(1).await.unwrap();
    let lost = catalog.claim(first, 1, 4, 1).await.unwrap().unwrap();
    let second = catalog.begin_start(2).await.unwrap();
    catalog.take_back(second, Vec::new(), [7; 32]).await.unwrap();
    let taken = catalog.claim(second, 1, 4, 2).await.unwrap().unwrap();
    let failure = Failure::new(Class::Gone, "404");
    for refused in [
        catalog.settle(lost.lease, Ending::GiveUp(failure), tried(), [7; 32], 3).await,
        catalog.drop_seal(lost.lease).await.map(drop),
        catalog.record(lost.lease, tried(), 3).await,
        catalog.give_back(lost.lease, tried(), 3).await,
        catalog.name_spool(lost.lease, "spool".to_owned()).await,
    ] {
        assert!(matches!(refused, Err(CatalogError::LeaseLost)), "{refused:?}");
    }
    assert_eq!(
        catalog.queue().await.unwrap()[2],
        (State::Leased, 1),
        "the job is as the second life left it"
    );
    assert!(catalog.give_back(taken.lease, tried(), 3).await.is_ok());
}

#[tokio::test]
async fn one_host_gets_no_more_than_its_share_and_leaves_room_for_others() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path(), BatchObserver::default()).unwrap();
    for number in 0..5 {
        catalog.accept(arrival(number, "slow.timemark.com")).await.unwrap();
    }
    catalog.accept(arrival(9, "other.timemark.com")).await.unwrap();
    let start = catalog.begin_start(1).await.unwrap();
    let mut claimed = Vec::new();
    for claim in 0..6 {
        claimed.extend(catalog.claim(start, claim, 2, 1).await.unwrap().map(|job| job.delivery.0));
    }
    assert_eq!(claimed, [1, 2, 6]);
}

#[tokio::test]
async fn a_stop_gives_back_what_it_cuts_and_ends_within_its_deadline() {
    let (archive, host) = (Archive::local().with("SERVER__SHUTDOWN_SECS", "1"), Host::start());
    let daemon = archive.start();
    let link = host.put("/1.jpg", Answer::Silence);
    daemon.deliver(&crate::support::delivery("one", "A1BCDEFGHIJ23K", &link)).await;
    until("the download began", async || (host.hits("/1.jpg") == 1).then_some(())).await;
    let began = std::time::Instant::now();
    assert!(daemon.stop().success());
    // Ten times the deadline: a busy machine is slow, a daemon that waits for the download waits for 30 s.
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    assert_eq!(archive.count("SELECT count(*) FROM job WHERE state = 'ready'"), 1);
    assert_eq!(archive.count("SELECT count(*) FROM attempt WHERE outcome = 'given_back'"), 1);
}

#[tokio::test]
async fn a_sender_that_trickles_its_body_does_not_outlast_the_stop() {
    use std::io::Write as _;
    let archive = Archive::local().with("SERVER__SHUTDOWN_SECS", "1");
    let daemon = archive.start();
    let hook: url::Url = daemon.hook().parse().unwrap();
    let mut stream = std::net::TcpStream::connect(hook.socket_addrs(|| None).unwrap()[0]).unwrap();
    write!(stream, "POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{{", hook.path())
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let began = std::time::Instant::now();
    assert!(daemon.stop().success());
    // The body alone may take 30 s.
    assert!(began.elapsed().as_secs() < 15, "{:?}", began.elapsed());
}
