// One provider or one worker, in full, in a drawer.
import { ACTIONS, whyNot } from './actions.js';
import { facts } from './attention.js';
import { giveFocusBack, h, newId, reconcile, setAttribute, setText } from './dom.js';
import { clockTime, clockTimeAt, duration, fullTime, now } from './time.js';
import { hostOf, kindOf, pill, revisionText, shortName, shortReason, updatePill } from './states.js';
import { perSecond, percent } from './rates.js';
import { drawEntries } from './timeline.js';

const EXPLAINED = {
  'force-open': 'Refuse all calls, until it is enabled.',
  trip: 'Open the breaker; it recovers by itself.',
  reset: 'Close the breaker now.',
  enable: 'End the override.',
  'metrics-only': 'Let all calls through, and count.',
  disable: 'Let all calls through, unprotected.',
};

export class Details {
  #api;
  #model;
  #drawer = null;
  act = null;

  constructor(api, model) {
    this.#api = api;
    this.#model = model;
    model.subscribe(() => this.#drawer?.render());
  }

  open(name) {
    if (!this.#model.providers.has(name)) return;
    this.#show(this.#provider(name));
  }

  openWorker(instance) {
    this.#show(this.#worker(instance));
  }

  #show({ title, sign, body, render }) {
    this.#drawer?.dialog.close();
    const opener = document.activeElement;
    const titleId = newId('title');
    const dialog = h('dialog', { class: 'drawer', 'aria-labelledby': titleId },
      h('div', { class: 'drawer-head' }, h('h2', { id: titleId, text: title, title }), sign,
        h('button', { type: 'button', class: 'quiet close', text: 'Close', on: { click: () => dialog.close() } })),
      body);
    dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (this.#drawer?.dialog === dialog) this.#drawer = null;
      giveFocusBack(opener);
    });
    this.#drawer = { dialog, render };
    document.body.append(dialog);
    render();
    dialog.showModal();
  }

  #provider(name) {
    const sign = pill('closed');
    const reason = h('p', { class: 'reason' });
    const list = h('dl', { class: 'facts' });
    const actions = h('div', { class: 'action-list' });
    const workers = h('ul', { class: 'views' });
    const past = h('ol', { class: 'events' });
    const pastNote = h('p', { class: 'note', text: 'Reading…' });
    const body = h('div', { class: 'drawer-body', data: { provider: name } }, reason, list,
      h('h3', { text: 'Actions on the whole fleet' }), actions,
      h('h3', { text: 'Every worker\u2019s view' }), workers,
      h('h3', { text: 'Its history' }), pastNote, past);
    this.#readHistory(name, past, pastNote);
    const render = () => {
      const provider = this.#model.providers.get(name);
      if (!provider) {
        setText(reason, 'This provider is no longer configured.');
        return;
      }
      updatePill(sign, kindOf(provider));
      setText(reason, shortReason(provider));
      drawFacts(list, this.#factsOf(provider));
      this.#drawActions(actions, provider);
      this.#drawViews(workers, provider);
      drawNewer(past, this.#model.history.filter((entry) => entry.provider === name));
    };
    return { title: name, sign, body, render };
  }

  #factsOf(provider) {
    const rate = this.#model.rates.of(provider.name);
    return [
      { label: 'Since', value: `${clockTimeAt(provider.sinceAt)} (${duration(now() - provider.sinceAt)})` },
      ...facts(provider, this.#model).filter(({ label }) => label !== 'Refused'),
      { label: 'Calls', value: rate ? `${perSecond(rate.calls)} /s let through, ${perSecond(rate.rejected)} /s refused` : 'counted in ten seconds' },
      { label: 'Failure rate', value: `${percent(rate?.failureRate)} in the fleet${typeof provider.failure_rate === 'number' ? `, ${percent(provider.failure_rate)} in the answering worker\u2019s window` : ''}` },
      ...(typeof provider.slow_call_rate === 'number' ? [{ label: 'Slow calls', value: percent(provider.slow_call_rate) }] : []),
      ...(provider.last_failure ? [{ label: 'Last failure', value: clockTime(new Date(provider.last_failure)) }] : []),
      { label: 'Priority', value: String(provider.priority) },
      { label: 'Revision', value: revisionText(provider.revision) ?? 'none yet' },
    ];
  }

  #drawActions(list, provider) {
    reconcile(list, Object.keys(ACTIONS), (action) => action,
      (action) => {
        const note = h('small', { id: newId('why') });
        return h('div', {}, h('button', {
          type: 'button', text: `${ACTIONS[action].label}…`, 'aria-describedby': note.id, data: { action },
          on: { click: (event) => this.act.open(provider.name, action, event.currentTarget) },
        }), note);
      },
      (element, action) => {
        const why = whyNot(action, provider, this.#model.me);
        setAttribute(element.firstChild, 'aria-disabled', why ? 'true' : null);
        setText(element.lastChild, why ?? EXPLAINED[action]);
      });
  }

  #drawViews(list, provider) {
    reconcile(list, this.#model.workersInOrder(), (worker) => worker.instance,
      (worker) => h('li', {}, h('span', { class: 'who-name', text: `worker ${shortName(worker.instance)}`, title: worker.instance }), pill('closed'), h('span', { class: 'note' })),
      (element, worker) => {
        const view = worker.providers?.[provider.name];
        const lost = worker.presence !== 'alive';
        element.children[1].hidden = lost || !view;
        if (view) updatePill(element.children[1], kindOf(view));
        setText(element.lastChild, lost ? 'lost' : !view ? 'not told'
          : `${view.failure_count ? `${view.failure_count} failures in a row · ` : ''}${view.counts ? `${view.counts.successful + view.counts.failed + view.counts.ignored} calls` : ''}${view.revision !== revisionText(provider.revision) ? ' · told before the last change' : ''}`);
      });
  }

  async #readHistory(name, list, note) {
    try {
      const { entries } = await this.#api.get(`/api/v1/history?limit=50&provider=${encodeURIComponent(name)}`);
      setText(note, entries.length === 0 ? 'Nothing has happened to it yet.' : '');
      list.read = entries;
      drawNewer(list, []);
    } catch (failure) {
      setText(note, `The history could not be read: ${failure.message}`);
    }
  }

  #worker(instance) {
    const list = h('dl', { class: 'facts' });
    const views = h('ul', { class: 'views' });
    const body = h('div', { class: 'drawer-body' }, list, h('h3', { text: 'What it says of each provider' }), views);
    const render = () => {
      const worker = this.#model.workers.find((candidate) => candidate.instance === instance);
      if (!worker) {
        drawFacts(list, [{ label: 'Presence', value: 'forgotten' }]);
        return;
      }
      const silent = worker.silent_ms + now() - this.#model.workersAt;
      drawFacts(list, [
        { label: 'Presence', value: worker.presence === 'alive' ? 'alive' : `lost, silent for ${duration(silent)}` },
        { label: 'Instance', value: worker.instance },
        { label: 'Host', value: worker.host ?? hostOf(instance) },
        { label: 'Address', value: worker.address ?? 'serves no HTTP' },
        { label: 'Version', value: worker.version },
        { label: 'Started', value: fullTime(new Date(worker.started_at)) },
        { label: 'Last told', value: `${duration(silent)} ago` },
        { label: 'Redis', value: worker.sync === 'ok' ? `in sync${typeof worker.sync_lag_ms === 'number' ? `, heard ${worker.sync_lag_ms} ms before it told` : ''}` : 'degraded' },
      ]);
      const told = Object.entries(worker.providers ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
      reconcile(views, told, ([name]) => name,
        ([name]) => h('li', {}, h('span', { class: 'who-name', text: name, title: name }), pill('closed'), h('span', { class: 'note' })),
        (element, [, view]) => {
          updatePill(element.children[1], kindOf(view));
          setText(element.lastChild, typeof view.failure_rate === 'number' ? `${percent(view.failure_rate)} failed` : '');
        });
    };
    return { title: `Worker ${shortName(instance)}`, sign: null, body, render };
  }
}

function drawFacts(list, items) {
  reconcile(list, items, (fact) => fact.label,
    (fact) => h('div', {}, h('dt', { text: fact.label }), h('dd')),
    (element, fact) => setText(element.lastChild, fact.value));
}

/** What was read once, and what has come since. */
function drawNewer(list, newer) {
  const read = list.read ?? [];
  const known = new Set(read.map((entry) => entry.id));
  drawEntries(list, [...newer.filter((entry) => !known.has(entry.id)), ...read].slice(0, 100), null);
}
