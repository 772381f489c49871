// Hands files over with a bar. Without it the form does the same, without one.
"use strict";

const form = document.getElementById("hand-over");


function size(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function say(id, words) {
  const line = document.getElementById(id);
  line.textContent = words;
  line.hidden = !words;
}

function sending(on) {
  document.getElementById("sending").hidden = !on;
  for (const part of form.elements) part.disabled = on;
}

function refused(answer) {
  sending(false);
  let why = "The files could not be sent: Spindle does not answer. Try again in a moment.";
  try {
    why = JSON.parse(answer.responseText).detail || why;
  } catch {
    // no answer of Spindle's
  }
  say("not-sent", why.charAt(0).toUpperCase() + why.slice(1));
}

function send(event) {
  event.preventDefault();
  const body = new FormData();
  for (const file of form.elements.files.files) body.append("files", file);
  const dry = form.elements.dry_run.checked;
  const request = new XMLHttpRequest();
  const bar = document.getElementById("sent");
  say("not-sent", "");
  sending(true);
  request.upload.onprogress = (sent) => {
    bar.max = sent.total;
    bar.value = sent.loaded;
    const done = sent.loaded < sent.total ? `${size(sent.loaded)} of ${size(sent.total)} sent` : "Sent; it is being looked at";
    document.getElementById("sent-words").textContent = done;
  };
  request.onload = () => {
    if (request.status === 202) location.href = `/imports/${JSON.parse(request.responseText).import}`;
    else refused(request);
  };
  request.onerror = () => refused(request);
  request.onabort = () => sending(false);
  document.getElementById("give-up").onclick = () => request.abort();
  request.open("POST", `${form.dataset.api}?dry_run=${dry}`);
  request.send(body);
}

if (form) {
  form.addEventListener("submit", send);
  const drop = document.getElementById("drop");
  for (const name of ["dragover", "dragleave", "drop"])
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop" && event.dataTransfer.files.length) {
        form.elements.files.files = event.dataTransfer.files;
        form.requestSubmit();
      }
    });
}
