// The draft of rules: fields that mean nothing with what is chosen are hidden, and what is not
// saved yet cannot be published.
(() => {
  const fit = () => {
    for (const place of document.querySelectorAll("[data-kf-only]")) {
      const chosen = document.getElementById(place.dataset.kfOnly);
      if (chosen) place.hidden = !place.dataset.kfValues.split(" ").includes(chosen.value);
    }
  };
  const unsaved = (event) => {
    if (!event.target.closest("#rules-form")) return;
    fit();
    const publish = document.querySelector("[data-kf-publish]");
    const told = document.querySelector("[data-kf-unsaved]");
    if (publish) publish.disabled = true;
    if (told) told.hidden = false;
  };
  document.addEventListener("input", unsaved);
  document.addEventListener("change", unsaved);
  document.addEventListener("htmx:afterSwap", fit);
  fit();
})();
