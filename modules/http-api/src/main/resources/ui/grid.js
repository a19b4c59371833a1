// Every worker's view of every provider. Only what is in sight is in the document, so that 200
// providers on 100 workers scroll like ten on four.
import { byId, clearPlaceholder, h, placeholder, setAttribute, setClass, setText } from './dom.js';
import { duration, now } from './time.js';
import { hostOf, kindOf, revisionText, shortName, wordOf } from './states.js';
import { needsAttention } from './model.js';
import { perSecond, percent } from './rates.js';

const ROW = 34;
const WIDE = 620;
const MARGIN_ROWS = 4;
const MARGIN_COLUMNS = 2;
const RATES = [
  { key: 'calls', title: 'Calls/s', width: 74 },
  { key: 'failed', title: 'Failed', width: 66 },
];

export class Grid {
  #model;
  #details;
  #body = byId('grid-body');
  #filter = byId('grid-filter');
  #only = byId('grid-only');
  #scroller = null;
  #grid;
  #head;
  #rows = new Map();
  #shown = [];
  #columns = [];
  #size = {};
  /** The cell that has the tab stop: row -1 is the head, column -1 the name. */
  #active = { row: 0, column: -1 };
  #drawn = '';

  constructor(model, details) {
    this.#model = model;
    this.#details = details;
    this.#filter.addEventListener('input', () => this.render());
    this.#only.addEventListener('change', () => this.render());
    model.subscribe(() => this.render());
    new ResizeObserver(() => this.render()).observe(this.#body);
  }

  toggleOnly() {
    this.#only.checked = !this.#only.checked;
    this.render();
  }

  focusFilter() {
    this.#filter.focus();
    this.#filter.select();
  }

  focus() {
    this.#moveTo(Math.min(this.#active.row, this.#shown.length - 1), this.#active.column);
  }

  render() {
    const model = this.#model;
    if (!model.fleet) {
      if (model.fleetProblem) placeholder(this.#body, 'failed', `The fleet could not be read: ${model.fleetProblem}`);
      return;
    }
    const text = this.#filter.value.trim().toLowerCase();
    const all = model.sorted();
    this.#shown = all.filter((provider) =>
      (!this.#only.checked || needsAttention(provider)) && provider.name.toLowerCase().includes(text));
    setText(byId('grid-count'), this.#note(all.length));
    if (this.#shown.length === 0) {
      this.#scroller = null;
      this.#rows.clear();
      placeholder(this.#body, 'empty', all.length === 0 ? 'No providers are configured.'
        : this.#only.checked && !text ? 'Every provider is closed on every worker.' : 'No provider matches the filter.');
      return;
    }
    this.#columns = this.#makeColumns();
    this.#build();
    this.#measure();
    this.#draw();
  }

  #note(total) {
    const model = this.#model;
    const parts = [this.#shown.length === total ? `${total} × ${model.workers.length}` : `${this.#shown.length} of ${total} providers`];
    if (model.workersProblem) parts.push(`the workers could not be asked: ${model.workersProblem}`);
    if (model.workersAt !== null && now() - model.workersAt > 15_000) parts.push(`as workers told ${duration(now() - model.workersAt)} ago`);
    if (!model.workersComplete) parts.push('more workers than are shown');
    return parts.join(' · ');
  }

  #makeColumns() {
    const wide = this.#body.clientWidth >= WIDE;
    const workers = this.#model.workersInOrder();
    const roomy = wide && workers.length <= 8;
    return [
      ...(wide ? RATES.map((rate) => ({ ...rate, rate: true })) : []),
      ...workers.map((worker) => ({ key: worker.instance, worker, title: shortName(worker.instance), width: roomy ? this.#roomyWidth(workers.length) : 38 })),
    ];
  }

  /** Few workers share the width there is, within reason. */
  #roomyWidth(workers) {
    const room = this.#body.clientWidth - this.#nameWidth() - RATES.reduce((sum, { width }) => sum + width, 0) - 4;
    return Math.max(104, Math.min(200, Math.floor(room / workers)));
  }

  #nameWidth() {
    const narrow = this.#body.clientWidth < WIDE;
    const longest = this.#shown.reduce((most, provider) => Math.max(most, provider.name.length), 8);
    return Math.round(Math.min(narrow ? 148 : 280, Math.max(narrow ? 120 : 170, longest * 8 + 52)));
  }

  #build() {
    if (this.#scroller) return;
    clearPlaceholder(this.#body);
    this.#head = h('div', { class: 'grid-head', role: 'row', 'aria-rowindex': '1' });
    this.#grid = h('div', { class: 'grid', role: 'grid', 'aria-labelledby': 'fleet-title', on: {
      keydown: (event) => this.#onKey(event),
      click: (event) => this.#onClick(event),
      focusin: (event) => this.#onFocus(event),
    } }, h('div', { role: 'rowgroup', class: 'grid-head-group' }, this.#head));
    this.#grid.body = h('div', { role: 'rowgroup', class: 'grid-rows' });
    this.#grid.append(this.#grid.body);
    this.#scroller = h('div', { class: 'grid-scroller', on: { scroll: () => this.#onScroll() } }, this.#grid);
    this.#body.replaceChildren(this.#scroller);
  }

  #measure() {
    const name = this.#nameWidth();
    const lefts = [];
    let left = 0;
    for (const column of this.#columns) {
      lefts.push(left);
      left += column.width;
    }
    const roomy = this.#columns.every((column) => column.width > 40);
    this.#size = { name, lefts, width: left, roomy, head: roomy ? 44 : 74 };
    const { style } = this.#grid;
    style.setProperty('--name', `${name}px`);
    style.setProperty('--head', `${this.#size.head}px`);
    style.setProperty('--row', `${ROW}px`);
    style.width = `${Math.max(name + left, 0)}px`;
    this.#grid.body.style.height = `${this.#shown.length * ROW}px`;
    setAttribute(this.#grid, 'aria-rowcount', this.#shown.length + 1);
    setAttribute(this.#grid, 'aria-colcount', this.#columns.length + 1);
    setClass(this.#grid, `grid ${roomy ? 'roomy' : 'dense'}`);
    byId('legend').hidden = roomy;
  }

  #onScroll() {
    if (this.#drawn === 'soon') return;
    this.#drawn = 'soon';
    requestAnimationFrame(() => {
      this.#drawn = '';
      if (this.#scroller) this.#draw();
    });
  }

  #draw() {
    const { scrollTop, scrollLeft, clientHeight, clientWidth } = this.#scroller;
    const { lefts, name, head } = this.#size;
    const top = Math.max(0, Math.floor(scrollTop / ROW) - MARGIN_ROWS);
    const bottom = Math.min(this.#shown.length, Math.ceil((scrollTop + clientHeight - head) / ROW) + MARGIN_ROWS);
    let first = 0;
    while (first < lefts.length && lefts[first] + this.#columns[first].width < scrollLeft) first++;
    first = Math.max(0, first - MARGIN_COLUMNS);
    let last = first;
    while (last < lefts.length && lefts[last] < scrollLeft + clientWidth - name) last++;
    last = Math.min(lefts.length, last + MARGIN_COLUMNS);
    if (this.#active.row >= this.#shown.length) this.#active.row = this.#shown.length - 1;
    if (this.#active.column >= this.#columns.length) this.#active.column = -1;
    this.#drawHead(first, last);
    const keep = new Set();
    for (let row = top; row < bottom; row++) keep.add(row);
    // The focused row stays, even out of sight: else the focus would be lost by scrolling.
    if (this.#rows.has(this.#active.row) && this.#active.row < this.#shown.length) keep.add(this.#active.row);
    for (const [row, element] of this.#rows) {
      if (!keep.has(row)) {
        element.remove();
        this.#rows.delete(row);
      }
    }
    for (const row of [...keep].sort((a, b) => a - b)) this.#drawRow(row, first, last);
  }

  #drawHead(first, last) {
    const head = this.#head;
    this.#fill(head, first, last, -1, () => h('div', { role: 'columnheader' }, h('span')), (cell, column) => {
      if (!column) {
        setClass(cell, 'corner');
        setText(cell.firstChild, 'Provider');
        return;
      }
      const lost = column.worker && column.worker.presence !== 'alive';
      setClass(cell, `column-head${lost ? ' lost' : ''}${column.rate ? ' rate' : ''}`);
      setText(cell.firstChild, lost ? `${column.title} lost` : column.title);
      const { worker } = column;
      setAttribute(cell, 'title', worker ? `worker ${column.title} on ${hostOf(worker.instance)}${lost ? `, lost, silent for ${duration(worker.silent_ms)}` : ''}` : null);
    });
  }

  #drawRow(row, first, last) {
    const provider = this.#shown[row];
    let element = this.#rows.get(row);
    if (!element) {
      element = h('div', { class: 'grid-row', role: 'row', 'aria-rowindex': String(row + 2) });
      element.style.transform = `translateY(${row * ROW}px)`;
      this.#rows.set(row, element);
      const next = [...this.#grid.body.children].find((other) => Number(other.getAttribute('aria-rowindex')) > row + 2);
      this.#grid.body.insertBefore(element, next ?? null);
    }
    element.dataset.provider = provider.name;
    const rate = this.#model.rates.of(provider.name);
    this.#fill(element, first, last, row, (column) => h('div', { role: column ? 'gridcell' : 'rowheader' }, h('span', { class: 'sign', 'aria-hidden': 'true' }), h('span', { class: 'cell-text' })),
      (cell, column) => {
        if (!column) this.#drawName(cell, provider);
        else if (column.rate) drawRate(cell, column, rate);
        else this.#drawView(cell, provider, column.worker);
      });
  }

  /** Makes a row's cells those of the columns in sight, and gives the tab stop to the active one. */
  #fill(element, first, last, row, make, update) {
    const cells = (element.cells ??= new Map());
    const wanted = [[-1, null]];
    for (let index = first; index < last; index++) wanted.push([index, this.#columns[index]]);
    const { column: activeColumn, row: activeRow } = this.#active;
    if (activeRow === row && activeColumn >= 0 && (activeColumn < first || activeColumn >= last)) {
      wanted.push([activeColumn, this.#columns[activeColumn]]);
    }
    const keys = new Set(wanted.map(([index, column]) => (column ? column.key : 'name')));
    for (const [key, cell] of cells) {
      if (!keys.has(key)) {
        cell.remove();
        cells.delete(key);
      }
    }
    wanted.sort((a, b) => a[0] - b[0]);
    let at = element.firstChild;
    for (const [index, column] of wanted) {
      const key = column ? column.key : 'name';
      let cell = cells.get(key);
      if (!cell) {
        cell = make(column);
        cells.set(key, cell);
      }
      if (cell === at) at = at.nextSibling;
      else element.insertBefore(cell, at);
      update(cell, column);
      setAttribute(cell, 'aria-colindex', index + 2);
      setAttribute(cell, 'tabindex', activeRow === row && activeColumn === index ? '0' : '-1');
      if (column) {
        const left = `${this.#size.name + this.#size.lefts[index]}px`;
        if (cell.style.left !== left) cell.style.left = left;
        const width = `${column.width}px`;
        if (cell.style.width !== width) cell.style.width = width;
      }
    }
  }

  #drawName(cell, provider) {
    const kind = kindOf(provider);
    setClass(cell, `row-head s-${kind}`);
    setText(cell.lastChild, provider.name);
    setAttribute(cell, 'title', `${provider.name}: ${wordOf(kind)}. Enter opens it.`);
    setAttribute(cell, 'aria-label', `${provider.name}, ${wordOf(kind)}`);
  }

  #drawView(cell, provider, worker) {
    const view = worker.providers?.[provider.name];
    const lost = worker.presence !== 'alive';
    const kind = lost ? 'lost' : view ? kindOf(view) : 'unknown';
    const held = view?.revision ?? null;
    const behind = !lost && view && held !== revisionText(provider.revision);
    setClass(cell, `cell s-${kind}${behind ? ' behind' : ''}`);
    const word = lost ? 'lost' : view ? wordOf(kind) : 'not told';
    setText(cell.lastChild, this.#size.roomy ? word : '');
    const label = `${provider.name} on worker ${shortName(worker.instance)}: ${word}${behind ? ', told before the last change' : ''}${view && view.shared === false ? ', not shared' : ''}`;
    setAttribute(cell, 'aria-label', label);
    setAttribute(cell, 'title', label);
  }

  #onKey(event) {
    const { row, column } = this.#active;
    const page = Math.max(1, Math.floor(this.#scroller.clientHeight / ROW) - 2);
    const rows = this.#shown.length;
    const columns = this.#columns.length;
    const whole = event.ctrlKey || event.metaKey;
    const moves = {
      ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1], ArrowRight: [row, column + 1],
      PageUp: [Math.max(0, row - page), column], PageDown: [row + page, column],
      Home: [whole ? 0 : row, -1], End: [whole ? rows - 1 : row, columns - 1],
    };
    if (event.key in moves && !event.altKey) {
      event.preventDefault();
      this.#moveTo(...moves[event.key]);
    } else if ((event.key === 'Enter' || event.key === ' ') && event.target.closest('[role=rowheader], [role=gridcell], [role=columnheader]')) {
      event.preventDefault();
      this.#openActive();
    }
  }

  #openActive() {
    const { row, column } = this.#active;
    if (row >= 0) this.#details.open(this.#shown[row].name);
    else if (this.#columns[column]?.worker) this.#details.openWorker(this.#columns[column].key);
  }

  #onFocus(event) {
    const at = this.#positionOf(event.target);
    if (at && (at.row !== this.#active.row || at.column !== this.#active.column)) {
      this.#active = at;
      this.#draw();
    }
  }

  #onClick(event) {
    const at = this.#positionOf(event.target);
    if (!at) return;
    this.#active = at;
    this.#draw();
    this.#openActive();
  }

  #positionOf(target) {
    const cell = target.closest('[aria-colindex]');
    const row = target.closest('[aria-rowindex]');
    return cell && row ? { row: Number(row.getAttribute('aria-rowindex')) - 2, column: Number(cell.getAttribute('aria-colindex')) - 2 } : null;
  }

  #moveTo(row, column) {
    if (!this.#scroller) return;
    const at = {
      row: Math.max(-1, Math.min(this.#shown.length - 1, row)),
      column: Math.max(-1, Math.min(this.#columns.length - 1, column)),
    };
    this.#active = at;
    const { scroller, size } = { scroller: this.#scroller, size: this.#size };
    if (at.row >= 0) {
      const top = at.row * ROW;
      const room = scroller.clientHeight - size.head;
      if (top < scroller.scrollTop) scroller.scrollTop = top;
      else if (top + ROW > scroller.scrollTop + room) scroller.scrollTop = top + ROW - room;
    }
    if (at.column >= 0) {
      const left = size.lefts[at.column];
      const { width } = this.#columns[at.column];
      const room = scroller.clientWidth - size.name;
      if (left < scroller.scrollLeft) scroller.scrollLeft = left;
      else if (left + width > scroller.scrollLeft + room) scroller.scrollLeft = left + width - room;
    }
    this.#draw();
    const line = at.row < 0 ? this.#head : this.#rows.get(at.row);
    const key = at.column < 0 ? 'name' : this.#columns[at.column].key;
    line?.cells.get(key)?.focus({ preventScroll: true });
  }
}

function drawRate(cell, column, rate) {
  setClass(cell, `cell rate${column.key === 'failed' && rate?.failureRate >= 20 ? ' high' : ''}`);
  setText(cell.lastChild, column.key === 'calls' ? perSecond(rate?.calls) : percent(rate?.failureRate));
}
