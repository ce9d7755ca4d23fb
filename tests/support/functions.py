"""Functions of the deployed stack, for tests that change one temporarily."""

from collections.abc import Iterator
from contextlib import contextmanager

from local.stack import Stack


@contextmanager
def environment(stack: Stack, called: str, **changes: str) -> Iterator[None]:
    """Changes a function's variables inside `with`. `called` is a part of its name that no other function has."""
    functions = stack.client("lambda")
    found = [page["FunctionName"] for page in functions.list_functions()["Functions"]]
    (name,) = [function for function in found if called in function]
    before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": before | changes})
    try:
        yield
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": before})
