// The frame's small conveniences: theme switch, keys, menus that shut, copying.
//
//   details[data-pop]        shuts on Escape and on a click elsewhere; data-close inside shuts it, too
//   data-opens="id"          opens a dialog          data-copy="#id"   copies an element's text
//   data-print               prints the page
//   data-add-row             adds an empty row to the rows it stands in
//   [data-theme-switch]      system, light, dark; theme.js applies the choice before the first paint
//   [data-shortcuts-switch]  turns single keys off (WCAG 2.1.4)

const $ = selector => document.querySelector(selector);
const remember = (name, value) => { try { localStorage.setItem(name, value); } catch { /* forbidden: for this page only */ } };
const recall = name => { try { return localStorage.getItem(name); } catch { return null; } };
const themes = $('[data-theme-switch]');
const chosen = themes?.querySelector(`[value="${CSS.escape(recall('theme') || 'system')}"]`);
if (chosen) chosen.checked = true;
themes?.addEventListener('change', event => {
  const theme = event.target.value;
  remember('theme', theme);
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
});
const singleKeys = $('[data-shortcuts-switch]');
if (singleKeys) singleKeys.checked = recall('single-keys') !== 'off';
singleKeys?.addEventListener('change', () => remember('single-keys', singleKeys.checked ? 'on' : 'off'));

// A copy of the last row with the next number and nothing in it: rows are never taken away here.
function addRow(rows) {
  const list = rows.querySelector('ol');
  const at = list.children.length;
  const box = document.createElement('template');
  box.innerHTML = list.lastElementChild.outerHTML.replaceAll(`[${at - 1}].`, `[${at}].`).replaceAll(`-${at - 1}--`, `-${at}--`);
  for (const el of box.content.querySelectorAll('input, textarea, option, .field-error')) {
    if (el.matches('.field-error')) el.remove();
    else if (el.matches('textarea')) el.textContent = '';
    else for (const name of ['selected', 'checked', ...(/checkbox|radio/.test(el.type) || el.matches('option') ? [] : ['value'])]) el.removeAttribute(name);
  }
  list.append(box.content);
  list.lastElementChild.querySelector('input, select, textarea')?.focus();
}

const say = text => { $('#live-status').textContent = text; setTimeout(() => { $('#live-status').textContent = ''; }, 5000); };

// Who signs out leaves nothing behind that waited to be sent.
addEventListener('submit', event => {
  if (event.defaultPrevented || event.target.getAttribute('action') !== '/sign-out') return;
  try { for (const name of Object.keys(sessionStorage)) if (name.startsWith('room:')) sessionStorage.removeItem(name); } catch { /* forbidden: there is nothing */ }
});

// A form that was refused says so first: to whoever reads with the ears, too.
$('.error-summary[data-focus]')?.focus();

function shutPops(except) {
  for (const pop of document.querySelectorAll('details[data-pop][open]')) {
    if (pop.contains(except)) continue;
    if (pop.contains(document.activeElement)) pop.querySelector('summary').focus();
    pop.open = false;
  }
}
addEventListener('keydown', event => {
  if (event.key === 'Escape') { shutPops(null); return; }
  const search = $('[data-search]');
  if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && search) { event.preventDefault(); search.focus(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || !singleKeys?.checked || $('dialog[open]')) return;
  if (event.target.closest?.('input, textarea, select, [contenteditable]')) return;
  if (event.key === '/' && search) { event.preventDefault(); search.focus(); }
  if (event.key === '?') $('#shortcuts')?.showModal();
});
addEventListener('click', event => {
  shutPops(event.target);
  const el = event.target.closest?.('[data-close], [data-opens], [data-copy], [data-print], [data-add-row]');
  if (!el) return;
  if ('close' in el.dataset) shutPops(null);
  if ('print' in el.dataset) print();
  if ('addRow' in el.dataset) addRow(el.closest('[data-rows]'));
  if (el.dataset.opens) { shutPops(null); document.getElementById(el.dataset.opens)?.showModal(); }
  if (el.dataset.copy) navigator.clipboard?.writeText($(el.dataset.copy).textContent).then(() => say('Copied.'), () => say('Please select the text and copy it by hand.'));
});
