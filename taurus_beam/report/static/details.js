// The panel that opens under a feature: its charts, all of its numbers, and what is wrong with it.

function figure(title, ...content) {
  return h("figure", null, h("figcaption", null, title), content);
}

// Rows of a plain table: a heading each, then cells.
function factRows(rows) {
  return rows.map(([heading, ...cells]) =>
    h("tr", null, h("th", { scope: "row" }, heading), cells.map((cell) => h("td", null, cell))));
}

function factsTable(records, names) {
  const wanted = [...FACTS, ...MORE_FACTS].filter((fact) => records.some((r) => r && fact.of(r) !== null));
  const cell = (fact, record) => (fact.text ? bdi(shownFact(fact, record)) : shownFact(fact, record));
  return h("table", { class: "facts" },
    h("caption", { class: "hidden" }, "Numbers"),
    h("thead", null,
      h("tr", null, h("td"), names.map((name, i) => h("th", { scope: "col", title: name }, mark(i), bdi(name))))),
    h("tbody", null, factRows(wanted.map((fact) => [fact.label, ...records.map((each) => cell(fact, each))]))));
}

function numericFigures(records, names, options, width) {
  const histogram = figure("Histogram", histogramChart(records, names, options, width));
  const note = "Each field holds the same share of the values; the strong line is the median.";
  const ends = records.map((record) => record && record.quantiles);
  const quantiles = figure("Quantiles", quantileChart(ends, names, width), h("p", { class: "quiet" }, note));
  return options.quantiles ? [quantiles, histogram] : [histogram, quantiles];
}

function lengthsFigure(records, names, width) {
  const lengths = records.map((record) => record && record.lengths);
  if (!lengths.some((each) => each && (each.min !== each.max || each.max > 1))) return null;
  const ends = lengths.map((each) => each && each.quantiles);
  return figure("Values per example", quantileChart(ends, names, width, "Quantiles of the values per example"));
}

function levelsFigure(record, of) {
  if (!record || !record.levels) return null;
  const headings = ["Level", "Present", "Missing", "Min", "Max", "Values"];
  const rows = record.levels.map((each, depth) => [
    String(depth + 1),
    ...[each.present, each.missing, each.min, each.max, each.values].map(shownNumber),
  ]);
  return figure(["Nested lists", of],
    h("table", { class: "facts" },
      h("thead", null, h("tr", null, headings.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", null, factRows(rows))));
}

function customFigures(record, name, of, width) {
  const custom = (record && record.custom) || [];
  const plain = custom.filter((each) => !each.buckets && !each.top);
  const shown = (each) => (each.number === undefined ? h("pre", null, each.text) : shownNumber(each.number));
  const rows = factRows(plain.map((each) => [bdi(each.name), shown(each)]));
  return [
    plain.length ? figure(["Custom statistics", of], h("table", { class: "facts" }, h("tbody", null, rows))) : null,
    custom.filter((each) => each.buckets || each.top).map((each) =>
      figure([bdi(each.name), of], customChart(each, name, width))),
  ];
}

function customChart(custom, name, width) {
  if (custom.top) {
    const values = custom.top.reduce((sum, [, count]) => sum + Number(count), 0);
    return topChart([{ top: custom.top, values, unique: 0 }], [name], {});
  }
  const buckets = custom.buckets.filter((bucket) => bucket.every((x) => Number.isFinite(Number(x))));
  return histogramChart([{ histogram: { buckets } }], [name], {}, width);
}

function anomalyItem(each) {
  return h("li", null,
    h("span", { class: `badge ${each.severity}` }, each.severity), " ",
    h("b", null, each.short), each.text ? [". ", bdi(each.text)] : null, " ",
    h("a", { href: `#${each.group}` }, "What to do"));
}

function distanceItem(each) {
  const allowed = each.threshold === null ? "" : `, allowed ${shownNumber(each.threshold)}`;
  return h("li", null,
    `${each.between}: ${each.measure} ${shownNumber(each.value)}`,
    each.high ? h("b", null, ` above ${shownNumber(each.threshold)}`) : allowed);
}

function wrongList({ anomalies, distances }) {
  if (!anomalies.length && !distances.length) return null;
  return h("div", { class: "wrong" },
    anomalies.length ? [h("h4", null, "Anomalies"), h("ul", null, anomalies.map(anomalyItem))] : null,
    distances.length ? [h("h4", null, "Drift and skew"), h("ul", null, distances.map(distanceItem))] : null);
}

function detailsPanel(feature, records, names, options, width) {
  const wide = width >= 860;
  const chartWidth = Math.max(240, wide ? Math.min((width - 40) * 0.6, 900) : width);
  const ofKind = (kind) => records.map((record) => (record && record.kind === kind ? record : null));
  const [numeric, categorical] = [ofKind("numeric"), ofKind("categorical")];
  const of = (i) => (names.length > 1 ? [" of ", bdi(names[i])] : null);
  return h("div", { class: wide ? "details wide" : "details" },
    h("div", { class: "charts" },
      numeric.some(Boolean) ? numericFigures(numeric, names, options, chartWidth) : null,
      categorical.some(Boolean) ? figure("Top values", topChart(categorical, names, options)) : null,
      lengthsFigure(records, names, chartWidth),
      records.map((record, i) => levelsFigure(record, of(i))),
      records.map((record, i) => customFigures(record, names[i], of(i), chartWidth))),
    h("div", { class: "side" }, wrongList(feature), figure("Numbers", factsTable(records, names))));
}
