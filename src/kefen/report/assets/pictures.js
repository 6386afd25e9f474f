/* One drawing function a type: (spec, look) → { option for ECharts, table, legend, drill-downs }. */
(function () {
  "use strict";

  const { drawers, tip } = window.kefenCharts;

  /* ---- shared pieces ---- */

  const ordinary = (look, extra) => ({
    grid: { left: 8, right: 16, top: 16, bottom: 8, outerBoundsMode: "same", ...extra },
  });

  const axis = (look, more) => ({
    axisLine: { lineStyle: { color: look.line } },
    axisTick: { show: false },
    axisLabel: { color: look.faint, hideOverlap: true },
    splitLine: { lineStyle: { color: look.line, opacity: 0.6 } },
    nameTextStyle: { color: look.faint },
    ...more,
  });

  const bubble = (look, formatter, more) => ({
    className: "kf-bubble", backgroundColor: look.surface, borderColor: look.line, borderWidth: 1,
    padding: 0, confine: true, transitionDuration: 0, formatter, ...more,
  });

  window.kefenCharts.pieces = { ordinary, axis, bubble };

  const chosen = (spec, look, modes) => (modes.includes(look.mode) ? look.mode : spec.mode || modes[0]);

  function legendOf(spec, look, detail) {
    return spec.classes
      .filter((kind) => kind.customers !== 0)
      .map((kind) => ({ kind, label: look.text(kind.title), detail: detail && detail(kind), drill: kind.drill }));
  }

  /* ---- pyramid: two triangles whose areas, not heights, are the shares ---- */

  const upright = (share) => Math.sqrt(Math.min(Math.max(share, 0), 1));
  const inverted = (share) => 1 - Math.sqrt(1 - Math.min(Math.max(share, 0), 1));

  function slice(box, from, to, pointUp) {
    const place = pointUp ? upright : inverted;
    const width = (level) => (pointUp ? level : 1 - level) * box.width;
    const [top, bottom] = [place(from), place(to)];
    const middle = box.x + box.width / 2;
    const [upper, lower] = [width(top) / 2, width(bottom) / 2];
    const [high, low] = [box.y + top * box.height, box.y + bottom * box.height];
    return {
      points: [[middle - upper, high], [middle + upper, high], [middle + lower, low], [middle - lower, low]],
      centre: [middle, (high + low) / 2], height: low - high, half: (upper + lower) / 2,
    };
  }

  function tiers(spec, look) {
    const narrow = look.width < 520;
    const middle = narrow ? 124 : Math.min(264, look.width * 0.4);
    const side = Math.min((look.width - middle) / 2 - 8, look.height * 1.15);
    const head = 30;
    const box = { y: head, width: side, height: look.height - head - 8 };
    const left = { ...box, x: look.width / 2 - middle / 2 - side };
    const right = { ...box, x: look.width / 2 + middle / 2 };
    const rated = spec.classes.filter((kind) => kind.index);
    const sum = (field) => rated.reduce((total, kind) => total + Math.max(kind[field], 0), 0) || 1;
    const [people, money] = [sum("customers"), sum("value")];
    let [peopleSoFar, moneySoFar] = [0, 0];
    const parts = rated.map((kind, row) => {
      const ofPeople = kind.customers / people;
      const ofMoney = Math.max(kind.value, 0) / money;
      const part = {
        kind, ofPeople, ofMoney,
        people: slice(left, peopleSoFar, peopleSoFar + ofPeople, true),
        money: slice(right, moneySoFar, moneySoFar + ofMoney, false),
        y: head + ((row + 0.5) * box.height) / rated.length,
      };
      peopleSoFar += ofPeople;
      moneySoFar += ofMoney;
      return part;
    });
    return { parts, left, right, middle, narrow, head };
  }

  function leader(from, to, look) {
    const elbow = from[0] + (to[0] - from[0]) * 0.55;
    return {
      type: "polyline", silent: true,
      shape: { points: [from, [elbow, to[1]], to] },
      style: { stroke: look.faint, opacity: 0.45, fill: "none", lineWidth: 1 },
    };
  }

  function label(content, x, y, look, style) {
    return { type: "text", silent: true, x, y, style: {
      text: content, align: "center", verticalAlign: "middle", fill: look.ink,
      fontFamily: look.font, fontSize: 12, ...style,
    } };
  }

  function tierShapes(part, plan, look, clickable) {
    const { left, right, middle, narrow } = plan;
    const centre = left.x + left.width + middle / 2;
    const [start, end] = [centre - middle / 2 + 6, centre + middle / 2 - 6];
    const shape = (piece) => ({
      type: "polygon", shape: { points: piece.points }, cursor: clickable ? "pointer" : "default",
      style: { fill: look.colour(part.kind), stroke: look.surface, lineWidth: 1.5 },
      emphasis: { style: { opacity: 0.82 } },
    });
    const rightOf = (piece) => [piece.centre[0] + piece.half, piece.centre[1]];
    const leftOf = (piece) => [piece.centre[0] - piece.half, piece.centre[1]];
    const name = look.text(part.kind.title);
    const above = narrow ? -8 : 0;
    const inside = middle - (narrow ? 8 : 100);
    return [
      shape(part.people), shape(part.money),
      leader(rightOf(part.people), [start, part.y], look), leader(leftOf(part.money), [end, part.y], look),
      label(name, centre, part.y + above, look, { fontWeight: 600, width: inside, overflow: "truncate" }),
      label(look.format(part.ofPeople, "percent"), start + 3, part.y + (narrow ? 9 : 0), look, { align: "left", fill: look.faint }),
      label(look.format(part.ofMoney, "percent"), end - 3, part.y + (narrow ? 9 : 0), look, { align: "right", fill: look.faint }),
    ];
  }

  drawers.pyramid = function pyramid(spec, look) {
    const plan = tiers(spec, look);
    const heading = (content, box) => label(content, box.x + box.width / 2, 10, look, { fill: look.faint });
    const money = look.text(spec.value) || look.word("value");
    return {
      option: {
        tooltip: bubble(look, ({ dataIndex }) => {
          const { kind, ofPeople, ofMoney } = plan.parts[dataIndex];
          return tip(look.text(kind.title), [
            [look.word("customers"), `${look.format(kind.customers, "customers")} · ${look.format(ofPeople, "percent")}`],
            [money, `${look.format(kind.value, spec.unit)} · ${look.format(ofMoney, "percent")}`],
          ], kind);
        }),
        graphic: [heading(look.word("customers"), plan.left), heading(money, plan.right)],
        series: [{
          type: "custom", coordinateSystem: "none", data: plan.parts.map((_, row) => row),
          renderItem: (params) => ({
            type: "group", children: tierShapes(plan.parts[params.dataIndex], plan, look, look.clickable),
          }),
        }],
      },
      summary: plan.parts.map((part) => `${look.text(part.kind.title)} ${look.format(part.ofPeople, "percent")} / ${look.format(part.ofMoney, "percent")}`).join(", "),
      click: (event) => plan.parts[event.dataIndex].kind.drill,
      legend: spec.classes.filter((kind) => !kind.index && kind.customers).map((kind) => ({
        kind, label: look.text(kind.title), detail: look.format(kind.customers, "customers"), drill: kind.drill,
      })),
      headings: [look.word("class"), look.word("customers"), look.word("ofCustomers"), money, look.word("ofValue")],
      rows: plan.parts.map(({ kind, ofPeople, ofMoney }) => ({ drill: kind.drill, cells: [
        look.text(kind.title), kind.customers, look.format(ofPeople, "percent"),
        look.format(kind.value, spec.unit), look.format(ofMoney, "percent"),
      ] })),
    };
  };

  /* ---- pareto: cumulative share of money against share of customers ---- */

  function zone(spec, look, kind, width) {
    const wide = (kind.to - kind.from) * width > 28;
    const points = spec.points.filter((point) => point.x >= kind.from && point.x <= kind.to);
    return {
      type: "line", name: look.text(kind.title), silent: true, symbol: "none", z: 3,
      data: points.map((point) => [point.x, point.y]),
      lineStyle: { color: look.colour(kind), width: 2.5 },
      areaStyle: { color: look.fade(look.colour(kind), 0.16) },
      tooltip: { show: false },
      markLine: kind.to < 1 && {
        silent: true, symbol: "none", animation: false,
        lineStyle: { color: look.faint, type: [3, 3], opacity: 0.7, width: 1 },
        label: { show: false },
        data: [
          [{ coord: [kind.to, 0] }, { coord: [kind.to, kind.reach] }],
          [{ coord: [0, kind.reach] }, { coord: [kind.to, kind.reach] }],
        ],
      },
      markPoint: wide && {
        silent: true, symbol: "rect", symbolSize: 0.01, animation: false,
        data: [{ coord: [(kind.from + kind.to) / 2, 0.06] }],
        label: { formatter: look.text(kind.short || kind.title), color: look.colour(kind), fontWeight: 700, fontSize: 14,
          width: (kind.to - kind.from) * width - 4, overflow: "truncate" },
      },
    };
  }

  drawers.pareto = function pareto(spec, look) {
    const percent = { formatter: (share) => look.format(share, "percent"), color: look.faint };
    const ratedKinds = spec.classes.filter((kind) => kind.index && kind.to > kind.from);
    const name = (point) => point.name || point.customer_id;
    const kindAt = (share) => ratedKinds.find((kind) => share <= kind.to) || ratedKinds.at(-1);
    return {
      option: {
        ...ordinary(look, { bottom: 4, top: 12 }),
        tooltip: bubble(look, ([hit]) => {
          const point = spec.points[hit.dataIndex];
          if (!point.rank) return "";
          return tip(name(point), [
            [look.word("rank"), `${look.format(point.rank, "customers")} / ${look.format(spec.customers, "customers")}`],
            [look.text(spec.value) || look.word("value"), look.format(point.value, spec.unit)],
            [look.word("ofCustomers"), look.format(point.x, "percent")],
            [look.word("cumulative"), look.format(point.y, "percent")],
          ], kindAt(point.x));
        }, { trigger: "axis", axisPointer: { type: "line", lineStyle: { color: look.faint } } }),
        xAxis: axis(look, {
          type: "value", min: 0, max: 1, axisLabel: percent, name: look.word("ofCustomers"),
          nameLocation: "middle", nameGap: 26, splitLine: { show: false },
        }),
        yAxis: axis(look, { type: "value", min: 0, max: Math.max(1, ...spec.points.map((point) => point.y)), axisLabel: percent }),
        series: [
          {
            type: "line", symbol: "circle", symbolSize: 7, showSymbol: false, z: 4, data: spec.points.map((point) => [point.x, point.y]),
            lineStyle: { width: 0 }, itemStyle: { color: look.ink },
          },
          ...ratedKinds.map((kind) => zone(spec, look, kind, look.width - 64)),
        ],
      },
      at: (chart, x, y) => chart.containPixel("grid", [x, y])
        && kindAt(chart.convertFromPixel("grid", [x, y])[0]).drill,
      summary: ratedKinds.map((kind) => `${look.text(kind.title)}: ${look.format(kind.to - kind.from, "percent")} → ${look.format(kind.reach, "percent")}`).join(", "),
      legend: legendOf(spec, look, (kind) => kind.index ? `${look.format(kind.customers, "customers")} · ${look.format(kind.share_of_value, "percent")}` : look.format(kind.customers, "customers")),
      headings: [look.word("class"), look.word("customers"), look.word("ofCustomers"), look.word("cumulative")],
      rows: ratedKinds.map((kind) => ({ drill: kind.drill, cells: [
        look.text(kind.title), kind.customers, look.format(kind.to - kind.from, "percent"), look.format(kind.reach, "percent"),
      ] })),
    };
  };

  /* ---- heatmap: R against F ---- */

  drawers.heatmap = function heatmap(spec, look) {
    const modes = ["customers", "value"];
    const mode = chosen(spec, look, modes);
    const unit = mode === "value" ? spec.unit : "customers";
    const most = Math.max(1, ...spec.cells.map((cell) => cell[mode]));
    const depth = (cell) => Math.sqrt(Math.max(cell[mode], 0) / most);
    const name = (cell) => `${look.text(spec.y.short)}${cell.y} ${look.text(spec.x.short)}${cell.x}`;
    const scale = (side) => axis(look, {
      type: "category", data: side.values, name: look.text(side.title), nameLocation: "middle",
      axisLine: { show: false }, splitLine: { show: false }, splitArea: { show: false },
    });
    return {
      mode, modes,
      option: {
        grid: { left: 48, right: 8, top: 6, bottom: 44 },
        tooltip: bubble(look, ({ data }) => tip(name(data.cell), [
          [look.word("customers"), look.format(data.cell.customers, "customers")],
          [look.text(spec.value) || look.word("value"), look.format(data.cell.value, spec.unit)],
        ])),
        xAxis: { ...scale(spec.x), nameGap: 26 },
        yAxis: { ...scale(spec.y), nameGap: 28 },
        visualMap: {
          show: false, min: 0, max: 1, dimension: 2,
          inRange: { color: [look.fade(look.accent, 0.05), look.fade(look.accent, 0.45), look.accent] },
        },
        series: [{
          type: "heatmap", itemStyle: { borderColor: look.surface, borderWidth: 3, borderRadius: 6 },
          emphasis: { itemStyle: { borderColor: look.accent, borderWidth: 2 } },
          data: spec.cells.map((cell) => ({
            value: [spec.x.values.indexOf(cell.x), spec.y.values.indexOf(cell.y), depth(cell)], cell,
            label: { color: depth(cell) > 0.62 ? "#fff" : look.ink },
          })),
          label: { show: true, fontSize: look.width < 400 ? 10 : 12,
            formatter: ({ data }) => (data.cell.customers ? look.format(data.cell[mode], unit) : "") },
        }],
      },
      click: (event) => event.data.cell.customers && event.data.cell.drill,
      headings: ["RF", look.word("customers"), look.text(spec.value) || look.word("value")],
      rows: spec.cells.map((cell) => ({ drill: cell.drill, cells: [
        name(cell), cell.customers, look.format(cell.value, spec.unit),
      ] })),
    };
  };

  /* ---- distribution: histogram, each bar made of the classes inside it, with cut lines ---- */

  function position(spec, value) {
    const bin = spec.bins.findIndex((each) => value <= each.to);
    if (bin < 0) return spec.bins.length;
    const { from, to } = spec.bins[bin];
    return bin + (to > from ? Math.max(value - from, 0) / (to - from) : 0);
  }

  window.kefenCharts.position = position;

  /* Labels of near cuts stand in rows above each other: of each cut its row, 0 the lowest. */
  function rowsOfCuts(places, texts, width) {
    const ends = [];
    const order = places.map((_, cut) => cut).sort((one, other) => places[one] - places[other]);
    const rows = [];
    for (const cut of order) {
      const half = 4 + texts[cut].length * 3.3;
      const middle = places[cut] * width;
      const free = ends.findIndex((end) => middle - half > end);
      rows[cut] = free < 0 ? ends.length : free;
      ends[rows[cut]] = middle + half;
    }
    return rows;
  }

  window.kefenCharts.rowsOfCuts = rowsOfCuts;

  drawers.distribution = function distribution(spec, look) {
    const edges = [...spec.bins.map((bin) => bin.from), spec.bins.at(-1).to];
    const number = (value) => look.format(value, spec.unit);
    const range = (bin) => `${number(bin.from)} – ${number(bin.to)}`;
    const kinds = spec.classes.filter((kind) => kind.index);
    const places = spec.cuts.map((cut) => position(spec, cut.at));
    const rows = rowsOfCuts(places.map((place) => place / spec.bins.length), spec.cuts.map((cut) => number(cut.at)), look.width - 64);
    return {
      option: {
        ...ordinary(look, { top: 28 + 15 * Math.max(0, ...rows), bottom: 4 }),
        tooltip: bubble(look, ([hit]) => {
          const bin = spec.bins[hit.dataIndex];
          const rows = kinds.map((kind, order) => [look.text(kind.title), bin.counts[order]]).filter(([, count]) => count);
          return tip(range(bin), [...rows, [look.word("total"), bin.customers]].map(([title, count]) => [title, look.format(count, "customers")]));
        }, { trigger: "axis", axisPointer: { type: "shadow" } }),
        xAxis: [
          { type: "category", show: false, data: spec.bins.map((_, order) => order) },
          axis(look, {
            type: "value", min: 0, max: spec.bins.length, position: "bottom", interval: Math.ceil(spec.bins.length / (look.width < 480 ? 4 : 8)),
            axisLabel: { color: look.faint, hideOverlap: true, formatter: (order) => number(edges[Math.round(order)]) },
            splitLine: { show: false }, axisPointer: { show: false },
            name: look.text(spec.x), nameLocation: "middle", nameGap: 26,
          }),
        ],
        yAxis: axis(look, { type: "value", minInterval: 1, axisLabel: { color: look.faint, formatter: (count) => look.format(count, "customers") } }),
        series: [
          ...kinds.map((kind, order) => ({
            type: "bar", stack: "classes", name: look.text(kind.title), barCategoryGap: "6%",
            itemStyle: { color: look.colour(kind) }, data: spec.bins.map((bin) => bin.counts[order]),
          })),
          {
            type: "line", xAxisIndex: 1, data: [], silent: true,
            markLine: {
              symbol: "none", animation: false, silent: true,
              lineStyle: { color: look.ink, type: [4, 3], width: 1 },
              label: { color: look.ink, position: "end", fontSize: 11, backgroundColor: look.surface, padding: [1, 3] },
              data: spec.cuts.map((cut, order) => ({
                xAxis: places[order], label: { formatter: number(cut.at), offset: [0, -15 * rows[order]] },
              })),
            },
          },
        ],
      },
      at: (chart, x, y) => {
        if (!chart.containPixel("grid", [x, y])) return null;
        const bin = spec.bins[Math.round(chart.convertFromPixel({ xAxisIndex: 0 }, x))];
        return bin && bin.customers ? bin.drill : null;
      },
      legend: legendOf(spec, look, (kind) => look.format(kind.customers, "customers")),
      summary: spec.cuts.map((cut) => `${look.word("cut")} ${number(cut.at)}`).join(", "),
      headings: [look.word("range"), ...kinds.map((kind) => look.text(kind.title)), look.word("total")],
      rows: spec.bins.map((bin) => ({ drill: bin.drill, cells: [range(bin), ...bin.counts, bin.customers] })),
    };
  };

  /* ---- stacked: money by class over months ---- */

  drawers.stacked = function stacked(spec, look) {
    const modes = ["value", "share"];
    const mode = chosen(spec, look, modes);
    const totals = spec.months.map((_, month) => spec.classes.reduce((sum, kind) => sum + Math.max(kind.values[month], 0), 0) || 1);
    const shown = (kind, month) => (mode === "share" ? Math.max(kind.values[month], 0) / totals[month] : kind.values[month]);
    const unit = mode === "share" ? "percent" : spec.unit;
    const kinds = [...spec.classes].reverse();
    return {
      mode, modes,
      option: {
        ...ordinary(look),
        tooltip: bubble(look, (hits) => {
          const month = hits[0].dataIndex;
          return tip(spec.months[month], spec.classes.map((kind) => [
            look.text(kind.title), `${look.format(kind.values[month], spec.unit)} · ${look.format(Math.max(kind.values[month], 0) / totals[month], "percent")}`,
          ]));
        }, { trigger: "axis", axisPointer: { type: "shadow" } }),
        xAxis: axis(look, { type: "category", data: spec.months, splitLine: { show: false } }),
        yAxis: axis(look, { type: "value", max: mode === "share" ? 1 : null, axisLabel: { color: look.faint, formatter: (amount) => look.format(amount, unit) } }),
        series: kinds.map((kind) => ({
          type: "bar", stack: "classes", name: look.text(kind.title), barCategoryGap: "22%", itemStyle: { color: look.colour(kind) },
          data: kind.values.map((_, month) => shown(kind, month)),
        })),
      },
      click: (event) => {
        const kind = kinds[event.seriesIndex];
        return kind.drill && `${kind.drill}&bought=${spec.months[event.dataIndex]}`;
      },
      legend: legendOf(spec, look),
      headings: [look.word("month"), ...spec.classes.map((kind) => look.text(kind.title))],
      rows: spec.months.map((month, order) => ({ cells: [month, ...spec.classes.map((kind) => look.format(kind.values[order], spec.unit))] })),
    };
  };

  /* ---- sankey: who moved from class to class ---- */

  drawers.sankey = function sankey(spec, look) {
    const modes = ["customers", "value"];
    const mode = chosen(spec, look, modes);
    const amount = (link) => Math.max(mode === "customers" ? link.customers : link.value_to, 0);
    const unit = mode === "customers" ? "customers" : spec.unit;
    const kinds = new Map(spec.classes.map((kind) => [kind.key, kind]));
    const links = spec.links.filter((link) => amount(link) > 0);
    const ends = (side, mark) => spec.classes
      .filter((kind) => links.some((link) => link[side] === kind.key))
      .map((kind) => ({ name: mark + kind.key, depth: mark === "<" ? 0 : 1, kind,
        drill: mark === ">" ? kind.drill : null, itemStyle: { color: look.colour(kind) },
        label: { position: mark === "<" ? "right" : "left" } }));
    const title = (key) => look.text(kinds.get(key).title);
    const narrow = look.width < 480;
    return {
      mode, modes,
      option: {
        tooltip: bubble(look, ({ dataType, data, value }) => {
          if (dataType === "node") return tip(look.text(data.kind.title), [[look.word(mode), look.format(value, unit)]], data.kind);
          const { link } = data;
          return tip(`${title(link.from)} → ${title(link.to)}`, [
            [look.word("customers"), look.format(link.customers, "customers")],
            [`${look.word("value")} · ${look.word("before")}`, look.format(link.value_from, spec.unit)],
            [`${look.word("value")} · ${look.word("after")}`, look.format(link.value_to, spec.unit)],
          ]);
        }),
        graphic: [
          label(look.text(spec.from), 4, 9, look, { align: "left", fill: look.faint }),
          label(look.text(spec.to), look.width - 4, 9, look, { align: "right", fill: look.faint }),
        ],
        series: [{
          type: "sankey", animation: false, left: 4, right: 4, top: 26, bottom: 8, nodeWidth: 12, nodeGap: 12, draggable: false,
          layoutIterations: 0, emphasis: { focus: "adjacency" },
          data: [...ends("from", "<"), ...ends("to", ">")],
          links: links.map((link) => ({
            source: `<${link.from}`, target: `>${link.to}`, value: amount(link), link,
            lineStyle: { color: look.colour(kinds.get(link.from)), opacity: link.from === link.to ? 0.14 : 0.5, curveness: 0.5 },
          })),
          label: { color: look.ink, fontWeight: 500, textBorderWidth: 3, textBorderColor: look.surface, width: narrow ? 128 : 200, overflow: "truncate",
            formatter: ({ data, value }) => `${look.text(data.kind.title)}  ${look.format(value, unit)}` },
        }],
      },
      click: (event) => (event.dataType === "edge" ? event.data.link.drill : event.data.drill),
      summary: links.filter((link) => link.from !== link.to).map((link) => `${title(link.from)} → ${title(link.to)}: ${link.customers}`).join(", "),
      headings: [`${look.word("from")} → ${look.word("to")}`, look.word("customers"), look.word("before"), look.word("after")],
      rows: links.map((link) => ({ drill: link.drill, cells: [
        `${title(link.from)} → ${title(link.to)}`, link.customers, look.format(link.value_from, spec.unit), look.format(link.value_to, spec.unit),
      ] })),
    };
  };

  /* ---- bars: named amounts, longest first as given ---- */

  drawers.bars = function bars(spec, look) {
    const colour = (item) => (item.index === undefined ? look.accent : look.colour(item));
    return {
      option: {
        ...ordinary(look, { right: 56, top: 4, bottom: 4 }),
        tooltip: bubble(look, ({ dataIndex }) => tip(look.text(spec.items[dataIndex].title), [[look.text(spec.value) || look.word("amount"), look.format(spec.items[dataIndex].value, spec.unit)]])),
        xAxis: axis(look, { type: "value", show: false }),
        yAxis: axis(look, {
          type: "category", inverse: true, data: spec.items.map((item) => look.text(item.title)), axisLine: { show: false },
          axisLabel: { color: look.ink, width: Math.min(180, look.width * 0.34), overflow: "truncate" },
        }),
        series: [{
          type: "bar", barMaxWidth: 22, itemStyle: { borderRadius: [0, 4, 4, 0] },
          data: spec.items.map((item) => ({ value: item.value, itemStyle: { color: colour(item) } })),
          label: { show: true, position: "right", color: look.faint, formatter: ({ value }) => look.format(value, spec.unit) },
        }],
      },
      click: (event) => spec.items[event.dataIndex].drill,
      headings: [look.text(spec.by) || look.word("class"), look.text(spec.value) || look.word("amount")],
      rows: spec.items.map((item) => ({ drill: item.drill, cells: [look.text(item.title), look.format(item.value, spec.unit)] })),
    };
  };

  /* ---- line: one or few series over months; `spark` leaves only the line ---- */

  drawers.line = function line(spec, look) {
    const bare = Boolean(spec.spark);
    const colour = (series, order) => (series.index === undefined ? look.colour(order + 1) : look.colour(series));
    return {
      option: {
        ...(bare ? { grid: { left: 2, right: 2, top: 4, bottom: 4 } } : ordinary(look)),
        tooltip: bubble(look, (hits) => tip(spec.x[hits[0].dataIndex], spec.series.map((series) => [
          look.text(series.title), look.format(series.values[hits[0].dataIndex], spec.unit),
        ])), { trigger: "axis", confine: !bare, appendTo: bare ? "body" : undefined, axisPointer: { type: "line", lineStyle: { color: look.faint } } }),
        xAxis: axis(look, { type: "category", data: spec.x, show: !bare, boundaryGap: !bare, splitLine: { show: false } }),
        yAxis: axis(look, { type: "value", show: !bare, scale: false, axisLabel: { color: look.faint, formatter: (amount) => look.format(amount, spec.unit) } }),
        series: spec.series.map((series, order) => ({
          type: series.as === "bar" ? "bar" : "line", name: look.text(series.title), data: series.values,
          smooth: false, symbol: "circle", symbolSize: 5, showSymbol: false, barCategoryGap: "30%", barMaxWidth: 28,
          lineStyle: { color: colour(series, order), width: bare ? 1.5 : 2.5 },
          itemStyle: { color: colour(series, order), borderRadius: series.as === "bar" ? [3, 3, 0, 0] : 0 },
          areaStyle: spec.series.length === 1 && series.as !== "bar" ? { color: look.fade(colour(series, order), 0.12) } : undefined,
        })),
      },
      click: (event) => spec.drills && spec.drills[event.dataIndex],
      legend: spec.series.length > 1 ? spec.series.map((series, order) => ({ kind: { index: order + 1 }, label: look.text(series.title) })) : [],
      headings: [look.word("month"), ...spec.series.map((series) => look.text(series.title))],
      rows: spec.x.map((month, order) => ({ drill: spec.drills && spec.drills[order], cells: [month, ...spec.series.map((series) => look.format(series.values[order], spec.unit))] })),
    };
  };
})();
