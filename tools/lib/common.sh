# Sourced by every script of tools/: where things are, which Node is used, how many compilers run at once.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LOG=${LOG:-$ROOT/build/setup.log}
# Where apt tells how far it is; the step that runs it shows a bar.
PROGRESS=$ROOT/build/.progress
cd "$ROOT" || exit 1

# A Node that tools/setup.sh had to bring along lies here and goes before an older one of the system.
use_local_node() {
  local bin=$ROOT/build/tools/node/bin
  if [[ -x $bin/node && :$PATH: != *:$bin:* ]]; then
    PATH=$bin:$PATH
    export PATH
  fi
}

node_arch() {
  case $(uname -m) in
    aarch64) echo arm64 ;;
    *) echo x64 ;;
  esac
}

# Compilers at once: one per core, but never more than memory carries (a coroutine-heavy file takes up to 1.5 GB).
build_jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/MemAvailable/ { print int($2 / 1572864) }' /proc/meminfo)
  ((memory < 1)) && memory=1
  echo "${JOBS:-$((cores < memory ? cores : memory))}"
}

die() {
  printf '%s\n' "$@" >&2
  exit 1
}

use_local_node
