// Elements and numbers. Text from data only ever becomes text nodes and attributes, never markup.

const SVG = "http://www.w3.org/2000/svg";

function build(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (value === true) {
      node.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value);
    }
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

function h(tag, attributes, ...children) {
  return build(document.createElement(tag), attributes, children);
}

function svg(tag, attributes, ...children) {
  return build(document.createElementNS(SVG, tag), attributes, children);
}

// Text from data may be written from right to left; it must not turn what stands around it.
function bdi(text) {
  return h("bdi", null, text);
}

function mark(position) {
  return h("span", { class: `mark s${position}`, "aria-hidden": "true" });
}

const NONE = "–";
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 });
const four = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

// NaN and infinities come as words, since JSON has no numbers for them.
function known(value) {
  return value === undefined || value === null ? null : Number(value);
}

function shownNumber(value) {
  if (known(value) === null) return NONE;
  const x = known(value) + 0; // there is no minus zero for a reader
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "∞" : "−∞";
  const size = Math.abs(x);
  if (size >= 1e15 || (size > 0 && size < 1e-4)) return x.toExponential(3).replace("-", "−");
  const text = Number.isInteger(x) || size >= 10000 ? whole.format(x) : four.format(x);
  return text.replace("-", "−");
}

// For axes, where there is little room.
function shortNumber(x) {
  return Math.abs(x) >= 1e5 && Math.abs(x) < 1e15 ? compact.format(x).replace("-", "−") : shownNumber(x);
}

function shownShare(share) {
  if (share === null || !Number.isFinite(share)) return NONE;
  if (share > 0 && share < 0.001) return "<0.1 %";
  if (share < 1 && share > 0.999) return ">99.9 %";
  return `${(100 * share).toFixed(share === 0 || share === 1 ? 0 : 1)} %`;
}

function shareOf(part, all) {
  return part === null || !all ? null : part / all;
}

function counted(number, one, many = `${one}s`) {
  return `${whole.format(number)} ${number === 1 ? one : many}`;
}
