// The history, newest first, as it grows.
import { byId, clearPlaceholder, h, placeholder, reconcile, setText } from './dom.js';
import { TIME_LINE } from './model.js';
import { clockTime, fullTime } from './time.js';
import { pill, shortName } from './states.js';

export class Timeline {
  #model;
  #details;
  #older;
  #body = byId('timeline-body');

  constructor(model, details, loadOlder) {
    this.#model = model;
    this.#details = details;
    this.#older = h('button', { type: 'button', class: 'older', text: 'Older entries', on: { click: async () => {
      this.#older.disabled = true;
      await loadOlder();
      this.#older.disabled = false;
    } } });
    model.subscribe(() => this.render());
  }

  render() {
    const model = this.#model;
    const notes = [];
    if (model.gap) notes.push('older entries were trimmed while this page was away');
    if (model.historyProblem) notes.push(`the history could not be read: ${model.historyProblem}`);
    setText(byId('timeline-note'), notes.join(' · '));
    if (model.history.length === 0) {
      if (model.historyProblem) placeholder(this.#body, 'failed', `The history could not be read: ${model.historyProblem}`);
      else if (model.historyLoaded) placeholder(this.#body, 'empty', 'Nothing has happened yet. Transitions and overrides appear here as they are committed.');
      return;
    }
    clearPlaceholder(this.#body);
    let list = this.#body.firstChild;
    if (!list) {
      list = h('ol', { class: 'events' });
      this.#body.append(list, this.#older);
    }
    drawEntries(list, model.history, (name) => this.#details.open(name));
    this.#older.hidden = !model.historyNext || model.history.length >= TIME_LINE;
  }
}

/** Makes a list that of these entries. */
export function drawEntries(list, entries, open) {
  reconcile(list, entries, (entry) => entry.id, (entry) => makeEntry(entry, open), () => {});
}

function makeEntry(entry, open) {
  const at = new Date(entry.at);
  const to = entry.override ?? entry.to;
  const by = entry.operator ? h('b', { text: entry.operator }) : h('span', { text: 'automatic' });
  return h('li', { class: `event s-${to}`, data: { id: entry.id, provider: entry.provider, to } },
    h('time', { datetime: entry.at, title: fullTime(at), text: clockTime(at) }),
    h('div', {},
      h('p', { class: 'what' },
        open ? h('button', { type: 'button', class: 'name', text: entry.provider, title: entry.provider, on: { click: () => open(entry.provider) } }) : null,
        entry.from ? pill(entry.from) : null,
        h('span', { class: 'to' }, entry.from ? h('span', { class: 'arrow', text: '→' }) : null, pill(to))),
      h('p', { class: 'why' }, by, ` on worker ${shortName(entry.worker_id)}${entry.reason ? ': ' : ''}`, h('span', { text: entry.reason ?? '' }))));
}
