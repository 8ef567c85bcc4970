// What a record of a feature tells, under the name a person knows it by. Every column of the
// table and every line of the details is one entry here.

const LEVELS = { missing: [0.05, 0.5], zeros: [0.5, 0.9] };

function missingShare({ missing, present }) {
  return missing === undefined ? null : shareOf(missing, missing + present);
}

function zerosShare(record) {
  return record.zeros === undefined ? null : shareOf(record.zeros, record.values);
}

function topValue(record) {
  return record.top && record.top.length ? record.top[0][0] : null;
}

function shownText(text) {
  return text === null ? NONE : text === "" ? "(empty)" : text;
}

function topShare(record) {
  return record.top && record.top.length ? shareOf(Number(record.top[0][1]), record.values) : null;
}

// 0: nothing to say, 1: worth a look, 2: hard to overlook.
function level(name, share) {
  const steps = LEVELS[name];
  return steps && share !== null ? steps.filter((step) => share >= step).length : 0;
}

const FACTS = [
  { name: "count", label: "Count", of: (r) => known(r.present), help: "Examples that have the feature" },
  { name: "missing", label: "Missing", of: missingShare, show: shownShare, help: "Share of examples without it" },
  { name: "mean", label: "Mean", kind: "numeric", of: (r) => known(r.mean) },
  { name: "std", label: "Std dev", kind: "numeric", of: (r) => known(r.std), help: "Population standard deviation" },
  {
    name: "zeros", label: "Zeros", kind: "numeric", of: zerosShare, show: shownShare,
    help: "Share of values that are zero",
  },
  { name: "min", label: "Min", kind: "numeric", of: (r) => known(r.min) },
  { name: "median", label: "Median", kind: "numeric", of: (r) => known(r.median) },
  { name: "max", label: "Max", kind: "numeric", of: (r) => known(r.max) },
  { name: "unique", label: "Unique", kind: "categorical", of: (r) => known(r.unique), help: "Distinct values" },
  { name: "top", label: "Top value", kind: "categorical", of: topValue, show: shownText, text: true },
  {
    name: "share", label: "Top share", kind: "categorical", of: topShare, show: shownShare,
    help: "Share of values that are the top value",
  },
  {
    name: "length", label: "Avg length", kind: "categorical", of: (r) => known(r.length),
    help: "Mean length of the values, in bytes",
  },
];

// Further lines of the details; a line without a value in any series is left out.
const MORE_FACTS = [
  { label: "Values", of: (r) => known(r.values) },
  { label: "Missing examples", of: (r) => known(r.missing) },
  { label: "Zero values", of: (r) => known(r.zeros) },
  { label: "NaN values", of: (r) => known(r.histogram && r.histogram.nan) },
  { label: "−∞ values", of: (r) => known(r.histogram && r.histogram.below) },
  { label: "+∞ values", of: (r) => known(r.histogram && r.histogram.above) },
  { label: "Invalid UTF-8 values", of: (r) => known(r.invalid) },
  { label: "Values per example, min", of: (r) => known(r.lengths && r.lengths.min) },
  { label: "Values per example, mean", of: (r) => known(r.lengths && r.lengths.mean) },
  { label: "Values per example, max", of: (r) => known(r.lengths && r.lengths.max) },
  { label: "Bytes, min", of: (r) => known(r.bytes && r.bytes.min) },
  { label: "Bytes, mean", of: (r) => known(r.bytes && r.bytes.mean) },
  { label: "Bytes, max", of: (r) => known(r.bytes && r.bytes.max) },
];

function shownFact(fact, record) {
  return (fact.show || shownNumber)(record ? fact.of(record) : null);
}

function isConstant(record) {
  return record.unique === 1 || (record.min !== undefined && record.min === record.max);
}

function isNonFinite({ histogram }) {
  return histogram && (histogram.nan || histogram.below || histogram.above);
}

// Whether one of the records is so; a series may lack the feature.
function some(test) {
  return (feature, records) => records.some((record) => record && test(record));
}

// What a reader should look at first; each is also a filter of the table.
const FINDINGS = [
  { name: "anomalies", label: "with anomalies", grave: true, test: (feature) => feature.anomalies.length > 0 },
  {
    name: "absent", label: "absent from a data set", grave: true,
    test: (feature, records) => records.some((record) => !record),
  },
  {
    name: "half", label: "missing in half the examples or more", grave: true,
    test: some((record) => missingShare(record) >= LEVELS.missing[1]),
  },
  { name: "missing", label: "missing in some examples", test: some((record) => missingShare(record) > 0) },
  {
    name: "zeros", label: "with 90 % zeros or more", grave: true,
    test: some((record) => zerosShare(record) >= LEVELS.zeros[1]),
  },
  { name: "constant", label: "with a single value", test: some(isConstant) },
  { name: "nonfinite", label: "with NaN or infinite values", test: some(isNonFinite) },
  { name: "invalid", label: "with text that is not UTF-8", test: some((record) => record.invalid) },
];
