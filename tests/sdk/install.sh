#!/bin/sh
# Installs the SDK clients that the tests run: a Python venv and node_modules, outside the checkout.
# Quick when nothing changed: each directory keeps a copy of what it was made from.
# Prints the two directories, so that who calls it need not know where they are.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root="${XDG_CACHE_HOME:-$HOME/.cache}/gomodel-target"
python="$root/sdk-python"
node="$root/sdk-node"
mkdir -p "$python" "$node"

# One at a time: several checkouts or test runs may share the cache.
lock="$root/sdk-install.lock"
exec 9>"$lock"
flock 9

if ! cmp -s "$here/python/requirements.txt" "$python/.made-from"; then
    rm -rf "$python" && python3 -m venv "$python"
    "$python/bin/pip" install --quiet --disable-pip-version-check -r "$here/python/requirements.txt"
    cp "$here/python/requirements.txt" "$python/.made-from"
fi

if ! cmp -s "$here/node/package-lock.json" "$node/.made-from"; then
    cp "$here/node/package.json" "$here/node/package-lock.json" "$node/"
    (cd "$node" && npm ci --silent --no-audit --no-fund)
    cp "$here/node/package-lock.json" "$node/.made-from"
fi

echo "$python"
echo "$node"
