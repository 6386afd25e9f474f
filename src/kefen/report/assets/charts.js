/* Finds every .kf-chart, fetches its data, shows loading, empty and error, and keeps the drawn
   picture in step with theme, language and size. What each type looks like is in pictures.js. */
(function () {
  "use strict";

  const words = {
    en: {
      loading: "Loading…", empty: "Nothing to show yet.", failed: "This picture did not load.",
      retry: "Try again", customers: "Customers", value: "Money", share: "Share", class: "Class",
      rank: "Rank", customer: "Customer", month: "Month", from: "From", to: "To", total: "Total",
      ofCustomers: "Share of customers", ofValue: "Share of money", cumulative: "Cumulative share",
      amount: "Amount", cut: "cut", unrated: "Unrated", before: "Before", after: "After",
      show: "Show", range: "Range", data: "Data of the picture",
    },
    zh: {
      loading: "加载中…", empty: "还没有可显示的数据。", failed: "图表未能加载。",
      retry: "重试", customers: "客户数", value: "金额", share: "占比", class: "类别",
      rank: "排名", customer: "客户", month: "月份", from: "从", to: "到", total: "合计",
      ofCustomers: "客户占比", ofValue: "金额占比", cumulative: "累计占比",
      amount: "数额", cut: "分界", unrated: "未评级", before: "之前", after: "之后",
      show: "显示", range: "区间", data: "图表数据",
    },
  };
  const palette = [
    "#a9b1bc", "#2450b0", "#1aa9bf", "#2d5c22", "#d9a800", "#cc6414",
    "#ee9aa2", "#86286c", "#986adb", "#857a70", "#37475a",
  ];
  const drawers = {};
  const live = new Map();

  /* ---- language and numbers ---- */

  const language = () => (document.documentElement.lang || "en").startsWith("zh") ? "zh" : "en";
  const word = (key) => words[language()][key];
  const text = (told) => {
    if (told === null || told === undefined) return "";
    return typeof told === "object" ? told[language()] || told.en || "" : String(told);
  };

  /* To make one of these takes longer than to write a number by it. */
  const writers = new Map();

  function writer(locale, options) {
    const key = locale + JSON.stringify(options);
    if (!writers.has(key)) writers.set(key, new Intl.NumberFormat(locale, options));
    return writers.get(key);
  }

  function format(number, unit) {
    if (number === null || number === undefined || Number.isNaN(number)) return "–";
    const locale = language() === "zh" ? "zh-CN" : "en";
    if (unit === "percent") {
      const digits = Math.abs(number) < 0.1 && number !== 0 ? 1 : 0;
      return writer(locale, { style: "percent", maximumFractionDigits: digits }).format(number);
    }
    const threshold = unit === "money" || language() === "zh" ? 10000 : 100000;
    const compact = Math.abs(number) >= threshold;
    const options = compact
      ? { notation: "compact", maximumSignificantDigits: 3 }
      : { maximumFractionDigits: Math.abs(number) < 100 && unit !== "customers" ? 1 : 0 };
    return writer(locale, options).format(number);
  }

  /* ---- looks: whatever CSS says, as plain rgb for the canvas ---- */

  const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const mixed = new Map();

  function rgb(css) {
    if (!mixed.has(css)) mixed.set(css, mix(css));
    return mixed.get(css);
  }

  function mix(css) {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = css;
    pen.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
    return alpha === 255
      ? `rgb(${red},${green},${blue})` : `rgba(${red},${green},${blue},${alpha / 255})`;
  }

  function fade(colour, alpha) {
    const parts = colour.match(/[\d.]+/g);
    return `rgba(${parts[0]},${parts[1]},${parts[2]},${alpha})`;
  }

  const inks = {
    ink: ["--tblr-body-color", "#1f2937"],
    faint: ["--tblr-secondary", "#6b7280"],
    line: ["--tblr-border-color", "#e5e7eb"],
    surface: ["--tblr-bg-surface", "#ffffff"],
    lapsed: ["--kf-class-lapsed", "#7a5a9e"],
  };

  /* All colours at once: each look at what CSS says of a changed page has its style worked out. */
  function colours(element) {
    const asked = [
      ...palette.map((hex, index) => [index ? `--kf-class-${index}` : "--kf-class-none", hex]),
      ...Object.values(inks),
    ];
    const probe = make("span", "", asked.map(([name, fallback]) => {
      const one = make("span");
      one.style.color = `var(${name}, ${fallback})`;
      return one;
    }));
    element.append(probe);
    const found = [...probe.children].map((one) => rgb(getComputedStyle(one).color));
    const font = getComputedStyle(element).fontFamily;
    probe.remove();
    const named = Object.keys(inks).map((name, at) => [name, found[palette.length + at]]);
    return { font, classes: found.slice(0, palette.length), ...Object.fromEntries(named) };
  }

  function view(element, entry) {
    entry.colours = entry.colours || colours(element);
    const { classes, lapsed, ...said } = entry.colours;
    return {
      mode: entry.mode, word, text, format, fade, ...said,
      accent: classes[1],
      clickable: Boolean(element.dataset.drill),
      still: matchMedia("(prefers-reduced-motion: reduce)").matches,
      colour: (kind) => {
        if (kind && kind.color) return rgb(kind.color);
        return kind && kind.key === "~lapsed" ? lapsed : classes[tone(kind)];
      },
    };
  }

  const tone = (kind) => {
    const index = typeof kind === "number" ? kind : (kind && kind.index) || 0;
    return index > 10 ? ((index - 1) % 10) + 1 : index;
  };

  /* ---- small DOM makers: no HTML strings, so a customer's name is never markup ---- */

  function make(tag, className, content) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    for (const child of [content].flat()) {
      if (child !== undefined && child !== null) node.append(child);
    }
    return node;
  }

  function tip(title, rows, kind) {
    const head = make("div", "kf-tip-title");
    if (kind) head.append(swatch(kind));
    head.append(title);
    const list = make("dl", "kf-tip-rows");
    for (const [name, told] of rows) list.append(make("dt", "", name), make("dd", "", told));
    return make("div", "kf-tip", [head, list]);
  }

  function swatch(kind) {
    const dot = make("span", `kf-swatch kf-tone-${kind && kind.key === "~lapsed" ? "lapsed" : tone(kind)}`);
    if (kind && kind.line) dot.classList.add(`kf-line-${kind.line}`);
    if (kind && kind.color) dot.style.backgroundColor = kind.color;
    return dot;
  }

  const address = (element, query) => {
    const base = element.dataset.drill;
    if (!base || !query) return null;
    return base + (base.includes("?") ? "&" : "?") + query;
  };

  /* Who holds a picture may answer a click in another way than by going to the list. */
  function go(element, query) {
    const told = new CustomEvent("kf:drill", { bubbles: true, cancelable: true, detail: query });
    if (query && !element.dispatchEvent(told)) return;
    const target = address(element, query);
    if (target) window.location.assign(target);
  }

  /* ---- states ---- */

  function state(element, kind, message, retry) {
    let box = element.querySelector(":scope > .kf-chart-state");
    if (!box) box = element.appendChild(make("div", "kf-chart-state"));
    element.dataset.state = kind;
    element.setAttribute("aria-busy", kind === "loading" ? "true" : "false");
    box.replaceChildren();
    if (kind === "ready") return;
    box.setAttribute("role", kind === "failed" ? "alert" : "status");
    if (kind === "loading") {
      for (let bar = 1; bar <= 7; bar += 1) box.append(make("span", `kf-bone kf-bone-${bar}`));
    }
    box.append(make("p", kind === "loading" ? "kf-hidden" : "kf-chart-message", message));
    if (retry) {
      const button = make("button", "btn btn-sm kf-retry", word("retry"));
      button.type = "button";
      button.addEventListener("click", retry);
      box.append(button);
    }
  }

  async function load(element) {
    const entry = live.get(element);
    state(element, "loading", word("loading"));
    try {
      entry.spec = await data(element);
    } catch (problem) {
      if (live.get(element) !== entry) return;
      console.warn("picture", element.dataset.source || element.dataset.inline, problem);
      drop(entry);
      state(element, "failed", word("failed"), () => load(element));
      return;
    }
    if (live.get(element) === entry) render(element);
  }

  async function data(element) {
    if (element.dataset.inline) {
      return JSON.parse(document.getElementById(element.dataset.inline).textContent);
    }
    const answer = await fetch(element.dataset.source, {
      headers: { Accept: "application/json" }, credentials: "same-origin",
    });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return answer.json();
  }

  /* ---- drawing ---- */

  function render(element) {
    const entry = live.get(element);
    if (!entry || !entry.spec) return;
    const draw = drawers[entry.spec.type];
    if (!draw) {
      state(element, "failed", `${word("failed")} (${entry.spec.type})`);
      return;
    }
    if (entry.spec.empty) {
      drop(entry);
      state(element, "empty", text(entry.spec.message) || word("empty"));
      return;
    }
    element.classList.toggle("kf-spark", Boolean(entry.spec.spark));
    frame(element, entry);
    const { clientWidth: width, clientHeight: height } = entry.canvas;
    if (width < 20 || height < 20) return;
    const look = view(element, entry);
    const picture = draw(entry.spec, Object.assign(look, { width, height }));
    state(element, "ready");
    controls(element, entry, picture);
    legend(element, entry, picture);
    table(element, entry, picture);
    paint(element, entry, picture, look);
    element.dispatchEvent(new Event("kf:drawn", { bubbles: true }));
  }

  function frame(element, entry) {
    if (entry.canvas) return;
    entry.bar = make("div", "kf-chart-bar");
    entry.canvas = make("div", "kf-chart-canvas");
    entry.legend = make("ul", "kf-legend");
    entry.table = make("div", "kf-chart-table");
    element.prepend(entry.bar, entry.canvas, entry.legend, entry.table);
    entry.canvas.setAttribute("role", "img");
    if (element.dataset.height) entry.canvas.style.height = `${element.dataset.height}px`;
    entry.watch = new ResizeObserver(() => {
      cancelAnimationFrame(entry.wait);
      entry.wait = requestAnimationFrame(() => {
        if (entry.canvas.clientWidth !== entry.width) render(element);
      });
    });
    entry.watch.observe(entry.canvas);
  }

  function paint(element, entry, picture, look) {
    if (!entry.chart) {
      entry.chart = echarts.init(entry.canvas, null, { renderer: element.dataset.renderer || "canvas" });
      entry.chart.on("click", (event) => {
        if (entry.picture.click) go(element, entry.picture.click(event));
      });
      entry.chart.getZr().on("click", (event) => {
        if (entry.picture.at) go(element, entry.picture.at(entry.chart, event.offsetX, event.offsetY));
      });
    }
    entry.picture = picture;
    const fresh = !entry.width;
    if (entry.width !== look.width || entry.height !== look.height) {
      entry.chart.resize({ width: look.width, height: look.height });
    }
    Object.assign(entry, { width: look.width, height: look.height });
    entry.chart.setOption({
      animation: fresh && !look.still && element.dataset.renderer !== "svg",
      animationDuration: 450,
      animationEasing: "cubicOut",
      backgroundColor: "transparent",
      textStyle: { fontFamily: look.font, color: look.ink, fontSize: 12 },
      ...picture.option,
    }, { notMerge: true });
    entry.canvas.classList.toggle("kf-clickable", look.clickable && Boolean(picture.click || picture.at));
    const named = element.getAttribute("aria-label") || text(entry.spec.title);
    entry.canvas.setAttribute("aria-label", [named, picture.summary].filter(Boolean).join(". "));
  }

  function controls(element, entry, picture) {
    const modes = picture.modes || [];
    entry.bar.replaceChildren();
    entry.bar.hidden = modes.length < 2;
    if (entry.bar.hidden) return;
    const group = make("div", "kf-modes");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", word("show"));
    for (const mode of modes) {
      const button = make("button", "kf-mode", word(mode));
      button.type = "button";
      button.setAttribute("aria-pressed", String(mode === picture.mode));
      button.addEventListener("click", () => {
        entry.mode = mode;
        render(element);
        entry.bar.querySelector("[aria-pressed=true]").focus();
      });
      group.append(button);
    }
    entry.bar.append(group);
  }

  function legend(element, entry, picture) {
    entry.legend.replaceChildren();
    entry.legend.hidden = !(picture.legend || []).length;
    for (const item of picture.legend || []) {
      const target = address(element, item.drill);
      const body = make(target ? "a" : "span", "kf-legend-item", [
        swatch(item.kind), make("span", "", item.label),
        item.detail ? make("span", "kf-legend-detail", item.detail) : null,
      ]);
      if (target) body.href = target;
      entry.legend.append(make("li", "", body));
    }
  }

  function table(element, entry, picture) {
    const head = make("tr", "", picture.headings.map((name) => {
      const cell = make("th", "", name);
      cell.scope = "col";
      return cell;
    }));
    const body = picture.rows.map(({ cells, drill }) => make("tr", "", cells.map((cell, index) => {
      const target = index ? null : address(element, drill);
      if (!target) return make("td", "", String(cell));
      const link = make("a", "", String(cell));
      link.href = target;
      return make("td", "", link);
    })));
    const caption = make("caption", "", text(entry.spec.title) || word("data"));
    entry.table.replaceChildren(make("table", "table table-sm", [
      caption, make("thead", "", head), make("tbody", "", body),
    ]));
  }

  function drop(entry) {
    cancelAnimationFrame(entry.wait);
    if (entry.watch) entry.watch.disconnect();
    if (entry.chart) entry.chart.dispose();
    for (const part of ["bar", "canvas", "legend", "table"]) {
      if (entry[part]) entry[part].remove();
      delete entry[part];
    }
    delete entry.chart;
    delete entry.watch;
    delete entry.width;
  }

  /* ---- life of the page ---- */

  function scan(root) {
    for (const [element, entry] of live) {
      if (!element.isConnected) {
        drop(entry);
        live.delete(element);
      }
    }
    const found = [...root.querySelectorAll(".kf-chart")];
    if (root.matches && root.matches(".kf-chart")) found.push(root);
    for (const element of found) {
      if (live.has(element)) continue;
      element.replaceChildren(...element.querySelectorAll("script[type='application/json']"));
      live.set(element, { mode: element.dataset.mode });
      if (element.dataset.held === undefined) load(element);
      else state(element, "loading", word("loading"));
    }
  }

  /* Draw what someone holds, without fetching it; the same picture with other numbers stays. */
  function show(element, spec) {
    if (!live.has(element)) scan(element);
    const entry = live.get(element);
    if (entry.spec && entry.spec.type !== spec.type) drop(entry);
    entry.spec = spec;
    render(element);
  }

  const chart = (element) => (live.get(element) || {}).chart;

  function refresh(element) {
    if (live.has(element)) load(element);
  }

  const redraw = () => live.forEach((entry, element) => {
    delete entry.colours;
    render(element);
  });

  function start() {
    scan(document);
    new MutationObserver(redraw).observe(document.documentElement, {
      attributes: true, attributeFilter: ["data-bs-theme", "lang"],
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
    for (const name of ["htmx:load", "htmx:afterSettle", "htmx:historyRestore"]) {
      document.addEventListener(name, (event) => scan((event.detail && event.detail.elt) || document));
    }
    document.addEventListener("kf:refresh", (event) => refresh(event.target));
  }

  window.kefenCharts = { drawers, tip, scan, refresh, redraw, show, chart };
  if (document.readyState === "complete") start();
  else window.addEventListener("DOMContentLoaded", start);
})();
