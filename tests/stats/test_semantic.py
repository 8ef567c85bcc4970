"""Semantic domains; expected values were recorded from TFDV 1.16.1 unless they say otherwise."""

import datetime
import io

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from statistics_laws import assert_laws, batch, custom_stats, stats_of

from taurus_beam.errors import TraceError
from taurus_beam.stats.examples import Examples
from taurus_beam.stats.semantic import SemanticDomainStatsGenerator
from taurus_beam.stats.semantic_images import ImageStatsGenerator
from taurus_beam.stats.semantic_language import (
    NLDomainInferringStatsGenerator,
    reads_as_language,
)
from taurus_beam.stats.semantic_times import TIME_FORMATS, TimeStatsGenerator

IMAGES = [b"BMxx", b"GIF89a", b"\xff\xd8\xff\xe0a", b"\x89PNG\r\n\x1a\n.."] * 25
ALL = SemanticDomainStatsGenerator(
    (
        ImageStatsGenerator(values_threshold=1),
        TimeStatsGenerator(values_threshold=1),
        NLDomainInferringStatsGenerator(values_threshold=1),
    )
)


def told(generator, values):
    return {name: v for (_, name), v in custom_stats(stats_of(generator, batch(f=values))).items()}


def time_domain(*values):
    return told(TimeStatsGenerator(values_threshold=1), list(values)).get("domain_info")


class TestImages:
    def test_formats_are_counted_unknown_first(self):
        assert told(ImageStatsGenerator(), [*IMAGES, *[b"no"] * 5]) == {
            "domain_info": "image_domain {}",
            "image_format_histogram": [
                ("UNKNOWN", 5.0),
                ("bmp", 25.0),
                ("gif", 25.0),
                ("jpeg", 25.0),
                ("png", 25.0),
            ],
        }

    @pytest.mark.parametrize(
        "values",
        [[*IMAGES, *[b"no"] * 26], IMAGES[:99], [1] * 100, [1.5] * 100],
        ids=["too few images", "too few values", "integers", "floats"],
    )
    def test_no_images(self, values):
        assert told(ImageStatsGenerator(), values) == {}

    def test_sizes_are_the_largest_of_readable_headers(self):
        def png(width, height):
            with io.BytesIO() as file:
                Image.new("L", (width, height)).save(file, "PNG")
                return file.getvalue()

        values = [png(3, 9), png(7, 2), b"\x89PNG\r\n\x1a\nbroken", None]
        stats = told(ImageStatsGenerator(0.5, 1, enable_size_stats=True), values)
        assert (stats["image_max_width"], stats["image_max_height"]) == (7, 9)


class TestLanguage:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("a b c", False),
            ("ab ab abc", False),
            ("abc abc ab", True),
            (" aa  bbb\tcccc ", True),
            ("a" * 90 + " b c d e f g h i", False),
            ("aaaaaaaa bbbbbbbb cccccccc", True),
            ("aaaaaaaa bbbbbbbb ccccccccc", False),
            ("x\u2003yyy zzzz", True),
            ("日本 語日本 語語語", True),
            ("", False),
            ("   ", False),
        ],
    )
    def test_values(self, text, expected):
        assert reads_as_language(pa.array([text])).tolist() == [expected]

    def test_domain(self):
        values = [b"the quick brown fox"] * 80 + [b"no"] * 20
        assert told(NLDomainInferringStatsGenerator(), values) == {
            "domain_info": "natural_language_domain {}",
            "natural_language_match_rate": 0.8,
        }
        assert told(NLDomainInferringStatsGenerator(), [*values, b"no"]) == {}
        assert told(NLDomainInferringStatsGenerator(), [*values * 9, b"\xff"]) == {}

    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.text("ab \t\n\u00e9\u3000", max_size=130), min_size=1))
    def test_equals_plain_python(self, texts):
        def expected(text):
            words = text[:100].split()
            return len(words) >= 3 and 2.5 <= sum(map(len, words)) / len(words) <= 8

        assert reads_as_language(pa.array(texts)).tolist() == list(map(expected, texts))


class TestTimes:
    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("2018-11-30", "%Y-%m-%d"),
            ("2018/1/3", "%Y/%m/%d"),
            ("20181130", "%Y%m%d"),
            ("18-11-30", "%y-%m-%d"),
            ("11-12-18", "%y-%m-%d"),
            ("30-11-18", "%y-%m-%d"),
            ("30-November-2018", "%d-%B-%Y"),
            ("30112018", "%d%m%Y"),
            ("11302018", "%m%d%Y"),
            ("23:59", "%H:%M"),
            ("23:59:58.5", "%H:%M:%S.%f"),
            ("2018-11-30T23:59", "%Y-%m-%dT%H:%M"),
            ("2018-11-30 23:59:58.123456", "%Y-%m-%d %H:%M:%S.%f"),
            ("Fri Nov 30 10:47:02 2018", "%a %b %d %H:%M:%S %Y"),
            ("Fri Nov  3 10:47:02 2018", "%a %b %d %H:%M:%S %Y"),
            ("30-November-18 1:2", "%d-%B-%y %H:%M"),
            # Not as TFDV, which means these but takes 600 for a second and any sign for a stop.
            ("23:59:60", "%H:%M:%S"),
            ("23:59:600", None),
            ("23:59:58x5", None),
            ("2018-11-30\n", None),
            ("2018- 3- 3", None),
            ("x", None),
            ("24:00", None),
        ],
    )
    def test_formats_of_strings(self, value, expected):
        domain = f"time_domain {{string_format: '{expected}'}}" if expected else None
        assert time_domain(value) == domain

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (7305, 5),
            (21914, 5),
            (631152000, 1),
            (1893455999999, 2),
            (631152000000000, 3),
            (631152000000000000, 4),
            (21915, None),
        ],
    )
    def test_unix_times(self, value, expected):
        domain = f"time_domain {{integer_format: {expected}}}" if expected else None
        assert time_domain(value, None) == domain

    def test_share_of_matches(self):
        generator = TimeStatsGenerator(values_threshold=1)
        assert told(generator, ["2018-11-30"] * 4 + ["x"])["time_match_ratio"] == 0.8
        assert told(generator, ["2018-11-30", "x"]) == {}

    @pytest.mark.parametrize("other", [b"", b"\xff"])
    def test_one_bad_value_rules_times_out(self, other):
        assert time_domain(*[b"2018-11-30"] * 9, other) is None

    def test_every_format_matches_what_strftime_writes(self):
        moment = datetime.datetime(2018, 11, 30, 23, 59, 58, 123456)
        for one in TIME_FORMATS:
            written = moment.strftime(one)
            counts = TimeStatsGenerator().count(Examples(batch(f=[written])).features["f",])
            assert counts[one] == 1, one


class TestTogether:
    def test_dates_in_words_are_times_not_language(self):
        # TFDV tells both, and its infer_schema then takes neither.
        assert told(ALL, ["Fri Nov 30 10:47:02 2018"]) == {
            "domain_info": "time_domain {string_format: '%a %b %d %H:%M:%S %Y'}",
            "time_match_ratio": 1.0,
        }

    def test_nested_features_have_domains_of_their_own(self):
        rows = [{"s": ["2018-11-30"], "n": 1}, None, {"s": ["2018-11-29", None], "n": 2}]
        assert list(custom_stats(stats_of(ALL, batch(st=rows)))) == [
            ("st.s", "domain_info"),
            ("st.s", "time_match_ratio"),
        ]

    def test_a_sample_takes_equal_values_together(self):
        values = [str(i) for i in range(2000)] * 2
        half = SemanticDomainStatsGenerator((NLDomainInferringStatsGenerator(),), 0.5)
        considered = half.add(half.zero(), Examples(batch(f=values)))[("f",), "language:considered"]
        assert considered % 2 == 0
        assert 1700 < considered < 2300

    def test_thresholds_are_checked(self):
        with pytest.raises(TraceError, match="values_threshold > 0"):
            TimeStatsGenerator(values_threshold=0)
        with pytest.raises(TraceError, match="ratio in"):
            ImageStatsGenerator(is_image_ratio_threshold=1.5)


VALUES = st.sampled_from([b"2018-11-30", b"BM", b"the big brown fox", b"", b"x", b"\xff", None])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(VALUES, st.sampled_from([None, 7400, 1, 631152000]))), st.data())
def test_laws(rows, data):
    order = data.draw(st.permutations(range(len(rows))))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    given_rows = batch(
        s=pa.array([s for s, _ in rows], pa.binary()),
        x=pa.array([x for _, x in rows], pa.int64()),
    )
    assert_laws(ALL, given_rows, order, cuts)
    for domain in ALL.domains:
        assert_laws(domain, given_rows, order, cuts)
