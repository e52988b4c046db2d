/* Sentences as a list, across all documents: what passes the filters and has a hit. Rows of a table are read here. */

const A_SCREEN = 120;
let listed = []; // the sentences of the list
let listedUpTo = 0;
let listEnd = null; // comes near the screen when more is wanted

const nearEnd = new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) more(A_SCREEN); }, { rootMargin: "1200px" });

function showList() {
  elements.clear();
  nodes = [];
  rest = null;
  strip = null;
  nearEnd.disconnect();
  listed = [];
  for (let item = 0; item < total; item += 1) if (seen(item)) listed.push(item);
  listedUpTo = 0;
  listEnd = el("p", { class: "more" });
  const noun = total === docs.length ? "text" : "sentence";
  $("#main").replaceChildren(el("section", { "aria-labelledby": "list-name" },
    el("h2", { id: "list-name", tabindex: -1 }, listed.length === total ? plural(total, noun) : `${number(listed.length)} of ${plural(total, noun)}`),
    listed.length ? el("ol", { class: "list" }) : el("p", { class: "empty" }, "No sentence passes all filters."), listEnd));
  more(A_SCREEN);
  nearEnd.observe(listEnd);
}

function more(count) {
  const list = $(".list");
  if (!list || listedUpTo >= listed.length) return;
  const before = nodes.length, from = listedUpTo;
  listedUpTo = Math.min(listed.length, from + count);
  list.append(...listed.slice(from, listedUpTo).map(rowOf));
  listEnd.textContent = listedUpTo < listed.length ? `${number(listed.length - listedUpTo)} more below` : "";
  const docsHere = new Map();
  for (const [node, start, doc] of nodes.slice(before)) docsHere.set(doc, [...(docsHere.get(doc) ?? []), [node, start]]);
  for (const [doc, own] of docsHere) paintHits(doc, own);
  if (!from) first({ first: listed[0], last: (listed.at(-1) ?? -1) + 1 });
  if (listedUpTo < listed.length) { nearEnd.unobserve(listEnd); nearEnd.observe(listEnd); }
}

function rowOf(item) {
  const doc = docs[its.doc[item]], kind = kindOf(item), prob = its.prob[item];
  const mark = markOf(item, null);
  nodes[nodes.length - 1].push(doc);
  const other = against && its.other[item] !== NO_ANSWER && its.kind[item] !== NO_ANSWER && differs(item);
  const where = data.rows && doc.last - doc.first === 1 ? name(doc.id) : linkTo({ view: "read", doc, item }, {}, name(doc.id));
  return el("li", { class: `row ${KINDS[kind].css}` },
    el("span", { class: "id" }, where),
    el("div", { class: "text single", dir: "auto", lang: "" }, mark),
    el("span", { class: "verdict" }, letter(kind), el("span", { class: "name" }, name(words(KINDS[kind].name)), its.voice[item] === 1 && " ”"),
      " ", prob >= 0 && kind < LABELS && el("span", { class: "share" }, percent(prob)),
      other && el("span", { class: "versus" }, name(against.gold ? "gold" : against.other), ": ", letter(its.other[item]), " ", name(words(KINDS[its.other[item]].name))),
      !other && against && its.other[item] === NO_ANSWER && el("span", { class: "versus" }, "only in ", name(against.own)),
      !other && against && its.kind[item] === NO_ANSWER && el("span", { class: "versus" }, "only in ", name(against.other))));
}

/** Makes the list as long as it must be to hold a sentence. */
function listTo(item) {
  const at = listed.indexOf(item);
  if (at >= listedUpTo) more(at - listedUpTo + A_SCREEN);
}

function finishList() { while (listedUpTo < listed.length && $(".list")) more(listed.length); }
