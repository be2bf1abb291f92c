#!/usr/bin/env bash
# Gives a folder whose bin/ has node and npm: links to the system's where its node is new enough for the bundler (20.19, or
# 22.12 and later), else the PyPI wheel of Node.js in an environment of its own (no root needed).
set -euo pipefail
target=$1

rm -rf "$target"
mkdir -p "$target/bin"
new_enough='const [major, minor] = process.versions.node.split(".").map(Number)
process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1)'
if command -v npm >/dev/null && node -e "$new_enough" 2>/dev/null; then
  for name in node npm npx; do
    ln -s "$(command -v "$name")" "$target/bin/$name"
  done
else
  echo "no fitting Node.js here: fetching it as a Python wheel …"
  .venv/bin/uv venv --quiet --python .venv/bin/python "$target/env"
  VIRTUAL_ENV=$PWD/$target/env .venv/bin/uv pip install --quiet --require-hashes -r requirements/node.lock
  for name in node npm npx; do
    ln -s "../env/bin/$name" "$target/bin/$name"
  done
fi
"$target/bin/node" --version >/dev/null
