// The table of features: which rows, in what order, with which columns. Rows are made fifty at
// a time as the reader gets to them and charts when they come into sight, so that thousands of
// features cost no more than one screen of them.

const BATCH = 50;
const KINDS = [["", "All"], ["numeric", "Numeric"], ["categorical", "Categorical"], ["other", "Other"]];

function kindOf(records) {
  const found = records.find(Boolean);
  const kind = found ? found.kind : "other";
  return kind === "numeric" || kind === "categorical" ? kind : "other";
}

function whenNear(margin, act) {
  const seen = (entries) => entries.filter((each) => each.isIntersecting).forEach((each) => act(each.target));
  return new IntersectionObserver(seen, { rootMargin: margin });
}

class FeatureTable {
  constructor(features, place) {
    this.features = features;
    this.options = { quantiles: false, log: false, tall: false, percent: false, weighted: false };
    this.sort = { name: "", down: false };
    this.filter = { kind: "", text: "", finding: "" };
    this.open = new Set();
    this.body = h("tbody", { role: "rowgroup" });
    this.head = h("thead", { role: "rowgroup" }, this.headings());
    const attributes = { class: "cards features", role: "treegrid", "aria-label": "Features" };
    this.table = h("table", attributes, this.head, this.body);
    this.end = h("div", { class: "end" });
    this.status = h("p", { role: "status", class: "found" });
    this.body.addEventListener("click", (event) => this.clicked(event));
    this.body.addEventListener("keydown", (event) => this.pressed(event));
    this.sight = whenNear("300px", (cell) => this.draw(cell));
    this.reach = whenNear("1200px", () => this.more());
    let last = window.innerWidth;
    window.addEventListener("resize", () => {
      if (window.innerWidth === last) return;
      last = window.innerWidth;
      requestAnimationFrame(() => this.redraw());
    });
    place.append(this.status, h("div", { class: "scroll wide" }, this.table), this.end);
  }

  headings() {
    const heading = (name, label, help, kind) => {
      const attributes = { scope: "col", role: "columnheader", "data-column": name, "aria-sort": "none" };
      const button = h("button", { type: "button", title: help, on: { click: () => this.sortBy(name) } }, label);
      return h("th", { ...attributes, class: kind ? `of-${kind}` : null }, button);
    };
    return h("tr", { role: "row" },
      heading("name", "Feature"),
      heading("kind", "Type"),
      h("th", { scope: "col", role: "columnheader" }, "Distribution"),
      FACTS.map((fact) => heading(fact.name, fact.label, fact.help, fact.kind)));
  }

  // names of the series, and for each feature its record in every one of them
  show(names, recordsOf) {
    this.names = names;
    this.rows = this.features
      .map((feature, index) => ({ feature, index, records: recordsOf(index) }))
      .filter((row) => row.records.some(Boolean));
    this.refresh();
  }

  set(options) {
    Object.assign(this.options, options);
    this.refresh();
  }

  restrict(filter) {
    Object.assign(this.filter, filter);
    this.refresh();
  }

  sortBy(name, down) {
    const text = name === "name" || name === "kind" || name === "top" || name === "";
    this.sort = { name, down: down === undefined ? (this.sort.name === name ? !this.sort.down : !text) : down };
    this.refresh();
    if (this.changed) this.changed();
  }

  matching() {
    const { kind, text, finding } = this.filter;
    const test = FINDINGS.find((each) => each.name === finding);
    const wanted = text.trim().toLowerCase();
    return this.rows.filter((row) =>
      (!kind || kindOf(row.records) === kind) &&
      (!wanted || row.feature.path.toLowerCase().includes(wanted)) &&
      (!test || test.test(row.feature, row.records)));
  }

  // Features without the number come last in both directions.
  sorted(rows) {
    const { name, down } = this.sort;
    if (!name) return rows;
    const fact = FACTS.find((each) => each.name === name);
    const keys = new Map(rows.map((row) => [row, this.keyOf(row, name, fact)]));
    const compare = (a, b) => (typeof a === "string" ? collator.compare(a, b) : a - b);
    return [...rows].sort((one, other) => {
      const [a, b] = [keys.get(one), keys.get(other)];
      if (a === null || b === null) return (a === null) - (b === null) || one.index - other.index;
      return (down ? compare(b, a) : compare(a, b)) || one.index - other.index;
    });
  }

  keyOf(row, name, fact) {
    if (name === "name") return row.feature.path;
    const record = row.records.find(Boolean);
    if (name === "kind") return record.type;
    const key = fact.of(this.weighed(record));
    return typeof key === "number" && Number.isNaN(key) ? null : key;
  }

  weighed(record) {
    return record && this.options.weighted && record.weighted ? { ...record, ...record.weighted } : record;
  }

  refresh() {
    this.sight.disconnect();
    this.reach.disconnect();
    this.shown = this.sorted(this.matching());
    this.made = 0;
    this.body.replaceChildren();
    this.table.dataset.kind = this.filter.kind;
    for (const heading of this.head.querySelectorAll("[data-column]")) {
      const active = heading.dataset.column === this.sort.name;
      heading.setAttribute("aria-sort", active ? (this.sort.down ? "descending" : "ascending") : "none");
    }
    this.table.setAttribute("aria-rowcount", this.shown.length + 1);
    this.status.textContent = `${whole.format(this.shown.length)} of ${counted(this.rows.length, "feature")}`;
    this.more();
    const first = this.body.firstElementChild;
    if (first) first.tabIndex = 0;
  }

  more() {
    this.reach.unobserve(this.end);
    const upTo = Math.min(this.shown.length, this.made + BATCH);
    const fragment = document.createDocumentFragment();
    for (; this.made < upTo; this.made++) fragment.append(...this.rowOf(this.shown[this.made], this.made));
    this.body.append(fragment);
    if (this.made < this.shown.length) this.reach.observe(this.end);
  }

  rowOf(row, position) {
    const { feature, index } = row;
    const records = row.records.map((record) => this.weighed(record));
    const expanded = this.open.has(index);
    const chart = h("td", { role: "gridcell", class: "chart-cell" });
    chart.row = row;
    this.sight.observe(chart);
    const attributes = { role: "row", id: `f${index}`, tabindex: "-1", "aria-level": "1" };
    const line = h("tr", { ...attributes, "aria-expanded": String(expanded), "aria-rowindex": position + 2 },
      h("th", { scope: "row", role: "rowheader", title: feature.path },
        h("span", { class: "chevron", "aria-hidden": "true" }),
        h("span", { class: "name" }, bdi(feature.path)),
        this.badge(feature.anomalies)),
      h("td", { role: "gridcell", "data-label": "Type", class: "type" }, records.find(Boolean).type || "none"),
      chart,
      FACTS.map((fact) => this.cell(fact, records)));
    return expanded ? [line, this.panel(row)] : [line];
  }

  badge(anomalies) {
    if (!anomalies.length) return null;
    const title = anomalies.map((each) => each.short).join("; ");
    const text = counted(anomalies.length, "anomaly", "anomalies");
    return h("span", { class: `badge ${anomalies[0].severity}`, title }, text);
  }

  cell(fact, records) {
    const none = records.every((record) => !record || fact.of(record) === null);
    const classes = [fact.kind && `of-${fact.kind}`, fact.text ? "text" : "number", none && "none"];
    const lines = none ? [] : records.map((record, i) => this.cellLine(fact, record, i));
    return h("td", { role: "gridcell", "data-label": fact.label, class: classes.filter(Boolean).join(" ") }, lines);
  }

  cellLine(fact, record, i) {
    const value = record ? fact.of(record) : null;
    const steps = level(fact.name, value);
    const text = record || fact.name !== "count" ? shownFact(fact, record) : "absent";
    return h("div", { class: steps ? `level${steps}` : null, title: fact.text ? text : null },
      seriesName(this.names, i),
      this.names.length > 1 && fact.name === "count" ? mark(i) : null,
      fact.text ? bdi(text) : text,
      steps ? this.gauge(value) : null);
  }

  gauge(share) {
    const bar = h("span", { class: "gauge", "aria-hidden": "true" });
    bar.style.width = `${100 * share}%`;
    return bar;
  }

  draw(cell) {
    this.sight.unobserve(cell);
    const small = smallChart(cell.row.records.map((record) => this.weighed(record)), this.options);
    cell.replaceChildren(...(small ? [small] : []));
  }

  panel(row) {
    const records = row.records.map((record) => this.weighed(record));
    const frame = this.table.parentElement;
    const cell = h("td", { role: "gridcell", colspan: FACTS.length + 3 });
    const width = Math.min(frame.clientWidth, document.documentElement.clientWidth) - 48;
    const panel = detailsPanel(row.feature, records, this.names, this.options, width);
    panel.style.maxWidth = `${width + 24}px`;
    cell.append(panel);
    return h("tr", { role: "row", class: "panel", "aria-level": "2" }, cell);
  }

  redraw() {
    for (const panel of this.body.querySelectorAll("tr.panel")) {
      panel.replaceWith(this.panel(this.rowBefore(panel)));
    }
  }

  rowBefore(panel) {
    const index = Number(panel.previousElementSibling.id.slice(1));
    return this.rows.find((row) => row.index === index);
  }

  toggle(line, wanted) {
    const index = Number(line.id.slice(1));
    const expand = wanted === undefined ? !this.open.has(index) : wanted;
    if (expand === this.open.has(index)) return;
    line.setAttribute("aria-expanded", String(expand));
    if (expand) {
      this.open.add(index);
      line.after(this.panel(this.rows.find((row) => row.index === index)));
    } else {
      this.open.delete(index);
      line.nextElementSibling.remove();
    }
  }

  focus(line) {
    if (!line) return;
    for (const each of this.body.querySelectorAll("tr[tabindex='0']")) each.tabIndex = -1;
    line.tabIndex = 0;
    line.focus();
  }

  focusAt(position) {
    const wanted = Math.max(0, Math.min(this.shown.length - 1, position));
    while (this.made <= wanted) this.more();
    this.focus(document.getElementById(`f${this.shown[wanted].index}`));
  }

  clicked(event) {
    const line = event.target.closest("tr[id]");
    if (!line || String(window.getSelection())) return;
    this.focus(line);
    this.toggle(line);
  }

  pressed(event) {
    const panel = event.target.closest("tr.panel");
    if (panel) {
      if (event.key !== "Escape") return;
      const line = panel.previousElementSibling;
      this.toggle(line, false);
      this.focus(line);
      return;
    }
    const lines = [...this.body.querySelectorAll("tr[id]")];
    const at = lines.indexOf(event.target);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity };
    if (event.key in steps) {
      this.focusAt(at + steps[event.key]);
    } else if (event.key === "Enter" || event.key === " ") {
      this.toggle(event.target);
    } else if (event.key === "ArrowRight") {
      this.toggle(event.target, true);
    } else if (event.key === "ArrowLeft" || event.key === "Escape") {
      this.toggle(event.target, false);
    } else {
      return;
    }
    event.preventDefault();
  }

  // A link from an anomaly or a distance: the row may not be made yet, or be filtered away.
  reveal(index) {
    if (!this.shown.some((row) => row.index === index)) return false;
    while (!document.getElementById(`f${index}`)) this.more();
    const line = document.getElementById(`f${index}`);
    this.toggle(line, true);
    this.focus(line);
    line.scrollIntoView({ block: "start" });
    return true;
  }
}
