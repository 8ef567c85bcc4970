// The most frequent values, as a table with bars: it can be read, heard and copied.

// The values that are frequent in any series. A list that was cut cannot tell of values past its
// end, so there the count is unknown, not zero.
function topRows(records, most) {
  const lists = records.map((record) => new Map(record && record.top ? record.top : []));
  const complete = records.map((record, i) => record && lists[i].size >= (record.unique || 0));
  const labels = new Set(lists.flatMap((list) => [...list.keys()].slice(0, most)));
  const count = (label, i) => (lists[i].has(label) ? Number(lists[i].get(label)) : complete[i] ? 0 : null);
  return [...labels]
    .slice(0, records.length > 1 ? 2 * most : most)
    .map((label) => ({ label, counts: lists.map((_, i) => count(label, i)) }));
}

function topChart(records, names, options) {
  const rows = topRows(records, options.tall ? 50 : 10);
  if (!rows.length) return h("p", { class: "quiet" }, "No values to show.");
  const share = (row, i) => shareOf(row.counts[i], records[i] && records[i].values);
  const value = (row, i) => (options.percent ? share(row, i) : row.counts[i]);
  const scale = heights(rows.flatMap((row) => records.map((_, i) => value(row, i))), options.log, String);
  const heading = (text, name) => h("th", { scope: "col", class: name }, text);
  return h("table", { class: "top" },
    h("caption", { class: "hidden" }, "Most frequent values"),
    h("thead", null,
      h("tr", null, heading("Value"), h("td"), heading("Count", "number"), heading("Share", "number"))),
    h("tbody", null, rows.map((row) =>
      h("tr", null,
        h("th", { scope: "row", title: row.label }, valueText(row.label)),
        h("td", { class: "bars", "aria-hidden": "true" },
          row.counts.map((_, i) => lengthBar(i, scale.of(value(row, i) || 0)))),
        h("td", { class: "number" },
          row.counts.map((count, i) => h("div", null, seriesName(names, i), shownNumber(count)))),
        h("td", { class: "number" },
          row.counts.map((_, i) => h("div", null, shownShare(share(row, i)))))))));
}

function valueText(label) {
  return label === "" ? h("em", null, "(empty)") : bdi(label);
}

// Told where a place on the page does not tell of which series a number is.
function seriesName(names, i) {
  return names.length > 1 ? h("span", { class: "hidden" }, `${names[i]}: `) : null;
}

function lengthBar(series, part) {
  const drawn = h("span", { class: `length s${series}` });
  drawn.style.width = `${100 * part}%`;
  return drawn;
}
