/* The cuts of the designer's picture as handles to drag: pointer, touch and arrow keys. A handle
   writes the control of its class; the picture follows when the effect has been worked out. */
(function () {
  "use strict";

  const { chart, position } = window.kefenCharts;

  const total = (bins, name) => bins.reduce((sum, bin) => sum + Math.max(bin[name], 0), 0);

  /* A place on the axis, counted in bins, as the value there. */
  function valueAt(spec, place) {
    const at = Math.min(Math.max(Math.floor(place), 0), spec.bins.length - 1);
    const { from, to } = spec.bins[at];
    return from + (to - from) * Math.min(Math.max(place - at, 0), 1);
  }

  /* The share of customers or money from the best end up to a place. */
  function shareAt(spec, place, name) {
    const whole = total(spec.bins, name) || 1;
    const below = spec.bins.reduce(
      (sum, bin, at) => sum + Math.max(bin[name], 0) * Math.min(Math.max(place - at, 0), 1), 0,
    );
    return (spec.better === "lower" ? below : whole - below) / whole;
  }

  /* Two or three digits that people would write. */
  function round(value, spec) {
    const span = spec.bins.at(-1).to - spec.bins[0].from;
    const local = spec.unit === "money" ? Math.abs(value) : Math.min(Math.abs(value) || 1, span);
    if (!local) return 0;
    const step = 10 ** (Math.floor(Math.log10(local)) - (spec.unit === "money" ? 1 : 2));
    const neat = Math.round(value / step) * step;
    return Number(neat.toPrecision(6));
  }

  class Cuts {
    constructor(holder, form) {
      this.holder = holder;
      this.form = form;
      this.element = holder.querySelector(".kf-chart");
      this.element.addEventListener("kf:drawn", () => this.place());
    }

    /* The control of each class but the last, in order. */
    fields() {
      return [...this.form.querySelectorAll(".kf-cut input[name]")];
    }

    kind() {
      return this.form.querySelector(".kf-editor").dataset.cut;
    }

    show(spec) {
      this.spec = spec.type === "distribution" && !spec.empty && this.kind() ? spec : null;
      if (!this.spec) this.clear();
    }

    clear() {
      this.holder.querySelectorAll(".kf-cut-handle").forEach((handle) => handle.remove());
    }

    place() {
      const drawn = chart(this.element);
      if (!this.spec || !drawn) {
        this.clear();
        return;
      }
      const fields = this.fields();
      const handles = [...this.holder.querySelectorAll(".kf-cut-handle")];
      const wanted = this.spec.cuts.slice(0, fields.length);
      const frame = this.frame();
      handles.slice(wanted.length).forEach((handle) => handle.remove());
      wanted.forEach((cut, order) => {
        const handle = handles[order] || this.make(order);
        handle.setAttribute("aria-valuetext", fields[order].value);
        handle.setAttribute("aria-valuenow", String(cut.at));
        handle.setAttribute("aria-label", this.label(order));
        if (this.dragged !== handle) {
          this.put(handle, drawn.convertToPixel({ xAxisIndex: 1 }, position(this.spec, cut.at)), frame);
        }
      });
    }

    label(order) {
      const title = (at) => {
        const told = (this.spec.classes[at] || {}).title || "";
        return typeof told === "string" ? told : told[document.documentElement.lang.startsWith("zh") ? "zh" : "en"];
      };
      return this.form.dataset.cut.replace("{above}", title(order)).replace("{below}", title(order + 1));
    }

    /* Where the picture is in its holder. */
    frame() {
      const box = this.element.querySelector(".kf-chart-canvas").getBoundingClientRect();
      const outer = this.holder.getBoundingClientRect();
      return { left: box.left - outer.left, top: box.top - outer.top, height: box.height };
    }

    put(handle, x, frame = this.frame()) {
      handle.style.left = `${frame.left + x}px`;
      handle.style.top = `${frame.top}px`;
      handle.style.height = `${frame.height - 24}px`;
    }

    make(order) {
      const handle = document.createElement("button");
      handle.type = "button";
      handle.className = "kf-cut-handle";
      handle.setAttribute("role", "slider");
      handle.addEventListener("pointerdown", (event) => this.take(event, handle, order));
      handle.addEventListener("keydown", (event) => this.press(event, order));
      this.holder.append(handle);
      return handle;
    }

    take(event, handle, order) {
      event.preventDefault();
      handle.focus();
      handle.setPointerCapture(event.pointerId);
      this.dragged = handle;
      const move = (moved) => this.drag(moved, handle, order);
      const drop = () => {
        this.dragged = null;
        handle.removeEventListener("pointermove", move);
        this.fields()[order].dispatchEvent(new Event("change", { bubbles: true }));
      };
      handle.addEventListener("pointermove", move);
      handle.addEventListener("pointerup", drop, { once: true });
      handle.addEventListener("pointercancel", drop, { once: true });
    }

    drag(event, handle, order) {
      const drawn = chart(this.element);
      const box = this.element.querySelector(".kf-chart-canvas").getBoundingClientRect();
      const from = drawn.convertToPixel({ xAxisIndex: 1 }, 0);
      const to = drawn.convertToPixel({ xAxisIndex: 1 }, this.spec.bins.length);
      const x = Math.min(Math.max(event.clientX - box.left, from), to);
      this.put(handle, x);
      this.write(order, drawn.convertFromPixel({ xAxisIndex: 1 }, x));
    }

    write(order, place) {
      const fields = this.fields();
      const kind = this.kind();
      const number = (at) => Number.parseFloat(fields[at].value) || 0;
      const percent = (share) => Math.round(share * 1000) / 10;
      if (kind === "value") {
        this.set(fields[order], round(valueAt(this.spec, place), this.spec));
      } else if (kind === "share") {
        const before = fields.slice(0, order).reduce((sum, _, at) => sum + number(at), 0);
        const share = Math.max(percent(shareAt(this.spec, place, "customers")) - before, 0.1);
        const change = share - number(order);
        if (order + 1 < fields.length) {
          this.set(fields[order + 1], Math.max(Math.round((number(order + 1) - change) * 10) / 10, 0.1));
        }
        this.set(fields[order], Math.round(share * 10) / 10);
      } else {
        const least = order ? number(order - 1) + 0.1 : 0.1;
        const most = order + 1 < fields.length ? number(order + 1) - 0.1 : 99.9;
        const share = percent(shareAt(this.spec, place, kind === "mass" ? "mass" : "customers"));
        this.set(fields[order], Math.round(Math.min(Math.max(share, least), most) * 10) / 10);
      }
    }

    press(event, order) {
      const turn = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (!turn) return;
      event.preventDefault();
      const field = this.fields()[order];
      const value = Number.parseFloat(field.value.replaceAll(",", "")) || 0;
      const money = this.kind() === "value" && this.spec.unit === "money";
      const step = money ? 10 ** Math.max(Math.floor(Math.log10(Math.abs(value) || 1)) - 1, 0) : Number(field.dataset.step) || 1;
      const right = this.spec.better === "lower" || this.kind() === "value" ? 1 : -1;
      this.set(field, Number((value + turn * right * step).toPrecision(8)));
    }

    set(field, value) {
      if (field.value === String(value)) return;
      field.value = String(value);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  window.kefenCuts = Cuts;
})();
