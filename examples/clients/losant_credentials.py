"""Losant's application credentials: one for an SQL database, and a git key that Latchkey generates."""

import os

from losant_rest import Client

client = Client(auth_token=os.environ["LATCHKEY_TOKEN"], url=os.environ["LATCHKEY_URL"])
APPLICATION = {"applicationId": "575ec8687ae143cd83dc4a97"}

warehouse = client.credentials.post(
    **APPLICATION,
    credential={
        "name": "example warehouse",
        "type": "sql",
        "sqlConfig": {"system": "pg", "host": "db.example.com", "username": "reader", "password": "correct horse"},
    },
)
print(f"created {warehouse['name']}, without its password: {warehouse['sqlConfig']}")

flows = client.credentials.post(
    **APPLICATION,
    credential={
        "name": "example flows",
        "type": "git",
        "gitConfig": {"type": "ssh-key", "cloneUrl": "git@github.com:example/flows.git", "generatePrivateKey": True},
    },
)
print(f"made a key; its public half: {flows['gitConfig']['publicKey']}")

one = APPLICATION | {"credentialId": warehouse["id"]}
changed = client.credential.patch(**one, credential={"sqlConfig": {"port": 5433}})
print(f"changed: port {changed['sqlConfig']['port']}")

for item in client.credentials.get(**APPLICATION, filterField="name", filter="example *")["items"]:
    print(f"listed: {item['name']} ({item['type']})")
    client.credential.delete(**APPLICATION, credentialId=item["id"])
print("deleted both")
