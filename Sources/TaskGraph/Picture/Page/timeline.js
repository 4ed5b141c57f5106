// SPDX-License-Identifier: AGPL-3.0-or-later
// What ran when: a row for each place in a pool or on a host, so that gaps show where nothing ran.

const timed = tasks.filter((task) => task.span_us);
const clock = { zoom: 1, by: data.bands.length > 1 ? "host" : "pool" };
const endOfTime = Math.max(1, data.duration_ms, ...timed.map((task) => task.span_us[1] / 1000));

// First come, first served: each task takes the first row of its group that is free.
function lanes() {
  const groups = new Map();
  const inOrder = [...timed].sort((left, right) => left.span_us[0] - right.span_us[0] || left.index - right.index);
  for (const task of inOrder) {
    const name = clock.by === "host" ? task.host ?? "this machine" : task.pool || "tasks";
    if (!groups.has(name)) groups.set(name, []);
    const free = groups.get(name);
    let lane = free.findIndex((row) => row.at(-1).span_us[1] <= task.span_us[0]);
    if (lane < 0) lane = free.push([]) - 1;
    free[lane].push(task);
  }
  return [...groups];
}

function renderCards() {
  const cards = at("cards");
  const saved = tasks.reduce((sum, task) => sum + (task.saved_ms ?? 0), 0);
  const card = (value, words) => cards.append(el("div", {}, el("b", {}, value), el("span", {}, words)));
  card(time(endOfTime), data.outcome === "running" ? "so far" : "wall time");
  if (data.critical.length) card(time(data.critical_ms), `critical path, ${plural(data.critical.length, "task")}`);
  card(String(counts.executed), "executed");
  card(String(counts.hit), counts.hit === 1 ? "cache hit" : "cache hits");
  if (saved > 0) card(time(saved), "saved by hits");
  for (const name of ["failed", "skipped", "cancelled", "running", "waiting"]) {
    if (counts[name]) card(String(counts[name]), statuses[name].word);
  }
}

// A round step for the ruler.
function rulerStep(range, room) {
  const rough = (range / Math.max(1, room)) * 90;
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 15000, 30000, 60000, 120000,
    300000, 600000, 1800000, 3600000];
  return steps.find((step) => step >= rough) ?? 7200000;
}

function renderTimes() {
  const place = at("times");
  const gutter = 120;
  const room = Math.max(300, at("timeline").clientWidth - 40 - gutter) * clock.zoom;
  const scale = room / endOfTime;
  const row = 22;
  const drawing = svg("svg", { role: "img", "aria-label": "Timeline; the list beside it holds the same tasks" });
  let top = 24;
  const rules = svg("g", {});
  drawing.append(rules);
  for (const [name, group] of lanes()) {
    drawing.append(svg("text", { x: 0, y: top + 15, class: "lane" }, fitted(name, `600 11px ${colors.sans}`, gutter - 12)));
    for (const lane of group) {
      for (const task of lane) drawing.append(bar(task, gutter, top, scale, row));
      top += row;
    }
    drawing.append(svg("line", { x1: 0, x2: gutter + room, y1: top + 4, y2: top + 4, class: "rule" }));
    top += 9;
  }
  const step = rulerStep(endOfTime, room);
  for (let ms = 0; ms <= endOfTime; ms += step) {
    const x = gutter + ms * scale;
    rules.append(svg("line", { x1: x, x2: x, y1: 18, y2: top, class: "rule" }));
    if (x > gutter + room - 36) continue;
    rules.append(svg("text", { x: x + 3, y: 12, class: "soft" }, ms === 0 ? "0" : time(ms)));
  }
  drawing.setAttribute("width", String(gutter + room + 12));
  drawing.setAttribute("height", String(top + 4));
  place.replaceChildren(drawing);
}

function bar(task, gutter, top, scale, row) {
  const [start, end] = task.span_us.map((value) => value / 1000);
  const x = gutter + start * scale;
  const width = Math.max(2, (end - start) * scale);
  const tone = tones[task.status];
  const isCritical = state.showsPath && critical.has(task.index);
  const isSelected = task.index === state.selected;
  const shape = svg("rect", {
    x, y: top + 2, width, height: row - 5, rx: Math.min(4, width / 2), fill: colors[width > 14 ? `${tone}-fill` : tone],
    stroke: isSelected ? colors.accent : isCritical ? colors.path : colors[tone],
    "stroke-width": isSelected ? 3 : isCritical ? 2.5 : 1.2,
    "stroke-dasharray": statuses[task.status].border === "dotted" ? "2 3" : "none",
  });
  const group = svg("g", { class: "bar", opacity: isShown(task) ? 1 : 0.25, "data-task": task.index }, shape);
  if (width > 34) {
    const font = `11px ${colors.sans}`;
    const sign = { failed: "✗ ", hit: "✓ " }[task.status] ?? "";
    group.append(svg("text", { x: x + 6, y: top + 15 }, fitted(sign + task.label, font, width - 10)));
  }
  group.addEventListener("click", () => select(task.index));
  group.addEventListener("pointermove", (event) => {
    const bounds = at("view").getBoundingClientRect();
    showTip(task, event.clientX - bounds.left, event.clientY - bounds.top);
  });
  group.addEventListener("pointerleave", () => { at("tip").hidden = true; });
  return group;
}

function renderTimeline() {
  const place = at("timeline");
  const failed = tasks.filter((task) => task.status === "failed");
  place.append(el("div", { id: "cards" }));
  renderCards();
  for (const task of failed.slice(0, 8)) {
    place.append(el("p", { class: "notice" },
      el("button", { type: "button", onclick: () => { select(task.index); focusDetails(); } }, task.id),
      ` failed: ${task.failure?.message ?? task.reason}`));
  }
  const by = el("select", { "aria-label": "Rows by", onchange: (event) => { clock.by = event.target.value; renderTimes(); } },
    ["host", "pool"].map((name) => el("option", { value: name, selected: clock.by === name }, name)));
  const turn = (factor) => () => { clock.zoom = Math.min(60, Math.max(1, clock.zoom * factor)); renderTimes(); };
  place.append(el("div", { id: "timebar" }, el("span", {}, "rows by"), by,
    el("button", { type: "button", "aria-label": "Stretch", title: "Stretch (+)", onclick: turn(1.6) }, "+"),
    el("button", { type: "button", "aria-label": "Shrink", title: "Shrink (−)", onclick: turn(1 / 1.6) }, "−"),
    el("span", {}, timed.length ? "" : "nothing ran")));
  place.append(el("div", { id: "times" }));
}

listeners.push((what) => {
  if (isPlan || state.view !== "timeline") return;
  renderTimes();
  if (!what.has("reveal") || state.selected < 0) return;
  document.querySelector(`[data-task="${state.selected}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
});
