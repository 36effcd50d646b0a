// The table of operations over the selected range. Its totals are sums over whole bins, so they are exact.

const operationColumns = [
  { key: 'name', title: 'Operation' },
  { key: 'bytes', title: 'Allocated' },
  { key: 'share', title: 'Share' },
  { key: 'allocations', title: 'Allocations' },
  { key: 'temporary_allocations', title: 'Temporary' },
  { key: 'freed_bytes', title: 'Freed' },
  { key: 'live_bytes', title: 'Live at peak' },
  { key: 'live_share', title: 'Of peak' },
];
const summedColumns = ['bytes', 'allocations', 'freed_bytes', 'frees', 'temporary_bytes', 'temporary_allocations'];
const shownOperations = 25;
let allOperations = false;

// One object a row: what its cells in the selected bins come to; live bytes are those at the highest moment.
function operationTotals() {
  const [from, to] = selectedBins();
  const totals = timeline.rows.map((name) => ({
    name, bytes: 0, allocations: 0, freed_bytes: 0, frees: 0, temporary_bytes: 0, temporary_allocations: 0,
    live_bytes: 0, live_blocks: 0,
  }));
  for (let cell = timeline.firstCell[from]; cell < timeline.firstCell[to]; ++cell) {
    const total = totals[timeline.row[cell]];
    for (const key of summedColumns) total[key] += timeline[key][cell];
  }
  const peak = peakBin(from, to);
  for (let cell = timeline.firstCell[peak]; cell < timeline.firstCell[peak + 1]; ++cell) {
    totals[timeline.row[cell]].live_bytes = timeline.live_bytes[cell];
    totals[timeline.row[cell]].live_blocks = timeline.live_blocks[cell];
  }
  return totals.filter((total) => total.bytes > 0 || total.allocations > 0 || total.live_bytes > 0 || total.frees > 0);
}

function sumOf(totals) {
  const sum = { name: 'Total', live_bytes: 0 };
  for (const key of [...summedColumns, 'live_bytes']) sum[key] = totals.reduce((all, one) => all + one[key], 0);
  return sum;
}

function operationCells(total, sum) {
  return [
    bytesText(total.bytes), shareText(total.bytes, sum.bytes), countText(total.allocations),
    shareText(total.temporary_allocations, total.allocations), bytesText(total.freed_bytes),
    bytesText(total.live_bytes), shareText(total.live_bytes, sum.live_bytes),
  ].map((text) => element('td', {}, text));
}

// The exact numbers behind the words, for whoever reads the page with a program.
const exactAttributes = (total) => ({
  'data-bytes': total.bytes, 'data-allocations': total.allocations, 'data-live-bytes': total.live_bytes,
  'data-temporary-allocations': total.temporary_allocations,
});

function sortedOperations(totals) {
  const key = view.sort === 'share' ? 'bytes' : view.sort === 'live_share' ? 'live_bytes' : view.sort;
  const up = view.order === 'up' ? 1 : -1;
  return totals.sort((a, b) => {
    if (key === 'name') return up * a.name.localeCompare(b.name);
    return up * (a[key] - b[key]) || a.name.localeCompare(b.name);
  });
}

function operationHead(column) {
  const sorted = view.sort === column.key;
  const button = element('button', { type: 'button' }, column.title);
  button.addEventListener('click', () => setView({
    sort: column.key, order: sorted && view.order === 'down' ? 'up' : sorted || column.key !== 'name' ? 'down' : 'up',
  }));
  return element('th', {
    scope: 'col', class: column.key === 'name' ? 'name' : '',
    'aria-sort': sorted ? (view.order === 'up' ? 'ascending' : 'descending') : 'none',
  }, button);
}

function drawOperations() {
  const totals = sortedOperations(operationTotals());
  const sum = sumOf(totals);
  const shown = allOperations ? totals : totals.slice(0, shownOperations);
  const row = (total, name) => element('tr', exactAttributes(total), element('td', { class: 'name' }, ...name),
    ...operationCells(total, sum));
  byId('operations-table').replaceChildren(
    element('thead', {}, element('tr', {}, ...operationColumns.map(operationHead))),
    element('tbody', {}, ...shown.map((total) => row(total, [swatch(total.name), total.name]))),
    element('tfoot', {}, row(sum, ['Total'])));
  byId('operations-range').textContent = view.sel ? 'in the selected range' : 'in the whole trace';
  const button = byId('operations-all');
  button.hidden = totals.length <= shownOperations;
  button.textContent = allOperations ? 'Show fewer' : `Show all ${totals.length}`;
}

function startOperations() {
  byId('operations-all').addEventListener('click', () => {
    allOperations = !allOperations;
    drawOperations();
  });
}
