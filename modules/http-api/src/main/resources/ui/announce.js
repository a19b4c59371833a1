// Says changes aloud, politely: at most one sentence every second and a half.
import { byId } from './dom.js';
import { kindOf, wordOf } from './states.js';

const PACE_MS = 1500;

export class Announcer {
  #waiting = [];
  #timer = null;
  #known = null;
  #element = byId('announcer');

  constructor(model) {
    model.subscribe(() => this.#compare(model));
    document.addEventListener('announce', (event) => this.say(event.detail));
  }

  say(text) {
    this.#waiting.push(text);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      const all = this.#waiting.splice(0);
      this.#element.textContent = all.length > 4 ? `${all.slice(0, 3).join('. ')}. And ${all.length - 3} more changes.` : all.join('. ');
    }, this.#known ? PACE_MS / 5 : PACE_MS);
  }

  #compare(model) {
    if (!model.fleet) return;
    const known = new Map([...model.providers.values()].map((provider) => [provider.name, kindOf(provider)]));
    const sync = model.sync?.mode;
    const lost = model.lost.length;
    if (this.#known) {
      for (const [name, kind] of known) {
        const before = this.#known.providers.get(name);
        if (before && before !== kind) this.say(`${name} is ${wordOf(kind)}`);
      }
      if (this.#known.sync !== sync) this.say(sync === 'ok' ? 'Redis is back' : 'Redis is away');
      if (lost > this.#known.lost) this.say(`${lost} workers lost`);
    }
    this.#known = { providers: known, sync, lost };
  }
}
