#!/usr/bin/env bash
# The programs that the tests hold the product against: real SIP clients, a browser, PostgreSQL, audio tools, a spreadsheet.
# Installs what is missing when root on a Debian system; otherwise says what is missing: those tests then skip
# visibly, but a run with CI=true fails here, so that nothing is skipped unseen.
set -euo pipefail

missing=()
needs() { # needs PACKAGE TEST…: PACKAGE is missing unless the test command succeeds
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}
has_cjk_font() { fc-list :lang=zh family | grep -q .; }
has_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' || command -v initdb; }

needs sip-tester command -v sipp
needs baresip command -v baresip
needs chromium command -v chromium
needs fontconfig command -v fc-list
needs fonts-noto-cjk has_cjk_font
needs postgresql has_postgres
needs faketime command -v faketime
needs ffmpeg command -v ffmpeg
needs sox command -v sox
needs libreoffice-calc-nogui command -v soffice # opens what is exported

[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing for the tests: ${missing[*]} …"
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp /tmp/hotline-peers.XXXXXX)
  apt-get update -qq
  # No service of the package is to start: the tests start their own servers on their own ports.
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$log" 2>&1 || {
    tail -20 "$log"
    exit 1
  }
  exit 0
fi
echo "missing for some tests (they will be skipped): ${missing[*]}"
echo "as root on Debian: apt-get install ${missing[*]}"
[ "${CI:-}" != true ]
