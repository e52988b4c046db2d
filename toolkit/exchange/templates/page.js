"use strict";
(() => {
  const root = document.documentElement;
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  const main = $("main"), card = $("#card"), reset = $("#reset"), status = $("#status"), letters = $("#letters");
  const marks = $$("mark"), shapes = $$(".strip path"), chips = $$(".chip"), rows = $$(".row");
  const blocks = $$(".block").map((element) => ({ element, strip: $(".strip svg", element), text: $(".list, .text", element) }));
  const bars = $$(".probs li:not(.voice)", card), names = bars.map((bar) => $(".name", bar).textContent);
  const phone = matchMedia("(max-width: 40rem)");
  let current = null; // the sentence chosen by click or key
  let shown = null; // the sentence on the card: the one pointed at, else the chosen one

  const start = (mark) => Number(mark.id.slice(mark.id.indexOf("-") + 1));
  const position = (mark) => Number(mark.closest("[data-x]").dataset.x) + start(mark);
  const percent = (permille) => (permille > 0 && permille < 5 ? "<1%" : `${Math.round(permille / 10)}%`);

  /* The card. It is filled by textContent and widths only: nothing of a document is ever parsed. */

  function fill(mark) {
    const { k, m, p, a, ap, f } = mark.dataset;
    const probs = p ? p.split(" ").map((value) => (value === "-" ? null : Number(value))) : [];
    const top = probs.indexOf(Math.max(...probs));
    card.className = `${mark.classList[0]}${mark === current ? " pinned" : ""}`;
    $(".letter", card).textContent = m;
    $("strong", card).textContent = names[k] ?? k;
    $(".why", card).textContent = f ?? (k === "abstained" ? $('.chip[data-k="abstained"]').title : "");
    bars.forEach((bar, index) => measure(bar, probs[index], index === top));
    measure($(".voice", card), ap ?? (a ? 1000 * a : null), a === "1");
    $(".probs", card).hidden = !p && !a;
    const link = $(".foot a", card);
    link.textContent = `Characters ${start(mark).toLocaleString("en")}–${Number(mark.dataset.end).toLocaleString("en")}`;
    link.href = `#${mark.id}`;
  }

  function measure(bar, permille, bold) {
    bar.hidden = permille == null;
    bar.classList.toggle("top", bold);
    $(".track span", bar).style.width = `${(permille ?? 0) / 10}%`;
    $(".share", bar).textContent = percent(permille ?? 0);
  }

  function place(mark) {
    if (phone.matches) return;
    const row = mark.closest(".row"), lines = (row ?? mark).getClientRects(), first = lines[0], last = lines[lines.length - 1];
    const column = mark.closest(".block").getBoundingClientRect();
    const width = card.offsetWidth, height = card.offsetHeight, room = root.clientWidth;
    let left = column.right + 28, top = first.top - 8;
    if (left + width + 12 <= room) {
      top = Math.min(top, innerHeight - height - 12);
    } else {
      left = Math.min(Math.max(12, row ? last.right - width : last.left), room - width - 12);
      top = last.bottom + 8 + height > innerHeight ? first.top - height - 8 : last.bottom + 8;
    }
    card.style.left = `${left + scrollX}px`;
    card.style.top = `${Math.max(top, 8) + scrollY}px`;
  }

  function show(mark) {
    shown = mark;
    card.hidden = !mark;
    if (!mark) return;
    fill(mark);
    place(mark);
  }

  /* One sentence is chosen at a time, and one in each block takes part in the tab order. */

  function choose(mark, { scroll = "nearest" } = {}) {
    close();
    const block = mark.closest(".block"), strip = $(".strip svg", block), here = $(".here", strip);
    for (const other of $$('mark[tabindex="0"]', block)) other.tabIndex = -1;
    current = mark;
    mark.classList.add("here");
    mark.closest(".row")?.classList.add("here");
    mark.tabIndex = 0;
    mark.setAttribute("aria-describedby", "card");
    mark.focus({ preventScroll: true });
    if (scroll) mark.scrollIntoView({ block: scroll });
    here.setAttribute("x", position(mark));
    here.setAttribute("width", Math.max(Number(mark.dataset.end) - start(mark), strip.viewBox.baseVal.width / 200));
    show(mark);
  }

  function close() {
    show(null);
    if (!current) return;
    current.classList.remove("here");
    current.closest(".row")?.classList.remove("here");
    current.removeAttribute("aria-describedby");
    $(".strip .here", current.closest(".block")).removeAttribute("width");
    current = null;
  }

  function firstOnScreen() {
    const host = $$(".text > p, .row").find((element) => element.getBoundingClientRect().bottom > 60);
    return marks.findIndex((mark) => host?.contains(mark) || host?.compareDocumentPosition(mark) & Node.DOCUMENT_POSITION_FOLLOWING);
  }

  function step(by) {
    let index = current ? marks.indexOf(current) + by : firstOnScreen();
    while (marks[index] && marks[index].classList.contains("out")) index += by;
    if (marks[index]) choose(marks[index]);
  }

  let pointer = "";
  const moved = ({ clientX, clientY }) => pointer !== (pointer = `${clientX} ${clientY}`);
  document.addEventListener("pointerdown", moved);
  main.addEventListener("pointerover", (event) => {
    // Text that scrolls by under a resting pointer is not being pointed at.
    if (event.pointerType !== "touch" && moved(event)) show(event.target.closest("mark") ?? current);
  });
  main.addEventListener("pointerleave", () => show(current));
  main.addEventListener("focusin", (event) => {
    const mark = event.target.closest("mark");
    if (mark && mark !== current) choose(mark);
  });
  document.addEventListener("click", (event) => {
    if (!getSelection().isCollapsed) return; // text was being selected
    const mark = event.target.closest("mark") ?? $(".single mark", event.target.closest(".row") ?? card);
    if (mark) choose(mark, { scroll: null });
    else if (event.target.closest(".close")) close();
    else if (!event.target.closest("#card, .strip, button")) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { j: 1, k: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by && (event.key.length === 1 || current)) {
      event.preventDefault();
      step(by);
    } else if (event.key === "Escape") {
      current?.blur();
      close();
    }
  });

  /* The strips. */

  for (const { element, strip } of blocks.filter((block) => block.strip)) {
    strip.addEventListener("click", (event) => {
      const box = strip.getBoundingClientRect();
      const target = ((event.clientX - box.left) / box.width) * strip.viewBox.baseVal.width;
      const inside = $$("mark", element).filter((mark) => !mark.closest("[hidden]"));
      // The last sentence that begins before the point, or the first of all.
      let low = 0, high = inside.length;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (position(inside[middle]) <= target) low = middle;
        else high = middle;
      }
      if (inside[low]) choose(inside[low], { scroll: "center" });
    });
  }

  function follow() {
    for (const { strip, text } of blocks) {
      if (!strip) continue;
      const box = text.getBoundingClientRect(), view = $(".view", strip), length = strip.viewBox.baseVal.width;
      const from = Math.max(0, -box.top / box.height), to = Math.min(1, (innerHeight - box.top) / box.height);
      const shown = to > from && to - from < 0.98;
      view.setAttribute("x", shown ? from * length : 0);
      view.setAttribute("width", shown ? (to - from) * length : 0);
    }
  }
  let waiting = false;
  const followSoon = () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; follow(); });
  };
  addEventListener("scroll", followSoon, { passive: true });
  const settle = () => { followSoon(); if (shown) place(shown); };
  addEventListener("resize", settle);
  // Paragraphs get their true height only when they come near the screen, and move what is below them.
  new ResizeObserver(settle).observe(main);

  /* Filters: labels add up, the voice narrows down. */

  function filter() {
    const on = chips.filter((chip) => chip.getAttribute("aria-pressed") === "true");
    const kinds = new Set(on.map((chip) => chip.dataset.k).filter(Boolean));
    const voices = new Set(on.map((chip) => chip.dataset.a).filter(Boolean));
    const out = ({ dataset }) => (kinds.size && !kinds.has(dataset.k)) || (voices.size && !voices.has(dataset.a));
    let kept = 0;
    for (const mark of marks) kept += !mark.classList.toggle("out", Boolean(out(mark)));
    for (const shape of shapes) shape.classList.toggle("out", Boolean(out(shape)));
    for (const row of rows) row.hidden = on.length > 0 && !$("mark:not(.out)", row);
    root.classList.toggle("filtered", on.length > 0);
    reset.hidden = !on.length;
    status.textContent = on.length ? `${kept.toLocaleString("en")} of ${marks.length.toLocaleString("en")}` : "";
    if (current?.classList.contains("out")) close();
    followSoon();
  }

  const toggle = (button) => button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
  for (const chip of chips) chip.addEventListener("click", () => { toggle(chip); filter(); });
  reset.addEventListener("click", () => { chips.forEach((chip) => chip.setAttribute("aria-pressed", "false")); filter(); });
  letters.addEventListener("click", () => {
    toggle(letters);
    main.classList.toggle("plain", letters.getAttribute("aria-pressed") === "false");
  });

  /* Start. */

  root.classList.add("js");
  for (const { element } of blocks) { const first = $("mark", element); if (first) first.tabIndex = 0; }
  if (innerWidth < 960) $(".contents")?.removeAttribute("open");
  const linked = () => { const mark = document.getElementById(location.hash.slice(1)); if (mark?.matches("mark")) choose(mark, { scroll: "center" }); };
  addEventListener("hashchange", linked);
  linked();
  follow();
})();
