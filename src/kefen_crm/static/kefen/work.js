/* Work by the keyboard: j and k walk through the lines of a day, enter opens, l logs, s puts off.
   After a change the dialog closes, and lists, or the page below, read themselves anew. */
(function () {
  "use strict";

  const typing = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable], .modal.show");
  const lines = () => [...document.querySelectorAll("[data-kf-line]")];
  let place = -1;

  function go(step) {
    const found = lines();
    if (!found.length) return;
    const here = found.indexOf(document.activeElement?.closest("[data-kf-line]"));
    place = Math.max(0, Math.min(found.length - 1, (here < 0 ? place : here) + step));
    found[place].focus();
    found[place].scrollIntoView({ block: "nearest" });
  }

  const here = () => document.activeElement?.closest("[data-kf-line]");

  function log() {
    const line = here();
    const button = line?.querySelector("[data-kf-log]")
      || document.querySelector("[data-kf-log-page]")
      || [...document.querySelectorAll("[data-kf-log-anywhere]")].find((one) => one.offsetParent);
    button?.click();
    return Boolean(button);
  }

  /* Writing is ended with Ctrl+Enter, without the mouse. */
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target.closest("form.kf-log");
    if (!form) return;
    event.preventDefault();
    form.requestSubmit();
  });

  let going = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const after = going;
    going = event.key === "g";
    if (after) return;
    let done = true;
    if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "l") done = log();
    else if (event.key === "s" && here()) here().querySelector("[data-kf-snooze]")?.click();
    else if (event.key === "Enter" && document.activeElement === here()) here()?.querySelector("[data-kf-open]")?.click();
    else done = false;
    if (done) event.preventDefault();
  });

  document.addEventListener("shown.bs.modal", (event) => {
    event.target.querySelector("[autofocus]")?.focus();
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.closest("#kf-modal")) event.target.querySelector("[autofocus]")?.focus();
  });

  const closed = () => window.tabler.Modal.getInstance(document.getElementById("kf-modal"))?.hide();
  const tabs = () => [...document.querySelectorAll("#content [data-bs-toggle=tab]")];

  /* What comes after the page is read with it, and what is open in it stays so. */
  async function later(page) {
    const place = page.querySelector("[data-kf-later]");
    const open = [...document.querySelectorAll("#more > details[open]")].map((one) => one.id);
    if (!place || document.querySelector("[data-kf-later]")) return;
    const answer = await fetch(place.getAttribute("hx-get"), { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    place.outerHTML = await answer.text();
    for (const id of open) page.getElementById(id)?.setAttribute("open", "");
  }

  /* The content is read again and put in place; where one is on the page, and its tabs, stay. */
  async function anew() {
    if (!document.querySelector("[data-kf-anew]")) {
      location.reload();
      return;
    }
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) {
      location.reload();
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    await later(page);
    const open = tabs().filter((tab) => tab.classList.contains("active")).map((tab) => tab.dataset.bsTarget);
    const [left, top] = [scrollX, scrollY];
    window.htmx.swap("#content", page.getElementById("content").innerHTML, { swapStyle: "innerHTML" });
    tabs().filter((tab) => open.includes(tab.dataset.bsTarget) && !tab.classList.contains("active"))
      .forEach((tab) => window.tabler.Tab.getOrCreateInstance(tab).show());
    scrollTo({ left, top, behavior: "instant" });
    page.querySelectorAll("#kf-toasts .toast").forEach((toast) => {
      const tag = [...toast.classList].find((name) => /^kf-toast-/.test(name))?.slice("kf-toast-".length);
      window.kefen.say(toast.querySelector(".toast-body").textContent.trim(), tag);
    });
  }

  document.addEventListener("kf-page-changed", () => {
    closed();
    anew();
  });

  document.addEventListener("kf-work-changed", (event) => {
    closed();
    const told = () => event.detail?.said && window.kefen.say(event.detail.said, event.detail.tone || "success");
    if (document.querySelector("[data-kf-work]")) told();
    else anew().then(told);
  });
})();
