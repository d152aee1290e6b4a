#!/usr/bin/env bash
# tools/lint.sh        every lint over everything: `make lint`
# tools/lint.sh fmt    formats the code instead of complaining: `make fmt`
set -uo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "$0")/lib/common.sh"

[[ ${1:-} == fmt ]] || exec tools/test.sh lint

tools/setup.sh build lint || exit 1
use_local_node
git ls-files -z --cached --others --exclude-standard '*.cpp' '*.hpp' | xargs -0 -r clang-format-19 -i
if [[ -f console/package.json ]] && grep -q '"fmt":' console/package.json; then
  (cd console && npm ci --no-audit --no-fund --loglevel=error && npm run --silent fmt)
fi
