"use strict";
(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
  document.documentElement.classList.add("js");

  /* Tables: a click on a heading sorts, another one turns the order round. Rows without a figure stay last. */

  for (const table of $$("table.sortable")) {
    const body = $("tbody", table), headings = $$("th", $("thead", table));
    const value = (row, column) => {
      const cell = row.cells[column];
      return cell.dataset.v === undefined ? cell.textContent.trim() : cell.dataset.v === "" ? null : Number(cell.dataset.v);
    };
    const compare = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true }));
    headings.forEach((heading, column) => $("button", heading).addEventListener("click", () => {
      const falling = heading.getAttribute("aria-sort") === (heading.classList.contains("n") ? null : "ascending");
      const sign = falling || (heading.getAttribute("aria-sort") === "ascending") ? -1 : 1;
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", sign < 0 ? "descending" : "ascending");
      const rows = [...body.rows].map((row) => ({ row, key: value(row, column) }));
      rows.sort((a, b) => (a.key === null) - (b.key === null) || (a.key === null ? 0 : sign * compare(a.key, b.key)));
      body.append(...rows.map(({ row }) => row));
    }));
  }

  /* The section on screen is marked in the list of sections. */

  const links = new Map($$(".rail a").map((link) => [link.hash.slice(1), link]));
  const here = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) links.get(target.id)?.classList.toggle("here", isIntersecting);
  }, { rootMargin: "-30% 0px -65%" });
  $$("main > section").forEach((section) => here.observe(section));

  if (innerWidth < 960) $(".rail details").open = false;

  /* The error browser. Rows are made by textContent only: nothing of a corpus is ever parsed. */

  const source = $("#data");
  if (!source) return;
  const { backends, sets } = JSON.parse(source.textContent);
  const PAGE = 20, KINDS = ["wrong", "abstained", "failed"];
  const form = $(".filters"), list = $("#wrong"), status = $("#status"), reset = $("#reset");
  const plain = (name) => name.replaceAll("_", " ");
  let found = [], page = 0;

  const cases = sets.flatMap((set) => {
    const by = set.rows.map(() => []);
    set.wrong.forEach((one) => by[one[0]].push(one[1]));
    return set.wrong.map(([row, backend, kind, answer, scores, flag, message]) => {
      const [id, doc, text, gold, attributed, agreement] = set.rows[row];
      const sure = kind || !scores ? -1 : scores[answer];
      return { set, row, id, doc, text, gold, attributed, agreement, backend, kind, answer, scores, flag, message, sure, by: by[row] };
    });
  });
  const haystack = (one) => (one.words ??= `${one.text ?? ""} ${one.id}`.toLowerCase());

  const classes = [...new Set(sets.flatMap((set) => set.classes))];
  const add = (name, options) => form.elements[name].append(...options.map(([value, label]) => new Option(label, value)));
  add("backend", backends.map((name) => [name, name]));
  add("set", sets.map((set) => [set.name, set.name]));
  add("from", classes.map((name) => [name, plain(name)]));
  add("to", [...classes.map((name) => [name, plain(name)]), ...KINDS.slice(1).map((kind) => [`:${kind}`, kind])]);

  const ORDERS = {
    sure: (a, b) => b.sure - a.sure,
    hard: (a, b) => b.by.length - a.by.length || b.sure - a.sure,
    file: () => 0,
  };

  function filter() {
    const { backend, set, from, to, order, find } = Object.fromEntries([...new FormData(form)]);
    const words = find.toLowerCase().trim();
    found = cases.filter((one) =>
      (!backend || backends[one.backend] === backend) && (!set || one.set.name === set) &&
      (!from || one.set.classes[one.gold] === from) &&
      (!to || (to.startsWith(":") && !classes.includes(to) ? KINDS[one.kind] === to.slice(1) : one.set.classes[one.answer] === to)) &&
      (!words || haystack(one).includes(words)));
    found.sort(ORDERS[order]);
    reset.hidden = !(backend || set || from || to || words);
    page = 0;
    show();
  }

  function show() {
    const pages = Math.max(1, Math.ceil(found.length / PAGE)), start = page * PAGE, shown = found.slice(start, start + PAGE);
    list.replaceChildren(...shown.map(item));
    list.start = start + 1;
    const count = (n) => n.toLocaleString("en");
    status.textContent = !found.length ? `None of ${count(cases.length)} wrong rows.`
      : `${count(start + 1)}–${count(start + shown.length)} of ${count(found.length)} wrong rows`;
    for (const button of $$(".turn button")) {
      const by = button.dataset.turn ?? (button.id === "back" ? -1 : 1);
      button.disabled = by < 0 ? page === 0 : page >= pages - 1;
    }
    for (const turn of $$(".turn")) turn.hidden = pages === 1;
  }

  const element = (tag, className, ...children) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };

  /* Signs that would turn the order of what follows are shown by name. */
  const quote = (text) => {
    const made = element("p", "quote");
    made.dir = "auto";
    made.lang = "";
    for (const part of text.split(/([\u202a-\u202e\u2066-\u2069])/)) {
      const sign = part.length === 1 && /[\u202a-\u202e\u2066-\u2069]/.test(part);
      made.append(sign ? element("span", "sign", `U+${part.charCodeAt(0).toString(16).toUpperCase()}`) : part);
    }
    return made;
  };

  function bars(one) {
    const ordered = one.set.classes.map((name, at) => [name, one.scores[at], at]).sort((a, b) => b[1] - a[1]).slice(0, 6);
    return element("ul", "probs", ...ordered.map(([name, score, at]) => {
      const fill = element("span"), track = element("span", "track", fill);
      fill.style.width = `${score / 10}%`;
      const mark = at === one.gold ? "is-gold" : at === one.answer ? "is-answer" : "";
      return element("li", mark, element("span", "name", plain(name)), track, element("span", "share", score > 0 && score < 10 ? "< 1 %" : `${Math.round(score / 10)} %`));
    }));
  }

  function item(one) {
    const name = (at) => plain(one.set.classes[at] ?? "none");
    const verdict = element("p", "verdict", element("span", "gold", name(one.gold)), " → ",
      element("span", one.kind ? "none" : "answer", one.kind ? KINDS[one.kind] : name(one.answer)));
    const others = backends.filter((_, at) => at !== one.backend && !one.by.includes(at) && at < backends.length);
    const also = one.by.filter((at) => at !== one.backend).map((at) => backends[at]);
    const facts = [`${one.set.name} · ${one.id}`];
    if (one.agreement) facts.push(`${one.agreement} annotators gave the gold label`);
    if (also.length) facts.push(`also wrong: ${also.join(", ")}`);
    if (others.length && one.set.answered === backends.length) facts.push(`right: ${others.join(", ")}`);
    if (one.attributed !== null && one.flag !== null) {
      const word = (flag) => (flag ? "attributed" : "not attributed");
      facts.push(one.attributed === one.flag ? word(one.flag) : `${word(one.attributed)}, answered ${word(one.flag)}`);
    }
    const key = element("p", `who c${one.backend % 12}`, element("span", "dot"), backends[one.backend]);
    const left = element("div", "said", one.text === null ? element("p", "quote absent", one.id) : quote(one.text), element("p", "facts-line", facts.join(" · ")));
    const right = element("div", "judged", key, verdict);
    if (one.scores) right.append(bars(one));
    if (one.message) right.append(element("p", "message", one.message));
    return element("li", "", left, right);
  }

  function turn(by) {
    page += by;
    show();
    $(".pages", list.parentElement).scrollIntoView({ block: "nearest" });
  }

  let waiting = 0;
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, event.target.type === "search" ? 120 : 0);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  reset.addEventListener("click", () => { form.reset(); filter(); });
  $("#back").addEventListener("click", () => turn(-1));
  $("#next").addEventListener("click", () => turn(1));
  for (const button of $$("[data-turn]")) button.addEventListener("click", () => turn(Number(button.dataset.turn)));

  /* A number in a confusion matrix opens its sentences. */

  for (const button of $$(".heat button")) button.addEventListener("click", () => {
    const { gold, who, from, to } = button.dataset, set = sets.find((one) => one.name === gold);
    if (!set) return;
    form.reset();
    form.elements.backend.value = who;
    form.elements.set.value = gold;
    form.elements.from.value = set.classes[from];
    form.elements.to.value = to === "-1" ? "" : set.classes[to];
    filter();
    if (to === "-1") { found = found.filter((one) => one.kind > 0); show(); }
    $("#errors").scrollIntoView();
    form.elements.backend.focus({ preventScroll: true });
  });

  form.elements.backend.value = backends[0]; // the best one
  filter();
})();
