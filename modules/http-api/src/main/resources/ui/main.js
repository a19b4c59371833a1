// Puts the page together: reads the API, follows the events, and draws what is known.
import { Actions } from './actions.js';
import { Announcer } from './announce.js';
import { Api } from './api.js';
import { Attention } from './attention.js';
import { Charts } from './charts.js';
import { Details } from './details.js';
import { byId } from './dom.js';
import { Events } from './events.js';
import { Grid } from './grid.js';
import { Header } from './header.js';
import { Keys } from './keys.js';
import { Login } from './login.js';
import { Model } from './model.js';
import { STATES, pill } from './states.js';
import { now } from './time.js';
import { Timeline } from './timeline.js';

const FLEET_MS = 2000;
const WORKERS_MS = 3000;
const HIDDEN_MS = 15_000;
const SOON_MS = 120;
const PAGE_OF_WORKERS = 100;
const MOST_WORKERS = 1000;

const api = new Api();
const model = new Model();
const login = new Login(api, (me) => {
  model.me = me;
  begin();
});
api.onUnauthorized = () => {
  const expired = model.me !== null;
  model.me = null;
  events.stop();
  fleetReader.stop();
  workersReader.stop();
  model.setLink('signed-out');
  if (!login.isOpen) login.open(expired || api.hasToken ? 'This token is not accepted (any longer).' : '');
};

/** Reads again and again, each time a while after the answer; at once when it is told to. */
function reader(read, everyMs) {
  let timer = null;
  let running = null;
  let again = false;
  const go = async () => {
    clearTimeout(timer);
    timer = null;
    if (running) {
      again = true;
      return running;
    }
    const begun = now();
    running = read().finally(() => {
      running = null;
    });
    await running;
    if (again) {
      again = false;
      return go();
    }
    // A reading that takes long must not be all that worker and page do.
    const wait = document.visibilityState === 'hidden' ? HIDDEN_MS : Math.max(everyMs, 4 * (now() - begun));
    if (!login.isOpen) timer = setTimeout(go, wait);
    return undefined;
  };
  return {
    go,
    soon() {
      clearTimeout(timer);
      timer = setTimeout(go, SOON_MS);
    },
    stop() {
      clearTimeout(timer);
    },
  };
}

const fleetReader = reader(async () => {
  const asked = now();
  try {
    model.onFleet(await api.get('/api/v1/fleet'), asked);
  } catch (failure) {
    model.fleetProblem = failure.message;
    model.changed();
  }
}, FLEET_MS);

const workersReader = reader(async () => {
  try {
    const all = [];
    let cursor = null;
    let page;
    do {
      const more = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
      page = await api.get(`/api/v1/workers?limit=${PAGE_OF_WORKERS}&providers=true${more}`);
      all.push(...page.workers);
      cursor = page.next;
    } while (cursor && all.length < MOST_WORKERS);
    model.onWorkers(all, page.complete !== false && !cursor, page.age_ms);
  } catch (failure) {
    model.workersProblem = failure.message;
    model.changed();
  }
}, WORKERS_MS);

async function readHistory(before) {
  try {
    const page = await api.get(`/api/v1/history?limit=100${before ? `&before=${encodeURIComponent(before)}` : ''}`);
    model.addHistory(page.entries);
    if (before || !model.historyLoaded) model.historyNext = page.next;
    model.historyLoaded = true;
    model.historyProblem = null;
    if (model.history.length > 0) events.startAfter(model.history[0].id);
  } catch (failure) {
    model.historyProblem = failure.message;
  }
  model.changed();
}

async function refresh() {
  await fleetReader.go();
  workersReader.soon();
}

const events = new Events(api, '/api/v1/events', {
  onUp(hello) {
    const resumed = model.link.state !== 'live';
    model.setLink('live', { worker: hello.instance });
    if (resumed) {
      refresh();
      // What happened meanwhile comes by itself only after an entry that is known.
      readHistory();
    }
  },
  onDown(why, nextTryAt) {
    model.setLink('down', { why, nextTryAt });
  },
  onEvent(type, document) {
    if (type === 'transition') {
      model.onTransition(document);
      fleetReader.soon();
      workersReader.soon();
    } else if (type === 'local') {
      model.onLocal(document);
      fleetReader.soon();
    } else if (type === 'sync') {
      model.onSync(document);
      fleetReader.soon();
      if (document.mode === 'ok' && model.historyProblem) readHistory();
    } else if (type === 'gap') {
      model.gap = true;
      if (document.providers) model.onFleet(document, now());
      readHistory();
    }
  },
});

async function begin() {
  if (!model.me) {
    try {
      model.me = await api.get('/api/v1/me');
    } catch (failure) {
      if (failure.status === 401) return;
      // Whoever cannot be asked now is asked again with the first event.
      model.setLink('down', { why: failure.message });
      setTimeout(begin, 1000 + Math.random() * 2000);
      return;
    }
  }
  await Promise.all([fleetReader.go(), workersReader.go(), readHistory()]);
  if (!model.me) return;
  events.start();
}

function signOut() {
  api.setToken(null, false);
  location.reload();
}

const details = new Details(api, model);
const actions = new Actions(api, model, refresh);
details.act = actions;
new Header(model, { signIn: () => login.open(), signOut });
new Attention(model, actions, details);
const grid = new Grid(model, details);
new Charts(model);
new Timeline(model, details, () => readHistory(model.historyNext));
new Announcer(model);
new Keys([
  ['a', 'Go to what needs attention', () => (document.querySelector('#attention .name') ?? byId('attention')).focus()],
  ['g', 'Go to the grid', () => grid.focus()],
  ['n', 'Grid: only what is not closed, or all', () => grid.toggleOnly()],
  ['/', 'Filter the grid by name', () => grid.focusFilter()],
  ['t', 'Go to the time line', () => byId('timeline-body').focus()],
  ['r', 'Read everything again', () => refresh()],
]);
byId('legend').append(...Object.keys(STATES).map((kind) => pill(kind)));

// Ages and waits go on counting between answers.
setInterval(() => document.visibilityState === 'visible' && model.changed(), 500);
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible' && model.me) {
    refresh();
    workersReader.go();
  }
});
begin();
