#!/usr/bin/env bash
# A real keyring keeps a key, and is locked under it.
#
#   cargo build --features keyring && bash tests/keyring.sh [PROGRAM]
#
# On a bus and in a home directory of its own. Where dbus, gnome-keyring or libsecret-tools is missing the test is
# skipped, and says so.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${KEYRING_TEST_BUS:-}" ]; then
    for tool in dbus-run-session gnome-keyring-daemon secret-tool gdbus; do
        type "$tool" >/dev/null 2>&1 || { echo "keyring: SKIPPED: $tool is missing"; exit 0; }
    done
    KEYRING_TEST_BUS=own exec dbus-run-session -- bash "tests/${0##*/}" "$@" 2> >(grep -v 'dbus-daemon\|gcr-prompter\|^$' >&2)
fi

target=${CARGO_TARGET_DIR:-target}
program=$(realpath "${1:-$target/debug/chutes-top}")
work=$(mktemp -d)
export HOME=$work XDG_RUNTIME_DIR=$work/run
mkdir -m 700 "$XDG_RUNTIME_DIR"
# The daemon ends with the bus.
trap 'rm -rf "$work"' EXIT
fail() {
    echo "keyring: FAILED: $*" >&2
    exit 1
}
# What is said, and the exit code where it is not 0.
credentials() {
    env -i HOME="$HOME" DBUS_SESSION_BUS_ADDRESS="$DBUS_SESSION_BUS_ADDRESS" "$program" credentials "$@" 2>&1 ||
        echo "code $?"
}
file=$work/.config/chutes-top/credentials
key=cpk_0123456789abcdef.S3cret
held() { secret-tool search --all service chutes-top username "$1" 2>&1 | sed -n 's/^secret = //p'; }

printf 'password' | gnome-keyring-daemon --unlock --components=secrets >/dev/null
said=$(echo "$key" | credentials add work)
[ "$said" = 'work: kept in the keyring' ] || fail "add: $said"
[ "$(held work)" = "$key" ] || fail "the keyring does not have it"
! grep -q S3cret "$file" || fail "it is in the file too"
[ "$(stat -c %a "$file")" = 600 ] || fail "the file can be read by others"
said=$(credentials list)
[[ $said == *keyring* && $said != *S3cret* ]] || fail "list: $said"
said=$(credentials remove work)
[ "$said" = 'work: forgotten' ] && [ -z "$(held work)" ] || fail "remove: $said"

# Locked, with nobody to ask for the password.
said=$(echo "$key" | credentials add work)
gdbus call --session -d org.freedesktop.secrets -o /org/freedesktop/secrets \
    -m org.freedesktop.Secret.Service.Lock "['/org/freedesktop/secrets/collection/login']" >/dev/null
locked='the keyring is locked or cannot be reached'
said=$(credentials list)
[[ $said == *"work: $locked: skipped"* ]] || fail "list, locked: $said"
said=$(credentials remove work)
[[ $said == *"$locked"*'code 1' ]] && grep -q '@keyring' "$file" || fail "remove, locked: $said"
said=$(echo "$key" | credentials add lab)
[[ $said == *"$locked: the key is kept in "* ]] && grep -q "LAB='$key'" "$file" || fail "add, locked: $said"
said=$(credentials remove lab)
[ "$said" = 'lab: forgotten' ] || fail "remove of what is in the file, locked: $said"
echo "keyring: ok ($(gnome-keyring-daemon --version | head -n 1))"
