/* Customers of the list are chosen by boxes, by `x`, or all that fit; what is done to them is told
   which they are. When a dialog has changed some, the rows are read anew in place: who is on them
   still stays chosen, and the page stays where it is. */
(function () {
  "use strict";

  const bar = () => document.querySelector("[data-kf-bulk]");
  const boxes = () => [...document.querySelectorAll("input[data-kf-pick]")];
  const number = new Intl.NumberFormat(document.documentElement.lang);
  let every = false;
  let last = null;
  let changed = false;
  let kept = null;

  function chosen() {
    const told = new URLSearchParams(every ? bar().dataset.query : "");
    ["page", "pick", "every"].forEach((name) => told.delete(name));
    if (every) told.set("every", "1");
    else boxes().filter((box) => box.checked).forEach((box) => told.append("pick", box.value));
    return told.toString();
  }

  function head() {
    const cell = document.querySelector("[data-kf-pick-page]");
    if (!cell || cell.querySelector("input")) return;
    const box = document.createElement("input");
    box.type = "checkbox";
    box.className = "form-check-input";
    box.setAttribute("aria-label", cell.dataset.kfPickPage);
    box.addEventListener("change", () => {
      boxes().forEach((one) => { one.checked = box.checked; });
      every = false;
      show();
    });
    cell.append(box);
  }

  function show() {
    const place = bar();
    if (!place) return;
    head();
    const all = boxes();
    const count = all.filter((box) => box.checked).length;
    const total = Number(place.dataset.total);
    place.hidden = !count;
    place.querySelector("[data-kf-chosen]").textContent = number.format(every ? total : count);
    place.querySelector("[data-kf-every]").hidden = every || count < all.length || total <= count;
    const page = document.querySelector("[data-kf-pick-page] input");
    if (page) {
      page.checked = count > 0 && count === all.length;
      page.indeterminate = count > 0 && count < all.length;
    }
  }

  function none() {
    every = false;
    boxes().forEach((box) => { box.checked = false; });
    show();
  }

  document.addEventListener("click", (event) => {
    const box = event.target.closest("input[data-kf-pick]");
    if (box && event.shiftKey && last) {
      const all = boxes();
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, two) => one - two);
      all.slice(Math.max(from, 0), to + 1).forEach((one) => { one.checked = box.checked; });
    }
    if (box) last = box;
    if (event.target.closest("[data-kf-every]")) { every = true; show(); }
    if (event.target.closest("[data-kf-choose-none]")) none();
    const link = event.target.closest("[data-kf-chosen-link]");
    if (link) link.href = `${link.href.split("?")[0]}?${chosen()}`;
  });
  document.addEventListener("change", (event) => {
    if (!event.target.closest("input[data-kf-pick]")) return;
    every = false;
    show();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input:not([data-kf-pick]), textarea, select, .modal.show")) return;
    document.activeElement?.closest("[data-kf-line]")?.querySelector("[data-kf-pick]")?.click();
  });

  /* ---- a field is written in its cell, by a double click ---- */

  const before = new WeakMap();

  document.addEventListener("dblclick", (event) => {
    const cell = event.target.closest("td[data-kf-edit]");
    const place = bar();
    if (!cell || cell.querySelector("form") || !place?.dataset.edit) return;
    const name = cell.dataset.kfEdit;
    if (name === "owner" && !place.dataset.assigns) return;
    const code = cell.closest("[data-kf-code]").dataset.kfCode;
    before.set(cell, cell.innerHTML);
    getSelection().removeAllRanges();
    const url = `${place.dataset.edit}of/${code.split("/").map(encodeURIComponent).join("/")}/fields/${name}/?in=list`;
    window.htmx.ajax("GET", url, { target: cell, swap: "innerHTML" }).then(() => {
      cell.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    });
  });

  function leave(cell) {
    if (cell && before.has(cell)) cell.innerHTML = before.get(cell);
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-kf-cell-leave]")) leave(event.target.closest("td"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest(".kf-cell-form")) leave(event.target.closest("td"));
  });

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.closest("[data-kf-views]")) event.detail.path = `${event.detail.path.split("?")[0]}${location.search}`;
    if (!event.detail.elt.closest("[data-kf-verb]")) return;
    event.detail.path = `${event.detail.path.split("?")[0]}?${chosen()}`;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (document.querySelector("#kf-modal [data-kf-list-changed]")) changed = true;
    if (event.target.id === "results" && !kept) { every = false; show(); }
  });

  async function anew() {
    const [left, top] = [scrollX, scrollY];
    kept = { every, picks: new Set(boxes().filter((box) => box.checked).map((box) => box.value)) };
    try {
      await window.htmx.ajax("GET", location.href, { target: "#results", swap: "innerHTML" });
    } finally {
      const { picks } = kept;
      boxes().forEach((box) => { box.checked = picks.has(box.value); });
      every = kept.every;
      kept = null;
      show();
      scrollTo({ left, top, behavior: "instant" });
    }
  }

  document.addEventListener("hidden.bs.modal", () => {
    if (!changed) return;
    changed = false;
    anew();
  });
  show();
})();
