#!/usr/bin/env bash
# Installs the Debian 12 packages that spine needs, and only those that are missing.
#
#   install_deps.sh [build] [test] [bench]      without arguments: build
#
#   build   compile and run the program
#   test    run the tests as well
#   bench   run the benchmarks in tests/bench as well
#
# Needs root, or sudo, only when something is missing.
set -euo pipefail

# Boost by its version: Debian 12 has two, and the packages without a version are the older one.
build=(
    g++ cmake ninja-build ccache
    libboost1.81-dev libboost-filesystem1.81-dev libboost-json1.81-dev libboost-program-options1.81-dev
    libboost-test1.81-dev
    libsqlite3-dev libsqlitecpp-dev libspdlog-dev libfmt-dev libyaml-cpp-dev libhowardhinnant-date-dev
    libssl-dev libxxhash-dev zlib1g-dev libarchive-dev
)
# binutils: the exported symbols of plugins; sqlite3: a second opinion about what is in a store;
# util-linux: private mounts and ordinary users in tests/system; faketime: days that pass there in no time;
# python3: the independent computation of every table of the first domain.
test=(binutils sqlite3 util-linux gzip faketime python3)
# python3 for the generator of large files and the peers.
bench=(libbenchmark-dev python3 sqlite3)

wanted=()
[ $# -gt 0 ] || set -- build
for part in "$@"; do
    case $part in
        build) wanted+=("${build[@]}") ;;
        test) wanted+=("${test[@]}") ;;
        bench) wanted+=("${bench[@]}") ;;
        -h | --help)
            sed -n '2,10s/^# \{0,1\}//p' "$0"
            exit 0
            ;;
        *)
            echo "install_deps.sh: unknown part '$part'; there are build, test and bench" >&2
            exit 2
            ;;
    esac
done

if ! command -v dpkg-query >/dev/null; then
    echo "install_deps.sh: this is no Debian system; install what these Debian 12 packages bring:" >&2
    printf '  %s\n' "${wanted[@]}" >&2
    exit 1
fi

missing=()
for package in "${wanted[@]}"; do
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
    echo "packages: nothing is missing"
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "install_deps.sh: packages are missing, and this is neither root nor is there a sudo; as root run:" >&2
        echo "  apt-get update && apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

echo "packages: installing ${missing[*]}"
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=3 -o Dpkg::Use-Pty=0)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { "${apt[@]}" update && "${apt[@]}" install --yes --no-install-recommends "${missing[@]}"; } \
    </dev/null >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    echo "install_deps.sh: the packages could not be installed; apt-get's last words are above" >&2
    exit 1
fi
