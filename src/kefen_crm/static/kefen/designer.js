/* The designer: every change of the form is sent, one at a time and the latest last, and what it
   would do is shown. Only the controls that changed are sent, with the digest of the document they
   changed. Buttons that change the shape of the form bring the form anew. */
(function () {
  "use strict";

  const form = document.getElementById("kf-design");
  const editor = document.getElementById("kf-editor");
  const written = document.getElementById("kf-yaml");
  const told = document.getElementById("kf-told");
  const summary = document.getElementById("kf-faults");
  const standard = document.getElementById("kf-standard");
  const moves = document.getElementById("kf-moves");
  const charts = window.kefenCharts;
  const cuts = new window.kefenCuts(form.querySelector(".kf-cuts"), form);
  const PAUSE = 80;
  const LONGEST = 200; // to wait for the screen

  const field = (name) => form.elements.namedItem(name);

  /* ---- what is sent ---- */

  const ALWAYS = ["csrfmiddlewaretoken", "source", "against"];
  const FORGOTTEN = 409;
  /* The document the server knows, by its digest, and what the controls said of it. */
  let known = { state: "", controls: new Map() };

  /* Each control as it is, or as it was sent: its name, and all its values. */
  function controls(data = new FormData(form)) {
    const found = new Map();
    for (const [name, value] of data) {
      if (name.includes(":")) found.set(name, [...(found.get(name) || []), value]);
    }
    return found;
  }

  /* Controls that say one thing together: those of a place, both languages, all rows of a list. */
  const together = (name) => name.slice(name.indexOf(":") + 1).replace(/\.(zh|en)$|\[\d+\]$/, "");

  function sent(now, more) {
    const yaml = field("source").value === "yaml";
    const data = new FormData();
    const all = new FormData(form);
    ALWAYS.forEach((name) => data.set(name, all.get(name) || ""));
    if (known.state) data.set("state", known.state);
    else data.set("document", field("document").value);
    if (yaml) data.set("yaml", field("yaml").value);
    else {
      const differs = (name) => String(now.get(name)) !== String(known.controls.get(name));
      const changed = new Set([...now.keys(), ...known.controls.keys()].filter(differs).map(together));
      for (const [name, values] of now) {
        if (!known.state || changed.has(together(name))) values.forEach((one) => data.append(name, one));
      }
    }
    Object.entries(more || {}).forEach(([name, value]) => data.set(name, value));
    return data;
  }

  async function post(url, more) {
    const now = controls();
    const ask = () => fetch(url, { method: "POST", body: sent(now, more), credentials: "same-origin" });
    let answer = await ask();
    if (answer.status === FORGOTTEN) {
      known = { state: "", controls: new Map() };
      answer = await ask();
    }
    if (!answer.ok && answer.status !== 422) throw new Error(`status ${answer.status}`);
    return answer;
  }

  /* The answer that was asked for as the page came, where the form is still the same. */
  async function first() {
    const { body, answer } = form.kefenFirst || {};
    delete form.kefenFirst;
    if (!body || String([...controls()]) !== String([...controls(body)])) return null;
    const found = await answer;
    return found.ok ? found : null;
  }

  async function preview(more) {
    const [now, before] = [controls(), known.controls];
    const answer = await ((!more && (await first())) || (await post(form.dataset.preview, more))).json();
    // Unless the form was brought anew meanwhile.
    if (known.controls === before || !known.state) known = { state: answer.state, controls: now };
    return answer;
  }

  /* ---- the effect: one request at a time, the latest wins ---- */

  let timer = 0;
  let lately = 0;
  let busy = false;
  let again = false;
  let asked = 0;

  function changed(pause = PAUSE) {
    asked += 1;
    form.dataset.state = "waiting";
    clearTimeout(timer);
    timer = setTimeout(work, pause);
  }

  /* The first move is sent at once, of those that follow on its heels the last. */
  function moved() {
    const now = performance.now();
    changed(now - lately > PAUSE ? 0 : PAUSE);
    lately = now;
  }

  /* What was let go of is not moved any more. */
  function released() {
    if (timer) changed(0);
  }

  async function work() {
    clearTimeout(timer);
    timer = 0;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    again = false;
    const turn = asked;
    const began = performance.now();
    try {
      const answer = await preview();
      if (!again) await show(answer);
      form.dataset.took = String(Math.round(performance.now() - began));
    } catch (problem) {
      console.warn("preview", problem);
      told.textContent = form.dataset.failed;
    }
    busy = false;
    if (again || turn !== asked) work();
    else form.dataset.state = "ready";
  }

  /* Resolves once what was written is on the screen; at once in a page that nobody sees. */
  const painted = () => new Promise((done) => {
    if (document.hidden) done();
    else requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, LONGEST);
  });

  /* The figures first: to draw the pictures takes longer. */
  async function show(answer) {
    faults(answer.faults || []);
    if (answer.told) told.textContent = answer.told;
    form.classList.toggle("kf-stale", !answer.pictures);
    if (!answer.pictures) return;
    document.getElementById("kf-effect").innerHTML = answer.effect;
    document.getElementById("kf-glance").innerHTML = answer.glance;
    await painted();
    cuts.show(answer.pictures.standard);
    document.getElementById("kf-drag-hint").hidden = !cuts.spec;
    charts.show(standard, answer.pictures.standard);
    document.getElementById("kf-moves-card").hidden = !answer.pictures.moves;
    if (answer.pictures.moves) charts.show(moves, answer.pictures.moves);
    if (behind.who) behind.open(behind.who, 1, true);
  }

  /* ---- faults, beside their field ---- */

  function place(path) {
    for (let rest = path; rest; rest = rest.replace(/(\.[^.[\]]+|\[\d+\])$|^[^.[\]]+$/, "")) {
      const found = editor.querySelector(`[data-at="${CSS.escape(rest)}"]`);
      if (found) return found;
    }
    return null;
  }

  function faults(listed) {
    editor.querySelectorAll("[data-fault]:not([hidden])").forEach((line) => {
      line.hidden = true;
      line.textContent = "";
      line.closest("[data-at]").classList.remove("kf-faulty");
    });
    summary.replaceChildren();
    const yaml = field("source").value === "yaml";
    for (const fault of listed) {
      const holder = yaml ? null : place(fault.path);
      const line = holder && holder.querySelector("[data-fault]");
      if (line) {
        line.textContent = [line.textContent, fault.text].filter(Boolean).join(" ");
        line.hidden = false;
        holder.classList.add("kf-faulty");
        for (let part = holder.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
      } else {
        const item = document.createElement("li");
        item.textContent = fault.path ? `${fault.path}: ${fault.text}` : fault.text;
        summary.append(item);
      }
    }
    summary.hidden = !summary.children.length;
  }

  /* ---- the list behind it ---- */

  const behind = {
    card: document.getElementById("kf-behind-card"),
    place: document.getElementById("kf-behind"),
    who: "",
    async open(who, page, quiet) {
      this.who = who;
      this.card.hidden = false;
      try {
        const answer = await post(form.dataset.members, { who, page: String(page) });
        this.place.innerHTML = await answer.text();
      } catch (problem) {
        console.warn("members", problem);
        this.place.textContent = form.dataset.failed;
      }
      if (!quiet) {
        this.card.scrollIntoView({ block: "nearest" });
        this.place.focus({ preventScroll: true });
      }
    },
  };

  form.addEventListener("kf:drill", (event) => {
    event.preventDefault();
    behind.open(event.detail, 1);
  });
  form.addEventListener("click", (event) => {
    const link = event.target.closest(".kf-chart a[href]");
    if (!link) return;
    event.preventDefault();
    behind.open(link.getAttribute("href").split("?").pop(), 1);
  });

  /* ---- sliders, weights ---- */

  function paired(input) {
    if (input.dataset.slides) return field(input.dataset.slides);
    return [...form.querySelectorAll("[data-slides]")].find((one) => one.dataset.slides === input.name);
  }

  const weights = () => [...form.querySelectorAll("input[name][data-weight]")];
  const amount = (input) => Math.max(Number.parseFloat(input.value) || 0, 0);

  /* The others give or take in the proportions they have, in whole numbers. */
  function balance(moved) {
    const others = weights().filter((one) => one !== moved);
    const keep = form.querySelector("[data-weights-balance]");
    if (!others.length || !keep || !keep.checked) return;
    const most = 100 - others.length;
    if (amount(moved) > most) set(moved, most);
    const rest = 100 - amount(moved);
    const whole = others.reduce((sum, one) => sum + amount(one), 0);
    const exact = others.map((one) => (whole ? (amount(one) / whole) * rest : rest / others.length));
    const given = exact.map((one) => Math.max(Math.floor(one), 1));
    const order = exact.map((one, at) => at).sort((a, b) => (exact[b] % 1) - (exact[a] % 1));
    let missing = Math.round((rest - given.reduce((sum, one) => sum + one, 0)) * 1000) / 1000;
    for (let turn = 0; Math.abs(missing) >= 1 && turn < 400; turn += 1) {
      const at = order[turn % order.length];
      const step = Math.sign(missing);
      if (given[at] + step >= 1) {
        given[at] += step;
        missing -= step;
      }
    }
    given[order[0]] = Math.round((given[order[0]] + missing) * 1000) / 1000;
    others.forEach((one, at) => set(one, given[at]));
  }

  function set(input, value) {
    input.value = String(value);
    const slider = paired(input);
    if (slider) slider.value = input.value;
  }

  function sum() {
    const line = form.querySelector("[data-weights-sum]");
    if (line) line.textContent = String(Math.round(weights().reduce((all, one) => all + amount(one), 0) * 100) / 100);
  }

  form.addEventListener("input", (event) => {
    const input = event.target;
    if (input.closest("#kf-publish") || input.closest("#kf-behind")) return;
    const other = input.matches("[data-slides], input[name]") && paired(input);
    if (other) other.value = input.value;
    if (input.matches("[data-weight]")) {
      balance(input.dataset.slides ? other : input);
      sum();
    }
    if (input.matches("[data-act-value], [data-reshapes], [data-weights-balance]")) return;
    if (input.matches("[type=range]") || !event.isTrusted) moved();
    else changed(input.tagName === "TEXTAREA" ? 400 : PAUSE);
  });

  /* ---- the shape of the form ---- */

  async function reshape(act) {
    const open = new Map([...editor.querySelectorAll("details[id]")].map((one) => [one.id, one.open]));
    const focused = document.activeElement && document.activeElement.name;
    const keep = form.querySelector("[data-weights-balance]");
    const balanced = !keep || keep.checked;
    try {
      editor.innerHTML = await (await post(form.dataset.editor, { act })).text();
    } catch (problem) {
      console.warn("editor", problem);
      window.kefen.say(form.dataset.failed, "danger");
      return;
    }
    editor.querySelectorAll("details[id]").forEach((one) => {
      if (open.has(one.id)) one.open = open.get(one.id);
    });
    known = { state: editor.firstElementChild.dataset.state, controls: controls() };
    const again_ = form.querySelector("[data-weights-balance]");
    if (again_) again_.checked = balanced;
    const back = focused && editor.querySelector(`[name="${CSS.escape(focused)}"]`);
    if (back) back.focus();
    changed(0);
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act], [data-source], [data-behind]");
    if (!button) return;
    if (button.dataset.act) reshape(button.dataset.act);
    if (button.dataset.source) turn(button.dataset.source);
    if (button.dataset.behind) behind.open(button.dataset.behind, Number(button.dataset.page || 1));
  });
  form.addEventListener("change", (event) => {
    const input = event.target;
    if (input.dataset.actValue) reshape(`${input.dataset.actValue}:${input.value}`);
    else if (input.dataset.reshapes !== undefined) reshape("");
    else released();
  });

  /* ---- form or YAML ---- */

  async function rewritten() {
    try {
      field("yaml").value = (await preview({ wants: "yaml" })).yaml;
      return true;
    } catch (problem) {
      console.warn("yaml", problem);
      window.kefen.say(form.dataset.failed, "danger");
      return false;
    }
  }

  async function turn(to) {
    const from = field("source").value;
    if (from === to) return;
    if (to === "form") await reshape("");
    else if (!(await rewritten())) return;
    field("source").value = to;
    editor.hidden = to === "yaml";
    written.hidden = to !== "yaml";
    form.querySelectorAll("[data-source]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.source === to));
    });
    changed(0);
  }

  /* Enter in a field is no wish to save. */
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input, select")) event.preventDefault();
  });
  form.addEventListener("submit", () => { form.dataset.sent = "yes"; });
  const publish = document.getElementById("kf-publish");
  publish.addEventListener("shown.bs.modal", () => {
    document.getElementById("kf-reason").focus();
  });
  if ("open" in publish.dataset) window.tabler.Modal.getOrCreateInstance(publish).show();

  charts.scan(form);
  changed(0);
})();
