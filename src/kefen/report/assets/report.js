/* Light or dark as the reader's system says or the button; paper is always light. */
(function () {
  "use strict";

  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  let screen = null;

  follow();
  dark.addEventListener("change", follow);
  document.querySelector(".theme").addEventListener("click", () => {
    root.setAttribute("data-bs-theme", root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark");
  });

  window.addEventListener("beforeprint", () => {
    screen = root.getAttribute("data-bs-theme");
    root.setAttribute("data-bs-theme", "light");
    document.body.classList.add("kf-print");
    window.kefenCharts.redraw();
  });
  window.addEventListener("afterprint", () => {
    root.setAttribute("data-bs-theme", screen);
    document.body.classList.remove("kf-print");
    window.kefenCharts.redraw();
  });
})();
