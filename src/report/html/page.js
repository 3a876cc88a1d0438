"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const PAGE = 100, MEMBERS = 50;
  const WORDS = { fail: "failed", error: "undetermined", waived: "waived", pass: "passed", skip: "skipped" };

  // Text from the environment only ever becomes text: nothing here writes markup.
  const make = (tag, name, ...inside) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    node.append(...inside.filter((one) => one !== null && one !== undefined));
    return node;
  };
  const ms = (n) => (n < 10000 ? `${n} ms` : `${(n / 1000).toFixed(1)} s`);

  // ---- evidence --------------------------------------------------------------------
  const scalar = (value) => (value === null ? "none" : String(value));
  const isRecord = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const tree = (value, depth) => {
    if (Array.isArray(value)) {
      if (value.length === 0) return make("span", "quiet", "none");
      if (value.every(isRecord) && depth < 8) return make("div", "", ...value.map((one) => tree(one, depth + 1)));
      return make("span", "", value.map((one) => (typeof one === "object" ? JSON.stringify(one) : scalar(one))).join(", "));
    }
    if (!isRecord(value)) return make("span", "", scalar(value));
    const names = Object.keys(value);
    if (depth >= 8 || names.length === 0) return make("span", "quiet", JSON.stringify(value));
    const body = make("tbody");
    for (const name of names) {
      const head = make("th", "", name);
      head.scope = "row";
      body.append(make("tr", "", head, make("td", "", tree(value[name], depth + 1))));
    }
    return make("div", "tree", make("table", "", body));
  };
  const folded = (title, fill) => {
    const box = make("details", "", make("summary", "", title));
    box.addEventListener("toggle", () => { if (box.open && box.children.length === 1) box.append(fill()); }, { once: true });
    return box;
  };
  const ladder = (exchange) => {
    const list = make("ol", "ladder");
    for (const { label, text } of exchange) {
      const first = text.split("\n", 1)[0];
      const arrow = make("span", "arrow", label === "request" ? `${first} →` : `← ${first}`);
      list.append(make("li", label, arrow, folded("as it was on the wire", () => make("pre", "", text))));
    }
    return list;
  };
  const timeline = (observation) => {
    const bar = make("span", observation.error ? "failed" : "");
    const whole = Math.max(1, data.span);
    bar.style.left = `${Math.min(99.5, (100 * observation.at) / whole)}%`;
    bar.style.width = `${Math.min(100, (100 * observation.took) / whole)}%`;
    const track = make("div", "track", bar);
    track.setAttribute("role", "img");
    track.setAttribute("aria-label", `began ${ms(observation.at)} after the run did, took ${ms(observation.took)}`);
    return track;
  };
  const observed = (step, id) => {
    const found = data.observations[id];
    if (!found) return make("p", "quiet", `${step}: observation ${id} is left out of this page to keep it small; it is in results.json`);
    const box = make("div", "", make("h3", "", `${step}: ${found.asked}`), timeline(found));
    box.append(make("p", "quiet", `${found.started}, ${ms(found.took)}`));
    for (const one of found.earlier || []) box.append(make("p", "", `an attempt failed: ${one}`));
    if (found.error) box.append(make("p", "", `nothing was learned: ${found.error}`));
    const texts = (found.evidence || []).map(([label, at]) => ({ label, text: data.texts[at] }));
    const exchange = texts.filter((one) => one.label === "request" || one.label === "answer");
    if (exchange.length) box.append(ladder(exchange));
    for (const one of texts) if (!exchange.includes(one)) box.append(folded(one.label, () => make("pre", "", one.text)));
    if (found.facts) box.append(folded("facts", () => tree(found.facts, 0)));
    for (const [name, why] of Object.entries(found.unknown || {})) box.append(make("p", "quiet", `${name} is unknown: ${why}`));
    return box;
  };

  // ---- one case --------------------------------------------------------------------
  const members = (one) => {
    const box = make("div", "", make("h3", "", `${one.members_total} of ${one.ranged_over} subjects`));
    if (one.groups) box.append(make("p", "quiet", one.groups.map(([name, n]) => `${name} ${n}`).join(" · ")));
    const list = make("ul", "members");
    let shown = 0;
    const more = make("button", "", "");
    more.type = "button";
    const next = () => {
      for (const [key, message, fix] of one.members.slice(shown, shown + MEMBERS)) {
        list.append(make("li", "", `${key}: ${message}`, fix ? make("div", "", make("code", "", fix)) : null));
      }
      shown = Math.min(one.members.length, shown + MEMBERS);
      more.textContent = `Show more (${shown} of ${one.members.length} shown)`;
      more.hidden = shown >= one.members.length;
    };
    more.addEventListener("click", next);
    next();
    box.append(list, more);
    if (one.members.length < one.members_total) {
      box.append(make("p", "quiet", `${one.members_total - one.members.length} more are in results.json`));
    }
    return box;
  };
  const body = (one) => {
    const check = data.checks[one.check];
    const box = make("div", "body");
    if (check.because) box.append(make("p", "", check.because));
    if (one.fix) {
      const copy = make("button", "", "Copy");
      copy.type = "button";
      copy.addEventListener("click", () => navigator.clipboard?.writeText(one.fix).then(() => { copy.textContent = "Copied"; }));
      box.append(make("p", "fix", make("span", "", "Fix"), " ", make("code", "", one.fix), " ", copy));
    }
    if (one.expectations) {
      box.append(make("h3", "", "Expected"));
      for (const [outcome, that, message, values] of one.expectations) {
        const line = make("p", "", make("span", `outcome ${outcome}`, outcome), " ", make("code", "", that));
        if (message) line.append(make("br"), message);
        for (const [name, value] of values) line.append(make("br"), make("code", "", `${name} = ${value}`));
        box.append(line);
      }
    }
    if (one.members) box.append(members(one));
    if (one.connect) box.append(make("p", "", `Reached elsewhere than DNS says, which proves nothing of the real path: ${one.connect.join(", ")}`));
    for (const [step, id] of one.observations || []) box.append(observed(step, id));
    const tail = [`suite ${data.suites[one.suite]}`, check.location];
    if (one.vantage) tail.push(`from ${one.vantage}`);
    if (check.tags) tail.push(`tags ${check.tags.join(", ")}`);
    if (check.source) tail.push(check.source);
    box.append(make("p", "quiet", tail.join(" · ")));
    return box;
  };
  const row = (one) => {
    const label = one.verdict === "pass" || one.verdict === "skip" ? WORDS[one.verdict] : `${one.severity} ${WORDS[one.verdict]}`;
    const title = make("span", "", one.title, make("br"), make("span", "key", one.key));
    if (one.message && one.verdict !== "pass") title.append(make("br"), one.message);
    const box = make("details", "case", make("summary", "", make("span", `badge ${one.verdict}`, one.flaky ? "flaky" : label), title));
    box.addEventListener("toggle", () => { if (box.open && box.children.length === 1) box.append(body(one)); });
    return box;
  };

  // ---- the list --------------------------------------------------------------------
  for (const one of data.cases) {
    one.haystack = `${one.key} ${one.title} ${one.message} ${data.suites[one.suite]}`.toLowerCase();
  }
  const counts = {};
  for (const one of data.cases) counts[one.verdict] = (counts[one.verdict] || 0) + 1;
  const wanted = new Set();
  let at = 0, found = data.cases;

  const search = make("input");
  search.type = "search";
  const suite = make("select");
  suite.append(new Option("every suite", ""), ...data.suites.map((name, index) => new Option(name, String(index))));
  const verdicts = make("div", "pager");
  verdicts.setAttribute("role", "group");
  verdicts.setAttribute("aria-label", "Verdicts");
  for (const verdict of Object.keys(WORDS).filter((verdict) => counts[verdict])) {
    const button = make("button", "", `${counts[verdict]} ${WORDS[verdict]}`);
    button.type = "button";
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      const on = !wanted.delete(verdict);
      if (on) wanted.add(verdict);
      button.setAttribute("aria-pressed", String(on));
      filter();
    });
    verdicts.append(button);
  }
  const status = make("p", "quiet");
  status.setAttribute("role", "status");
  const rows = make("div");
  const pager = make("div", "pager");
  const previous = make("button", "", "Previous"), next = make("button", "", "Next");
  previous.type = next.type = "button";
  const turn = (by) => { at += by; show(); rows.scrollIntoView({ block: "start" }); };
  previous.addEventListener("click", () => turn(-PAGE));
  next.addEventListener("click", () => turn(PAGE));
  pager.append(previous, next);

  const show = () => {
    rows.replaceChildren(...found.slice(at, at + PAGE).map(row));
    const until = Math.min(found.length, at + PAGE);
    status.textContent = found.length === 0
      ? "No case matches."
      : `${at + 1} to ${until} of ${found.length}${found.length < data.cases.length ? ` (${data.cases.length} in all)` : ""}`;
    previous.disabled = at === 0;
    next.disabled = until >= found.length;
    pager.hidden = found.length <= PAGE;
  };
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = data.cases.filter((one) =>
      (wanted.size === 0 || wanted.has(one.verdict))
      && (suite.value === "" || one.suite === Number(suite.value))
      && words.every((word) => one.haystack.includes(word)));
    at = 0;
    show();
  };
  const jump = () => {
    if (!location.hash.startsWith("#case=")) return;
    let key;
    try { key = decodeURIComponent(location.hash.slice(6)); } catch { return; }
    search.value = "";
    suite.value = "";
    wanted.clear();
    for (const button of verdicts.children) button.setAttribute("aria-pressed", "false");
    filter();
    const index = found.findIndex((one) => one.key === key);
    if (index < 0) return;
    at = index - (index % PAGE);
    show();
    const target = rows.children[index - at];
    target.open = true;
    target.scrollIntoView({ block: "start" });
    target.firstElementChild.focus({ preventScroll: true });
  };
  search.addEventListener("input", filter);
  suite.addEventListener("change", filter);
  addEventListener("hashchange", jump);
  addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName || "");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    }
  });
  const findings = make("label", "grow", "Search (press /)", search);
  document.getElementById("list").append(make("div", "bar", findings, make("label", "", "Suite", suite)), verdicts, status, rows, pager);
  show();
  jump();
})();
