/* Searching the text of all documents. A hit is a place in a document, within a sentence or between two. */

const MOST_HITS = 100_000;
let hits = []; // { doc, from, to, item }, in the order of the documents
let hitItems = null; // which sentences have one; null when nothing is searched
let hitsOf = []; // by document
let currentHit = -1;

function search(query) {
  hits = [];
  currentHit = -1;
  hitsOf = new Array(docs.length).fill(0);
  const wanted = query.trim();
  hitItems = wanted ? new Uint8Array(total) : null;
  if (!wanted) return;
  // White space of any kind and length is the same; upper and lower case are too.
  const pattern = new RegExp(wanted.split(/\s+/u).map((word) => word.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join("\\s+"), "giu");
  for (const doc of docs) {
    let item = doc.first;
    for (const found of doc.text.matchAll(pattern)) {
      const from = found.index, to = from + found[0].length;
      while (item < doc.last && its.end[item] <= from) item += 1;
      const inside = item < doc.last && its.start[item] < to;
      if (inside) {
        if (filtered() && !kept[item]) continue;
        hitItems[item] = 1;
      } else if (filtered()) continue;
      hits.push({ doc, from, to, item: inside ? item : -1 });
      hitsOf[doc.index] += 1;
      if (hits.length >= MOST_HITS) return;
    }
  }
}

/** Goes to the next hit, or the one before; after the last comes the first. */
function stepHit(by) {
  if (!hits.length) return;
  if (currentHit < 0) {
    const here = state.view === "read" && state.doc ? state.doc.index : 0, item = state.item;
    currentHit = hits.findIndex((hit) => hit.doc.index > here || (hit.doc.index === here && hit.item >= Math.max(item, 0)));
    if (by < 0) currentHit = (currentHit < 0 ? hits.length : currentHit) - 1;
    currentHit = (currentHit + hits.length) % hits.length;
  } else {
    currentHit = (currentHit + by + hits.length) % hits.length;
  }
  const hit = hits[currentHit];
  if (state.view !== "read" || state.doc !== hit.doc) {
    const before = currentHit;
    change({ view: "read", doc: hit.doc, item: -1 }, { step: true });
    currentHit = before;
  }
  showHit(hit);
  showHitCount();
}

function showHitCount() {
  const at = currentHit >= 0 ? `${number(currentHit + 1)} of ` : "";
  const most = hits.length >= MOST_HITS ? "more than " : "";
  const inside = hits.length && docs.length > 1 ? ` in ${plural(hitsOf.filter(Boolean).length, data.rows ? "text" : "document")}` : "";
  $("#hits").textContent = hitItems ? (hits.length ? `${at}${most}${plural(hits.length, "hit")}${inside}` : "Not found") : "";
  for (const button of $$("#search button")) button.disabled = !hits.length;
}

/* Painting the hits leaves the elements alone, where the browser can do that. */

const paints = typeof Highlight === "function" && CSS.highlights;
const allHits = paints && new Highlight(), oneHit = paints && new Highlight();
if (paints) {
  oneHit.priority = 1;
  CSS.highlights.set("hits", allHits);
  CSS.highlights.set("hit", oneHit);
}

/** The part of a stretch of text that one text node shows, or null. */
function rangeIn(node, start, hit) {
  const from = Math.max(0, hit.from - start), to = Math.min(node.length, hit.to - start);
  if (from >= to) return null;
  const range = new Range();
  range.setStart(node, from);
  range.setEnd(node, to);
  return range;
}

/** Paints the hits of a document in its text nodes, which come as [node, offset], in order. */
function paintHits(doc, nodes) {
  if (!hitItems || !hitsOf[doc.index]) return;
  const found = hits.filter((hit) => hit.doc === doc);
  let first = 0;
  for (const [node, start] of nodes) {
    while (first < found.length && found[first].to <= start) first += 1;
    for (let index = first; index < found.length && found[index].from < start + node.length; index += 1) {
      if (paints) allHits.add(rangeIn(node, start, found[index]));
      else node.parentElement.classList.add("hit");
    }
  }
}

function clearPaint() {
  if (paints) { allHits.clear(); oneHit.clear(); }
  for (const one of $$(".hit")) one.classList.remove("hit");
}
