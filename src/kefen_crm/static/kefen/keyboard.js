/* `/` finds, `g` and a letter goes, `?` tells. Arrows walk through the quick search. */
(function () {
  "use strict";

  const field = document.getElementById("kf-q");
  const list = document.getElementById("kf-quick");
  let going = 0;

  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");
  const options = () => [...list.querySelectorAll("a")];

  function show(open) {
    list.classList.toggle("show", open);
    field.setAttribute("aria-expanded", open);
  }

  function search() {
    document.querySelector(".kf-topbar").classList.add("kf-topbar-open");
    field.focus();
    field.select();
  }

  function walk(step) {
    const found = options();
    if (!found.length) return;
    const here = found.indexOf(document.activeElement);
    const next = here + step;
    if (next < 0) field.focus();
    else found[Math.min(next, found.length - 1)].focus();
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const fresh = Date.now() - going < 1200;
    going = 0;
    if (event.key === "/" && field) {
      event.preventDefault();
      search();
    } else if (event.key === "?") {
      window.tabler.Modal.getOrCreateInstance(document.getElementById("kf-keys")).show();
    } else if (event.key === "g") {
      going = Date.now();
    } else if (fresh) {
      document.querySelector(`[data-kf-key="${CSS.escape(event.key)}"]`)?.click();
    }
  });

  if (!field) return;

  document.querySelectorAll("[data-kf-search]").forEach((button) => {
    button.addEventListener("click", search);
  });
  field.form.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); walk(1); }
    if (event.key === "ArrowUp") { event.preventDefault(); walk(-1); }
    if (event.key === "Escape") { show(false); field.focus(); }
  });
  field.addEventListener("input", () => { if (!field.value.trim()) show(false); });
  field.addEventListener("focus", () => show(options().length > 0 && field.value.trim() !== ""));
  list.addEventListener("htmx:afterSwap", () => show(field.value.trim() !== ""));
  document.addEventListener("click", (event) => {
    if (!field.form.contains(event.target)) show(false);
  });
})();
