#!/bin/sh
# Makes a fresh clone ready to run: commands, node_modules, bundle. What is there already is left alone and costs
# nothing, so `npm start` and `npm test` run this each time. Nothing that it installs starts a service.
#
# usage: setup.sh [browser | hostile | vm]   also what tests of the live page need, or hostile packets are made with, or
#   those on an emulated machine
set -eu
kind=${1:-}
cd "$(dirname "$0")/.."

minimum_node=20.19
exit_unavailable=69 # sysexits(3) EX_UNAVAILABLE: a needed program is missing

say() {
  echo "setup: $*"
}

fail() {
  echo "setup: $*" >&2
  exit "$exit_unavailable"
}

check_node() {
  command -v node >/dev/null || fail "Node.js is missing; $minimum_node or newer is needed"
  version=$(node --version)
  major_minor=${version#v}
  major=${major_minor%%.*}
  minor=${major_minor#*.}
  minor=${minor%%.*}
  if [ "$major" -lt "${minimum_node%.*}" ] ||
    { [ "$major" -eq "${minimum_node%.*}" ] && [ "$minor" -lt "${minimum_node#*.}" ]; }; then
    fail "Node.js $version is too old; $minimum_node or newer is needed"
  fi
}

# A user's PATH often has no sbin, but the program looks there too.
has_command() {
  command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || [ -x "/sbin/$1" ]
}

# Each needed command and the Debian package that has it.
needed_commands() {
  cat <<'END'
ip iproute2
nft nftables
dhcpcd dhcpcd-base
udhcpc udhcpc
dnsmasq dnsmasq-base
rdisc6 ndisc6
nc netcat-openbsd
sysctl procps
ps procps
mount mount
unshare util-linux
nsenter util-linux
setpriv util-linux
flock util-linux
openssl openssl
END
  case $kind in
    # A browser without a font shows no text.
    browser) printf '%s\n' 'chromium chromium' 'chromium fonts-liberation' ;;
    hostile) echo 'scapy3 python3-scapy' ;;
    vm)
      cat <<'END'
qemu-system-x86_64 qemu-system-x86
qemu-img qemu-utils
mmdebstrap mmdebstrap
mke2fs e2fsprogs
END
      ;;
  esac
}

missing_packages() {
  needed_commands | while read -r name package; do
    has_command "$name" || echo "$package"
  done | sort -u | paste -s -d ' ' -
}

has_candidates() {
  for package in "$@"; do
    apt-cache policy "$package" 2>/dev/null | grep -q 'Candidate: [0-9]' || return 1
  done
}

# What apt says is of interest only when it fails.
apt_install() {
  output=$(DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" 2>&1) && return
  echo "$output" >&2
  return 1
}

apt_update() {
  say "updating the package lists"
  apt-get update -qq
}

ensure_commands() {
  packages=$(missing_packages)
  [ -n "$packages" ] || return 0
  install_line="apt-get install --no-install-recommends $packages"
  command -v apt-get >/dev/null || fail "missing packages (Debian's names): $packages"
  [ "$(id -u)" -eq 0 ] || fail "missing packages: $packages; as root: $install_line"
  # Word splitting is meant: one argument for each package.
  # shellcheck disable=SC2086
  {
    has_candidates $packages || apt_update || fail "the package lists cannot be updated; missing packages: $packages"
    say "installing $packages"
    apt_install $packages || { apt_update && apt_install $packages; } || fail "failed: $install_line"
  }
  packages=$(missing_packages)
  [ -z "$packages" ] || fail "installed, but some of their commands are still missing: $packages"
}

is_newer() {
  [ -e "$1" ] && [ -n "$(find "$1" -newer "$2")" ]
}

# The lock file as of the last installation is kept beside what was installed. An installation by hand has no such copy,
# but npm's own record of it, which it writes last.
are_modules_current() {
  if [ -e node_modules/.installed-lock.json ]; then
    cmp -s package-lock.json node_modules/.installed-lock.json
  else
    is_newer node_modules/.package-lock.json package-lock.json
  fi
}

ensure_modules() {
  if ! are_modules_current; then
    say "installing node_modules from package-lock.json"
    npm ci --include=dev --loglevel=error --no-progress >/dev/null || fail "npm ci failed"
  fi
  cmp -s package-lock.json node_modules/.installed-lock.json || cp package-lock.json node_modules/.installed-lock.json
}

# Directories count too: their time changes when a file in them is removed.
is_bundle_current() {
  [ -e dist/zos-boot.mjs ] && [ -e dist/program.cjs ] && [ -e dist/dhcp-event ] && [ -e dist/udhcpc-event ] &&
    [ -z "$(find src machines effects docs/statecharts scripts package-lock.json package.json -newer dist/zos-boot.mjs | head -n 1)" ]
}

ensure_bundle() {
  is_bundle_current && return
  say "building dist/zos-boot.mjs"
  node scripts/build.mjs
}

# npx finds a project's own program only where it finds those of its dependencies.
ensure_link() {
  [ -L node_modules/.bin/zos-boot ] || ln -s ../../dist/zos-boot.mjs node_modules/.bin/zos-boot
}

check_node
ensure_commands
ensure_modules
ensure_bundle
ensure_link
