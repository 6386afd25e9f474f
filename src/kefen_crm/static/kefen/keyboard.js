/* `/` and `Ctrl+K` find, `g` and a letter goes, `?` tells. Arrows walk through what was found. What
   somebody opened from there is known to this browser, and shown first. */
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

  /* ---- lately: by person, so that who signs in next does not see it ---- */

  const key = `kefen-lately-${list?.dataset.kfPerson}`;

  function lately() {
    try { return JSON.parse(localStorage.getItem(key)) || []; } catch { return []; }
  }

  function opened(link) {
    const title = link.querySelector(".flex-fill").textContent.trim();
    const href = link.getAttribute("href");
    const known = lately().filter((one) => one.href !== href);
    try { localStorage.setItem(key, JSON.stringify([{ title, href }, ...known].slice(0, 8))); } catch { /* none */ }
  }

  /* Without a word: what was opened lately, then what can be begun. */
  function begin() {
    if (field.value.trim() || !window.htmx) return;
    window.htmx.ajax("GET", field.getAttribute("hx-get"), { target: list, swap: "innerHTML" }).then(() => {
      const known = lately();
      if (known.length) {
        const title = document.createElement("h3");
        title.className = "dropdown-header";
        title.textContent = list.dataset.kfRecent;
        const links = known.map((one) => {
          const link = document.createElement("a");
          link.className = "dropdown-item";
          link.setAttribute("role", "option");
          link.dataset.kfHit = "";
          link.href = one.href;
          const text = document.createElement("span");
          text.className = "flex-fill text-truncate";
          text.textContent = one.title;
          link.append(text);
          return link;
        });
        list.prepend(title, ...links);
      }
      show(options().length > 0);
    });
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
    if (field && event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      search();
      begin();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const fresh = Date.now() - going < 1200;
    going = 0;
    if (event.key === "/" && field) {
      event.preventDefault();
      search();
    } else if (event.key === "?") {
      window.tabler.Modal.getOrCreateInstance(document.getElementById("kf-keys")).show();
    } else if (event.key === "g" && !fresh) {
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
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link && "kfHit" in link.dataset) opened(link);
    show(false);
  });
  document.querySelectorAll("form[action$='/sign-out/']").forEach((form) => {
    form.addEventListener("submit", () => { try { localStorage.removeItem(key); } catch { /* none */ } });
  });
  document.addEventListener("click", (event) => {
    if (!field.form.contains(event.target)) show(false);
  });
})();
