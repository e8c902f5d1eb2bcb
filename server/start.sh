#!/bin/sh
# Starts the server for a host that runs it from this source: a plugin. The environment goes where UV_PROJECT_ENVIRONMENT
# says, this folder is only read. A server that cannot start answers the host with the reason, which it shows the person;
# of a command that merely ends, hosts say "connection closed".
set -u
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 1

# A studio's own Python set-up is for its tools; packages of other versions in it would come before ours.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV

refuse() {
    printf '%s\n' "$1" >&2
    # Printable ASCII but for " and \, so that it is JSON whatever uv said.
    reason=$(printf '%s' "$1" | LC_ALL=C tr '\n\t' '  ' | LC_ALL=C tr -cd ' !#-[]-~' | cut -c 1-700)
    while IFS= read -r request; do
        id=$(printf '%s\n' "$request" | sed -nE 's/.*"id": *("[^"]*"|[0-9]+).*/\1/p')
        [ -z "$id" ] || printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32000,"message":"%s"}}\n' "$id" "$reason"
    done
    exit 1
}

# A host that was started from a desktop often has not the PATH of a terminal.
PATH=$PATH:${HOME:-/}/.local/bin:${HOME:-/}/.cargo/bin:/opt/homebrew/bin:/usr/local/bin
command -v uv >/dev/null || refuse \
    "uv is missing, which installs and starts this server. Install it from https://docs.astral.sh/uv and reconnect."

said=$(uv sync --quiet --frozen --no-dev --project "$root" 2>&1) || refuse \
    "The server's packages could not be installed. Its first start, and the first after an update, needs a package index. \
uv says: $said"
exec "${UV_PROJECT_ENVIRONMENT:-$root/.venv}/bin/mcp-server-kitsu"
