#!/usr/bin/env bash
# tools/console.sh    builds console/dist, which the server carries inside; does nothing when its sources are unchanged.
set -uo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "$0")/lib/common.sh"

stamp=build/console.stamp

# What the page is made of: the names, sizes and times of its sources, whatever git thinks of them.
sources() {
  find console -path console/node_modules -prune -o -path console/dist -prune -o -type f -printf '%p %s %T@\n' |
    sort | sha256sum
}

[[ -f console/package.json ]] || exit 0
[[ -d console/dist && -f $stamp && $(cat "$stamp") == "$(sources)" ]] && exit 0
(cd console && npm ci --no-audit --no-fund && npm run build) || exit 1
mkdir -p build
sources >"$stamp"
