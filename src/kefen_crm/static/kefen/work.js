/* Work by the keyboard: j and k walk through the lines of a day, enter opens, l logs, s puts off.
   After a change the dialog closes, and lists read themselves anew. */
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

  document.addEventListener("kf-work-changed", (event) => {
    const dialog = document.getElementById("kf-modal");
    window.tabler.Modal.getInstance(dialog)?.hide();
    if (!document.querySelector("[data-kf-work]")) {
      location.reload();
      return;
    }
    if (event.detail?.said) window.kefen.say(event.detail.said, "success");
  });
})();
