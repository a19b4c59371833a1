// Server-sent events over fetch, because EventSource can send no token.
import { now } from './time.js';

const SILENCE_MS = 25_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** Takes a stream of text apart into events, as the HTML standard says. */
export class Parser {
  #rest = '';
  #data = [];
  #type = '';
  #id;
  #skipFeed = false;

  /** The id of the last complete event that had one. */
  lastId = null;

  /** @returns the events that are complete with this text: `{type, data}` */
  push(text) {
    const events = [];
    let input = this.#rest + text;
    if (this.#skipFeed && input.length > 0) {
      if (input[0] === '\n') input = input.slice(1);
      this.#skipFeed = false;
    }
    let from = 0;
    for (let i = 0; i < input.length; i++) {
      const character = input[i];
      if (character !== '\n' && character !== '\r') continue;
      this.#line(input.slice(from, i), events);
      if (character === '\r') {
        if (i + 1 === input.length) this.#skipFeed = true;
        else if (input[i + 1] === '\n') i++;
      }
      from = i + 1;
    }
    this.#rest = input.slice(from);
    return events;
  }

  #line(line, events) {
    if (line === '') {
      if (this.#id !== undefined) this.lastId = this.#id;
      if (this.#data.length > 0) events.push({ type: this.#type || 'message', data: this.#data.join('\n') });
      this.#data = [];
      this.#type = '';
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) value = value.slice(1);
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#type = value;
    else if (field === 'id' && !value.includes('\0')) this.#id = value;
  }
}

/** Follows the events of the fleet, and comes back by itself after every end. */
export class Events {
  #api;
  #path;
  #handlers;
  #controller = null;
  #timer = null;
  #attempt = 0;
  #lastId = null;

  /** @param handlers `onEvent(type, document)`, `onUp()`, `onDown(why, nextTryAt)` */
  constructor(api, path, handlers) {
    this.#api = api;
    this.#path = path;
    this.#handlers = handlers;
    addEventListener('online', () => this.#timer && this.start());
  }

  /** Where to go on after a reconnect, if nothing has been heard yet. */
  startAfter(id) {
    this.#lastId ??= id;
  }

  start() {
    this.stop();
    const controller = new AbortController();
    this.#controller = controller;
    this.#run(controller).catch((failure) => {
      if (this.#controller !== controller) return;
      if (failure.status === 401) return;
      const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#attempt++);
      // Full jitter: a thousand pages must not come back at once.
      const wait = Math.max(failure.retryAfterMs ?? 0, Math.random() * ceiling);
      this.#handlers.onDown(failure.message, now() + wait);
      this.#timer = setTimeout(() => this.start(), wait);
    });
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#controller?.abort();
    this.#controller = null;
  }

  async #run(controller) {
    let watchdog = setTimeout(() => controller.abort(), SILENCE_MS);
    try {
      const headers = this.#lastId ? { 'Last-Event-ID': this.#lastId } : {};
      const response = await this.#api.stream(this.#path, headers, controller.signal);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new Parser();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) throw new Error('the worker ended the stream of events');
        clearTimeout(watchdog);
        watchdog = setTimeout(() => controller.abort(), SILENCE_MS);
        for (const event of parser.push(value)) this.#deliver(event);
        this.#lastId = parser.lastId ?? this.#lastId;
      }
    } catch (failure) {
      if (failure.name === 'AbortError') throw new Error('nothing was heard for 25 s');
      if (failure instanceof TypeError) throw new Error('the worker cannot be reached');
      throw failure;
    } finally {
      clearTimeout(watchdog);
    }
  }

  #deliver({ type, data }) {
    let document;
    try {
      document = JSON.parse(data);
    } catch {
      return;
    }
    if (type === 'hello') {
      this.#attempt = 0;
      this.#handlers.onUp(document);
    }
    this.#handlers.onEvent(type, document);
  }
}
