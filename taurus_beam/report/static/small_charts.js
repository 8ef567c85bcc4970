// The charts in the rows of the table: a shape to recognise, without axes and numbers.

const SMALL = { width: 132, height: 30 };

function smallChart(records, options) {
  const size = { width: SMALL.width, height: SMALL.height * (options.tall ? 2 : 1) };
  const numeric = records.some((record) => record && record.kind === "numeric");
  const drawn = numeric && options.quantiles ? smallStrips(records, size) : smallBars(records, numeric, options, size);
  if (!drawn) return null;
  const view = `0 0 ${size.width} ${size.height}`;
  return svg("svg", { class: "small", ...size, viewBox: view, "aria-hidden": "true" }, drawn);
}

// Always shares, since only these can be compared where one scale has no room.
function smallBars(records, numeric, options, { width, height }) {
  const common = numeric ? commonBins(records.map((record) => record && record.histogram)) : topBins(records);
  if (!common) return null;
  const { bins } = common;
  const sums = totals(bins);
  const share = (bin, i) => shareOf(bin.counts[i], sums[i]);
  const scale = heights(bins.flatMap((bin) => sums.map((_, i) => share(bin, i))), options.log, String);
  const [low, high] = [bins[0].low, bins[bins.length - 1].high];
  const place = (x) => ((x - low) / (high - low)) * (width - 2) + 1;
  const shape = {
    left: (bin) => (low === high ? width * 0.42 : place(bin.low)),
    right: (bin) => (low === high ? width * 0.58 : place(bin.high)),
    y: (bin, i) => height - 1 - (height - 3) * scale.of(share(bin, i)),
    bottom: height - 1,
  };
  return [line("axis", 0, height - 0.5, width, height - 0.5), drawnSeries(bins, shape)];
}

// Top values as bins of width one; at least six, so that two values do not look like a histogram.
function topBins(records) {
  const rows = topRows(records, 10).slice(0, 12);
  if (!rows.length) return null;
  const none = records.map(() => 0);
  const counts = (i) => (i < rows.length ? rows[i].counts.map((count) => count || 0) : none);
  const size = Math.max(6, rows.length);
  return { bins: Array.from({ length: size }, (_, i) => ({ low: i, high: i + 1, counts: counts(i) })) };
}

function smallStrips(records, { width, height }) {
  const strips = records.map((record) => ((record && record.quantiles) || []).map(Number));
  const all = strips.flat().filter(Number.isFinite);
  if (!all.length) return null;
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const place = (x) => (low === high ? width / 2 : ((x - low) / (high - low)) * (width - 2) + 1);
  const band = height / strips.length;
  return strips.map((ends, series) => strip(ends, series, place, series * band + 1, band - 3));
}
