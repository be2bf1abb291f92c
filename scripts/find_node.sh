#!/usr/bin/env bash
# Gives a folder whose bin/ has node and npm: links to the system's where node is 20 or newer, else the PyPI wheel
# of Node.js in an environment of its own (no root needed).
set -euo pipefail
target=$1

rm -rf "$target"
mkdir -p "$target/bin"
if command -v npm >/dev/null && node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null; then
  for name in node npm npx; do
    ln -s "$(command -v "$name")" "$target/bin/$name"
  done
else
  echo "no Node.js 20 or newer here: fetching it as a Python wheel …"
  .venv/bin/uv venv --quiet --python .venv/bin/python "$target/env"
  VIRTUAL_ENV=$PWD/$target/env .venv/bin/uv pip install --quiet --require-hashes -r requirements/node.lock
  for name in node npm npx; do
    ln -s "../env/bin/$name" "$target/bin/$name"
  done
fi
"$target/bin/node" --version >/dev/null
