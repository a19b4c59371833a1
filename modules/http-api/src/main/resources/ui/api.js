// The management API. The token lives here, in memory; in the tab's storage only on request.

const KEPT = 'fleetbreaker.token';
const PATIENCE_MS = 15_000;

/** A request that the API refused, with its problem document. */
export class Problem extends Error {
  constructor(status, document, retryAfter) {
    super(document.detail || document.title || `the worker answered ${status}`);
    this.status = status;
    this.document = document;
    this.slug = String(document.type ?? '').replace('/problems/', '');
    // A proxy may give a date, which is no number of seconds.
    this.retryAfterMs = /^\d+$/.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : null;
  }
}

/** A request that got no answer. */
export class NoAnswer extends Error {}

export class Api {
  #token = null;
  /** Told whenever the API says 401. */
  onUnauthorized = () => {};

  constructor() {
    try {
      this.#token = sessionStorage.getItem(KEPT);
    } catch {
      // Storage may be forbidden; the token then lives as long as the page.
    }
  }

  get hasToken() {
    return this.#token !== null;
  }

  setToken(token, keep) {
    this.#token = token;
    try {
      if (token && keep) sessionStorage.setItem(KEPT, token);
      else sessionStorage.removeItem(KEPT);
    } catch {
      // As above.
    }
  }

  headers(more = {}) {
    return this.#token ? { Authorization: `Bearer ${this.#token}`, ...more } : more;
  }

  /** The document at a path; throws {@link Problem} or {@link NoAnswer}. */
  async get(path) {
    return (await this.#send('GET', path)).body;
  }

  /** Status and document; only a refusal without an outcome throws. */
  async post(path, body, headers) {
    return this.#send('POST', path, JSON.stringify(body), {
      'Content-Type': 'application/json', ...headers,
    });
  }

  /** A response whose body is read as it comes. */
  async stream(path, headers, signal) {
    const response = await fetch(path, {
      headers: this.headers({ Accept: 'text/event-stream', ...headers }),
      cache: 'no-store', signal,
    });
    if (!response.ok) throw await this.#problem(response);
    return response;
  }

  async #send(method, path, body, headers) {
    let response;
    try {
      response = await fetch(path, {
        method, body, cache: 'no-store', credentials: 'omit', redirect: 'error',
        headers: this.headers({ Accept: 'application/json', ...headers }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
    } catch (failure) {
      throw new NoAnswer(failure.name === 'TimeoutError' ? 'no answer in time' : 'the worker cannot be reached');
    }
    if (!response.ok) throw await this.#problem(response);
    try {
      return { status: response.status, body: await response.json() };
    } catch {
      throw new NoAnswer('the answer ended early');
    }
  }

  async #problem(response) {
    let document = {};
    try {
      const read = await response.json();
      if (read && typeof read === 'object') document = read;
    } catch {
      // What stands between page and worker may answer something else.
    }
    const problem = new Problem(response.status, document, response.headers.get('Retry-After'));
    if (problem.status === 401) this.onUnauthorized(problem);
    return problem;
  }
}
