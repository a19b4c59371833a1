// An operator's action: what it means in words, why, for how long, and what came of it.
import { NoAnswer, Problem } from './api.js';
import { byId, giveFocusBack, h, newId, setAttribute, setText } from './dom.js';
import { compareRevisions, count, kindOf, pill, revisionText, wordOf } from './states.js';

/** What each action does, said of "all 4 workers of the fleet". */
export const ACTIONS = {
  'force-open': {
    label: 'Force open', danger: true, expiry: 'Ends by itself after',
    effect: (name, where) => `Every call to ${name} will be refused ${where}, until somebody enables it again.`,
    until: (name, where, time) => `Every call to ${name} will be refused ${where}, for ${time} or until somebody enables it again.`,
  },
  trip: {
    label: 'Trip', danger: true, expiry: 'Stays open for',
    effect: (name, where) => `The breaker of ${name} will open ${where}. It recovers by itself, by probing after its open time.`,
    until: (name, where, time) => `The breaker of ${name} will open ${where}, for ${time}. Then it recovers by itself, by probing.`,
  },
  reset: {
    label: 'Reset',
    effect: (name, where) => `The breaker of ${name} will close ${where}, and its calls go through again at once, without a probe.`,
  },
  enable: {
    label: 'Enable',
    effect: (name, where) => `The override of ${name} will end ${where}. Its breaker decides by itself again.`,
  },
  'metrics-only': {
    label: 'Metrics only', expiry: 'Ends by itself after',
    effect: (name, where) => `Every call to ${name} will go through ${where}, however many fail. They are counted. This lasts until somebody enables it again.`,
    until: (name, where, time) => `Every call to ${name} will go through ${where} for ${time}, however many fail. They are counted.`,
  },
  disable: {
    label: 'Disable', danger: true, expiry: 'Ends by itself after',
    effect: (name, where) => `Every call to ${name} will go through ${where}, unprotected, however many fail. This lasts until somebody enables it again.`,
    until: (name, where, time) => `Every call to ${name} will go through ${where} for ${time}, unprotected, however many fail.`,
  },
};

const EXPIRIES = [
  ['', 'no end'], ['5m', '5 minutes'], ['15m', '15 minutes'], ['1h', '1 hour'], ['4h', '4 hours'], ['24h', '24 hours'],
  ['other', 'another time…'],
];
const FOR_GOOD_NEEDS_ADMIN = new Set(['disable', 'metrics-only']);
const RANKS = { viewer: 0, operator: 1, admin: 2 };
const TIME = /^\s*\d+(\.\d+)?\s*(s|m|h|d)\s*$/;

/** Why an action cannot be taken now, or null. */
export function whyNot(action, provider, me) {
  if (!me) return 'Not signed in';
  if ((RANKS[me.role] ?? 0) < RANKS.operator) return `Needs the role operator; ${me.name} is ${me.role}`;
  if (action === 'enable' && !provider.override) return 'There is no override to end';
  if ((action === 'reset' || action === 'trip') && provider.override) {
    return `An override is in force (${wordOf(provider.override.mode)}): enable it first`;
  }
  return null;
}

export class Actions {
  #api;
  #model;
  #refresh;
  #operator = '';

  constructor(api, model, refresh) {
    this.#api = api;
    this.#model = model;
    this.#refresh = refresh;
  }

  /** Asks for confirmation; an action that cannot be taken says why instead. */
  open(name, action, opener) {
    const provider = this.#model.providers.get(name);
    if (!provider || document.querySelector('dialog.act-dialog[open]')) return;
    const why = whyNot(action, provider, this.#model.me);
    if (why) {
      document.dispatchEvent(new CustomEvent('announce', { detail: why }));
      return;
    }
    new Confirmation(this, this.#api, this.#model, this.#refresh, provider, action, opener).show();
  }

  get operator() {
    return this.#operator;
  }

  set operator(name) {
    this.#operator = name;
  }
}

class Confirmation {
  #owner; #api; #model; #refresh; #provider; #action; #opener;
  #dialog; #parts; #busy = false;
  #onChange = () => this.#renderSeen();

  constructor(owner, api, model, refresh, provider, action, opener) {
    this.#owner = owner;
    this.#api = api;
    this.#model = model;
    this.#refresh = refresh;
    this.#provider = { ...provider };
    this.#action = action;
    this.#opener = opener;
  }

  show() {
    const what = ACTIONS[this.#action];
    const titleId = newId('title');
    const scopeId = newId('scope');
    const hintId = newId('hint');
    const { me } = this.#model;
    const adminOnly = FOR_GOOD_NEEDS_ADMIN.has(this.#action) && me.role !== 'admin';
    const parts = (this.#parts = {
      scope: h('p', { class: 'scope', id: scopeId }),
      seen: h('p', { class: 'seen' }),
      reason: h('textarea', { rows: '2', maxlength: '300', required: true, 'aria-describedby': hintId, placeholder: 'incident, ticket, what you saw' }),
      expiry: what.expiry ? h('select', {}, EXPIRIES.map(([value, text]) => h('option', {
        value, disabled: value === '' && adminOnly,
        text: value === '' ? (this.#action === 'trip' ? 'its open time' : adminOnly ? 'no end (needs the role admin)' : 'no end: until it is enabled') : text,
      }))) : null,
      other: h('input', { type: 'text', placeholder: '30m', 'aria-label': 'Another time, such as 90s, 30m, 2h or 7d', hidden: true, size: '8' }),
      operator: me.authenticated ? null : h('input', { type: 'text', maxlength: '128', required: true, autocomplete: 'name', value: this.#owner.operator }),
      here: h('input', { type: 'checkbox' }),
      failure: h('p', { class: 'failed', role: 'alert' }),
      outcome: h('div', { class: 'outcome', tabindex: '-1', hidden: true }),
      submit: h('button', { type: 'submit', class: what.danger ? 'primary danger' : 'primary', text: what.label }),
      cancel: h('button', { type: 'button', text: 'Cancel', on: { click: () => this.#close() } }),
    });
    if (adminOnly) parts.expiry.value = '1h';
    parts.form = h('form', { method: 'dialog', novalidate: true, on: { submit: (event) => { event.preventDefault(); this.#submit(); } } },
      parts.scope, parts.seen,
      field('Why', parts.reason, h('small', { id: hintId, text: 'Stands in the history and on every worker. Required.' })),
      what.expiry ? field(what.expiry, parts.expiry, parts.other) : null,
      parts.operator ? field('Your name', parts.operator, h('small', { text: 'No tokens are configured, so nobody checks it.' })) : null,
      h('label', { class: 'check' }, parts.here, ' If Redis cannot take it, apply it on the answering worker alone'),
      parts.failure,
      h('div', { class: 'buttons' }, parts.cancel, parts.submit));
    const title = h('h2', { id: titleId }, `${what.label} `, h('b', { class: 'name-text', text: this.#provider.name }));
    this.#dialog = h('dialog', { class: 'act-dialog', 'aria-labelledby': titleId, 'aria-describedby': scopeId, data: { action: this.#action } },
      title, parts.form, parts.outcome);
    this.#dialog.addEventListener('cancel', (event) => this.#busy && event.preventDefault());
    this.#dialog.addEventListener('close', () => this.#closed());
    parts.expiry?.addEventListener('change', () => this.#renderScope());
    parts.other.addEventListener('input', () => this.#renderScope());
    document.body.append(this.#dialog);
    this.#renderScope();
    this.#renderSeen();
    this.#model.subscribe(this.#onChange);
    this.#dialog.showModal();
    parts.reason.focus();
  }

  #renderScope() {
    const { expiry, other, scope } = this.#parts;
    const what = ACTIONS[this.#action];
    if (expiry) other.hidden = expiry.value !== 'other';
    const time = expiry?.value === 'other' ? (TIME.test(other.value) ? other.value.trim() : '…')
      : EXPIRIES.find(([value]) => value === expiry?.value)?.[1];
    const where = whereOf(this.#model.reach);
    setText(scope, time && expiry?.value ? what.until(this.#provider.name, where, time) : what.effect(this.#provider.name, where));
  }

  /** What the confirmation is based on; says so when the fleet has moved on meanwhile. */
  #renderSeen() {
    const { seen } = this.#parts;
    const latest = this.#model.providers.get(this.#provider.name);
    const moved = latest && compareRevisions(latest.revision, this.#provider.revision) !== 0;
    const key = `${kindOf(this.#provider)} ${moved ? kindOf(latest) : ''}`;
    if (seen.dataset.key === key) return;
    seen.dataset.key = key;
    if (moved) {
      seen.replaceChildren('It has changed since you opened this: it was ', pill(kindOf(this.#provider)), ' and is ', pill(kindOf(latest)), '. ',
        h('button', { type: 'button', class: 'link', text: 'Act on what it is now', on: { click: () => this.#lookAgain() } }));
      seen.className = 'seen moved';
    } else {
      seen.replaceChildren('It is ', pill(kindOf(this.#provider)), ' now. If it changes before you confirm, nothing is done.');
      seen.className = 'seen';
    }
  }

  async #lookAgain(forget = true) {
    if (forget) setText(this.#parts.failure, '');
    await this.#refresh();
    const latest = this.#model.providers.get(this.#provider.name);
    if (latest) this.#provider = { ...latest };
    delete this.#parts.seen.dataset.key;
    this.#renderSeen();
    this.#parts.submit.focus();
  }

  #body() {
    const { reason, expiry, other, operator, here } = this.#parts;
    const body = { reason: reason.value.trim() };
    if (!body.reason) return this.#invalid(reason, 'Say why: the reason stands in the history.');
    if (expiry?.value === 'other') {
      if (!TIME.test(other.value)) return this.#invalid(other, 'Write the time as 90s, 30m, 2h or 7d.');
      body.expires_in = other.value.trim();
    } else if (expiry?.value) body.expires_in = expiry.value;
    if (operator) {
      body.operator = operator.value.trim();
      if (!body.operator) return this.#invalid(operator, 'Say who you are: the name stands in the history.');
      this.#owner.operator = body.operator;
    }
    if (here.checked) body.here_if_not_committed = true;
    return body;
  }

  #invalid(input, why) {
    setText(this.#parts.failure, why);
    setAttribute(input, 'aria-invalid', 'true');
    input.addEventListener('input', () => { setAttribute(input, 'aria-invalid', null); setText(this.#parts.failure, ''); }, { once: true });
    input.focus();
    return null;
  }

  async #submit() {
    if (this.#busy) return;
    const body = this.#body();
    if (!body) return;
    this.#setBusy(true);
    setText(this.#parts.failure, '');
    try {
      const revision = revisionText(this.#provider.revision);
      const path = `/api/v1/providers/${encodeURIComponent(this.#provider.name)}/${this.#action}`;
      const { body: answer } = await this.#api.post(path, body, revision ? { 'If-Match': `"${revision}"` } : {});
      this.#told(answer);
    } catch (failure) {
      this.#failed(failure);
    } finally {
      this.#setBusy(false);
      this.#refresh();
    }
  }

  #told(answer) {
    const what = ACTIONS[this.#action].label;
    if (answer.outcome === 'committed') {
      this.#show('good', 'Committed', `${what} is the state of the whole fleet. Each worker has it as soon as the message reaches it, in milliseconds.`, answer.operation, false);
    } else {
      this.#show('warn', answer.outcome === 'unknown' ? 'In force here; unknown in the fleet' : 'In force on one worker only',
        `${answer.detail ?? ''} Only the worker that answered applies it.`, answer.operation, answer.outcome === 'unknown');
    }
  }

  #failed(failure) {
    if (failure instanceof NoAnswer) {
      this.#show('warn', 'Unknown', `${sentence(failure.message)} Nobody can say from here whether it was done. The time line shows it if it was.`, null, false);
      return;
    }
    if (!(failure instanceof Problem)) throw failure;
    const { slug, document: problem, status } = failure;
    if (slug === 'not-committed' || slug === 'unknown-outcome') {
      const unknown = slug === 'unknown-outcome';
      this.#show(unknown ? 'warn' : 'bad', unknown ? 'Unknown' : 'Not committed',
        `${failure.message} ${problem.applied_here ? 'It is in force on the worker that answered.' : unknown ? '' : 'Nothing was changed.'}`, problem.operation, unknown);
    } else if (slug === 'revision-changed' || status === 412) {
      delete this.#parts.seen.dataset.key;
      setText(this.#parts.failure, 'Nothing was done: somebody or something else changed it before you, so you would have acted on an old view. Look at what it is now, and confirm again if you still want this.');
      this.#lookAgain(false);
    } else if (status === 401) {
      setText(this.#parts.failure, 'Your token is no longer accepted. Close this and sign in again.');
    } else {
      setText(this.#parts.failure, `Refused: ${failure.message}`);
    }
  }

  #show(level, title, text, operation, askable) {
    const { outcome, form } = this.#parts;
    const done = h('button', { type: 'button', class: 'primary', text: 'Done', on: { click: () => this.#close() } });
    const again = askable && operation ? h('button', { type: 'button', text: 'Ask again what became of it', on: { click: () => this.#ask(operation) } }) : null;
    form.hidden = true;
    outcome.hidden = false;
    outcome.className = `outcome ${level}`;
    outcome.replaceChildren(
      h('h3', { text: title }), h('p', { text: text.trim(), role: 'status' }),
      operation ? h('p', { class: 'operation' }, 'Operation ', h('code', { text: operation })) : h('p'),
      h('div', { class: 'buttons' }, again, done));
    outcome.dataset.title = title;
    (again ?? done).focus();
    document.dispatchEvent(new CustomEvent('announce', { detail: `${title}. ${text}` }));
  }

  async #ask(operation) {
    try {
      const path = `/api/v1/operations/${encodeURIComponent(this.#provider.name)}/${encodeURIComponent(operation)}`;
      const { fate, entry } = await this.#api.get(path);
      if (fate === 'committed') {
        this.#show('good', 'Committed', entry ? `It was committed at ${new Date(entry.at).toLocaleTimeString()}.` : 'It was committed. Something later may have superseded it.', operation, false);
      } else {
        this.#show('bad', 'Not found', 'The fleet does not know this operation: it was not committed, or so long ago that the history no longer holds it.', operation, true);
      }
      this.#refresh();
    } catch (failure) {
      this.#show('warn', 'Still unknown', `${sentence(failure.message)} Ask again when Redis is back.`, operation, true);
    }
  }

  #setBusy(busy) {
    this.#busy = busy;
    this.#parts.submit.disabled = busy;
    this.#parts.cancel.disabled = busy;
    setText(this.#parts.submit, busy ? 'Asking the fleet…' : ACTIONS[this.#action].label);
  }

  #close() {
    this.#dialog.close();
  }

  #closed() {
    this.#model.unsubscribe(this.#onChange);
    this.#dialog.remove();
    giveFocusBack(this.#opener, byId('attention'));
  }
}

function field(label, input, ...more) {
  input.id = newId('field');
  return h('div', { class: 'field' }, h('label', { for: input.id, text: label }), input, more);
}

function whereOf(reach) {
  if (reach === null) return 'on every worker of the fleet';
  return reach === 1 ? 'on the only worker of the fleet' : `on all ${count(reach, 'worker')} of the fleet`;
}

const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
