#!/bin/sh
# Starts the server for a host that runs it from this source: a plugin. The environment goes where UV_PROJECT_ENVIRONMENT
# says, this folder is only read. A server that cannot start answers the host with the reason, which it shows the person;
# of a command that merely ends, hosts say "connection closed".
set -u
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit 1

# A studio's own Python set-up is for its tools; packages of other versions in it would come before ours.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV

# A studio's own certificate authority is in the system's list, not in uv's. Some hosts pass no variables on.
for list in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    [ ! -r "$list" ] || : "${UV_SYSTEM_CERTS:=true}"
done
[ -z "${UV_SYSTEM_CERTS:-}" ] || export UV_SYSTEM_CERTS

# The id of a request, as JSON, out of a line; nothing for other messages. There may be no Python yet, so sed must do:
# with escapes and the brackets in texts hidden behind control characters, which JSON does not have, it takes the
# innermost objects and arrays away until one flat object is left.
escaped=$(printf '\001') quoted=$(printf '\002')
open=$(printf '\003') close=$(printf '\004') first=$(printf '\005') last=$(printf '\006')
request_id() {
    LC_ALL=C sed -n '
        s/\\\\/'"$escaped"'/g
        s/\\"/'"$quoted"'/g
        :text
        s/^\(\([^"]*"[^"]*"\)*[^"]*"[^"{]*\){\([^"]*"\)/\1'"$open"'\3/
        t text
        s/^\(\([^"]*"[^"]*"\)*[^"]*"[^"}]*\)}\([^"]*"\)/\1'"$close"'\3/
        t text
        s/^\(\([^"]*"[^"]*"\)*[^"]*"[^"[]*\)\[\([^"]*"\)/\1'"$first"'\3/
        t text
        s/^\(\([^"]*"[^"]*"\)*[^"]*"[^]"]*\)]\([^"]*"\)/\1'"$last"'\3/
        t text
        s/^[[:space:]]*{\(.*\)}[[:space:]]*$/\1,/
        t inside
        d
        :inside
        s/{[^][{}]*}/0/
        t inside
        s/\[[^][{}]*]/0/
        t inside
        /"method"[[:space:]]*:/!d
        /"method"[[:space:]]*:[[:space:]]*"notifications\//d
        s/^\(.*,\)*[[:space:]]*"id"[[:space:]]*:[[:space:]]*\(-\{0,1\}[0-9][0-9]*\)[[:space:]]*,.*/\2/
        t found
        s/^\(.*,\)*[[:space:]]*"id"[[:space:]]*:[[:space:]]*\("[^"]*"\).*/\2/
        t found
        d
        :found
        y/'"$open$close$first$last"'/{}[]/
        s/'"$quoted"'/\\"/g
        s/'"$escaped"'/\\\\/g
        p'
}

refuse() {
    printf '%s\n' "$1" >&2
    # Printable ASCII but for " and \, so that it is JSON whatever uv said.
    reason=$(printf '%s' "$1" | LC_ALL=C tr '\n\t' '  ' | LC_ALL=C tr -cd ' !#-[]-~' | cut -c 1-700)
    while IFS= read -r message || [ -n "$message" ]; do
        id=$(printf '%s\n' "$message" | request_id)
        [ -z "$id" ] || printf '{"jsonrpc":"2.0","id":%s,"error":{"code":-32000,"message":"%s"}}\n' "$id" "$reason"
    done
    exit 1
}

environment=${UV_PROJECT_ENVIRONMENT:-$root/.venv}
case $environment in
    /*) ;;
    *) refuse "UV_PROJECT_ENVIRONMENT must be a whole path, which begins with /, or unset. It is: $environment" ;;
esac

# A host that was started from a desktop often has not the PATH of a terminal.
PATH=$PATH:${HOME:-/}/.local/bin:${HOME:-/}/.cargo/bin:/opt/homebrew/bin:/usr/local/bin
command -v uv >/dev/null || refuse \
    "uv is missing, which installs and starts this server. Install it from https://docs.astral.sh/uv and reconnect."

# Not in the foreground, where a shell heeds no signal before uv ends: a host that gives up must leave nothing behind.
said=$(mktemp) || refuse "The server cannot be installed: no temporary file can be made."
trap 'kill ${!:-} 2>/dev/null; wait; rm -f "$said"; exit 143' HUP INT TERM
uv sync --quiet --frozen --no-dev --project "$root" >"$said" 2>&1 &
wait $!
installed=$?
trap - HUP INT TERM
words=$(cat "$said")
rm -f "$said"
[ "$installed" -eq 0 ] || refuse \
    "The server's packages could not be installed. Its first start, and the first after an update, needs \
files.pythonhosted.org and a package index. uv says: $words"

server=$environment/bin/mcp-server-kitsu
[ -x "$server" ] || refuse "The server's packages are installed, but there is no program $server. Remove that folder and \
reconnect."
exec "$server"
