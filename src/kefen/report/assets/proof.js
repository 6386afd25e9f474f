/* The pictures of evaluations: curves, intervals and matrices. */
(function () {
  "use strict";

  const { drawers, tip, pieces } = window.kefenCharts;
  const { ordinary, axis, bubble } = pieces;

  const colourOf = (look, series) => (series.index === undefined ? look.faint : look.colour(series));

  /* ---- curves: lines of (x, y), with a diagonal to measure them by ---- */

  const points = (series) => series.points.map((point, order) => ({
    value: point, symbolSize: series.sizes ? Math.max(7, Math.min(22, 7 + 15 * Math.sqrt(series.sizes[order] / Math.max(...series.sizes)))) : 6,
    customers: series.sizes && series.sizes[order],
  }));

  function nearest(series, x) {
    let best = series.points[0];
    for (const point of series.points) if (Math.abs(point[0] - x) < Math.abs(best[0] - x)) best = point;
    return best;
  }

  drawers.curves = function curves(spec, look) {
    const told = (side, value) => look.format(value, spec[side].unit);
    const every = spec.series.flatMap((series) => series.points);
    const shares = spec.x.unit === "percent" && every.every(([x]) => x >= 0 && x <= 1);
    const most = (place) => Math.max(...every.map((point) => point[place]));
    const least = (place) => Math.min(0, ...every.map((point) => point[place]));
    const top = spec.diagonal && !shares ? Math.max(most(0), most(1)) : null;
    const scale = (side, place) => axis(look, {
      type: "value", min: least(place), max: shares && spec.diagonal ? 1 : top, name: look.text(spec[side].title), nameLocation: "middle",
      axisLabel: { color: look.faint, hideOverlap: true, formatter: (value) => told(side, value) },
    });
    const reference = spec.diagonal ? [{
      type: "line", silent: true, symbol: "none", name: look.text(spec.diagonal), z: 1,
      data: [[0, 0], shares ? [1, 1] : [top, top]], lineStyle: { color: look.faint, width: 1 },
    }] : [];
    return {
      option: {
        ...ordinary(look, { top: 12, bottom: 4 }),
        tooltip: bubble(look, (hits) => {
          const x = hits[0].axisValue;
          return tip(`${look.text(spec.x.title)} ${told("x", x)}`, spec.series.map((series) => {
            const point = nearest(series, x);
            return [look.text(series.title), series.dots ? `${told("x", point[0])} → ${told("y", point[1])}` : told("y", point[1])];
          }));
        }, { trigger: "axis", axisPointer: { type: "line", snap: true, lineStyle: { color: look.faint } } }),
        title: { text: look.text(spec.y.title), left: 2, top: 0, textStyle: { color: look.faint, fontSize: 12, fontWeight: "normal", fontFamily: look.font } },
        xAxis: { ...scale("x", 0), nameGap: 26, splitLine: { show: false } },
        yAxis: { ...scale("y", 1), name: "" },
        grid: { left: 8, right: 20, top: 34, bottom: 30, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
        series: [
          ...reference,
          ...spec.series.map((series) => ({
            type: "line", name: look.text(series.title), data: points(series), symbol: "circle", showSymbol: Boolean(series.dots) || series.points.length < 12,
            z: series.faint ? 2 : 3, itemStyle: { color: colourOf(look, series) },
            lineStyle: { color: colourOf(look, series), width: series.dots || series.faint ? 1.25 : 2.25, type: series.dashed ? [6, 4] : series.faint ? [2, 3] : "solid" },
          })),
        ],
      },
      legend: [
        ...spec.series.map((series) => ({ kind: series.index === undefined ? { index: 0, line: series.faint ? "dotted" : "dashed" } : series, label: look.text(series.title), drill: series.drill })),
        ...(spec.diagonal ? [{ kind: { index: 0, line: "thin" }, label: look.text(spec.diagonal) }] : []),
      ],
      headings: [look.text(spec.x.title), ...spec.series.map((series) => look.text(series.title))],
      rows: rows(spec, told),
    };
  };

  /* At most twenty rows: the table is read, not plotted. */
  function rows(spec, told) {
    const xs = [...new Set(spec.series[0].points.map(([x]) => x))];
    const step = Math.max(1, Math.ceil(xs.length / 20));
    return xs.filter((_, order) => order % step === 0 || order === xs.length - 1)
      .map((x) => ({ cells: [told("x", x), ...spec.series.map((series) => told("y", nearest(series, x)[1]))] }));
  }

  /* ---- intervals: a dot with its 95 % interval for each class ---- */

  drawers.intervals = function intervals(spec, look) {
    const number = (value) => look.format(value, spec.unit);
    const range = (item) => (item.low === null || item.low === undefined ? number(item.value) : `${number(item.value)} (${number(item.low)} – ${number(item.high)})`);
    const whisker = (params, api) => {
      const item = spec.items[params.dataIndex];
      if (item.low === null || item.low === undefined) return null;
      const [from, y] = api.coord([item.low, params.dataIndex]);
      const [to] = api.coord([item.high, params.dataIndex]);
      const line = (x1, y1, x2, y2) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: look.colour(item), lineWidth: 2 } });
      return { type: "group", children: [line(from, y, to, y), line(from, y - 5, from, y + 5), line(to, y - 5, to, y + 5)] };
    };
    const low = Math.min(0, ...spec.items.map((item) => (item.low === null || item.low === undefined ? item.value : item.low)));
    return {
      option: {
        ...ordinary(look, { right: 24, top: 8, bottom: 4 }),
        tooltip: bubble(look, ({ dataIndex }) => {
          const item = spec.items[dataIndex];
          return tip(look.text(item.title), [[look.text(spec.value), range(item)], [look.word("customers"), look.format(item.customers, "customers")]], item);
        }),
        xAxis: axis(look, { type: "value", min: low, axisLabel: { color: look.faint, hideOverlap: true, formatter: number } }),
        yAxis: axis(look, {
          type: "category", inverse: true, data: spec.items.map((item) => look.text(item.title)), splitLine: { show: false },
          axisLabel: { color: look.ink, width: Math.min(180, look.width * 0.34), overflow: "truncate" },
        }),
        series: [
          { type: "custom", renderItem: whisker, encode: { x: [0, 2, 3], y: 1 }, z: 2, data: spec.items.map((item, order) => [item.value, order, item.low, item.high]) },
          {
            type: "scatter", symbolSize: 11, z: 3, data: spec.items.map((item, order) => ({ value: [item.value, order], itemStyle: { color: look.colour(item) } })),
            markLine: spec.at === undefined ? undefined : {
              symbol: "none", silent: true, animation: false, label: { show: false }, lineStyle: { color: look.faint, type: [3, 4] }, data: [{ xAxis: spec.at }],
            },
          },
        ],
      },
      click: (event) => spec.items[event.dataIndex].drill,
      summary: spec.items.map((item) => `${look.text(item.title)}: ${range(item)}`).join(", "),
      headings: [look.word("class"), look.text(spec.value), look.word("customers")],
      rows: spec.items.map((item) => ({ drill: item.drill, cells: [look.text(item.title), range(item), look.format(item.customers, "customers")] })),
    };
  };

  /* ---- matrix: classes of one run against classes of another ---- */

  drawers.matrix = function matrix(spec, look) {
    const modes = ["customers", "share"];
    const mode = modes.includes(look.mode) ? look.mode : modes[0];
    const title = (side, place) => look.text(spec[side].classes[place].title);
    const longest = Math.max(...spec.columns.classes.map((kind) => look.text(kind.title).length * (/[\u4e00-\u9fff]/.test(look.text(kind.title)) ? 12 : 7)));
    const turned = longest > (look.width * 0.75) / spec.columns.classes.length;
    const shown = (cell) => (mode === "share" ? look.format(cell.share, "percent") : look.format(cell.customers, "customers"));
    const side = (name) => axis(look, {
      type: "category", data: spec[name].classes.map((kind) => look.text(kind.title)), axisLine: { show: false }, splitLine: { show: false },
      axisLabel: { color: look.ink, width: Math.min(120, look.width * 0.26), overflow: "truncate", interval: 0, rotate: name === "columns" && turned ? 35 : 0 },
      name: look.text(spec[name].title),
    });
    return {
      mode, modes,
      option: {
        tooltip: bubble(look, ({ data }) => tip(`${title("rows", data.cell.row)} → ${title("columns", data.cell.column)}`, [
          [look.word("customers"), look.format(data.cell.customers, "customers")], [look.word("share"), look.format(data.cell.share, "percent")],
        ])),
        grid: { left: 8, right: 12, top: 34, bottom: 24, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
        xAxis: { ...side("columns"), nameLocation: "middle", nameGap: turned ? 22 + Math.min(longest, 120) * 0.6 : 26 },
        yAxis: { ...side("rows"), inverse: true, nameLocation: "start", nameGap: 12, nameTextStyle: { color: look.faint, align: "left", padding: [0, 0, 0, -60] } },
        visualMap: { show: false, min: 0, max: 1, dimension: 2, inRange: { color: [look.fade(look.accent, 0.05), look.fade(look.accent, 0.45), look.accent] } },
        series: [{
          type: "heatmap", data: spec.cells.map((cell) => ({
            value: [cell.column, cell.row, cell.share], cell, label: { color: cell.share > 0.62 ? "#fff" : look.ink },
            itemStyle: { borderColor: cell.same ? look.ink : look.surface, borderWidth: cell.same ? 1.5 : 2, borderRadius: 4 },
          })),
          label: { show: true, fontSize: look.width < 420 ? 10 : 12, formatter: ({ data }) => shown(data.cell) },
        }],
      },
      click: (event) => event.data.cell.drill,
      headings: [look.text(spec.rows.title), look.text(spec.columns.title), look.word("customers"), look.word("share")],
      rows: spec.cells.map((cell) => ({ drill: cell.drill, cells: [title("rows", cell.row), title("columns", cell.column), cell.customers, look.format(cell.share, "percent")] })),
    };
  };
})();
