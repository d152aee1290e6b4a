#!/usr/bin/env bash
# tools/test.sh VERB    installs what the verb needs, builds the console and hands over to tools/gate.mjs. `make test` and
#                       its like. Verbs: gate, all, lint, fuzz, prove, soak, bench.
set -uo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "$0")/lib/common.sh"
# shellcheck source=lib/steps.sh
source "$ROOT/tools/lib/steps.sh"

verb=${1:?usage: tools/test.sh VERB}
case $verb in
  lint) purposes=(build lint) ;;
  gate) purposes=(build lint test) ;;
  all) purposes=(build lint test all fresh) ;;
  fuzz) purposes=(build) ;;
  bench) purposes=(build bench) ;;
  *) purposes=(build test) ;;
esac

set_up() { STEPS_RUNNING=yes tools/setup.sh "${purposes[@]}"; }

echo "Medialith: setting up for $verb (log: ${LOG#"$ROOT"/})"
steps_begin packages console
step set_up || exit 1
use_local_node
step node console/scripts/build.mjs --if-changed || exit 1
steps_end

JOBS=$(build_jobs)
export JOBS
exec node tools/gate.mjs "$verb"
