// What is told in cards and tables and never changes: the overview, the rounds, the plan's blame and the bench.

const tableHead = (titles) => element('thead', {}, element('tr', {}, ...titles.map((title, column) =>
  element('th', { scope: 'col', class: column === 0 ? 'name' : '' }, title))));

// A row of texts; the first is a name, and may come as a list of nodes.
const tableRow = (first, ...others) => element('tr', {}, element('td', { class: 'name' }, ...[first].flat()),
  ...others.map((text) => element('td', {}, text)));

function showOverview() {
  const all = data.overview;
  byId('command').textContent = all.arguments.join(' ');
  fillCards(byId('cards'), [
    ['Live at the peak', bytesText(all.peak_bytes), 'after event ' + countText(all.peak_event)],
    ['Allocated', bytesText(all.bytes), countText(all.allocations) + ' allocations'],
    ['Temporary', shareText(all.temporary_allocations, all.allocations), 'freed by the next call of their thread'],
    ['Never freed', bytesText(all.kept_bytes), countText(all.kept_allocations) + (all.kept_allocations === 1 ? ' block' : ' blocks')],
    ['With an op tag', shareText(all.tagged_bytes, all.bytes), 'of the bytes'],
    ['Call stacks', countText(all.sites), countText(all.truncated_sites) + ' cut short'],
    ['Threads', countText(all.threads), ''],
  ]);
  const losses = [...all.notes];
  if (all.sample_bytes > 0) {
    losses.push(`A sampled trace, one allocation every ${bytesText(all.sample_bytes)} on average: all figures are those of the samples.`);
  }
  if (!all.complete) losses.push('The trace does not reach the end of the process: it was killed, or recording stopped.');
  if (all.dropped_events > 0) losses.push(`${countText(all.dropped_events)} events were dropped.`);
  if (all.damaged_chunks > 0) losses.push(`${countText(all.damaged_chunks)} damaged parts of the file were left out.`);
  byId('losses').replaceChildren(...losses.map((text) => element('li', {}, text)));
}

function showRounds() {
  const name = (thread) => `thread ${thread.thread} (${thread.system_id}${thread.name ? ' ' + thread.name : ''})`;
  byId('rounds-table').replaceChildren(
    tableHead(['Thread', 'Allocations', 'Warm-up', 'Round', 'Bytes a round', 'Rounds', 'Exact', 'Deviations']),
    element('tbody', {}, ...data.rounds.map((thread) => (thread.repeats
      ? tableRow(name(thread), countText(thread.allocations), countText(thread.warm_up), countText(thread.period),
        bytesText(thread.period_bytes), countText(thread.rounds), countText(thread.exact_rounds), countText(thread.deviation_count))
      : tableRow(name(thread), countText(thread.allocations), '–', 'does not repeat', '–', '–', '–', '–')))));
  byId('rounds-deviations').replaceChildren(...data.rounds.filter((thread) => thread.deviation_count > 0).map((thread) =>
    element('details', {}, element('summary', {}, `Deviations of ${name(thread)}` +
      (thread.deviations.length < thread.deviation_count ? `, the first ${thread.deviations.length}` : '')),
    ...thread.deviations.map((one) => element('div', {},
      `round ${one.round}, slot ${one.slot}: ${one.count} ${one.kind}`, element('pre', {}, one.stack.join('\n')))))));
}

function showBlame(peak) {
  const saved = (bytes) => (bytes === 0 ? '–' : bytesText(bytes));
  const titles = ['Bytes', 'Of the peak', 'Freed early saves', 'Dropped saves'];
  byId('blame-tags').replaceChildren(
    tableHead(['Operation', 'Blocks', ...titles]),
    element('tbody', {}, ...peak.tags.map((one) => tableRow([swatch(one.tag || 'untagged'), one.tag || 'untagged'],
      countText(one.blocks), bytesText(one.bytes), shareText(one.bytes, peak.max_load), saved(one.saved.freed_early),
      saved(one.saved.dropped)))));
  byId('blame-summary').textContent = `Block by block (${peak.blocks.length})`;
  byId('blame-blocks').replaceChildren(
    tableHead(['Block', 'Lifetime', ...titles]),
    element('tbody', {}, ...peak.blocks.map((one) => tableRow(one.id, `[${one.lower}, ${one.upper})`, bytesText(one.bytes),
      shareText(one.bytes, peak.max_load), saved(one.saved.freed_early), saved(one.saved.dropped)))));
}

function showPlan() {
  const plan = data.plan;
  if (plan.missing) {
    byId('plan').replaceChildren(element('h2', {}, 'Plan'), element('p', {}, 'None: ' + plan.missing + '.'));
    return;
  }
  byId('plan-source').textContent = plan.file === null ? 'made for this report' : plan.file;
  fillCards(byId('plan-cards'), [
    ['Arena', bytesText(plan.height), 'height of the plan'],
    ['Max load', bytesText(plan.max_load), 'no plan is lower'],
    ['Gap', (100 * plan.gap).toFixed(2) + ' %', plan.proven_optimal || plan.gap === 0 ? 'proven optimal' : 'not proven optimal'],
    ['Slots', countText(plan.slots), `${countText(plan.left_out)} left out: their blocks outlive the round`],
    ['Round', countText(plan.period_requests), `allocations, ${bytesText(plan.period_bytes)}`],
    ['Planned from', bytesText(plan.min_size), 'smaller requests are left alone'],
  ]);
  if (plan.map.hidden > 0) {
    byId('maps').before(element('p', { class: 'hint' },
      `${countText(plan.map.hidden)} blocks with little bytes × time are not drawn.`));
  }
  if (plan.peak) showBlame(plan.peak);
}

// The median of some numbers, and their range.
function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  const text = (number) => (Math.abs(number) < 999.5 ? number.toPrecision(3) : countText(Math.round(number)));
  const [least, most] = [text(sorted[0]), text(sorted[sorted.length - 1])];
  return { median, text: least === most ? text(median) : `${text(median)} (${least}–${most})` };
}

function showBench() {
  const figures = [
    ['wall_ms_median', 'Wall ms', 1], ['wall_ms_p99', 'p99 ms', 1], ['cpu_ms_median', 'CPU ms', 1],
    ['faults', 'Page faults', 1], ['peak_rss_kb', 'Peak RSS MiB', 1 / 1024],
  ];
  const allocators = [...new Set(data.bench.map((row) => row.allocator))];
  const table = allocators.map((name) => figures.map(([key, , factor]) =>
    spread(data.bench.filter((row) => row.allocator === name).map((row) => row[key] * factor))));
  byId('bench-table').replaceChildren(
    tableHead(['Allocator', ...figures.map(([, title]) => title)]),
    element('tbody', {}, ...allocators.map((name, i) => element('tr', {}, element('td', { class: 'name' }, name),
      ...figures.map((_, k) => element('td', {
        class: table.every((row) => row[k].median >= table[i][k].median) ? 'best' : '',
      }, table[i][k].text))))));
}
