// Live bytes over the trace, stacked by operation, in bins of equally many events; and the range of bins that is
// selected, which the table of operations adds up. What is drawn for a bin is its highest moment.

const timeline = data.timeline && (() => {
  const source = data.timeline;
  const made = { rows: source.rows, events: source.events };
  for (const name of ['begin', 'peak', 'bin', 'row', 'bytes', 'allocations', 'freed_bytes', 'frees',
    'temporary_bytes', 'temporary_allocations', 'live_bytes', 'live_blocks']) {
    made[name] = decoded(source[name]);
  }
  made.bins = made.begin.length;
  // Cells of bin b: [firstCell[b], firstCell[b + 1]).
  made.firstCell = new Uint32Array(made.bins + 1);
  for (const bin of made.bin) ++made.firstCell[bin + 1];
  for (let bin = 0; bin < made.bins; ++bin) made.firstCell[bin + 1] += made.firstCell[bin];
  return made;
})();

const timelinePlace = { left: 66, right: 8, top: 8, bottom: 22 };

// The selected bins [from, to): all of them where nothing is selected.
function selectedBins() {
  const match = /^(\d+)-(\d+)$/.exec(view.sel);
  const from = match ? Math.min(+match[1], timeline.bins - 1) : 0;
  const to = match ? Math.min(+match[2], timeline.bins) : timeline.bins;
  return from < to ? [from, to] : [0, timeline.bins];
}

const eventOfBin = (bin) => (bin < timeline.bins ? timeline.begin[bin] : timeline.events);

// The bin with the highest load of a range.
function peakBin(from, to) {
  let best = from;
  for (let bin = from; bin < to; ++bin) {
    if (timeline.peak[bin] > timeline.peak[best]) best = bin;
  }
  return best;
}

// Live bytes of each drawn layer and bin; the layers are the coloured operations, then all others.
const timelineLayers = timeline && (() => {
  const names = timeline.rows.filter((name) => tagColors.has(name));
  const layerOf = timeline.rows.map((name) => (tagColors.has(name) ? names.indexOf(name) : names.length));
  const layers = Array.from({ length: names.length + 1 }, () => new Float64Array(timeline.bins));
  for (let cell = 0; cell < timeline.bin.length; ++cell) {
    layers[layerOf[timeline.row[cell]]][timeline.bin[cell]] += timeline.live_bytes[cell];
  }
  return { names, layers };
})();

function drawTimeline() {
  paint(byId('timeline-canvas'), (context, width, height) => {
    const place = timelinePlace;
    const inner = width - place.left - place.right;
    const tall = height - place.top - place.bottom;
    const most = Math.max(1, timeline.peak[peakBin(0, timeline.bins)]) * 1.04;
    const x = (bin) => place.left + inner * eventOfBin(bin) / timeline.events;
    const y = (value) => place.top + tall * (1 - value / most);

    const base = new Float64Array(timeline.bins);
    for (let layer = timelineLayers.layers.length; layer-- > 0;) {
      const amounts = timelineLayers.layers[layer];
      context.fillStyle = colorOf(timelineLayers.names[layer]);
      context.beginPath();
      for (let bin = 0; bin < timeline.bins; ++bin) {
        if (amounts[bin] === 0) continue;
        const low = y(base[bin]);
        base[bin] += amounts[bin];
        context.rect(x(bin), y(base[bin]), x(bin + 1) - x(bin) + 0.3, low - y(base[bin]));
      }
      context.fill();
    }

    context.fillStyle = themeColor('soft');
    context.strokeStyle = themeColor('line');
    context.textAlign = 'right';
    for (const mark of byteMarks(most)) {
      context.fillText(bytesText(mark), place.left - 6, y(mark) + 4);
      context.beginPath();
      context.moveTo(place.left, y(mark));
      context.lineTo(width - place.right, y(mark));
      context.stroke();
    }
    const marks = width < 600 ? 3 : 6;
    for (let i = 0; i <= marks; ++i) {
      context.textAlign = i === 0 ? 'left' : i === marks ? 'right' : 'center';
      context.fillText((i === 0 ? 'event ' : '') + countText(Math.round(timeline.events * i / marks)),
        place.left + inner * i / marks, height - 6);
    }

    const [from, to] = selectedBins();
    if (view.sel) {
      context.fillStyle = themeColor('select');
      context.fillRect(x(from), place.top, Math.max(1, x(to) - x(from)), tall);
      context.fillStyle = themeColor('strong');
      context.fillRect(x(from) - 1, place.top, 2, tall);
      context.fillRect(x(to) - 1, place.top, 2, tall);
    }
  });
}

function describeSelection() {
  const [from, to] = selectedBins();
  const peak = timeline.peak[peakBin(from, to)];
  const width = timeline.events / timeline.bins;
  byId('timeline-selection').textContent =
    (view.sel ? 'Selected: ' : 'Everything: ') +
    `events ${countText(eventOfBin(from))} to ${countText(eventOfBin(to))}, at most ${bytesText(peak)} live at once. ` +
    (width <= 1 ? 'A bin is one event.' : `A bin is ${countText(Math.round(width))} events; totals of whole bins are exact.`);
}

function binAt(event) {
  const box = byId('timeline-canvas').getBoundingClientRect();
  const inner = box.width - timelinePlace.left - timelinePlace.right;
  const share = (event.clientX - box.left - timelinePlace.left) / inner;
  return Math.max(0, Math.min(timeline.bins - 1, Math.floor(share * timeline.bins)));
}

function timelineTip(event) {
  const bin = binAt(event);
  const cells = [];
  for (let cell = timeline.firstCell[bin]; cell < timeline.firstCell[bin + 1]; ++cell) {
    if (timeline.live_bytes[cell] > 0) cells.push(cell);
  }
  cells.sort((a, b) => timeline.live_bytes[b] - timeline.live_bytes[a]);
  showTip(event, `events ${countText(eventOfBin(bin))} to ${countText(eventOfBin(bin + 1))}\n` +
    `${bytesText(timeline.peak[bin])} live at most, of it\n` +
    cells.slice(0, 6).map((cell) => `${bytesText(timeline.live_bytes[cell])}  ${timeline.rows[timeline.row[cell]]}`).join('\n'));
}

const selectBins = (from, to) => setView({ sel: from === 0 && to === timeline.bins ? '' : from + '-' + to });

function timelineKey(event) {
  const [from, to] = selectedBins();
  const far = event.key.startsWith('Page') ? Math.ceil(timeline.bins / 20) : 1;
  const forward = { ArrowRight: far, PageUp: far, ArrowLeft: -far, PageDown: -far }[event.key];
  if (event.key === 'Escape') {
    selectBins(0, timeline.bins);
  } else if (forward === undefined) {
    return;
  } else if (event.shiftKey) {
    selectBins(Math.max(0, Math.min(to - 1, from + forward)), to);
  } else {
    selectBins(from, Math.max(from + 1, Math.min(timeline.bins, to + forward)));
  }
  event.preventDefault();
}

function startTimeline() {
  const canvas = byId('timeline-canvas');
  let anchor = null;
  canvas.addEventListener('pointerdown', (event) => {
    anchor = binAt(event);
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    timelineTip(event);
    if (anchor === null) return;
    const bin = binAt(event);
    if (bin !== anchor || view.sel) selectBins(Math.min(anchor, bin), Math.max(anchor, bin) + 1);
  });
  canvas.addEventListener('pointerup', () => { anchor = null; });
  canvas.addEventListener('pointerleave', hideTip);
  canvas.addEventListener('dblclick', () => selectBins(0, timeline.bins));
  canvas.addEventListener('keydown', timelineKey);
  const others = timeline.rows.length - timelineLayers.names.length;
  byId('timeline-legend').replaceChildren(
    ...timelineLayers.names.map((name) => element('li', {}, swatch(name), name)),
    ...(others > 0 ? [element('li', {}, swatch(''), timeline.rows.includes('untagged') && others === 1
      ? 'untagged' : `${others} others, untagged ones too`)] : []));
}
