// The review's page. It shows what the server's job holds and sends what the person says, one decision at a time.
//
// A decision is shown at once and sent behind it; until the server has answered it is also kept in the browser's
// own store, so that neither a closed tab nor a killed server loses it. What others say is asked for each second.
// Left out: any request to another place (the server's policy forbids it), and any framework.
"use strict";

const AHEAD = 24; // words fetched before they are needed
const PICTURES_AHEAD = 8; // and their pictures
const TELL_MS = 3500; // a note stays so long
const ASK_MS = 1000; // between questions for what others said
const RETRY_MS = 1000; // between tries to reach a server that does not answer
const PACE_OVER = 30; // decisions that the pace is reckoned from
const PAUSE_MS = 30_000; // a longer gap between decisions is a pause and counts as this
const LENS_SHARE = 0.44; // of the lens's height is the word's
const LENS_WIDE = 0.82; // of its width at most
const LEAST_HEIGHT = 24; // px: as in crops.py, what counts as a word's height at least
const MANY = 11; // digits from which the cells are small
const LEVELS = [0.6, 0.9, 0.99]; // confidence: bad, poor, fair, sure

const $ = (id) => document.getElementById(id);
const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

const state = {
  view: "words", order: "doubt", edition: "", identity: "",
  keys: [], places: new Map(), // word -> place in keys
  said: new Map(), // word -> {log, what, now}
  details: new Map(), // word -> all that is shown of it
  pictures: new Map(), // word -> Image
  line: 0, // last line of the log that is known
  key: null, shown: null, visited: [], skipped: new Set(),
  cells: [], at: 0, touched: false, warned: false,
  seen: 0, // what of the log the person has seen of this word: a line, or the decision that will have one
  own: new Set(), // lines of the log that are this tab's, or were there when it was opened
  undo: [], // what can be taken back, oldest first
  times: [], // [ms, how many words] of decisions
  digit: null, screen: [], marks: new Map(), spot: 0,
  turn: 0, // counts what was asked to be shown: an answer that comes after the next question is not drawn
  coming: false, // another screen of digits is on its way
};

// --- speaking to the server --------------------------------------------------------------------------------

class Refused extends Error {
  constructor(status, message) { super(message); this.status = status; }
}

async function ask(path, body) {
  const options = body === undefined ? {} : {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  const answer = await fetch(path, options);
  if (!answer.ok) {
    const text = await answer.text();
    let message = text;
    try { message = JSON.parse(text).error; } catch { /* a plain sentence */ }
    throw new Refused(answer.status, message);
  }
  return answer.json();
}

const isAway = (error) => !(error instanceof Refused) || error.status === 403 || error.status >= 500;

function alarm(error) {
  const waiting = outbox.length
    ? ` ${count(outbox.length, "decision")} not saved yet: kept in this browser, and sent as soon as it answers.` : "";
  let message = "The review does not answer. Is it still running in the terminal? "
    + "Start it again with the same command; this page goes on by itself." + waiting;
  if (error instanceof Refused && error.status === 403) {
    message = "The review was started again: open the new address that it printed." + waiting;
  } else if (error instanceof Refused) message = error.message + waiting;
  if ($("alarm").textContent !== message) $("alarm").textContent = message;
  $("alarm").hidden = false;
}

const calm = () => { $("alarm").hidden = true; };
const isAlarmed = () => !$("alarm").hidden;

// --- the outbox: decisions that the server has not yet answered ----------------------------------------------

const outbox = [];
const TAB = Math.random().toString(36).slice(2);
const PREFIX = () => `batchocr ${state.identity} `;
let sending = false;

function keepOutbox() {
  const kept = outbox.map(({ word, what, text, seen }) => ({ word, what, text, ...lineOf(seen) }));
  if (kept.length) localStorage.setItem(PREFIX() + TAB, JSON.stringify(kept));
  else localStorage.removeItem(PREFIX() + TAB);
}

// What a decision saw of the log: a line, or the place in the outbox of the decision that will have one.
function lineOf(seen) {
  if (typeof seen === "number") return { seen };
  const place = outbox.indexOf(seen);
  return place < 0 ? { seen: seen.log } : { follows: place };
}

// Decisions that another tab, or this one before it was closed, could not deliver. The server takes none twice:
// each names the last line of the log that its person saw.
function adoptOutbox() {
  for (const name of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX()))) {
    const items = JSON.parse(localStorage.getItem(name));
    for (const item of items) if ("follows" in item) item.seen = items[item.follows];
    outbox.push(...items.map((item) => Object.assign(item, { quiet: true })));
    localStorage.removeItem(name);
  }
  if (outbox.length) { keepOutbox(); send(); }
}

async function send() {
  if (sending) return;
  sending = true;
  while (outbox.length) {
    const item = outbox[0];
    const seen = typeof item.seen === "number" ? item.seen : item.seen.log; // of this tab's decision before it
    try {
      const { log } = await ask("/api/decision", { word: item.word, what: item.what, text: item.text, seen });
      item.log = log;
      state.own.add(log);
      const known = state.said.get(item.word);
      if (lastOf(item.word) === item) {
        if (known && known.log === null) known.log = log;
        else if (item.what === "skip") state.said.set(item.word, { what: "", now: "", ...known, log }); // what stands, stands
      }
      calm();
      outbox.shift();
      if (item.what === "undo") refresh(item.word);
    } catch (error) {
      if (isAway(error)) {
        alarm(error);
        keepOutbox();
        await new Promise((done) => setTimeout(done, RETRY_MS));
        continue;
      }
      outbox.shift();
      await settleRefusal(item, error);
    }
    keepOutbox();
  }
  sending = false;
}

const lastOf = (word) => outbox.findLast((item) => item.word === word);

// Somebody was quicker, or our own decision had arrived and only its answer was lost.
async function settleRefusal(item, error) {
  if (error.status !== 409) {
    tell(error.message);
    await loadQueue();
    return show(state.key);
  }
  state.said.delete(item.word);
  await hear(0);
  const now = state.said.get(item.word);
  item.log = now ? now.log : 0;
  const same = now && now.what === item.what && (item.what !== "correct" || now.now === item.text);
  if (same || item.what === "skip" || (item.quiet && item.what === "undo")) return;
  state.undo = state.undo.filter((entry) => entry.item !== item);
  if (item.quiet) return tell(`A decision kept in this browser came too late: the word now reads ${reading(now)}.`);
  tell(`Somebody was quicker: this word now reads ${reading(now)}. Here it is again.`);
  state.details.delete(item.word);
  await show(item.word);
}

const reading = (said) => {
  if (!said || !said.what) return "as at first";
  return said.what === "not a number" || said.what === "blank" ? `“${said.what}”` : said.now;
};

// What was said since a line of the log, by anybody.
async function hear(after) {
  const answer = await ask(`/api/changes?after=${after}`);
  let foreign = false;
  for (const [word, log, what, now] of answer.said) {
    if (lastOf(word)) continue; // our own, under way
    const known = state.said.get(word);
    if (known && known.log >= log) continue; // an answer that was overtaken by a later one
    state.said.set(word, { log, what, now });
    if (word === state.key && !state.own.has(log) && state.view === "words") foreign = true;
    if (word !== state.key) state.details.delete(word);
  }
  state.line = Math.max(state.line, answer.line);
  if (foreign) {
    const now = state.said.get(state.key);
    tell(now.what ? `Somebody has just settled this one: ${reading(now)}.` : "Somebody has just taken this one back.");
    if (!state.touched) await (now.what ? next() : show(state.key));
  }
  progress();
}

async function listen() {
  try {
    await hear(state.line);
    if (!outbox.length) calm();
  } catch (error) {
    if (isAway(error)) alarm(error);
  }
  setTimeout(listen, document.hidden ? 5 * ASK_MS : ASK_MS);
}

// --- the queue -----------------------------------------------------------------------------------------------

async function loadQueue() {
  const answer = await ask(`/api/queue?order=${state.order}`);
  const known = answer.identity === state.identity ? state.said : new Map();
  Object.assign(state, { edition: answer.edition, identity: answer.identity, keys: answer.keys, line: answer.line });
  state.places = new Map(answer.keys.map((key, place) => [key, place]));
  state.said = new Map(answer.said.map(([word, log, what, now]) => [word, { log, what, now }]));
  for (const [word, said] of known) { // what was said while the answer was under way
    if (lastOf(word) || said.log > answer.line) state.said.set(word, said);
  }
  $("table").textContent = answer.table;
  document.title = `Review · ${answer.table}`;
}

const isWaiting = (key) => !state.said.get(key)?.what;

// The next word that waits, after a place and round again; skipped ones only when nothing else is left.
function nextWaiting(from) {
  const { keys, skipped } = state;
  const after = (test) => {
    for (let step = 0; step < keys.length; step += 1) {
      const key = keys[(from + step) % keys.length];
      if (isWaiting(key) && test(key)) return key;
    }
    return null;
  };
  const key = after((one) => !skipped.has(one));
  if (key !== null || !skipped.size) return key;
  const again = after(() => true);
  if (again !== null) { tell("Only skipped ones are left; here they are again."); skipped.clear(); }
  return again;
}

async function fetchWords(keys) {
  const missing = keys.filter((key) => key !== null && !state.details.has(key));
  if (!missing.length) return;
  for (const word of await ask(`/api/words?keys=${missing.join(",")}`)) {
    state.details.set(word.key, word);
    const known = state.said.get(word.key);
    if (!lastOf(word.key) && word.log && (!known || known.log < word.log)) {
      state.said.set(word.key, { log: word.log, what: word.what, now: word.now });
    }
  }
}

function fetchPicture(key) {
  let picture = state.pictures.get(key);
  if (picture) return picture;
  picture = new Image();
  picture.src = `/strip/${state.edition}/${key}.jpg`;
  picture.decode?.().catch(() => {}); // shown as missing when its turn comes
  state.pictures.set(key, picture);
  if (state.pictures.size > 8 * PICTURES_AHEAD) state.pictures.delete(state.pictures.keys().next().value);
  return picture;
}

function fetchAhead() {
  const ahead = [];
  const start = (state.places.get(state.key) ?? -1) + 1;
  for (let step = 0; step < state.keys.length && ahead.length < AHEAD; step += 1) {
    const key = state.keys[(start + step) % state.keys.length];
    if (isWaiting(key) && key !== state.key) ahead.push(key);
  }
  const short = ahead.slice(0, AHEAD / 2).some((key) => !state.details.has(key));
  if (short) fetchWords(ahead).catch(() => {}); // told of when it is the word's turn
  for (const key of ahead.slice(0, PICTURES_AHEAD)) fetchPicture(key);
  if (state.details.size > 500) {
    for (const key of [...state.details.keys()].slice(0, 250)) if (key !== state.key) state.details.delete(key);
  }
}

async function refresh(key) {
  state.details.delete(key);
  try {
    await fetchWords([key]);
    if (key === state.key && !state.touched) draw();
  } catch { /* the alarm is on already */ }
}

// --- one word ------------------------------------------------------------------------------------------------

async function show(key) {
  state.key = key;
  const turn = state.turn += 1;
  if (key === null) return showEmpty();
  if (!state.details.has(key)) {
    try { await fetchWords([key]); } catch (error) { return alarm(error); }
    if (state.turn !== turn) return; // another one, or the other view, was asked for meanwhile
  }
  if (!state.details.has(key)) { // its page was read again
    state.keys = state.keys.filter((one) => one !== key);
    return next();
  }
  state.touched = state.warned = false;
  draw();
  progress();
  fetchAhead();
}

function draw() {
  const word = state.details.get(state.key);
  view("words");
  const said = state.said.get(state.key);
  state.shown = state.key;
  state.seen = lastOf(state.key) ?? (said?.log || 0);
  const now = said?.what === "correct" ? said.now : word.text;
  state.cells = cellsOf(word, now);
  state.at = state.cells.some((cell) => cell.read) ? word.least : 0;
  drawPicture(word);
  drawCells();
  const field = word.field ? ` · ${word.field}` : "";
  $("where").textContent = `${word.source} · page ${word.page}${field} · line ${word.line}, word ${word.word}`;
  const reason = $("reason");
  reason.replaceChildren();
  if (said?.what) reason.append(make("span", { class: "badge" }, `said already: ${badge(said)}`));
  else reason.textContent = word.message;
}

const badge = (said) => said.what === "confirm" ? "right" : said.what === "correct" ? said.now : said.what;

function cellsOf(word, now) {
  const same = now.length === word.digits.length;
  return [...now].map((text, place) => {
    const read = same ? word.digits[place] : null;
    return { text, read, place: same ? place : -1 };
  });
}

function drawPicture(word) {
  const picture = fetchPicture(word.key);
  const [lens, context] = [$("lens"), $("context")];
  for (const place of [lens, context]) place.classList.remove("missing");
  lens.classList.add("waiting");
  const [left, top, right, bottom] = word.strip;
  const [boxLeft, boxTop, boxRight, boxBottom] = word.box;
  const wide = lens.clientWidth, high = lens.clientHeight;
  const scale = Math.min(
    (LENS_SHARE * high) / Math.max(boxBottom - boxTop, LEAST_HEIGHT), (LENS_WIDE * wide) / (boxRight - boxLeft),
  );
  const x = wide / 2 - ((boxLeft + boxRight) / 2 - left) * scale;
  const y = high / 2 - ((boxTop + boxBottom) / 2 - top) * scale;
  const small = Math.min(context.clientWidth / (right - left), 130 / (bottom - top));
  const shift = (context.clientWidth - (right - left) * small) / 2;
  context.style.height = `${(bottom - top) * small}px`;
  for (const [image, factor, atX, atY] of [[$("crop"), scale, x, y], [$("line"), small, shift, 0]]) {
    image.src = picture.src;
    place(image, atX, atY, (right - left) * factor, (bottom - top) * factor);
  }
  const edge = (factor, atX, atY, pad) => [
    atX + (boxLeft - left) * factor - pad, atY + (boxTop - top) * factor - pad,
    (boxRight - boxLeft) * factor + 2 * pad, (boxBottom - boxTop) * factor + 2 * pad,
  ];
  place($("word-box"), ...edge(scale, x, y, 9));
  place($("line-box"), ...edge(small, shift, 0, 3));
  state.lens = { scale, x: x - left * scale, y: y - top * scale };
  const failed = () => { if (state.key === word.key) explainMissing(word.key); };
  if (picture.complete && !picture.naturalWidth && picture.dataset.failed) failed();
  picture.onerror = () => { picture.dataset.failed = "yes"; failed(); };
}

function place(element, left, top, width, height) {
  Object.assign(element.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
}

async function explainMissing(key) {
  let why = "The page cannot be shown.";
  try { await ask(`/strip/${state.edition}/${key}.jpg`); } catch (error) { why = error.message; }
  state.pictures.delete(key);
  if (state.key !== key) return;
  $("lens").dataset.why = why;
  $("lens").classList.add("missing");
  $("context").classList.add("missing");
}

const level = (confidence) => LEVELS.filter((limit) => confidence >= limit).length;

function drawCells() {
  const cells = $("cells");
  cells.classList.toggle("many", state.cells.length >= MANY);
  cells.replaceChildren(...state.cells.map(drawCell), drawEnd());
  drawDigitBox();
}

function drawCell(cell, place) {
  const isRead = cell.read && cell.read[0] === cell.text;
  const [tint, note, spoken] = isRead ? sureness(cell) : ["typed", "typed", "typed"];
  return make("button", {
    class: `cell ${tint}${place === state.at ? " at" : ""}`, tabindex: "-1",
    "aria-label": `digit ${place + 1}: ${cell.text}${spoken && `, ${spoken}`}`,
    "aria-current": String(place === state.at), "data-place": String(place),
  }, make("b", {}, cell.text), make("small", {}, note));
}

// How sure a digit was read: its colour, what stands below it, what is read out. While an audit runs nothing is told
// but which one is the least sure.
function sureness({ text, read, place }) {
  if (text === "?") return ["c0", "unread", "unread"];
  if (read[1] !== null) return [`c${level(read[1])}`, percent(read[1]), percent(read[1])];
  return place === state.details.get(state.key).least ? ["c2", "look", "the least sure"] : ["plain", "\u00a0", ""];
}

const percent = (share) => (share >= 0.995 ? "sure" : `${Math.round(100 * share)} %`);

function drawEnd() {
  const at = state.at === state.cells.length ? " at" : "";
  return make("button", {
    class: `cell end${at}`, tabindex: "-1", "aria-label": "after the last digit", "data-place": String(state.cells.length),
  }, make("b", {}, "+"));
}

function drawDigitBox() {
  const word = state.details.get(state.key), mark = $("digit-box");
  const cell = state.cells[state.at];
  mark.hidden = !cell || cell.place < 0;
  if (mark.hidden) return;
  const [, , , left, , right] = word.digits[cell.place];
  const { scale, x, y } = state.lens;
  place(mark, x + left * scale, y + word.box[3] * scale + 12, (right - left) * scale, 7);
}

const textNow = () => state.cells.map((cell) => cell.text).join("");

const isShown = () => state.key !== null && state.shown === state.key; // nobody may judge what is not there yet

// Whether its picture is on the screen too, or cannot be had.
const isSeen = () => isShown() && fetchPicture(state.key).complete;

function edit(change) {
  if (!isShown()) return;
  state.touched = true;
  state.warned = false;
  change(state.cells);
  drawCells();
}

function type(digit) {
  edit((cells) => {
    if (state.at < cells.length) cells[state.at].text = digit;
    else if (cells.length < 64) cells.push({ text: digit, read: null, place: -1 });
    state.at = Math.min(state.at + 1, cells.length);
  });
}

const insert = () => edit((cells) => cells.splice(state.at, 0, { text: "?", read: null, place: -1 }));
const remove = () => edit((cells) => { cells.splice(state.at, 1); });

function move(place) {
  if (!isShown()) return;
  state.at = Math.max(0, Math.min(place, state.cells.length));
  drawCells();
}

// First what was read, then its runner-up, then the other digits.
function cycle(step) {
  const cell = state.cells[state.at];
  if (!cell || !isShown()) return;
  const likely = cell.read ? [cell.read[0], cell.read[2]].filter((text) => /^[0-9]$/.test(text)) : [];
  const choices = [...new Set([...likely, ..."0123456789"])];
  const place = choices.indexOf(cell.text);
  edit(() => { cell.text = choices[(place + step + choices.length) % choices.length]; });
}

function confirm() {
  if (!isShown()) return;
  if (!isSeen()) return tell("Its picture is still coming.");
  const word = state.details.get(state.key), text = textNow();
  if (!text) return tell("No digit is left: press b for blank, or x for not a number.");
  if (text.includes("?") && !state.warned) {
    state.warned = true;
    return tell("There is still a ?. Type the digit, or press Enter again to leave it unread.");
  }
  const said = state.said.get(state.key);
  const same = said?.what && text === said.now && (said.what === "confirm" || said.what === "correct");
  if (same) return next(); // looked at again, and nothing new to say
  return text === word.text ? decide("confirm") : decide("correct", text);
}

function decide(what, text = "") {
  if (!isShown()) return;
  if (isAlarmed()) return tell("Wait until the review answers again; what you said before is kept.");
  const key = state.key, before = state.said.get(key);
  const word = state.details.get(key);
  const item = { word: key, what, text, seen: state.seen };
  if (what === "skip") state.skipped.add(key);
  else {
    state.skipped.delete(key);
    const now = what === "correct" ? text : what === "confirm" ? word.text : "";
    state.said.set(key, { log: null, what, now });
  }
  state.undo.push({ item, before });
  state.times.push([performance.now(), 1]);
  outbox.push(item);
  keepOutbox();
  send();
  return next();
}

function next() {
  if (state.key !== null) state.visited.push(state.key);
  return show(nextWaiting((state.places.get(state.key) ?? -1) + 1));
}

function back() {
  const key = state.visited.pop();
  if (key === undefined) return tell("This is where you began.");
  return show(key);
}

async function undo() {
  const entry = state.undo.pop();
  if (!entry) return tell("Nothing is left to undo.");
  if (isAlarmed()) { state.undo.push(entry); return tell("Wait until the review answers again."); }
  if (entry.looks) return undoScreen(entry);
  const { item, before } = entry;
  if (state.view === "digits") view("words");
  if (item.what !== "skip") {
    const known = state.said.get(item.word);
    if (!known?.what) return undo(); // somebody took it back already
    if (known.log !== null && !state.own.has(known.log)) {
      tell(`Somebody said otherwise since: ${reading(known)}. Say what is right.`);
      return show(item.word);
    }
    const undoing = { word: item.word, what: "undo", text: "", seen: lastOf(item.word) ?? known.log };
    state.said.set(item.word, { log: null, what: before?.what ?? "", now: before?.now ?? "" });
    outbox.push(undoing);
    keepOutbox();
    send();
  }
  state.times.pop();
  state.skipped.delete(item.word);
  if (state.visited.at(-1) === item.word) state.visited.pop();
  await show(item.word);
  tell("Taken back.");
}

// --- by digit ------------------------------------------------------------------------------------------------

const DIGITS = [..."0123456789"];

async function showDigits(digit = state.digit) {
  view("digits");
  const turn = state.turn += 1;
  state.coming = true;
  try { await fetchDigits(digit, () => state.turn === turn); } finally { if (state.turn === turn) state.coming = false; }
}

// Digit and glyphs change together: what the screen says and what Enter says are of the same ones.
async function fetchDigits(digit, isWanted) {
  await idle();
  const { counts } = await ask("/api/digits");
  if (!isWanted()) return;
  const doubtful = (one) => counts[one]?.[1] ?? 0;
  if (digit === null || !doubtful(digit)) digit = DIGITS.find((one) => one >= (digit ?? "0") && doubtful(one)) ?? DIGITS.find(doubtful) ?? null;
  $("tabs").replaceChildren(...DIGITS.map((one) => make("button", {
    "data-digit": one, "aria-pressed": String(one === digit), "aria-label": `read as ${one}: ${doubtful(one)} doubtful`,
  }, make("b", {}, one), make("small", {}, `${doubtful(one)} left`))));
  const screen = digit === null ? [] : await ask(`/api/glyphs?digit=${digit}&most=${screenful()}`);
  if (!isWanted()) return;
  Object.assign(state, { digit, screen, spot: 0 });
  state.marks.clear();
  drawGrid();
}

// Whole rows of glyphs between what stands above and below the grid.
function screenful() {
  const root = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const cell = 6.1 * root; // a glyph and its gap, as in page.css
  const wide = $("grid").clientWidth + 0.4 * root;
  const others = [...document.querySelectorAll("header, #alarm, #tabs, #ask, #grid-pad, #digits .actions")]
    .reduce((sum, element) => sum + element.offsetHeight, 0);
  const rows = Math.max(2, Math.floor((innerHeight - others - 5.5 * root) / cell));
  return Math.max(4, Math.min(120, rows * Math.max(1, Math.floor(wide / cell))));
}

function drawGrid() {
  const { digit, screen, marks, spot } = state;
  const grid = $("grid");
  $("ask").replaceChildren();
  if (digit === null) {
    $("ask").append("No single digit waits. Words whose doubt is of another kind are in the other view: press ", make("kbd", {}, "g"), ".");
  } else $("ask").append("All of these were read as ", make("b", {}, digit), ". Go to those that are something else and type what they are.");
  $("accept").textContent = digit === null ? "Words" : marks.size
    ? `${count(marks.size, "change")}; the other ${screen.length - marks.size} are ${digit}` : `All ${screen.length} are ${digit}`;
  const old = new Map([...grid.children].map((element) => [element.dataset.name, element]));
  grid.replaceChildren(...screen.map(([word, position, , , doubtful], place) => {
    const name = `${word}-${position}`;
    const element = old.get(name) ?? make("button", { class: "glyph", tabindex: "-1", "data-name": name },
      make("img", { src: `/glyph/${state.edition}/${name}.jpg`, alt: "", width: "112", height: "112" }));
    const mark = marks.get(place);
    element.dataset.spot = String(place);
    element.setAttribute("aria-label", `${place + 1}: read as ${digit}${mark === undefined ? "" : `, now ${mark || "no digit"}`}`);
    element.classList.toggle("doubtful", Boolean(doubtful));
    element.classList.toggle("at", place === spot);
    element.classList.toggle("other", mark !== undefined);
    element.querySelector("b")?.remove();
    if (mark !== undefined) element.append(make("b", {}, mark || "×"));
    return element;
  }));
}

function moveSpot(step) {
  state.spot = Math.max(0, Math.min(state.spot + step, state.screen.length - 1));
  drawGrid();
  $("grid").children[state.spot]?.scrollIntoView({ block: "nearest" });
}

function columns() {
  return getComputedStyle($("grid")).gridTemplateColumns.split(" ").length;
}

function mark(text) {
  if (!state.screen.length) return;
  if (text === null || text === state.digit) state.marks.delete(state.spot);
  else state.marks.set(state.spot, text);
  drawGrid();
}

let accepting = false;

async function accept() {
  if (accepting) return;
  if (state.coming) return tell("The next digits are still coming.");
  if (state.digit === null) return toggle();
  if (isAlarmed()) return tell("Wait until the review answers again.");
  const images = [...$("grid").querySelectorAll("img")];
  if (images.some((image) => !image.complete)) return tell("Some pictures are still coming.");
  const looks = state.screen // those whose page is gone are not judged
    .map(([word, position], place) => [word, position, state.marks.get(place) ?? state.digit])
    .filter((_, place) => images[place].naturalWidth);
  if (!looks.length) return tell("None of their pages can be shown; the word view says why.");
  accepting = true;
  try {
    const answer = await ask("/api/looks", { looks });
    state.undo.push({ looks: answer.looks, lines: answer.lines, digit: state.digit });
    answer.lines.forEach(([, line]) => state.own.add(line));
    state.times.push([performance.now(), answer.lines.length]);
    await hear(state.line);
    if (state.view === "digits") await showDigits();
    else if (!state.touched && !isWaiting(state.key)) await next(); // the screen settled the word gone to meanwhile
  } catch (error) {
    if (isAway(error)) alarm(error);
    else { tell(error.message); if (state.view === "digits") await showDigits(); }
  } finally { accepting = false; }
}

async function undoScreen({ looks, lines, digit }) {
  try {
    await ask("/api/back", { looks, lines });
    await hear(state.line);
    await showDigits(digit);
    tell("The screen is taken back.");
  } catch (error) { alarm(error); }
}

function otherDigit(step) {
  const place = DIGITS.indexOf(state.digit ?? "0");
  const order = DIGITS.map((_, n) => DIGITS[(place + step * (n + 1) + 10 * DIGITS.length) % DIGITS.length]);
  const enabled = (one) => !$("tabs").querySelector(`[data-digit="${one}"] small`).textContent.startsWith("0 ");
  const digit = order.find(enabled);
  if (digit) showDigits(digit).catch(alarm);
}

// --- the rest ------------------------------------------------------------------------------------------------

const idle = async () => { while (outbox.length && !isAlarmed()) await new Promise((done) => setTimeout(done, 5)); };
const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

function view(name) {
  state.view = name;
  for (const one of ["words", "digits", "empty"]) $(one).hidden = one !== name;
  $("to-words").setAttribute("aria-pressed", String(name !== "digits"));
  $("to-digits").setAttribute("aria-pressed", String(name === "digits"));
}

function toggle() {
  if (state.view === "digits") return state.key !== null && isWaiting(state.key) ? show(state.key) : next();
  return showDigits().catch(alarm);
}

async function showEmpty() {
  const before = state.keys.length;
  try {
    await idle();
    await loadQueue(); // a run may have added pages meanwhile
    if (state.keys.some(isWaiting) && state.keys.length > before) return show(nextWaiting(0));
    view("empty");
    const any = state.keys.length > 0;
    $("empty-title").textContent = any ? "Nothing left to review" : "Nothing to review";
    $("empty-text").textContent = any ? "Every doubtful string has been looked at." : "No string of this table was doubtful.";
    $("empty-results").hidden = $("empty-actions").hidden = !any; // figures of nothing
    if (any) drawResults($("empty-results"), await ask("/api/results"));
  } catch (error) { alarm(error); }
  progress();
}

function progress() {
  const all = state.keys.length;
  let done = 0;
  for (const [word, { what }] of state.said) if (what && state.places.has(word)) done += 1;
  $("bar").max = Math.max(1, all);
  $("bar").value = all ? done : 1;
  const left = all - done;
  let text = `${done.toLocaleString("en")} done · ${left.toLocaleString("en")} left`;
  const pace = paceNow();
  if (pace && left) text += ` · ${Math.round(pace)} a minute · ${duration(left / pace)} to go`;
  $("counts").textContent = text;
}

// Decisions a minute of the last ones; pauses count as short ones.
function paceNow() {
  const times = state.times.slice(-PACE_OVER);
  if (times.length < 5) return 0;
  let spent = 0, words = 0;
  for (let n = 1; n < times.length; n += 1) {
    spent += Math.min(PAUSE_MS, times[n][0] - times[n - 1][0]);
    words += times[n][1];
  }
  return spent ? (60_000 * words) / spent : 0;
}

function duration(minutes) {
  if (minutes < 1) return "< 1 min";
  return minutes < 90 ? `${Math.round(minutes)} min` : `${(minutes / 60).toFixed(1)} h`;
}

const SAID = { confirm: "right as read", correct: "corrected", blank: "blank", "not a number": "not a number" };

function drawResults(into, { counts, audit, exported, table }) {
  const rows = Object.entries(SAID).map(([what, label]) => make("tr", {}, make("td", {}, label), make("td", {}, String(counts[what] ?? 0))));
  const left = state.keys.filter(isWaiting).length;
  rows.push(make("tr", {}, make("td", {}, "left"), make("td", {}, String(left))));
  into.replaceChildren(make("table", {}, make("tbody", {}, ...rows)));
  if (audit.drawn) into.append(make("p", { class: "audit" }, auditText(audit)));
  into.append(make("p", { class: "quiet" }, exported ? `${table} holds all of it.` : `${table} is not yet written with the last of it.`));
}

function auditText({ drawn, judged, wrong, interval }) {
  const sample = `${count(drawn, "accepted string")} drawn at random`;
  if (judged === undefined) return `Audit: ${sample}. How many of them are wrong is told when nothing is left to review.`;
  if (!judged) return `Audit: ${sample}, none judged.`;
  const share = (value) => `${(100 * value).toFixed(2)}\u00a0%`;
  return `Audit: ${wrong} of ${count(judged, "accepted string")} judged (of ${drawn} drawn at random) were wrong: `
    + `${share(wrong / judged)}, 95 % interval ${share(interval[0])} to ${share(interval[1])}.`;
}

async function showResults() {
  try {
    await idle();
    drawResults($("figures"), await ask("/api/results"));
    if (!$("results").open) $("results").showModal();
  } catch (error) { alarm(error); }
}

async function write() {
  try {
    await idle();
    const results = await ask("/api/export", {});
    tell(`${results.table} is written.`);
    for (const place of [$("figures"), $("empty-results")]) drawResults(place, results);
  } catch (error) { if (isAway(error) && error.status !== 507) alarm(error); else tell(error.message); }
}

async function showSheet() {
  const word = state.details.get(state.key);
  if (!word) return;
  try {
    const answer = await fetch(`/page/${state.edition}/${word.key}.jpg`);
    if (!answer.ok) throw new Refused(answer.status, (await answer.json()).error);
    const [width, height] = ["X-Page-Width", "X-Page-Height"].map((name) => Number(answer.headers.get(name)));
    const image = $("whole"), old = image.src;
    image.src = URL.createObjectURL(await answer.blob());
    if (old.startsWith("blob:")) URL.revokeObjectURL(old);
    await image.decode();
    $("sheet").showModal();
    const [left, top, right, bottom] = word.box, scale = image.clientWidth / width;
    place($("page-box"), left * scale - 6, (top * image.clientHeight) / height - 6, (right - left) * scale + 12, (bottom - top) * scale + 12);
  } catch (error) { if (isAway(error)) alarm(error); else tell(error.message); }
}

let hush = 0;
function tell(message) {
  $("toast").textContent = message;
  $("toast").classList.add("on");
  clearTimeout(hush);
  hush = setTimeout(() => $("toast").classList.remove("on"), TELL_MS);
}

async function setOrder(order) {
  state.order = $("order").value = order;
  state.visited = [];
  try {
    await idle();
    await loadQueue();
    state.key = null;
    await show(nextWaiting(0));
  } catch (error) { alarm(error); }
}

function nextOrder() {
  const orders = [...$("order").options].map((option) => option.value);
  setOrder(orders[(orders.indexOf(state.order) + 1) % orders.length]);
}

// --- keys, mouse, touch --------------------------------------------------------------------------------------

const ACTIONS = {
  words: () => state.view === "digits" && toggle(), digits: () => state.view !== "digits" && toggle(), help: () => $("help").showModal(), results: showResults, back, undo, confirm, accept, page: showSheet,
  not: () => decide("not a number"), blank: () => decide("blank"), skip: () => decide("skip"), export: write,
  close: () => shut($("results")),
};

const ANYWHERE = { "?": ACTIONS.help, u: undo, g: toggle, r: showResults, e: write, o: nextOrder };
const KEYS = {
  words: {
    Enter: confirm, Backspace: back, x: ACTIONS.not, b: ACTIONS.blank, s: ACTIONS.skip, p: showSheet,
    ArrowLeft: () => move(state.at - 1), ArrowRight: () => move(state.at + 1), Home: () => move(0),
    End: () => move(state.cells.length), ArrowUp: () => cycle(1), ArrowDown: () => cycle(-1),
    Insert: insert, i: insert, Delete: remove,
  },
  digits: {
    Enter: accept, x: () => mark(""), Backspace: () => mark(null), Delete: () => mark(null),
    ArrowLeft: () => moveSpot(-1), ArrowRight: () => moveSpot(1), ArrowUp: () => moveSpot(-columns()),
    ArrowDown: () => moveSpot(columns()), Home: () => moveSpot(-state.spot), End: () => moveSpot(state.screen.length),
    PageUp: () => otherDigit(-1), PageDown: () => otherDigit(1), Escape: toggle,
  },
  empty: { Backspace: back },
};

// Close a dialog here and now. Left to itself the browser takes a moment, in which the hidden button has the next key.
function shut(dialog) {
  dialog.close();
  if (dialog.contains(document.activeElement)) document.activeElement.blur();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if ($("sheet").open && event.key === "p") { event.preventDefault(); return shut($("sheet")); }
  if ($("results").open && event.key === "e") { event.preventDefault(); return write(); }
  const dialog = document.querySelector("dialog[open]");
  if (dialog) {
    if (event.key === "Escape") { event.preventDefault(); shut(dialog); }
    return;
  }
  const on = event.target instanceof Element ? event.target : document.body;
  if (on.matches("select")) return;
  if (on.matches("button:not(.cell, .glyph)") && (event.key === "Enter" || event.key === " ")) return; // its own click
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.repeat && ["Enter", "x", "b", "s", "u", "Backspace"].includes(key)) return event.preventDefault(); // a hand that rests
  const action = KEYS[state.view][key] ?? ANYWHERE[key];
  if (action) { event.preventDefault(); action(); }
  else if (/^[0-9]$/.test(key) && state.view !== "empty") {
    event.preventDefault();
    if (state.view === "words") type(key); else mark(key);
  }
}

function onClick(event) {
  const button = event.target.closest("button");
  if (!button) { if (event.target.closest("#lens")) showSheet(); return; }
  if (event.detail) button.blur(); // or the next Enter would press it again
  const { do: name, place, digit, spot, key } = button.dataset;
  if (name) ACTIONS[name]();
  else if (place !== undefined) move(Number(place));
  else if (digit !== undefined) showDigits(digit).catch(alarm);
  else if (spot !== undefined) { state.spot = Number(spot); drawGrid(); }
  else if (key !== undefined) KEYS[state.view][key]?.() ?? (/^[0-9]$/.test(key) && (state.view === "words" ? type(key) : mark(key)));
}

function drawPads() {
  const words = [...DIGITS, "ArrowLeft", "ArrowRight", "ArrowUp", "Insert", "Delete"];
  const labels = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "⇅", Insert: "+", Delete: "⌦", x: "×" };
  const names = { ArrowLeft: "to the left", ArrowRight: "to the right", ArrowUp: "second reading", Insert: "put a digit in", Delete: "take the digit out", x: "no digit" };
  const key = (name) => make("button", { "data-key": name, "aria-label": names[name] ?? name }, labels[name] ?? name);
  $("pad").replaceChildren(...words.map(key));
  $("grid-pad").replaceChildren(...[...DIGITS, "x", "Delete"].map(key));
}

async function begin() {
  history.replaceState(null, "", "/"); // the token has done its work; the cookie has taken its place
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  $("order").addEventListener("change", (event) => { event.target.blur(); setOrder(event.target.value); });
  addEventListener("resize", () => { if (state.view === "words" && state.key !== null && state.details.has(state.key)) { drawPicture(state.details.get(state.key)); drawDigitBox(); } });
  addEventListener("beforeunload", (event) => { if (outbox.length) event.preventDefault(); });
  drawPads();
  try {
    await loadQueue();
    adoptOutbox();
    const decided = [...state.said].filter(([, said]) => said.what).sort((a, b) => a[1].log - b[1].log);
    state.own = new Set([...state.said.values()].map(({ log }) => log));
    state.undo = decided.map(([word, said]) => ({ item: { word, what: said.what }, before: undefined }));
    await show(nextWaiting(0));
  } catch (error) { alarm(error); }
  setTimeout(listen, ASK_MS);
}

begin();
