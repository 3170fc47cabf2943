#!/bin/sh
# Installs the SDK clients that the tests run: a Python venv and node_modules, outside the checkout.
# Each directory is named by a checksum of what it is made from, so that checkouts with other pins share the cache in peace.
# Prints the two directories, so that who calls it need not know where they are.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root="${XDG_CACHE_HOME:-$HOME/.cache}/gomodel-target"
sum() { cksum <"$1" | cut -d' ' -f1; }
python="$root/sdk-python-$(sum "$here/python/requirements.txt")"
node="$root/sdk-node-$(sum "$here/node/package-lock.json")"
mkdir -p "$root"

# One at a time: several checkouts or test runs may share the cache.
lock="$root/sdk-install.lock"
exec 9>"$lock"
flock 9

if ! [ -e "$python/.complete" ]; then
    rm -rf "$python" && python3 -m venv "$python"
    "$python/bin/pip" install --quiet --disable-pip-version-check -r "$here/python/requirements.txt"
    touch "$python/.complete"
fi

if ! [ -e "$node/.complete" ]; then
    rm -rf "$node" && mkdir -p "$node"
    cp "$here/node/package.json" "$here/node/package-lock.json" "$node/"
    (cd "$node" && npm ci --silent --no-audit --no-fund)
    touch "$node/.complete"
fi

echo "$python"
echo "$node"
