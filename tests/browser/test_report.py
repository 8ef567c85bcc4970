"""What a reader can do with a report, tried in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from report_protos import HOSTILE, anomaly, dataset, listed, numeric, string
from selenium.webdriver.common.keys import Keys
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2

import taurus_beam as tb
from taurus_beam.report.lineage import Box, LineageGraph
from taurus_beam.report.write import report_html

Show = Callable[[str], Any]
NEW_COLUMN = anomalies_pb2.AnomalyInfo.SCHEMA_NEW_COLUMN

TRAINING = listed(
    dataset(
        numeric("fare", [0, 0, 10, 40], missing=1),
        string("city", {"Rome": 3, "Oslo": 1}),
        numeric("tip", [0, 0, 0, 0.5], missing=4),
        string("note", {"": 2}, missing=2),
        examples=5,
    ),
    dataset(numeric("fare", [7, 7, 7]), string("city", {"Oslo": 3}), name="day_1", examples=3),
)
SERVING = listed(dataset(numeric("fare", [5, 5, 10, 80]), string("city", {"Oslo": 9}), examples=9))


def test_columns_sort_both_ways_and_features_without_the_number_come_last(show: Show) -> None:
    page = show(report_html(TRAINING))
    assert page.names == ["fare", "city", "tip", "note"]

    heading = page.one("th[data-column='mean']")
    heading.find_element("css selector", "button").click()
    assert page.names == ["fare", "tip", "city", "note"]
    assert heading.get_attribute("aria-sort") == "descending"

    heading.find_element("css selector", "button").send_keys(Keys.ENTER)
    assert page.names == ["tip", "fare", "city", "note"]
    assert heading.get_attribute("aria-sort") == "ascending"

    page.choose("sort", "name")
    assert page.names == ["city", "fare", "note", "tip"]
    assert heading.get_attribute("aria-sort") == "none"


def test_the_table_tells_the_numbers(show: Show) -> None:
    page = show(report_html(TRAINING))
    expected = {
        "Type": "FLOAT",
        "Count": "4",
        "Missing": "20.0 %",
        "Mean": "12.5",
        "Zeros": "50.0 %",
        "Median": "10",
        "Max": "40",
        "Unique": "",
        "Top value": "",
    }
    assert {label: page.cell(0, label) for label in expected} == expected
    expected = {"Type": "STRING", "Unique": "2", "Top value": "Rome", "Top share": "75.0 %"}
    assert {label: page.cell(1, label) for label in expected} == expected
    assert page.cell(3, "Top value") == "(empty)"


def test_great_shares_of_missing_and_zero_values_are_marked(show: Show) -> None:
    page = show(report_html(TRAINING))
    assert page.all("#f2 [data-label='Missing'] .level2")  # 4 of 8
    assert page.all("#f0 [data-label='Missing'] .level1")  # 1 of 5
    assert not page.all("#f1 [data-label='Missing'] :is(.level1, .level2)")
    assert page.all("#f0 [data-label='Zeros'] .level1")  # 2 of 4


def test_search_and_kinds_narrow_the_table(show: Show) -> None:
    page = show(report_html(TRAINING))
    page.one("#search").send_keys("I")
    assert page.names == ["city", "tip"]
    assert page.one("#feature-table [role=status]").text == "2 of 4 features"

    page.click("button[data-kind='numeric']")
    assert page.names == ["tip"]
    assert not page.one("th[data-column='unique']").is_displayed()


def test_what_is_worth_a_look_filters_the_table(show: Show) -> None:
    page = show(report_html(TRAINING, anomalies=anomaly("tip", (NEW_COLUMN, "New column", ""))))
    found = [each.text for each in page.all("#findings button")]
    assert found == [
        "1 feature with anomalies",
        "2 features missing in half the examples or more",
        "3 features missing in some examples",
        "1 feature with a single value",
    ]
    page.all("#findings button")[1].click()
    assert page.names == ["tip", "note"]


def test_everything_is_reached_with_the_keyboard(show: Show) -> None:
    page = show(report_html(TRAINING, schema=schema_pb2.Schema()))
    page.press(Keys.TAB)
    assert page.focused == "Skip to features"
    page.press(Keys.ENTER)
    assert page.focused == "features-title"

    while page.focused != "f0":
        page.press(Keys.TAB)
    page.press(Keys.ARROW_DOWN)
    assert page.focused == "f1"
    page.press(Keys.END)
    assert page.focused == "f3"
    page.press(Keys.ARROW_DOWN)
    assert page.focused == "f3"
    page.press(Keys.HOME)
    assert page.focused == "f0"

    page.press(Keys.ENTER)
    assert page.one("#f0").get_attribute("aria-expanded") == "true"
    page.press(Keys.TAB, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert page.one(".readout").text == "10 to 20: 1 (25.0 %)"
    page.press(Keys.ESCAPE)
    assert page.focused == "f0"
    assert page.one("#f0").get_attribute("aria-expanded") == "false"
    # One stop for the whole table: the next is outside.
    page.press(Keys.TAB)
    assert page.run("return !document.activeElement.closest('table.features')")


def test_a_row_opens_to_charts_and_numbers(show: Show) -> None:
    page = show(report_html(TRAINING, serving_statistics=SERVING))
    page.click("#f0")
    captions = [each.text for each in page.all(".details figcaption")]
    assert captions == ["Histogram", "Quantiles", "Numbers"]
    assert page.all(".chart .bar.s0")
    assert page.all(".chart .outline.s1")
    page.click("#f1")
    rows = page.all(".details .top tbody tr")
    assert [" ".join(row.text.split()) for row in rows] == [
        "Rome Training: 3 Serving: 0 75.0 % 0 %",
        "Oslo Training: 1 Serving: 9 25.0 % 100 %",
    ]


def test_data_sets_are_overlaid_and_an_absent_feature_is_told(show: Show) -> None:
    page = show(report_html(TRAINING, serving_statistics=SERVING, previous_statistics=TRAINING))
    assert [each.text for each in page.all(".legend span:not(.mark)")] == [
        "Training",
        "Serving",
        "Previous",
    ]
    assert page.cell(0, "Max") == "Training: 40 Serving: 80 Previous: 40"
    assert page.cell(2, "Count") == "Training: 4 Serving: absent Previous: 4"
    assert page.soon("#f0 .small .bar.s0")
    assert page.soon("#f0 .small .outline.s2")


def test_slices_are_chosen_and_compared(show: Show) -> None:
    page = show(report_html(TRAINING))
    page.choose("slice", "day_1")
    assert page.names == ["fare", "city"]
    assert page.cell(0, "Max") == "7"

    page.choose("against", "All Examples")
    assert page.cell(0, "Max") == "day_1: 7 All Examples: 40"
    assert [each.text for each in page.all("#cards h3")] == ["day_1", "All Examples"]


def test_charts_change_with_their_switches(show: Show) -> None:
    page = show(report_html(TRAINING))
    page.click("#f0")
    before = page.soon("#f0 .small").get_attribute("innerHTML")
    ticks = [each.text for each in page.all(".chart .tick")]
    assert not any("%" in tick for tick in ticks)

    page.click("[data-option='percent']")
    assert any("%" in each.text for each in page.all(".chart .tick"))
    page.click("[data-option='tall']")
    assert page.one(".details .chart").size["height"] == 380
    page.click("[data-option='quantiles']")
    assert page.one(".details figcaption").text == "Quantiles"
    assert page.soon("#f0 .small .part").get_attribute("class") == "part s0"
    page.click("[data-option='quantiles']")
    page.click("[data-option='log']")
    assert page.soon("#f0 .small").get_attribute("innerHTML") != before
    assert page.one("[data-option='log']").get_attribute("aria-pressed") == "true"


def test_weights_are_a_switch_where_there_are_some(show: Show) -> None:
    feature = numeric("fare", [1, 2, 3, 4])
    assert (
        not show(report_html(listed(dataset(feature))))
        .one("[data-option='weighted']")
        .is_displayed()
    )
    feature.num_stats.weighted_numeric_stats.mean = 99
    page = show(report_html(listed(dataset(feature))))
    page.click("[data-option='weighted']")
    assert page.cell(0, "Mean") == "99"


def test_a_theme_is_chosen_and_else_follows_the_system(show: Show) -> None:
    page = show(report_html(TRAINING))
    page.prefer(prefers_color_scheme="dark")

    def background() -> str:
        found: str = page.run("return getComputedStyle(document.body).backgroundColor")
        return found

    dark = background()
    page.click("#theme")
    assert page.one("#theme").text == "Theme: light"
    light = background()
    assert light != dark
    page.click("#theme")
    assert background() == dark
    page.click("#theme")
    page.prefer(prefers_color_scheme="light")
    assert page.one("#theme").text == "Theme: automatic"
    assert background() == light


def test_nothing_moves_for_who_asks_for_less_motion(show: Show) -> None:
    page = show(report_html(TRAINING))
    page.prefer(prefers_reduced_motion="reduce")
    moving = (
        "return [...document.querySelectorAll('*')].filter(e => { const s = getComputedStyle(e);"
        "return s.transitionDuration !== '0s' || s.animationName !== 'none' ||"
        "s.scrollBehavior === 'smooth' }).length"
    )
    assert page.run(moving) == 0


def hostile_report() -> str:
    features = [string(name, {name: 3, "ok": 1}) for name in HOSTILE]
    features += [numeric(name + "_n") for name in HOSTILE]
    schema = schema_pb2.Schema()
    anomalies = anomalies_pb2.Anomalies()
    for name in HOSTILE:
        schema.feature.add(name=name, type=schema_pb2.BYTES, domain=name)
        schema.string_domain.add(name=name, value=[name, "ok"])
        anomalies.MergeFrom(anomaly(name, (NEW_COLUMN, name, name)))
    statistics = listed(dataset(*features), *(dataset(features[0], name=name) for name in HOSTILE))
    return report_html(statistics, schema=schema, anomalies=anomalies, title=HOSTILE[0])


def test_hostile_names_are_shown_and_do_nothing(show: Show) -> None:
    page = show(hostile_report())
    for row in range(len(HOSTILE) * 2):
        page.run("document.getElementById(`f${arguments[0]}`).click()", row)
    page.run(
        "document.querySelectorAll('bdi, [title]').forEach("
        "e => e.dispatchEvent(new MouseEvent('mouseover', {bubbles: true})))"
    )

    assert page.run("return window.pwned === undefined")
    assert (
        page.run("return document.querySelectorAll('img, main script, iframe, object').length") == 0
    )
    assert page.run(
        "return [...document.querySelectorAll('*')].every(e => "
        "[...e.attributes].every(a => !a.name.startsWith('on')))"
    )
    shown = [name.strip("'") for name in page.names]
    assert shown[:3] == HOSTILE[:3]
    assert shown[-1] == "tab␉nul␀_n"
    assert page.driver.title == HOSTILE[0]


@pytest.mark.parametrize("content", ["plain", "hostile"])
@pytest.mark.parametrize("width", [360, 900])
def test_the_page_does_not_scroll_sideways(show: Show, content: str, width: int) -> None:
    text = (
        hostile_report()
        if content == "hostile"
        else report_html(
            TRAINING,
            serving_statistics=SERVING,
            previous_statistics=TRAINING,
            anomalies=anomaly("tip", (NEW_COLUMN, "New column", "text " * 30)),
        )
    )
    page = show(text)
    page.resize(width)
    page.driver.refresh()
    for row in range(2):
        page.run("document.getElementById(`f${arguments[0]}`).click()", row)
    assert page.run("return innerWidth") == width
    assert page.run("return document.documentElement.scrollWidth") <= width
    # A wide table may scroll inside its frame, but there is none on a phone.
    too_wide = page.run(
        "return [...document.querySelectorAll('main *')].filter(e => "
        "e.getClientRects().length && e.getBoundingClientRect().right > innerWidth + 1 && "
        "!e.closest('.hidden') && (innerWidth < 500 || !e.closest('.scroll')))"
        ".map(e => e.outerHTML.slice(0, 80))"
    )
    assert too_wide == []
    assert page.one("#f0 [data-label='Count']").is_displayed()


def test_thousands_of_features_are_made_as_they_are_reached(show: Show) -> None:
    features = [numeric(f"n{i}", [0, 1, i, 5000 - i], missing=i) for i in range(3000)]
    anomalies = anomaly("n2900", (NEW_COLUMN, "New column", ""))
    page = show(report_html(listed(dataset(*features)), anomalies=anomalies))
    assert len(page.names) <= 200
    assert page.one("table.features").get_attribute("aria-rowcount") == "3001"

    page.click("th[data-column='missing'] button")
    assert page.names[:3] == ["n2999", "n2998", "n2997"]
    page.one("#search").send_keys("n17")
    # n17, n170 to n179 and n1700 to n1799; the last few are made when they are reached.
    assert page.one("#feature-table [role=status]").text == "111 of 3,000 features"
    page.one("#search").clear()

    page.click("#anomalies a[href='#f2900']")
    assert page.focused == "f2900"
    assert page.one("#f2900").get_attribute("aria-expanded") == "true"

    page.one("#f2900").send_keys(Keys.END)
    assert page.focused == "f0"
    assert len(page.names) == 3000


def test_links_lead_to_a_feature_that_is_filtered_away(show: Show) -> None:
    page = show(report_html(TRAINING, anomalies=anomaly("tip", (NEW_COLUMN, "New column", ""))))
    page.one("#search").send_keys("city")
    page.click("#anomalies a")
    assert page.focused == "f2"
    assert page.names == ["fare", "city", "tip", "note"]
    page.click(".wrong a")
    assert page.focused == "New column (1) SCHEMA_NEW_COLUMN"


def test_tables_of_the_schema_sort_and_search(show: Show) -> None:
    schema = schema_pb2.Schema()
    for name, kind in (("b", schema_pb2.INT), ("a", schema_pb2.BYTES), ("c", schema_pb2.INT)):
        schema.feature.add(name=name, type=kind)
    page = show(report_html(TRAINING, schema=schema))

    def names() -> list[str]:
        return [e.text for e in page.all("#schema tbody th") if e.is_displayed()]

    assert names() == ["b", "a", "c"]
    page.click("#schema thead button")
    assert names() == ["a", "b", "c"]
    page.one("#schema input").send_keys("int")
    assert names() == ["b", "c"]


CONTRAST = """
const parse = (text) => text.match(/[\\d.]+/g).map(Number);
const linear = (x) => (x /= 255) <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
const light = (c) => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
function behind(element) {
  for (let e = element; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c;
  }
}
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const poor = [];
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  const text = walker.currentNode.data.trim();
  if (!text || !e.getClientRects().length || e.closest(".hidden")) continue;
  const style = getComputedStyle(e);
  const colour = parse(e instanceof SVGElement ? style.fill : style.color);
  const [a, b] = [light(colour), light(behind(e))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${e.className} ${text}`);
}
return poor;
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(show: Show, theme: str) -> None:
    anomalies = anomaly("tip", (NEW_COLUMN, "New column", "x"))
    anomalies.MergeFrom(
        anomaly("fare", (NEW_COLUMN, "n", "x"), severity=anomalies_pb2.AnomalyInfo.WARNING)
    )
    page = show(report_html(TRAINING, serving_statistics=SERVING, anomalies=anomalies))
    page.prefer(prefers_color_scheme=theme)
    page.run("document.querySelectorAll('tr[id]').forEach(e => e.click())")
    assert page.run(CONTRAST) == []


def test_controls_have_names(show: Show) -> None:
    page = show(report_html(TRAINING, schema=schema_pb2.Schema()))
    nameless = page.run(
        "return [...document.querySelectorAll('button, input, select, a')].filter(e => "
        "!(e.textContent.trim() || (e.labels && e.labels.length))).map(e => e.outerHTML)"
    )
    assert nameless == []


def test_in_a_notebook_the_report_lives_in_a_frame(show: Show) -> None:
    shown = tb.visualize_statistics(TRAINING, SERVING, "June", HOSTILE[1])
    page = show(f"<!doctype html><title>notebook</title><body>{shown.html}</body>")
    page.driver.switch_to.frame(page.one("iframe"))
    assert page.names == ["fare", "city", "tip", "note"]
    assert [each.text for each in page.all("#cards h3")] == ["June", HOSTILE[1]]
    page.click("#theme")
    assert page.one("#theme").text == "Theme: light"
    page.one(".skip").send_keys(Keys.ENTER)
    assert page.focused == "features-title"
    page.driver.switch_to.default_content()


def test_two_slices_are_overlaid_in_a_notebook(show: Show) -> None:
    page = show(tb.compare_slices(TRAINING, "day_1", "").html)
    page.driver.switch_to.frame(page.one("iframe"))
    assert page.cell(0, "Max") == "day_1: 7 All Examples: 40"
    page.driver.switch_to.default_content()


def test_infinite_ends_are_no_part_of_a_strip_of_quantiles(show: Show) -> None:
    feature = numeric("x", [0, 8])
    feature.num_stats.histograms[1].buckets[3].high_value = float("inf")
    page = show(report_html(listed(dataset(feature))))
    page.click("#f0")
    # The ends are 0, 2, 4, 6, infinity: 4 is in the middle of them all, 2 of those that are drawn.
    strip = page.all("figure")[1]
    assert len(strip.find_elements("css selector", ".part")) == 3
    places = [
        float(strip.find_element("css selector", css).get_attribute(name) or 0)
        for css, name in ((".median", "x1"), (".part:nth-of-type(3)", "x"))
    ]
    assert places[0] == places[1]


def test_the_lineage_is_drawn_by_the_style_of_the_page(show: Show) -> None:
    graph = LineageGraph(
        {
            "a": Box("Data", "trips.csv", False, "/data/trips.csv"),
            "e": Box("fit", "00ff", True),
            "b": Box("TransformFn", "fn", False),
        },
        [("a", "e"), ("e", "b")],
    )
    page = show(report_html(TRAINING, lineage=graph))
    picture = page.one("svg.lineage")
    boxes = picture.find_elements("css selector", "rect")
    lefts = [box.rect["x"] for box in boxes]
    assert lefts == sorted(lefts)
    assert boxes[0].value_of_css_property("stroke") not in ("none", "")
    assert boxes[0].value_of_css_property("stroke") != boxes[1].value_of_css_property("stroke")
    words = [text.text for text in picture.find_elements("css selector", "text")]
    assert words == ["Data", "trips.csv", "fit", "00ff", "TransformFn", "fn"]
