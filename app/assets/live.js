// Makes pages immediate. Everything works without it: links and forms keep their addresses.
//
// On a link, form or button
//   data-live="#target"  fetch in the background (header X-Live: 1) and morph #target from the reply,
//                        which may be a whole page, the target, or what belongs into it
//   data-push            the address bar follows        data-confirm="question"  asks first
// On a form
//   data-auto            sends itself a moment after a field changes
//   data-autosave="800"  posts itself so many ms after typing stops (header X-Live-Autosave: 1) and tells
//                        about it in its [data-save-status]; retries while the connection is away
// On an element with an id
//   data-events="/url"   server-sent events: `html` (a fragment), `changed` (fetch this page again), `gone`
//   data-watch="/url"    every few seconds: posts the forms' versions, takes the fragments
//   data-oob             in a reply: morph the element of the same id, wherever it is
//   data-key             matches children of a list; an id does too
//   data-keep            never morphed                  data-focus   takes the focus when it comes in
//                                                (data-focus="in": its first field)
// Replies may carry X-Live-Location (go there) and X-Live-Status (say this).

const $ = selector => document.querySelector(selector);
const attr = (el, name) => el.getAttribute(name); // never el.id or el.action: an input may be named so
const key = node => node.nodeType === 1 ? attr(node, 'id') || attr(node, 'data-key') || '' : '';

// ---- saying something ------------------------------------------------------------------------

let quietAgain;
function say(text, stay) {
  const region = $('#live-status');
  if (!region || !text) return;
  region.textContent = text;
  clearTimeout(quietAgain);
  quietAgain = setTimeout(() => { region.textContent = ''; }, stay ? 12000 : 5000);
}

// ---- morphing: change what differs, keep what the reader holds ---------------------------------

const initial = el => el.type === 'checkbox' || el.type === 'radio' ? String(el.defaultChecked)
  : el.nodeName === 'SELECT' ? ([...el.options].find(o => o.defaultSelected) || el.options[0] || {}).value
  : el.defaultValue;
const current = el => el.type === 'checkbox' || el.type === 'radio' ? String(el.checked) : el.value;
const isField = el => /^(INPUT|SELECT|TEXTAREA)$/.test(el.nodeName) && el.type !== 'file';

// `sent` maps the fields of the form that was sent to what they held. A field the reader has changed keeps
// its text, unless that is what was just sent: then the server's answer stands.
function morphField(from, to, sent) {
  const held = current(from);
  const keep = from.type !== 'hidden' && held !== initial(from) && sent?.get(from) !== held;
  // Before its children are taken over: what a textarea says initially is its text.
  const wanted = keep ? held : initial(to);
  morphAttributes(from, to);
  if (from.nodeName !== 'INPUT') morphChildren(from, to, sent);
  if (from.type === 'checkbox' || from.type === 'radio') from.checked = wanted === 'true';
  else if (from.value !== wanted) {
    const caret = from === document.activeElement ? from.selectionStart : null, was = from.value;
    from.value = wanted;
    // The caret stays between the words it was between.
    if (caret != null) from.setSelectionRange(...Array(2).fill(wanted.startsWith(was.slice(0, caret)) ? caret : Math.max(0, caret + wanted.length - was.length)));
  }
}

function morphAttributes(from, to) {
  for (const { name } of [...from.attributes]) {
    const own = name === 'open' && /^(DETAILS|DIALOG)$/.test(from.nodeName); // the reader opened it
    if (!own && !to.hasAttribute(name)) from.removeAttribute(name);
  }
  for (const { name, value } of to.attributes) if (attr(from, name) !== value) from.setAttribute(name, value);
}

function morph(from, to, sent) {
  if (from.nodeType !== 1) { if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue; return; }
  if (from.hasAttribute('data-keep')) return;
  if (isField(from)) { morphField(from, to, sent); return; }
  morphAttributes(from, to);
  morphChildren(from, to, sent);
}

function morphChildren(parent, next, sent) {
  const keyed = new Map();
  for (const child of parent.childNodes) if (key(child)) keyed.set(key(child), child);
  let at = parent.firstChild;
  for (const to of [...next.childNodes]) {
    const id = key(to);
    const known = id && keyed.get(id);
    if (known && known.nodeName === to.nodeName) {
      keyed.delete(id);
      if (known === at) at = at.nextSibling;
      else move(parent, known, at);
      morph(known, to, sent);
    } else if (!id && at && !key(at) && at.nodeName === to.nodeName && at.type === to.type && attr1(at) === attr1(to)) {
      const same = at;
      at = at.nextSibling;
      morph(same, to, sent);
    } else parent.insertBefore(to, at);
  }
  while (at) { const gone = at; at = at.nextSibling; gone.remove(); }
}
// Two buttons or fields of one form are the same only if they are called the same.
const attr1 = node => node.nodeType === 1 ? (attr(node, 'name') || '') + (node.nodeName === 'BUTTON' ? attr(node, 'value') : '') : '';

// insertBefore drops focus, selection and scroll; moveBefore keeps them.
function move(parent, node, before) {
  if (parent.moveBefore && node.isConnected) parent.moveBefore(node, before);
  else parent.insertBefore(node, before);
}

// Gives the focus back, or to the nearest thing left.
function holdFocus() {
  const held = document.activeElement;
  if (!held || held === document.body) return () => {};
  const id = attr(held, 'id');
  const caret = 'selectionStart' in held ? [held.selectionStart, held.selectionEnd] : null;
  const around = [];
  for (let el = held.parentElement; el && el !== document.body; el = el.parentElement) around.push(el, el.nextElementSibling);
  return () => {
    const usable = el => el?.isConnected && !el.disabled;
    if (held === document.activeElement && usable(held)) return;
    let to = [held, id && document.getElementById(id)].find(usable);
    for (const el of around) {
      if (to) break;
      if (el?.isConnected) to = el.querySelector('button:enabled, a[href], input:enabled:not([type=hidden]), select, textarea, summary');
    }
    (to || $('main'))?.focus({ preventScroll: true });
    if (to === held && caret?.[0] != null) { try { held.setSelectionRange(...caret); } catch { /* not a text field */ } }
  };
}

function swap(el, next, sent) {
  const giveBack = holdFocus();
  morph(el, next, sent);
  giveBack();
  listen();
}

// Puts a reply in place; false when it has none for `target`.
function apply(html, target, sent, spare) {
  const whole = /<html[\s>]/i.test(html);
  const box = document.createElement('template'); // keeps table rows that a document parser would drop
  box.innerHTML = html;
  const reply = box.content;
  for (const next of reply.querySelectorAll('[data-oob]')) {
    const el = document.getElementById(attr(next, 'id'));
    next.removeAttribute('data-oob');
    next.remove();
    if (el && !spare?.(el)) swap(el, next, sent);
  }
  const el = target && $(target);
  const next = target && reply.querySelector(target);
  if (el && next) swap(el, next, sent);
  else if (el && !whole && (reply.childElementCount || reply.textContent.trim())) {
    const filled = el.cloneNode(false);
    filled.append(reply);
    swap(el, filled, sent);
  } else if (target && whole) return false;
  const title = whole && reply.querySelector('title');
  if (title) document.title = title.textContent;
  const first = el?.querySelector('[data-focus]');
  (first?.dataset.focus && first.querySelector('input, select, textarea') || first)?.focus();
  return true;
}

addEventListener('live:put', event => apply(event.detail.html, event.detail.target));

// ---- sending -----------------------------------------------------------------------------------

let here = location.pathname + location.search;
let line = Promise.resolve(); // writes go one after another, so that answers come in the order of taps
const asking = new Map(); // the latest read for each target; a later one calls off the earlier

async function exchange({ url, method = 'GET', body, target, push, sent, calm }) {
  asking.get(target)?.abort();
  const stop = new AbortController();
  if (method === 'GET') asking.set(target, stop);
  const busy = target && $(target);
  busy?.setAttribute('aria-busy', 'true');
  try {
    const reply = await fetch(url, { method, body, signal: stop.signal, headers: { 'X-Live': '1', Accept: 'text/html' } });
    const away = reply.headers.get('X-Live-Location');
    if (away) { leaving = true; location.assign(away); return true; }
    const html = await reply.text();
    const status = reply.headers.get('X-Live-Status');
    const url_ = new URL(reply.url);
    if (reply.redirected && url_.pathname !== location.pathname && !push) { location.assign(reply.url); return true; }
    // Words that are not saved stay.
    if (calm && busy && unsettled(busy)) { say('Not saved yet: please press Save first.', true); return false; }
    if (!apply(html, target, sent)) {
      // A whole page without the target: go there, or on a refusal stay: nothing typed is lost.
      if (reply.ok && method === 'GET') location.assign(reply.url);
      else say(status || new DOMParser().parseFromString(html, 'text/html').querySelector('h1')?.textContent || 'That did not work.', true);
      return reply.ok;
    }
    if (push && reply.ok) {
      here = url_.pathname + url_.search;
      history[push === 'replace' ? 'replaceState' : 'pushState']({}, '', here);
    }
    say(status || (reply.ok ? '' : 'That did not work. Please see what is marked.'), !reply.ok);
    return reply.ok;
  } catch (error) {
    if (error.name !== 'AbortError') say('The connection failed. Nothing was lost: please try again.', true);
    return false;
  } finally { if (asking.get(target) === stop || method !== 'GET') busy?.removeAttribute('aria-busy'); }
}

function dialogAsk(question) {
  const box = document.createElement('dialog');
  box.className = 'dialog';
  box.innerHTML = '<p id="ask-words"></p><form method="dialog" class="form-actions"><button class="btn btn-primary" value="yes">Go on</button><button class="btn" value="no" autofocus>Cancel</button></form>';
  box.firstChild.textContent = question;
  box.setAttribute('aria-labelledby', 'ask-words');
  document.body.append(box);
  box.showModal();
  return new Promise(done => box.addEventListener('close', () => { box.remove(); done(box.returnValue === 'yes'); }));
}

const agreed = new WeakSet(); // what the reader said yes to
const automatic = new WeakSet(); // forms that are sending themselves
const settled = new WeakSet(); // forms that have waited for what was typed into others

addEventListener('submit', async event => {
  const form = event.target, by = event.submitter;
  if (event.defaultPrevented || attr(form, 'method') === 'dialog') return;
  const method = (by && attr(by, 'formmethod') || attr(form, 'method') || 'get').toUpperCase();
  if (method !== 'GET' && 'sending' in form.dataset) { event.preventDefault(); return; } // a second click
  const target = by?.dataset.live || form.dataset.live;
  const late = target ? [] : unsaved(form), waited = settled.delete(form);
  if (late.length && !waited) {
    // What was typed into other forms goes first.
    event.preventDefault();
    saveAll(late).then(() => { settled.add(form); form.requestSubmit(by); });
    return;
  }
  const question = by?.dataset.confirm || form.dataset.confirm;
  if (question && !agreed.delete(form)) {
    event.preventDefault();
    if (await dialogAsk(question)) { agreed.add(form); form.requestSubmit(by); }
    return;
  }
  const saver = savers.get(form);
  if (saver?.running) { event.preventDefault(); saver.running.then(() => form.requestSubmit(by)); return; }
  saver?.settle();
  if (!target) { if (method !== 'GET') form.dataset.sending = ''; return; } // the browser sends it
  event.preventDefault();
  const data = new FormData(form, by);
  const url = new URL(by && attr(by, 'formaction') || attr(form, 'action') || '', location.href);
  const push = 'push' in form.dataset || by && 'push' in by.dataset ? (automatic.delete(form) ? 'replace' : 'push') : '';
  if (method === 'GET') { url.search = new URLSearchParams(data); exchange({ url, target, push }); return; }
  const sent = new Map([...form.elements].filter(isField).map(field => [field, current(field)]));
  const body = attr(form, 'enctype') === 'multipart/form-data' ? data : new URLSearchParams(data);
  form.dataset.sending = '';
  line = line.then(async () => {
    const ok = await exchange({ url, method, body, target, push, sent });
    delete form.dataset.sending;
    const panel = form.closest('details[data-pop]');
    if (ok && panel) panel.open = false;
    if (!ok) saver?.reopen();
  });
});

addEventListener('click', async event => {
  const link = event.target.closest?.('a[data-live], a[data-confirm]');
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (link.dataset.confirm && !await dialogAsk(link.dataset.confirm)) return;
  if (link.dataset.live) { await saveAll(unsaved()); exchange({ url: link.href, target: link.dataset.live, push: 'push' in link.dataset && 'push', calm: true }); }
  else location.assign(link.href);
});

// A link away waits for what was typed and not saved yet.
addEventListener('click', event => {
  const link = event.target.closest?.('a[href]:not([data-live], [data-confirm], [target], [download])');
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const late = unsaved();
  if (!late.length || link.origin === location.origin && link.pathname + link.search === location.pathname + location.search) return;
  event.preventDefault();
  saveAll(late).then(() => location.assign(link.href));
});

// A fragment link fires popstate too; only another page is fetched again.
addEventListener('popstate', () => { if (location.pathname + location.search !== here) location.reload(); });
// A page brought back may be sent again.
addEventListener('pageshow', () => { leaving = false; for (const form of document.querySelectorAll('[data-sending]')) delete form.dataset.sending; });

// ---- forms that send or save themselves ------------------------------------------------------------

const waiting = new WeakMap();
addEventListener('input', event => {
  const form = event.target.form;
  if (!form) return;
  if ('autosave' in form.dataset) saver(form).typed();
  if (!('auto' in form.dataset)) return;
  clearTimeout(waiting.get(form));
  waiting.set(form, setTimeout(() => { automatic.add(form); form.requestSubmit(); }, 250));
});

const savers = new Map();
function saver(form) {
  if (!savers.has(form)) savers.set(form, new Saver(form));
  return savers.get(form);
}

function unsaved(but) { return [...savers.values()].filter(s => s.form !== but && s.form.isConnected && (s.pending || s.running)); }
const saveAll = late => Promise.all(late.map(other => other.flush()));

class Saver {
  constructor(form) { this.form = form; this.wait = Number(form.dataset.autosave) || 800; this.pending = false; this.failures = 0; }
  tell(text, state) {
    const line = this.form.querySelector('[data-save-status]');
    if (!line) return;
    if (line.textContent !== text) line.textContent = text;
    line.dataset.state = state;
  }
  typed() { this.pending = true; this.failures = 0; this.tell('Not saved yet', 'pending'); this.later(this.wait); }
  later(ms) { clearTimeout(this.timer); this.timer = setTimeout(() => this.save(), ms); }
  // The form itself is being sent: that saves it.
  settle() { clearTimeout(this.timer); this.held = this.pending; this.pending = false; }
  reopen() { if (this.held) { this.pending = true; this.later(this.wait); } }
  save(last) {
    if (!this.pending) return;
    if (this.running && !last) { this.running.then(() => this.later(0)); return; }
    this.pending = false;
    clearTimeout(this.timer);
    this.running = this.post(last).finally(() => { this.running = null; });
  }
  async flush() { await this.running; this.save(); await this.running; }
  async post(last) {
    const { form } = this;
    this.tell('Saving…', 'pending');
    const sent = new Map([...form.elements].filter(isField).map(field => [field, current(field)]));
    let words;
    try {
      const reply = await fetch(attr(form, 'action') || location.href, { method: 'POST', body: new URLSearchParams(new FormData(form)), keepalive: last, headers: { 'X-Live': '1', 'X-Live-Autosave': '1', Accept: 'text/html' } });
      const away = reply.headers.get('X-Live-Location');
      words = reply.headers.get('X-Live-Status');
      if (reply.status >= 500 || reply.status === 429 || away) throw 0;
      // Refused: the same again would not help; the next change is tried.
      if (!reply.ok || reply.redirected) { this.held = true; this.refused = true; this.tell(words || 'Not saved. Please copy your text, then load the page again.', 'failed'); return; }
      this.refused = false;
      this.failures = 0;
      // Somebody else's words came in between, and the reader has typed on: saved once more, on the same version.
      if (reply.headers.get('X-Live-Merged') && this.pending) return;
      for (const [field, held] of sent) began(field, held);
      apply(await reply.text(), null, sent);
      if (!this.pending) this.tell(words || 'Saved', 'saved');
    } catch {
      this.pending = true;
      this.failures += 1;
      this.tell(words || 'Not saved, retrying', 'failed');
      this.later(Math.min(1000 * 2 ** this.failures, 30000));
    }
  }
}
// What was saved is what the field began with, from now on.
function began(field, held) {
  if (field.type === 'checkbox' || field.type === 'radio') field.defaultChecked = held === 'true';
  else if (field.nodeName === 'SELECT') for (const option of field.options) option.defaultSelected = option.value === held;
  else if (field.type !== 'hidden') field.defaultValue = held;
}

// ---- writing beside others ----------------------------------------------------------------------------

let stirred = Date.now(); // when the reader last did something: who has gone is not there
for (const kind of ['keydown', 'pointerdown', 'pointermove']) addEventListener(kind, () => { stirred = Date.now(); }, { passive: true });
const unsettled = el => [...savers.values()].some(s => (el === s.form || el.contains(s.form)) && (s.pending || s.running || s.refused));
async function watch() {
  const place = $('[data-watch]');
  if (!place || document.hidden || Date.now() - stirred > 60000) return;
  const at = document.activeElement?.closest('form[data-autosave]');
  const body = new URLSearchParams({ note: at ? attr(at, 'id').slice(2) : '' });
  for (const form of document.querySelectorAll('form[data-autosave]')) body.append('seen', `${attr(form, 'id').slice(2)}:${form.elements.version.value}:${form.elements.part?.value || ''}`);
  try {
    const reply = await fetch(place.dataset.watch, { method: 'POST', body, headers: { 'X-Live': '1', Accept: 'text/html' } });
    // What is being typed is merged when it is saved.
    if (reply.ok && !reply.redirected) apply(await reply.text(), null, null, unsettled);
  } catch { /* the next time */ }
}
setInterval(watch, 4000);

let leaving = false; // the server sent the page away: nothing to ask
addEventListener('beforeunload', event => { if (!leaving && [...savers.values()].some(s => s.form.isConnected && (s.pending || s.refused))) event.preventDefault(); });

// ---- events from the server ------------------------------------------------------------------------

const streams = new Map(); // one connection for each address
function listen() {
  for (const el of document.querySelectorAll('[data-events]')) {
    const url = el.dataset.events;
    if (document.hidden || streams.has(url)) continue;
    const source = new EventSource(url);
    const fetchAgain = () => exchange({ url: location.href, target: `[data-events="${CSS.escape(url)}"]` });
    streams.set(url, source);
    source.addEventListener('html', event => apply(event.data, null));
    source.addEventListener('changed', fetchAgain);
    source.addEventListener('gone', () => { source.close(); location.reload(); });
    if (missed.delete(url)) fetchAgain();
  }
}
const missed = new Set(); // closed while hidden: what they would have said is fetched
function hush() {
  for (const [url, source] of streams) { source.close(); missed.add(url); }
  streams.clear();
}
addEventListener('visibilitychange', () => {
  if (!document.hidden) { listen(); return; }
  hush();
  for (const s of savers.values()) s.save(true);
}, true);
addEventListener('pagehide', hush);

listen();
document.documentElement.dataset.liveReady = '';
