// Edits in place, moves by buttons, and a table that follows the site.
"use strict";

const table = document.getElementById("backlog");
const body = table.tBodies[0];
const said = document.getElementById("said");
const person = document.getElementById("person");
let revision = table.dataset.revision;
let failures = 0;

function say(words, wrong = false) {
  said.textContent = words;
  said.className = wrong ? "wrong" : "";
}

async function post(address, told) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...told, as: person.value }),
  });
  const heard = await answer.json();
  if (!answer.ok) throw new Error(heard.error || `The site answered ${answer.status}.`);
}

// ---- editing -------------------------------------------------------------

function inputFor(button) {
  const { field, input, value } = button.dataset;
  if (input === "choice") {
    const list = document.createElement("select");
    list.append(document.getElementById(`choices-${field}`).content.cloneNode(true));
    list.value = value;
    return list;
  }
  const line = document.createElement("input");
  line.type = input === "date" ? "date" : "text";
  if (input === "number") line.inputMode = "decimal";
  line.value = value;
  return line;
}

function edit(button) {
  const key = button.closest("tr").dataset.key;
  const input = inputFor(button);
  let over = false;
  input.className = "typing";
  input.setAttribute("aria-label", button.getAttribute("aria-label"));
  button.replaceWith(input);
  input.focus();
  if (input.select) input.select();

  const leave = (focus) => {
    over = true;
    input.replaceWith(button);
    if (focus) button.focus();
  };
  const save = async (focus) => {
    if (over) return;
    if (input.value === button.dataset.value) return leave(focus);
    over = true;
    try {
      await post(`/ui/issues/${key}/fields/${button.dataset.field}`, { value: input.value });
      say(`${key} saved.`);
      leave(focus);
      await follow();
    } catch (error) {
      say(`${key}: ${error.message}`, true);
      leave(true);
    }
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave(true);
    if (event.key === "Enter") save(true);
  });
  if (input.tagName === "SELECT") input.addEventListener("change", () => save(true));
  input.addEventListener("blur", () => save(false));
}

// ---- moving --------------------------------------------------------------

function anchorOf(row, where) {
  if (where === "top") return [body.rows[0], "before"];
  if (where === "up") return [row.previousElementSibling, "before"];
  return [row.nextElementSibling, "after"];
}

async function move(button) {
  const row = button.closest("tr");
  const [anchor, place] = anchorOf(row, button.dataset.move);
  if (!anchor || anchor === row) return;
  try {
    await post(`/ui/issues/${row.dataset.key}/rank`, { place, anchor: anchor.dataset.key });
    say(`${row.dataset.key} moved.`);
    await follow();
    button.focus();
  } catch (error) {
    say(`${row.dataset.key}: ${error.message}`, true);
  }
}

body.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.move) move(button);
  else edit(button);
});

// ---- following -----------------------------------------------------------

// The longest run that is still in order stayed; every other row moved.
function movedRows(keys, before) {
  const places = keys.map((key) => before.indexOf(key));
  const ends = [], tails = [], from = [];
  places.forEach((place, index) => {
    if (place < 0) return;
    let low = 0, high = ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ends[middle] < place) low = middle + 1; else high = middle;
    }
    from[index] = low ? tails[low - 1] : -1;
    ends[low] = place;
    tails[low] = index;
  });
  const stayed = new Set();
  for (let index = ends.length ? tails[ends.length - 1] : -1; index >= 0; index = from[index]) stayed.add(keys[index]);
  return new Set(keys.filter((key) => !stayed.has(key)));
}

function light(element, name) {
  element.classList.remove(name);
  void element.offsetWidth; // starts the animation again
  element.classList.add(name);
}

function refreshRow(row, fresh) {
  row.className = fresh.className;
  row.cells[0].textContent = fresh.cells[0].textContent;
  for (const cell of fresh.querySelectorAll("[data-cell]")) {
    const old = row.querySelector(`[data-cell="${cell.dataset.cell}"]`);
    if (!old || old.dataset.shown === cell.dataset.shown || old.querySelector(".typing")) continue;
    const focused = old.contains(document.activeElement);
    old.replaceChildren(...cell.childNodes);
    old.dataset.shown = cell.dataset.shown;
    light(old, "fresh");
    if (focused) old.querySelector("button")?.focus();
  }
}

function show(rows) {
  const template = document.createElement("template");
  template.innerHTML = rows;
  const before = [...body.rows].map((row) => row.dataset.key);
  const old = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  const fresh = [...template.content.querySelectorAll("tr")];
  const focused = document.activeElement;
  const moved = movedRows(fresh.map((row) => row.dataset.key), before);
  const shown = fresh.map((row) => {
    const known = old.get(row.dataset.key);
    if (known) refreshRow(known, row);
    const one = known || row;
    if (moved.has(one.dataset.key)) light(one, "moved");
    return one;
  });
  const same = before.length === shown.length && shown.every((row, place) => row.dataset.key === before[place]);
  if (!same) body.replaceChildren(...shown);
  if (body.contains(focused) && document.activeElement !== focused) focused.focus();
}

async function follow() {
  const asked = new URLSearchParams(location.search);
  asked.set("since", revision);
  const answer = await fetch(`/sandbox/changes?${asked}`);
  const heard = await answer.json();
  if (heard.rows === undefined) return;
  if (heard.columns !== table.dataset.columns && !body.querySelector(".typing")) return location.reload();
  if (body.querySelector(".typing")) return; // not while somebody types; the next round comes
  revision = String(heard.revision);
  document.getElementById("found").textContent = heard.found;
  show(heard.rows);
}

async function round() {
  try {
    await follow();
    if (failures) say("");
    failures = 0;
  } catch {
    failures += 1;
    say("The site does not answer; trying again.", true);
  }
  setTimeout(round, Math.min(1000 * (failures + 1), 10000));
}
setTimeout(round, 1000);
