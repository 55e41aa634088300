// The calendar's own script: keys that lead to other days and views.
//
//   [data-key-of="t"]   a single key follows this link, unless single keys are off

const singleKeys = () => document.querySelector('[data-shortcuts-switch]')?.checked;
const typing = target => target.closest?.('input, textarea, select, [contenteditable]');

addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !singleKeys()) return;
  if (typing(event.target) || document.querySelector('dialog[open]')) return;
  const link = document.querySelector(`[data-key-of="${CSS.escape(event.key)}"]`);
  if (link) { event.preventDefault(); link.click(); }
});
