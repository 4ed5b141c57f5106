// SPDX-License-Identifier: AGPL-3.0-or-later
// The signs of statuses, each a shape of its own, for the canvas and for the rest of the page.

// On a field of 16 by 16; `fill` where the shape is full.
const glyphs = {
  run: { path: "M8 2.5a5.5 5.5 0 1 0 .01 0z", fill: true },
  maybe: { path: "M8 2.5a5.5 5.5 0 1 0 .01 0z" },
  hit: { path: "M2.5 8.5l3.8 3.8L13.5 4" },
  look: { path: "M1.5 8C4 3.5 12 3.5 14.5 8 12 12.5 4 12.5 1.5 8zM8 6.6a1.4 1.4 0 1 0 .01 0z" },
  executed: { path: "M4 2.2l9.5 5.8L4 13.8z", fill: true },
  failed: { path: "M3 3l10 10M13 3L3 13" },
  running: { path: "M8 2.5A5.5 5.5 0 1 1 2.5 8M8 4.8V8l2.6 1.8" },
  waiting: { path: "M3.5 8h.01M8 8h.01M12.5 8h.01" },
  skipped: { path: "M3 4l5 4-5 4M12 4v8" },
  cancelled: { path: "M3.5 3.5h9v9h-9z" },
};
glyphs.looked = glyphs.look;
for (const glyph of Object.values(glyphs)) glyph.drawn = new Path2D(glyph.path);

function glyph(status) {
  const shape = svg("path", { d: glyphs[status].path, class: glyphs[status].fill ? "full" : "line" });
  return svg("svg", { class: `glyph s-${status}`, viewBox: "0 0 16 16", "aria-hidden": "true" }, shape);
}

const tones = {
  run: "run", maybe: "maybe", hit: "hit", look: "look", looked: "look", executed: "done", running: "done",
  failed: "failed", skipped: "off", cancelled: "off", waiting: "off",
};
let colors = {};
function readColors() {
  const style = getComputedStyle(document.documentElement);
  const names = ["back", "panel", "line", "line-strong", "text", "soft", "accent", "accent-soft", "band",
    "cluster", "edge", "path", ...new Set(Object.values(tones))];
  colors = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  for (const tone of new Set(Object.values(tones))) {
    colors[`${tone}-fill`] = style.getPropertyValue(`--${tone}-fill`).trim();
  }
  colors.sans = style.getPropertyValue("--sans");
  colors.mono = style.getPropertyValue("--mono");
}

// Arrows run between layers and between neighbours, so that none crosses a task.
const size = data.layout;
const down = size.down;
const nodeAlong = down ? size.nodeHeight : size.nodeWidth;
const nodeAcross = down ? size.nodeWidth : size.nodeHeight;
const gapAlong = down ? 40 : 64;
const gapAcross = down ? 22 : 14;
const along = (task) => (down ? task.y : task.x);
const across = (task) => (down ? task.x : task.y);
const point = (a, c) => (down ? [c, a] : [a, c]);

// Draws the arrow from `from` to `to` into `path`; `near` is where it leaves and arrives.
function arrow(path, from, to) {
  const start = along(from) + nodeAlong;
  const end = along(to);
  const c1 = across(from) + nodeAcross / 2;
  const c2 = across(to) + nodeAcross / 2;
  const move = (a, c) => path.moveTo(...point(a, c));
  const curve = (a, c, fromA, fromC) => {
    const middle = (fromA + a) / 2;
    path.bezierCurveTo(...point(middle, fromC), ...point(middle, c), ...point(a, c));
  };
  move(start, c1);
  if (end - start <= gapAlong * 1.5) {
    curve(end, c2, start, c1);
  } else {
    // Through the gutter beside the later task, on the side that is nearer.
    const side = c1 <= c2 ? -1 : 1;
    // Arrows from other places take other tracks.
    const track = ((from.index * 7) % 5 - 2) * (gapAcross / 12);
    const gutter = c2 + side * (nodeAcross + gapAcross) / 2 + track;
    curve(start + gapAlong * 0.8, gutter, start, c1);
    path.lineTo(...point(end - gapAlong * 0.8, gutter));
    curve(end, c2, end - gapAlong * 0.8, gutter);
  }
}
function arrowHead(path, to) {
  const end = along(to);
  const c = across(to) + nodeAcross / 2;
  path.moveTo(...point(end, c));
  path.lineTo(...point(end - 7, c - 4));
  path.lineTo(...point(end - 7, c + 4));
  path.closePath();
}
