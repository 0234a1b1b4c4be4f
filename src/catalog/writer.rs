//! The one writer: a thread that owns the writing connection and commits all that waits in one transaction.
//!
//! Replies go out after `COMMIT`, never before. Each operation runs in a savepoint of its own, or is alone, so that
//! a failing one takes nothing else with it. Arrivals have room in every batch: no amount of other work delays the
//! hook by more than one batch.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, Transaction};
use tokio::sync::oneshot;

use super::{CatalogError, Doing as _, Result};

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lane {
    /// The hook.
    Arrivals,
    /// Everybody else.
    Work,
}

/// The most operations of one lane in one transaction, and the most that may wait in it.
const BATCH_ARRIVALS: usize = 512;
const BATCH_WORK: usize = 64;
const WAITING_MAX: usize = 16_384;

/// Told of every committed batch: its operations and how long it took.
#[derive(Clone, Default)]
pub struct BatchObserver(Option<Arc<dyn Fn(usize, Duration) + Send + Sync>>);

impl BatchObserver {
    /// Calls `observe` after each commit, on the writer's thread.
    pub fn new(observe: impl Fn(usize, Duration) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(observe)))
    }
}

/// What is left to do for an operation once its transaction has ended.
type Reply = Box<dyn FnOnce(Result<()>) + Send>;
type Operation = Box<dyn FnOnce(&Transaction<'_>) -> (Reply, bool) + Send>;

#[derive(Default)]
struct Waiting {
    arrivals: VecDeque<Operation>,
    work: VecDeque<Operation>,
    closed: bool,
}

struct Shared {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

impl Shared {
    /// Nothing that holds this lock can leave it half changed, so a panic elsewhere does not close the catalogue.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the writer when the last handle goes.
struct Handle {
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.arrived.notify_one();
        if let Some(thread) = self.thread.take() {
            // What waits is still committed; only a panic of the thread itself could be lost here, and it has been
            // reported by the panic hook.
            let _ended = thread.join();
        }
    }
}

#[derive(Clone)]
pub(super) struct Writer {
    handle: Arc<Handle>,
}

impl Writer {
    pub(super) fn start(connection: Connection, observer: BatchObserver) -> Self {
        let shared = Arc::new(Shared { waiting: Mutex::default(), arrived: Condvar::new() });
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("catalog-writer".to_owned())
            .spawn(move || write_batches(connection, &of_thread, &observer));
        // Without a thread every operation answers `Closed`.
        if thread.is_err() {
            shared.lock().closed = true;
        }
        Self { handle: Arc::new(Handle { shared, thread: thread.ok() }) }
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnOnce(&Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, receiver) = oneshot::channel();
        let operation: Operation = Box::new(move |transaction| {
            // A panic fails its operation; the writer, and with it the hook, lives on.
            let result =
                catch_unwind(AssertUnwindSafe(|| work(transaction))).unwrap_or(Err(CatalogError::Panicked));
            let succeeded = result.is_ok();
            let reply: Reply = Box::new(move |committed| {
                // Whoever waited may be gone; the commit stands all the same.
                let _gone = sender.send(committed.and(result));
            });
            (reply, succeeded)
        });
        self.enqueue(lane, operation)?;
        receiver.await.unwrap_or(Err(CatalogError::Closed))
    }

    fn enqueue(&self, lane: Lane, operation: Operation) -> Result<()> {
        let mut waiting = self.handle.shared.lock();
        let closed = waiting.closed;
        let queue = match lane {
            Lane::Arrivals => &mut waiting.arrivals,
            Lane::Work => &mut waiting.work,
        };
        if closed || queue.len() >= WAITING_MAX {
            return Err(CatalogError::Closed);
        }
        queue.push_back(operation);
        self.handle.shared.arrived.notify_one();
        Ok(())
    }
}

fn write_batches(mut connection: Connection, shared: &Shared, observer: &BatchObserver) {
    while let Some(batch) = next_batch(shared) {
        let began = std::time::Instant::now();
        let size = batch.len();
        let mut replies = Vec::with_capacity(size);
        let committed = commit_batch(&mut connection, batch, &mut replies);
        if committed.is_ok()
            && let Some(observe) = &observer.0
        {
            observe(size, began.elapsed());
        }
        for reply in replies {
            reply(committed.clone());
        }
    }
}

/// Waits for work; `None` once closed and empty.
fn next_batch(shared: &Shared) -> Option<Vec<Operation>> {
    let mut waiting = shared.lock();
    while waiting.arrivals.is_empty() && waiting.work.is_empty() {
        if waiting.closed {
            return None;
        }
        waiting = shared.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
    }
    let arrivals = waiting.arrivals.len().min(BATCH_ARRIVALS);
    let work = waiting.work.len().min(BATCH_WORK);
    let mut batch: Vec<_> = waiting.arrivals.drain(..arrivals).collect();
    batch.extend(waiting.work.drain(..work));
    Some(batch)
}

/// Runs and commits a batch. When the transaction as a whole fails, so does each of its operations: the replies of
/// those that never ran are dropped, which their callers read as [`CatalogError::Closed`].
fn commit_batch(connection: &mut Connection, batch: Vec<Operation>, replies: &mut Vec<Reply>) -> Result<()> {
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .doing("begin a transaction")?;
    // A savepoint keeps each page that it would put back, many of them in a file: the transaction of an operation that
    // is alone is its savepoint.
    let is_alone = batch.len() == 1;
    for operation in batch {
        if !is_alone {
            execute(&transaction, "SAVEPOINT operation")?;
        }
        let (reply, succeeded) = operation(&transaction);
        replies.push(reply);
        if transaction.is_autocommit() {
            // A full disk or an I/O error made SQLite roll everything back by itself.
            return Err(CatalogError::Closed);
        }
        if is_alone {
            return if succeeded { transaction.commit() } else { transaction.rollback() }.doing("commit");
        }
        if !succeeded {
            execute(&transaction, "ROLLBACK TO operation")?;
        }
        execute(&transaction, "RELEASE operation")?;
    }
    transaction.commit().doing("commit")
}

fn execute(transaction: &Transaction<'_>, sql: &str) -> Result<()> {
    transaction
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute([]))
        .map(drop)
        .doing("keep a savepoint")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE kept (value INTEGER PRIMARY KEY) STRICT").unwrap();
        Writer::start(connection, BatchObserver::default())
    }

    async fn insert(writer: &Writer, value: i64, fail: bool) -> Result<()> {
        writer
            .run(Lane::Work, move |transaction| {
                transaction.execute("INSERT INTO kept VALUES (?1)", [value]).doing("insert")?;
                if fail { Err(CatalogError::LeaseLost) } else { Ok(()) }
            })
            .await
    }

    async fn kept(writer: &Writer) -> i64 {
        let count =
            |t: &Transaction<'_>| t.query_row("SELECT count(*) FROM kept", [], |r| r.get(0)).doing("count");
        writer.run(Lane::Work, count).await.unwrap()
    }

    #[tokio::test]
    async fn a_failing_operation_takes_nothing_else_with_it() {
        let writer = writer();
        let (first, second, third) =
            tokio::join!(insert(&writer, 1, false), insert(&writer, 2, true), insert(&writer, 3, false));
        assert!(first.is_ok() && third.is_ok());
        assert!(matches!(second, Err(CatalogError::LeaseLost)));
        assert_eq!(kept(&writer).await, 2);
    }

    #[tokio::test]
    async fn a_failing_operation_that_is_alone_leaves_nothing() {
        let writer = writer();
        assert!(matches!(insert(&writer, 1, true).await, Err(CatalogError::LeaseLost)));
        assert_eq!(kept(&writer).await, 0);
        assert!(insert(&writer, 1, false).await.is_ok());
        assert_eq!(kept(&writer).await, 1);
    }

    #[tokio::test]
    async fn a_panicking_operation_fails_alone_and_the_writer_lives_on() {
        let writer = writer();
        let panicking = writer.run(Lane::Work, |transaction| -> Result<()> {
            transaction.execute("INSERT INTO kept VALUES (1)", []).doing("insert")?;
            panic!("a test asked for this")
        });
        let (panicked, inserted) = tokio::join!(panicking, insert(&writer, 2, false));
        assert!(matches!(panicked, Err(CatalogError::Panicked)));
        assert!(inserted.is_ok());
        assert_eq!(kept(&writer).await, 1, "what the panicking one wrote is rolled back");
    }

    #[tokio::test]
    async fn a_caller_that_went_away_leaves_its_commit_and_the_writer() {
        let writer = writer();
        let task = tokio::spawn({
            let writer = writer.clone();
            async move { insert(&writer, 1, false).await }
        });
        tokio::task::yield_now().await;
        task.abort();
        assert!(insert(&writer, 2, false).await.is_ok());
        assert_eq!(kept(&writer).await, 2);
    }
}
