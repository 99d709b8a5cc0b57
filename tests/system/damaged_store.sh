#!/usr/bin/env bash
# A filled store is damaged in one place: a bit of a page, a page in another's place, a file cut short, a row or a value changed or gone, a table dropped, something
# planted. No such store is called sound and answers with another digest; every command ends with a documented code.
#
#   damaged_store.sh [--count N] [--seed S|random]
#
#   --count N    how many stores (default 40)
#   --seed S     which ones (default 1)
set -euo pipefail
case "${1:-}" in -h | --help) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"; exit 0 ;; esac
# shellcheck source=lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

count=40
set_seed 1
while [ $# -gt 0 ]; do
    case $1 in
        --count) count=$2 ;;
        --seed) set_seed "$2" ;;
        *) usage 2 >&2 ;;
    esac
    shift 2
done
command -v sqlite3 >/dev/null || skip "sqlite3 is not there to damage a store with"

store_in "$work/filled"
spine db init >/dev/null
backfill >/dev/null 2>&1
attempt spine workflow run "$source_root/workflows/finra_weekly_refresh.yaml" -p "file=$samples/finra_otc_weekly_otc_20251222.csv" -p tier=OTC
attempt spine db check --deep
exits 0 "the store before"
filled=$store
expected=$(digest)
bytes=$(stat -c %s "$filled")
page=$(sqlite3 "$filled" 'PRAGMA page_size')
pages=$((bytes / page))
mapfile -t tables < <(sqlite3 "$filled" "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY name")
mapfile -t indexes < <(sqlite3 "$filled" "SELECT name FROM sqlite_schema WHERE type IN ('index', 'view') AND name NOT GLOB 'sqlite_*' ORDER BY name")

# A row of a table by its number, as a condition.
row_of() { # row_of TABLE
    local key rows
    key=$(sqlite3 "$store" "SELECT group_concat('\"' || name || '\"', ', ') FROM pragma_table_info('$1') WHERE pk > 0")
    rows=$(sqlite3 "$store" "SELECT count(*) FROM \"$1\"")
    [ "$rows" -gt 0 ] || return 1
    draw "$rows"
    row="(${key:-rowid}) = (SELECT ${key:-rowid} FROM \"$1\" LIMIT 1 OFFSET $drawn)"
}
patch_byte() { # patch_byte FILE PLACE VALUE
    printf "%b" "\\x$(printf %02x "$3")" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
byte_at() { od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' '; }

damage() { # one place; what it was is in `what`
    local table column columns kinds one other
    kinds=(bit bit bit bit bytes swap zero cut delete delete delete value value value value value drop drop_index trigger copy_row sql_bit)
    draw "${#kinds[@]}"
    kind=${kinds[drawn]}
    draw "${#tables[@]}"
    table=${tables[drawn]}
    what="$kind $table"
    case $kind in
        bit | bytes)
            draw "$bytes"
            one=$drawn
            what="$kind of byte $one"
            draw 8
            patch_byte "$store" "$one" $(($(byte_at "$store" "$one") ^ (1 << drawn)))
            if [ "$kind" = bytes ]; then
                draw 256
                patch_byte "$store" $(((one + 7) % bytes)) "$drawn"
            fi
            ;;
        swap | zero)
            draw "$pages"
            one=$drawn
            draw "$pages"
            other=$drawn
            what="$kind of page $one and $other"
            if [ "$kind" = swap ]; then
                dd if="$filled" of="$store" bs="$page" skip="$one" seek="$other" count=1 conv=notrunc status=none
                dd if="$filled" of="$store" bs="$page" skip="$other" seek="$one" count=1 conv=notrunc status=none
            else
                dd if=/dev/zero of="$store" bs="$page" seek="$one" count=1 conv=notrunc status=none
            fi
            ;;
        cut)
            draw "$bytes"
            what="cut to $drawn bytes"
            truncate -s "$drawn" "$store"
            ;;
        delete | copy_row)
            row_of "$table" || return 1
            if [ "$kind" = delete ]; then
                sqlite3 "$store" "DELETE FROM \"$table\" WHERE $row" 2>/dev/null || return 1
            else # the same row under another key, or none when nothing of the key may differ
                column=$(sqlite3 "$store" "SELECT name FROM pragma_table_info('$table') WHERE pk > 0 ORDER BY pk DESC LIMIT 1")
                columns=$(sqlite3 "$store" "SELECT group_concat(CASE name WHEN '$column' THEN '\"' || name || '\" || 1' ELSE '\"' || name || '\"' END, ', ') FROM pragma_table_info('$table')")
                sqlite3 "$store" "INSERT INTO \"$table\" SELECT $columns FROM \"$table\" WHERE $row" 2>/dev/null || return 1
            fi
            ;;
        value | sql_bit)
            row_of "$table" || return 1
            mapfile -t columns < <(sqlite3 "$store" "SELECT name FROM pragma_table_info('$table')")
            draw "${#columns[@]}"
            column=${columns[drawn]}
            what="$kind $table.$column"
            sqlite3 "$store" "PRAGMA ignore_check_constraints = ON; UPDATE \"$table\" SET \"$column\" = CASE typeof(\"$column\") WHEN 'integer' THEN \"$column\" + 1 WHEN 'real' THEN
                \"$column\" * 2 + 1 WHEN 'null' THEN 7 ELSE substr(\"$column\", 1, length(\"$column\") / 2) || 'x' || substr(\"$column\", length(\"$column\") / 2 + 2) END WHERE $row" \
                2>/dev/null || return 1
            ;;
        drop) sqlite3 "$store" "DROP TABLE \"$table\"" 2>/dev/null || return 1 ;;
        drop_index)
            draw "${#indexes[@]}"
            what="drop ${indexes[drawn]}"
            sqlite3 "$store" "DROP VIEW \"${indexes[drawn]}\"" 2>/dev/null || sqlite3 "$store" "DROP INDEX \"${indexes[drawn]}\"" 2>/dev/null || return 1
            ;;
        trigger) sqlite3 "$store" "CREATE TRIGGER planted AFTER INSERT ON \"$table\" BEGIN SELECT 1; END" 2>/dev/null || return 1 ;;
    esac
}

documented() { # documented WHAT: the code of the last attempt
    case $code in
        0 | 3 | 4 | 6 | 7) ;;
        *) differs "$1: exit $code: $(said)" ;;
    esac
    ! grep -qE 'terminate called|Sanitizer|Assertion|internal error' "$work/err" || differs "$1: not an error but a crash: $(said)"
}

stores=0 sound=0 found=0
while [ "$stores" -lt "$count" ]; do
    rm -rf "$work/damaged"
    store_in "$work/damaged"
    cp "$filled" "$store"
    damage || continue # nothing was there to damage so
    rm -f "$store-wal" "$store-shm"
    stores=$((stores + 1))
    attempt spine db check --deep
    documented "$what: db check --deep"
    if [ "$code" = 0 ]; then
        sound=$((sound + 1))
        attempt spine db digest
        documented "$what: db digest"
        equal "$what: called sound, and its digest" "$expected" "$(digest)"
    else
        found=$((found + 1))
        [ "$((stores % 5))" -eq 0 ] || continue
        for command in "db digest" "runs list" "captures list" "db init" "run common.noop"; do
            # shellcheck disable=SC2086
            attempt spine $command
            documented "$what: $command"
        done
    fi
done
verdict "$stores stores, seed $seed: $found told as damaged, $sound as sound with the same digest"
