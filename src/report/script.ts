/**
 * What a report does where scripts run: colours, folding, printing, and zoom in the plots of a conversation, by pointer and by
 * keyboard. It reads what the page holds and makes elements of text only; without it nothing is missing but comfort.
 */
export const SCRIPT = `'use strict';
(() => {
const SPACE = 100000;
const LEAST = SPACE / 1000;
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const make = (parent, tag, className, text) => {
  const element = document.createElement(tag);
  element.className = className;
  if (text !== undefined) element.textContent = text;
  return parent.appendChild(element);
};

// Colours: as the system, light, dark.
const THEMES = ['system', 'light', 'dark'];
const NAMES = { system: '◐ Colours', light: '☀ Light', dark: '☾ Dark' };
const themeButton = document.querySelector('[data-theme-switch]');
const remember = value => { try { if (value === undefined) return localStorage.getItem('sensewire-colours'); localStorage.setItem('sensewire-colours', value); } catch {} };
const setTheme = theme => {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  themeButton.textContent = NAMES[theme];
  themeButton.setAttribute('aria-label', 'Colours: ' + (theme === 'system' ? 'as the system' : theme));
  themeButton.value = theme;
};
const known = remember();
setTheme(THEMES.includes(known) ? known : 'system');
themeButton.addEventListener('click', () => {
  const next = THEMES[(THEMES.indexOf(themeButton.value) + 1) % THEMES.length];
  setTheme(next);
  remember(next);
});

// Folding and printing.
const folds = all('details.conversation');
const foldButton = document.querySelector('[data-fold]');
const tellFold = () => { foldButton.textContent = folds.every(fold => fold.open) ? 'Fold all' : 'Open all'; };
foldButton.addEventListener('click', () => {
  const open = !folds.every(fold => fold.open);
  for (const fold of folds) fold.open = open;
  tellFold();
});
for (const fold of folds) fold.addEventListener('toggle', tellFold);
tellFold();
document.querySelector('[data-print]').addEventListener('click', () => print());
document.querySelector('.actions').hidden = false;
const reveal = () => {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
};
addEventListener('hashchange', reveal);
reveal();

// Plots.
const clean = value => Number(value.toPrecision(12));
const stepOf = (span, most) => {
  const least = span / most;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find(each => clean(least / (each * power)) <= 1) ?? 10);
};
const ticksOf = (min, max, most) => {
  const step = stepOf(max - min, most);
  const digits = Math.min(9, Math.max(0, -Math.floor(clean(Math.log10(step)))));
  const ticks = [];
  for (let index = Math.ceil(clean(min / step)); index <= Math.floor(clean(max / step)); index++) {
    ticks.push([index * step, (index * step).toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })]);
  }
  return ticks;
};
const readScale = text => {
  const [min, max, kind] = text.split(' ');
  const low = Number(min), high = Number(max), log = kind === 'log';
  return {
    log,
    at: units => log ? low * (high / low) ** (units / SPACE) : low + (high - low) * units / SPACE,
    place: value => SPACE * (log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low)),
    ticks: (from, to, most) => {
      if (log && to / from > 30) {
        const ticks = [];
        const first = Math.ceil(clean(Math.log10(from))), last = Math.floor(clean(Math.log10(to)));
        for (let power = first; power <= last; power += Math.max(1, Math.ceil((last - first) / most))) ticks.push([10 ** power, (10 ** power).toLocaleString('en-US', { maximumFractionDigits: 9 })]);
        return ticks;
      }
      return ticksOf(from, to, most);
    },
  };
};
const short = (value, span) => value.toLocaleString('en-US', { maximumFractionDigits: Math.min(9, Math.max(0, 3 - Math.floor(Math.log10(span || 1)))) });

class Plot {
  constructor(element, group) {
    this.element = element;
    this.group = group;
    this.area = element.querySelector('.area');
    this.svg = element.querySelector('svg');
    this.grid = element.querySelector('.grid');
    this.xTicks = element.querySelector('.ticks.x');
    this.yTicks = element.querySelector('.ticks.y');
    this.x = readScale(element.dataset.x);
    this.y = readScale(element.dataset.y);
    [this.xUnit, this.yUnit] = element.dataset.units.split(' ');
    this.marks = all('.mark', element).map(mark => [mark, parseFloat(mark.style.left) / 100 * SPACE, parseFloat(mark.style.top) / 100 * SPACE]);
    this.top = 0;
    this.height = SPACE;
    this.area.classList.add('live');
    this.area.tabIndex = 0;
    this.area.setAttribute('role', 'application');
    this.area.setAttribute('aria-roledescription', 'plot');
    this.area.setAttribute('aria-label', element.getAttribute('aria-label') + ' Plus and minus zoom, arrow keys move, 0 shows all.');
    element.setAttribute('role', 'group');
    this.area.addEventListener('keydown', event => this.onKey(event));
    this.area.addEventListener('pointerdown', event => this.onDown(event));
    this.area.addEventListener('pointermove', event => this.onMove(event));
    this.area.addEventListener('pointerup', event => this.onUp(event));
    this.area.addEventListener('pointercancel', () => this.onLeave());
    this.area.addEventListener('pointerleave', () => { if (!this.drag) this.onLeave(); });
    this.area.addEventListener('dblclick', () => this.group.reset());
  }
  show(left, width) {
    const { top, height } = this;
    this.svg.setAttribute('viewBox', [left, top, width, height].join(' '));
    for (const [mark, x, y] of this.marks) {
      const share = (x - left) / width, down = (y - top) / height;
      mark.style.left = 100 * share + '%';
      mark.style.top = 100 * down + '%';
      mark.hidden = share < 0 || share > 1 || down < 0 || down > 1;
    }
    const xs = this.x.ticks(this.x.at(left), this.x.at(left + width), 5).map(([value, text]) => [this.x.place(value), text]);
    const ys = this.y.ticks(this.y.at(SPACE - top - height), this.y.at(SPACE - top), 4).map(([value, text]) => [SPACE - this.y.place(value), text]);
    this.grid.setAttribute('d', xs.map(([x]) => 'M' + x + ' ' + top + 'v' + height).join('') + ys.map(([y]) => 'M' + left + ' ' + y + 'h' + width).join(''));
    this.label(this.xTicks, xs.map(([x, text]) => ['left', (x - left) / width, text]));
    this.label(this.yTicks, ys.map(([y, text]) => ['top', (y - top) / height, text]));
    make(this.yTicks, 'b', '', this.yUnit);
    if (this.xTicks.lastChild) make(this.xTicks.lastChild, 'i', '', this.xUnit);
  }
  label(ticks, labels) {
    ticks.replaceChildren();
    for (const [side, share, text] of labels) make(ticks, 'span', '', text).style[side] = 100 * share + '%';
  }
  at(event) {
    const box = this.area.getBoundingClientRect();
    const clamp = value => Math.min(1, Math.max(0, value));
    return [clamp((event.clientX - box.left) / box.width), clamp((event.clientY - box.top) / box.height), box];
  }
  onDown(event) {
    if (event.button !== 0 || event.pointerType === 'touch') return;
    this.area.setPointerCapture(event.pointerId);
    const [x, y] = this.at(event);
    this.drag = { x, y, box: make(this.area, 'div', 'selection') };
  }
  onMove(event) {
    const [x, y, size] = this.at(event);
    const { left, width } = this.group;
    this.reading ??= make(this.area, 'div', 'reading');
    this.cursor ??= make(this.area, 'div', 'cursor');
    this.cursor.style.left = 100 * x + '%';
    const from = this.x.at(left), to = this.x.at(left + width);
    const low = this.y.at(SPACE - this.top - this.height), high = this.y.at(SPACE - this.top);
    this.reading.textContent = short(this.x.at(left + x * width), to - from) + ' ' + this.xUnit + ', ' + short(this.y.at(SPACE - this.top - y * this.height), high - low) + ' ' + this.yUnit;
    if (!this.drag) return;
    const tall = Math.abs(y - this.drag.y) * size.height > 24;
    const style = this.drag.box.style;
    style.left = 100 * Math.min(x, this.drag.x) + '%';
    style.width = 100 * Math.abs(x - this.drag.x) + '%';
    style.top = tall ? 100 * Math.min(y, this.drag.y) + '%' : '0';
    style.height = tall ? 100 * Math.abs(y - this.drag.y) + '%' : '100%';
  }
  onUp(event) {
    const drag = this.drag;
    if (!drag) return;
    drag.box.remove();
    this.drag = undefined;
    const [x, y, size] = this.at(event);
    if (Math.abs(x - drag.x) * size.width < 8) return;
    if (Math.abs(y - drag.y) * size.height > 24) {
      const height = Math.max(LEAST, Math.abs(y - drag.y) * this.height);
      this.top += Math.min(y, drag.y) * this.height;
      this.height = height;
    }
    const { left, width } = this.group;
    this.group.set(left + Math.min(x, drag.x) * width, Math.abs(x - drag.x) * width);
  }
  onLeave() {
    this.drag?.box.remove();
    this.reading?.remove();
    this.cursor?.remove();
    this.drag = this.reading = this.cursor = undefined;
  }
  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { left, width } = this.group;
    const step = {
      '+': () => this.group.zoom(0.5), '=': () => this.group.zoom(0.5), '-': () => this.group.zoom(2),
      ArrowLeft: () => this.group.set(left - width / 5, width), ArrowRight: () => this.group.set(left + width / 5, width),
      ArrowUp: () => this.move(-this.height / 5), ArrowDown: () => this.move(this.height / 5),
      0: () => this.group.reset(), Escape: () => this.group.reset(), Home: () => this.group.set(0, width), End: () => this.group.set(SPACE - width, width),
    }[event.key];
    if (step === undefined || (event.key.startsWith('Arrow') && width === SPACE && this.height === SPACE)) return;
    event.preventDefault();
    step();
  }
  move(by) {
    this.top = Math.min(SPACE - this.height, Math.max(0, this.top + by));
    this.group.set(this.group.left, this.group.width);
  }
}

// The plots of one conversation share their time.
for (const root of all('[data-charts]')) {
  const group = {
    left: 0,
    width: SPACE,
    set(left, width) {
      this.width = Math.min(SPACE, Math.max(LEAST, width));
      this.left = Math.min(SPACE - this.width, Math.max(0, left));
      for (const plot of plots) plot.show(this.left, this.width);
    },
    zoom(by) { this.set(this.left + this.width * (1 - by) / 2, this.width * by); },
    reset() {
      for (const plot of plots) { plot.top = 0; plot.height = SPACE; }
      this.set(0, SPACE);
    },
  };
  const plots = all('.plot', root).map(element => new Plot(element, group));
  const actions = { in: () => group.zoom(0.5), out: () => group.zoom(2), reset: () => group.reset() };
  for (const button of all('[data-zoom]', root)) button.addEventListener('click', actions[button.dataset.zoom]);
  all('.tools', root).forEach(tools => { tools.hidden = plots.length === 0; });
}
})();
`;

/** Of exactly this script, for the policy of the page: no other one runs. A test computes it again. */
export const SCRIPT_HASH = 'sha256-7Vv5dEH2TM8JMteF+OBsIOhJChE362wGRjx+ZIeErEU=';
