// SPDX-License-Identifier: AGPL-3.0-or-later
// All that is known of one task.

const details = at("details");

function taskButton(index) {
  const task = tasks[index];
  return el("li", {}, el("button", {
    type: "button", class: "task", onclick: () => { select(index); focusDetails(); },
    "aria-label": `${task.id}, ${statuses[task.status].word}`,
  }, glyph(task.status), el("span", {}, task.id)));
}

// A list of which the first are shown, and the rest on demand.
function longList(items, name, make) {
  const most = 12;
  const list = el("ul", { class: name }, items.slice(0, most).map(make));
  if (items.length <= most) return [list];
  const more = el("button", { type: "button", class: "more", onclick: () => {
    list.append(...items.slice(most).map(make));
    more.remove();
  } }, `${items.length - most} more`);
  return [list, more];
}

// Both values of something, the old above the new.
function change({ kind, name, old, new: now }) {
  return el("li", { class: "change" }, el("div", {}, `${kind} `, el("code", {}, name)),
    el("div", { class: "values" }, old !== undefined && el("span", { class: "old" }, old),
      now !== undefined && el("span", { class: "new" }, now)));
}

function section(title, ...content) { return [el("h3", {}, title), ...content.flat()]; }

function valueRow(name, value) {
  return value === undefined || value === "" ? [] : [el("dt", {}, name), el("dd", {}, value)];
}

function showDetails() {
  details.hidden = state.selected < 0;
  if (details.hidden) return details.replaceChildren();
  const task = tasks[state.selected];
  const { word } = statuses[task.status];
  const content = [
    el("header", {}, el("h2", { class: "title", tabindex: "-1", id: "title" }, task.id),
      el("button", { type: "button", class: "close", "aria-label": "Close", title: "Close (Esc)", onclick: close }, "×")),
    el("div", { class: `status s-${task.status}` }, glyph(task.status), el("span", {}, word)),
    el("p", { class: "reason" }, task.reason),
  ];
  if (task.because) content.push(el("p", { class: "soft" }, `because ${task.because} failed`));
  if (task.failure) {
    content.push(el("div", { class: "failure", role: "note" }, el("div", {}, task.failure.message),
      task.failure.hint && el("div", { class: "soft" }, `hint: ${task.failure.hint}`),
      task.failure.command && el("code", {}, task.failure.command)));
  }
  const took = task.span_us && (task.span_us[1] - task.span_us[0]) / 1000;
  content.push(el("dl", {},
    valueRow("took", took === undefined ? undefined : time(took)),
    valueRow("began", task.span_us && `${time(task.span_us[0] / 1000)} after the start`),
    valueRow("saved", task.saved_ms === undefined ? undefined : time(task.saved_ms)),
    valueRow("expected", !isPlan ? undefined : task.status === "hit" ? "nothing to do"
      : task.expected_ms === undefined ? "not known: never timed here" : time(task.expected_ms)),
    valueRow("critical path", critical.has(task.index)
      ? `task ${data.critical.indexOf(task.index) + 1} of ${data.critical.length}` : undefined),
    valueRow("host", task.host), valueRow("service", task.service), valueRow("phase", task.phase),
    valueRow("pool", task.pool), valueRow("kind", task.kind), valueRow("class", classes[task.class] ?? task.class)));
  if (task.differences) content.push(...section("What it would change", longList(task.differences, "changes", change)));
  if (task.changes) content.push(...section("What changed since it last ran", longList(task.changes, "changes", change)));
  if (task.log) {
    content.push(...section("Log", el("pre", { tabindex: "0", id: "log" }, task.log)));
  }
  content.push(...section(`Waits for (${task.before.length})`, task.before.length
    ? longList(task.before, "tasks", taskButton) : el("p", { class: "soft" }, "nothing")));
  content.push(...section(`Needed by (${task.after.length})`, task.after.length
    ? longList(task.after, "tasks", taskButton) : el("p", { class: "soft" }, "nothing")));
  if (task.inputs?.length) {
    content.push(...section(`Inputs (${task.inputs.length})`, longList(task.inputs, "files", (input) => el("li", {}, input))));
  }
  details.replaceChildren(...content.flat());
  details.scrollTop = 0;
  const log = at("log");
  if (log) log.scrollTop = log.scrollHeight;
}

function focusDetails() {
  if (!details.hidden) at("title")?.focus();
}
function close() {
  select(-1);
  (state.view === "graph" ? canvas : at("list")).focus();
}

listeners.push((what) => {
  if (!what.has("selected")) return;
  const wasHidden = details.hidden;
  showDetails();
  if (wasHidden !== details.hidden) resize();
});
