#!/bin/sh
# Organizations' cloud credentials: an account at Google Cloud. The API has no client of its own, and needs none.
set -eu

BASE="$LATCHKEY_URL/v1/organizations/credentials"

# The access key stands in no list of processes, as it would with -H.
call() {
    printf 'header = "Authorization: Bearer %s"\n' "$LATCHKEY_TOKEN" |
        curl --silent --show-error --fail --config - -H 'Content-Type: application/json' "$@"
}

# The answer of a create says the new id in a header.
created=$(call --include "$BASE/create" \
    -d '{"org_id":"example","type":"gcp","name":"data","specific":{"project":"example-data"},"comments":""}')
id=$(printf '%s\n' "$created" | tr -d '\r' | sed -n 's|^[Ll]ocation: .*/||p')
echo "created $id"

echo "changed: $(call "$BASE/update" \
    -d '{"org_id":"example","credential_id":"'"$id"'","data":{"name":"archive"},"reason":"moved"}')"
echo "listed: $(call "$BASE/list?org_id=example")"
echo "deleted: $(call "$BASE/delete" \
    -d '{"org_id":"example","credential_id":"'"$id"'","comments":"no longer needed"}')"
