#!/usr/bin/env bash
# Writes some 300 hostile workflow files into a folder: floods of aliases, cyclic anchors, depth, huge scalars, duplicate keys, tags, texts
# that look like other types, bytes that are no text.
#
#   hostile_workflows.sh FOLDER
set -eu # without pipefail: `head` ends what writes to it
shopt -s lastpipe # `keep` counts in this shell
[ $# -eq 1 ] && [ -d "$1" ] || { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" >&2; exit 2; }
folder=$1
count=0
keep() { # keep NAME: standard input becomes one file
    count=$((count + 1))
    cat >"$folder/$(printf '%03d' "$count")_$1.yaml"
}
times() { # times COUNT TEXT
    awk -v n="$1" -v text="$2" 'BEGIN { for (i = 0; i < n; ++i) printf "%s", text }'
}
good='name: t.hostile
domain: t
steps:
  - { name: go, type: pipeline, pipeline: common.noop }
'

# Aliases: bombs of several widths and depths, lists of aliases, anchors that hold themselves.
for width in 2 5 9 20 100; do
    for levels in 3 6 9 12; do
        {
            printf 'name: t.bomb\na0: &a0 [x, x]\n'
            for ((level = 1; level <= levels; ++level)); do
                printf 'a%d: &a%d [' "$level" "$level"
                for ((i = 0; i < width; ++i)); do printf '*a%d, ' $((level - 1)); done
                printf 'y]\n'
            done
        } | keep "bomb_${width}_${levels}"
    done
done
for n in 10 99 100 101 1000 20000; do
    { printf 'name: t.aliases\ntags:\n  - &t one\n'; times "$n" $'  - *t\n'; printf 'steps: [{ name: go, pipeline: common.noop }]\n'; } | keep "aliases_$n"
done
printf 'name: &n t.x\ndomain: *n\n%s' "steps: &s [*s]" | keep cycle_list
printf '&top\nname: t.x\nsteps: *top\n' | keep cycle_top
printf 'name: t.x\ndefaults: &d { a: { b: { c: *d } } }\n' | keep cycle_map
printf 'name: t.x\nsteps: [*nowhere]\n' | keep alias_of_nothing
printf 'name: t.x\ndefaults: { a: &a { <<: *a, b: 1 } }\n' | keep cycle_merge

# Depth, in every way to nest.
for depth in 60 63 64 65 66 100 500 1000 5000 20000 100000; do
    { printf 'name: t.deep\ndefaults: '; times "$depth" '['; times "$depth" ']'; echo; } | keep "depth_list_$depth"
    { printf 'name: t.deep\ndefaults: '; times "$depth" '{a: '; printf 1; times "$depth" '}'; echo; } | keep "depth_map_$depth"
    { printf 'name: t.deep\ndefaults:\n'; times "$depth" '- '; echo x; } | keep "depth_dash_$depth"
    { printf 'name: t.deep\ndefaults: '; times "$depth" '['; echo; } | keep "depth_open_$depth"
    { printf 'name: t.deep\n'; times "$depth" '? '; echo x; } | keep "depth_question_$depth"
done
for depth in 60 66 200 1000; do
    { printf 'name: t.deep\ndefaults:\n'; awk -v n="$depth" 'BEGIN { for (i = 1; i <= n; ++i) { printf "%*sa:\n", i, "" } printf "%*sx\n", n + 1, "" }'; } | keep "depth_block_$depth"
done

# Size: scalars, keys, lines, comments, steps.
for bytes in 1000 65536 1000000 1048576 1100000 5000000; do
    { printf 'name: t.big\ndescription: '; times "$bytes" x; printf '\n%s' "${good#*$'\n'}"; } | keep "scalar_$bytes"
    { printf 'name: t.big\ndescription: "'; times "$bytes" x; printf '"\n'; } | keep "quoted_$bytes"
    { times "$bytes" k; printf ': 1\n'; } | keep "key_$bytes"
    { printf '%s# ' "$good"; times "$bytes" c; echo; } | keep "comment_$bytes"
    { printf '%s' "$good"; times "$bytes" $'\n'; } | keep "lines_$bytes"
    { printf 'name: t.big\ndescription: |\n  '; times "$((bytes / 2))" $'x\n  '; echo; } | keep "literal_$bytes"
done
for n in 100 9999 10001 30000; do
    { printf 'name: t.many\nsteps:\n'; awk -v n="$n" 'BEGIN { for (i = 0; i < n; ++i) printf "- {name: s%d, pipeline: common.noop}\n", i }'; } | keep "steps_$n"
    { printf 'name: t.many\ntags: ['; times "$n" 'a, '; printf 'b]\n'; } | keep "tags_$n"
    awk -v n="$n" 'BEGIN { for (i = 0; i < n; ++i) printf "unknown_%d: 1\n", i }' | keep "fields_$n"
done

# One indicator a million times, and ends in the middle of something.
for text in '[' '{' '- ' '? ' '&a ' '*a ' '!' '|' '>' "'" '"' '%' '@' '`' ',' ':' ': ' '#' '~' '\' '---\n' '...\n' '<<: ' 'a: ' '[]' '{}' '\t' '! ' '!!str ' '&a [' '[*a,'; do
    { times 1000 "$(printf '%b' "$text")"; } | keep flood_small
    { printf 'name: t.x\ndefaults: '; times 200000 "$(printf '%b' "$text")" | head -c 1000000; } | keep flood_large
done
for cut in 5 10 20 30 40 50 60; do
    printf '%s' "$good" | head -c "$cut" | keep "cut_$cut"
done

# Keys twice, tags, several documents, merge keys.
printf '%sname: t.again\n' "$good" | keep twice_top
printf 'name: t.x\nsteps:\n  - { name: go, name: go, pipeline: common.noop }\n' | keep twice_step
printf 'name: t.x\ndefaults: { a: 1, "a": 2 }\n' | keep twice_quoted
{ printf 'name: t.x\ndefaults: {'; times 50000 'a: 1, '; printf '}\n'; } | keep twice_often
for tag in '!!python/object:os.system' '!!binary' '!!int' '!custom' '!<tag:x,2000:y>' '!!set' '!!omap' '!'; do
    printf 'name: %s t.x\nsteps: [{ name: go, pipeline: common.noop }]\n' "$tag" | keep tag_scalar
    printf 'name: t.x\ndefaults: %s { a: 1 }\n' "$tag" | keep tag_map
    printf 'name: t.x\nsteps: %s []\n' "$tag" | keep tag_list
done
printf '%s---\n%s' "$good" "$good" | keep documents
times 5000 $'---\n' | keep documents_many
printf '%%YAML 9.9\n---\n%s' "$good" | keep directive
printf '%%TAG ! tag:evil,2000:\n---\n%s' "$good" | keep directive_tag

# Texts that look like other types, where text is wanted and where a number is.
for text in no yes on off true null '~' 1e3 0x1f 0o17 017 1_000 .inf -.nan 1:30 2025-12-19 '=' '<<' '1.0.0' '+1' '.5' '""' "''"; do
    printf 'name: t.x\ndomain: %s\ndescription: %s\nsteps: [{ name: go, pipeline: common.noop, stage: %s }]\n' "$text" "$text" "$text" | keep looks_text
    printf 'name: t.x\nversion: %s\nsteps: [{ name: go, pipeline: common.noop, end: %s }]\n' "$text" "$text" | keep looks_number
    printf 'name: %s\nsteps: [{ name: %s, pipeline: %s }]\n' "$text" "$text" "$text" | keep looks_name
done

# Bytes that are no text.
printf '\377\376n\000a\000m\000e\000' | keep utf16
printf '\357\273\277%s' "$good" | keep bom
printf 'name: t.\000x\n' | keep nul
printf 'name: "\300\200"\n' | keep overlong
printf 'name: "\355\240\200"\n' | keep surrogate
printf 'name: "\364\220\200\200"\n' | keep beyond
printf 'name: t.x\ndescription: "\\ud800"\n' | keep escape_surrogate
printf 'name: t.x\ndescription: "\\x00"\n' | keep escape_nul
printf 'name: t.x\r\nsteps: [{ name: go, pipeline: common.noop }]\r\n' | keep crlf
printf '\tname: t.x\n' | keep tab
: | keep empty
head -c 100000 /dev/zero | keep zeros
head -c 100000 /dev/urandom | keep noise

# Conditions that are hostile themselves.
for depth in 10 31 32 33 100 2000 4000; do
    for piece in '(' '-' 'not ' '[' 'size('; do
        { printf 'name: t.x\nsteps:\n  - { name: go, pipeline: common.noop }\n  - name: route\n    type: choice\n    condition: "'; times "$depth" "$piece"; printf 'a"\n    then_step: end_of_it\n  - { name: end_of_it, pipeline: common.noop }\n'; } | keep condition
    done
done
{ printf 'name: t.x\nsteps:\n  - name: route\n    type: choice\n    condition: "a'; times 100000 ' and a'; printf '"\n    then_step: x\n  - { name: x, pipeline: common.noop }\n'; } | keep condition_long
