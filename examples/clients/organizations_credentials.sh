#!/bin/sh
# Organizations' cloud credentials: a Google Cloud account. The API has no client library, and needs none.
set -eu

BASE="$LATCHKEY_URL/v1/organizations/credentials"

# The access key goes through stdin, because -H would show it in the list of processes.
call() {
    printf 'header = "Authorization: Bearer %s"\n' "$LATCHKEY_TOKEN" |
        curl --silent --show-error --fail --config - -H 'Content-Type: application/json' "$@"
}

# The response to a create has the new id in its Location header.
created=$(call --include "$BASE/create" \
    -d '{"org_id":"example","type":"gcp","name":"data","specific":{"project":"example-data"},"comments":""}')
id=$(printf '%s\n' "$created" | tr -d '\r' | sed -n 's|^[Ll]ocation: .*/||p')
echo "created $id"

echo "changed: $(call "$BASE/update" \
    -d '{"org_id":"example","credential_id":"'"$id"'","data":{"name":"archive"},"reason":"moved"}')"
echo "listed: $(call "$BASE/list?org_id=example")"
echo "deleted: $(call "$BASE/delete" \
    -d '{"org_id":"example","credential_id":"'"$id"'","comments":"no longer needed"}')"
