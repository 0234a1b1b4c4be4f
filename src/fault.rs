//! Named points where a test ends the process or panics, to see what that leaves just there.
//!
//! Only in debug builds: a release build has neither the look-up nor the exit.

/// Ends the process at once, as `kill -9` would, if `KEEPMARK_CRASH_AT` names this point; panics if
/// `KEEPMARK_PANIC_AT` does.
#[cfg(debug_assertions)]
pub(crate) fn point(name: &str) {
    if std::env::var_os("KEEPMARK_CRASH_AT").is_some_and(|at| at == name) {
        std::process::abort();
    }
    assert!(std::env::var_os("KEEPMARK_PANIC_AT").is_none_or(|at| at != name), "a test asked for this");
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub(crate) fn point(_name: &str) {}
