/* Light or dark before anything is painted. The choice is on <html data-kf-theme>. */
(function () {
  "use strict";

  const root = document.documentElement;
  const device = matchMedia("(prefers-color-scheme: dark)");

  function apply() {
    const choice = root.dataset.kfTheme;
    root.dataset.bsTheme = choice === "auto" ? (device.matches ? "dark" : "light") : choice;
  }

  device.addEventListener("change", apply);
  apply();
  window.kefen = { applyTheme: apply };
})();
