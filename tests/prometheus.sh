#!/usr/bin/env bash
# A real Prometheus scrapes the exporter on the demo, and is asked for what it got.
#
#   bash tests/prometheus.sh [PROGRAM]     PROGRAM: or else what was built last, release or debug
#
# Debian's prometheus package, which has promtool too, is installed where it is missing and apt-get can; where it
# cannot the test is skipped, and says so.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
program=${1:-$(ls -t "$target"/{release,debug}/chutes-top 2>/dev/null | head -n 1)}
[ -x "$program" ] || { echo "prometheus: no chutes-top is built: cargo build" >&2; exit 1; }

is_equipped() { type prometheus promtool curl python3 >/dev/null 2>&1; }
if ! is_equipped; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends prometheus curl python3; } >/dev/null 2>&1 || true
fi
if ! is_equipped; then
    echo "prometheus: SKIPPED: prometheus, promtool, curl or python3 is missing, and apt-get cannot install them"
    exit 0
fi

work=$(mktemp -d)
exporter='' server=''
finish() {
    [ -z "$exporter" ] || kill "$exporter" 2>/dev/null || true
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

fail() {
    echo "prometheus: FAILED: $*" >&2
    tail -n 20 "$work"/*.log >&2 || true
    exit 1
}
# Repeats a command until it succeeds, for half a minute.
until_it_works() {
    for _ in $(seq 150); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.2
    done
    fail "in vain: $*"
}

promtool check rules assets/prometheus-alerts.yml >/dev/null
(cd tests/prometheus && promtool test rules alerts.yml >/dev/null)

# The exporter, on a port that the system picks.
env -i HOME="$work" "$program" exporter --demo --listen 127.0.0.1:0 2>"$work/exporter.log" &
exporter=$!
until_it_works grep -q 'metrics at ' "$work/exporter.log"
url=$(sed -n 's/.*metrics at //p' "$work/exporter.log")
address=${url#http://} address=${address%/metrics}
has_come_up() { curl -sf "$url" | grep -q 'credential="old-laptop".*"daily"'; }
until_it_works has_come_up
curl -sf "$url" | promtool check metrics || fail "promtool finds fault with the metrics"

# Prometheus picks no port by itself: one that is free now is good enough.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/prometheus.yml" <<YAML
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ["$PWD/assets/prometheus-alerts.yml"]
scrape_configs:
  - {job_name: chutes, static_configs: [{targets: ["$address"]}]}
YAML
promtool check config "$work/prometheus.yml" >/dev/null || fail "the configuration is not accepted"
prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" \
    --web.listen-address="127.0.0.1:$port" >"$work/prometheus.log" 2>&1 &
server=$!
api="http://127.0.0.1:$port/api/v1"
# The value of an expression; nothing when there is no series.
value() {
    curl -sf "$api/query" --data-urlencode "query=$1" |
        python3 -c 'import json, sys; [print(r["value"][1]) for r in json.load(sys.stdin)["data"]["result"]]'
}
is() {
    local got
    got=$(value "$1") || fail "no answer to: $1"
    [ "$got" = "$2" ] || fail "$1 is '$got', not '$2'"
}
scraped() { [ "$(value 'up{job="chutes"}')" = 1 ] && [ -n "$(value 'chutes_quota_limit_requests{credential="old-laptop"}')" ]; }
until_it_works scraped

is 'chutes_quota_limit_requests{credential="work"}' 2000
is 'chutes_quota_limit_requests{credential="lab"}' 5001
is 'chutes_quota_used_requests{credential="unsure"}' ''                      # the server has lost count
is 'chutes_quota_limit_requests{credential="free"}' ''                       # no limit
is 'count(chutes_credential_up)' 14
is 'chutes_credential_up{credential="bob"}' 0
is 'chutes_credential_failure_info{credential="bob",kind="unauthorized"}' 1
is 'count(chutes_credential_info{tier="plus",custom="false"})' 5
is 'chutes_window_limit_dollars{credential="batch",window="monthly"}' 100
is 'chutes_window_limit_requests{credential="team",chute=~"c0000001.*"}' 50
is 'chutes_window_limit_requests * on (chute) group_left (name) chutes_chute_info{name="demo/large-instruct"}' 50
is 'chutes_balance_dollars{credential="work"}' 12.345678
is 'chutes_window_reset_timestamp_seconds{credential="work",window="daily"} % 86400' 0
is 'count by () (count by (account) (chutes_quota_used_requests{credential=~"work|work-ci"}))' 1
is 'chutes_top_answers_total{part="quota",outcome="unauthorized"}' 1
is 'chutes_top_credentials' 14
is 'chutes_top_build_info{version="'"$("$program" --version | cut -d" " -f2)"'"}' 1
is 'process_open_fds > bool 0' 1
is 'abs(chutes_quota_remaining_requests{credential="batch"} + chutes_quota_used_requests - chutes_quota_limit_requests) < bool 1e-6' 1

# The rules are loaded and can be evaluated; the demo's rejected key makes its alert pend.
rules=$(curl -sf "$api/rules" | python3 -c '
import json, sys
rules = [rule for group in json.load(sys.stdin)["data"]["groups"] for rule in group["rules"]]
print(len(rules), sum(rule["health"] == "ok" for rule in rules))')
[ "${rules% *}" -ge 7 ] || fail "the alerts were not loaded: $rules"
is_pending() { [ -n "$(value 'ALERTS{alertname="ChutesCredentialFailing",credential="bob"}')" ]; }
until_it_works is_pending

# Every expression of the dashboard is understood, and those of the demo's numbers find some.
python3 - assets/grafana-dashboard.json >"$work/expressions" <<'PY'
import json, sys
for panel in json.load(open(sys.argv[1]))["panels"]:
    for target in panel["targets"]:
        print(target["expr"].replace("$credential", ".*").replace("$__rate_interval", "1m"))
PY
# A rate needs time, a histogram of one answer has no quantile, and late in the day no quota of the demo is forecast to
# be empty before it starts anew.
may_find_nothing() { [[ $1 == *rate* || $1 == *increase* || $1 == *forecast_empty* ]]; }
while IFS= read -r expression; do
    found=$(value "$expression") || fail "the dashboard's question is refused: $expression"
    [ -n "$found" ] || may_find_nothing "$expression" || fail "nothing is found: $expression"
done <"$work/expressions"

# It ends when it is told to, and says nothing but where it was.
kill -TERM "$exporter"
code=0
wait "$exporter" || code=$?
exporter=''
[ "$code" = 143 ] || fail "SIGTERM ended the exporter with $code"
[ "$(wc -l <"$work/exporter.log")" = 1 ] || fail "the exporter said more than where it is"
is_down() { [ "$(value 'up{job="chutes"}')" = 0 ]; }
until_it_works is_down
echo "prometheus: ok ($(prometheus --version 2>&1 | head -n 1 | cut -d'(' -f1))"
