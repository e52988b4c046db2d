/* Putting it together: what must be shown anew when the view changes. */

function refresh(before) {
  const narrowed = ["kinds", "voices", "least", "most", "only", "pair"].some((part) => before?.[part] !== state[part]);
  const searched = !before || before.query !== state.query;
  const moved = !before || before.view !== state.view || (state.view === "read" && (before.doc !== state.doc || before.show !== state.show));
  if (!before || narrowed) filter();
  if (searched || narrowed) search(state.query);
  if (moved || (state.view !== "read" && (narrowed || searched))) showView(before, moved);
  else {
    if (narrowed && state.view === "read") dim();
    if (narrowed || searched) paintDocument();
    if (state.view === "read" && state.item >= 0 && !kept[state.item]) letGo();
  }
  showRail();
  if (moved) showViews();
  if (state.item >= 0 && (moved || before.item !== state.item)) choose(state.item, { scroll: "center", focus: Boolean(before) });
  followSoon();
}

function showView(before, moved) {
  const { item } = state;
  show(-1, null);
  clearPaint();
  if (state.view !== "read" && item >= 0 && !seen(item)) state = { ...state, item: -1 };
  ({ read: showDocument, list: showList, overview: showOverview })[state.view]();
  if (before && moved) {
    scrollTo(0, Math.min(scrollY, $(".columns").offsetTop));
    // Where one came to by a link, reading goes on with the heading of what was opened.
    if (state.item < 0) $("h2", main)?.focus({ preventScroll: true });
    announce($("h2", main)?.textContent ?? "");
  }
}

function showViews() {
  const views = [overviewed && ["overview", "Overview"], ["read", data.rows ? "Text" : docs.length > 1 ? "Document" : "Text"], ["list", data.rows ? "List" : "Sentences"]].filter(Boolean);
  $("#views").replaceChildren(...views.map(([view, caption]) =>
    linkTo(() => ({ view, item: view === "overview" ? -1 : state.item }), { "aria-current": state.view === view ? "page" : null }, caption)));
}

function showSummary() {
  const attributed = its.voice.reduce((n, voice) => n + (voice === 1), 0);
  const parts = [docs.length !== 1 && plural(docs.length, data.rows ? "text" : "document"), docs.length !== total && plural(total, "sentence"),
    attributed > 0 && `${share(attributed, total)} attributed`, everything[ABSTAINED] && `${number(everything[ABSTAINED])} abstained`, everything[FAILED] && `${number(everything[FAILED])} failed`];
  $("#summary").append(parts.filter(Boolean).join(" · "));
  if (against) $("#summary").append(" · ", name(against.own), " against ", name(against.other));
}

function showFoot() {
  const key = KINDS.map((kind, index) => (index < LABELS || everything[index] > 0) &&
    el("div", { class: kind.css }, el("dt", {}, letter(index), el("span", { class: "name" }, name(words(kind.name)))), el("dd", {}, kind.definition)));
  const facts = data.facts.map(([what, value]) => el("div", {}, el("dt", {}, what), el("dd", {}, name(value))));
  $("footer").append(el("section", { "aria-labelledby": "key" }, el("h2", { id: "key" }, "Labels"), el("dl", { class: "key" }, key)));
  if (facts.length) $("footer").append(el("section", { "aria-labelledby": "facts" }, el("h2", { id: "facts" }, "This run"), el("dl", { class: "facts" }, facts)));
}

addEventListener("hashchange", () => {
  if (location.hash.slice(1) === address()) return;
  const before = state;
  state = readAddress(location.hash.slice(1));
  for (const part of ["kinds", "voices"]) if (sameSet(before[part], state[part])) state[part] = before[part];
  refresh(before);
});
const sameSet = (a, b) => a.size === b.size && [...a].every((value) => b.has(value));

addEventListener("scroll", followSoon, { passive: true });
const settle = () => { followSoon(); if (shown >= 0) placeCard(); };
addEventListener("resize", settle);
// Paragraphs get their true height only when they come near the screen, and move what is below them.
new ResizeObserver(settle).observe(main);
addEventListener("beforeprint", () => { finish(); finishList(); });

$(".skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); main.scrollIntoView(); });

root.classList.add("js");
if (data.rows) document.body.classList.add("rows");
makeWords();
makeRail();
showSummary();
showFoot();
state = readAddress(location.hash.slice(1));
refresh(null);
root.dataset.ready = "";
