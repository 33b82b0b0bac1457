#!/bin/sh
# Puts the real zinit 0.3 where the contract tests find it: built once from the Rust registry, kept outside the clone. Where
# that cannot be done, the reason is kept there instead, the tests say so, and this is no error.
set -eu

version=0.3.9
directory="${XDG_CACHE_HOME:-$HOME/.cache}/zos-boot/zinit-$version"
binary="$directory/bin/zinit-server"
reason="$directory/why-not"

give_up() {
  echo "$1" >"$reason"
  echo "zinit $version: not installed: $1"
  exit 0
}

[ ! -x "$binary" ] || exit 0
mkdir -p "$directory"
PATH="$PATH:$HOME/.cargo/bin"
command -v cargo >/dev/null || give_up "cargo is missing"
echo "zinit $version: building it for the contract tests, once, about a minute"
# Without optimisation and all that is not the server: the build is what takes time, not what it does.
output=$(CARGO_NET_RETRY=1 timeout 600 cargo install zinit --version "=$version" --locked --debug \
  --no-default-features --features server --bin zinit-server --root "$directory" 2>&1) ||
  give_up "cargo install failed: $(echo "$output" | grep -m 1 -i error || echo "$output" | tail -n 1)"
rm -f "$reason"
