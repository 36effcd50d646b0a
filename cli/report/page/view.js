// The view: what is selected, zoomed, sorted and how it looks. It lives in the part of the address behind #,
// so that a link keeps it; `anchor` is the section that the link goes to.

const viewDefaults = { anchor: '', sel: '', weight: '0', zoom: '0', find: '', sort: 'bytes', order: 'down', theme: '' };
let view = readView();
const viewListeners = [];

function readView() {
  const read = { ...viewDefaults };
  for (const part of location.hash.slice(1).split('&')) {
    const [key, value] = part.split('=');
    if (value === undefined) {
      read.anchor = key;
    } else if (key in viewDefaults) {
      try {
        read[key] = decodeURIComponent(value);
      } catch {
        // not an address that we wrote
      }
    }
  }
  return read;
}

// Changes parts of the view, keeps them in the address, and tells everybody which.
function setView(changes) {
  Object.assign(view, changes);
  const parts = view.anchor ? [view.anchor] : [];
  for (const [key, value] of Object.entries(view)) {
    if (key !== 'anchor' && value !== viewDefaults[key]) parts.push(key + '=' + encodeURIComponent(value));
  }
  history.replaceState(null, '', '#' + parts.join('&'));
  for (const listener of viewListeners) listener(changes);
}

const onView = (listener) => viewListeners.push(listener);

window.addEventListener('hashchange', () => {
  view = readView();
  for (const listener of viewListeners) listener(view);
  if (view.anchor && byId(view.anchor)) byId(view.anchor).scrollIntoView();
});

function applyTheme() {
  const prefersDark = window.matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = view.theme || (prefersDark ? 'dark' : 'light');
}

function toggleTheme() {
  setView({ theme: document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark' });
}
