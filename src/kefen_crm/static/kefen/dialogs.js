/* One dialog asks before anything that cannot be taken back: data-confirm on a form or its button,
   hx-confirm on an htmx request. data-confirm-yes names the answer. */
(function () {
  "use strict";

  const dialog = document.getElementById("kf-confirm");
  if (!dialog) return;
  const yes = dialog.querySelector("[data-kf-yes]");

  function ask(question, answer, then) {
    dialog.querySelector("#kf-confirm-text").textContent = question;
    yes.textContent = answer || yes.dataset.default;
    const modal = window.tabler.Modal.getOrCreateInstance(dialog);
    yes.onclick = () => { modal.hide(); then(); };
    dialog.addEventListener("shown.bs.modal", () => yes.focus(), { once: true });
    modal.show();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const asker = event.submitter?.dataset.confirm ? event.submitter : form;
    if (!asker.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(asker.dataset.confirm, asker.dataset.confirmYes, () => {
      form.dataset.confirmed = "yes";
      form.requestSubmit(event.submitter);
      delete form.dataset.confirmed;
    });
  }, true);

  /* What a form would do is not looked up while it is sent: its answer tells it. */
  document.addEventListener("htmx:beforeRequest", (event) => {
    const asker = event.detail.elt;
    if (asker.matches("[data-kf-preview]") && asker.closest("form.htmx-request")) event.preventDefault();
    if (!asker.matches("form")) return;
    asker.querySelectorAll("[data-kf-preview]").forEach((one) => window.htmx.trigger(one, "htmx:abort"));
  });

  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    ask(event.detail.question, event.detail.elt.dataset.confirmYes, () => {
      event.detail.issueRequest(true);
    });
  });
})();
