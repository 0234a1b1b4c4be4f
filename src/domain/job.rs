//! A job: the work on one delivery, its states and the transitions that are allowed.
//!
//! Never the work itself: that is `pipeline`'s. The catalogue enforces these transitions by compare-and-swap.

use std::fmt;
use std::time::Duration;

use super::backoff::Rest;
use super::delivery::DeliveryId;
use super::photo::PhotoId;

/// A row's number in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub i64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a job stands.
///
/// ```text
///            claim              record
///   ready ----------> leased ----------> done
///     ^                 |
///     |   due           +--> scheduled   retry later
///     +-----------------|
///     |   mended        +--> held        a person or the store must mend something
///     +-----------------|
///     |   by hand       +--> dead        given up, visibly
///     +------------------------
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// To be claimed.
    Ready,
    /// Waiting for its time.
    Scheduled,
    /// A worker is at it.
    Leased,
    /// The photo is archived.
    Done,
    /// Given up; `retry` brings it back.
    Dead,
    /// Waiting for a mend.
    Held,
}

impl State {
    /// All, in the order of reports.
    pub const ALL: [Self; 6] =
        [Self::Ready, Self::Scheduled, Self::Leased, Self::Done, Self::Dead, Self::Held];

    /// The word in the catalogue, the API and the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Scheduled => "scheduled",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Held => "held",
        }
    }
}

/// The right to work on a job: this start of the daemon and a number that only grows. Every later write names it,
/// so that whoever lost it changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// Which start of the daemon.
    pub start: i64,
    /// Which claim of this start.
    pub claim: i64,
}

/// A claimed job with what the worker needs of it.
#[derive(Debug, Clone)]
pub struct Job {
    /// Fences every write.
    pub lease: Lease,
    /// The delivery to work on.
    pub delivery: DeliveryId,
    /// The raw body.
    pub body: Vec<u8>,
    /// Receipt, milliseconds since 1970 UTC.
    pub received_at_ms: i64,
    /// Tries, this one included.
    pub attempts: u32,
    /// In which way it has been failing, and since when.
    pub failing: Option<Failing>,
    /// A crash happened while this photo was inspected: decode nothing.
    pub suspect: bool,
    /// The photo that an earlier try sealed.
    pub sealed: Option<PhotoId>,
    /// The spool file that an earlier try named.
    pub spool: Option<String>,
    /// The spool file that a person attached in place of the link.
    pub attached: Option<String>,
    /// Other bodies under the same `event_id`: their links are tried when the first one fails.
    pub conflicts: Vec<Vec<u8>>,
}

/// Since when a job has been failing in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// How.
    pub class: Class,
    /// The running time of the daemon when it began, milliseconds.
    pub since_ran_ms: i64,
    /// Tries that failed in this way.
    pub tries: u32,
}

/// How a try failed. The class decides the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Resolving, connecting, TLS, a broken transfer, a time limit.
    Network,
    /// HTTP 5xx and 408.
    Server,
    /// HTTP 429.
    Busy,
    /// HTTP 403, 404, 410 and every other answer that is no file.
    Gone,
    /// Bytes that are no known image or video.
    NotAPhoto,
    /// Bytes that end before their container does: the host may still be receiving them itself.
    Incomplete,
    /// More bytes than `fetch.size_max_bytes`.
    TooLarge,
    /// The rules on addresses refuse the link itself.
    Refused,
    /// The delivery has no link.
    NoLink,
    /// The store does not take or return what it should.
    Store,
    /// The store holds other bytes under our key.
    Conflict,
    /// Our own disk takes nothing: full, broken, or busy.
    OwnDisk,
    /// A fault of this program.
    Internal,
    /// The process ended while this photo was inspected, three times.
    Crash,
}

impl Class {
    const ALL: [Self; 14] = [
        Self::Network,
        Self::Server,
        Self::Busy,
        Self::Gone,
        Self::NotAPhoto,
        Self::Incomplete,
        Self::TooLarge,
        Self::Refused,
        Self::NoLink,
        Self::Store,
        Self::Conflict,
        Self::OwnDisk,
        Self::Internal,
        Self::Crash,
    ];

    /// The word in the catalogue, the API and the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Server => "server",
            Self::Busy => "busy",
            Self::Gone => "gone",
            Self::NotAPhoto => "not_a_photo",
            Self::Incomplete => "incomplete",
            Self::TooLarge => "too_large",
            Self::Refused => "refused",
            Self::NoLink => "no_link",
            Self::Store => "store",
            Self::Conflict => "conflict",
            Self::OwnDisk => "own_disk",
            Self::Internal => "internal",
            Self::Crash => "crash",
        }
    }

    /// The class that a stored word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == word)
    }

    /// A host that answers 500 now and 429 then is one trouble, not two.
    fn shares_budget_with(self, other: Self) -> bool {
        self == other
            || (self.is_host_trouble() && other.is_host_trouble())
            || (self.is_dead_link() && other.is_dead_link())
    }

    fn is_host_trouble(self) -> bool {
        matches!(self, Self::Network | Self::Server | Self::Busy)
    }

    fn is_dead_link(self) -> bool {
        matches!(self, Self::Gone | Self::NotAPhoto)
    }

    /// How long a job may fail in this way, in time that the daemon ran; `None`: no retry by itself.
    pub fn budget(self) -> Option<Duration> {
        const HOUR: u64 = 3600;
        match self {
            Self::Network | Self::Server | Self::Busy | Self::Internal => {
                Some(Duration::from_secs(72 * HOUR))
            }
            Self::Gone | Self::NotAPhoto => Some(Duration::from_secs(HOUR)),
            // An outage of ours burns nothing: these wait as long as it takes. An incomplete file is never given up:
            // it is archived as it is, see `INCOMPLETE_TRIES`.
            Self::Store | Self::OwnDisk | Self::Incomplete => Some(Duration::MAX),
            Self::TooLarge | Self::Refused | Self::NoLink | Self::Conflict | Self::Crash => None,
        }
    }
}

/// Why a try did not end in an archived photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Decides the budget.
    pub class: Class,
    /// A sentence for a person, without the link's query, names or places.
    pub reason: String,
    /// The source host's answer, if there was one.
    pub http_status: Option<u16>,
    /// Bytes received.
    pub size_bytes: u64,
    /// The first 64 KiB of what was no photo, for the dead letter.
    pub sample: Option<Vec<u8>>,
    /// The source host asks to be left alone, all of it.
    pub rest: Option<Rest>,
}

impl Failure {
    /// A failure without an HTTP answer.
    pub fn new(class: Class, reason: impl Into<String>) -> Self {
        Self {
            class,
            reason: shortened(reason.into()),
            http_status: None,
            size_bytes: 0,
            sample: None,
            rest: None,
        }
    }
}

/// A reason is for a line on a screen, whatever a payload put into it.
pub fn shortened(reason: String) -> String {
    const CHARACTERS_MAX: usize = 300;
    match reason.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}…", &reason[..end]),
        None => reason,
    }
}

/// How a try ends, other than by a recorded photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Once more after a while.
    Retry {
        /// Milliseconds to wait.
        after_ms: i64,
        /// Why.
        failure: Failure,
        /// The new count against the budget.
        failing: Failing,
    },
    /// Wait for a mend.
    Hold(Failure),
    /// Dead, visibly.
    GiveUp(Failure),
}

/// The fewest tries before a job is given up, however long they took.
pub const TRIES_MIN: u32 = 5;

/// How often an incomplete file is fetched once more, before it is archived as it is.
pub const INCOMPLETE_TRIES: u32 = 2;

impl Job {
    /// Whether an incomplete file is worth another fetch.
    pub fn hopes_for_more(&self) -> bool {
        let tries = self.failing.as_ref().filter(|failing| failing.class == Class::Incomplete);
        tries.map_or(0, |failing| failing.tries) < INCOMPLETE_TRIES
    }
}

/// Decides what follows a failure.
///
/// `ran_ms` is the running time of the daemon, over all its starts; `jitter` lies in 0..1.
pub fn after_failure(job: &Job, failure: Failure, ran_ms: i64, jitter: f64) -> Ending {
    let Some(budget) = failure.class.budget() else {
        return match failure.class {
            Class::Refused | Class::Conflict => Ending::Hold(failure),
            _ => Ending::GiveUp(failure),
        };
    };
    let same = job.failing.as_ref().filter(|failing| failing.class.shares_budget_with(failure.class));
    let since_ran_ms = same.map_or(ran_ms, |failing| failing.since_ran_ms);
    let tries = same.map_or(1, |failing| failing.tries.saturating_add(1));
    let spent = Duration::from_millis(u64::try_from(ran_ms - since_ran_ms).unwrap_or(0));
    if spent >= budget && tries >= TRIES_MIN {
        return Ending::GiveUp(failure);
    }
    let failing = Failing { class: failure.class, since_ran_ms, tries };
    Ending::Retry { after_ms: super::backoff::delay_ms(failure.class, tries, jitter), failure, failing }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(failing: Option<Failing>) -> Job {
        Job {
            lease: Lease { job: JobId(1), start: 1, claim: 1 },
            delivery: DeliveryId(1),
            body: Vec::new(),
            received_at_ms: 0,
            attempts: 0,
            failing,
            suspect: false,
            sealed: None,
            spool: None,
            attached: None,
            conflicts: Vec::new(),
        }
    }

    const HOUR_MS: i64 = 3_600_000;

    fn gone(tries: u32, ran_ms: i64) -> Ending {
        let failing = Failing { class: Class::Gone, since_ran_ms: 0, tries };
        after_failure(&job(Some(failing)), Failure::new(Class::Gone, "404"), ran_ms, 0.5)
    }

    #[test]
    fn a_dead_link_is_given_up_after_an_hour_of_running_time_and_five_tries() {
        assert!(matches!(gone(9, HOUR_MS - 1), Ending::Retry { .. }), "within the hour");
        assert!(matches!(gone(3, 9 * HOUR_MS), Ending::Retry { .. }), "the fourth try");
        assert!(matches!(gone(4, HOUR_MS), Ending::GiveUp(_)));
    }

    #[test]
    fn a_host_in_trouble_is_tried_for_72_hours_of_running_time() {
        for class in [Class::Network, Class::Server, Class::Busy] {
            let failing = Some(Failing { class, since_ran_ms: 0, tries: 99 });
            let after =
                |ran_ms| after_failure(&job(failing.clone()), Failure::new(class, "down"), ran_ms, 0.5);
            assert!(matches!(after(72 * HOUR_MS - 1), Ending::Retry { .. }));
            assert!(matches!(after(72 * HOUR_MS), Ending::GiveUp(_)));
        }
    }

    #[test]
    fn another_class_of_failure_starts_its_own_budget() {
        let failing = Failing { class: Class::Gone, since_ran_ms: 0, tries: 9 };
        let ending =
            after_failure(&job(Some(failing)), Failure::new(Class::Network, "reset"), 2 * HOUR_MS, 0.5);
        let Ending::Retry { failing, .. } = ending else { panic!("{ending:?}") };
        assert_eq!((failing.tries, failing.since_ran_ms), (1, 2 * HOUR_MS));
    }

    #[test]
    fn a_store_in_trouble_burns_no_budget() {
        let failing = Failing { class: Class::Store, since_ran_ms: 0, tries: 10_000 };
        let ending =
            after_failure(&job(Some(failing)), Failure::new(Class::Store, "down"), i64::MAX / 2, 0.5);
        assert!(matches!(ending, Ending::Retry { .. }));
    }

    #[test]
    fn a_host_that_answers_now_this_and_now_that_has_one_budget() {
        let failing = Failing { class: Class::Server, since_ran_ms: 0, tries: 99 };
        let busy = Failure::new(Class::Busy, "429");
        assert!(matches!(after_failure(&job(Some(failing)), busy, 72 * HOUR_MS, 0.5), Ending::GiveUp(_)));
    }

    #[test]
    fn a_reason_is_cut_at_a_character() {
        assert_eq!(Failure::new(Class::Gone, "é".repeat(400)).reason.chars().count(), 301);
    }

    #[test]
    fn what_only_a_person_can_mend_is_held_and_what_nobody_can_is_dead() {
        let ending = |class| after_failure(&job(None), Failure::new(class, ""), 0, 0.5);
        assert!(matches!(ending(Class::Conflict), Ending::Hold(_)));
        assert!(matches!(ending(Class::Refused), Ending::Hold(_)));
        assert!(matches!(ending(Class::NoLink), Ending::GiveUp(_)));
    }

    #[test]
    fn an_incomplete_file_is_fetched_twice_more_and_then_taken_as_it_is() {
        assert!(job(None).hopes_for_more());
        let after = |tries| job(Some(Failing { class: Class::Incomplete, since_ran_ms: 0, tries }));
        assert!(after(1).hopes_for_more());
        assert!(!after(2).hopes_for_more());
    }

    #[test]
    fn every_class_is_read_back_from_its_word() {
        for class in Class::ALL {
            assert_eq!(Class::from_word(class.as_str()), Some(class));
        }
    }
}
