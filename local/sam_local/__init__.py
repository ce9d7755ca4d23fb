"""`sam local start-api` with a local Secrets Manager, for `make sam-local` and `make test-sam-local`."""
