// The room view: a tap shows at once, waits while the connection is away, and arrives exactly once.
//
// Each tap has an idempotency key of its own and is sent in order. What waits lies in the tab's session storage: ids and
// words of the vocabulary, never a name and nothing that somebody typed; it goes with signing out. After every answer,
// and whenever the server says that something has changed, the room is put in as the server draws it, and what still
// waits is painted over it. A refused tap is told by the person it concerns, and the room shows how they stand.
//
//   form[data-tap]      one tap: sent by this script        data-sum      grows with each change: older is known as older
//   #room-line          the connection, and how many wait   data-follow   the stream of the room
//   [data-counts]       counts the tiles in these states

const line = document.getElementById('room-line');
const { user, room: session, follow } = line.dataset;
const SHELF = `room:${user}`;
const MARKS = { attended: 'attended', now: 'attended', late: 'attended', left_now: 'attended', early: 'attended', arrived: 'arrived',
  confirmed: 'confirmed', no_show: 'no_show', left: 'no_show', cancelled: 'cancelled', undo: 'booked' };
const LABELS = { attended: 'Attended', arrived: 'Arrived', confirmed: 'Confirmed', no_show: 'No-show', cancelled: 'Cancelled', booked: 'Booked' };
// Where a tap leads; none when it changes something else. `late:10` says more than its word.
const leads = tap => MARKS[(tap.fields.mark || tap.fields.rest).split(':')[0]];
const OPEN = ['booked', 'confirmed', 'arrived'];
const LONGEST_PAUSE = 15000;

const room = () => document.getElementById('room');
const root = document.documentElement;

// ---- what waits ----------------------------------------------------------------------------------

const shelf = {
  read() { try { return JSON.parse(sessionStorage.getItem(SHELF)) || []; } catch { return []; } },
  write(taps) {
    try {
      if (taps.length) sessionStorage.setItem(SHELF, JSON.stringify(taps));
      else sessionStorage.removeItem(SHELF);
    } catch { /* forbidden: they wait for as long as this page is open */ }
  },
};
// What somebody else left behind in this tab is never sent in one's own name.
try { for (const name of Object.keys(sessionStorage)) if (name.startsWith('room:') && name !== SHELF) sessionStorage.removeItem(name); } catch { /* forbidden */ }

const queue = shelf.read();
const versions = new Map(); // of each person after one's own last tap
const refused = new Map(); // why a tap was refused, by person
let sending = false, failures = 0, retry, signedOut = false, leaving = false;

const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, '0')).join('');

addEventListener('submit', event => {
  const form = event.target;
  if (!('tap' in form.dataset)) return;
  event.preventDefault();
  event.stopImmediatePropagation(); // live.js would take it for a form that leaves the page
  const fields = Object.fromEntries(new FormData(form, event.submitter));
  const row = form.closest('.tile')?.id || '';
  const earlier = queue.filter(tap => tap.row === row && row);
  const last = earlier.at(-1);
  shut(form);
  refused.delete(row);
  if (fields.mark === 'undo' && last && !last.tried && leads(last)) queue.splice(queue.indexOf(last), 1);
  else {
    // A tap that follows another on the same person goes on from what that one leads to.
    if (earlier.length) delete fields.version;
    fields.idempotency_key = random();
    queue.push({ url: form.getAttribute('action'), session, row, fields, at: Date.now() });
  }
  shelf.write(queue);
  paint();
  drain();
}, true);

function shut(form) {
  const menu = form.closest('details[data-pop]');
  if (!menu) return;
  menu.open = false;
  menu.querySelector('summary').focus();
}

// ---- sending it ------------------------------------------------------------------------------------

async function drain() {
  if (sending || signedOut) return;
  clearTimeout(retry);
  sending = true;
  while (queue.length && await send(queue[0])) failures = 0;
  sending = false;
  tell();
}

// Sends the first of those that wait; false when it still does.
async function send(tap) {
  const { fields, row } = tap;
  if (row && !('version' in fields)) fields.version = versions.get(row) || document.querySelector(`#${CSS.escape(row)} [name=version]`)?.value || '';
  tap.tried = true;
  shelf.write(queue);
  tell();
  let reply, html;
  try {
    const waited = Math.max(0, Math.round((Date.now() - tap.at) / 1000));
    const headers = { 'X-Live': '1', 'X-Live-Waited': String(waited), Accept: 'text/html' };
    reply = await fetch(tap.url, { method: 'POST', body: new URLSearchParams(fields), headers, signal: AbortSignal.timeout(20000) });
    html = await reply.text();
  } catch { return later(); }
  if (reply.status >= 500 || [408, 425, 429].includes(reply.status)) return later();
  if (reply.headers.get('X-Live-Location')?.startsWith('/sign-in')) { signedOut = true; return false; }
  queue.shift();
  if (reply.ok) {
    if (row) versions.set(row, reply.headers.get('X-Live-Version'));
  } else giveUp(tap, html, reply.status === 412);
  shelf.write(queue);
  put(html);
  say(reply.headers.get('X-Live-Status'));
  return true;
}

function later() {
  failures += 1;
  retry = setTimeout(drain, Math.min(1000 * 2 ** (failures - 1), LONGEST_PAUSE));
  return false;
}

// What rested on a tap that was refused is not tried.
function giveUp(tap, html, overtaken) {
  const reply = new DOMParser().parseFromString(html, 'text/html');
  const why = reply.querySelector('[data-refused] span') || reply.querySelector('[data-error] p, h1');
  const after = queue.filter(other => tap.row && other.row === tap.row);
  for (const other of after) queue.splice(queue.indexOf(other), 1);
  if (!tap.row) return;
  const words = (why?.textContent || 'That did not work.') + (after.length ? ' What you tapped after it was not sent.' : '');
  refused.set(tap.row, { words, again: overtaken && tap.fields.mark !== 'undo' && leads(tap) ? tap : null });
}

// Somebody decided otherwise, and the reader, who has seen that, says it again: what stands is undone first.
function again(tile, { url, row, fields: { version, idempotency_key, ...fields } }) {
  const now = { version: tile.querySelector('[name=version]').value };
  const steps = OPEN.includes(tile.dataset.state) ? [{ ...fields, ...now }] : [{ from: fields.from, mark: 'undo', ...now }, fields];
  refused.delete(row);
  for (const step of steps) queue.push({ url, session, row, fields: { ...step, idempotency_key: random() }, at: Date.now() });
  shelf.write(queue);
  paint();
  drain();
  tile.querySelector('button:enabled:not([hidden]), summary')?.focus();
}

// ---- showing it ------------------------------------------------------------------------------------

const painted = new Map(); // how tiles were before they were painted over

function put(html) {
  if (!/\sid="room"/.test(html)) { paint(); return; }
  painted.clear();
  dispatchEvent(new CustomEvent('live:put', { detail: { html, target: '#room' } }));
  watching.takeRecords();
  paint();
}

function parts(tile) {
  return { state: tile.querySelector('.tile-state'), tap: tile.querySelector('.tile-tap'), undo: tile.querySelector('.tile-undo') };
}

function unpaint() {
  for (const [tile, was] of painted) {
    const { state, tap, undo } = parts(tile);
    delete tile.dataset.waits;
    tile.dataset.state = was.state;
    state.textContent = was.label;
    tap.disabled = was.disabled;
    undo.hidden = was.hidden;
  }
  painted.clear();
}

// Paints what waits over what the server has drawn.
function paint() {
  unpaint();
  const held = document.activeElement;
  for (const tap of queue.filter(tap => tap.session === session)) {
    const tiles = tap.row ? [document.getElementById(tap.row)] : [...document.querySelectorAll('.tile')].filter(tile => OPEN.includes(tile.dataset.state));
    for (const tile of tiles) if (tile) cover(tile, leads(tap));
  }
  if (held?.matches('.tile-tap:disabled')) held.parentElement.querySelector('.tile-undo')?.focus();
  for (const tile of document.querySelectorAll('.tile')) complain(tile);
  for (const number of document.querySelectorAll('[data-counts]')) {
    const states = number.dataset.counts.split(' ');
    number.textContent = [...document.querySelectorAll('.tile')].filter(tile => states.includes(tile.dataset.state)).length;
  }
  tell();
}

function cover(tile, mark) {
  const { state, tap, undo } = parts(tile);
  if (!painted.has(tile)) painted.set(tile, { state: tile.dataset.state, label: state.textContent, disabled: tap.disabled, hidden: undo.hidden });
  tile.dataset.waits = '';
  if (!mark) return;
  tile.dataset.state = mark;
  state.textContent = LABELS[mark];
  tap.disabled = !tap.value || !(mark === 'booked' || mark === 'arrived' && tap.value === 'attended');
  undo.hidden = mark === 'booked';
}

// Says by the person why a tap was refused, until somebody has seen it.
function complain(tile) {
  const why = refused.get(tile.id);
  const told = tile.querySelector('.tile-told');
  if (!why) { if (told?.dataset.own === '') told.remove(); return; }
  if (told?.dataset.own === '') return;
  told?.remove();
  const words = document.createElement('p');
  words.className = 'tile-told';
  words.dataset.own = '';
  words.setAttribute('role', 'alert');
  const button = (textContent, act) => {
    const made = Object.assign(document.createElement('button'), { type: 'button', className: 'btn', textContent });
    made.addEventListener('click', act);
    return made;
  };
  words.append(Object.assign(document.createElement('span'), { textContent: why.words }));
  const { undo } = parts(tile), settled = !OPEN.includes(tile.dataset.state);
  if (why.again && !(settled && undo.hidden)) words.append(button(`Mark ${LABELS[leads(why.again)]}`, () => again(tile, why.again)));
  words.append(button('OK', () => { refused.delete(tile.id); words.remove(); tile.querySelector('button:enabled, summary')?.focus(); }));
  tile.append(words);
}

let quiet;
function say(text) {
  const region = document.getElementById('live-status');
  if (!text || !region) return;
  region.textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => { region.textContent = ''; }, 5000);
}

// ---- the connection --------------------------------------------------------------------------------

let source, isOpen = false;

function tell() {
  const count = queue.length, taps = count === 1 ? '1 tap waits' : `${count} taps wait`;
  const away = signedOut || !navigator.onLine || failures > 0 || !isOpen && !document.hidden && source?.readyState !== EventSource.CONNECTING;
  root.toggleAttribute('data-room-away', away);
  line.dataset.line = away ? 'away' : isOpen ? 'live' : 'opening';
  line.dataset.waiting = count;
  let words = isOpen ? 'Live: everybody sees the same' : 'Connecting…';
  if (signedOut) words = count ? `You are signed out, and ${taps}. Sign in again here to send.` : 'You are signed out.';
  else if (away) words = count ? `No connection. ${taps}, and will be sent by themselves.` : 'No connection. Go on: taps wait, and are sent by themselves.';
  else if (count && failures) words = `Sending: ${taps}.`;
  if (line.textContent !== words) line.textContent = words;
  for (const form of document.querySelectorAll('form[action="/sign-out"]')) {
    if (count) form.dataset.confirm = `${taps[0].toUpperCase()}${taps.slice(1)} and would be lost. Sign out all the same?`;
    else delete form.dataset.confirm;
  }
}

function listen() {
  if (document.hidden || source) return;
  const own = source = new EventSource(follow);
  own.addEventListener('open', () => { isOpen = true; failures = 0; tell(); drain(); });
  own.addEventListener('html', event => {
    const sum = Number(/data-sum="(\d+)"/.exec(event.data)?.[1]);
    if (sum >= Number(room().dataset.sum)) put(event.data); // an answer may have told of more already
  });
  own.addEventListener('gone', () => { leaving = true; hush(); location.reload(); });
  own.addEventListener('error', () => {
    isOpen = false;
    if (own.readyState === EventSource.CLOSED && source === own) { source = null; setTimeout(listen, 5000); }
    tell();
  });
}

function hush() { source?.close(); source = null; isOpen = false; }

addEventListener('visibilitychange', () => { if (document.hidden) hush(); else { listen(); drain(); } tell(); }, true);
addEventListener('pagehide', hush);
addEventListener('pageshow', event => { if (event.persisted) { listen(); drain(); } });
addEventListener('offline', tell);
addEventListener('online', () => { failures = 0; if (source?.readyState === EventSource.CLOSED) hush(); listen(); drain(); tell(); });
addEventListener('beforeunload', event => { if (queue.length && !leaving) event.preventDefault(); });
addEventListener('submit', event => {
  if (!event.defaultPrevented && event.target.getAttribute('action') === '/sign-out') { leaving = true; queue.length = 0; }
});
// Also what live.js has put in is painted over.
const watching = new MutationObserver(() => { painted.clear(); paint(); });
watching.observe(document.getElementById('main'), { subtree: true, attributes: true, attributeFilter: ['data-sum'] });

listen();
paint();
drain();
root.dataset.roomReady = '';
