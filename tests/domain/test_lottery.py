from app.domain.lottery import lottery_number


def test_lottery_number_is_the_first_six_bytes_of_the_hmac():
    # printf c1 | openssl dgst -sha256 -hmac "any text"
    assert lottery_number("any text", "c1") == int("441c9286cb8a", 16)


def test_lottery_number_depends_on_seed_and_candidate():
    assert len({lottery_number("a", "c1"), lottery_number("b", "c1"), lottery_number("a", "c2")}) == 3


def test_lottery_number_takes_any_text():
    assert 0 <= lottery_number("", "Zoë 試") < 2**48
