#!/usr/bin/env bash
# All checks, as CI runs them: format, lints, documentation, all tests on a folder and on a real S3 server, and the
# pages in a real browser, whose screenshots are left in target/screenshots.
#
#   tests/run.sh           everything, in some minutes
#   tests/run.sh --long    the same with campaigns: thousands of kills, thirty restarts under load, the units on a
#                          systemd that runs in a container
#
# Needs a Rust toolchain, a C compiler and Python 3 with venv; installs what is missing on Debian. What it installs and
# starts lives in the build folder and ends with it.
set -euo pipefail
cd "$(dirname "$0")/.."

long=false
case "${1:-}" in
'') ;;
--long) long=true ;;
*)
    echo "usage: tests/run.sh [--long]" >&2
    exit 2
    ;;
esac

build=${CARGO_TARGET_DIR:-$PWD/target}
tools=$build/test-tools
mkdir -p "$tools"

step() { printf '\n== %s\n' "$*"; }

install() {
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "$@" >"$tools/apt.log"
}

step tools
command -v cargo >/dev/null || {
    echo "install Rust first: https://rustup.rs" >&2
    exit 2
}
command -v cc >/dev/null || install gcc libc6-dev
python3 -c 'import ensurepip, venv' 2>/dev/null || install python3 python3-venv
# Somebody else's implementation of transparency logs, to read the ledger with.
[ -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ] && [ -x /usr/bin/go ] || install golang-go golang-golang-x-mod-dev
command -v chromium >/dev/null || install chromium fonts-dejavu-core
wanted=$(sha256sum <tests/requirements.txt)
if [ "$(cat "$tools/python/requirements.sha256" 2>/dev/null)" != "$wanted" ]; then
    python3 -m venv --clear "$tools/python"
    "$tools/python/bin/pip" install --quiet -r tests/requirements.txt
    echo "$wanted" >"$tools/python/requirements.sha256"
fi

step format
cargo fmt --check

step lints
cargo clippy --locked --all-targets -- --deny warnings

step documentation
RUSTDOCFLAGS='--deny warnings' cargo doc --locked --no-deps --document-private-items --quiet

step 'the S3 server'
free_port() { "$tools/python/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(free_port)
data=$(mktemp -d "$tools/seaweed.XXXXXX")
ports=()
for option in master.port volume.port filer.port s3.port.iceberg master.port.grpc volume.port.grpc filer.port.grpc s3.port.grpc; do
    ports+=("-$option=$(free_port)")
done
AWS_ACCESS_KEY_ID=keepmark-test AWS_SECRET_ACCESS_KEY=keepmark-test-secret \
    "$tools/python/bin/weed" mini -dir="$data" -ip=127.0.0.1 -ip.bind=127.0.0.1 -bucket=photos -admin.ui=false \
    -webdav=false -s3.port="$port" "${ports[@]}" >"$data/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$data"' EXIT
export KEEPMARK_TEST_S3_ENDPOINT=http://127.0.0.1:$port
export KEEPMARK_TEST_PYTHON=$tools/python/bin/python
# What a test would skip for want of a tool is a failure here.
export KEEPMARK_TEST_COMPLETE=1
ready() {
    "$KEEPMARK_TEST_PYTHON" tests/support/list_objects.py "$KEEPMARK_TEST_S3_ENDPOINT" photos none keepmark-test \
        keepmark-test-secret >/dev/null 2>&1
}
for _ in $(seq 120); do
    if ready; then break; fi
    sleep 0.5
done
ready || {
    echo "the S3 server did not start:" >&2
    tail -n 20 "$data/log" >&2
    exit 1
}

step tests
cargo test --locked

step 'a real browser'
"$KEEPMARK_TEST_PYTHON" tests/browser "$build/debug/keepmark" "$build/screenshots"

if $long; then
    step 'a campaign of kills'
    KEEPMARK_TEST_KILLS=2000 cargo test --locked --test keepmark kills -- --nocapture

    step 'restarts under load'
    KEEPMARK_TEST_RESTARTS=30 cargo test --locked --test keepmark restarts -- --nocapture

    step 'a long video'
    KEEPMARK_TEST_LONG=1 cargo test --locked --test keepmark big_bodies -- --nocapture

    step 'a rebuild of ten thousand photos'
    KEEPMARK_TEST_LONG=1 cargo test --locked --test keepmark ten_thousand_photos -- --nocapture

    step 'the units on a systemd that runs'
    command -v systemd-nspawn >/dev/null && command -v debootstrap >/dev/null && command -v pgrep >/dev/null ||
        install systemd-container debootstrap procps
    cargo build --locked
    tests/systemd.sh "$build/debug/keepmark"
fi
