// SPDX-License-Identifier: AGPL-3.0-or-later
// The side: why tasks run, the hosts, and every task as text, which keyboards and screen readers use.

function renderCauses() {
  const place = at("causes");
  if (!data.causes.length) return;
  place.append(el("h2", {}, isPlan ? "Why something runs" : "Why something ran"));
  const most = 8;
  const row = (cause, index) => el("button", {
    type: "button", class: "row", "aria-pressed": "false", "data-cause": index,
    onclick: () => { state.cause = state.cause === index ? -1 : index; filter(); },
  }, el("span", { class: "count" }, String(cause.tasks.length)), el("span", { class: "what" }, cause.text));
  const ranked = data.causes.map((cause, index) => ({ cause, index }));
  for (const { cause, index } of ranked.slice(0, most)) place.append(row(cause, index));
  if (ranked.length > most) {
    const more = el("button", { type: "button", class: "row", onclick: () => {
      more.replaceWith(...ranked.slice(most).map(({ cause, index }) => row(cause, index)));
    } }, el("span", { class: "count" }, "…"), el("span", { class: "what" }, `${ranked.length - most} more causes`));
    place.append(more);
  }
}

function renderHosts() {
  if (data.bands.filter(({ host }) => host).length < 1) return;
  const place = at("hosts");
  place.append(el("h2", {}, "Hosts"));
  const found = data.bands.map(() => ({}));
  for (const task of tasks) {
    const count = found[bandOf(task)];
    count[task.status] = (count[task.status] ?? 0) + 1;
  }
  const most = Math.max(...found.map((count) => Object.values(count).reduce((sum, one) => sum + one, 0)));
  for (const [band, count] of found.entries()) {
    const parts = order.filter((name) => count[name]);
    const words = parts.map((name) => `${count[name]} ${statuses[name].count}`).join(", ");
    const bar = el("span", { class: "bar", "aria-hidden": "true" });
    for (const name of parts) {
      const piece = el("i", { class: `s-${name}` });
      piece.style.width = `${(count[name] / most) * 100}%`;
      bar.append(piece);
    }
    place.append(el("button", {
      type: "button", class: "row host", title: words, "aria-label": `${bandName(band)}: ${words}`,
      "aria-pressed": "false", "data-band": band,
      onclick: () => {
        state.band = state.band === band ? -1 : band;
        filter();
        if (state.view === "graph") state.band < 0 ? (showAll(), draw()) : revealBox(data.bands[band].box);
      },
    }, el("span", { class: "what" }, bandName(band)), bar,
    el("span", { class: "count" }, String(parts.reduce((sum, name) => sum + count[name], 0)))));
  }
}

const rows = [];
function renderList() {
  const list = at("list");
  const groups = new Map();
  for (const task of tasks) {
    const key = `${bandName(bandOf(task))} · ${task.phase.replaceAll("_", " ")}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(task);
  }
  const sorted = [...groups].sort(([, left], [, right]) => bandOf(left[0]) - bandOf(right[0]) || left[0].index - right[0].index);
  for (const [name, members] of sorted) {
    const group = el("div", { class: "group", role: "group", "aria-label": name },
      el("div", { class: "name", "aria-hidden": "true" }, name));
    for (const task of members) {
      const row = el("div", {
        class: `task${critical.has(task.index) ? " critical" : ""}`, role: "option", id: `task-${task.index}`,
        "aria-selected": "false", title: task.id,
        "aria-label": `${task.id}, ${statuses[task.status].word}, ${task.reason}`,
      }, glyph(task.status), el("span", { class: "label" }, task.label));
      row.addEventListener("click", () => select(task.index));
      rows[task.index] = row;
      group.append(row);
    }
    list.append(group);
  }
}

function showMatches() {
  let shown = 0;
  for (const task of tasks) {
    const isMatch = isShown(task);
    shown += isMatch;
    rows[task.index].hidden = !isMatch;
  }
  for (const group of at("list").children) {
    group.hidden = !group.querySelector(".task:not([hidden])");
  }
  const found = at("found");
  found.replaceChildren(state.matches ? `${shown} of ${plural(tasks.length, "task")}` : plural(tasks.length, "task"));
  if (state.matches) {
    found.append(" · ", el("button", { type: "button", class: "row", onclick: clearFilter }, "show all"));
    const button = found.lastChild;
    button.style.display = "inline";
    button.style.width = "auto";
  }
  for (const button of document.querySelectorAll("[data-cause]")) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.cause) === state.cause));
  }
  for (const button of document.querySelectorAll("[data-band]")) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.band) === state.band));
  }
  for (const button of document.querySelectorAll("[data-status]")) {
    button.setAttribute("aria-pressed", String(state.statuses.has(button.dataset.status)));
  }
}
function clearFilter() {
  state.query = "";
  at("search").value = "";
  state.statuses.clear();
  state.cause = -1;
  state.band = -1;
  filter();
}

// The next task that is shown, in the order of the list.
function step(way) {
  const shown = [...at("list").querySelectorAll(".task:not([hidden])")];
  if (!shown.length) return;
  const place = shown.indexOf(rows[state.selected]);
  const next = place < 0 ? (way > 0 ? 0 : shown.length - 1) : Math.min(shown.length - 1, Math.max(0, place + way));
  select(Number(shown[next].id.slice(5)));
}

at("list").addEventListener("keydown", (event) => {
  const ways = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12, Home: -1e9, End: 1e9 };
  if (event.key in ways) {
    event.preventDefault();
    step(ways[event.key]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (state.selected < 0) step(1);
    focusDetails();
  }
});

listeners.push((what) => {
  if (what.has("matches")) showMatches();
  if (what.has("selected")) {
    const list = at("list");
    for (const row of list.querySelectorAll('[aria-selected="true"]')) row.setAttribute("aria-selected", "false");
    const row = rows[state.selected];
    if (row) {
      row.setAttribute("aria-selected", "true");
      list.setAttribute("aria-activedescendant", row.id);
      row.scrollIntoView({ block: "nearest" });
    } else {
      list.removeAttribute("aria-activedescendant");
    }
  }
});
