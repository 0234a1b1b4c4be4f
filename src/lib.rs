//! Keepmark keeps every photo that a Timemark team takes, and can prove it.
//!
//! A webhook announces a photo, once. Keepmark commits the announcement to disk, answers, fetches the full image,
//! checks what the file says of its capture against what the announcement claims, and archives both under project and
//! member, in a folder or an S3-compatible store.
//!
//! # Promises
//!
//! Each has tests that try to break it.
//!
//! 1. **The hook stays open.** While its own disk takes a commit, the hook answers 2xx behind a right token. Nothing
//!    about the store, the source host or a decoder stops it.
//! 2. **Acknowledged means kept.** A 2xx is sent only after the raw delivery is committed with `synchronous=FULL`.
//!    Every accepted delivery ends as an archived photo or as a visible dead letter; every other one stays readable,
//!    byte for byte, and can be processed again.
//! 3. **The original bytes are never changed**, overwritten or moved. Keys are computed once.
//! 4. **Archived means read back.** A photo is archived only after the store has returned the same SHA-256.
//! 5. **Nothing is judged silently.** Every check reports what it compared and by how much it differed. A photo is
//!    never refused because of a verdict. Missing evidence is not suspicion.
//! 6. **Nothing destructive follows from a report.** No audit and no page deletes or overwrites evidence.
//!
//! # Rooms
//!
//! Arrows run downwards only; a room sees those below it and never its siblings. A test reads the sources and fails
//! when a wall is broken (`tests/architecture.rs`).
//!
//! ```text
//!   main, cli                 one file a subcommand
//!       |
//!      app                    builds everything from the configuration, binds, runs, stops
//!       |
//!   web    intake    demo     pages and API | the webhook | the demo's photos, image host and sender
//!       |
//!   pipeline  audit           the worker pool: fetch -> inspect -> judge -> seal -> store -> record | codes, fixity, inventory
//!   upkeep    proof           judging again, backup, rebuild | the ledger: publishing, checks
//!   export                    downloads: ZIP, CSV, GeoJSON
//!       |
//!   catalog  archive  fetch  inspect  telemetry
//!       |                     SQLite | the object store | the guarded download | what a file says | logs, metrics
//!   config   domain           checked settings | values and rules, without I/O, clock or chance
//! ```
//!
//! Each heavy crate has one home: SQL lives in [`catalog`], object_store in [`archive`], downloads in [`fetch`], pixels
//! and EXIF in [`inspect`], actix-web in [`intake`], [`web`], [`demo`] and [`app`].
//!
//! # Search
//!
//! One filter ([`catalog::filter`]) serves lists, search, map and downloads. Each of its conditions has an index that is
//! asked for a bounded number of photos, newest first; the rarest is looked at, and the photos' own words and columns
//! decide. So the work is bounded whatever is asked, what is rare is found however old it is, and an answer that was cut
//! says so and goes on from its cursor. Words are folded in Rust ([`domain::search_text`]) at the seal, on both sides
//! alike; photos of an earlier version follow after the start ([`catalog::text`]). Places are gathered by a grid of the
//! map's zoom ([`domain::area`], [`catalog::place`]).
//!
//! # People
//!
//! The table of routes ([`web::configure`]) says of each what it asks of its visitor; nothing is answered before that is
//! met, and a test holds every route against every role. What a visitor sees is a [`domain::access::Reach`]: it goes into
//! every query of photos, and what findings tell of other photos is cut to it. Sessions, links and tokens are random
//! secrets of which only the SHA-256 is kept. Passwords are hashed one at a time; failed attempts make their own address
//! wait and their account answer later, and close neither. What changes something must come from our own pages, by
//! `Sec-Fetch-Site` or `Origin`.
//!
//! # Staying up
//!
//! - **Nobody is refused during a restart** (`app::sockets`): the daemon takes the sockets that systemd holds open. At its
//!   stop the hook answers until the workers have ended; then the server first takes no more connections and only then
//!   stops, because a connection that was taken and not yet served would be dropped.
//! - **The watchdog is fed** (`app::watchdog`) while the server answers on its own socket, the writer commits and the
//!   workers move; a loop that merely ticks would feed it for ever.
//! - **Two reserves of the disk** ([`domain::reserve`], [`telemetry::disk`]): the pipeline's pauses downloads while
//!   deliveries are still kept, the hook's is the only trouble for which a delivery is turned away.
//! - **Secrets of the store are read by whoever speaks to it** ([`config::Credentials`]), so that every other command works
//!   where the secret is a credential of the service alone.
//!
//! # The store
//!
//! All workers pass one gate before they touch the store ([`pipeline`]). At each start one look opens it: is this the
//! store that the catalogue knows ([`domain::store`]), and what can it do ([`archive`])? The marker's id is committed
//! first and then put create-only, only by a catalogue that has archived nothing. Any error of the store's is followed
//! by another look, shared by all who wait for it: where it fails, the gate shuts, what is under way is dropped as by a
//! crash, and photos wait in the state `held` with the reason, fetched and sealed. Looks at growing intervals decide when
//! it is over. Where it passes, the error was that photo's alone, and it is retried. Neither burns an attempt.
//!
//! A store that does not keep two puts on one key apart is looked at before each put, under a lock for the key.
//!
//! # The bucket is enough
//!
//! What a photo's sidecars do not say, because there is no photo, is a record ([`domain::record`]): dead letters and
//! quarantine, and what people and audits find. It is fixed in the very transaction that it tells of, with a number that is
//! never given again; a keeper beside the workers puts it when the store is well, and nobody waits for it. Nothing is taken
//! back: the newest record of a delivery counts, and a sidecar or a repeat that holds the delivery counts more.
//!
//! A rebuild ([`upkeep::rebuild`], [`catalog::rebuild`]) is a row that is its own progress. It needs a catalogue that has
//! archived nothing. As long as it is open no job is claimed, what was sealed before it is let go (names must get the
//! folders that they had; a downloaded file stays for a link that dies), and the store is not this catalogue's own: the
//! id of its marker becomes ours in the transaction that ends it. The store is listed; each sidecar is read and its photo
//! compared with it; photos come back in the order of their sealing, by the same statements as in a seal, then what stands
//! beside them, then records, and with them what people and audits found. Each object has a savepoint: what does not fit
//! leaves a finding and nothing else.
//!
//! Last comes the ledger ([`catalog::rebuild::leaves`]): leaves get their numbers in the order in which the store's own
//! bundles of entries name them, also those that no checkpoint has yet, and the root must be that of the store's
//! checkpoint, opened by a key from `ledger/keys`. A leaf whose object is gone stays a leaf. Where that cannot be done the
//! ledger is held: photos go on and are leaves of no lasting number, nothing is published, and a rebuild once more, when
//! what was missing is back, puts the ledger back alone.
//!
//! Backups ([`upkeep::backup`]) are copies by `VACUUM INTO`: readers of one moment that the writer does not notice. The
//! online backup of SQLite would begin anew with every commit of the daemon.
//!
//! # Audit
//!
//! Two questions, one room ([`mod@audit`]). **By code**: what is known under a code is read again and held against the record
//! and against what the sidecar says itself, so that a record which was rewritten together with its photo is betrayed. A
//! code stands for itself alone; what a person could take for it is suggested, by an index over folded codes. A code without
//! a photo is looked for among the jobs that are not done. Rows stream: nothing is held but a batch.
//!
//! **Object by object** ([`catalog::audit::fixity`]): triggers give every recorded object a row with the time of its last reading, and
//! an index gives the oldest. The daemon reads what is due within a budget of bytes and time (`[audit]`); `audit --all` is a
//! run that is through when no reading is older than its start, so that it is resumed by being asked again, and counts
//! nothing twice. The inventory remembers what was listed in a bit each, and reads whatever differs before it is told.
//!
//! Nothing is noted unless the store's marker was seen before the objects were read, and again after them where any was
//! missing: an empty folder in the place of a disk makes nothing missing.
//!
//! # Verdicts
//!
//! Each check is one pure file in [`domain::verdict`] and has exactly one outcome; `docs/verdicts.md` tells them to people.
//! What a check may look at is its [`domain::verdict::Case`]: the claims, the reading, the receipt, and what is known of the
//! team. `code` and `reuse` look at other photos and are judged inside the seal; look-alikes are searched before it,
//! because the search takes milliseconds with a million photos.
//!
//! A team's knowledge is no table of its own but columns of its photos: votes on what `photo_timestamp` means, offsets that
//! devices showed, announced positions, which evidence a file brought. Whatever is rebuilt from the photos is therefore
//! whole. [`upkeep`] judges again from what the seal recorded: a run is a row that is its own progress, each later
//! judgement is fixed, put and recorded like all evidence, and nothing that stood is changed.
//!
//! # The ledger
//!
//! Every piece of recorded evidence is a leaf of a Merkle tree ([`domain::ledger`]), in the open formats of C2SP, so that
//! other people's tools read it. A leaf is two lines of hashes and no more: a photo's and its sidecar's, which holds a
//! random salt, or that of a later judgement, a repeat or a record. Leaves are sequenced by the transaction that records
//! ([`catalog::ledger`]). [`proof`] publishes: tiles and a signed checkpoint are fixed in the catalogue, the tiles put
//! create-only and read back; then the store's checkpoint is replaced, the one object that ever is, and read back. The size
//! is the key of the table of checkpoints: there is one root for each size, whatever a crash or a store does.
//!
//! Before anything is published the store's checkpoint is held against the last one that it gave back
//! ([`domain::ledger::standing`]). An older one, another one or none is a finding, and nothing is published from there:
//! a person puts back what `keepmark ledger checkpoint` prints. Where it shows that the catalogue lacks leaves or has other
//! ones, because an older database was brought back, the gate of the store stays shut from the first look on: photos are
//! fetched and sealed, and wait.
//!
//! Proofs are made from a few rows of hashes, and only by a checkpoint that the store has given back. A key that is lost is
//! never replaced in silence: a person says so, the change is a record, and the old public key opens what it signed.
//!
//! # The way of one photo
//!
//! 1. **Accept** ([`intake`], [`catalog::delivery`]). The raw body is committed with what became of it, by a closed rule
//!    ([`domain::delivery`]). One writer thread takes all that waits into one transaction; answers go out after it.
//! 2. **Claim** ([`catalog::job`]). A worker leases the next job. Every later write names the lease; whoever lost it
//!    changes nothing. The claim looks at hosts, not at jobs: those of a host that is busy, or asked by `Retry-After` to be
//!    left alone, cost it nothing however many they are.
//! 3. **Fetch** ([`mod@fetch`]) to a spool file, hashed on the way and synced. Every address is judged before it is
//!    connected to. A broken transfer goes on by range within one try; the next try begins from zero.
//! 4. **Inspect** ([`mod@inspect`]): type, completeness, EXIF, derived images. A mark in the spool folder stands as long
//!    as the file is read; a mark that a life left behind makes the job a suspect, which is read alone and never decoded.
//!    The mark is a file and not a column of the job: it need only outlive the process, not the machine, and so costs no
//!    commit.
//! 5. **Judge** ([`domain::verdict`]), with what earlier photos of the team taught ([`catalog::known`]) and the pictures
//!    that look alike ([`catalog::look_alikes`]).
//! 6. **Seal** ([`catalog::seal`]): one transaction fixes the photo's id, its key and its sidecar byte for byte. From
//!    here every try, in any life, sends the same bytes to the same keys.
//! 7. **Store** ([`archive`]): photo, then sidecar, create-only, each read back.
//! 8. **Record** ([`catalog::record`]): one transaction makes the sealed photo an archived one and a leaf of the ledger.
//!
//! A photo is unique by team, code and SHA-256. The same three again are a repeat, kept beside the photo as `.also-….json`
//! and linked to it; while the photo is still being archived by another job, the repeat waits for that job and fetches
//! nothing again, and should that job die, it takes the seal over ([`catalog`], `contention`). Equal bytes under another code are a second photo, and both say so: the earlier one by a second
//! judgement, `.v2.json`. Only the earliest few photos with equal bytes are named, so that a picture which a host serves
//! in place of thousands makes no seal dearer than the one before.

pub mod app;
pub mod archive;
pub mod audit;
pub mod catalog;
pub mod cli;
pub mod config;
pub mod demo;
pub mod domain;
pub mod export;
mod fault;
pub mod fetch;
pub mod inspect;
pub mod intake;
pub mod pipeline;
pub mod proof;
pub mod telemetry;
pub mod upkeep;
pub mod web;
