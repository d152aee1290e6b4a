#!/usr/bin/env bash
# tools/fresh.sh [--lend-ccache] [--keep]    tries the README's two commands in a fresh Debian 12: `make test-fresh`.
#
# A minimal bookworm with git and make is made by debootstrap; inside it HEAD is cloned, `make run` has to end in a ready
# server that answers, `make test` has to pass. To stay within its time, `make test` runs SUITES="lint unit docs" there (the whole
# gate runs outside, on the same commit); FRESH_SUITES= (empty) runs all of it. There is no Node in the system, so this is
# also the test of how one is brought along.
#
# --lend-ccache    the compiler cache of this machine is mounted into the system
# --keep           the system stays in place afterwards (its path is printed)
#
# Needs root. The system has its own mount and process namespaces: whatever was started in it ends with it. It uses the
# network as this machine does: Debian mirror, npm registry, certificates and proxies are taken from here.
# Ends with the line "N passed, N failed".
set -uo pipefail
# shellcheck source=lib/common.sh
source "$(dirname "$0")/lib/common.sh"

readonly READY_MINUTES=25
lend_ccache=no
keep=no
for argument in "$@"; do
  case $argument in
    --lend-ccache) lend_ccache=yes ;;
    --keep) keep=yes ;;
    *) die "tools/fresh.sh: unknown argument $argument" ;;
  esac
done

if ((EUID != 0)); then
  sudo -n true 2>/dev/null || die "make test-fresh makes a chroot and needs root." "0 passed, 1 failed"
  exec sudo -n --preserve-env=FRESH_SUITES "$ROOT/tools/fresh.sh" "$@"
fi

# Everything below runs in namespaces of its own; when this process ends, so does all that it started and mounted.
if [[ ${FRESH_INSIDE:-} != yes ]]; then
  tools/setup.sh build fresh || exit 1
  FRESH_INSIDE=yes exec unshare --mount --pid --fork --kill-child --mount-proc "$0" "$@"
fi

passed=0
failed=0
system=$(mktemp -d /var/tmp/medialith-fresh.XXXXXX)
chmod 755 "$system" # the system is somebody else's too: apt reads it as _apt
log=$system.log
home=/root/medialith
suites=${FRESH_SUITES-lint unit docs}

finish() {
  if [[ $keep == yes ]]; then
    echo "  kept: $system"
  else
    umount -R "$system"/{dev,proc,sys,var/cache/ccache} 2>/dev/null
    # Never delete through a mount that would not go: it may be this machine's /dev.
    grep -q " $system/" /proc/self/mounts || rm -rf --one-file-system "$system"
    rm -f "$log"
  fi
}
trap finish EXIT
trap 'exit 130' INT TERM

# check NAME COMMAND…    one of the counted facts
check() {
  local name=$1 begun=$SECONDS
  shift
  if "$@" >>"$log" 2>&1; then
    passed=$((passed + 1))
    printf '  ✓ %s (%d s)\n' "$name" $((SECONDS - begun))
  else
    failed=$((failed + 1))
    printf '  ✗ %s (%d s)\n' "$name" $((SECONDS - begun))
    tail -n 40 "$log"
  fi
}

inside() {
  chroot "$system" /usr/bin/env -i "${environment[@]}" bash -c "$1"
}

# The mirror that apt uses here, so that a local mirror or a proxy serves the fresh system too.
debian_index() {
  apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(COMPONENT) $(REPO_URI)' | grep "^Debian $1 main " | head -n 1 | cut -d ' ' -f 4
}

make_system() {
  local mirror updates security
  mirror=$(debian_index bookworm)
  mirror=${mirror:-http://deb.debian.org/debian}
  debootstrap --variant=minbase --include=git,make,ca-certificates bookworm "$system" "$mirror" || return
  updates=$(debian_index bookworm-updates)
  security=$(debian_index bookworm-security)
  {
    echo "deb $mirror bookworm main"
    [[ -n $updates ]] && echo "deb $updates bookworm-updates main"
    [[ -n $security ]] && echo "deb $security bookworm-security main"
  } >"$system/etc/apt/sources.list"
  grep -ls '^ *Acquire' /etc/apt/apt.conf.d/* | xargs -r cp -t "$system/etc/apt/apt.conf.d/"
  cp /etc/resolv.conf "$system/etc/resolv.conf"
  if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
    cp /usr/local/share/ca-certificates/*.crt "$system/usr/local/share/ca-certificates/"
    chroot "$system" update-ca-certificates || return
  fi
  mount -t proc proc "$system/proc"
  mount --rbind /sys "$system/sys" && mount --make-rslave "$system/sys"
  mount --rbind /dev "$system/dev" && mount --make-rslave "$system/dev"
}

# npm there asks the registry that npm here asks.
describe_environment() {
  environment=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb)
  environment+=("npm_config_registry=$(npm config get registry 2>/dev/null)")
  if [[ $(npm config get cafile 2>/dev/null) != null ]]; then
    environment+=("npm_config_cafile=/etc/ssl/certs/ca-certificates.crt")
  fi
  local name
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [[ -n ${!name:-} ]] && environment+=("$name=${!name}")
  done
  if [[ $lend_ccache == yes ]]; then
    local cache
    cache=$(ccache --get-config cache_dir)
    mkdir -p "$cache" "$system/var/cache/ccache"
    mount --bind "$cache" "$system/var/cache/ccache"
    environment+=(CCACHE_DIR=/var/cache/ccache)
  fi
}

clone() {
  git bundle create "$system/root/medialith.bundle" HEAD &&
    inside "git clone -q -c advice.detachedHead=false /root/medialith.bundle $home && rm /root/medialith.bundle"
}

no_node_yet() { ! inside 'command -v node npm'; }

# `make run` as a newcomer types it, on a port that is free; its banner says which one that was.
run_server() {
  local output=$system/root/run.log server deadline=$((SECONDS + READY_MINUTES * 60)) url= answered=1
  # setsid: its process group is then what SIGTERM ends, the server in it.
  setsid chroot "$system" /usr/bin/env -i "${environment[@]}" bash -c "cd $home && exec make run PORT=0" >"$output" 2>&1 &
  server=$!
  while kill -0 "$server" 2>/dev/null && ((SECONDS < deadline)); do
    if grep -q '^Medialith .* ready' "$output"; then
      url=$(grep -oE 'https?://[0-9.]+:[0-9]+' "$output" | head -n 1)
      node -e "fetch('$url/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))" && answered=0
      break
    fi
    sleep 1
  done
  cat "$output"
  kill -TERM -- "-$server" 2>/dev/null
  wait "$server"
  return "$answered"
}

run_tests() {
  inside "cd $home && make test SUITES='$suites'" | tee -a "$log" | grep -qE '^[1-9][0-9]* passed, 0 failed$'
}

echo "A fresh Debian 12 in $system (log: $log)"
environment=()
check 'debootstrap bookworm' make_system
if ((failed == 0)); then
  describe_environment
  check 'git clone' clone
  check 'the system has no Node' no_node_yet
  check 'make run: ready, and /healthz answers' run_server
  check "make test SUITES=\"$suites\"" run_tests
fi
echo
echo "$passed passed, $failed failed"
((failed == 0))
