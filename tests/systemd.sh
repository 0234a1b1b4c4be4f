#!/usr/bin/env bash
# The units on a systemd that runs: a minimal Debian boots in a container without a network, the commands of README.md
# install Keepmark there word for word, and then it is delivered to, hung, restarted under load and asked how it is.
#
#   tests/systemd.sh BINARY
#
# Needs root (or sudo), systemd-nspawn, debootstrap and pgrep; tests/run.sh --long installs them. The Debian is fetched
# once and kept in the build folder, owned by root; each run works on a layer in memory above it. Where a machine cannot
# boot a container, it says so in a line and skips.
set -Eeuo pipefail
cd "$(dirname "$0")/.."

binary=$(realpath "${1:?usage: tests/systemd.sh BINARY}")
tools=${CARGO_TARGET_DIR:-$PWD/target}/test-tools
restarts=30
# The whole of it; the Debian has to be fetched within half of it.
limit_secs=600

skip() {
    echo "skipped, the units were not tried on a running systemd: $*"
    exit 0
}

if [ "$(id -u)" -ne 0 ]; then
    sudo --non-interactive true 2>/dev/null || skip 'this needs root'
    exec sudo CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}" tests/systemd.sh "$binary"
fi
for program in systemd-nspawn debootstrap pgrep; do
    command -v "$program" >/dev/null || skip "$program is missing"
done

# The Debian of this machine, so that the program finds the C library it was built with.
codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
debian=$tools/debian-$codename
mkdir -p "$tools"
scratch=$(mktemp -d "$tools/systemd.XXXXXX")

# --- What ends with the script ---------------------------------------------------------------------------------------

container=
first_process=
groups=()
end() {
    local status=$?
    # The first process takes all others of the container with it.
    if [ -n "$first_process" ]; then kill -KILL "$first_process" 2>/dev/null || true; fi
    if [ -n "$container" ]; then
        if [ -z "$first_process" ]; then kill -KILL "$container" 2>/dev/null || true; fi
        wait "$container" 2>/dev/null || true
    fi
    for group in "${groups[@]}"; do
        if [ -d "$group" ]; then find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true; fi
    done
    rm -rf "$scratch"
    exit "$status"
}
trap end EXIT
trap 'exit 130' INT TERM

# --- The container ---------------------------------------------------------------------------------------------------

if [ ! -d "$debian" ]; then
    repository=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $codename" 'Component: main' | head -n 1)
    eval "$(apt-config shell http_proxy Acquire::http::Proxy)"
    export http_proxy
    # sudo and the certificates are what README.md asks for, Python is for the sender.
    timeout $((limit_secs / 2)) debootstrap --variant=minbase \
        --include=systemd,systemd-sysv,sudo,ca-certificates,python3-minimal,libpython3-stdlib \
        "$codename" "$scratch/debian" "${repository:-http://deb.debian.org/debian}" >"$tools/debootstrap.log" 2>&1 ||
        skip "debootstrap failed: $(tail -n 1 "$tools/debootstrap.log")"
    mv "$scratch/debian" "$debian"
fi

options=(--quiet --boot --directory="$debian" --volatile=overlay --machine="keepmark-$$" --console=pipe
    --private-network --register=no --bind-ro="$PWD/systemd:/root/keepmark/systemd"
    --bind-ro="$binary:/root/keepmark/target/release/keepmark" --bind-ro="$PWD/tests/support/sender.py:/root/sender.py")
if [ ! -d /run/systemd/system ]; then
    # No systemd here that could make a control group for the container: one of our own keeps two runs apart.
    options+=(--keep-unit)
    for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified; do
        if [ -w "$hierarchy/cgroup.procs" ] && mkdir "$hierarchy/keepmark-$$" 2>/dev/null; then
            groups+=("$hierarchy/keepmark-$$")
        fi
    done
fi
(
    for group in "${groups[@]}"; do echo "$BASHPID" >"$group/cgroup.procs"; done
    # Shuts down with the script even when that is killed.
    exec setpriv --pdeathsig=TERM systemd-nspawn "${options[@]}" </dev/null >"$scratch/console" 2>&1
) &
container=$!

# Runs a command in the container, as root in README.md's folder.
inside() {
    if [ "$SECONDS" -gt "$limit_secs" ]; then
        echo "not done after $limit_secs s" >&2
        return 1
    fi
    timeout $((limit_secs - SECONDS + 1)) nsenter --target "$first_process" --mount --uts --ipc --net --pid --cgroup \
        --root --wd=/proc/"$first_process"/root/root/keepmark \
        env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@" 2>>"$scratch/stderr"
}

# Waits half a minute until a command succeeds.
until_it() {
    local end=$((SECONDS + 30))
    until "$@"; do
        if [ "$SECONDS" -gt "$end" ]; then return 1; fi
        sleep 0.2
    done
}

# Before it is systemd, the first process may still see this machine, where nothing is to be touched.
boots() { first_process=$(pgrep --parent "$container" --exact systemd); }
is_up() { [[ $(inside systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]; }
if ! until_it boots || ! until_it is_up; then
    skip "no container boots here: $(tail -n 1 "$scratch/console" | tr -d '\r')"
fi

# --- What is checked -------------------------------------------------------------------------------------------------

fail() {
    # The shell that reads what a command says fails by itself.
    if [ "$BASHPID" -ne $$ ]; then exit 1; fi
    # What is asked now comes on top.
    SECONDS=0
    echo "FAILED: $*" >&2
    tail -n 20 "$scratch/said" "$scratch/stderr" >&2
    inside journalctl --unit='keepmark*' --no-pager --lines=40 --output=short-precise >&2 || true
    exit 1
}
trap 'fail "line $LINENO, called from ${BASH_LINENO[*]}: $BASH_COMMAND"' ERR

done_well() { echo "ok    $*"; }

# The commands of one numbered step of README.md: the lines that are set off by four blanks.
commands() {
    awk -v step="**$1. " '/^(\*\*[0-9]|## )/ { on = index($0, step) == 1 } on && sub(/^    /, "")' README.md
}

# Runs such a step as one shell; the program is built already.
follow() {
    local lines
    lines=$(commands "$1")
    [ -n "$lines" ] || fail "README.md has no commands in step $1"
    inside bash -euo pipefail -c "cargo() { :; }; $lines" >"$scratch/said" || fail "README.md, step $1"
}

setting() { inside systemctl show keepmark.service --property="$1" --value; }
as_keepmark() { inside sudo -u keepmark keepmark "$@"; }
write() { inside sh -c "mkdir -p '$(dirname "$1")' && cat >'$1'"; }
deliver() { inside python3 /root/sender.py post "$hook" "$1" "$link"; }
archived() { inside python3 /root/sender.py archived "$token" "$1"; }
alerts() { inside journalctl --identifier=keepmark-alert --priority=alert --output=cat --no-pager --quiet; }

# --- Installing, as README.md says -----------------------------------------------------------------------------------

# sudo looks the name of its machine up.
echo "127.0.1.1 $(inside uname -n)" | inside tee -a /etc/hosts >/dev/null
follow 1
awk '/^```toml/ { on = 1; next } /^```/ { on = 0 } on' README.md | write /etc/keepmark/config.toml
echo "the secret of the store" | follow 2
# The store of the example cannot be reached from here; all else of the example has to be right.
said=$(as_keepmark check || true)
[[ $(grep ^WRONG <<<"$said") == 'WRONG archive: s3://site-photos: the store cannot be used:'* ]] || fail "check: $said"
[ "$(grep -c ^WRONG <<<"$said")" -eq 1 ] || fail "check: $said"
done_well 'installed and configured by the commands of README.md; check names the store as the only trouble'

# From here on a folder is the store, and the image host is on the loopback device.
inside sed -i '/^\[archive\]/,$d' /etc/keepmark/config.toml
inside tee -a /etc/keepmark/config.toml >/dev/null <<'TOML'
[fetch]
allow_http = true
allow_networks = ["127.0.0.0/8"]
TOML
follow 3
for unit in keepmark.service keepmark.socket keepmark-status.timer; do
    inside systemctl is-active --quiet "$unit" || fail "$unit is not active"
    inside systemctl is-enabled --quiet "$unit" || fail "$unit is not enabled"
done
# A program that binds its port itself would serve as well, until its first restart.
socket=$(inside systemctl show keepmark.socket --property=SubState --value)
[ "$socket" = running ] || fail 'the socket is not handed over'
failed=$(inside systemctl list-units --failed --plain --no-legend)
[ -z "$failed" ] || fail "units failed: $failed"
done_well 'service, socket and timer are enabled and active'

# --- A delivery becomes a photo --------------------------------------------------------------------------------------

# By a name, because looking names up is what the unit's restrictions could spoil.
echo '127.0.0.1 image-host.internal' | inside tee -a /etc/hosts >/dev/null
link=http://image-host.internal:9000
inside env TMPDIR=/root keepmark demo >"$scratch/said" || fail 'the demo'
photo=$(inside sh -c 'find /root/keepmark-demo-*/state/archive/photos -name "*.jpg" | head -n 1')
inside systemd-run --quiet --unit=image-host python3 /root/sender.py host "$photo" 9000
follow 5
url=$(cat "$scratch/said")
hook=/${url#https://photos.example.com/}
[ "$url" != "$hook" ] || fail "the hook's address is $url"
follow 6
token=$(tail -n 1 "$scratch/said")
deliver first
archived first
inside sh -c 'find /var/lib/keepmark/archive/photos -name "*.jpg" | grep -q .' || fail 'no photo lies in the archive'
as_keepmark status >"$scratch/said" || fail 'status finds something where all is well'
grep -q '^archived  *1 photo' "$scratch/said" || fail 'status does not count the photo'
trouble=$(inside journalctl --unit=keepmark --priority=warning --output=cat --no-pager --quiet)
[ -z "$trouble" ] || fail "the daemon warns: $trouble"
done_well 'a delivery became a photo in the archive, and status as the user keepmark says so'

# --- A daemon that hangs ---------------------------------------------------------------------------------------------

inside sh -c 'mkdir -p /run/systemd/system/keepmark.service.d
    printf "[Service]\nWatchdogSec=4\n" >/run/systemd/system/keepmark.service.d/watchdog.conf'
inside systemctl daemon-reload
inside systemctl restart keepmark
sleep 9
[ "$(setting NRestarts)" -eq 0 ] || fail 'a daemon that is well was restarted'
hung=$(setting MainPID)
inside sh -c "kill -STOP $hung"
began=$SECONDS
# Nobody answers meanwhile, and nobody is refused either: systemd holds the socket.
deliver during-the-hang || fail 'a delivery during the hang'
restarted() { [ "$(setting NRestarts)" -ge 1 ] && [ "$(setting MainPID)" != "$hung" ]; }
until_it restarted || fail 'the watchdog did not restart a daemon that hangs'
inside journalctl --unit=keepmark --no-pager --quiet --grep='Watchdog timeout' >/dev/null ||
    fail 'it was not the watchdog that restarted it'
archived during-the-hang
done_well "the watchdog restarted a daemon that hung; a delivery of that time is archived after $((SECONDS - began)) s"
inside rm /run/systemd/system/keepmark.service.d/watchdog.conf
inside systemctl daemon-reload

# --- A daemon that was stopped, and restarts under load --------------------------------------------------------------

inside systemctl stop keepmark.service
deliver while-stopped || fail 'the socket did not start a daemon that was stopped'
archived while-stopped
done_well 'a connection starts a daemon that was stopped'

inside systemctl restart keepmark
inside python3 /root/sender.py storm "$hook" "$link" "$token" "$restarts" >"$scratch/said" || fail 'restarts under load'
done_well "$(cat "$scratch/said")"

# --- Somebody should look --------------------------------------------------------------------------------------------

inside systemctl start keepmark-status.service || fail 'keepmark-status.service finds something where all is well'
[ -z "$(alerts)" ] || fail "an alert where all is well: $(alerts)"
# What is no JSON goes into quarantine, for which somebody should look. The timer, every second for once, finds it.
inside python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], b"no JSON")' \
    "http://127.0.0.1:8470$hook"
inside sh -c 'mkdir -p /run/systemd/system/keepmark-status.timer.d
    printf "[Timer]\nOnCalendar=\nOnCalendar=*:*:*\nRandomizedDelaySec=0\nAccuracySec=1s\n" \
        >/run/systemd/system/keepmark-status.timer.d/often.conf'
inside systemctl daemon-reload
inside systemctl restart keepmark-status.timer
alerted() { alerts | grep -q '^keepmark-status.service: somebody should look'; }
until_it alerted || fail 'the timer found nothing, or nobody was alerted'
inside systemctl stop keepmark-status.timer
done_well 'the timer asks, and a finding becomes an alert in the journal'

# --- The secret as a credential --------------------------------------------------------------------------------------

# The lines that the unit's comment gives.
mapfile -t lines < <(sed -n 's/^#   \(LoadCredential=.*\|secret_access_key_file = .*\)/\1/p' systemd/keepmark.service)
[ "${#lines[@]}" -eq 2 ] || fail "the unit's comment about the credential has changed: ${lines[*]}"
credential=/run/credentials/keepmark.service/s3-secret
inside sh -c '(umask 077; mkdir -p /etc/credstore; echo "the secret of the store" >/etc/credstore/keepmark-s3-secret)'
printf '[Service]\n%s\n' "${lines[0]}" | write /etc/systemd/system/keepmark.service.d/override.conf
awk '/^```toml/ { on = 1; next } /^```/ { on = 0 } on' README.md |
    sed "s|^secret_access_key_file.*|${lines[1]}|" | write /etc/keepmark/config.toml
inside systemctl daemon-reload
inside systemctl restart keepmark || fail 'no start with the secret as a credential'
[ "$(inside sudo -u keepmark cat "$credential")" = 'the secret of the store' ] || fail 'the credential cannot be read'
! inside sudo -u nobody cat "$credential" 2>/dev/null || fail 'anybody can read the credential'
said=$(as_keepmark check || true)
! grep -q 'cannot be read' <<<"$said" || fail "check beside the service: $said"
inside systemctl stop keepmark.socket keepmark.service
said=$(as_keepmark check || true)
grep -q 'cannot be read' <<<"$said" || fail "check reads a secret that only the running service has: $said"
as_keepmark hook url >/dev/null || fail 'hook needs the secret of the store'
done_well 'the secret of the store as a credential: read by the service and by check beside it, by nobody else'
echo "all in $SECONDS s"
