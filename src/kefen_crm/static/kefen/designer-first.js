/* Asks for the first effect while what draws it is still being read. */
(function () {
  "use strict";

  const form = document.getElementById("kf-design");
  const body = new FormData(form);
  const answer = fetch(form.dataset.preview, { method: "POST", body, credentials: "same-origin" });
  answer.catch(() => {}); // who waits for it is told
  form.kefenFirst = { body, answer };
})();
