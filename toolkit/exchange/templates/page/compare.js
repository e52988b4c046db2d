/* The two sides against each other: how often they agree, what is taken for what, and what has no counterpart. */

function comparisonSection() {
  const pairs = new Map();
  let both = 0, same = 0, flags = 0, flagsBoth = 0, onlyOwn = 0, onlyOther = 0;
  for (let item = 0; item < total; item += 1) {
    if (hitItems && !hitItems[item]) continue;
    if (!inScope(item)) continue;
    const own = its.kind[item], other = its.other[item];
    if (other === NO_ANSWER) { onlyOwn += 1; continue; }
    if (own === NO_ANSWER) { onlyOther += 1; continue; }
    both += 1;
    same += own === other;
    const theirs = docs[its.doc[item]].other.a[its.row[item]];
    if (theirs >= 0 && its.voice[item] >= 0) { flagsBoth += 1; flags += theirs !== its.voice[item]; }
    const key = own * KINDS.length + other;
    pairs.set(key, (pairs.get(key) ?? 0) + 1);
  }
  return el("section", { "aria-labelledby": "comparison" },
    el("h2", { id: "comparison" }, name(against.own), against.gold ? " and " : " against ", name(against.other)),
    el("div", { class: "comparison" }, confusion(pairs), figures({ both, same, flags, flagsBoth, onlyOwn, onlyOther })),
    against.loose.length > 0 && looseOnes());
}

/** All filters but those that are about the comparison itself: these would leave one cell of the table. */
function inScope(item) {
  const { kinds, voices, least, most } = state, prob = its.prob[item];
  return (!kinds.size || kinds.has(kindOf(item)) || kinds.has(its.other[item])) && (!voices.size || voices.has(its.voice[item])) &&
    ((least === 0 && most === 100) || (prob >= 10 * least && prob >= 0 && prob <= 10 * most));
}

function figures({ both, same, flags, flagsBoth, onlyOwn, onlyOther }) {
  const joined = Object.entries(against.joined).map(([way, n]) => `${number(n)} by ${way}`).join(", ");
  const line = (caption, value, only) => el("div", {}, el("dt", {}, caption), el("dd", {}, only && value !== "0"
    ? el("button", { type: "button", class: "plainly", click: () => change({ view: "list", only, pair: null, item: -1 }, { step: true }) }, value) : value));
  return el("dl", { class: "figures" },
    line(["Sentences of both", joined && el("span", { class: "remark" }, ` joined: ${joined}`)], number(both)),
    line("Same label", `${number(same)} (${share(same, both)})`),
    line("Differences", number(both - same), "differences"),
    flagsBoth > 0 && line("Flag “attributed” differs", `${number(flags)} of ${number(flagsBoth)}`),
    line(["Only in ", name(against.own)], number(onlyOwn), "only-own"),
    line(["Only in ", name(against.other)], number(onlyOther), "only-other"),
    against.loose.length > 0 && line(["Only in ", name(against.other), ", without a place here"], number(against.loose.length)));
}

function confusion(pairs) {
  const used = KINDS.map((_, kind) => kind).filter((kind) => kind < LABELS || [...pairs.keys()].some((key) => Math.floor(key / KINDS.length) === kind || key % KINDS.length === kind));
  const most = Math.max(1, ...pairs.values());
  const cell = (own, other) => {
    const n = pairs.get(own * KINDS.length + other) ?? 0;
    const on = state.pair && state.pair[0] === own && state.pair[1] === other;
    const made = el("td", { class: `cell${own === other ? " same" : ""}${on ? " on" : ""}` }, n
      ? el("button", { type: "button", "aria-label": `${number(n)}: ${words(KINDS[own].name)} by ${against.own}, ${words(KINDS[other].name)} by ${against.other}`, click: () => change({ view: "list", pair: [own, other], only: "", item: -1 }, { step: true }) }, number(n)) : "·");
    made.style.setProperty("--heat", `${Math.round((70 * Math.sqrt(n / most)))}%`);
    return made;
  };
  return scrolling("What is taken for what", el("table", { class: "confusion" },
    el("caption", {}, "Rows: ", name(against.own), ". Columns: ", name(against.other), ". A number leads to its sentences."),
    el("thead", {}, el("tr", {}, el("td", {}), used.map((kind) => el("th", { scope: "col", title: words(KINDS[kind].name) }, letter(kind), el("span", { class: "unseen" }, words(KINDS[kind].name)))))),
    el("tbody", {}, used.map((own) => el("tr", {}, el("th", { scope: "row" }, letter(own), " ", name(words(KINDS[own].name))), used.map((other) => cell(own, other)))))), "small");
}

const MOST_LOOSE = 200;

function looseOnes() {
  const rows = against.loose.slice(0, MOST_LOOSE).map(([doc, text, kind]) => el("li", {}, letter(kind), " ", el("span", { class: "unseen" }, words(KINDS[kind].name)), name(text), " ", el("span", { class: "id" }, name(doc))));
  return el("details", { class: "loose" }, el("summary", {}, `${plural(against.loose.length, "sentence")} of `, name(against.other), " without a place in these documents"),
    el("ol", {}, rows), against.loose.length > MOST_LOOSE && el("p", { class: "remark" }, `The first ${MOST_LOOSE}.`));
}
