// The arithmetic of charts: bins that several series share, heights, and the ticks of an axis.

// Series cut into different buckets are cut anew into common ones, assuming that values are spread
// evenly inside a bucket; otherwise their heights could not be compared. The count of a series
// without a histogram is null.
function commonBins(histograms) {
  const filled = histograms.filter((each) => each && each.buckets.length);
  if (!filled.length) return null;
  const ends = (each) => each.buckets.map(([low, high]) => `${low},${high}`).join();
  const recut = !filled.every((each) => ends(each) === ends(filled[0]));
  return { recut, bins: recut ? recutBins(histograms, filled) : sameBins(histograms, filled[0]) };
}

function sameBins(histograms, first) {
  return first.buckets.map(([low, high], i) => ({
    low,
    high,
    counts: histograms.map((each) => (each && each.buckets.length ? each.buckets[i][2] : null)),
  }));
}

function recutBins(histograms, filled) {
  const lowest = Math.min(...filled.map((each) => each.buckets[0][0]));
  const highest = Math.max(...filled.map((each) => each.buckets[each.buckets.length - 1][1]));
  const size = Math.max(10, ...filled.map((each) => each.buckets.length));
  const end = (i) => (i === size ? highest : lowest + ((highest - lowest) * i) / size);
  const bins = Array.from({ length: size }, (_, i) => ({
    low: end(i),
    high: end(i + 1),
    counts: histograms.map((each) => (each && each.buckets.length ? 0 : null)),
  }));
  histograms.forEach((each, series) => {
    for (const [low, high, count] of each ? each.buckets : []) {
      for (const bin of bins) bin.counts[series] += count * sharedPart(low, high, bin, bin === bins[0]);
    }
  });
  return bins;
}

// What part of a bucket lies in a bin. Bins include their upper end, the first both.
function sharedPart(low, high, bin, isFirst) {
  if (low === high) {
    return (low > bin.low || (isFirst && low >= bin.low)) && low <= bin.high ? 1 : 0;
  }
  return Math.max(0, Math.min(high, bin.high) - Math.max(low, bin.low)) / (high - low);
}

function totals(bins) {
  return bins[0].counts.map((_, i) => bins.reduce((sum, bin) => sum + (bin.counts[i] || 0), 0));
}

// Heights between 0 and 1, and the marks of the axis beside them.
function heights(values, logarithmic, shown) {
  const positive = values.filter((value) => value > 0);
  const most = Math.max(...positive, 0);
  if (!most) return { of: () => 0, ticks: [] };
  return logarithmic ? logarithmicHeights(positive, most, shown) : linearHeights(most, shown);
}

function linearHeights(most, shown) {
  const ticks = axisTicks(0, most, 5).slice(1);
  return { of: (value) => (value || 0) / most, ticks: ticks.map((tick) => [tick / most, shown(tick)]) };
}

function logarithmicHeights(positive, most, shown) {
  const least = Math.min(...positive) / 2;
  const of = (value) => (value > 0 ? Math.max(0, Math.log(value / least) / Math.log(most / least)) : 0);
  const ticks = [];
  for (let power = Math.ceil(Math.log10(least)); 10 ** power <= most; power++) {
    ticks.push([of(10 ** power), shown(10 ** power)]);
  }
  return { of, ticks: ticks.filter((_, i) => i % Math.ceil(ticks.length / 4) === 0) };
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
}

function axisTicks(low, high, most) {
  if (low === high) return [low];
  const step = niceStep((high - low) / most);
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high + step * 1e-9; i++) ticks.push(i * step + 0);
  return ticks;
}
