#!/usr/bin/env bash
# Installs the speech environment while the hotline runs already: low priority, one at a time, its progress in .venv-speech/making.log.
# Ends by itself; what it made stays, so an interrupted installation goes on at the next start.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .venv-speech .make
exec 9>.make/speech.lock
flock -n 9 || exit 0
echo "语音合成与识别正在后台安装（约 1.2 GB），完成后自动可用；日志 .venv-speech/making.log"
nohup nice -n 19 setsid bash -c '
  while sleep 60; do touch .venv-speech/making.log; done & beat=$!
  trap "kill $beat" EXIT
  make speech; status=$?
  [ $status = 0 ] && echo "done" || echo "failed: run make speech to see why"
  exit $status' >.venv-speech/making.log 2>&1 </dev/null 9>&9 &
