/* All documents at a glance: what they are made of, and a list of them to find one in. It follows the filters and the search. */

let tableRows = 0;
const A_TABLE = 200;

function showOverview() {
  elements.clear();
  nodes = [];
  rest = null;
  strip = null;
  $("#main").replaceChildren(el("div", { class: "overview" },
    (filtered() || hitItems) && el("p", { class: "scope" }, "Counted are the sentences that pass the filters", hitItems && " and have a hit", "."),
    against && comparisonSection(), dated && timeSection(), grouped && groupSection(), docs.length > 1 && documentSection()));
}

/* The list of the documents. */

function documentFigures() {
  return docs.map((doc) => {
    const counts = new Array(KINDS.length).fill(0);
    let attributed = 0, differences = 0;
    for (let item = doc.first; item < doc.last; item += 1) {
      if (!seen(item)) continue;
      counts[kindOf(item)] += 1;
      attributed += its.voice[item] === 1;
      differences += differs(item);
    }
    return { doc, counts, sentences: sum(counts), attributed, differences, hits: hitsOf[doc.index] ?? 0 };
  });
}

const KEYS = {
  order: ({ doc }) => doc.index, name: ({ doc }) => doc.id, group: ({ doc }) => doc.group ?? "", date: ({ doc }) => doc.date ?? "",
  sentences: (row) => row.sentences, attributed: (row) => row.attributed / Math.max(1, row.sentences), differences: (row) => row.differences, hits: (row) => row.hits,
};
const collator = new Intl.Collator("en", { numeric: true });

function documentRows() {
  const wanted = state.find.trim().toLowerCase(), key = KEYS[state.sort];
  const found = documentFigures().filter(({ doc, sentences }) =>
    (!wanted || `${doc.id}\n${doc.group ?? ""}`.toLowerCase().includes(wanted)) && (sentences || !(filtered() || hitItems)));
  const compare = (a, b) => (typeof key(a) === "string" ? collator.compare(key(a), key(b)) : key(a) - key(b));
  return found.sort((a, b) => (state.down ? compare(b, a) : compare(a, b)) || a.doc.index - b.doc.index);
}

function documentSection() {
  const noun = data.rows ? "Texts" : "Documents";
  const find = el("input", { type: "search", id: "find", placeholder: `Find a ${data.rows ? "text" : "document"}`, value: state.find, "aria-label": `Find a ${data.rows ? "text" : "document"} by name`, autocomplete: "off", spellcheck: "false",
    input: later(100, () => { state = { ...state, find: $("#find").value }; writeAddress(); fillDocuments(); }) });
  const section = el("section", { "aria-labelledby": "documents" },
    el("div", { class: "heading" }, el("h2", { id: "documents" }, noun), find, el("p", { id: "found", role: "status" })),
    scrolling(`Table of ${noun.toLowerCase()}`, el("table", { class: "documents" }, el("thead", {}, el("tr", {})), el("tbody", {}))), el("p", { class: "remark" }));
  queueMicrotask(fillDocuments);
  return section;
}

function fillDocuments() {
  const table = $(".documents");
  if (!table) return;
  const rows = documentRows();
  tableRows = Math.min(rows.length, A_TABLE);
  const sortable = (sort, caption, className) => {
    const on = state.sort === sort;
    const turn = () => { state = { ...state, sort, down: on ? !state.down : className === "n" }; writeAddress(); fillDocuments(); $(`[data-sort="${sort}"]`)?.focus(); };
    return el("th", { scope: "col", class: className ?? null, "aria-sort": on ? (state.down ? "descending" : "ascending") : null },
      el("button", { type: "button", class: "sort", "data-sort": sort, click: turn }, caption, el("span", { "aria-hidden": "true" }, on ? (state.down ? " ↓" : " ↑") : "")));
  };
  $("thead tr", table).replaceChildren(...[sortable("name", "Name"), grouped && sortable("group", name(data.group)), dated && sortable("date", "Date"), sortable("sentences", "Sentences", "n"),
    el("th", { scope: "col" }, "Composition"), flagged && sortable("attributed", "Attributed", "n"), against && sortable("differences", "Differences", "n"), hitItems && sortable("hits", "Hits", "n")].filter(Boolean));
  const body = $("tbody", table);
  body.replaceChildren();
  const fill = (from, to) => body.append(...rows.slice(from, to).map((row) => el("tr", {},
    el("th", { scope: "row" }, linkTo({ view: "read", doc: row.doc, item: -1 }, {}, name(row.doc.id))),
    grouped && el("td", {}, name(row.doc.group ?? "")), dated && el("td", { class: "date" }, row.doc.date ?? ""), el("td", { class: "n" }, number(row.sentences)),
    el("td", { class: "chart" }, bar(row.counts, "wide")), flagged && el("td", { class: "n" }, row.sentences ? share(row.attributed, row.sentences) : "–"),
    against && el("td", { class: "n" }, number(row.differences)), hitItems && el("td", { class: "n" }, number(row.hits)))));
  fill(0, tableRows);
  const remark = table.closest("section").lastElementChild;
  const showMore = () => { fill(tableRows, tableRows + 5 * A_TABLE); tableRows += 5 * A_TABLE; tellMore(); };
  const tellMore = () => remark.replaceChildren(...(tableRows < rows.length ? [el("button", { type: "button", class: "pill", click: showMore }, `Show more (${number(rows.length - tableRows)} left)`)] : []));
  tellMore();
  $("#found").textContent = rows.length < docs.length ? `${number(rows.length)} of ${number(docs.length)}` : "";
}

/** Shows the documents of a group. */
function findDocuments(group) {
  state = { ...state, find: group };
  writeAddress();
  $("#find").value = group;
  fillDocuments();
  $("#find").scrollIntoView({ block: "center" });
  $("#find").focus({ preventScroll: true });
}
