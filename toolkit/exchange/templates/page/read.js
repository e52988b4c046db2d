/* A document with its sentences coloured. It is made paragraph by paragraph: the beginning at once, the rest bit by bit. */

const elements = new Map(); // sentence to its elements: one, or one for each side
let nodes = []; // text nodes with their offsets, for the hits; of the left side
let rest = null; // makes what is still missing
const AT_ONCE = 300, A_BIT = 700; // sentences

const PARAGRAPH_END = /\n(?:[^\S\n]*\n)*/g, LAYOUT = /^[^\S\n]|[^\S\n]{2}|\t/m;

function showDocument() {
  const { doc } = state;
  elements.clear();
  nodes = [];
  rest = null;
  const main = $("#main");
  if (!doc) return main.replaceChildren(el("p", { class: "empty" }, "There is nothing in this run."));
  const text = el("div", { class: `text${state.show === "sides" ? " sides" : ""}`, lang: "" });
  strip = makeStrip(doc);
  const count = doc.last - doc.first;
  main.replaceChildren(el("article", { class: state.show === "sides" ? "wide" : "prose", "aria-labelledby": "doc-name" },
    el("header", {}, el("h2", { id: "doc-name", tabindex: -1 }, name(doc.id)),
      el("p", {}, [doc.date, doc.group && `${data.group}: ${doc.group}`, plural(count, "sentence")].filter(Boolean).map((part, index) => [index ? " · " : "", name(part)]).flat())),
    against && sidesSwitch(),
    el("div", { class: "strip" }, strip),
    state.show === "sides" && el("div", { class: "heads", "aria-hidden": "true" }, el("p", {}, name(against.own)), el("p", {}, name(against.other))),
    text, docs.length > 1 && neighbours(doc)));
  build(doc, text);
}

function sidesSwitch() {
  const button = (show, caption) => el("button", { type: "button", "aria-pressed": String(state.show === show), click: () => change({ show }) }, caption);
  return el("div", { class: "switch", role: "group", "aria-label": "How the two sides are shown" }, button("merged", "Merged"), button("sides", "Side by side"));
}

/** Links to the documents before and after. */
function neighbours(doc) {
  const link = (other, caption, className) => other && linkTo({ doc: other, item: -1 }, { class: className }, el("span", {}, caption), " ", name(other.id));
  return el("nav", { class: "neighbours", "aria-label": "Other documents" },
    link(docs[doc.index - 1], "← Previous", "before"), link(docs[doc.index + 1], "Next →", "after"));
}

/** Where paragraphs begin: after the ends of lines that are in no sentence of either side. */
function paragraphStarts(doc) {
  const starts = [0];
  let covered = 0;
  const gap = (from, to) => {
    if (to > from) for (const found of doc.text.slice(from, to).matchAll(PARAGRAPH_END)) starts.push(from + found.index + found[0].length);
  };
  for (const unit of doc.units) {
    gap(covered, unit.start);
    covered = Math.max(covered, unit.end);
  }
  gap(covered, doc.text.length);
  if (starts.at(-1) !== doc.text.length || starts.length === 1) starts.push(doc.text.length);
  return starts;
}

function build(doc, text) {
  const starts = paragraphStarts(doc), sides = state.show === "sides";
  const left = doc.units.filter((unit) => (sides ? !unit.extra : !unit.hidden));
  const right = sides ? doc.units.filter((unit) => unit.extra || unit.item < 0 || its.other[unit.item] !== NO_ANSWER) : [];
  const at = { left: 0, right: 0 };
  let index = 0;
  // What is not on the screen is not laid out, so its height is guessed by its length.
  const perLine = narrow.matches ? 44 : sides ? 46 : 76;
  const paragraph = (units, side, from, to) => {
    const flowing = !LAYOUT.test(doc.text.slice(from, to));
    const made = el("p", { class: flowing ? "flowing" : null, dir: "auto" });
    made.style.containIntrinsicBlockSize = `auto ${2 * (1 + Math.ceil((to - from) / perLine))}rem`;
    let covered = from;
    for (; at[side] < units.length && units[at[side]].start < to; at[side] += 1) {
      const unit = units[at[side]];
      addText(made, doc.text, covered, unit.start, side);
      made.append(unit.item < 0 ? unitText(doc, unit, side) : markOf(unit.item, sides ? side : null));
      covered = unit.end;
    }
    addText(made, doc.text, covered, to, side);
    return made;
  };
  rest = (wanted) => {
    const until = at.left + at.right + wanted, fragment = document.createDocumentFragment();
    const before = nodes.length;
    while (index < starts.length - 1 && at.left + at.right < until) {
      const [from, to] = [starts[index], starts[index + 1]];
      const own = paragraph(left, "left", from, to);
      fragment.append(sides ? el("div", { class: "pair" }, own, paragraph(right, "right", from, to)) : own);
      index += 1;
    }
    text.append(fragment);
    paintHits(doc, nodes.slice(before));
    if (index >= starts.length - 1) rest = null;
  };
  rest(AT_ONCE);
  first(doc);
  const going = rest;
  const more = () => {
    if (rest !== going || !rest) return;
    rest(A_BIT);
    setTimeout(more);
  };
  setTimeout(more);
}

/** Makes everything that is still missing. */
const finish = () => { while (rest) rest(Infinity); };

function addText(host, text, from, to, side) {
  if (from >= to) return;
  const node = document.createTextNode(text.slice(from, to));
  host.append(node.data.trim() ? el("span", { class: "gap" }, node) : node);
  if (side === "left") nodes.push([node, from]);
}

function unitText(doc, unit, side) {
  const node = document.createTextNode(doc.text.slice(unit.start, unit.end));
  if (side === "left") nodes.push([node, unit.start]);
  return el("span", { class: `unit ${doc.own.u?.[unit.row] ?? ""}` }, node);
}

/** A sentence; side is null when both are shown in one. */
function markOf(item, side) {
  const kind = side === "right" ? its.other[item] : side === "left" ? its.kind[item] : kindOf(item), { css, letter: sign } = KINDS[kind];
  const mark = document.createElement("mark");
  let called = sign, classes = css, words = `k${kind}`;
  if (its.voice[item] === 1 && side !== "right") { called += "”"; words += " ka"; }
  if (against) {
    if (differs(item)) { if (!side) { called += `/${KINDS[its.other[item]].letter}`; words += ` kd k${its.other[item]}`; } classes += " differs"; }
    else if (its.other[item] === NO_ANSWER || its.kind[item] === NO_ANSWER) { called += its.other[item] === NO_ANSWER ? "+" : "−"; classes += " alone"; words += its.other[item] === NO_ANSWER ? " ko" : " kt"; }
  }
  if (!kept[item]) classes += " out";
  mark.className = classes;
  mark.dataset.i = item;
  mark.dataset.m = called;
  mark.setAttribute("aria-describedby", words);
  const node = document.createTextNode(textOf(item));
  mark.append(node);
  if (side !== "right") nodes.push([node, its.start[item]]);
  const others = elements.get(item);
  if (others) others.push(mark);
  else elements.set(item, [mark]);
  return mark;
}

/** The words that sentences are described by, for those who hear the page. */
function makeWords() {
  const told = KINDS.map((kind, index) => [`k${index}`, words(kind.name)]);
  told.push(["ka", "attributed"]);
  if (against) told.push(["kd", `by ${against.own}, but by ${against.other}`], ["ko", `only in ${against.own}`], ["kt", `only in ${against.other}`]);
  $("#words").append(...told.map(([id, text]) => el("span", { id }, text)));
}

/** One sentence takes part in the order of the Tab key: the chosen one, or the first. */
function first(doc) {
  const item = nextItem(doc.first - 1, 1, (one) => elements.has(one), doc.first, doc.last);
  const mark = elements.get(item)?.[0];
  if (mark && !$('mark[tabindex="0"]')) mark.tabIndex = 0;
}

/** The element of a sentence in the view that is open, made if it was not yet. */
function elementOf(item) {
  if (item < 0) return null;
  if (state.view === "read" && its.doc[item] !== state.doc?.index) return null;
  while (!elements.has(item) && rest) rest(A_BIT);
  return elements.get(item)?.[0] ?? null;
}

function dim() {
  for (const [item, own] of elements) for (const mark of own) mark.classList.toggle("out", !kept[item]);
  if (!strip) return;
  const made = makeStrip(state.doc);
  strip.replaceWith(made);
  strip = made;
  markHere(state.item);
}

function paintDocument() {
  clearPaint();
  if (state.doc) paintHits(state.doc, nodes);
}

/** Goes to a hit in the document that is open. */
function showHit(hit) {
  while (rest && (nodes.at(-1)?.[1] ?? 0) < hit.to) rest(A_BIT);
  const [node, start] = nodes.find(([one, from]) => from + one.length > hit.from) ?? [];
  if (!node) return;
  if (hit.item >= 0 && elements.has(hit.item)) choose(hit.item, { scroll: "center", focus: document.activeElement.id !== "query" });
  else { letGo(); node.parentElement.scrollIntoView({ block: "center" }); }
  if (paints) { oneHit.clear(); const range = rangeIn(node, start, hit); if (range) oneHit.add(range); }
}
