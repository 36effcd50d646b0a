// Colours: an operation has the same one in the timeline, the tables and the maps. The largest have one each,
// the others share the grey.

const coloredTags = 14;

const tagColors = (() => {
  const names = data.timeline ? data.timeline.rows : data.plan && data.plan.map ? data.plan.map.tags : [];
  const colors = new Map();
  let next = 0;
  for (const name of names) {
    if (name === 'untagged' || next === coloredTags) continue;
    colors.set(name, data.palette[next++]);
  }
  return colors;
})();

const colorOf = (tag) => tagColors.get(tag) || themeColor('other');

const swatch = (tag) => element('span', { class: 'swatch', style: 'background:' + (tagColors.get(tag) || 'var(--other)') });
