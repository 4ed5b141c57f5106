// SPDX-License-Identifier: AGPL-3.0-or-later
// The graph under the hand: where the view is, moving and zooming it, and walking from task to task.

const canvas = at("canvas");
const camera = { x: 0, y: 0, scale: 1, width: 0, height: 0, fit: 1 };
const edges = { left: 22, top: 22, right: 56, bottom: 64 };
const calm = matchMedia("(prefers-reduced-motion: reduce)");

const narrowest = Math.min(...data.bands.map((band) => band.box[2]));
function fit(box) {
  return Math.max(0.01, Math.min(1.1, (box.width - edges.left - edges.right) / Math.max(1, size.width),
    (box.height - edges.top - edges.bottom) / Math.max(1, size.height)));
}

function resize() {
  const ratio = devicePixelRatio || 1;
  const box = at("stage").getBoundingClientRect();
  const isFirst = camera.width === 0;
  const wasFit = Math.abs(camera.scale - camera.fit) < 1e-6;
  camera.width = box.width;
  camera.height = box.height;
  canvas.width = Math.round(box.width * ratio);
  canvas.height = Math.round(box.height * ratio);
  // Names of hosts stand beside rows and above columns; buttons and the legend keep off the picture.
  edges.left = !down && data.bands.length > 1 ? 110 : 22;
  edges.top = down ? 34 : 22;
  camera.fit = fit(box);
  // Names that are wider than their columns stand aslant, and need more room.
  if (down && narrowest * camera.fit < 44 && data.bands.length > 1) {
    edges.top = 88;
    camera.fit = fit(box);
  }
  if (isFirst || wasFit) showAll();
  draw();
}

function showAll() {
  place(size.width / 2, size.height / 2, camera.fit);
  camera.x += (edges.left - edges.right) / 2;
  camera.y += (edges.top - edges.bottom) / 2;
}

// Puts a place of the graph into the middle of the view.
function place(x, y, scale) {
  camera.scale = scale;
  camera.x = camera.width / 2 - x * scale;
  camera.y = camera.height / 2 - y * scale;
}

let motion = 0;
function glide(x, y, scale) {
  cancelAnimationFrame(motion);
  const from = { x: camera.x, y: camera.y, scale: camera.scale };
  place(x, y, scale);
  if (calm.matches) return draw();
  const to = { x: camera.x, y: camera.y, scale: camera.scale };
  const begin = performance.now();
  const step = (now) => {
    const part = Math.min(1, (now - begin) / 180);
    const ease = 1 - (1 - part) ** 3;
    for (const key of ["x", "y", "scale"]) camera[key] = from[key] + (to[key] - from[key]) * ease;
    draw();
    if (part < 1) motion = requestAnimationFrame(step);
  };
  step(begin);
}

function zoom(factor, x = camera.width / 2, y = camera.height / 2) {
  const scale = Math.min(3, Math.max(camera.fit * 0.7, camera.scale * factor));
  const real = scale / camera.scale;
  camera.x = x - (x - camera.x) * real;
  camera.y = y - (y - camera.y) * real;
  camera.scale = scale;
  draw();
}

// Brings a task into view, near enough to read it.
function reveal(task) {
  const scale = Math.max(camera.scale, 0.9);
  const [x, y] = [task.x + size.nodeWidth / 2, task.y + size.nodeHeight / 2];
  const [left, top] = [x * camera.scale + camera.x, y * camera.scale + camera.y];
  const isIn = left > 100 && top > 60 && left < camera.width - 100 && top < camera.height - 90;
  if (isIn && camera.scale >= scale) return draw();
  glide(x, y, scale);
}
function revealBox([x, y, width, height]) {
  const scale = Math.min(1, (camera.width - 60) / width, (camera.height - 90) / height);
  glide(x + width / 2, y + height / 2, Math.max(scale, camera.fit));
}

// A grid over the graph, so that the task under the pointer is found at once.
const cell = 256;
const grid = new Map();
for (const task of tasks) {
  for (let column = Math.floor(task.x / cell); column <= Math.floor((task.x + size.nodeWidth) / cell); column += 1) {
    for (let line = Math.floor(task.y / cell); line <= Math.floor((task.y + size.nodeHeight) / cell); line += 1) {
      const key = column * 65536 + line;
      if (!grid.has(key)) grid.set(key, []);
      grid.get(key).push(task);
    }
  }
}
function taskAt(left, top) {
  const x = (left - camera.x) / camera.scale;
  const y = (top - camera.y) / camera.scale;
  // Far away a task is smaller than a finger: what is next to the pointer counts too.
  const slack = Math.min(14, 3 / camera.scale);
  const near = grid.get(Math.floor(x / cell) * 65536 + Math.floor(y / cell)) ?? [];
  return near.find((task) => x >= task.x - slack && x <= task.x + size.nodeWidth + slack
    && y >= task.y - slack && y <= task.y + size.nodeHeight + slack);
}
function bandAt(left, top) {
  const x = (left - camera.x) / camera.scale;
  const y = (top - camera.y) / camera.scale;
  return data.bands.findIndex(({ box }) =>
    x >= box[0] && x <= box[0] + box[2] && y >= box[1] && y <= box[1] + box[3]);
}

canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  const unit = event.deltaMode === 1 ? 16 : 1;
  if (event.shiftKey) {
    camera.x -= (event.deltaX || event.deltaY) * unit;
    return draw();
  }
  zoom(Math.exp(-event.deltaY * unit * (event.ctrlKey ? 0.01 : 0.0016)), event.offsetX, event.offsetY);
}, { passive: false });

const pointers = new Map();
let travelled = 0;
canvas.addEventListener("pointerdown", (event) => {
  if (event.button > 0) return;
  cancelAnimationFrame(motion);
  canvas.setPointerCapture(event.pointerId);
  pointers.set(event.pointerId, [event.offsetX, event.offsetY]);
  travelled = 0;
});
canvas.addEventListener("pointermove", (event) => {
  const last = pointers.get(event.pointerId);
  if (!last) return hover(event);
  const now = [event.offsetX, event.offsetY];
  if (pointers.size === 2) {
    const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
    const distance = (one) => Math.hypot(one[0] - other[0], one[1] - other[1]);
    zoom(distance(now) / Math.max(1, distance(last)), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
  } else {
    camera.x += now[0] - last[0];
    camera.y += now[1] - last[1];
  }
  travelled += Math.abs(now[0] - last[0]) + Math.abs(now[1] - last[1]);
  pointers.set(event.pointerId, now);
  canvas.classList.toggle("moving", travelled > 3);
  at("tip").hidden = true;
  draw();
});
function release(event) {
  if (!pointers.delete(event.pointerId)) return;
  canvas.classList.remove("moving");
  if (event.type === "pointercancel" || travelled > 4) return;
  const task = taskAt(event.offsetX, event.offsetY);
  select(task ? task.index : -1, { reveal: false });
}
canvas.addEventListener("pointerup", release);
canvas.addEventListener("pointercancel", release);
canvas.addEventListener("pointerleave", () => { state.hovered = -1; at("tip").hidden = true; draw(); });
canvas.addEventListener("dblclick", (event) => {
  const band = bandAt(event.offsetX, event.offsetY);
  if (!taskAt(event.offsetX, event.offsetY) && band >= 0 && camera.scale < 0.5) return revealBox(data.bands[band].box);
  zoom(1.8, event.offsetX, event.offsetY);
});

function hover(event) {
  const task = taskAt(event.offsetX, event.offsetY);
  canvas.classList.toggle("over", Boolean(task));
  showTip(task, event.offsetX, event.offsetY);
  if ((task ? task.index : -1) === state.hovered) return;
  state.hovered = task ? task.index : -1;
  draw();
}
function showTip(task, left, top) {
  const tip = at("tip");
  tip.hidden = !task;
  if (!task) return;
  tip.replaceChildren(el("b", {}, task.id), `${statuses[task.status].word}: ${task.reason}`);
  const bounds = at("view").getBoundingClientRect();
  const width = tip.offsetWidth;
  tip.style.left = `${Math.max(4, Math.min(left + 14, bounds.width - width - 8))}px`;
  tip.style.top = `${top + tip.offsetHeight + 24 > bounds.height ? top - tip.offsetHeight - 10 : top + 18}px`;
}

// The task to which an arrow key leads: along the arrows, or to the neighbour beside.
function neighbour(key) {
  const shown = tasks.filter(isShown);
  if (state.selected < 0) return shown[0];
  const task = tasks[state.selected];
  const [forth, back] = down ? ["ArrowDown", "ArrowUp"] : ["ArrowRight", "ArrowLeft"];
  if (key === forth || key === back) {
    const others = (key === forth ? task.after : task.before).map((index) => tasks[index]).filter(isShown);
    return others.sort((left, right) => Math.hypot(left.x - task.x, left.y - task.y)
      - Math.hypot(right.x - task.x, right.y - task.y))[0];
  }
  const way = key === "ArrowRight" || key === "ArrowDown" ? 1 : -1;
  return shown.filter((other) => (across(other) - across(task)) * way > 0)
    .sort((left, right) => far(left, task) - far(right, task))[0];
}
function far(other, task) {
  return Math.abs(across(other) - across(task)) + 4 * Math.abs(along(other) - along(task));
}

canvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.startsWith("Arrow")) {
    event.preventDefault();
    if (event.shiftKey) {
      camera.x += { ArrowLeft: 80, ArrowRight: -80 }[event.key] ?? 0;
      camera.y += { ArrowUp: 80, ArrowDown: -80 }[event.key] ?? 0;
      return draw();
    }
    const task = neighbour(event.key);
    if (task) select(task.index);
  } else if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    if (state.selected < 0 && tasks.length) select(tasks[0].index);
    focusDetails();
  }
});
