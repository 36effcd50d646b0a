// What every part of the page uses: the data, numbers as people read them, elements, canvases and the tip.

const data = JSON.parse(document.getElementById('data').textContent);

const byId = (id) => document.getElementById(id);

// A column of the data as a typed array.
function decoded(column) {
  const text = atob(column.data);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  const types = { u16: Uint16Array, u32: Uint32Array, f64: Float64Array };
  return new types[column.type](bytes.buffer);
}

// "512 B", "3.00 KiB", "20.6 MiB": as the command line has it.
function bytesText(amount) {
  if (amount < 1024) return amount + ' B';
  const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  let unit = 0;
  amount /= 1024;
  while (amount >= 999.5 && unit + 1 < units.length) {
    amount /= 1024;
    ++unit;
  }
  return amount.toFixed(amount < 9.995 ? 2 : amount < 99.95 ? 1 : 0) + ' ' + units[unit];
}

const countText = (count) => count.toLocaleString('en-US');

const shareText = (part, whole) => (whole === 0 ? '–' : (100 * part / whole).toFixed(1) + ' %');

// An element with attributes and children (text or elements).
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'style') made.style.cssText = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

// Fills a <dl> of cards with [title, value, more] each.
function fillCards(list, cards) {
  list.replaceChildren(...cards.map(([title, value, more]) =>
    element('div', {}, element('dt', {}, title), element('dd', {}, value, element('span', {}, more || '')))));
}

// A canvas as sharp as the screen; `draw(context, width, height)` in CSS pixels.
function paint(canvas, draw) {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (width === 0 || height === 0) return;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  context.scale(ratio, ratio);
  context.font = '12px system-ui, sans-serif';
  draw(context, width, height);
}

// A colour of the theme by its name in the style sheet.
const themeColor = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();

function showTip(event, text) {
  const tip = byId('tip');
  tip.textContent = text;
  tip.hidden = false;
  const left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
  const top = Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 8);
  tip.style.left = Math.max(4, left) + 'px';
  tip.style.top = Math.max(4, top) + 'px';
}

const hideTip = () => { byId('tip').hidden = true; };

// Values for the marks of an axis of bytes from 0 to `most`: round numbers, three to six of them.
function byteMarks(most) {
  let step = 1;
  while (most / step > 6) step *= 2;
  const marks = [];
  for (let value = 0; value <= most; value += step) marks.push(value);
  return marks;
}
