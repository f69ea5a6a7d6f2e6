# lib.sh - what scripts/server and scripts/test share. Sourced, not run.

TOP=$(cd "$(dirname "$0")/.." && pwd)

if [ -t 1 ]; then
  bold=$(printf '\033[1m') dim=$(printf '\033[2m') red=$(printf '\033[31m') plain=$(printf '\033[0m')
else
  bold='' dim='' red='' plain=''
fi

say() { printf '%s==>%s %s\n' "$bold" "$plain" "$*"; }
note() { printf '    %s%s%s\n' "$dim" "$*" "$plain"; }
die() {
  printf '%serror:%s %s\n' "$red" "$plain" "$1" >&2
  shift
  for line in "$@"; do printf '       %s\n' "$line" >&2; done
  exit 1
}

# Runs a command with its output in a log; shows the end of it when the command fails.
quietly() {
  log=$1
  shift
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 40 "$log" >&2
    die "this failed: $*" "the whole output is in $log"
  fi
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "root's rights are needed for: $*" "run it as root, or install sudo, or install the packages by hand"
  fi
}

# Packages for building and running (cmocka for the tests of plugins), and those for our own tests; the table in README.md has the reasons.
PACKAGES_RUN='gcc libc6-dev make pkg-config libcmocka-dev libpq-dev libjansson-dev libzip-dev libmemcached-dev
  libsodium-dev libseccomp-dev libcurl4-openssl-dev libcjose-dev liboath-dev libqrencode-dev libfido2-dev libmagic-dev libjpeg-dev
  libpng-dev libwebp-dev ca-certificates libfcgi-dev nginx libnginx-mod-nchan postgresql-15 memcached zip curl'
PACKAGES_FUZZ='clang-14 libclang-rt-14-dev'
PACKAGES_TEST='postgresql-15-pgtap libtap-parser-sourcehandler-pgtap-perl chromium
  fonts-noto-color-emoji unzip libfcgi-bin minisign openssl nftables strace libfaketime'
PACKAGES_BENCH='wrk'
PACKAGES_PEERS='golang-go golang-github-jackc-pgx-v4-dev golang-github-golang-jwt-jwt-dev'

is_installed() { [ "$(dpkg-query -W -f '${Status}' "$1" 2>/dev/null)" = 'install ok installed' ]; }

# Installs what is missing. The services that come with packages (nginx, PostgreSQL, memcached) are
# neither started nor enabled when they are new here: Mortise runs its own beside them.
install_packages() {
  [ -r /etc/debian_version ] || die 'this is not Debian' 'INSTALL lists what to install by hand'
  missing=''
  for p in "$@"; do is_installed "$p" || missing="$missing $p"; done
  command -v node >/dev/null || missing="$missing nodejs"
  command -v npm >/dev/null || missing="$missing npm"
  [ -n "$missing" ] || return 0
  say "Installing Debian packages:$missing"
  new=''
  for s in nginx postgresql memcached; do
    case "$missing" in *" $s"*) new="$new $s" ;; esac
  done
  policy=/usr/sbin/policy-rc.d made=''
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
    made=yes
  fi
  # An index that is there may be old, or for other sources: refresh it once.
  ok=yes
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -q update >"$PKG_LOG" 2>&1 || ok=''
  # shellcheck disable=SC2086
  if [ -n "$ok" ]; then
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing \
      >>"$PKG_LOG" 2>&1 || ok=''
  fi
  [ -z "$made" ] || as_root rm -f "$policy"
  if [ -z "$ok" ]; then
    tail -n 30 "$PKG_LOG" >&2
    die 'the packages could not be installed' "the whole output is in $PKG_LOG"
  fi
  if command -v systemctl >/dev/null; then
    for s in $new; do as_root systemctl disable "$s" >/dev/null 2>&1 || true; done
  fi
}

# nchan keeps nginx's built-in temporary path in its configuration, and nginx refuses to start when it
# is not there and can't be made. A first start as root makes it; ours are not as root.
make_nginx_path() {
  [ -d /var/lib/nginx/body ] || as_root install -d -o www-data -g root -m 700 /var/lib/nginx/body
}

port_in_use() {
  node -e 'const s=require("net").connect(+process.argv[1],"127.0.0.1");
    s.on("connect",()=>process.exit(0));s.on("error",()=>process.exit(1))' "$1"
}

# until_true SECONDS COMMAND...: polls.
until_true() {
  end=$(($(date +%s) + $1))
  shift
  while ! "$@" >/dev/null 2>&1; do
    [ "$(date +%s)" -lt "$end" ] || return 1
    sleep 0.1
  done
}
