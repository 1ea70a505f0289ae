from datetime import timedelta

import pytest

from tests.worker_app.seeding import NOW, PIN, WORKER
from warehouse.connection import Warehouse
from warehouse.errors import MoowError
from worker_app.credentials import (
    FREE_TRIES,
    Refusal,
    find_worker,
    hash_pin,
    matches,
    set_pin,
    verify_pin,
    wait_after,
)
from worker_app.database import Database

pytestmark = pytest.mark.db


@pytest.mark.unit
def test_hash_knows_its_pin_only() -> None:
    """A hash matches the PIN it was made of, no other, and never holds the PIN itself."""
    made = hash_pin("4829")
    assert matches("4829", made)
    assert not matches("4820", made)
    assert "4829" not in made
    assert made != hash_pin("4829")


@pytest.mark.unit
@pytest.mark.parametrize("damaged", ["", "scrypt", "scrypt$1$2$3$x$y", "scrypt$a$8$1$aa$aa"])
def test_damaged_hash_matches_nothing(damaged: str) -> None:
    """A hash that cannot be read lets nobody in."""
    assert not matches("4829", damaged)


@pytest.mark.unit
def test_wait_grows_to_a_bound() -> None:
    """The first wrong PINs cost nothing; then the wait doubles, up to a quarter of an hour."""
    assert wait_after(FREE_TRIES - 1) == timedelta()
    assert wait_after(FREE_TRIES) == timedelta(seconds=30)
    assert wait_after(FREE_TRIES + 1) == timedelta(seconds=60)
    assert wait_after(10_000) == timedelta(minutes=15)


@pytest.mark.parametrize("pin", ["", "123", "12a4", "1234567890123", "１２３４"])
def test_pin_is_four_to_twelve_digits(warehouse: Warehouse, pin: str) -> None:
    """A PIN that a phone's number pad cannot type, or that is too short, is refused."""
    with pytest.raises(MoowError, match="4 to 12 digits"):
        set_pin(warehouse, WORKER, pin, city_id="thessaloniki")


def test_unknown_worker_gets_no_pin(warehouse: Warehouse) -> None:
    """A PIN for somebody who is in no mart needs their city."""
    with pytest.raises(MoowError, match="planning sheet"):
        set_pin(warehouse, "nobody", PIN)


def test_role_and_language_come_from_the_marts(warehouse: Warehouse, database: Database) -> None:
    """Where dim_workers knows the worker, city, role and language are taken from it."""
    warehouse.execute("create schema marts")
    warehouse.execute(
        "create table marts.dim_workers as select 'kozani-dispatch' as worker_id, "
        "'kozani' as city_id, 'dispatcher' as role, 'el' as language"
    )
    set_pin(warehouse, "kozani-dispatch", PIN)
    checked = verify_pin(database, "kozani-dispatch", PIN, NOW)
    assert not isinstance(checked, Refusal)
    assert (checked[0].city_id, checked[0].role, checked[0].language) == (
        "kozani",
        "dispatcher",
        "el",
    )


def test_wrong_pins_lock_for_a_while(database: Database) -> None:
    """After five wrong PINs even the right one must wait, and then works again."""
    for _ in range(FREE_TRIES - 1):
        assert verify_pin(database, WORKER, "0000", NOW) == Refusal()
    assert verify_pin(database, WORKER, "0000", NOW) == Refusal(wait_s=30)
    assert isinstance(verify_pin(database, WORKER, PIN, NOW), Refusal)
    later = NOW + timedelta(seconds=30)
    assert not isinstance(verify_pin(database, WORKER, PIN, later), Refusal)


def test_right_pin_forgives_the_wrong_ones(database: Database) -> None:
    """A right PIN sets the count of wrong ones back to none."""
    for _ in range(FREE_TRIES - 1):
        verify_pin(database, WORKER, "0000", NOW)
    verify_pin(database, WORKER, PIN, NOW)
    assert verify_pin(database, WORKER, "0000", NOW) == Refusal()


def test_new_pin_ends_earlier_sign_ins(day: Warehouse, database: Database) -> None:
    """Setting a PIN, even the same one, makes the stamps of earlier sign-ins worthless."""
    checked = verify_pin(database, WORKER, PIN, NOW)
    assert not isinstance(checked, Refusal)
    _, pin_stamp = checked
    assert find_worker(database, WORKER, pin_stamp) is not None
    set_pin(day, WORKER, PIN, city_id="thessaloniki")
    assert find_worker(database, WORKER, pin_stamp) is None
