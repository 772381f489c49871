// Keeps a page alive: its times, its connection, and whatever is marked data-live. Without it the page is as it came.
"use strict";

const AT_ONCE = 300; // milliseconds between two looks, however much happens
const PATIENCE = 10000; // milliseconds that a look may take: a connection can be dead without saying so
const QUIET = 20000; // milliseconds after which a page looks again by itself: some things change without an event

// --- where the reader is: the server writes times so from the next page on

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`zone=${encodeURIComponent(zone)}`)) {
  document.cookie = `zone=${encodeURIComponent(zone)}; path=/; max-age=31536000; samesite=lax`;
  addEventListener("DOMContentLoaded", () => document.querySelector("[data-live]") && look());
}

// --- times that pass

function span(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

function pass() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
    if (Math.abs(seconds) > 2592000) continue;
    const words = Math.abs(seconds) < 1 ? "now" : seconds > 0 ? `in ${span(seconds)}` : `${span(-seconds)} ago`;
    if (time.textContent !== words) time.textContent = words;
  }
}
setInterval(pass, 1000);

// --- changing what has changed and nothing else, so that focus, selections and running transitions stay

function same(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName && (one.id || "") === (other.id || "");
}

function change(from, to) {
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  if (from.isEqualNode(to) || from.matches("[data-mine]")) return;
  for (const { name } of [...from.attributes]) if (!to.hasAttribute(name) && name !== "open") from.removeAttribute(name);
  for (const { name, value } of to.attributes) if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  let next = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const known = wanted.id && [...from.children].find((child) => child.id === wanted.id);
    if (known && known !== next) from.insertBefore(known, next);
    if (known || (next && same(next, wanted))) {
      const kept = known || next;
      next = kept.nextSibling;
      change(kept, wanted);
    } else {
      from.insertBefore(document.importNode(wanted, true), next);
    }
  }
  while (next) {
    const gone = next;
    next = next.nextSibling;
    gone.remove();
  }
}

let looking = false;
let again = false;
let seenAt = Date.now();

async function look() {
  if (looking) {
    again = true;
    return;
  }
  looking = true;
  try {
    const patience = AbortSignal.timeout(PATIENCE);
    const answer = await fetch(location.href, { headers: { accept: "text/html", "looks-again": "yes" }, signal: patience });
    if (answer.redirected) {
      location.reload(); // the session is over
      return;
    }
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(part.id);
      if (fresh) change(part, fresh);
    }
    pass();
    seenAt = Date.now();
    here();
  } catch {
    away();
  } finally {
    looking = false;
    later();
    if (again) {
      again = false;
      soon();
    }
  }
}

let waiting = 0;

function soon() {
  if (!waiting)
    waiting = setTimeout(() => {
      waiting = 0;
      look();
    }, AT_ONCE);
}

let laterOn = 0;

function later() {
  const part = document.querySelector("[data-again]"); // something on the page is not ready: in so many seconds it may be
  if (part && !laterOn)
    laterOn = setTimeout(() => {
      laterOn = 0;
      look();
    }, part.dataset.again * 1000);
}

// --- the connection

function here() {
  document.getElementById("away").hidden = true;
}

function away() {
  const line = document.getElementById("away");
  document.getElementById("away-since").textContent = new Date(seenAt).toTimeString().slice(0, 8);
  line.hidden = false;
}

function listen() {
  const user = document.body.dataset.user;
  const events = new EventSource(user ? `/api/events?user=${encodeURIComponent(user)}` : "/api/events");
  events.onopen = () => soon();
  events.onerror = () => {
    away();
    if (events.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
  };
  for (const name of document.body.dataset.events.split(" ")) events.addEventListener(name, soon);
}

if (document.body.hasAttribute("data-events")) {
  listen();
  setInterval(() => document.hidden || look(), QUIET);
  document.addEventListener("visibilitychange", () => document.hidden || soon());
}
later();
