/* Dropping files: they are looked over here, sent at once, and how far that is shows. Without this
   the form is an ordinary one. */
(function () {
  "use strict";

  const say = (text, name) => text.replace("{name}", name);

  function faults(form, files) {
    const types = form.dataset.types.split(",");
    return [...files].flatMap((file) => {
      const suffix = /\.[^.]*$/.exec(file.name.toLowerCase());
      if (!suffix || !types.includes(suffix[0])) return [say(form.dataset.notATable, file.name)];
      if (file.size > Number(form.dataset.limit)) return [say(form.dataset.tooLarge, file.name)];
      return file.size ? [] : [say(form.dataset.empty, file.name)];
    });
  }

  function refuse(form, told) {
    const list = form.querySelector(".kf-drop-refused");
    list.replaceChildren(...told.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
    list.hidden = told.length === 0;
  }

  function send(form) {
    const input = form.querySelector("input[type=file]");
    if (!input.files.length) return;
    const told = faults(form, input.files);
    refuse(form, told);
    if (told.length === input.files.length) {
      input.value = "";
      return;
    }
    form.requestSubmit();
  }

  const zone = (event) => event.target.closest?.(".kf-drop");

  document.addEventListener("change", (event) => {
    if (event.target.matches(".kf-drop input[type=file]")) send(event.target.form);
  });

  /* Anywhere on the page will do: a file dropped beside the zone must not replace the page. */
  const carriesFiles = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
  ["dragenter", "dragover"].forEach((name) => document.addEventListener(name, (event) => {
    const form = zone(event) || document.querySelector(".kf-drop");
    if (!form || !carriesFiles(event)) return;
    event.preventDefault();
    form.classList.add("kf-drop-over");
  }));
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.querySelector(".kf-drop")?.classList.remove("kf-drop-over");
  });
  document.addEventListener("drop", (event) => {
    const form = zone(event) || document.querySelector(".kf-drop");
    if (!form || !carriesFiles(event)) return;
    event.preventDefault();
    form.classList.remove("kf-drop-over");
    form.querySelector("input[type=file]").files = event.dataTransfer.files;
    send(form);
  });

  function sending(form, on) {
    form.querySelector(".kf-drop-sending").hidden = !on;
    form.querySelector(".kf-drop-choose").hidden = on;
  }

  document.addEventListener("htmx:beforeSend", (event) => {
    if (event.target.matches(".kf-drop")) sending(event.target, true);
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const form = event.target;
    if (!form.matches?.(".kf-drop") || !event.detail.lengthComputable) return;
    const bar = form.querySelector("progress");
    const share = event.detail.loaded / event.detail.total;
    const text = form.querySelector("[data-kf-sending]");
    if (share < 1) {
      bar.value = share;
      text.textContent = `${form.dataset.sending} ${Math.floor(share * 100)} %`;
    } else {
      bar.removeAttribute("value");
      text.textContent = form.dataset.looking;
    }
  });
  ["htmx:responseError", "htmx:sendError", "htmx:timeout"].forEach((name) => {
    document.addEventListener(name, (event) => {
      if (event.target.matches?.(".kf-drop")) sending(event.target, false);
    });
  });

  const ready = (root) => root.querySelectorAll(".kf-drop").forEach((form) => {
    form.classList.add("kf-drop-scripted");
  });
  ready(document);
  document.addEventListener("htmx:afterSettle", () => ready(document));
})();
