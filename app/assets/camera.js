// The camera of the screen in the waiting room, where the browser can read codes with it: the square on the slip fills in
// the code. What it sees stays in this page and is looked at for nothing else. Elsewhere the page is as it is without.

(() => {
  /** How long is looked for a code, and how often, in milliseconds. */
  const PATIENCE = 30_000;
  const PAUSE = 150;
  const CODE = /^\s*[0-9A-HJKMNP-TV-Z]{4}-?[0-9A-HJKMNP-TV-Z]{4}\s*$/i;

  const box = document.querySelector("[data-camera]");
  if (!box || !("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return;
  const part = (name) => box.querySelector(`[data-camera-${name}]`);
  const [start, stop, view, said] = ["start", "stop", "view", "said"].map(part);
  const video = box.querySelector("video");
  const form = box.closest("form");
  /** Each opening has a number: what belongs to an earlier one counts no longer. */
  let turn = 0;

  const say = (text) => (said.textContent = text);
  const end = (stream) => stream?.getTracks().forEach((track) => track.stop());

  function close() {
    turn += 1;
    end(video.srcObject);
    video.srcObject = null;
    view.hidden = true;
    start.hidden = false;
  }

  async function open() {
    const own = ++turn;
    start.hidden = true;
    say("Please allow the camera.");
    try {
      const detector = new BarcodeDetector({ formats: ["qr_code"] });
      const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "user" } });
      if (own !== turn) return end(stream);
      say("");
      video.srcObject = stream;
      view.hidden = false;
      stop.focus();
      await video.play();
      await look(detector, own);
    } catch {
      if (own !== turn) return;
      close();
      say("The camera can’t be used. Please type the code.");
      form.elements.code.focus();
    }
  }

  async function look(detector, own) {
    const until = performance.now() + PATIENCE;
    while (own === turn) {
      // Until the first picture is there, nothing can be looked at.
      const found = await detector.detect(video).catch(() => []);
      if (own !== turn) return;
      const code = found.map((one) => one.rawValue).find((text) => CODE.test(text));
      if (code) return take(code.trim());
      if (performance.now() > until) {
        close();
        start.focus();
        return say("No code was seen. Please try again, or type the code.");
      }
      if (found.length) say("This is not a code of ours. Please hold up the square on your slip.");
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }

  /** A guest has nothing but the code; a patient's birth date is still to come. */
  function take(code) {
    close();
    form.elements.code.value = code;
    if (/^g/i.test(code)) return form.requestSubmit();
    say("The code was read. Now please enter your birth date.");
    form.elements.birth_month.focus();
  }

  start.addEventListener("click", open);
  stop.addEventListener("click", () => {
    close();
    say("");
    start.focus();
  });
  addEventListener("pagehide", close);
  document.addEventListener("visibilitychange", () => document.hidden && close());
  box.hidden = false;
})();
