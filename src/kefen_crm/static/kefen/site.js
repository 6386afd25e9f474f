/* Theme switch, toasts, copying and what htmx tells the user. */
(function () {
  "use strict";

  const root = document.documentElement;
  const toasts = document.getElementById("kf-toasts");
  const close = (toast) => { toast.classList.remove("show"); setTimeout(() => toast.remove(), 250); };
  const csrf = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}");

  /* ---- toasts ---- */

  function settle(toast) {
    toast.querySelector(".btn-close").addEventListener("click", () => close(toast));
    if (!toast.classList.contains("kf-toast-danger")) setTimeout(() => close(toast), 6000);
  }

  function say(text, tag) {
    const toast = document.createElement("div");
    toast.className = `toast show kf-toast kf-toast-${tag || "info"}`;
    toast.setAttribute("role", "status");
    const body = document.createElement("div");
    body.className = "toast-body";
    body.textContent = text;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn-close";
    button.setAttribute("aria-label", toasts.dataset.close);
    toast.append(body, button);
    toasts.append(toast);
    settle(toast);
  }

  if (toasts) toasts.querySelectorAll(".toast").forEach(settle);
  window.kefen.say = say;

  /* ---- theme ---- */

  function mark() {
    document.querySelectorAll("[data-kf-theme-choice]").forEach((button) => {
      const chosen = button.dataset.kfThemeChoice === root.dataset.kfTheme;
      button.classList.toggle("active", chosen);
      button.setAttribute("aria-pressed", chosen);
    });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-kf-theme-choice]");
    if (!button) return;
    const theme = button.dataset.kfThemeChoice;
    root.dataset.kfTheme = theme;
    document.cookie = `kefen_theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    window.kefen.applyTheme();
    mark();
    if (button.dataset.save) {
      fetch(button.dataset.save, {
        method: "POST", headers: csrf(), body: new URLSearchParams({ theme }),
      }).catch(() => say(toasts.dataset.failed, "danger"));
    }
  });
  mark();

  /* ---- copy, demo logins, and selects that send their form ---- */

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-kf-copy]");
    if (!button) return;
    const field = document.querySelector(button.dataset.kfCopy);
    field.select();
    const done = () => say(button.dataset.done, "success");
    if (navigator.clipboard) navigator.clipboard.writeText(field.value).then(done);
    else if (document.execCommand("copy")) done();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-kf-login]");
    if (!button) return;
    document.getElementById("id_login").value = button.dataset.kfLogin;
    document.getElementById("id_password").value = button.dataset.kfPassword;
    document.getElementById("id_password").form.requestSubmit();
  });

  document.addEventListener("change", (event) => {
    const select = event.target.closest("[data-kf-go]");
    if (select) location.assign(select.value);
    const sender = event.target.closest("[data-kf-submit]");
    if (sender) sender.form.requestSubmit();
  });

  /* A double click sends a form once. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.kfSent) {
      event.preventDefault();
      return;
    }
    form.dataset.kfSent = "1";
    setTimeout(() => delete form.dataset.kfSent, 2000);
  });

  /* ---- htmx ---- */

  ["htmx:responseError", "htmx:sendError", "htmx:timeout"].forEach((name) => {
    document.addEventListener(name, () => say(toasts.dataset.failed, "danger"));
  });
})();
