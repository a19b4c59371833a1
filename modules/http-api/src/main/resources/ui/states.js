// The words and signs of states. A state is told by word and shape, never by colour alone.
import { h, setAttribute, setClass, setText } from './dom.js';

export const STATES = {
  forced_open: { word: 'forced open', rank: 0, meaning: 'an operator refuses all calls' },
  open: { word: 'open', rank: 1, meaning: 'calls are refused until the next probe' },
  half_open: { word: 'half open', rank: 2, meaning: 'a few probing calls are let through' },
  disabled: { word: 'disabled', rank: 3, meaning: 'an operator lets all calls through' },
  metrics_only: { word: 'metrics only', rank: 4, meaning: 'all calls go through and are counted' },
  closed: { word: 'closed', rank: 5, meaning: 'calls go through' },
};

/** What is shown of a provider or of a worker's view of one: the override, else the state. */
export function kindOf(view) {
  const mode = view.override && typeof view.override === 'object' ? view.override.mode : view.override;
  return mode || view.state;
}

export const wordOf = (kind) => STATES[kind]?.word ?? String(kind).replaceAll('_', ' ');
export const rankOf = (kind) => STATES[kind]?.rank ?? 2;
export const isClosed = (provider) => kindOf(provider) === 'closed';

/** A state as a sign and a word. */
export function pill(kind) {
  const element = h('span', {}, h('span', { class: 'sign', 'aria-hidden': 'true' }), h('span'));
  updatePill(element, kind);
  return element;
}

export function updatePill(element, kind) {
  const known = kind in STATES ? kind : 'unknown';
  setClass(element, `pill s-${known}`);
  setAttribute(element, 'data-kind', known);
  setText(element.lastChild, wordOf(kind));
}

/** Revisions are ordered by epoch and version: negative, zero or positive; none is the least. */
export function compareRevisions(a, b) {
  if (!a || !b) return (a ? 1 : 0) - (b ? 1 : 0);
  return a.epoch - b.epoch || a.version - b.version;
}

export const revisionText = (revision) =>
  revision ? `${revision.epoch}.${revision.version}.${revision.op}` : null;

/** A worker's short name: its pid, which is unique where all run on one host. */
export function shortName(instance) {
  const parts = String(instance).split(':');
  return parts.length >= 4 ? parts[parts.length - 3] : String(instance);
}

/** Why a provider is as it is, with workers called as everywhere else on the page. */
export function shortReason(provider) {
  // What an operator has written stays as it was written.
  return provider.override?.reason
    || (provider.reason ?? '').replace(/\(on worker ([^\s()]+)\)/, (_, instance) => `(on worker ${shortName(instance)})`);
}

export function hostOf(instance) {
  const parts = String(instance).split(':');
  return parts.length >= 4 ? parts.slice(0, -3).join(':') : '';
}

export const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
