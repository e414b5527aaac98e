# Shared by the scripts beside it: sourced, never run. Short shell, no logic of the product.
# shellcheck shell=bash
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
var=$root/var
npm_bin=$root/tests/node_modules/.bin
mkdir -p "$var/stamps"

say() { printf '%s: %s\n' "$(basename "$0")" "$*"; }
warn() { say "$*" >&2; }
die() { warn "$*"; exit 1; }

# hash_of WORD-OR-FILE...: one digest over the named files (directories: every file below) and the words.
hash_of() {
  local arg
  for arg in "$@"; do
    if [ -d "$arg" ]; then
      find "$arg" -type f ! -path '*/node_modules/*' ! -path '*/target/*' ! -path '*/dist/*' -print0 | sort -z | xargs -0r sha256sum
    elif [ -f "$arg" ]; then sha256sum "$arg"
    else printf '%s\n' "$arg"
    fi
  done | sha256sum | cut -d' ' -f1
}

# stamped NAME HASH: whether step NAME was last finished with inputs of this digest.
stamped() { [ "$(cat "$var/stamps/$1" 2>/dev/null)" = "$2" ]; }
stamp() { printf '%s\n' "$2" >"$var/stamps/$1"; }

# one_at_a_time NAME: waits until no other run of step NAME is under way; until this script ends, none begins.
one_at_a_time() {
  exec 9>"$var/stamps/$1.lock"
  flock 9
}

# The Node that wrangler needs (>= 22): the pinned one of tests/package.json, else the machine's.
node_new() {
  local pinned
  for pinned in "$root"/tests/node_modules/node-linux-*/bin/node; do
    [ -x "$pinned" ] && { printf '%s\n' "$pinned"; return; }
  done
  command -v node
}

# WebAssembly 1.0 plus mutable globals: what old iOS runtimes take.
wasm_mvp_flags='-C target-cpu=mvp -C target-feature=+mutable-globals'

# wasm_cargo KIND ARGS...: cargo for wasm32-unknown-unknown; KIND is `default`, `mvp` or `unwind` (where a panic can be
# caught); output in target/wasm-KIND.
# scripts/setup wrote down which compiler it found; a std is only good with the compiler that built it.
wasm_cargo() {
  local kind=$1 flags='' cargo rustc
  shift
  [ -f "$var/wasm/toolchain" ] || die "no WASM toolchain yet: run scripts/setup"
  { read -r cargo; read -r rustc; } <"$var/wasm/toolchain"
  if [ -d "$var/wasm/$kind" ]; then flags="--sysroot=$var/wasm/$kind"; fi
  case $kind in
    mvp) flags="$flags $wasm_mvp_flags" ;;
    unwind) flags="$flags -C panic=unwind" ;;
  esac
  RUSTC=$rustc CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="$flags" \
    CARGO_TARGET_DIR="$root/target/wasm-$kind" "$cargo" "$@" --target wasm32-unknown-unknown
}

# wasm_tool ARGS...: the workspace's own program that writes the JavaScript around compiled WASM.
wasm_tool() {
  (cd "$root" && cargo build -q -p wasm-tool)
  "${CARGO_TARGET_DIR:-$root/target}/debug/wasm-tool" "$@"
}

# wasm_shrink KIND FILE...: the optimiser, in place, with the features that KIND's module uses (`worker`: default and
# the exceptions that a panic is).
wasm_shrink() {
  local kind=$1 file features=(--mvp-features --enable-mutable-globals)
  shift
  if [ "$kind" != mvp ]; then
    features+=(--enable-bulk-memory --enable-bulk-memory-opt --enable-multivalue --enable-nontrapping-float-to-int
      --enable-reference-types --enable-sign-ext)
  fi
  if [ "$kind" = worker ]; then features+=(--enable-exception-handling); fi
  for file; do
    "$npm_bin/wasm-opt" "${features[@]}" -Oz --strip-debug --strip-producers --strip-target-features "$file" -o "$file.small"
    mv "$file.small" "$file"
  done
}

# sizes NAME FILE: one line: raw, gzip and brotli bytes.
sizes() {
  printf '%-10s %8d raw %8d gzip %8d brotli\n' "$1" "$(wc -c <"$2")" "$(gzip -9 -c "$2" | wc -c)" "$(brotli -q 11 -c "$2" | wc -c)"
}

# prefer_fetched_mysql: what scripts/setup --mysql fetched comes first on PATH. Called again by a script that has just
# run the set-up.
prefer_fetched_mysql() {
  if [ -x "$var/mysql/bin/mysqld" ] && [[ $PATH != "$var/mysql/bin:"* ]]; then PATH=$var/mysql/bin:$PATH; fi
}
prefer_fetched_mysql

# server_version mysql|mariadb: the name and version of the installed server; fails if there is none.
server_version() {
  local said
  case $1 in
    # Debian's MariaDB has a program of this name too.
    mysql) said=$(mysqld --no-defaults --version 2>/dev/null) && [[ $said != *MariaDB* ]] && printf 'MySQL ' ;;
    mariadb) said=$(PATH=$PATH:/usr/sbin mariadbd --no-defaults --version 2>/dev/null) && printf 'MariaDB ' ;;
    *) die "GYM_DATABASE is $1: mysql or mariadb is meant" ;;
  esac || return 1
  sed 's/.*Ver //; s/[ -].*//' <<<"$said"
}

# chosen_server: what GYM_DATABASE says, else MySQL where it is, else MariaDB: as tests and the program choose.
chosen_server() {
  case ${GYM_DATABASE:-auto} in
    auto) if server_version mysql >/dev/null; then echo mysql; else echo mariadb; fi ;;
    *) printf '%s\n' "$GYM_DATABASE" ;;
  esac
}
