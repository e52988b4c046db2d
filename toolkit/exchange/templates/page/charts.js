/* Counts as bars: by group as a table with a bar in each row, over time as columns with their table beside them. */

/** Counts by key, in the order in which keys first come. */
function countsBy(keyOf) {
  const found = new Map();
  for (const doc of docs) {
    const key = keyOf(doc);
    if (key === null) continue;
    const counts = found.get(key) ?? found.set(key, { counts: new Array(KINDS.length).fill(0), docs: 0 }).get(key);
    counts.docs += 1;
    for (let item = doc.first; item < doc.last; item += 1) if (seen(item)) counts.counts[kindOf(item)] += 1;
  }
  return found;
}

/** The kinds that a table has a column for: all labels, and the others where they occur. */
const columns = () => KINDS.map((_, kind) => kind).filter((kind) => kind < LABELS || everything[kind]);

const heads = (className = "head-name") => columns().map((kind) =>
  el("th", { scope: "col", class: "n", title: words(KINDS[kind].name) }, letter(kind), " ", el("span", { class: className }, name(words(KINDS[kind].name)))));
const cells = (counts) => columns().map((kind) => el("td", { class: "n" }, share(counts[kind], sum(counts))));

/** A table that scrolls by itself when it is too wide or too long; then the keyboard must reach it. */
const scrolling = (label, table, className = "") => el("div", { class: `scroll ${className}`, tabindex: 0, role: "region", "aria-label": label }, table);

const MOST_GROUPS = 100;

function groupSection() {
  const found = [...countsBy((doc) => doc.group ?? "(none)")].sort(([, a], [, b]) => sum(b.counts) - sum(a.counts));
  const rows = found.slice(0, MOST_GROUPS).map(([key, { counts, docs: n }]) => el("tr", {},
    el("th", { scope: "row" }, el("button", { type: "button", class: "plainly", title: "Show its documents", click: () => findDocuments(key) }, name(key))),
    el("td", { class: "n" }, number(n)), el("td", { class: "n" }, number(sum(counts))), el("td", { class: "chart" }, bar(counts, "wide")), cells(counts)));
  return el("section", { "aria-labelledby": "by-group" }, el("h2", { id: "by-group" }, "By ", name(data.group)),
    scrolling(`Labels by ${data.group}`, el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, name(data.group)),
      el("th", { scope: "col", class: "n" }, data.rows ? "Texts" : "Documents"), el("th", { scope: "col", class: "n" }, "Sentences"), el("th", { scope: "col" }, "Composition"), heads())), el("tbody", {}, rows))),
    found.length > MOST_GROUPS && el("p", { class: "remark" }, `The ${MOST_GROUPS} largest of ${number(found.length)}.`));
}

/* Over time. */

const MOST_COLUMNS = 48;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const day = (date) => Math.floor(Date.UTC(...date.split("-").map((part, index) => Number(part) - (index === 1))) / 864e5);
const ofDay = (n) => new Date(n * 864e5).toISOString().slice(0, 10);

/** Ways of cutting time, from fine to coarse: the number of the piece that a date lies in, and what it is called. */
const PIECES = [
  { unit: "day", parts: 3, of: day, called: (n) => ofDay(n) },
  { unit: "week", parts: 3, of: (date) => Math.floor((day(date) + 3) / 7), called: (n) => ofDay(7 * n - 3) },
  { unit: "month", parts: 2, of: (date) => 12 * date.slice(0, 4) + +date.slice(5, 7) - 1, called: (n) => `${MONTHS[n % 12]} ${Math.floor(n / 12)}` },
  { unit: "quarter", parts: 2, of: (date) => 4 * date.slice(0, 4) + Math.floor((date.slice(5, 7) - 1) / 3), called: (n) => `${Math.floor(n / 4)} Q${(n % 4) + 1}` },
  { unit: "year", parts: 1, of: (date) => +date.slice(0, 4), called: (n) => String(n) },
  { unit: "decade", parts: 1, of: (date) => Math.floor(date.slice(0, 4) / 10), called: (n) => `${n}0s` },
  { unit: "century", parts: 1, of: (date) => Math.floor(date.slice(0, 4) / 100), called: (n) => `${n}00s` },
];

/** The finest pieces that all dates are exact enough for, and that are few enough to be seen. */
function pieces() {
  const known = docs.map((doc) => doc.date).filter(Boolean);
  const exact = Math.min(...known.map((date) => date.split("-").length));
  return PIECES.find(({ of, parts }) => {
    if (parts > exact) return false;
    let low = Infinity, high = -Infinity;
    for (const date of known) { const at = of(date); low = Math.min(low, at); high = Math.max(high, at); }
    return high - low < MOST_COLUMNS;
  }) ?? PIECES.at(-1);
}

function timeSection() {
  const { unit, of, called } = pieces();
  const found = countsBy((doc) => (doc.date ? of(doc.date) : null)), keys = [...found.keys()];
  const low = Math.min(...keys), high = Math.max(...keys), without = docs.filter((doc) => !doc.date).length;
  const all = Array.from({ length: high - low + 1 }, (_, index) => [low + index, found.get(low + index)?.counts ?? new Array(KINDS.length).fill(0)]);
  const most = Math.max(1, ...all.map(([, counts]) => sum(counts)));
  const shape = svg("svg", { class: "columns-of-time", viewBox: `0 0 ${all.length} 100`, preserveAspectRatio: "none", role: "img",
    "aria-label": `Sentences by ${unit}, from ${called(low)} to ${called(high)}; the figures are in the table.` });
  all.forEach(([key, counts], index) => {
    let y = 100;
    const column = svg("g", {}, svg("title", {}, `${called(key)}: ${plural(sum(counts), "sentence")}; ${inWords(counts)}`));
    counts.forEach((count, kind) => {
      const height = (100 * count) / most;
      y -= height;
      if (count) column.append(svg("rect", { class: KINDS[kind].css, x: index + 0.08, y, width: 0.84, height }));
    });
    shape.append(column);
  });
  const rows = all.map(([key, counts]) => el("tr", {}, el("th", { scope: "row" }, called(key)), el("td", { class: "n" }, number(sum(counts))), cells(counts)));
  return el("section", { "aria-labelledby": "over-time" }, el("h2", { id: "over-time" }, "Over time"),
    el("div", { class: "time" },
      el("div", { class: "plot" }, el("p", { class: "most", "aria-hidden": "true" }, number(most)), shape,
        el("p", { class: "axis", "aria-hidden": "true" }, el("span", {}, called(low)), high - low > 3 && el("span", {}, called(low + Math.round((high - low) / 2))), high > low && el("span", {}, called(high)))),
      scrolling(`Labels by ${unit}`, el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, unit === "week" ? "Week of" : unit[0].toUpperCase() + unit.slice(1)), el("th", { scope: "col", class: "n" }, "Sentences"), heads("unseen"))), el("tbody", {}, rows)), "tall")),
    el("p", { class: "remark" }, "By the column ", name(data.date), without > 0 && `; ${plural(without, data.rows ? "text" : "document")} without a date ${without === 1 ? "is" : "are"} not shown`, "."));
}
