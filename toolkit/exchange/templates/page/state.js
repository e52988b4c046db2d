/* What is being looked at. All of it stands in the address, so that a view can be linked and "back" works. */

const grouped = Boolean(data.group), dated = Boolean(data.date);
const overviewed = docs.length > 1 || grouped || dated || Boolean(against);
const START = data.rows ? "list" : docs.length > 1 ? "overview" : "read";
const NAMES = { "": null, differences: differs, agreements: agrees, "only-own": (item) => its.other[item] === NO_ANSWER, "only-other": (item) => its.kind[item] === NO_ANSWER };
const SORTS = ["order", "name", "group", "date", "sentences", "attributed", "differences", "hits"];

const nothing = () => ({
  view: START, doc: docs[0] ?? null, item: -1, query: "", kinds: new Set(), voices: new Set(), least: 0, most: 100,
  only: "", pair: null, show: "merged", find: "", sort: "order", down: false,
});
let state = nothing();

/** A view as the part of an address after "#". What is as at the start is left out. */
function address(view = state) {
  const found = new URLSearchParams();
  if (view.view !== START) found.set("view", view.view);
  if (docs.length > 1 && (view.view === "read" || view.item >= 0)) found.set("doc", view.doc.id);
  if (view.item >= 0) found.set("at", place(view.item).from);
  if (view.query) found.set("q", view.query);
  for (const kind of [...view.kinds].sort((a, b) => a - b)) found.append(kind < LABELS ? "label" : "is", KINDS[kind].name);
  for (const voice of view.voices) found.append("voice", voice === 1 ? "attributed" : "own");
  if (view.least > 0 || view.most < 100) found.set("p", `${view.least}-${view.most}`);
  if (view.only) found.set("only", view.only);
  if (view.pair) found.set("pair", view.pair.map((kind) => KINDS[kind].name).join("~"));
  if (view.show !== "merged") found.set("show", view.show);
  if (view.find) found.set("find", view.find);
  if (view.sort !== "order" || view.down) found.set("sort", (view.down ? "-" : "") + view.sort);
  return found.toString();
}

/** The view that an address tells; what it does not tell, or tells wrongly, is as at the start. */
function readAddress(text) {
  const told = new URLSearchParams(text), view = nothing();
  const kindNamed = (wanted) => KINDS.findIndex((kind) => kind.name === wanted);
  if (["read", "list", overviewed && "overview"].includes(told.get("view"))) view.view = told.get("view");
  view.doc = byId.get(told.get("doc")) ?? view.doc;
  if (told.has("at")) view.item = itemAt(view.doc, Number(told.get("at")));
  view.query = told.get("q") ?? "";
  view.kinds = new Set([...told.getAll("label"), ...told.getAll("is")].map(kindNamed).filter((kind) => kind >= 0));
  view.voices = new Set(told.getAll("voice").map((voice) => (voice === "attributed" ? 1 : 0)));
  const range = /^(\d+)-(\d+)$/.exec(told.get("p") ?? "");
  if (range && +range[1] <= +range[2] && +range[2] <= 100) [view.least, view.most] = [+range[1], +range[2]];
  if (against && told.get("only") in NAMES) view.only = told.get("only");
  const pair = (told.get("pair") ?? "").split("~").map(kindNamed);
  if (against && pair.length === 2 && pair.every((kind) => kind >= 0)) view.pair = pair;
  if (against && told.get("show") === "sides") view.show = "sides";
  view.find = told.get("find") ?? "";
  const sort = /^(-?)(\w+)$/.exec(told.get("sort") ?? "");
  if (sort && SORTS.includes(sort[2])) [view.sort, view.down] = [sort[2], sort[1] === "-"];
  return view;
}

const filtered = (view = state) =>
  view.kinds.size > 0 || view.voices.size > 0 || view.least > 0 || view.most < 100 || Boolean(view.only) || Boolean(view.pair);

/** Writes the address when things have come to rest: browsers count how often it is done. */
const writeAddress = later(150, () => {
  const wanted = address();
  if (wanted !== location.hash.slice(1)) history.replaceState(null, "", `#${wanted}`);
});

/**
 * Changes the view and shows it.
 * A step is something that "back" undoes: another document, another view.
 */
function change(changes, { step = false } = {}) {
  const before = state;
  state = { ...state, ...changes };
  if (step) {
    history.replaceState(null, "", `#${address(before)}`);
    history.pushState(null, "", `#${address()}`);
  } else {
    writeAddress();
  }
  refresh(before);
}

/** A link to a view. It is followed in place, and can be opened in a window of its own. */
function linkTo(changes, properties, ...children) {
  const follow = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    change(typeof changes === "function" ? changes() : changes, { step: true });
  };
  const href = `#${address({ ...state, ...(typeof changes === "function" ? changes() : changes) })}`;
  return el("a", { href, click: follow, ...properties }, ...children);
}
