// SPDX-License-Identifier: AGPL-3.0-or-later
// The data of the page, the words for it, and small tools that every part uses.

const data = JSON.parse(document.getElementById("data").textContent);
const isPlan = data.kind === "plan";
const tasks = data.tasks;
for (const [index, task] of tasks.entries()) {
  task.index = index;
  task.label ??= task.id;
  task.arrows ??= task.before;
  task.after = [];
  [task.x, task.y, task.cluster] = task.at;
  task.text = [task.id, task.kind, task.phase, task.reason, ...(task.inputs ?? [])].join("\n").toLowerCase();
}
for (const task of tasks) for (const other of task.before) tasks[other].after.push(task.index);
const critical = new Set(data.critical);

// In the order in which they are counted. `word` is of one task, `count` follows a number.
const statuses = {
  failed: { word: "failed", count: "failed", border: "double" },
  running: { word: "running", count: "running", border: "thick" },
  run: { word: "to run", count: "to run", border: "thick" },
  maybe: { word: "may run", count: "may run", border: "dashed" },
  executed: { word: "executed", count: "executed", border: "thick" },
  hit: { word: "up to date", count: "up to date", border: "thin" },
  look: { word: "looks", count: "look only", border: "dotted" },
  looked: { word: "looked", count: "looked", border: "dotted" },
  waiting: { word: "waiting", count: "waiting", border: "dashed" },
  skipped: { word: "skipped", count: "skipped", border: "dashed" },
  cancelled: { word: "cancelled", count: "cancelled", border: "dashed" },
};
const order = Object.keys(statuses);
const counts = Object.fromEntries(order.map((name) => [name, 0]));
for (const task of tasks) counts[task.status] += 1;

// Names of classes: what they mean for somebody who has not read the documentation.
const classes = {
  pure: "pure: the same inputs give the same result, which may come from the cache",
  observe: "observe: asks the world, every time, and changes nothing",
  effect: "effect: changes the world; done only where that is not yet as it should be",
};

function plural(count, word) { return `${count} ${word}${count === 1 ? "" : "s"}`; }

// The words of the command line: `340 ms`, `1.2 s`, `2 min 5 s`, `1 h 3 min`.
function time(ms) {
  if (ms < 1) return ms > 0 ? "< 1 ms" : "0 ms";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return seconds % 60 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${seconds / 60} min`;
  const minutes = Math.round(seconds / 60);
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

// An element with attributes and children; text is always text, never markup.
function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat()) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child);
  }
  return element;
}

function svg(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes ?? {})) element.setAttribute(key, value);
  for (const child of children) element.append(child);
  return element;
}

const at = (id) => document.getElementById(id);

// What all parts of the page agree on; `changed` tells them.
const state = {
  selected: -1, hovered: -1, showsPath: true, query: "", statuses: new Set(), cause: -1, band: -1,
  matches: null, view: "graph",
};
const listeners = [];
function changed(...what) { for (const listener of listeners) listener(new Set(what)); }

function bandOf(task) { return data.clusters[task.cluster].band; }
function bandName(band) { return data.bands[band].host || "this machine"; }

// The tasks that filters and search leave; null where there is no filter.
function filter() {
  const words = state.query.toLowerCase().split(/\s+/).filter(Boolean);
  const cause = state.cause < 0 ? null : new Set(data.causes[state.cause].tasks);
  if (!words.length && !state.statuses.size && !cause && state.band < 0) {
    state.matches = null;
  } else {
    state.matches = new Set(tasks.filter((task) =>
      (!state.statuses.size || state.statuses.has(task.status)) && (!cause || cause.has(task.index))
      && (state.band < 0 || bandOf(task) === state.band)
      && words.every((word) => task.text.includes(word))).map((task) => task.index));
  }
  changed("matches");
}
function isShown(task) { return !state.matches || state.matches.has(task.index); }

function select(index, options = {}) {
  if (index === state.selected && !options.again) return;
  state.selected = index;
  changed("selected", ...(options.reveal === false ? [] : ["reveal"]));
  if (index >= 0) {
    const task = tasks[index];
    at("spoken").textContent = `${task.id}, ${statuses[task.status].word}, ${task.reason}`;
  }
}

// Everything before and after a task, near and far.
function related(index) {
  const found = new Map([[index, 0]]);
  for (const way of ["before", "after"]) {
    const open = [index];
    while (open.length) {
      const current = open.pop();
      for (const other of tasks[current][way]) {
        if (found.has(other)) continue;
        found.set(other, current === index ? 1 : 2);
        open.push(other);
      }
    }
    // What is both near and far counts as near.
    for (const other of tasks[index][way]) found.set(other, 1);
  }
  return found;
}
