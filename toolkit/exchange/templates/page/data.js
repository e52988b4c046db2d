/* What the page is about. A sentence is a number, and what is known of it stands in columns. */

const data = JSON.parse($("#data").textContent);
const KINDS = data.labels, LABELS = KINDS.length - 2, ABSTAINED = LABELS, FAILED = LABELS + 1;
const NOTHING = -1, NO_ANSWER = -2; // not a sentence; not a sentence of this side
const against = data.against, docs = data.documents;

const total = sum(docs.map((doc) => doc.own.k.filter((kind) => kind !== NOTHING).length + (doc.extra?.k.length ?? 0)));
const column = (Type) => new Type(total);
/** Each sentence: its document, place there, kind by both sides, flag, and the probability (in thousandths) of its kind. */
const its = {
  doc: column(Int32Array), row: column(Int32Array), start: column(Int32Array), end: column(Int32Array),
  kind: column(Int16Array), other: column(Int16Array).fill(NO_ANSWER), voice: column(Int8Array), prob: column(Int16Array),
};

{
  let item = 0;
  docs.forEach((doc, index) => {
    const { own, extra } = doc;
    const units = own.s.map((start, row) => ({ start, end: own.e[row], row, kind: own.k[row], extra: false }));
    if (extra) {
      units.push(...extra.s.map((start, row) => ({ start, end: extra.e[row], row, kind: extra.k[row], extra: true })));
      units.sort((a, b) => a.start - b.start || a.end - b.end || a.extra - b.extra);
    }
    toUnits16(doc.text, units);
    doc.index = index;
    doc.first = item;
    doc.units = units;
    if (extra) hideOverlaps(units);
    for (const unit of units) {
      if (unit.kind === NOTHING) { unit.item = -1; continue; }
      unit.item = item;
      its.doc[item] = index;
      its.row[item] = unit.row;
      its.start[item] = unit.start;
      its.end[item] = unit.end;
      its.kind[item] = unit.extra ? NO_ANSWER : unit.kind;
      its.other[item] = unit.extra ? unit.kind : (doc.other?.k[unit.row] ?? NO_ANSWER);
      its.voice[item] = (unit.extra ? extra : own).a[unit.row];
      its.prob[item] = likely(own.p[unit.row], unit.kind, unit.extra);
      item += 1;
    }
    doc.last = item;
  });
}

/** What the other side cut differently has no place among the sentences of the run, only beside them. */
function hideOverlaps(units) {
  let covered = 0, next = Infinity;
  for (const unit of units) {
    unit.hidden = unit.extra && unit.start < covered;
    if (!unit.extra) covered = Math.max(covered, unit.end);
  }
  for (const unit of units.toReversed()) {
    if (!unit.extra) next = unit.start;
    else unit.hidden ||= next < unit.end;
  }
}

/** The probability of the label, or of the most likely one where there is none; -1 without probabilities. */
function likely(probs, kind, extra) {
  if (extra || !probs) return -1;
  return kind < LABELS ? probs[kind] : Math.max(...probs);
}

/** Offsets count code points; strings of this language count some of them twice. */
function toUnits16(text, units) {
  for (const unit of units) unit.from = unit.start; // as it was told
  if (!/[\ud800-\udbff]/.test(text)) return;
  const places = [];
  for (let at = 0; at < text.length; at += text.codePointAt(at) > 0xffff ? 2 : 1) places.push(at);
  places.push(text.length);
  for (const unit of units) {
    unit.length = unit.end - unit.start;
    unit.start = places[unit.start];
    unit.end = places[unit.end];
  }
}

const unitOf = (item) => docs[its.doc[item]].units.find((unit) => unit.item === item);
const textOf = (item) => docs[its.doc[item]].text.slice(its.start[item], its.end[item]);

/** A place as it is told: in code points of the document. */
function place(item) {
  const unit = unitOf(item);
  return { from: unit.from, to: unit.from + (unit.length ?? unit.end - unit.start) };
}

/** The sentence that begins at a place, or -1. */
function itemAt(doc, from) {
  return doc?.units.find((unit) => unit.from === from && unit.item >= 0)?.item ?? -1;
}

/** Everything that one side said of a sentence, or null. */
function answer(item, side) {
  const doc = docs[its.doc[item]], row = its.row[item], extra = its.kind[item] === NO_ANSWER;
  const said = side === "own" ? (extra ? null : doc.own) : extra ? doc.extra : doc.other;
  if (!said || said.k[row] === NO_ANSWER) return null;
  return {
    kind: said.k[row], probs: said.p[row] || null, voice: said.a[row], voiceProb: said.q[row],
    failure: said.f?.[row], rationale: said.r?.[row], set: said.n?.[row],
  };
}

/** What a sentence counts as: by the run, or by the other side where the run does not have it. */
const kindOf = (item) => (its.kind[item] === NO_ANSWER ? its.other[item] : its.kind[item]);
const differs = (item) => its.kind[item] !== NO_ANSWER && its.other[item] !== NO_ANSWER && its.kind[item] !== its.other[item];
const agrees = (item) => its.kind[item] === its.other[item];

/** How many of some sentences are of each kind. */
function tally(first, last, keep = null) {
  const counts = new Array(KINDS.length).fill(0);
  for (let item = first; item < last; item += 1) if (!keep || keep[item]) counts[kindOf(item)] += 1;
  return counts;
}

const everything = tally(0, total);
const byId = new Map(docs.map((doc) => [doc.id, doc]));
const flagged = docs.some((doc) => doc.own.a.some((voice) => voice >= 0));
const weighed = its.prob.some((prob) => prob >= 0);
