import pytest

from app.domain.phones import e164, phone_link, shown_phone


@pytest.mark.parametrize(
    "typed", ["573 555 0123", "(573) 555-0123", "+1 573.555.0123", "1-573-555-0123", "+15735550123"]
)
def test_every_way_of_writing_is_one_number(typed: str) -> None:
    assert e164(typed) == "+15735550123"
    assert phone_link(typed) == "tel:+15735550123"
    assert shown_phone(typed) == "(573) 555-0123"


def test_a_number_from_abroad_keeps_its_country() -> None:
    assert phone_link("+52 55 5555 0123") == "tel:+525555550123"
    assert shown_phone("+525555550123") == "+52 55 5555 0123"


@pytest.mark.parametrize("text", [None, "", "ask my sister", "12", "javascript:alert(1)", "\0"])
def test_what_is_no_number_is_no_link(text: str | None) -> None:
    assert e164(text) is None and phone_link(text) is None
    assert shown_phone(text) == (text or "")
