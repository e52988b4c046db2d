/* Making elements. Text of a corpus only ever goes in as text: nothing here, or anywhere in this script, parses markup. */

const root = document.documentElement;
const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];

/** An element; a function among the properties listens, everything else is an attribute, and strings are text. */
function el(tag, properties = {}, ...children) {
  return furnish(document.createElement(tag), properties, children);
}

function svg(tag, properties = {}, ...children) {
  return furnish(document.createElementNS("http://www.w3.org/2000/svg", tag), properties, children);
}

function furnish(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const number = (n) => n.toLocaleString("en");
const plural = (n, noun) => `${number(n)} ${noun}${n === 1 ? "" : "s"}`;
const share = (part, whole) => (part && part * 200 < whole ? "<1%" : `${whole ? Math.round((100 * part) / whole) : 0}%`);
const words = (name) => name.replaceAll("_", " ");
const sum = (values) => values.reduce((a, b) => a + b, 0);

/** Something from the corpus that stands in a line of ours, whatever way it is written. */
const name = (text, className) => el("bdi", { class: className ?? null }, text);

/** The square with the letter of a kind; the letter is told in words beside it. */
const letter = (kind) => el("span", { class: `letter ${KINDS[kind].css}`, "aria-hidden": "true" }, KINDS[kind].letter);

/** A bar of the parts of a whole, told in words to those who do not see it. */
function bar(counts, className) {
  const whole = sum(counts);
  const shape = svg("svg", {
    class: `bar ${className}`, viewBox: `0 0 ${Math.max(whole, 1)} 1`, preserveAspectRatio: "none", role: "img", "aria-label": inWords(counts),
  });
  let x = 0;
  counts.forEach((count, kind) => {
    if (count) shape.append(svg("rect", { class: KINDS[kind].css, x, width: count, height: 1 }));
    x += count;
  });
  return shape;
}

function inWords(counts) {
  const whole = sum(counts);
  const parts = counts.map((count, kind) => count && `${words(KINDS[kind].name)} ${share(count, whole)}`).filter(Boolean);
  return parts.join(", ") || "no sentences";
}

/** Calls a function once, some time after the last of many calls. */
function later(milliseconds, call) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(call, milliseconds);
  };
}

/** Calls a function at most once for each picture that the browser draws. */
function perFrame(call) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; call(); });
  };
}

const announce = (text) => { $("#live").textContent = text; };
