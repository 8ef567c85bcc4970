from __future__ import annotations

from taurus_beam.validation.text_positions import line_of, positions, unclosed_brace

TEXT = """\
# feature { name: "in a comment" }
feature {
  name: "a # { not a brace"
  type: INT;
  in_environment: ["x",
    "y"]
  in_environment: "z" "zz"
  in_environment: "last"
}
feature <
  presence:
  {
    min_count: 1, min_fraction: -1.5e3
  }
>
string_domain [
  { name: "d" value: [ 'one' ] },
  {
    name: "e" } ]
feature { annotation { extra_metadata {
  [type.googleapis.com/a.B] { x: 1 }
} } name: "c" }
"""


def test_every_field_has_its_line() -> None:
    assert dict(positions(TEXT)) == {
        (("feature", 0),): 2,
        (("feature", 0), ("name", 0)): 3,
        (("feature", 0), ("type", 0)): 4,
        (("feature", 0), ("in_environment", 0)): 5,
        (("feature", 0), ("in_environment", 1)): 6,
        (("feature", 0), ("in_environment", 2)): 7,
        (("feature", 0), ("in_environment", 3)): 8,
        (("feature", 1),): 10,
        (("feature", 1), ("presence", 0)): 11,
        (("feature", 1), ("presence", 0), ("min_count", 0)): 13,
        (("feature", 1), ("presence", 0), ("min_fraction", 0)): 13,
        (("string_domain", 0),): 17,
        (("string_domain", 0), ("name", 0)): 17,
        (("string_domain", 0), ("value", 0)): 17,
        (("string_domain", 1),): 18,
        (("string_domain", 1), ("name", 0)): 19,
        (("feature", 2),): 20,
        (("feature", 2), ("annotation", 0)): 20,
        (("feature", 2), ("annotation", 0), ("extra_metadata", 0)): 20,
        (("feature", 2), ("annotation", 0), ("extra_metadata", 0), ("[", 0)): 21,
        (("feature", 2), ("annotation", 0), ("extra_metadata", 0), ("[", 0), ("x", 0)): 21,
        (("feature", 2), ("name", 0)): 22,
    }


def test_a_field_that_is_not_written_has_the_line_of_what_is_around_it() -> None:
    known = positions(TEXT)

    assert line_of((("feature", 1), ("presence", 0), ("max_count", 0)), known) == 11
    assert line_of((("feature", 9),), known) is None


def test_nothing() -> None:
    assert positions("") == {}
    assert positions("# only a comment") == {}


def test_braces() -> None:
    assert unclosed_brace(TEXT) is None
    assert unclosed_brace('a {\n b < c: "{"\n') == 2
    assert unclosed_brace("}") is None
