#!/usr/bin/env bash
# tools/docs.sh    writes docs/reference from the program itself: `make docs`.
set -uo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "$0")/lib/common.sh"

tools/build.sh || exit 1
use_local_node
build/release/medialith docs --out docs/reference || die "medialith could not write its reference."
node tools/lint_docs.mjs
