/* The strip: a document from its first character to its last, coloured. It shows where one is, and goes where one points. */

let strip = null; // of the document that is open

/** One path for each kind and voice, so that 20,000 sentences are still a handful of elements. */
function makeStrip(doc) {
  const size = Math.max(doc.text.length, 1), parts = new Map();
  for (let item = doc.first; item < doc.last; item += 1) {
    const key = `${kindOf(item)} ${kept[item]}`, width = its.end[item] - its.start[item];
    parts.set(key, `${parts.get(key) ?? ""}M${its.start[item]} 0h${width}v1h-${width}z`);
  }
  const paths = [...parts].map(([key, d]) => {
    const [kind, passes] = key.split(" ").map(Number);
    return svg("path", { class: `${KINDS[kind].css}${passes ? "" : " out"}`, d });
  });
  return svg("svg", {
    viewBox: `0 0 ${size} 28`, preserveAspectRatio: "none", role: "img",
    "aria-label": `Where the sentences are: ${inWords(tally(doc.first, doc.last))}`, click: (event) => pointAt(doc, event),
  }, svg("g", { transform: "scale(1 22)" }, svg("rect", { class: "ground", width: size, height: 1 }), paths),
  svg("rect", { class: "view", y: 25, height: 3 }), svg("rect", { class: "here", y: 25, height: 3 }));
}

/** Goes to the last sentence that begins before the point, or to the first of all. */
function pointAt(doc, event) {
  const box = strip.getBoundingClientRect();
  const target = ((event.clientX - box.left) / box.width) * doc.text.length;
  let low = doc.first, high = doc.last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (its.start[middle] <= target) low = middle;
    else high = middle;
  }
  if (low < doc.last) choose(low, { scroll: "center" });
}

function markHere(item) {
  if (!strip) return;
  const here = $(".here", strip);
  here.setAttribute("x", item < 0 ? 0 : its.start[item]);
  here.setAttribute("width", item < 0 ? 0 : Math.max(its.end[item] - its.start[item], state.doc.text.length / 200));
}

/** Shows which part of the document is on the screen. */
function follow() {
  const text = strip && $(".text");
  if (!text) return;
  const box = text.getBoundingClientRect(), view = $(".view", strip), size = state.doc.text.length;
  const from = Math.max(0, -box.top / box.height), to = Math.min(1, (innerHeight - box.top) / box.height);
  const partly = to > from && to - from < 0.98;
  view.setAttribute("x", partly ? from * size : 0);
  view.setAttribute("width", partly ? (to - from) * size : 0);
}
const followSoon = perFrame(follow);
