"""What a draft keeps."""

from datetime import UTC, datetime, timedelta

from app.domain.drafting import duplicate_ranks, keeps_version, overwrites, takes_applications

NOW = datetime(2026, 11, 3, tzinfo=UTC)


def test_an_opening_takes_applications_until_its_last_minute_and_a_silent_hour_more():
    late = NOW - timedelta(minutes=30)
    assert takes_applications("open", None, NOW)
    assert not takes_applications("closed", None, NOW)
    assert not takes_applications("open", late, NOW)
    assert takes_applications("open", late, NOW, grace=True)
    assert not takes_applications("open", NOW - timedelta(minutes=61), NOW, grace=True)


def test_a_save_by_the_person_keeps_the_text_before_it():
    assert keeps_version("old", "new", asked=True, since_last=timedelta(0))
    assert not keeps_version("same", "same", asked=True, since_last=None)
    assert not keeps_version("", "first", asked=True, since_last=None)


def test_saves_while_typing_keep_what_would_be_lost_and_one_a_minute():
    assert not keeps_version("I helped", "I helped her.", asked=False, since_last=None)
    assert keeps_version("I helped her and then some more", "", asked=False, since_last=timedelta(0))
    assert not keeps_version("I helped her", "We helped her", asked=False, since_last=timedelta(seconds=9))
    assert keeps_version("I helped her", "We helped her", asked=False, since_last=timedelta(seconds=60))


def test_only_a_save_that_would_lose_words_overwrites():
    assert overwrites("Words of the other window.", "My own words.")
    assert not overwrites("Mine", "Mine and more")
    assert not overwrites("", "Mine")
    assert not overwrites("Mine", "Mine")


def test_every_rank_that_was_given_twice_is_named_with_its_offices():
    given = {"Ava": 1, "Rolla": 1, "Jackson": 2, "Nevada": None, "Monett": 3, "Hillsboro": 3}
    assert duplicate_ranks(given) == [(1, ("Ava", "Rolla")), (3, ("Monett", "Hillsboro"))]
