// The page comes to life: data are read, controls are made, sections filled.

const THEMES = [["auto", "Theme: automatic"], ["light", "Theme: light"], ["dark", "Theme: dark"]];

// A frame in a notebook may be denied storage; then the choice lasts as long as the page.
function remembered(value) {
  try {
    if (value !== undefined) localStorage.setItem("taurus-beam-theme", value);
    return localStorage.getItem("taurus-beam-theme");
  } catch {
    return value || null;
  }
}

function startTheme() {
  const button = document.getElementById("theme");
  const apply = (name) => {
    const [theme, label] = THEMES.find(([each]) => each === name) || THEMES[0];
    document.documentElement.dataset.theme = theme;
    button.textContent = label;
  };
  apply(remembered());
  button.addEventListener("click", () => {
    const at = THEMES.findIndex(([name]) => name === document.documentElement.dataset.theme);
    const [next] = THEMES[(at + 1) % THEMES.length];
    remembered(next);
    apply(next);
  });
}

function blockData(id) {
  return JSON.parse(document.getElementById(id).textContent);
}

const SWITCHES = [
  ["quantiles", "Quantiles", "Draw quantiles instead of histograms"],
  ["log", "Log", "Logarithmic heights"],
  ["percent", "Percent", "Shares instead of counts"],
  ["tall", "Expand", "Taller charts and more top values"],
  ["weighted", "Weighted", "Count every example by its weight"],
];

function choice(label, id, values, change) {
  const options = values.map(([value, text]) => h("option", { value }, text));
  const select = h("select", { id, on: { change: (event) => change(event.target.value) } }, options);
  return h("label", null, label, " ", select);
}

function overviewCard({ label, slice }, records, marked) {
  const sum = (name) => records.reduce((all, record) => all + (record[name] || 0), 0);
  const missing = sum("missing");
  const numbers = [
    ["Examples", shownNumber(slice.examples)],
    ["Weighted", slice.weighted ? shownNumber(slice.weighted) : null],
    ["Features", whole.format(records.length)],
    ["Missing cells", shownShare(shareOf(missing, missing + sum("present")))],
  ];
  const shown = numbers.filter(([, number]) => number !== null);
  return h("li", { class: "card" },
    h("h3", null, marked, bdi(label)),
    h("dl", null, shown.map(([name, number]) => h("div", null, h("dt", null, name), h("dd", null, number)))));
}

class Report {
  constructor(data) {
    this.data = data;
    this.blocks = new Map();
    this.sliceNames = [...new Set(data.series.flatMap((series) => series.slices.map((slice) => slice.name)))];
    this.slice = this.sliceNames[0];
    this.against = "";
    this.table = new FeatureTable(data.features, document.getElementById("feature-table"));
    this.table.changed = () => this.syncSort();
    this.makeControls(document.getElementById("feature-controls"));
    this.update();
  }

  recordsIn(slice) {
    if (!this.blocks.has(slice.block)) this.blocks.set(slice.block, new Map(blockData(slice.block)));
    return this.blocks.get(slice.block);
  }

  // The slices to show, each with the name it goes by: all series, or two slices of one.
  chosen() {
    const named = (series, name) => series.slices.find((slice) => slice.name === name);
    const { series } = this.data;
    if (!this.against) {
      const found = series.map((each) => ({ label: each.name, slice: named(each, this.slice) }));
      return found.filter((each) => each.slice);
    }
    const names = [this.slice, this.against];
    const both = series.find((each) => names.every((name) => named(each, name))) || series[0];
    return names.map((name) => ({ label: name, slice: named(both, name) })).filter((each) => each.slice);
  }

  update() {
    const chosen = this.chosen();
    const records = chosen.map((each) => this.recordsIn(each.slice));
    const names = chosen.map((each) => each.label);
    // Data sets differ in size, so by default their shares are compared.
    this.table.options.percent = this.percent === undefined ? chosen.length > 1 : this.percent;
    this.press("percent", this.table.options.percent);
    this.table.show(names, (index) => records.map((each) => each.get(index) || null));
    this.fillLegend(names);
    this.fillOverview(chosen, records);
    this.fillCounts();
    this.buttons.weighted.hidden = !records.some((each) => [...each.values()].some((record) => record.weighted));
  }

  makeControls(place) {
    const search = h("input", {
      type: "search", id: "search", autocomplete: "off", spellcheck: "false",
      on: { input: (event) => this.table.restrict({ text: event.target.value }) },
    });
    this.kinds = KINDS.map(([kind, label]) => {
      const attributes = { type: "button", "data-kind": kind, "aria-pressed": String(kind === "") };
      return h("button", { ...attributes, on: { click: () => this.chooseKind(kind) } }, label);
    });
    const findings = [["", "all features"], ...FINDINGS.map((each) => [each.name, each.label])];
    this.finding = choice("Show", "finding", findings, (value) => this.table.restrict({ finding: value }));
    const columns = FACTS.map((fact) => [fact.name, fact.label.toLowerCase()]);
    const orders = [["", "order of the data"], ["name", "name"], ["kind", "type"], ...columns];
    this.sort = choice("Sort by", "sort", orders, (value) => this.table.sortBy(value));
    this.buttons = Object.fromEntries(SWITCHES.map(([name, label, title]) => {
      const attributes = { type: "button", title, "data-option": name, "aria-pressed": "false" };
      return [name, h("button", { ...attributes, on: { click: () => this.toggle(name) } }, label)];
    }));
    this.legend = h("p", { class: "legend", "aria-label": "Data sets" });
    place.append(
      h("div", { class: "controls" },
        h("label", null, "Search", " ", search),
        h("div", { class: "group", role: "group", "aria-label": "Kinds of features" }, this.kinds),
        this.finding, this.sort, this.sliceChoices()),
      h("div", { class: "controls" },
        h("div", { class: "group", role: "group", "aria-label": "Charts" }, Object.values(this.buttons)),
        this.legend));
  }

  sliceChoices() {
    if (this.sliceNames.length < 2) return [];
    const names = this.sliceNames.map((name) => [name, name]);
    const change = (field) => (value) => {
      this[field] = value;
      this.update();
    };
    return [
      choice("Slice", "slice", names, change("slice")),
      choice("Compare with", "against", [["", "no other slice"], ...names], change("against")),
    ];
  }

  chooseKind(kind) {
    this.kinds.forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.kind === kind)));
    this.table.restrict({ kind });
  }

  press(name, on) {
    this.buttons[name].setAttribute("aria-pressed", String(on));
  }

  toggle(name) {
    const on = !this.table.options[name];
    if (name === "percent") this.percent = on;
    this.press(name, on);
    this.table.set({ [name]: on });
  }

  syncSort() {
    this.sort.querySelector("select").value = this.table.sort.name;
  }

  fillLegend(names) {
    const entries = names.map((name, i) => h("span", null, mark(i), bdi(name)));
    this.legend.replaceChildren(...(names.length > 1 ? entries : []));
  }

  fillCounts() {
    this.kinds.forEach((button, i) => {
      const [kind, label] = KINDS[i];
      const count = this.table.rows.filter((row) => !kind || kindOf(row.records) === kind).length;
      button.textContent = `${label} ${whole.format(count)}`;
      button.hidden = kind !== "" && count === 0;
    });
    for (const option of this.finding.querySelectorAll("option")) {
      option.hidden = option.value !== "" && !this.found.get(option.value);
    }
  }

  fillOverview(chosen, records) {
    const cards = chosen.map((each, i) =>
      overviewCard(each, [...records[i].values()], chosen.length > 1 ? mark(i) : null));
    const count = (test) => this.table.rows.filter((row) => test(row.feature, row.records)).length;
    this.found = new Map(FINDINGS.map((each) => [each.name, count(each.test)]));
    const items = FINDINGS.filter((each) => this.found.get(each.name)).map((each) => {
      const number = h("b", null, counted(this.found.get(each.name), "feature"));
      const attributes = { type: "button", class: each.grave ? "grave" : null };
      const show = () => this.showFinding(each.name);
      return h("li", null, h("button", { ...attributes, on: { click: show } }, number, ` ${each.label}`));
    });
    const nothing = h("li", null, "Nothing stands out.");
    document.getElementById("cards").replaceChildren(...cards);
    document.getElementById("findings").replaceChildren(...(items.length ? items : [nothing]));
  }

  showFinding(name) {
    this.finding.querySelector("select").value = name;
    this.table.restrict({ finding: name, kind: "", text: "" });
    this.chooseKind("");
    document.getElementById("search").value = "";
    const heading = document.getElementById("features-title");
    heading.scrollIntoView({ block: "start" });
    heading.focus({ preventScroll: true });
  }

  // Shows a feature, whatever the filters are.
  reveal(index) {
    if (this.table.reveal(index)) return;
    document.getElementById("search").value = "";
    this.finding.querySelector("select").value = "";
    this.table.restrict({ finding: "", text: "" });
    this.chooseKind("");
    this.table.reveal(index);
  }
}

// Links inside the page are followed here: in a frame of a notebook their address would be the
// notebook's, and a feature's row may not be made yet.
function followLink(address, report) {
  const feature = /^#f(\d+)$/.exec(address);
  if (feature) {
    if (report) report.reveal(Number(feature[1]));
    return;
  }
  const target = address.length > 1 && document.getElementById(address.slice(1));
  if (!target) return;
  target.scrollIntoView({ block: "start" });
  const heading = target.querySelector("h2, h3") || target;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

function start() {
  startTheme();
  document.querySelectorAll("table[data-sortable]").forEach(makeSortable);
  const report = document.getElementById("report-data") ? new Report(blockData("report-data")) : null;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link) return;
    event.preventDefault();
    followLink(link.getAttribute("href"), report);
  });
  if (location.hash) followLink(location.hash, report);
}

start();
