"""`sam local start-api` over a local Secrets Manager, for `make sam-local` and `make test-sam-local`."""
