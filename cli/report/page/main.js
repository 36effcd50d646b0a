// Which parts the data fill, and what is drawn again when the view changes.

const sectionTitles = {
  overview: ['Overview', data.overview], timeline: ['Timeline', data.timeline && data.timeline.events > 0],
  operations: ['Operations', data.timeline && data.timeline.events > 0], stacks: ['Stacks', data.stacks],
  rounds: ['Rounds', data.rounds], plan: ['Plan', data.plan], bench: ['Bench', data.bench],
};

function startPage() {
  applyTheme();
  byId('program').textContent = data.overview ? data.overview.program : data.plan.program || data.source;
  byId('footer').textContent = `memo ${data.version} from ${data.source}`;
  for (const [name, [title, isThere]] of Object.entries(sectionTitles)) {
    byId(name).hidden = !isThere;
    if (!isThere) continue;
    const link = element('a', { href: '#' + name }, title);
    link.addEventListener('click', (event) => {
      event.preventDefault();
      setView({ anchor: name });
      byId(name).scrollIntoView();
    });
    byId('sections').append(link);
  }
  const isShown = (name) => !byId(name).hidden;
  if (isShown('overview')) showOverview();
  if (isShown('timeline')) {
    startTimeline();
    startOperations();
  }
  if (isShown('stacks')) startStacks();
  if (isShown('rounds')) showRounds();
  if (isShown('plan')) showPlan();
  if (maps) startMaps();
  if (isShown('bench')) showBench();

  const drawRange = () => {
    if (!isShown('timeline')) return;
    drawTimeline();
    describeSelection();
  };
  const drawAll = () => {
    drawRange();
    if (isShown('operations')) drawOperations();
    if (isShown('stacks')) drawStacks();
    if (maps) drawMaps();
  };
  onView((changes) => {
    if ('theme' in changes) {
      applyTheme();
      drawAll();
      return;
    }
    if ('sel' in changes) drawRange();
    if (isShown('operations') && ('sel' in changes || 'sort' in changes)) drawOperations();
    if (isShown('stacks') && ('weight' in changes || 'zoom' in changes || 'find' in changes)) drawStacks();
  });
  byId('theme').addEventListener('click', toggleTheme);
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    applyTheme();
    drawAll();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 't' && event.target.tagName !== 'INPUT' && !event.ctrlKey && !event.metaKey) toggleTheme();
  });
  window.addEventListener('resize', drawAll);
  drawAll();
  if (view.anchor && byId(view.anchor)) byId(view.anchor).scrollIntoView();
}

startPage();
