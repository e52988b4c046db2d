/* The column at the side: search, legend and filters. It is made once; what changes in it is set by showRail. */

const chips = [];

/** A button that is on or off and tells how many sentences it is about. */
function chip(className, caption, title, toggles, isOn, countIn, sign) {
  const count = el("span", { class: "count" }), part = el("span", { class: "share" });
  const button = el("button", { type: "button", class: `chip ${className}`, "aria-pressed": "false", title: title || null, click: toggles },
    sign, el("span", { class: "name" }, caption), " ", count, " ", part);
  chips.push({ button, count, part, isOn, countIn });
  return el("li", {}, button);
}

const toggled = (set, value) => { const copy = new Set(set); if (!copy.delete(value)) copy.add(value); return copy; };
const group = (label, children) => el("div", { role: "group", "aria-label": label }, el("ul", {}, children));

function kindChips() {
  return KINDS.map((kind, index) => (index < LABELS || everything[index] > 0) &&
    chip(kind.css, name(words(kind.name)), kind.definition, () => change({ kinds: toggled(state.kinds, index) }),
      () => state.kinds.has(index), (first, last) => tally(first, last)[index], letter(index)));
}

function voiceChips() {
  const sign = (text) => el("span", { class: "letter", "aria-hidden": "true" }, text);
  const of = (voice) => [() => change({ voices: toggled(state.voices, voice) }), () => state.voices.has(voice),
    (first, last) => { let n = 0; for (let item = first; item < last; item += 1) n += its.voice[item] === voice; return n; }];
  return [
    chip("voice", "attributed", "Put in somebody else's mouth", ...of(1), sign("”")),
    chip("voice", "author’s own", "Said by the author", ...of(0), sign("")),
  ];
}

function comparisonChips() {
  const captions = { differences: "differences", agreements: "agreements", "only-own": `only in ${against.own}`, "only-other": `only in ${against.other}` };
  const signs = { differences: "≠", agreements: "=", "only-own": "+", "only-other": "−" };
  const occurs = (only) => only === "differences" || only === "agreements" || its.kind.some((_, item) => NAMES[only](item));
  return Object.entries(captions).filter(([only]) => occurs(only)).map(([only, caption]) =>
    chip("voice", name(caption), null, () => change({ only: state.only === only ? "" : only, pair: null }), () => state.only === only,
      (first, last) => { let n = 0; for (let item = first; item < last; item += 1) n += NAMES[only](item); return n; },
      el("span", { class: "letter", "aria-hidden": "true" }, signs[only])));
}

function rangeControl() {
  const moved = perFrame(() => change({ least: Number(low.value), most: Number(high.value) }));
  const slider = (label, value, limit) => el("input", {
    type: "range", min: 0, max: 100, step: 1, value, "aria-label": label,
    input: (event) => { limit(event.target); moved(); },
  });
  const low = slider("Least probability in per cent", 0, (own) => { if (+own.value > +high.value) own.value = high.value; });
  const high = slider("Greatest probability in per cent", 100, (own) => { if (+own.value < +low.value) own.value = low.value; });
  low.id = "least"; high.id = "most";
  return el("div", { class: "range", role: "group", "aria-label": "Probability of the label" },
    el("span", { class: "caption" }, "Probability"), el("output", { id: "range" }),
    el("span", { class: "sliders" }, el("span", { class: "between" }), low, high));
}

function searchBox() {
  const typed = later(120, () => change({ query: box.value }));
  const box = el("input", {
    type: "search", id: "query", placeholder: "Search", autocomplete: "off", spellcheck: "false", "aria-label": "Search the text",
    "aria-keyshortcuts": "/", "aria-describedby": "hits", input: typed,
    keydown: (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (box.value !== state.query) change({ query: box.value });
      stepHit(event.shiftKey ? -1 : 1);
    },
  });
  const step = (label, sign, by) => el("button", { type: "button", "aria-label": label, title: label, disabled: true, click: () => stepHit(by) }, sign);
  return el("div", { id: "search" },
    el("div", { class: "field" }, box, step("Previous hit", "↑", -1), step("Next hit", "↓", 1)),
    el("p", { id: "hits", role: "status" }));
}

function makeRail() {
  const legend = el("div", { class: "legend" }, el("div", { id: "whole" }), group("Show only these labels", kindChips()),
    flagged && group("Show only this voice", voiceChips()), against && group("Show only", comparisonChips()),
    weighed && rangeControl());
  const tools = el("div", { class: "tools" },
    el("button", { type: "button", id: "letters", "aria-pressed": "true", click: toggleLetters }, "Letters"),
    el("button", { type: "button", id: "help-button", "aria-haspopup": "dialog", click: openHelp }, "Keys ", el("kbd", {}, "?")),
    el("button", { type: "button", id: "reset", hidden: true, click: showAll }, "Show all"),
    el("p", { id: "status", role: "status" }));
  const filters = el("details", { class: "filters", open: !narrow.matches }, el("summary", {}, "Labels and filters ", el("span", { id: "filtering" })), legend);
  $("#rail").append(searchBox(), filters, tools);
  narrow.addEventListener("change", () => { filters.open = !narrow.matches; });
}

const narrow = matchMedia("(max-width: 60rem)");

const showAll = () => change({ kinds: new Set(), voices: new Set(), least: 0, most: 100, only: "", pair: null });

function toggleLetters({ target }) {
  const plain = $("#main").classList.toggle("plain");
  target.setAttribute("aria-pressed", String(!plain));
}

/** The numbers of a document when one is open, else of all. */
function showRail() {
  const [first, last] = state.view === "read" && state.doc ? [state.doc.first, state.doc.last] : [0, total];
  const counts = tally(first, last), whole = sum(counts);
  $("#whole").replaceChildren(bar(counts, "whole"));
  for (const { button, count, part, isOn, countIn } of chips) {
    const n = countIn(first, last);
    count.textContent = number(n);
    part.textContent = share(n, whole);
    button.setAttribute("aria-pressed", String(isOn()));
  }
  if (weighed) {
    $("#least").value = state.least;
    $("#most").value = state.most;
    $("#range").textContent = state.least > 0 || state.most < 100 ? `${state.least}–${state.most}%` : "any";
    $(".between").style.inset = `auto ${100 - state.most}% auto ${state.least}%`;
  }
  if ($("#query").value.trim() !== state.query.trim()) $("#query").value = state.query;
  const on = filtered();
  root.classList.toggle("filtered", on);
  $("#reset").hidden = !on;
  let passing = keptCount;
  if (state.view === "read") { passing = 0; for (let item = first; item < last; item += 1) passing += kept[item]; }
  $("#status").textContent = on ? `${number(passing)} of ${number(last - first)}` : "";
  $("#filtering").textContent = on ? "· on" : "";
  showHitCount();
}
