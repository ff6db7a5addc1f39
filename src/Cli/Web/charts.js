"use strict";
/* Charts with values under the pointer, drawn by uPlot. Used by the live page and by reports.

   Charts.palette           colours of series, legible on white and on black
   Charts.number(x)         "31,000", "0.0512", "–"
   Charts.percent(x)        "85 %"
   Charts.named(colour, n)  an entry of a legend
   Charts.mean(values, n)   mean over the last n values at each point
   new Charts.Chart(parent, { title, xLabel, percent, height, legend })   legend: names below the title
     .set([{ name, colour, kind, x, y, low, high }])   kind: "line", "dots" or "band" (with low and high) */
const Charts = (() => {
  const palette = ["#3b82f6", "#e0812a", "#2fa15b", "#e05260", "#9a6ee0", "#1aa0a8", "#c2569f", "#8a8f2a", "#6b8e9e", "#b0703c"];
  const charts = new Set();

  const isNumber = x => x !== null && x !== undefined && Number.isFinite(x);

  function number(x) {
    if (!isNumber(x)) return "–";
    if (Math.abs(x) >= 1000) return Math.round(x).toLocaleString("en-US");
    if (Math.abs(x) >= 0.001 || x === 0) return String(+x.toPrecision(4));
    return x.toExponential(1);
  }

  const percent = x => isNumber(x) ? `${Math.round(100 * x)} %` : "–";

  /* Ticks: "1.5 M", "20 k", "0.25". */
  function tick(x) {
    const size = Math.abs(x);
    if (size >= 1e6) return `${+(x / 1e6).toPrecision(6)} M`;
    if (size >= 1e4) return `${+(x / 1e3).toPrecision(6)} k`;
    if (size > 0 && size < 1e-4) return x.toExponential(0);
    return String(+x.toPrecision(6));
  }

  function mean(values, window) {
    if (window <= 1) return values;
    const recent = [];
    let sum = 0;
    return values.map(x => {
      if (!isNumber(x)) return null;
      recent.push(x);
      sum += x;
      if (recent.length > window) sum -= recent.shift();
      return sum / recent.length;
    });
  }

  const variable = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let colours = null;
  const theme = () => colours ??= { ink: variable("--muted"), grid: variable("--grid"), back: variable("--back") };

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /* Index of the nearest point of a series that has a value. */
  function nearest(values, at) {
    if (at === null || isNumber(values[at])) return at;
    for (let d = 1; d < values.length; d++) {
      if (isNumber(values[at - d])) return at - d;
      if (isNumber(values[at + d])) return at + d;
    }
    return null;
  }

  function strength(colour, alpha) {
    return colour + Math.round(255 * alpha).toString(16).padStart(2, "0");
  }

  class Chart {
    constructor(parent, options) {
      this.options = options;
      this.box = element("figure", "chart");
      this.box.append(element("figcaption", "", options.title));
      this.legend = element("div", "legend");
      if (options.legend) this.box.append(this.legend);
      this.place = element("div", "plot");
      this.box.append(this.place);
      parent.append(this.box);
      this.tip = element("div", "tip");
      this.shape = "";
      charts.add(this);
      new ResizeObserver(() => this.plot?.setSize(this.size())).observe(this.box);
    }

    remove() {
      this.plot?.destroy();
      this.box.remove();
      charts.delete(this);
    }

    size() {
      return { width: Math.max(160, this.place.clientWidth), height: this.options.height ?? 220 };
    }

    set(series) {
      this.series = series;
      // A band is two curves with the room between them.
      const curves = series.flatMap(s => s.kind === "band" ? [{ ...s, y: s.high }, { ...s, y: s.low }] : [s]);
      const filled = curves.filter(s => s.x.length > 0);
      this.box.classList.toggle("empty", filled.length === 0);
      const data = filled.length === 0 ? [[]] : uPlot.join(filled.map(s => [s.x, s.y]));
      const shape = JSON.stringify(filled.map(s => [s.name, s.colour, s.kind]));
      this.curves = filled;
      if (this.plot && shape === this.shape) {
        // A zoomed chart stays zoomed while points arrive.
        const { min, max } = this.plot.scales.x, [first, last] = this.ends;
        const isZoomed = min > first || max < last;
        this.plot.setData(data, !isZoomed);
      } else {
        this.plot?.destroy();
        this.shape = shape;
        // A band has the name of its curve.
        this.legend.replaceChildren(...[...new Map(filled.map(s => [s.name, s.colour]))].map(([name, colour]) => named(colour, name)));
        this.plot = filled.length === 0 ? null : new uPlot(this.uplot(filled), data, this.place);
        if (this.plot) this.plot.over.append(this.tip);
      }
      this.ends = [data[0][0], data[0].at(-1)];
    }

    uplot(curves) {
      const label = this.options.percent ? (_, ticks) => ticks.map(percent) : (_, ticks) => ticks.map(tick);
      const axis = more => ({
        stroke: () => theme().ink, grid: { stroke: () => theme().grid, width: 1 },
        ticks: { show: false }, font: "11px system-ui, sans-serif", ...more });
      const bands = [];
      curves.forEach((s, i) => {
        if (s.kind === "band" && curves[i + 1]?.kind === "band" && s.y === s.high && s.low !== undefined)
          bands.push({ series: [i + 1, i + 2], fill: strength(s.colour, 0.16) });
      });
      return {
        ...this.size(),
        scales: { x: { time: false }, y: this.options.percent ? { range: [0, 1.02] } : {} },
        axes: [
          axis({ values: (_, ticks) => ticks.map(tick), label: this.options.xLabel, labelSize: this.options.xLabel ? 18 : 0,
            labelFont: "11px system-ui, sans-serif", size: 26, space: 60 }),
          axis({ values: label, size: 48, space: 32 })],
        legend: { show: false },
        padding: [8, 22, 0, 0],
        bands,
        cursor: {
          sync: { key: "mtrl" }, points: { size: 6 }, y: false,
          dataIdx: (plot, i, at) => i === 0 ? at : nearest(plot.data[i], at) },
        hooks: { setCursor: [plot => this.point(plot)] },
        series: [{}, ...curves.map(s => ({
          label: s.name, stroke: s.kind === "band" ? "transparent" : s.colour, spanGaps: true,
          width: s.kind === "line" ? 1.6 : 1, dash: s.kind === "dots" ? [3, 3] : undefined,
          points: { show: s.kind === "dots", size: 5, fill: s.colour } }))],
      };
    }

    /* Values under the pointer, beside it. */
    point(plot) {
      const { left, idx } = plot.cursor;
      if (!(left >= 0) || idx === null || !plot.over.matches(":hover")) {
        this.tip.hidden = true;
        return;
      }
      const show = this.options.percent ? percent : number;
      const rows = this.curves.map((s, i) => ({ s, i, at: plot.cursor.idxs[i + 1] }))
        .filter(r => isNumber(r.at) && isNumber(plot.data[r.i + 1][r.at]))
        .map(r => ({ ...r, value: plot.data[r.i + 1][r.at] }));
      this.tip.replaceChildren(element("b", "", `${this.options.xName ?? "step"} ${number(plot.data[0][idx])}`));
      for (const { s, i, value } of rows) {
        if (s.kind === "band" && this.curves[i - 1]?.name === s.name && this.curves[i - 1].kind === "band") continue;
        const low = s.kind === "band" ? plot.data[i + 2]?.[plot.cursor.idxs[i + 1]] : null;
        const line = element("div");
        line.append(dot(s.colour), element("span", "", s.kind === "band" ? `${s.name} ±` : s.name));
        line.append(element("span", "value", s.kind === "band" ? show((value - low) / 2) : show(value)));
        this.tip.append(line);
      }
      this.tip.hidden = false;
      const width = plot.over.clientWidth;
      this.tip.style.left = left < width / 2 ? `${left + 14}px` : "auto";
      this.tip.style.right = left < width / 2 ? "auto" : `${width - left + 14}px`;
    }
  }

  function named(colour, name) {
    const made = element("span", "", name);
    made.prepend(dot(colour));
    return made;
  }

  function dot(colour) {
    const made = element("i", "dot");
    made.style.background = colour;
    return made;
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    colours = null;
    for (const chart of charts) chart.plot?.redraw();
  });

  return { palette, number, percent, tick, mean, isNumber, element, dot, named, Chart };
})();
