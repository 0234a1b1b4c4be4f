//! Named points where a test ends the process, to see what a crash just there leaves.
//!
//! Only in debug builds: a release build has neither the look-up nor the exit.

/// Ends the process at once, as `kill -9` would, if `KEEPMARK_CRASH_AT` names this point.
#[cfg(debug_assertions)]
pub(super) fn point(name: &str) {
    if std::env::var_os("KEEPMARK_CRASH_AT").is_some_and(|at| at == name) {
        std::process::abort();
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub(super) fn point(_name: &str) {}
