// The screen in the waiting room. Without it everything works by typing; it adds the field to sign in, helps scanners,
// and leaves nothing behind.

const WIDTH = 1000;
const HEIGHT = 400;
const STROKES_MAX = 100;
const POINTS_MAX = 4000;
/** Points nearer than this to the last one are left out. */
const STEP = 4;

/** Who comes back by the history starts anew. */
addEventListener("pageshow", (event) => {
  if (event.persisted) location.replace("/kiosk");
});
addEventListener("pagehide", () => {
  for (const form of document.forms) form.reset();
});

/** A scanner ends with Enter: then the birth date comes next. A guest's code, which begins with G, is all there is. */
const knock = document.getElementById("knock");
knock?.elements.code.addEventListener("keydown", (event) => {
  const { birth_month: month, birth_day: day, birth_year: year } = knock.elements;
  if (event.key !== "Enter" || month.value || day.value || year.value || /^\s*g/i.test(knock.elements.code.value)) return;
  event.preventDefault();
  month.focus();
});

const canvas = document.querySelector("[data-pad]");
if (canvas) pad(canvas, canvas.closest("form"));

function pad(canvas, form) {
  const pen = canvas.getContext("2d");
  const strokes = [];
  let stroke = null;
  let points = 0;
  pen.lineWidth = 6;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.strokeStyle = getComputedStyle(canvas).color;

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    const within = (value, size, most) => Math.min(most, Math.max(0, Math.round((value / size) * most)));
    return { x: within(event.clientX - box.left, box.width, WIDTH), y: within(event.clientY - box.top, box.height, HEIGHT) };
  };
  const draw = (from, to) => {
    pen.beginPath();
    pen.moveTo(from.x, from.y);
    pen.lineTo(to.x, to.y);
    pen.stroke();
  };
  const add = (point) => {
    const last = stroke.at(-1);
    if (points >= POINTS_MAX || (last && Math.hypot(point.x - last.x, point.y - last.y) < STEP)) return;
    draw(last ?? point, point);
    stroke.push(point);
    points += 1;
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (strokes.length >= STROKES_MAX || !event.isPrimary) return;
    canvas.setPointerCapture(event.pointerId);
    stroke = [];
    strokes.push(stroke);
    add(place(event));
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke || !event.isPrimary) return;
    const between = event.getCoalescedEvents?.() ?? [];
    for (const one of between.length ? between : [event]) add(place(one));
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (stroke = null));
  const clear = () => {
    strokes.length = points = 0;
    pen.clearRect(0, 0, WIDTH, HEIGHT);
  };
  form.querySelector("[data-pad-clear]").addEventListener("click", clear);
  form.addEventListener("submit", () => {
    form.querySelector("[data-pad-strokes]").value = points ? JSON.stringify(strokes) : "";
  });
}
