
(() => {
"use strict";
const one = (what, within = document) => within.querySelector(what);
const all = (what, within = document) => [...within.querySelectorAll(what)];
const ladderStyle = one("#ladder-style").textContent;

// The totals are known at the end and stand at the top; so does what could not be read.
one("#totals-place").replaceWith(one("#totals"));
const list = one("#list"), unreadable = all(".unreadable");
for (const later of unreadable.slice(1)) unreadable[0].append(...all("article", later)), later.remove();
if (unreadable[0]) list.prepend(unreadable[0]);
for (const section of all(".feature", list)) {
  const before = section.previousElementSibling;
  if (before && one("h2", before).textContent === one("h2", section).textContent) before.append(...all("details.sc", section)), section.remove();
}
document.title = one("#totals h1").textContent + " – " + document.title;

async function unpack(script) {
  const bytes = Uint8Array.from(atob(script.textContent), letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).arrayBuffer();
}

const seen = new WeakSet();
async function show(row) {
  if (seen.has(row)) return;
  seen.add(row);
  const into = one(".in", row), pack = one("script.pack", row);
  try {
    into.insertAdjacentHTML("beforeend", new TextDecoder().decode(await unpack(pack)));
  } catch (_) {
    into.insertAdjacentHTML("beforeend", "<p class=note>This browser cannot unpack the diagram: one of 2023 or later can.</p>");
    return;
  }
  pack.remove();
  for (const ladder of all(".ladder", into)) {
    const inside = ladder.attachShadow({ mode: "open" }), source = ladder.nextElementSibling;
    inside.innerHTML = "<style>" + ladderStyle + "</style>";
    inside.append(source.content);
    ladder.style.setProperty("--wide", one("svg", inside).getAttribute("width") + "px");
    source.remove();
  }
  one(".here", into).href = "#" + row.id;
  for (const track of all(".track", into)) listen(track, row);
}

async function listen(track, row) {
  const audio = one("audio", track), screen = one(".screen", track);
  if (!audio) return;
  const sound = one(`script.sound[data-n="${audio.dataset.n}"]`, row);
  if (sound) {
    audio.preload = "metadata";
    audio.src = URL.createObjectURL(new Blob([await unpack(sound)], { type: "audio/wav" }));
    sound.remove();
  } else if (!audio.hasAttribute("src")) {
    audio.replaceWith(Object.assign(document.createElement("p"), { textContent: "The sound is not kept." }));
    return;
  }
  audio.addEventListener("error", () => { audio.title = "The sound is not where it was."; });
  if (!screen) return;
  const now = one(".now", screen);
  const draw = () => {
    if (!audio.duration) return;
    now.hidden = false;
    now.style.left = audio.currentTime / audio.duration * 100 + "%";
    if (!audio.paused) requestAnimationFrame(draw);
  };
  for (const event of ["play", "timeupdate", "seeked"]) audio.addEventListener(event, draw);
  // Only one speaks at a time.
  audio.addEventListener("play", () => { for (const other of all("audio")) if (other !== audio) other.pause(); });
  screen.addEventListener("click", event => {
    const place = event.offsetX + (event.target === screen ? 0 : event.target.offsetLeft || 0);
    const go = () => { audio.currentTime = audio.duration * Math.min(1, Math.max(0, place / screen.clientWidth)); audio.play(); };
    if (audio.duration) go();
    else { audio.addEventListener("loadedmetadata", go, { once: true }); audio.preload = "auto"; audio.load(); }
  });
}

document.addEventListener("toggle", event => {
  const row = event.target;
  if (row.matches && row.matches("details.sc") && row.open) show(row);
}, true);

for (const row of all("details.sc[open]", list)) show(row);

document.addEventListener("click", async event => {
  const button = event.target.closest(".copy");
  if (!button) return;
  const code = one("code", button.parentElement);
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  } catch (_) {
    getSelection().selectAllChildren(code);
    button.textContent = "Selected";
  }
});

// Search and filters.
const sections = all(".feature", list).map(section => ({
  section,
  name: one("h2 bdi", section).textContent,
  head: one("h2", section).textContent.toLowerCase(),
  rows: all("details.sc", section),
}));
let index = null;
function rows() {
  return index ??= sections.flatMap(of => of.rows.map(row => ({
    row, of,
    failed: row.classList.contains("failed"),
    tags: row.dataset.tags ? row.dataset.tags.split("\n") : [],
    text: (one("summary", row).textContent + " " + of.head).toLowerCase(),
  })));
}

const tools = one("#tools"), q = one("#q"), f = one("#f"), t = one("#t"), count = one("#count"), none = one("#none");
function choices(select, values, sorted) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
  const names = sorted ? [...counts.keys()].sort() : [...counts.keys()];
  for (const name of names) select.add(new Option(`${name} (${counts.get(name)})`, name));
  if (names.length < (sorted ? 1 : 2)) select.parentElement.hidden = true;
}
choices(f, rows().map(entry => entry.of.name), false);
choices(t, rows().flatMap(entry => entry.tags), true);
for (const [value, some] of [["failed", one("#list .sc.failed")], ["passed", one("#list .sc.passed")], ["broken", unreadable[0]]]) {
  if (!some) one(`input[name=o][value=${value}]`).parentElement.hidden = true;
}
tools.hidden = false;

function counted(shown) {
  const all = rows().length;
  return shown === all ? `${all} scenario${all === 1 ? "" : "s"}` : `${shown} of ${all} scenarios`;
}

function filter() {
  const words = q.value.toLowerCase().split(/\s+/).filter(Boolean), wanted = one("input[name=o]:checked").value;
  let shown = 0;
  for (const { section, name, rows: within } of sections) {
    for (const row of within) row.hidden = true;
    section.hidden = (f.value && f.value !== name) || wanted === "broken";
  }
  for (const entry of rows()) {
    if (entry.of.section.hidden) continue;
    const fits = (!wanted || entry.failed === (wanted === "failed")) && (!t.value || entry.tags.includes(t.value))
      && words.every(word => entry.text.includes(word));
    entry.row.hidden = !fits;
    if (fits) shown += 1;
  }
  for (const { section, rows: within } of sections) {
    const visible = within.filter(row => !row.hidden);
    for (const row of within) row.classList.remove("first", "last");
    if (visible.length) visible[0].classList.add("first"), visible.at(-1).classList.add("last");
    else section.hidden = true;
  }
  let unread = 0;
  if (unreadable[0]) {
    for (const article of all("article", unreadable[0])) {
      const text = article.textContent.toLowerCase();
      article.hidden = f.value || t.value || !(wanted === "" || wanted === "broken") || !words.every(word => text.includes(word));
      if (!article.hidden) unread += 1;
    }
    unreadable[0].hidden = unread === 0;
  }
  none.hidden = shown + unread > 0 || rows().length === 0;
  count.textContent = wanted === "broken" ? `${unread} could not be read` : counted(shown);
  const state = new URLSearchParams();
  for (const [key, value] of [["q", q.value], ["outcome", wanted], ["feature", f.value], ["tag", t.value]]) if (value) state.set(key, value);
  try { history.replaceState(null, "", "#" + state); } catch (_) { /* some viewers allow none */ }
}
let waiting = 0;
q.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 90); });
tools.addEventListener("change", filter);
tools.addEventListener("submit", event => event.preventDefault());
one("#clear").addEventListener("click", () => { tools.reset(); filter(); q.focus(); });
document.addEventListener("keydown", event => {
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
    event.preventDefault();
    q.focus();
  }
});

function follow() {
  const hash = decodeURIComponent(location.hash.slice(1));
  if (/^s\d+$/.test(hash)) {
    const row = document.getElementById(hash);
    if (row) { row.hidden = false; row.closest("section").hidden = false; row.open = true; row.scrollIntoView(); }
    return;
  }
  const state = new URLSearchParams(location.hash.slice(1));
  q.value = state.get("q") || "";
  f.value = state.get("feature") || "";
  t.value = state.get("tag") || "";
  const outcome = one(`input[name=o][value="${CSS.escape(state.get("outcome") || "")}"]`);
  if (outcome) outcome.checked = true;
  filter();
}
addEventListener("hashchange", follow);
if (location.hash.length > 1) follow();
else count.textContent = counted(rows().length);
})();
