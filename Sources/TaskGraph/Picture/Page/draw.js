// SPDX-License-Identifier: AGPL-3.0-or-later
// Draws the graph. From far away bands and blocks of colour, nearer names, at full size reasons too.

const context = canvas.getContext("2d", { alpha: false });
const lines = { plain: new Path2D(), heads: new Path2D(), critical: new Path2D(), criticalHeads: new Path2D() };
for (const task of tasks) {
  for (const other of task.arrows) {
    arrow(lines.plain, tasks[other], task);
    arrowHead(lines.heads, task);
  }
}
for (let place = 1; place < data.critical.length; place += 1) {
  const task = tasks[data.critical[place]];
  // Where it waited for its place in a pool there is no arrow.
  if (!task.before.includes(data.critical[place - 1])) continue;
  arrow(lines.critical, tasks[data.critical[place - 1]], task);
  arrowHead(lines.criticalHeads, task);
}
// What a cluster comes to, for when its tasks are too small to read.
for (const cluster of data.clusters) cluster.counts = {};
for (const task of tasks) {
  const { counts: count } = data.clusters[task.cluster];
  count[task.status] = (count[task.status] ?? 0) + 1;
}

let isDue = false;
function draw() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(() => { isDue = false; paint(); paintMap(); });
}

const widths = new Map();
function textWidth(text, font) {
  const key = font + text;
  if (!widths.has(key)) {
    if (widths.size > 20000) widths.clear();
    context.font = font;
    widths.set(key, context.measureText(text).width);
  }
  return widths.get(key);
}
function fitted(text, font, room) {
  if (room < 8) return "";
  const whole = textWidth(text, font);
  if (whole <= room) return text;
  const kept = Math.floor((text.length * room) / whole) - 1;
  return kept < 2 ? "" : `${text.slice(0, kept)}…`;
}

function box(path, x, y, width, height, radius) { path.roundRect(x, y, width, height, radius); }

function paint() {
  const ratio = devicePixelRatio || 1;
  const { scale } = camera;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = colors.back;
  context.fillRect(0, 0, camera.width, camera.height);
  const toWorld = () => context.setTransform(ratio * scale, 0, 0, ratio * scale, ratio * camera.x, ratio * camera.y);
  const view = { left: -camera.x / scale, top: -camera.y / scale,
    right: (camera.width - camera.x) / scale, bottom: (camera.height - camera.y) / scale };
  const isIn = (x, y, width, height) =>
    x < view.right && y < view.bottom && x + width > view.left && y + height > view.top;
  toWorld();
  paintGroups(isIn, scale);
  const focus = state.selected >= 0 ? related(state.selected) : null;
  paintArrows(scale, focus);
  for (const task of tasks) {
    if (isIn(task.x, task.y, size.nodeWidth, size.nodeHeight)) paintTask(task, scale, focus);
  }
  context.globalAlpha = 1;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  paintNames(scale);
}

function paintGroups(isIn, scale) {
  for (const [band, { box: [x, y, width, height] }] of data.bands.entries()) {
    if (!isIn(x, y, width, height)) continue;
    const path = new Path2D();
    box(path, x, y, width, height, 12);
    context.fillStyle = colors.band;
    context.fill(path);
    context.lineWidth = (state.band === band ? 2.5 : 1) / scale;
    context.strokeStyle = state.band === band ? colors.accent : colors.line;
    context.stroke(path);
  }
  for (const { box: [x, y, width, height] } of data.clusters) {
    if (!isIn(x, y, width, height)) continue;
    const path = new Path2D();
    box(path, x, y, width, height, 8);
    context.fillStyle = colors.cluster;
    context.fill(path);
    context.lineWidth = 1 / scale;
    context.strokeStyle = colors.line;
    context.stroke(path);
  }
}

function paintArrows(scale, focus) {
  const isFar = scale < 0.16;
  context.lineJoin = "round";
  context.strokeStyle = colors.edge;
  context.fillStyle = colors.edge;
  context.globalAlpha = focus || state.matches ? 0.22 : isFar ? 0.25 : 0.75;
  context.lineWidth = Math.max(1, 0.55 / scale);
  if (!isFar || tasks.length < 1200) context.stroke(lines.plain);
  if (scale > 0.4) context.fill(lines.heads);
  if (state.showsPath && !focus) {
    context.globalAlpha = state.matches ? 0.3 : 0.85;
    context.strokeStyle = colors.path;
    context.fillStyle = colors.path;
    context.lineWidth = Math.max(2.2, (isFar ? 1.3 : 2) / scale);
    context.stroke(lines.critical);
    if (scale > 0.3) context.fill(lines.criticalHeads);
  }
  if (focus) {
    const path = new Path2D();
    const far = new Path2D();
    const heads = new Path2D();
    for (const index of focus.keys()) {
      for (const other of index === state.selected ? tasks[index].before : tasks[index].arrows) {
        if (!focus.has(other)) continue;
        const isNear = index === state.selected || other === state.selected;
        arrow(isNear ? path : far, tasks[other], tasks[index]);
        if (isNear) arrowHead(heads, tasks[index]);
      }
    }
    context.globalAlpha = 0.55;
    context.strokeStyle = colors.accent;
    context.lineWidth = Math.max(1.2, 0.8 / scale);
    context.stroke(far);
    context.globalAlpha = 1;
    context.lineWidth = Math.max(2, 1.6 / scale);
    context.stroke(path);
    context.fillStyle = colors.accent;
    context.fill(heads);
  }
  context.globalAlpha = 1;
}

const dashes = { thin: [], thick: [], double: [], dashed: [7, 4], dotted: [2, 3.5] };

function paintTask(task, scale, focus) {
  const tone = tones[task.status];
  const { border } = statuses[task.status];
  const isSelected = task.index === state.selected;
  const isHovered = task.index === state.hovered;
  const relation = focus?.get(task.index);
  const isDim = focus ? relation === undefined : !isShown(task);
  context.globalAlpha = isDim && !isHovered ? 0.28 : 1;
  const [x, y, width, height] = [task.x, task.y, size.nodeWidth, size.nodeHeight];
  if (scale < 0.13) {
    // A block: its colour, and a gap of light where it is only looked at or may run.
    context.fillStyle = colors[tone];
    if (["thin", "dotted", "dashed"].includes(border)) context.globalAlpha *= 0.5;
    context.fillRect(x, y, width, height);
    if (isSelected) { context.globalAlpha = 1; outline(x, y, width, height, 3 / scale); }
    return;
  }
  const path = new Path2D();
  box(path, x, y, width, height, 7);
  context.fillStyle = colors[`${tone}-fill`];
  context.fill(path);
  context.strokeStyle = colors[tone];
  context.lineWidth = border === "double" ? 3.5 : border === "thick" ? 2 : 1.2;
  context.lineWidth = Math.max(context.lineWidth, 0.7 / scale);
  context.setLineDash(dashes[border]);
  context.stroke(path);
  context.setLineDash([]);
  if (border === "double") {
    context.strokeStyle = colors[`${tone}-fill`];
    context.lineWidth = 1;
    context.stroke(path);
  }
  if (state.showsPath && critical.has(task.index)) {
    context.fillStyle = colors.path;
    const edge = new Path2D();
    box(edge, x - 1, y - 1, Math.max(6, 3 / scale), height + 2, [7, 0, 0, 7]);
    context.fill(edge);
  }
  if (isSelected || isHovered) outline(x, y, width, height, isSelected ? Math.max(3, 2.5 / scale) : 1.5);
  paintLabel(task, scale, tone);
}

function outline(x, y, width, height, thickness) {
  const path = new Path2D();
  const grow = thickness / 2 + 2;
  box(path, x - grow, y - grow, width + 2 * grow, height + 2 * grow, 9);
  context.strokeStyle = colors.accent;
  context.lineWidth = thickness;
  context.stroke(path);
}

function paintLabel(task, scale, tone) {
  const [x, y, width, height] = [task.x, task.y, size.nodeWidth, size.nodeHeight];
  const isNear = scale >= 0.78;
  // Letters keep a readable size on the screen for as long as they fit into the box.
  const letters = isNear ? 12.5 : Math.min(height * 0.66, Math.max(12.5, 9.8 / scale));
  if (letters * scale < 5.5) return;
  const sign = isNear ? 14 : Math.min(height * 0.5, letters * 0.85);
  const shape = glyphs[task.status];
  context.save();
  context.translate(x + 10, y + (isNear ? 7 : (height - sign) / 2));
  context.scale(sign / 16, sign / 16);
  if (shape.fill) {
    context.fillStyle = colors[tone];
    context.fill(shape.drawn);
  } else {
    context.strokeStyle = colors[tone];
    context.lineWidth = 2.4;
    context.lineCap = "round";
    context.stroke(shape.drawn);
  }
  context.restore();
  const left = x + 10 + sign + (isNear ? 6 : 5);
  const room = width - (left - x) - (isNear ? 8 : 4);
  const font = `${isNear ? 600 : 500} ${letters.toFixed(1)}px ${colors.sans}`;
  const label = fitted(isNear ? task.label : short(task, font, room), font, room);
  context.font = font;
  context.fillStyle = colors.text;
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.fillText(label, left, y + (isNear ? 14.5 : height / 2));
  if (!isNear) return;
  const small = `11px ${colors.sans}`;
  const word = isPlan ? "" : task.span_us ? `${time((task.span_us[1] - task.span_us[0]) / 1000)} · ` : "";
  const reason = fitted(word + task.reason, small, width - 17);
  context.font = small;
  context.fillStyle = colors.soft;
  context.fillText(reason, x + 9, y + 31);
}

// What is done says more than to what: `postgres/healthy` becomes `po…/healthy`, then `healthy`.
function short(task, font, room) {
  const parts = task.label.split("/");
  if (textWidth(task.label, font) <= room || parts.length < 2) return task.label;
  const last = parts.at(-1);
  for (let length = parts[0].length - 1; length > 1; length -= 1) {
    const text = `${parts[0].slice(0, length)}…/${last}`;
    if (textWidth(text, font) <= room) return text;
  }
  return last;
}

// Names of bands and clusters keep their size, and stay in sight while any of the band is.
function paintNames(scale) {
  context.textBaseline = "middle";
  context.textAlign = "left";
  const taken = [];
  for (const { box: [x, y, width, height], phase, counts: count } of data.clusters) {
    const left = x * scale + camera.x;
    const top = y * scale + camera.y;
    const room = width * scale - 14;
    if (left > camera.width || top > camera.height || left + room < 0 || top + height * scale < 0) continue;
    if (scale >= 0.34) {
      const font = `600 ${Math.min(11.5, 20 * scale)}px ${colors.sans}`;
      const name = fitted(phase.replaceAll("_", " "), font, room);
      context.font = font;
      context.fillStyle = colors.soft;
      context.fillText(name, left + 8, top + 11 * scale);
    } else if (room > 46 && height * scale > 26 && scale < 0.06) {
      paintCount(phase, count, left, top, room, height * scale, taken);
    }
  }
  for (const [band, { box: [x, y, width, height] }] of data.bands.entries()) {
    const left = x * scale + camera.x;
    const top = y * scale + camera.y;
    const right = left + width * scale;
    const bottom = top + height * scale;
    if (right < 0 || bottom < 0 || left > camera.width || top > camera.height) continue;
    const font = `650 ${scale < 0.34 ? 12 : 13.5}px ${colors.sans}`;
    if (down && scale < 0.75 && narrowest * scale < 44) {
      slanted(bandName(band), font, (left + right) / 2, Math.max(84, top - 6), taken);
      continue;
    }
    const name = fitted(bandName(band), font, down ? right - left - 8 : 200);
    if (!name) continue;
    const wide = textWidth(name, font);
    // Beside a row or above a column where there is room, else within, at the edge of the view.
    let textX = Math.min(Math.max(left + 9, 10), Math.max(left + 9, right - wide - 12));
    let textY = Math.min(Math.max(top + Math.max(12, 17 * scale), 16), Math.max(top + 12, bottom - 12));
    if (!down && scale < 0.75 && data.bands.length > 1) {
      textX = Math.max(8, left - wide - 10);
      textY = Math.min(Math.max((top + bottom) / 2, 14), camera.height - 14);
      if (taken.some((other) => Math.abs(other - textY) < 15)) continue;
      taken.push(textY);
    } else if (down && scale < 0.75) {
      textY = Math.max(14, top - 12);
    }
    context.globalAlpha = 0.86;
    context.fillStyle = colors.back;
    if (scale < 0.75 || textY > top + 17 * scale + 1) context.fillRect(textX - 4, textY - 9, wide + 8, 18);
    context.globalAlpha = 1;
    context.font = font;
    context.fillStyle = colors.text;
    context.fillText(name, textX, textY);
  }
}

function slanted(name, font, x, y, taken) {
  if (taken.some((other) => Math.abs(other - x) < 13)) return;
  taken.push(x);
  context.save();
  context.translate(x + 3, y);
  context.rotate(-Math.PI / 3);
  context.font = font;
  context.fillStyle = colors.text;
  context.fillText(fitted(name, font, 84), 0, 0);
  context.restore();
}

function paintCount(phase, count, left, top, room, height, taken) {
  const parts = order.filter((name) => count[name]).map((name) => `${count[name]} ${statuses[name].count}`);
  const font = `600 11.5px ${colors.sans}`;
  const rows = [phase, ...parts].map((row) => fitted(row, font, room)).filter(Boolean)
    .slice(0, Math.max(1, Math.floor((height - 8) / 15)));
  const wide = Math.max(...rows.map((row) => textWidth(row, font)));
  context.globalAlpha = 0.9;
  context.fillStyle = colors.panel;
  const middle = top + height / 2 - (rows.length * 15) / 2;
  context.fillRect(left + (room + 14 - wide) / 2 - 6, middle - 3, wide + 12, rows.length * 15 + 6);
  context.globalAlpha = 1;
  context.fillStyle = colors.text;
  for (const [place, row] of rows.entries()) {
    context.font = font;
    context.fillText(row, left + (room + 14 - textWidth(row, font)) / 2, middle + place * 15 + 8);
  }
}

// The whole in small, and where the view is in it.
const map = at("map");
let mapImage = null;
function paintMap() {
  const isWhole = camera.scale <= camera.fit * 1.15;
  map.hidden = isWhole || state.view !== "graph";
  if (map.hidden) return;
  const ratio = devicePixelRatio || 1;
  const scale = Math.min(172 / size.width, 112 / size.height);
  const [left, top] = [(180 - size.width * scale) / 2, (120 - size.height * scale) / 2];
  map.width = 180 * ratio;
  map.height = 120 * ratio;
  const pen = map.getContext("2d");
  if (!mapImage || mapImage.width !== map.width) {
    mapImage = document.createElement("canvas");
    [mapImage.width, mapImage.height] = [map.width, map.height];
    const brush = mapImage.getContext("2d");
    brush.scale(ratio, ratio);
    for (const { box: [x, y, width, height] } of data.bands) {
      brush.fillStyle = colors.line;
      brush.fillRect(left + x * scale, top + y * scale, width * scale, height * scale);
    }
    for (const task of tasks) {
      brush.fillStyle = colors[tones[task.status]];
      brush.fillRect(left + task.x * scale, top + task.y * scale,
        Math.max(1, size.nodeWidth * scale), Math.max(1, size.nodeHeight * scale));
    }
  }
  pen.drawImage(mapImage, 0, 0);
  pen.scale(ratio, ratio);
  pen.strokeStyle = colors.accent;
  pen.lineWidth = 2;
  const frame = [left - camera.x / camera.scale * scale, top - camera.y / camera.scale * scale,
    camera.width / camera.scale * scale, camera.height / camera.scale * scale];
  pen.strokeRect(...frame);
}
function travel(event) {
  if (event.buttons !== 1) return;
  const scale = Math.min(172 / size.width, 112 / size.height);
  place((event.offsetX - (180 - size.width * scale) / 2) / scale,
    (event.offsetY - (120 - size.height * scale) / 2) / scale, camera.scale);
  draw();
}
map.addEventListener("pointerdown", travel);
map.addEventListener("pointermove", travel);

listeners.push((what) => {
  if (what.has("theme")) { readColors(); mapImage = null; }
  if (what.has("reveal") && state.selected >= 0 && state.view === "graph") return reveal(tasks[state.selected]);
  draw();
});
