// Sorting and searching for tables that are part of the page already.

function makeSortable(table) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const sort = () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      for (const each of headings) each.setAttribute("aria-sort", "none");
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const keys = new Map(rows.map((row) => [row, cellKey(row.cells[column])]));
      const sorted = [...rows].sort((a, b) => compareKeys(keys.get(a), keys.get(b)) * (down ? -1 : 1));
      body.append(...sorted);
    };
    const button = h("button", { type: "button", on: { click: sort } }, heading.textContent);
    heading.replaceChildren(button);
    heading.setAttribute("aria-sort", "none");
    heading.setAttribute("role", "columnheader");
  });
  if (table.dataset.search) addSearch(table, rows);
}

function cellKey(cell) {
  return cell.dataset.value === undefined ? cell.textContent : Number(cell.dataset.value);
}

function compareKeys(a, b) {
  return typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
}

function addSearch(table, rows) {
  const found = h("span", { role: "status", class: "found" });
  const search = () => {
    const wanted = field.value.trim().toLowerCase();
    let kept = 0;
    for (const row of rows) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      kept += row.hidden ? 0 : 1;
    }
    found.textContent = wanted ? `${kept} of ${rows.length}` : "";
  };
  const field = h("input", { type: "search", on: { input: search } });
  const label = h("label", null, table.dataset.search, " ", field);
  table.parentElement.before(h("div", { class: "controls" }, label, found));
}
