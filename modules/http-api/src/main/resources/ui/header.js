// The first line: how things stand, in one glance.
import { byId, h, reconcile, setAttribute, setClass, setText } from './dom.js';
import { clockTimeAt, countdown, duration, fullTimeAt, now } from './time.js';
import { count, shortName } from './states.js';

/** A reading older than this is told as stale. */
export const STALE_MS = 8000;

export class Header {
  #model;
  #signIn;
  #signOut;
  #summary = byId('summary');
  #banner = byId('banner');
  #who = byId('who');

  constructor(model, { signIn, signOut }) {
    this.#model = model;
    this.#signIn = signIn;
    this.#signOut = signOut;
    model.subscribe(() => this.render());
  }

  render() {
    const model = this.#model;
    const stale = model.fleetAt !== null && now() - model.fleetAt > STALE_MS;
    document.body.classList.toggle('stale', stale || model.link.state === 'down');
    byId('main').setAttribute('aria-busy', String(!model.fleet));
    this.#renderSummary();
    this.#renderHealth();
    this.#renderBanner(stale);
    this.#renderWho();
    this.#renderServed();
  }

  #renderSummary() {
    const model = this.#model;
    const not = model.notClosed().length;
    const text = !model.fleet ? 'Connecting…'
      : model.providers.size === 0 ? 'No providers'
        : not === 0 ? `All ${count(model.providers.size, 'provider')} closed`
          : `${not} of ${count(model.providers.size, 'provider')} not closed`;
    setText(this.#summary, text);
    setClass(this.#summary, `summary ${!model.fleet ? '' : not === 0 ? 'good' : 'bad'}`);
    const title = model.fleet ? `${not > 0 ? `(${not}) ` : ''}Fleetbreaker` : 'Fleetbreaker';
    if (document.title !== title) document.title = title;
  }

  #renderHealth() {
    const model = this.#model;
    const { link, sync, fleet } = model;
    const alive = fleet?.workers ? fleet.workers.alive : model.workersAt === null ? null : model.alive.length;
    const lost = fleet?.workers ? fleet.workers.lost : model.lost.length;
    const items = [
      {
        key: 'Workers',
        level: alive === null || (fleet && !fleet.workers) ? 'none' : lost > 0 ? 'warn' : 'good',
        value: alive === null ? '–' : `${alive} alive${lost > 0 ? ` · ${lost} lost` : ''}${fleet && !fleet.workers ? ', last known' : ''}`,
        title: fleet && !fleet.workers ? 'Redis cannot be asked; this is what was last known' : '',
      },
      {
        key: 'Redis',
        level: !sync ? 'none' : sync.mode === 'ok' ? 'good' : 'bad',
        value: !sync ? '–' : sync.mode === 'ok' ? 'in sync' : `degraded${sync.redis_connected ? '' : ', not connected'}`,
        title: !sync ? '' : sync.problem || `${lag(sync)}${sync.events_received} events received, ${sync.messages_dropped} messages dropped`,
      },
      {
        key: 'Live events',
        level: link.state === 'live' ? 'good' : link.state === 'down' ? 'bad' : 'none',
        value: link.state === 'live' ? 'connected' : link.state === 'down' ? 'disconnected' : link.state === 'signed-out' ? 'signed out' : 'connecting…',
        title: link.worker ? `from worker ${link.worker}` : '',
      },
      {
        key: 'Served by',
        level: 'plain',
        value: fleet ? `worker ${fleet.worker_id}` : '–',
        title: fleet ? fleet.instance : '',
      },
    ];
    reconcile(byId('health'), items, (item) => item.key,
      (item) => h('div', { data: { health: item.key.toLowerCase().replace(' ', '-') } }, h('dt', { text: item.key }), h('dd')),
      (element, item) => {
        setClass(element, `stat ${item.level}`);
        setText(element.lastChild, item.value);
        setAttribute(element, 'title', item.title);
      });
  }

  #renderBanner(stale) {
    const { link, fleetAt, fleetProblem } = this.#model;
    let text = '';
    let counting = '';
    if (link.state === 'down') {
      text = `Disconnected since ${clockTimeAt(link.since)}: ${link.why}.${fleetAt === null ? '' : ` What you see is from ${clockTimeAt(fleetAt)}.`}`;
      if (link.nextTryAt !== null) counting = ` Next try in ${countdown(Math.max(100, link.nextTryAt - now()))}.`;
    } else if (stale && link.state !== 'signed-out') {
      text = `What you see is old, from ${clockTimeAt(fleetAt)}${fleetProblem ? `: ${fleetProblem}` : ''}.`;
      counting = ` That is ${duration(now() - fleetAt)} ago.`;
    }
    if (!this.#banner.firstChild) this.#banner.append(h('span'), h('span', { 'aria-hidden': 'true' }));
    // An alert is read aloud whenever it changes: what counts is kept out of it.
    setText(this.#banner.firstChild, text);
    setText(this.#banner.lastChild, text ? counting : '');
    if (this.#banner.hidden !== (text === '')) this.#banner.hidden = text === '';
  }

  #renderWho() {
    const { me } = this.#model;
    const key = me ? JSON.stringify(me) : String(this.#model.link.state === 'signed-out');
    if (this.#who.dataset.key === key) return;
    this.#who.dataset.key = key;
    const help = h('button', { type: 'button', class: 'quiet', text: '?', 'aria-label': 'Keyboard and help', title: 'Keyboard and help', data: { help: '' } });
    if (me?.authenticated) {
      this.#who.replaceChildren(
        h('span', { class: 'user' }, h('b', { text: me.name, title: me.name }), h('span', { text: me.role })),
        h('button', { type: 'button', class: 'quiet', text: 'Sign out', on: { click: this.#signOut } }), help);
    } else if (me) {
      this.#who.replaceChildren(
        h('span', { class: 'user', text: 'no tokens configured', title: 'Everybody who reaches this worker may do everything' }), help);
    } else {
      this.#who.replaceChildren(
        h('button', { type: 'button', class: 'quiet', text: 'Sign in', on: { click: this.#signIn } }), help);
    }
  }

  #renderServed() {
    const { fleet, fleetAt, link } = this.#model;
    if (!fleet) return;
    const served = byId('served');
    setText(served, `Fleetbreaker ${fleet.version} · answered by worker ${fleet.worker_id}, up for ${duration(fleet.uptime_ms)}`
      + (link.worker ? ` · events from worker ${shortName(link.worker)}` : '')
      + ` · read at ${clockTimeAt(fleetAt)}`);
    setAttribute(served, 'title', `${fleet.instance}, ${fullTimeAt(fleetAt)}`);
  }
}

function lag(sync) {
  return typeof sync.last_contact_ms === 'number' ? `heard ${sync.last_contact_ms < 1000 ? `${sync.last_contact_ms} ms` : duration(sync.last_contact_ms)} ago; ` : '';
}
