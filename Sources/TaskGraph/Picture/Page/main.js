// SPDX-License-Identifier: AGPL-3.0-or-later
// Puts the page together: its head, the keys, and what a press of each does.

function renderHead() {
  const goal = at("goal");
  goal.append(el("span", { class: "faint" }, isPlan ? "Plan of " : "Report of "), data.goal);
  if (data.environment) goal.append(el("span", { class: "faint" }, " to "), data.environment);
  const parts = [];
  if (isPlan) {
    const busy = counts.run + counts.maybe;
    parts.push(busy ? el("strong", {}, `${counts.run} of ${plural(tasks.length - counts.look, "task")} would run`)
      : el("strong", {}, tasks.length ? "nothing to do" : "no tasks"));
    if (counts.maybe) parts.push(`${counts.maybe} more may run`);
    if (busy && data.critical_ms >= 1) {
      const unknown = data.guesses ? ` (${plural(data.guesses, "task")} never ran here: guessed)` : "";
      parts.push(`about ${time(data.critical_ms)}${unknown}`);
      if (data.bound && data.bound_ms >= 1) parts.push(`${time(data.bound_ms)} of it waits for ${data.bound}`);
    }
  } else {
    const words = { ok: "succeeded", failed: "failed", interrupted: "was interrupted", running: "is running",
      unfinished: "did not finish: the program ended before the run did" };
    parts.push(el("strong", {}, `The run ${words[data.outcome] ?? data.outcome}`), data.run);
  }
  if (data.note) parts.push(data.note);
  at("summary").append(...parts.flatMap((part, place) => (place ? [" · ", part] : [part])));
  for (const name of order.filter((one) => counts[one])) {
    at("chips").append(el("button", {
      type: "button", class: `s-${name}`, "aria-pressed": "false", "data-status": name,
      onclick: () => {
        if (!state.statuses.delete(name)) state.statuses.add(name);
        filter();
      },
    }, glyph(name), el("b", {}, String(counts[name])), el("span", {}, statuses[name].count)));
  }
}

function renderLegend() {
  const legend = at("legend");
  for (const name of order.filter((one) => counts[one])) {
    legend.append(el("span", {}, el("i", { class: `swatch s-${name} ${statuses[name].border}` }), glyph(name), statuses[name].word));
  }
  if (data.critical.length > 1) legend.append(el("span", {}, el("i", { class: "path" }), "critical path"));
}

function renderKeys() {
  const keys = [["/", "search; Enter goes to the next hit"], ["← ↑ → ↓", "from task to task, along the arrows"],
    ["Enter", "to the details of the task"], ["Shift + arrows", "move the picture; dragging does too"],
    ["+  −", "nearer, further; so does the wheel"], ["0", "show all"], ["n  p", "next and previous task of the list"],
    ["c", "critical path on or off"], ["t", "dark or light"],
    ...(isPlan ? [] : [["1  2", "timeline, graph"]]), ["Esc", "close, clear the search"], ["?", "this help"]];
  at("keys").append(el("h2", {}, "Keys"),
    el("dl", {}, keys.flatMap(([key, words]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, words)])),
    el("button", { type: "button", onclick: () => at("keys").close() }, "Close"));
}

function setTheme(name) {
  document.documentElement.dataset.theme = name;
  at("theme").textContent = name === "dark" ? "☀" : "☾";
  changed("theme");
}
function turnTheme() { setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"); }

function turnPath() {
  state.showsPath = !state.showsPath;
  at("path").setAttribute("aria-pressed", String(state.showsPath));
  changed("path");
}

function setView(name) {
  state.view = name;
  at("stage").hidden = name !== "graph";
  at("timeline").hidden = name !== "timeline";
  for (const tab of ["timeline", "graph"]) at(`tab-${tab}`).setAttribute("aria-selected", String(tab === name));
  at("tip").hidden = true;
  if (name === "graph") resize();
  changed("view");
}

function openKeys() { if (!at("keys").open) at("keys").showModal(); }

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || at("keys").open) return;
  const isTyping = event.target.matches("input, select, textarea");
  if (event.key === "Escape") {
    if (isTyping && at("search").value) clearFilter();
    else if (state.selected >= 0) close();
    else if (state.matches) clearFilter();
    else if (isTyping) canvas.focus();
    return;
  }
  if (isTyping) return;
  const actions = {
    "/": () => { at("search").focus(); at("search").select(); }, "?": openKeys, "+": () => zoom(1.3), "=": () => zoom(1.3),
    "-": () => zoom(1 / 1.3), 0: () => { showAll(); draw(); }, c: turnPath, t: turnTheme, n: () => step(1), p: () => step(-1),
    ...(isPlan ? {} : { 1: () => setView("timeline"), 2: () => setView("graph") }),
  };
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

at("search").addEventListener("input", () => { state.query = at("search").value; filter(); });
at("search").addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  step(event.shiftKey ? -1 : 1);
});
at("theme").addEventListener("click", turnTheme);
at("path").addEventListener("click", turnPath);
at("help").addEventListener("click", openKeys);
at("zoom-in").addEventListener("click", () => zoom(1.3));
at("zoom-out").addEventListener("click", () => zoom(1 / 1.3));
at("zoom-fit").addEventListener("click", () => { showAll(); draw(); });
at("tab-timeline").addEventListener("click", () => setView("timeline"));
at("tab-graph").addEventListener("click", () => setView("graph"));

const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", () => setTheme(dark.matches ? "dark" : "light"));
setTheme(dark.matches ? "dark" : "light");
canvas.setAttribute("aria-label", `Graph of ${plural(tasks.length, "task")}; arrow keys walk from task to task`);
at("path").hidden = data.critical.length < 2;
renderHead();
renderLegend();
renderKeys();
renderCauses();
renderHosts();
renderList();
if (!isPlan) {
  at("tabs").hidden = false;
  renderTimeline();
}
filter();
setView(isPlan ? "graph" : "timeline");
new ResizeObserver(() => (state.view === "graph" ? resize() : changed("view"))).observe(at("view"));
