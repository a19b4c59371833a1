// What this page knows of the fleet: readings of the API, and events between them.
import { now } from './time.js';
import { compareRevisions, kindOf } from './states.js';
import { Rates } from './rates.js';

/** As many entries of the history as the page holds. */
export const TIME_LINE = 1000;
/** An event may be newer than a reading of another worker, but not for longer than this. */
const EVENT_LEADS_MS = 3000;

export class Model {
  me = null;
  /** The last `/api/v1/fleet`, without its providers; null before the first. */
  fleet = null;
  fleetAt = null;
  fleetProblem = null;
  providers = new Map();
  /** Workers by instance, as they last told of themselves. */
  workers = [];
  workersAt = null;
  workersProblem = null;
  workersComplete = true;
  history = [];
  historyNext = null;
  historyLoaded = false;
  historyProblem = null;
  gap = false;
  /** `connecting`, `live`, `down` or `signed-out`. */
  link = { state: 'connecting', since: now(), why: '', nextTryAt: null, worker: null };
  rates = new Rates();

  #listeners = new Set();
  #scheduled = false;
  #ids = new Set();

  subscribe(listener) {
    this.#listeners.add(listener);
  }

  unsubscribe(listener) {
    this.#listeners.delete(listener);
  }

  /** Tells the listeners once, before the next frame is drawn. */
  changed() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const tell = () => {
      this.#scheduled = false;
      for (const listener of this.#listeners) listener(this);
    };
    if (document.visibilityState === 'visible') requestAnimationFrame(tell);
    else setTimeout(tell, 200);
  }

  get sync() {
    return this.fleet?.sync ?? null;
  }

  /** By priority and name. */
  sorted() {
    return [...this.providers.values()].sort(
      (a, b) => a.priority - b.priority || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  /** The workers that are there first, then by name. */
  workersInOrder() {
    return [...this.workers].sort((a, b) =>
      (a.presence === 'alive' ? 0 : 1) - (b.presence === 'alive' ? 0 : 1) || (a.instance < b.instance ? -1 : 1));
  }

  get alive() {
    return this.workers.filter((worker) => worker.presence === 'alive');
  }

  get lost() {
    return this.workers.filter((worker) => worker.presence !== 'alive');
  }

  /** How many workers an action reaches, as far as is known. */
  get reach() {
    return this.fleet?.workers?.alive ?? (this.workersAt !== null ? this.alive.length : null);
  }

  onFleet(document, askedAt) {
    const at = now();
    const { providers, ...rest } = document;
    this.fleet = rest;
    this.fleetAt = at;
    this.fleetProblem = null;
    const names = new Set();
    for (const provider of providers) {
      names.add(provider.name);
      const held = this.providers.get(provider.name);
      if (held && held.touchedAt > askedAt && at - held.touchedAt < EVENT_LEADS_MS
          && compareRevisions(provider.revision, held.revision) < 0) {
        held.workers = provider.workers;
        held.fleet_counts = provider.fleet_counts;
        continue;
      }
      this.providers.set(provider.name, anchored(provider, at, 0));
    }
    for (const name of this.providers.keys()) {
      if (!names.has(name)) this.providers.delete(name);
    }
    this.rates.add(at, document);
    this.changed();
  }

  /** A transition of the worker that streams to this page. */
  onLocal(provider) {
    const at = now();
    const held = this.providers.get(provider.name);
    if (held && compareRevisions(provider.revision, held.revision) < 0 && at - held.touchedAt < EVENT_LEADS_MS) {
      return;
    }
    this.providers.set(provider.name, {
      ...anchored(provider, at, at),
      workers: held?.workers ?? null,
      fleet_counts: held?.fleet_counts ?? null,
    });
    this.changed();
  }

  /** An entry that the history has gained. */
  onTransition(entry) {
    this.addHistory([entry]);
    const held = this.providers.get(entry.provider);
    if (held && compareRevisions(entry.revision, held.revision) > 0) {
      const at = now();
      const override = entry.override
        ? { mode: entry.override, reason: entry.reason, operator: entry.operator, remaining_ms: null, expires_at: null, scope: 'fleet' }
        : null;
      this.providers.set(entry.provider, {
        ...held,
        state: entry.to,
        override,
        reason: entry.reason,
        revision: entry.revision,
        sinceAt: at,
        nextProbeAt: null,
        expiresAt: null,
        touchedAt: at,
      });
    }
    this.changed();
  }

  onWorkers(workers, complete, ageMs) {
    this.workers = workers;
    this.workersAt = now() - (ageMs ?? 0);
    this.workersComplete = complete;
    this.workersProblem = null;
    this.changed();
  }

  onSync(sync) {
    if (this.fleet) this.fleet.sync = sync;
    this.changed();
  }

  addHistory(entries) {
    const fresh = entries.filter((entry) => !this.#ids.has(entry.id));
    if (fresh.length === 0) return;
    this.history = [...this.history, ...fresh].sort((a, b) => compareIds(b.id, a.id)).slice(0, TIME_LINE);
    this.#ids = new Set(this.history.map((entry) => entry.id));
  }

  setLink(state, more = {}) {
    if (this.link.state !== state) this.link = { state, since: now(), why: '', nextTryAt: null, worker: this.link.worker };
    Object.assign(this.link, more);
    this.changed();
  }

  /** The providers that are not plainly closed for everybody, worst first. */
  notClosed() {
    return this.sorted()
      .filter((provider) => needsAttention(provider))
      .sort((a, b) => rank(a) - rank(b));
  }
}

function rank(provider) {
  const order = ['forced_open', 'open', 'half_open', 'disabled', 'metrics_only', 'closed'];
  return order.indexOf(kindOf(provider));
}

export function needsAttention(provider) {
  const elsewhere = provider.workers;
  return kindOf(provider) !== 'closed' || !!(elsewhere && (elsewhere.open || elsewhere.half_open));
}

/** Durations of an answer become times of this browser's monotonic clock. */
function anchored(provider, at, touchedAt) {
  const override = provider.override;
  return {
    ...provider,
    sinceAt: at - (provider.state_age_ms ?? 0),
    nextProbeAt: typeof provider.remaining_ms === 'number' ? at + provider.remaining_ms : null,
    expiresAt: override && typeof override.remaining_ms === 'number' ? at + override.remaining_ms : null,
    touchedAt,
  };
}

/** Ids are `millis-sequence`. */
export function compareIds(a, b) {
  const [aMillis, aSequence] = String(a).split('-').map(Number);
  const [bMillis, bSequence] = String(b).split('-').map(Number);
  return aMillis - bMillis || (aSequence || 0) - (bSequence || 0);
}
