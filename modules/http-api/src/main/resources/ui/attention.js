// What is not as it should be, worst first: providers, lost workers, the link to Redis.
import { byId, clearPlaceholder, h, placeholder, reconcile, setAttribute, setClass, setText } from './dom.js';
import { ACTIONS, whyNot } from './actions.js';
import { clockTimeAt, countdown, duration, fullTimeAt, now } from './time.js';
import { count, kindOf, pill, shortName, shortReason, updatePill } from './states.js';

/** Of two hundred providers in trouble not all need a card at once. */
const FIRST = 12;
const OFFERED = {
  open: ['reset', 'force-open'],
  half_open: ['reset', 'force-open'],
  closed: ['force-open', 'trip'],
  forced_open: ['enable'],
  disabled: ['enable', 'force-open'],
  metrics_only: ['enable', 'force-open'],
};

export class Attention {
  #model;
  #act;
  #details;
  #body = byId('attention-body');
  #all = false;
  #more = h('button', { type: 'button', class: 'older', on: { click: () => {
    this.#all = !this.#all;
    this.render();
  } } });

  constructor(model, act, details) {
    this.#model = model;
    this.#act = act;
    this.#details = details;
    model.subscribe(() => this.render());
  }

  render() {
    const model = this.#model;
    if (!model.fleet) {
      if (model.fleetProblem) placeholder(this.#body, 'failed', `The fleet could not be read: ${model.fleetProblem}`);
      return;
    }
    const providers = model.notClosed();
    const items = [...this.#notices(), ...(this.#all ? providers : providers.slice(0, FIRST))];
    if (items.length === 0) {
      const reach = model.reach;
      placeholder(this.#body, 'calm', model.providers.size === 0
        ? 'No providers are configured.'
        : `Nothing. All ${count(model.providers.size, 'provider')} are closed${reach ? ` on ${count(reach, 'worker')}` : ''}: calls go through.`);
      return;
    }
    clearPlaceholder(this.#body);
    let list = this.#body.firstChild;
    if (!list) {
      list = h('ul', { class: 'cards' });
      this.#body.append(list, this.#more);
    }
    this.#more.hidden = providers.length <= FIRST;
    setText(this.#more, this.#all ? `Show only the first ${FIRST}` : `Show all ${providers.length}`);
    setAttribute(this.#more, 'aria-expanded', this.#all);
    reconcile(list, items, (item) => item.notice ?? `provider ${item.name}`,
      (item) => (item.notice ? notice() : this.#card(item.name)),
      (element, item) => (item.notice ? updateNotice(element, item) : this.#update(element, item)));
  }

  #notices() {
    const found = [];
    const sync = this.#model.sync;
    if (sync && sync.mode !== 'ok') {
      found.push({
        notice: 'sync',
        title: 'This worker has lost its fleet',
        text: `${sync.problem || 'Redis does not answer.'} It protects itself alone until Redis is back; what other workers do is not known now.`,
      });
    }
    const lost = this.#model.lost;
    if (lost.length > 0) {
      const names = lost.slice(0, 6).map((worker) => `${shortName(worker.instance)} (silent for ${duration(worker.silent_ms + now() - this.#model.workersAt)})`);
      found.push({
        notice: 'lost',
        title: lost.length === 1 ? 'A worker is lost' : `${lost.length} workers are lost`,
        text: names.join(', ') + (lost.length > 6 ? ` and ${lost.length - 6} more` : ''),
      });
    }
    return found;
  }

  #card(name) {
    const parts = {
      pill: pill('closed'),
      since: h('span', { class: 'since' }),
      reason: h('p', { class: 'reason' }),
      facts: h('dl', { class: 'facts' }),
      actions: h('div', { class: 'actions' }),
      title: h('button', { type: 'button', class: 'name', text: name, title: name, on: { click: () => this.#details.open(name) } }),
    };
    const card = h('li', { class: 'card', data: { provider: name } },
      h('div', { class: 'card-head' }, h('h3', {}, parts.title), parts.pill, parts.since),
      parts.reason, parts.facts, parts.actions);
    card.parts = parts;
    return card;
  }

  #update(card, provider) {
    const { parts } = card;
    const kind = kindOf(provider);
    setClass(card, `card s-${kind}`);
    updatePill(parts.pill, kind);
    setText(parts.since, `since ${clockTimeAt(provider.sinceAt)} · ${duration(now() - provider.sinceAt)}`);
    setAttribute(parts.since, 'title', fullTimeAt(provider.sinceAt));
    setText(parts.reason, shortReason(provider) || 'no reason was given');
    reconcile(parts.facts, facts(provider, this.#model), (fact) => fact.label,
      (fact) => h('div', {}, h('dt', { text: fact.label }), h('dd')),
      (element, fact) => setText(element.lastChild, fact.value));
    reconcile(parts.actions, OFFERED[kind] ?? ['reset'], (action) => action,
      (action) => h('button', {
        type: 'button', class: 'act', text: `${ACTIONS[action].label}…`, data: { action },
        'aria-label': `${ACTIONS[action].label} ${provider.name}…`,
        on: { click: (event) => this.#act.open(provider.name, action, event.currentTarget) },
      }),
      (button, action) => {
        const why = whyNot(action, provider, this.#model.me);
        setAttribute(button, 'aria-disabled', why ? 'true' : null);
        setAttribute(button, 'title', why);
      });
  }
}

/** What is known of a provider that is not closed, for people. */
export function facts(provider, model) {
  const found = [];
  const at = now();
  if (provider.nextProbeAt !== null && kindOf(provider) === 'open') {
    const left = provider.nextProbeAt - at;
    found.push({ label: 'Next probe', value: left > 0 ? `in ${countdown(left)}` : 'with the next call' });
  }
  if (provider.override) {
    found.push({ label: 'By', value: provider.override.operator || 'unknown' });
    found.push({
      label: 'Ends',
      value: provider.expiresAt !== null
        ? (provider.expiresAt > at ? `in ${duration(provider.expiresAt - at)}` : 'now')
        : provider.touchedAt ? '…' : 'when somebody enables it',
    });
    if (provider.override.scope === 'worker') {
      found.push({ label: 'Where', value: 'on the answering worker only' });
    }
    if (provider.automatic_state && provider.automatic_state !== 'closed') {
      found.push({ label: 'Without it', value: provider.automatic_state.replace('_', ' ') });
    }
  }
  const seen = spread(provider);
  if (seen) found.push({ label: 'Workers', value: seen });
  if (provider.failure_count > 0) found.push({ label: 'Failures', value: String(provider.failure_count) });
  const rate = model.rates.of(provider.name);
  if (rate && rate.rejected > 0) found.push({ label: 'Refused', value: `${rate.rejected.toFixed(1)} calls/s` });
  if (provider.shared === false) found.push({ label: 'Shared', value: 'no: this is the answering worker\u2019s own state' });
  return found;
}

/** "open on 3, closed on 1". */
export function spread(provider) {
  const { workers } = provider;
  if (!workers) return null;
  const parts = ['open', 'half_open', 'closed']
    .filter((state) => workers[state] > 0)
    .map((state) => `${state.replace('_', ' ')} on ${workers[state]}`);
  return parts.join(', ') || null;
}

function notice() {
  return h('li', { class: 'card notice' }, h('div', { class: 'card-head' }, h('h3')), h('p', { class: 'reason' }));
}

function updateNotice(element, { title, text, notice: kind }) {
  setAttribute(element, 'data-notice', kind);
  setText(element.firstChild.firstChild, title);
  setText(element.lastChild, text);
}
