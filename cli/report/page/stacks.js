// The flame graph, drawn as icicles: outermost functions at the top, each as wide as what was allocated below it
// weighs by the chosen measure.

const stackWeights = [
  { title: 'at the peak', unit: bytesText },
  { title: 'allocated', unit: bytesText },
  { title: 'temporary', unit: bytesText },
  { title: 'allocations', unit: countText },
];
const stackRow = 19;
const deepestRows = 80;

const stacks = data.stacks && (() => {
  const source = data.stacks;
  const made = {
    names: source.names, fullNames: source.full_names, files: source.files, lines: source.lines, modules: source.modules, module: decoded(source.module), parent: decoded(source.parent),
    function: decoded(source.function), weights: source.weights.map(decoded),
  };
  made.children = Array.from(made.parent, () => []);
  for (let node = 1; node < made.parent.length; ++node) made.children[made.parent[node]].push(node);
  return made;
})();

let stackBoxes = [];  // what is drawn: { node, x, width, row }
let stackFocus = 0;   // the node that the arrows walk from

const stackWeight = () => (stackWeights[+view.weight] ? +view.weight : 0);
const stackRoot = () => (+view.zoom < stacks.parent.length ? +view.zoom : 0);
const stackName = (node) => (node === 0 ? 'everything' : stacks.names[stacks.function[node]]);
const stackModule = (node) => (node === 0 ? '' : stacks.modules[stacks.module[stacks.function[node]]]);

// The whole name and, where the report has them, the lines of the source: what is too long for a box.
function stackDetail(node) {
  if (node === 0) return '';
  const index = stacks.function[node];
  const file = stacks.files[index].split('/').pop();
  const lines = stacks.lines[node];
  const place = file === '' ? '' : file + (lines === '' ? '' : ':' + lines);
  return [place, stacks.fullNames[index]].filter((text) => text !== '').join('\n');
}

function stackText(node) {
  const weights = stacks.weights[stackWeight()];
  const { title, unit } = stackWeights[stackWeight()];
  return `${stackName(node)}${node === 0 ? '' : ' in ' + stackModule(node)}: ${unit(weights[node])} ${title}, ` +
    shareText(weights[node], weights[0]);
}

// Where each visible node goes below the zoomed one; its ancestors lie above it in full width.
function layStacks(width) {
  const weights = stacks.weights[stackWeight()];
  const root = stackRoot();
  const boxes = [];
  const above = [];
  for (let node = root; node !== 0; node = stacks.parent[node]) above.unshift(stacks.parent[node]);
  above.forEach((node, row) => boxes.push({ node, x: 0, width, row }));
  const lay = (node, x, scale, row) => {
    const box = { node, x, width: weights[node] * scale, row };
    if (box.width < 0.5 || row > deepestRows) return;
    boxes.push(box);
    const children = [...stacks.children[node]].sort((a, b) => weights[b] - weights[a]);
    for (const child of children) {
      lay(child, x, scale, row + 1);
      x += weights[child] * scale;
    }
  };
  if (weights[root] > 0) lay(root, 0, width / weights[root], above.length);
  return boxes;
}

function isFound(node) {
  const wanted = view.find.toLowerCase();
  if (wanted === '' || node === 0) return false;
  const index = stacks.function[node];
  return [stackName(node), stackModule(node), stacks.fullNames[index], stacks.files[index]]
    .some((text) => text.toLowerCase().includes(wanted));
}

// A module's colour: by its name, so that it is the same in every report.
function moduleColor(module) {
  let hash = 7;
  for (const letter of module) hash = (hash * 31 + letter.codePointAt(0)) >>> 0;
  const dark = document.documentElement.dataset.theme === 'dark';
  return `hsl(${hash % 360} ${dark ? 30 : 45}% ${dark ? 32 : 80}%)`;
}

function drawStacks() {
  const canvas = byId('stacks-canvas');
  stackBoxes = layStacks(canvas.clientWidth);
  // Slivers reach deepest and would make the picture mostly empty: they are cut off, and whole once zoomed in on.
  const rows = stackBoxes.reduce((most, box) => (box.width < 4 ? most : Math.max(most, box.row + 1)), 1);
  canvas.style.height = rows * stackRow + 2 + 'px';
  paint(canvas, (context) => {
    for (const box of stackBoxes) {
      const top = box.row * stackRow;
      context.fillStyle = box.node === 0 ? themeColor('line') : moduleColor(stackModule(box.node));
      context.globalAlpha = box.node !== stackRoot() && box.width === canvas.clientWidth && box.row < 1 ? 0.6 : 1;
      context.fillRect(box.x, top, Math.max(box.width - 0.7, 0.5), stackRow - 1);
      context.globalAlpha = 1;
      if (isFound(box.node) || box.node === stackFocus) {
        context.strokeStyle = themeColor(box.node === stackFocus ? 'strong' : 'warn');
        context.lineWidth = 2;
        context.strokeRect(box.x + 1, top + 1, Math.max(box.width - 2.7, 0.5), stackRow - 3);
      }
      if (box.width < 28) continue;
      context.save();
      context.beginPath();
      context.rect(box.x, top, box.width - 4, stackRow);
      context.clip();
      context.fillStyle = themeColor('text');
      context.fillText(stackName(box.node), box.x + 4, top + 13);
      context.restore();
    }
  });
  byId('stacks-node').textContent = stackText(stackFocus);
  byId('stacks-detail').textContent = stackDetail(stackFocus);
  byId('stacks-out').disabled = stackRoot() === 0;
  for (const button of byId('stacks-weights').children) {
    button.setAttribute('aria-pressed', String(+button.dataset.weight === stackWeight()));
  }
  if (byId('stacks-search').value !== view.find) byId('stacks-search').value = view.find;
}

function stackAt(event) {
  const box = byId('stacks-canvas').getBoundingClientRect();
  const x = event.clientX - box.left;
  const row = Math.floor((event.clientY - box.top) / stackRow);
  return stackBoxes.find((one) => one.row === row && x >= one.x && x < one.x + one.width);
}

function focusStack(node) {
  stackFocus = node;
  drawStacks();
}

function zoomStack(node) {
  stackFocus = node;
  setView({ zoom: String(node) });
}

// The neighbour of the focused node on its own row, to the left (-1) or right (1).
function stackNeighbour(step) {
  const here = stackBoxes.find((box) => box.node === stackFocus);
  if (!here) return stackRoot();
  const row = stackBoxes.filter((box) => box.row === here.row).sort((a, b) => a.x - b.x);
  const next = row[row.indexOf(here) + step];
  return next ? next.node : stackFocus;
}

function stackKey(event) {
  if (event.key === 'Enter') zoomStack(stackFocus);
  else if (event.key === 'Backspace' || event.key === 'Escape') zoomStack(stacks.parent[stackRoot()]);
  else if (event.key === 'ArrowUp') focusStack(stacks.parent[stackFocus]);
  else if (event.key === 'ArrowDown') {
    const below = stackBoxes.find((box) => box.node !== 0 && stacks.parent[box.node] === stackFocus);
    if (below) focusStack(below.node);
  } else if (event.key === 'ArrowLeft') focusStack(stackNeighbour(-1));
  else if (event.key === 'ArrowRight') focusStack(stackNeighbour(1));
  else return;
  event.preventDefault();
}

function startStacks() {
  byId('stacks-weights').replaceChildren(...stackWeights.map(({ title }, weight) => {
    const button = element('button', { type: 'button', 'data-weight': weight }, title);
    button.addEventListener('click', () => setView({ weight: String(weight) }));
    return button;
  }));
  byId('stacks-search').addEventListener('input', (event) => setView({ find: event.target.value }));
  byId('stacks-out').addEventListener('click', () => zoomStack(stacks.parent[stackRoot()]));
  const canvas = byId('stacks-canvas');
  canvas.addEventListener('click', (event) => {
    const box = stackAt(event);
    if (box) zoomStack(box.node);
  });
  canvas.addEventListener('pointermove', (event) => {
    const box = stackAt(event);
    if (box) showTip(event, [stackText(box.node), stackDetail(box.node)].filter((text) => text !== '').join('\n'));
    else hideTip();
  });
  canvas.addEventListener('pointerleave', hideTip);
  canvas.addEventListener('keydown', stackKey);
  stackFocus = stackRoot();
}
