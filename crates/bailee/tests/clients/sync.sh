#!/usr/bin/env bash
# Synchronises real files into a server of its own and out again with rclone, compares byte for byte, and does both once
# more, when there must be nothing to do. Run by hand; CONTRIBUTING.md says when. Needs about four times the room of the
# files, in the folder that TMPDIR names; cleans up after itself.
#
#   sync.sh BAILEE RCLONE SMALL LARGE_MIB FROM...
#
# BAILEE, RCLONE  the two programs
# SMALL           how many files below 64 KiB to take from the folders FROM, with their paths
# LARGE_MIB       how much to make of large files: pieces of 256 MiB of an archive of the folders FROM

set -euo pipefail

if (($# < 5)); then
    sed -n 's/^# \{0,1\}//; 2,/^$/p' "$0" >&2
    exit 2
fi
bailee=$(realpath "$1") rclone=$(realpath "$2") small=$3 large=$4
shift 4

work=$(mktemp -d -t bailee-sync-XXXXXX)
server=
trap 'if [[ $server ]]; then kill "$server"; wait "$server" || true; fi; rm -rf "$work"' EXIT
cd "$work"

# A folder may hold less than was asked for; then nothing is proved.
collect() {
    mkdir -p files/small files/large
    local found
    # The list may be cut short, which is no failure of what makes it.
    { find "$@" -xdev -type f -readable -size -64k -print0 2>/dev/null || true; } |
        { head -z -n "$small" || true; } >list
    found=$(tr -cd '\0' <list | wc -c)
    if ((found < small)); then
        echo "$* hold $found small files only: name more folders" >&2
        exit 1
    fi
    xargs -0 cp --parents --no-preserve=mode -t files/small <list
    if ((large > 0)); then
        { tar -c --ignore-failed-read "$@" 2>/dev/null || true; } |
            { head -c "$((large << 20))" || true; } | split -b 256M - files/large/piece-
        if (($(du -b --summarize --apparent-size files/large | cut -f1) < large << 20)); then
            echo "$* hold less than $large MiB: name more folders" >&2
            exit 1
        fi
    fi
}

serve() {
    mkfifo ready
    env -i "$bailee" demo --json --data "$work/data" --listen 127.0.0.1:0 >ready 2>server.log &
    server=$!
    # Kept open: the server may say more.
    exec 3<ready
    read -r line <&3
    word() { grep -o "\"$1\":\"[^\"]*\"" <<<"$line" | head -n 1 | cut -d '"' -f 4; }
    # Settings of whoever runs this, such as another CA, would mislead the client.
    unset "${!AWS_@}" "${!RCLONE_@}" SSL_CERT_FILE SSL_CERT_DIR
    export RCLONE_CONFIG="$work/rclone.conf" RCLONE_CA_CERT RCLONE_CONFIG_B_TYPE=s3 RCLONE_CONFIG_B_PROVIDER=Other
    export RCLONE_CONFIG_B_ENDPOINT RCLONE_CONFIG_B_ACCESS_KEY_ID RCLONE_CONFIG_B_SECRET_ACCESS_KEY RCLONE_RETRIES=1
    RCLONE_CA_CERT=$(word ca) RCLONE_CONFIG_B_ENDPOINT=$(word s3)
    RCLONE_CONFIG_B_ACCESS_KEY_ID=$(word s3_access_key) RCLONE_CONFIG_B_SECRET_ACCESS_KEY=$(word s3_secret_key)
    touch "$RCLONE_CONFIG"
}

# The most memory in MB that the server has had until now (proc_pid_status(5)).
memory() { awk '/VmHWM/ { print int($2 / 1e3) }' "/proc/$server/status"; }

# sync NAME EXPECTED FROM TO: EXPECTED files must move, no more and no less.
sync() {
    local name=$1 expected=$2 start end moved bytes
    start=$(date +%s%N)
    "$rclone" sync "$3" "$4" --fast-list --transfers 8 --checkers 16 --use-json-log --stats 1h -v 2>rclone.log ||
        { grep -v '"level":"info"' rclone.log | tail -n 5 >&2; exit 1; }
    end=$(date +%s%N)
    # The last line of statistics, which rclone writes when it ends.
    moved=$(grep -o '"transfers":[0-9]*' rclone.log | tail -n 1 | cut -d : -f 2)
    bytes=$(grep -o '"stats":{"bytes":[0-9]*' rclone.log | tail -n 1 | grep -o '[0-9]*$')
    awk -v name="$name" -v moved="$moved" -v bytes="$bytes" -v ns="$((end - start))" -v memory="$(memory)" 'BEGIN {
        s = ns / 1e9; mb = bytes / 1e6
        form = "%-16s %6d files %7.1f MB %7.1f s %6.0f files/s %6.1f MB/s   server at most %4d MB\n"
        printf form, name, moved, mb, s, moved / s, mb / s, memory }'
    if ((moved != expected)); then
        echo "$name: $moved files moved, and $expected must" >&2
        exit 1
    fi
}

collect "$@"
serve
for kind in small large; do
    count=$(find "files/$kind" -type f | wc -l)
    if ((count == 0)); then continue; fi
    sync "$kind in" "$count" "files/$kind" "b:sync-$kind"
    sync "$kind in again" 0 "files/$kind" "b:sync-$kind"
    sync "$kind out" "$count" "b:sync-$kind" "back/$kind"
    sync "$kind out again" 0 "b:sync-$kind" "back/$kind"
    diff --recursive --brief "files/$kind" "back/$kind"
    echo "$kind: $count files are the same byte for byte"
    # What is compared is not needed for the next.
    rm -rf "files/$kind" "back/$kind"
done
