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

/** The probabilities, label by label; of both sides, if both have some. */
function chances(answers) {
  const weighed = answers.filter((said) => said?.probs), tops = weighed.map(({ probs }) => probs.indexOf(Math.max(...probs)));
  const rows = KINDS.slice(0, LABELS).map((kind, index) => {
    const values = weighed.map(({ probs }) => probs[index]);
    return values.some((value) => value >= 0) && chance(name(words(kind.name)), values, values.map(inPercent), kind.css, tops.includes(index));
  });
  const voiced = answers.filter((said) => said && (said.voiceProb >= 0 || said.voice >= 0));
  if (voiced.length) {
    const told = voiced.map(({ voice, voiceProb }) => (voiceProb >= 0 ? percent(voiceProb) : voice ? "yes" : "no"));
    rows.push(chance("attributed", voiced.map(({ voice, voiceProb }) => (voiceProb >= 0 ? voiceProb : 1000 * voice)), told, "voice", voiced.some(({ voice }) => voice === 1)));
  }
  return el("ul", { class: "probs", "aria-label": "Probabilities" }, rows);
}

const inPercent = (permille) => (permille < 0 ? "–" : percent(permille));

function chance(caption, values, told, className, top) {
  const track = (value) => {
    const fill = el("span");
    fill.style.width = `${Math.max(value, 0) / 10}%`;
    return el("span", { class: "track", "aria-hidden": "true" }, fill);
  };
  return el("li", { class: `${className}${top ? " top" : ""}` }, el("span", { class: "name" }, caption), " ",
    el("span", { class: "tracks" }, values.map(track)), " ", el("span", { class: "share" }, told.join(" / ")));
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
