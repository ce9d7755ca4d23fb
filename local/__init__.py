"""The local stack: the template deployed unchanged into MiniStack, for `make run` and the end-to-end tests."""
