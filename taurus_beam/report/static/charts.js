// The charts of numbers: a histogram, and strips of quantiles. Several series lie over one another;
// the first is filled, the others are lines, so that they can be told apart without colours.

function frame(width, height, label, ...content) {
  const attributes = { class: "chart", width, height, viewBox: `0 0 ${width} ${height}` };
  return svg("svg", { ...attributes, role: "img", "aria-label": label }, content);
}

function line(name, x1, y1, x2, y2) {
  return svg("line", { class: name, x1, x2, y1, y2 });
}

function xAxis(low, high, left, width, top) {
  const place = (x) => left + (low === high ? 0.5 : (x - low) / (high - low)) * width;
  const drawn = axisTicks(low, high, Math.max(2, Math.floor(width / 90))).map((tick) => [
    line("axis", place(tick), top, place(tick), top + 4),
    svg("text", { class: "tick", x: place(tick), y: top + 16, "text-anchor": "middle" }, shortNumber(tick)),
  ]);
  return { place, drawn: [line("axis", left, top, left + width, top), drawn] };
}

function yAxis(ticks, left, width, top, height) {
  return ticks.map(([part, text]) => {
    const y = top + height * (1 - part);
    return [
      line("grid", left, y, left + width, y),
      svg("text", { class: "tick", x: left - 6, y: y + 4, "text-anchor": "end" }, text),
    ];
  });
}

// The series of a histogram. Where a bin begins and ends and how high a series is in it are
// functions of the bin.
function drawnSeries(bins, { left, right, y, bottom }) {
  return bins[0].counts.map((_, series) => {
    if (bins.every((bin) => bin.counts[series] === null)) return [];
    if (series === 0) return bins.map((bin) => bar(left(bin), right(bin), y(bin, 0), bottom));
    let path = `M${left(bins[0])},${bottom}`;
    for (const bin of bins) path += `V${y(bin, series)}H${right(bin)}`;
    return svg("path", { class: `outline s${series}`, d: `${path}V${bottom}` });
  });
}

function bar(left, right, top, bottom) {
  const width = right - left;
  const shape = { x: left, y: top, width: Math.max(0.5, width - Math.min(1, width / 6)) };
  return svg("rect", { class: "bar s0", ...shape, height: Math.max(0, bottom - top) });
}

function histogramChart(records, names, options, width) {
  const common = commonBins(records.map((record) => record && record.histogram));
  if (!common) return h("p", { class: "quiet" }, "No finite values to draw.");
  const { bins, recut } = common;
  const sums = totals(bins);
  const value = (bin, i) => (options.percent ? shareOf(bin.counts[i], sums[i]) : bin.counts[i]);
  const shown = (amount) => (options.percent ? `${four.format(100 * amount)} %` : shortNumber(amount));
  const scale = heights(bins.flatMap((bin) => sums.map((_, i) => value(bin, i))), options.log, shown);

  const [left, top, below] = [56, 8, 24];
  const [inner, tall] = [width - left - 20, (options.tall ? 380 : 190) - top - below];
  const [low, high] = [bins[0].low, bins[bins.length - 1].high];
  const axis = xAxis(low, high, left, inner, top + tall);
  const alone = low === high;
  const shape = {
    left: (bin) => (alone ? left + inner * 0.4 : axis.place(bin.low)),
    right: (bin) => (alone ? left + inner * 0.6 : axis.place(bin.high)),
    y: (bin, i) => top + tall * (1 - scale.of(value(bin, i))),
    bottom: top + tall,
  };
  const label =
    `Histogram of ${counted(bins.length, "bin")} from ${shownNumber(low)} to ${shownNumber(high)}. ` +
    "Arrow keys read the bins.";
  const cursor = svg("rect", { class: "cursor", y: top, height: tall, width: 0 });
  const drawing = frame(width, top + tall + below, label, cursor,
    yAxis(scale.ticks, left, inner, top, tall), drawnSeries(bins, shape), axis.drawn);
  const readout = h("p", { class: "readout", "aria-live": "polite" },
    "Point at a bar, or use the arrow keys, to read its numbers.");
  makeReadable(drawing, bins, shape, (bin) => {
    cursor.setAttribute("x", shape.left(bin));
    cursor.setAttribute("width", Math.max(1, shape.right(bin) - shape.left(bin)));
    readout.textContent = binText(bin, names, sums);
  });
  const note = "The data sets have buckets of their own; they are cut into common ones here, so that heights compare.";
  return h("div", null, drawing, readout, recut ? h("p", { class: "quiet" }, note) : null);
}

function binText(bin, names, sums) {
  const range = bin.low === bin.high ? shownNumber(bin.low) : `${shownNumber(bin.low)} to ${shownNumber(bin.high)}`;
  const parts = bin.counts.map((count, i) => {
    if (count === null) return null;
    const name = names.length > 1 ? `${names[i]} ` : "";
    return `${name}${shownNumber(Math.round(count * 100) / 100)} (${shownShare(shareOf(count, sums[i]))})`;
  });
  return `${range}: ${parts.filter((part) => part !== null).join(", ")}`;
}

// The pointer and the arrow keys pick a bin.
function makeReadable(drawing, bins, shape, pick) {
  let current = -1;
  const move = (position) => {
    current = Math.max(0, Math.min(bins.length - 1, position));
    pick(bins[current]);
  };
  drawing.setAttribute("tabindex", "0");
  drawing.addEventListener("pointermove", (event) => {
    const x = event.clientX - drawing.getBoundingClientRect().left;
    const found = bins.findIndex((bin) => x < shape.right(bin));
    move(found < 0 ? bins.length - 1 : found);
  });
  drawing.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    if (current < 0) move(step > 0 ? 0 : bins.length - 1);
    else move(current + step);
  });
}

// One strip per series: between two marks lies the same share of the values. What reaches to
// infinity is left out.
function quantileChart(quantiles, names, width, what = "Quantiles") {
  const strips = quantiles.map((ends) => (ends || []).map(Number));
  const all = strips.flat().filter(Number.isFinite);
  if (!all.length) return h("p", { class: "quiet" }, "No finite values to draw.");
  const [left, top, band] = [20, 6, 26];
  const bottom = top + strips.length * band;
  const axis = xAxis(Math.min(...all), Math.max(...all), left, width - 2 * left, bottom);
  const drawn = strips.map((ends, series) =>
    strip(ends, series, axis.place, top + series * band, band - 8, names[series]));
  const texts = strips.map((ends, i) => (ends.length ? `${names[i]}: ${ends.map(shownNumber).join(", ")}` : ""));
  return frame(width, bottom + 24, [what, ...texts].filter(Boolean).join(". "), drawn, axis.drawn);
}

function strip(ends, series, place, top, height, name) {
  const parts = ends.slice(1).map((end, i) => {
    const [from, to] = [i / (ends.length - 1), (i + 1) / (ends.length - 1)];
    if (!Number.isFinite(ends[i]) || !Number.isFinite(end)) return null;
    const [low, high] = [place(ends[i]), place(end)];
    const text =
      `${name}: ${shownShare(from)} to ${shownShare(to)} of the values ` +
      `from ${shownNumber(ends[i])} to ${shownNumber(end)}`;
    const title = name === undefined ? null : svg("title", null, text);
    const attributes = { x: low, y: top, width: Math.max(0.75, high - low), height };
    return svg("rect", { class: `part s${series}${i % 2 ? " odd" : ""}`, ...attributes }, title);
  });
  const middle = ends[(ends.length - 1) / 2];
  if (name === undefined || !Number.isFinite(middle)) return parts;
  const median = place(middle);
  return [parts, line("median", median, top - 3, median, top + height + 3)];
}
