#!/usr/bin/env bash
# tools/build.sh          builds build/release/medialith with the console inside: `make build`.
# tools/build.sh --run    the same, and then starts the server: `make run`.
#
# LISTEN, PORT and DATA are where the server listens and keeps its data; MEDIALITH_* reach it untouched.
set -uo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "$0")/lib/common.sh"
# shellcheck source=lib/steps.sh
source "$ROOT/tools/lib/steps.sh"

readonly PORT_DEFAULT=8787

set_up() { STEPS_RUNNING=yes tools/setup.sh build; }

build_server() {
  cmake --preset release >/dev/null && NINJA_STATUS='[%f/%t] ' ninja -C build/release -j "$(build_jobs)" medialith
}

start_server() {
  local arguments=() listen=${LISTEN:-127.0.0.1}
  if [[ -n ${LISTEN:-}${PORT:-} || -z ${MEDIALITH_LISTEN:-} ]]; then
    [[ $listen =~ :[0-9]+$ ]] || listen+=:${PORT:-$PORT_DEFAULT}
    arguments+=(--listen "$listen")
  fi
  if [[ -n ${DATA:-} || -z ${MEDIALITH_DATA:-} ]]; then arguments+=(--data "${DATA:-./data}"); fi
  exec build/release/medialith serve "${arguments[@]}"
}

if [[ -x build/release/medialith ]]; then
  echo "Medialith: bringing the build up to date (log: ${LOG#"$ROOT"/})"
else
  echo "Medialith: first-time set-up (log: ${LOG#"$ROOT"/})"
fi
names=(packages console server)
[[ ${1:-} == --run ]] && names+=(start)
steps_begin "${names[@]}"
step set_up || exit 1
use_local_node
step node console/scripts/build.mjs --if-changed || exit 1
step build_server || exit 1
if [[ ${1:-} == --run ]]; then
  step_handover
  steps_end
  echo
  start_server
fi
steps_end
