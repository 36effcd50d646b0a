// Two maps of one round, address over time: where its blocks lay in the traced run, and where the plan puts them.
// Both have the same scale, so that their heights compare.

const maps = data.plan && data.plan.map && (() => {
  const source = data.plan.map;
  const made = { ...source };
  for (const name of ['lower', 'upper', 'size', 'after', 'before', 'tag', 'folds']) made[name] = decoded(source[name]);
  return made;
})();

const mapPlace = { left: 62, right: 6, top: 6, bottom: 22 };
let mapFocus = -1;  // index of a block

const mapSides = maps ? [
  { figure: 'map-before', address: maps.before, height: maps.touched, isShown: maps.touched !== null },
  { figure: 'map-after', address: maps.after, height: maps.height, isShown: true },
] : [];

const mapScale = () => Math.max(1, maps.height, maps.touched || 0);

function mapBox(side, block, width, height) {
  const inner = width - mapPlace.left - mapPlace.right;
  const tall = height - mapPlace.top - mapPlace.bottom;
  const x = (moment) => mapPlace.left + inner * moment / Math.max(1, maps.moments);
  const y = (address) => mapPlace.top + tall * (1 - address / mapScale());
  const top = y(side.address[block] + maps.size[block]);
  return {
    x: x(maps.lower[block]), y: top,
    width: Math.max(0.6, x(maps.upper[block]) - x(maps.lower[block])), height: Math.max(0.6, y(side.address[block]) - top),
  };
}

function drawMap(side) {
  const canvas = byId(side.figure).querySelector('canvas');
  paint(canvas, (context, width, height) => {
    const tall = height - mapPlace.top - mapPlace.bottom;
    const y = (address) => mapPlace.top + tall * (1 - address / mapScale());
    const line = (address, color, dash) => {
      context.strokeStyle = color;
      context.setLineDash(dash);
      context.beginPath();
      context.moveTo(mapPlace.left, y(address));
      context.lineTo(width - mapPlace.right, y(address));
      context.stroke();
      context.setLineDash([]);
    };
    context.textAlign = 'right';
    for (const mark of byteMarks(mapScale())) {
      context.fillStyle = themeColor('soft');
      context.fillText(bytesText(mark), mapPlace.left - 6, y(mark) + 4);
      line(mark, themeColor('line'), []);
    }
    for (let block = 0; block < maps.lower.length; ++block) {
      const box = mapBox(side, block, width, height);
      context.fillStyle = colorOf(maps.tags[maps.tag[block]]);
      context.fillRect(box.x, box.y, Math.max(0.6, box.width - 0.5), Math.max(0.6, box.height - 0.5));
    }
    if (side.figure === 'map-before') {
      for (const fold of maps.folds.length < 200 ? maps.folds : []) if (fold > 0) line(fold, themeColor('soft'), [2, 4]);
    } else {
      line(maps.max_load, themeColor('text'), [6, 4]);
    }
    if (mapFocus >= 0) {
      const box = mapBox(side, mapFocus, width, height);
      context.strokeStyle = themeColor('text');
      context.lineWidth = 2;
      context.strokeRect(box.x - 1, box.y - 1, box.width + 2, box.height + 2);
    }
    context.fillStyle = themeColor('soft');
    context.textAlign = 'left';
    context.fillText('allocation 0 of the round', mapPlace.left, height - 6);
    context.textAlign = 'right';
    context.fillText(countText(maps.moments), width - mapPlace.right, height - 6);
  });
}

function blockText(block) {
  const where = maps.touched === null ? '' : ', traced at ' + countText(maps.before[block]) + ' (folded)';
  return `${maps.names[block]}: ${bytesText(maps.size[block])}, alive in [${maps.lower[block]}, ${maps.upper[block]}), ` +
    `planned at ${countText(maps.after[block])}${where}`;
}

// The smallest block under the pointer, or -1.
function blockAt(side, event) {
  const canvas = event.target;
  const area = canvas.getBoundingClientRect();
  const x = event.clientX - area.left;
  const y = event.clientY - area.top;
  let best = -1;
  for (let block = 0; block < maps.lower.length; ++block) {
    const box = mapBox(side, block, area.width, area.height);
    const isIn = x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
    if (isIn && (best < 0 || maps.size[block] < maps.size[best])) best = block;
  }
  return best;
}

function focusBlock(block) {
  mapFocus = block;
  byId('map-block').textContent = block < 0 ? '' : blockText(block);
  drawMaps();
}

function drawMaps() {
  for (const side of mapSides) if (side.isShown) drawMap(side);
}

function mapKey(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (event.key === 'Escape') focusBlock(-1);
  else if (step !== undefined) focusBlock(Math.max(0, Math.min(maps.lower.length - 1, mapFocus + step)));
  else return;
  event.preventDefault();
}

function startMaps() {
  const captions = {
    'map-before': () => `Traced run: these blocks touched pages of ${bytesText(maps.touched)} in one round ` +
      '(address space between them folded at the dotted lines)',
    'map-after': () => `Plan: ${bytesText(maps.height)}, max load ${bytesText(maps.max_load)} (dashed)`,
  };
  for (const side of mapSides) {
    const figure = byId(side.figure);
    figure.hidden = !side.isShown;
    if (!side.isShown) continue;
    const canvas = figure.querySelector('canvas');
    const caption = captions[side.figure]();
    figure.querySelector('figcaption').textContent = caption;
    canvas.setAttribute('aria-label', caption);
    canvas.addEventListener('pointermove', (event) => {
      const block = blockAt(side, event);
      if (block < 0) hideTip();
      else showTip(event, blockText(block));
    });
    canvas.addEventListener('pointerleave', hideTip);
    canvas.addEventListener('click', (event) => focusBlock(blockAt(side, event)));
    canvas.addEventListener('keydown', mapKey);
  }
}
