// The calendar: keys that lead elsewhere, and sessions that are dragged.
//
//   [data-key-of="t"]    a single key follows this link, unless single keys are off
//   .tg[data-first]      a grid of hours; the minutes of its first and last line
//   .tg-body[data-day]   a column that takes sessions: its day, and data-room where it is one
//   [data-moves="id"]    a block that may be moved: data-at (minute of the column's day), data-minutes, data-version
//
// A drop changes nothing. It asks the server for the form of /sessions/{id}/move, which says what would change and what
// is in the way; that form is sent as it is, and without this script it is a page of its own.

const STEP = 15, FINE = 5, DAY = 1440, LONG_PRESS = 400, EDGE = 7;
const $ = selector => document.querySelector(selector);
const main = () => $('#main');
const wide = matchMedia('(min-width: 60.01rem)');
const singleKeys = () => $('[data-shortcuts-switch]')?.checked;
const typing = target => target.closest?.('input, textarea, select, [contenteditable]');

let quiet;
function say(text) {
  const region = $('#live-status');
  region.textContent = text;
  clearTimeout(quiet);
  quiet = setTimeout(() => { region.textContent = ''; }, 6000);
}

// ---- times ---------------------------------------------------------------------------------------

const two = number => String(number).padStart(2, '0');
const clock = minute => `${two(Math.floor(minute / 60) % 24)}:${two(minute % 60)}`;
const dayName = day => new Date(`${day}T12:00Z`).toLocaleDateString('en', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' });
const snap = (minute, step) => Math.round(minute / step) * step;
const between = (low, value, high) => Math.min(Math.max(value, low), high);

// The minute of a column that is so far down.
function minuteAt(body, y) {
  const { first, last } = body.closest('.tg').dataset, box = body.getBoundingClientRect();
  return Number(first) + (y - box.top) / box.height * (last - first);
}

const columnAt = x => [...document.querySelectorAll('.tg-body[data-day]')].find(body => {
  const box = body.getBoundingClientRect();
  return x >= box.left && x < box.right;
});

// ---- a move that is being made --------------------------------------------------------------------

let move = null; // { block, from, body, at, minutes, ghost, … }

function begin(block, resize) {
  const from = block.closest('.tg-body');
  const at = Number(block.dataset.at), minutes = Number(block.dataset.minutes);
  const ghost = document.createElement('li');
  ghost.setAttribute('aria-hidden', 'true');
  const words = document.createElement('p');
  words.className = 'blk-title';
  ghost.append(words);
  move = { block, from, body: from, at, minutes, wasAt: at, wasMinutes: minutes, resize, ghost };
  block.classList.add('blk-moving');
  draw();
}

function draw() {
  const { body, ghost, at, minutes } = move, { first, last } = body.closest('.tg').dataset;
  const top = between(0, Math.floor((at - first) / 5), (last - first) / 5 - 1);
  const end = between(top + 1, Math.ceil((at + minutes - first) / 5), (last - first) / 5);
  ghost.className = `blk blk-plan tg-ghost t${top} d${end - top} x0 w60`;
  ghost.firstChild.textContent = `${clock((at + DAY) % DAY)}–${clock((at + minutes + DAY) % DAY)}`;
  if (ghost.parentNode !== body) body.append(ghost);
}

function end() {
  if (!move) return;
  move.ghost.remove();
  move.block.classList.remove('blk-moving');
  clearTimeout(move.hold);
  move = null;
}

const changed = () => move.at !== move.wasAt || move.minutes !== move.wasMinutes || move.body !== move.from;
const words = () => `${dayName(move.body.dataset.day)}, ${clock((move.at + DAY) % DAY)} to ${clock((move.at + move.minutes + DAY) % DAY)}`;

// A leader's column stands for the leader, who is changed elsewhere: the session stays in it.
const takes = body => body && (!body.dataset.leader || body === move.from);

function drop() {
  if (!changed()) { end(); return; }
  const { block, body, from, at, minutes } = move;
  const day = new Date(`${body.dataset.day}T00:00Z`);
  day.setUTCMinutes(at);
  const wish = new URLSearchParams({
    starts_at: day.toISOString().slice(0, 16), duration_minutes: minutes, version: block.dataset.version,
    back: location.pathname + location.search,
  });
  if (body.dataset.room && body.dataset.room !== from.dataset.room) wish.set('room_id', body.dataset.room);
  ask(`/sessions/${block.dataset.moves}/move?${wish}`);
}

// ---- by pointer -----------------------------------------------------------------------------------

let pressed = null, dragged = false;
const atEdge = (block, y) => block.getBoundingClientRect().bottom - y <= EDGE;

addEventListener('pointerdown', event => {
  const block = event.target.closest?.('[data-moves]');
  dragged = false;
  if (!block || event.button || !wide.matches || $('dialog[open]')) return;
  pressed = { block, x: event.clientX, y: event.clientY, resize: atEdge(block, event.clientY), touch: event.pointerType !== 'mouse' };
  if (pressed.touch) pressed.hold = setTimeout(() => lift(), LONG_PRESS);
});

function lift() {
  const { block, y, resize } = pressed;
  end();
  begin(block, resize);
  move.grab = minuteAt(move.from, y) - move.at - (resize ? move.minutes : 0);
  move.dragging = dragged = true;
}

addEventListener('pointermove', event => {
  const block = event.target.closest?.('[data-moves]');
  block?.classList.toggle('blk-edge', wide.matches && atEdge(block, event.clientY));
  if (!pressed) return;
  const far = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > 5;
  if (!move?.dragging) {
    if (!far) return;
    if (pressed.touch) { clearTimeout(pressed.hold); pressed = null; return; } // the reader scrolls
    lift();
  }
  const step = event.shiftKey ? FINE : STEP, minute = minuteAt(move.body, event.clientY);
  if (move.resize) {
    move.minutes = between(5, snap(minute - move.grab, step) - move.at, 720);
  } else {
    const body = columnAt(event.clientX);
    if (takes(body)) move.body = body;
    move.at = between(0, snap(minute - move.grab, step), DAY - step);
  }
  draw();
});

addEventListener('pointerup', () => {
  clearTimeout(pressed?.hold);
  pressed = null;
  if (move?.dragging) { move.dragging = false; drop(); }
});
addEventListener('pointercancel', () => { clearTimeout(pressed?.hold); pressed = null; if (move?.dragging) end(); });
addEventListener('touchmove', event => { if (move?.dragging) event.preventDefault(); }, { passive: false });
addEventListener('dragstart', event => { if (event.target.closest?.('[data-moves]')) event.preventDefault(); });
addEventListener('contextmenu', event => { if (move?.dragging) event.preventDefault(); });
addEventListener('click', event => {
  if (dragged && event.target.closest?.('.tg')) { event.preventDefault(); event.stopPropagation(); }
  dragged = false;
}, true);

// ---- by keyboard ----------------------------------------------------------------------------------

const ARROWS = { ArrowUp: [0, -STEP], ArrowDown: [0, STEP], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

function nudge(block, key, resize) {
  if (move?.block !== block) { end(); begin(block, false); }
  const [columns, minutes] = ARROWS[key];
  if (resize) move.minutes = between(5, move.minutes + minutes, 720);
  else {
    const bodies = [...document.querySelectorAll('.tg-body[data-day]')];
    const body = bodies[bodies.indexOf(move.body) + columns];
    if (takes(body)) move.body = body;
    move.at = between(0, move.at + minutes, DAY - STEP);
  }
  draw();
  say(`${words()}. Enter goes on, Escape leaves it where it is.`);
}

addEventListener('keydown', event => {
  if ($('dialog[open]')) return;
  const block = event.target.closest?.('[data-moves]');
  if (event.key === 'Escape' && move) { pressed = null; end(); say('It stays where it is.'); return; }
  if (event.key === 'Enter' && move && move.block === block) { event.preventDefault(); drop(); return; }
  if (event.altKey && block && ARROWS[event.key] && wide.matches) {
    event.preventDefault();
    nudge(block, event.key, event.shiftKey);
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !singleKeys() || typing(event.target)) return;
  const link = $(`[data-key-of="${CSS.escape(event.key)}"]`);
  if (link) { event.preventDefault(); link.click(); }
});
addEventListener('focusout', event => { if (move && !move.dragging && !$('dialog[open]') && event.target.closest?.('[data-moves]') === move.block) end(); });

// ---- the question ---------------------------------------------------------------------------------

const ASKED = new Set(['scope', 'starts_at', 'duration_minutes', 'room_id']); // what the answer depends on
const parse = html => new DOMParser().parseFromString(html, 'text/html');

function dialog() {
  let box = $('#move-dialog');
  if (box) return box;
  box = document.createElement('dialog');
  box.id = 'move-dialog';
  box.className = 'dialog';
  box.setAttribute('aria-labelledby', 'move-title');
  document.body.append(box);
  box.addEventListener('close', () => { const link = move?.block.querySelector('a'); end(); box.replaceChildren(); link?.focus(); });
  box.addEventListener('click', event => { if (event.target.closest('[data-leaves]')) { event.preventDefault(); box.close(); } });
  box.addEventListener('change', event => { if (ASKED.has(event.target.name)) again(event.target); });
  box.addEventListener('submit', event => { event.preventDefault(); send(event.target, event.submitter); });
  return box;
}

// Shows the form of a reply; of a page without one, what that page says.
function show(html) {
  const page = parse(html), box = dialog();
  const part = page.querySelector('#move');
  if (part) box.replaceChildren(part);
  else {
    const title = document.createElement('h2'), leave = document.createElement('button');
    title.id = 'move-title';
    title.textContent = page.querySelector('h1')?.textContent || 'That did not work';
    leave.className = 'btn';
    leave.dataset.leaves = '';
    leave.textContent = 'Leave it where it is';
    box.replaceChildren(title, page.querySelector('.lede') || '', leave);
  }
  if (!box.open) box.showModal();
  (box.querySelector('[data-focus]') || box.querySelector('[autofocus]'))?.focus();
}

async function fetched(url, options) {
  try {
    return await fetch(url, { ...options, headers: { Accept: 'text/html' } });
  } catch {
    say('The connection failed. Nothing was changed: please try again.');
    return null;
  }
}

async function ask(url) {
  const reply = await fetched(url);
  if (!reply) { end(); return; }
  show(await reply.text());
}

// The same question with another answer in it: which sessions, what time.
async function again(field) {
  const form = field.form, wish = new URLSearchParams(new FormData(form));
  wish.delete('idempotency_key');
  const reply = await fetched(`${form.getAttribute('action')}?${wish}`);
  if (!reply || !form.isConnected) return;
  show(await reply.text());
  const same = [...dialog().querySelectorAll(`[name="${field.name}"]`)];
  (same.find(one => one.checked) || same[0])?.focus();
}

function renew(html) {
  const next = parse(html).querySelector('#main');
  if (!next) return false;
  const said = next.querySelector('.flashes')?.textContent.trim();
  main().replaceChildren(...next.childNodes);
  if (said) say(said);
  return true;
}

async function send(form, by) {
  if ('sending' in form.dataset) return;
  form.dataset.sending = '';
  const id = form.dataset.session;
  const reply = await fetched(form.getAttribute('action'), { method: 'POST', body: new URLSearchParams(new FormData(form, by)) });
  delete form.dataset.sending;
  if (!reply) return;
  const html = await reply.text();
  if (reply.redirected && new URL(reply.url).pathname === location.pathname) {
    dialog().close();
    renew(html);
    $(`.blk a[href="/sessions/${CSS.escape(id)}"]`)?.focus();
    return;
  }
  if (reply.redirected) { location.assign(reply.url); return; }
  show(html);
  // Somebody else was faster: what is behind the question follows.
  if (reply.status === 412) { const now = await fetched(location.href); if (now) renew(await now.text()); }
}

// ---- something new --------------------------------------------------------------------------------

addEventListener('click', event => {
  for (const slot of document.querySelectorAll('.tg-slot')) if (!slot.contains(event.target)) slot.remove();
  const body = event.target;
  if (!body.matches?.('.tg-body[data-day]') || !wide.matches) return;
  const { first, last } = body.closest('.tg').dataset;
  const at = between(Number(first), Math.floor(minuteAt(body, event.clientY) / STEP) * STEP, last - STEP);
  const wish = new URLSearchParams({ day: body.dataset.day, at: clock(at) });
  if (body.dataset.room) wish.set('room_id', body.dataset.room);
  if (body.dataset.leader) wish.set('leader_id', body.dataset.leader);
  const slot = document.createElement('li'), link = document.createElement('a');
  const top = (at - first) / 5;
  slot.className = `blk tg-slot t${top} d${Math.min(9, (last - first) / 5 - top)} x0 w60`;
  link.className = 'row-link';
  link.href = `/sessions/new?${wish}`;
  link.textContent = `New session at ${clock(at)}`;
  slot.append(link);
  body.append(slot);
  link.focus();
});
