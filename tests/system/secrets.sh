#!/usr/bin/env bash
# A secret is told by a plugin in every form and everywhere it can put words; afterwards nothing that the program printed, and no byte of the
# store's files, holds it. The same plugin with the same text as a plain parameter shows first that this search finds it.
#
#   secrets.sh
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

plugins=$shims/secrets_plugins
[ -f "$plugins/spine_canary.so" ] || die "no canary plugin in $plugins; build the target spine_canary"
unset SPINE_ENV SPINE_ENV_FILE SPINE_SECRETS
canary="S3CR3T-$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')/+?x"
second="T0K3N-$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')"

hex_of() { printf %s "$1" | od -An -v -tx1 | tr -d ' \n'; }
# What is looked for: the text, its middle (a part that was cut off), hex, percent, base64 at each alignment without the characters at its ends.
forms_of() {
    printf '%s\n' "$1" "${1:0:14}" "$(rev <<<"$1")" "$(hex_of "$1")" "$(hex_of "$1" | sed 's/../%&/g')"
    local before
    for before in "" x xy; do
        printf %s "$before$1" | base64 -w0 | tr -d '=' | sed -E 's/^.{4}//; s/..$//'
        echo
    done
}
# found_in FILE...: how many forms occur in the files' bytes, in any case.
found_in() {
    local form count=0
    while IFS= read -r form; do
        [ ${#form} -ge 8 ] || die "a form is too short to be looked for: $form"
        ! grep -aqiF -e "$form" "$@" || count=$((count + 1))
    done < <(forms_of "$canary"; forms_of "$second")
    echo "$count"
}

mkdir "$work/etc" "$work/etc/secrets"
printf '%s\n' "$canary" >"$work/etc/secrets/key"
cat >"$work/etc/.env" <<ENV
CANARY='$canary'
TOKEN=$second
LED_ON=secret:env:CANARY
ENV
cat >"$work/etc/spine.yaml" <<YAML
secrets: secrets
values:
  canary.domain.token: secret:env:TOKEN
YAML

outputs=$work/outputs
mkdir "$outputs"
number=0
# told EXPECTED ARG...: runs it with everything logged and keeps what it says.
told() {
    local expected=$1
    shift
    number=$((number + 1))
    checks=$((checks + 1))
    attempt "$program" --db "sqlite:$store" --plugins "$plugins" --log-level debug "$@"
    cp "$work/out" "$outputs/$number.out"
    cp "$work/err" "$outputs/$number.err"
    exits "$expected" "$*"
}

# ---- the search finds what is there ------------------------------------------------------------------------------------
store_in "$work/control"
told 0 db init
told 0 run canary.tell -p "key=$canary" -p name=control
[ "$(found_in "$outputs"/*)" -ge 5 ] || differs "the search does not find a text that was printed plainly"
[ "$(found_in "$store"*)" -ge 5 ] || differs "the search does not find a text that was stored plainly"
rm -f "$outputs"/*

# ---- a secret -----------------------------------------------------------------------------------------------------------
store_in "$work/secret"
settings=(--config "$work/etc/spine.yaml")
told 0 "${settings[@]}" db init
n=0
for reference in secret:env:CANARY secret:file:key secret:env:LED_ON 'secret:env:NONE|secret:file:key|default:x'; do
    n=$((n + 1))
    told 0 "${settings[@]}" -o json run canary.tell -p "key=$reference" -p "name=good$n"
    told 6 "${settings[@]}" run canary.tell -p "key=$reference" -p "name=bad$n" -p fail=true
    told 6 "${settings[@]}" -o json run canary.tell -p "key=$reference" -p "name=json$n" -p fail=true
    told 3 "${settings[@]}" run canary.claim -p "key=$reference"
done
told 3 "${settings[@]}" run canary.tell -p key=secret:env:NONE -p name=none
grep -qF 'variable NONE is not set' "$work/err" || differs "an unresolved secret does not say what was tried: $(said)"
for list in runs rejects quality anomalies manifest; do
    told 0 "${settings[@]}" -o json "$list" list
done
while IFS= read -r id; do
    told 0 "${settings[@]}" -o json runs show "$id"
done < <(query 'SELECT execution_id FROM core_executions')
told 0 "${settings[@]}" doctor
cp "$store" "$work/secret/copy.db"

rows "the reference is what is recorded" 1 "SELECT count(*) > 0 FROM core_executions WHERE params_json LIKE '%secret:env:CANARY%'"
rows "something was blanked" 1 "SELECT count(*) > 0 FROM core_rejects WHERE raw_text LIKE '%***%' OR reason_detail LIKE '%***%'"
grep -qF 'log ***' "$outputs"/*.err || differs "the log lines are not there, so nothing was looked at"
hits=$(found_in "$outputs"/*)
equal "forms of the secrets in what was printed" 0 "$hits"
in_store=$(found_in "$work"/secret/*)
equal "forms of the secrets in the store's files" 0 "$in_store"
sound "secret"

verdict "$number commands, $checks checks, $hits forms printed, $in_store stored"
