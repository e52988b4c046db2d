/* The card: everything that is known of one sentence. It follows the pointer, and stays at the sentence that is chosen. */

const card = $("#card"), phone = matchMedia("(max-width: 40rem)");
let shown = -1; // the sentence on the card: the one pointed at, else the chosen one
let anchor = null; // the element that it stands beside

function show(item, element) {
  shown = element ? item : -1;
  anchor = element;
  card.hidden = !element;
  if (!element) return;
  fill(item);
  placeCard();
}

const percent = (permille) => (permille > 0 && permille < 5 ? "<1%" : `${Math.round(permille / 10)}%`);

function fill(item) {
  const { from, to } = place(item), doc = docs[its.doc[item]];
  const sides = [[against?.own, answer(item, "own")]];
  if (against) sides.push([against.other, answer(item, "other")]);
  card.className = `${item === state.item ? "pinned" : ""}${against ? " two" : ""}`;
  const close = el("button", { type: "button", class: "close", "aria-label": "Close", click: () => letGo() }, "×");
  const link = linkTo({ view: "read", doc, item }, {}, `Characters ${number(from)}–${number(to)}`);
  card.replaceChildren(close, ...sides.map(([side, said]) => verdict(side, said)), chances(sides.map(([, said]) => said)),
    el("p", { class: "foot" }, docs.length > 1 && [name(doc.id), " · "], link));
}

/** The label, and why there is none. */
function verdict(side, said) {
  const caption = side && el("p", { class: "side" }, name(side));
  if (!said) return el("div", { class: "verdict-of" }, caption, el("p", { class: "why" }, "No such sentence here."));
  const { kind, failure, rationale, set } = said;
  return el("div", { class: "verdict-of" }, caption,
    el("p", { class: "head" }, letter(kind), el("strong", {}, name(words(KINDS[kind].name))),
      said.voice === 1 && el("span", { class: "tag" }, "attributed")),
    kind === FAILED && failure && el("p", { class: "why" }, failure),
    kind === ABSTAINED && el("p", { class: "why" }, set ? `Cannot be ruled out: ${set}.` : KINDS[kind].definition),
    kind < LABELS && set && el("p", { class: "why" }, `Cannot be ruled out: ${set}.`),
    rationale && el("p", { class: "why rationale" }, rationale));
}

/** The probabilities of both sides, label by label. */
function chances(answers) {
  const tops = answers.map((said) => (said?.probs ? said.probs.indexOf(Math.max(...said.probs)) : -1));
  const rows = KINDS.slice(0, LABELS).map((kind, index) => {
    const values = answers.map((said) => said?.probs?.[index] ?? -1);
    return values.some((value) => value >= 0) && chance(name(words(kind.name)), values, kind.css, tops.includes(index));
  });
  const voices = answers.map((said) => (!said ? -1 : said.voiceProb >= 0 ? said.voiceProb : said.voice >= 0 ? 1000 * said.voice : -1));
  if (voices.some((value) => value >= 0)) rows.push(chance("attributed", voices, "voice", answers.some((said) => said?.voice === 1)));
  return el("ul", { class: "probs", "aria-label": "Probabilities" }, rows);
}

function chance(caption, values, className, top) {
  const track = (value) => {
    const fill = el("span");
    fill.style.width = `${Math.max(value, 0) / 10}%`;
    return el("span", { class: "track", "aria-hidden": "true" }, fill);
  };
  return el("li", { class: `${className}${top ? " top" : ""}` }, el("span", { class: "name" }, caption), " ",
    el("span", { class: "tracks" }, values.map(track)), " ",
    el("span", { class: "share" }, values.map((value) => (value < 0 ? "–" : percent(value))).join(" / ")));
}

function placeCard() {
  if (phone.matches || !anchor?.isConnected) return;
  const row = anchor.closest(".row"), lines = (row ?? anchor).getClientRects();
  if (!lines.length) return;
  const first = lines[0], last = lines[lines.length - 1], column = $("#main").getBoundingClientRect();
  const prose = $(".prose", $("#main"))?.getBoundingClientRect() ?? column;
  const width = card.offsetWidth, height = card.offsetHeight, room = root.clientWidth;
  let left = prose.right + 28, top = first.top - 8;
  if (left + width + 12 <= room) {
    top = Math.min(top, innerHeight - height - 12);
  } else {
    left = Math.min(Math.max(12, row ? last.right - width : last.left), room - width - 12);
    top = last.bottom + 8 + height > innerHeight && first.top > height + 16 ? first.top - height - 8 : last.bottom + 8;
  }
  card.style.left = `${left + scrollX}px`;
  card.style.top = `${Math.max(top, 8) + scrollY}px`;
}
