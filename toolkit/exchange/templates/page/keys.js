/* Choosing a sentence, by pointer and by key. */

function choose(item, { scroll = "nearest", focus = true } = {}) {
  if (state.view === "list") listTo(item);
  const element = elementOf(item);
  if (!element) return;
  letGo();
  state = { ...state, item, doc: docs[its.doc[item]] };
  writeAddress();
  for (const other of $$('mark[tabindex="0"]')) other.tabIndex = -1;
  for (const own of elements.get(item)) own.classList.add("here");
  element.closest(".row")?.classList.add("here");
  element.tabIndex = 0;
  if (focus) element.focus({ preventScroll: true });
  if (scroll) element.scrollIntoView({ block: scroll });
  markHere(item);
  show(item, element);
}

/** Gives the chosen sentence up. */
function letGo() {
  show(-1, null);
  if (state.item < 0) return;
  for (const own of elements.get(state.item) ?? []) {
    own.classList.remove("here");
    own.closest(".row")?.classList.remove("here");
  }
  state = { ...state, item: -1 };
  markHere(-1);
  writeAddress();
}

/** The sentence that a step starts from: the chosen one, or the one before the first on the screen. */
function startOfStep(by) {
  if (state.item >= 0) return state.item;
  const hosts = $$(state.view === "list" ? ".row" : ".text > *");
  const host = hosts.find((element) => element.getBoundingClientRect().bottom > 60);
  const mark = host && ($("mark", host) ?? $$("mark").find((one) => host.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING));
  return mark ? Number(mark.dataset.i) - by : -1;
}

function stepTo(by, wanted) {
  if (state.view === "overview") return;
  const from = startOfStep(by);
  let item = -1;
  if (state.view === "list") {
    item = nextItem(from, by, (one) => seen(one) && (!wanted || wanted(one)));
  } else if (state.doc) {
    item = nextItem(from, by, (one) => !isHidden(one) && (!wanted || wanted(one)), state.doc.first, state.doc.last);
  }
  if (item >= 0) choose(item);
  else if (wanted) announce(by > 0 ? "None after this." : "None before this.");
}

/** What the other side cut differently is not among the merged sentences. */
const isHidden = (item) => state.show !== "sides" && its.kind[item] === NO_ANSWER && unitOf(item).hidden;

const stepDocument = (by) => {
  const other = state.view === "read" && docs[(state.doc?.index ?? 0) + by];
  if (other) change({ doc: other, item: -1 }, { step: true });
};

const ACTIONS = {
  j: () => stepTo(1), k: () => stepTo(-1), n: () => stepHit(1), N: () => stepHit(-1),
  d: () => against && stepTo(1, differs), D: () => against && stepTo(-1, differs),
  a: () => stepTo(1, (item) => its.voice[item] === 1), A: () => stepTo(-1, (item) => its.voice[item] === 1),
  "]": () => stepDocument(1), "[": () => stepDocument(-1),
  "/": () => { $("#query").focus(); $("#query").select(); }, "?": () => openHelp(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || $("dialog[open]")) return;
  const typing = event.target.matches?.("input:not([type=range]), textarea, select");
  if (event.key === "Escape") {
    if (typing) event.target.blur();
    else { document.activeElement?.blur?.(); letGo(); }
    return;
  }
  if (typing) return;
  // Digits go to the next sentence of a label, and with Shift, whatever sign that makes, to the one before.
  const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
  const arrow = state.item >= 0 && event.target.closest?.("mark") && { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (arrow) stepTo(arrow);
  else if (digit && !ACTIONS[event.key] && digit <= LABELS) stepTo(event.shiftKey ? -1 : 1, (item) => kindOf(item) === digit - 1);
  else if (ACTIONS[event.key]) ACTIONS[event.key]();
  else return;
  event.preventDefault();
});

/* Pointing. */

const main = $("#main");
let pointer = "";
const moved = ({ clientX, clientY }) => pointer !== (pointer = `${clientX} ${clientY}`);
document.addEventListener("pointerdown", moved);
main.addEventListener("pointerover", (event) => {
  // Text that scrolls by under a resting pointer is not being pointed at.
  if (event.pointerType === "touch" || !moved(event)) return;
  const mark = event.target.closest("mark");
  if (mark) show(Number(mark.dataset.i), mark);
  else show(state.item, elementOf(state.item));
});
main.addEventListener("pointerleave", () => show(state.item, elementOf(state.item)));
main.addEventListener("focusin", (event) => {
  // A finger gives focus before it clicks; scrolling now would move the sentence away from under it.
  const mark = event.target.closest("mark:focus-visible");
  if (mark && Number(mark.dataset.i) !== state.item) choose(Number(mark.dataset.i));
});
document.addEventListener("click", (event) => {
  if (!getSelection().isCollapsed) return; // text was being selected
  const { target } = event;
  const mark = target.closest("mark") ?? (target.closest("a, button") ? null : $("mark", target.closest(".row") ?? card));
  if (mark) choose(Number(mark.dataset.i), { scroll: null });
  else if (!target.closest("#card, .strip, button, a, input, summary, dialog, .range")) letGo();
});

/* Help. */

function openHelp() {
  let help = $("#help");
  if (!help) {
    const key = (...signs) => signs.map((sign) => [el("kbd", {}, sign), " "]);
    const line = (keys, told) => el("div", {}, el("dt", {}, keys), el("dd", {}, told));
    help = el("dialog", { id: "help", "aria-labelledby": "help-name", click: (event) => { if (event.target === help) help.close(); } },
      el("div", { class: "sheet" }, el("h2", { id: "help-name" }, "Keys"),
        el("dl", {}, line(key("j", "k"), "next and previous sentence"), line(key("→", "←"), "the same, when a sentence is chosen"),
          line(key("1", "…", String(Math.min(9, LABELS))), ["next sentence of a label: ", KINDS.slice(0, Math.min(9, LABELS)).map((kind, index) => [index ? ", " : "", `${index + 1} `, name(words(kind.name))]), "; with Shift the one before"]),
          flagged && line(key("a", "A"), "next and previous attributed sentence"),
          against && line(key("d", "D"), "next and previous difference"),
          line(key("/"), "search"), line(key("n", "N"), "next and previous hit; Enter in the search box"),
          docs.length > 1 && line(key("]", "["), "next and previous document"), line(key("Esc"), "let go of the sentence"), line(key("?"), "this list")),
        el("p", {}, "What you see stands in the address: copy it to link to a document, a sentence, or a filter."),
        el("form", { method: "dialog" }, el("button", { class: "pill" }, "Close"))));
    document.body.append(help);
  }
  help.showModal();
}
