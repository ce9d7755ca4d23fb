"""What can be done with a credential whose secret has used up its versions of the day."""

from collections.abc import Callable

import pytest

from tests.journeys.customer import Customer, Said
from tests.journeys.http import BY_HTTP
from tests.support.api import Api
from tests.support.proxy import Proxy
from tests.support.proxy.switches import VersionCap


@pytest.mark.parametrize("make", BY_HTTP.values(), ids=BY_HTTP)
def test_nothing_is_lost_and_it_can_be_deleted(admin: Api, proxy: Proxy, make: Callable[[Api], Customer]) -> None:
    customer, cap = make(admin), VersionCap(per_day=2)
    with proxy.switched(cap):
        assert customer.create("first").status in (200, 201)
        assert customer.change("second").status in (200, 204)
        rejected = [customer.change("third")] + ([customer.rename()] if customer.rename else [])
        assert [(answer.status, answer.retry_after) for answer in rejected] == [(429, "3600")] * len(rejected)
        assert customer.read().value == "second"
        assert len(customer.listed().value) == 1
        assert customer.delete().status in (200, 204)
        assert_gone(customer)
        # The deleted value is still the secret's current one, so the secret must not be restored and overwritten.
        if customer.conflict:
            assert customer.create("fourth").status == customer.conflict
            assert_gone(customer)
    assert cap.times > 0
    # The same on the next day, when versions can be made again.
    if customer.conflict:
        assert customer.create("fourth").status == customer.conflict
        assert_gone(customer)


def assert_gone(customer: Customer) -> None:
    assert customer.read().status == 404
    assert customer.listed() == Said(200, [])
