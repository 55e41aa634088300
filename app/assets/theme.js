// Runs before the first paint: sets the remembered theme, so that no page flashes in the other one,
// and marks that scripts run, so that what only they can do is shown without a shift.
(() => {
  const root = document.documentElement;
  root.dataset.script = '';
  try {
    const theme = localStorage.getItem('theme');
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
  } catch { /* storage may be forbidden: the system's theme stands */ }
})();
