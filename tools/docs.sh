#!/usr/bin/env bash
# tools/docs.sh    writes docs/reference from the program itself: `make docs`.
set -uo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "$0")/lib/common.sh"

tools/build.sh || exit 1
use_local_node
out=docs/reference
build/release/medialith docs configuration >"$out/configuration.md" || die "medialith could not write its reference."

# The API describes itself while it is served.
data=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; wait; rm -rf "$data"' EXIT
: >"$data/banner"
build/release/medialith serve --listen 127.0.0.1:0 --data "$data" >"$data/banner" &
server=$!
until url=$(awk '$1 == "Open" { print $2 }' "$data/banner") && [[ -n $url ]]; do
  kill -0 "$server" 2>/dev/null || die "medialith did not start."
  sleep 0.1
done
curl -fsS "$url/openapi.json" | node -e '
  let text = ""; process.stdin.on("data", (piece) => (text += piece));
  process.stdin.on("end", () => process.stdout.write(`${JSON.stringify(JSON.parse(text), null, 2)}\n`));
' >"$out/openapi.json" || die "The API could not be described."
node tools/lint_docs.mjs
