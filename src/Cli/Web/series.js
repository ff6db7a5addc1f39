"use strict";
/* Curves of runs, and of groups of runs that differ by seed, over steps or time.

   An entry is what the page shows as one: { id, name, colour, row, detail, seeds }, of one run or of several seeds.

   Series.axes                               name → { short, label } of a horizontal axis; of a time, what follows its unit
   Series.alone(runs)                        each run as an entry
   Series.grouped(runs, root)                runs of one folder with equal settings as one entry
   Series.isPlace(key)                       a key of which results do not depend
   Series.curve(entry, mode, columns, n)     { x, y } over steps, smoothed; of a group also { low, high }, one standard error
   Series.scale(entries, axis)               { label, name, seconds }: of the axis in its unit
   Series.over(axis, scale, entry, curve)    the curve over the axis; null where the run has no times */
const Series = (() => {
  const { isNumber, mean } = Charts;

  const axes = {
    steps: { short: "steps", label: "environment steps of each task" },
    duration: { short: "wall time", label: "of training" },
    processor_seconds: { short: "processor time", label: "of processor time" },
  };

  const alone = runs => runs.map(run => ({ ...run, seeds: [run] }));

  const isPlace = key => /^setup\.(?!precision)|^replay_buffer\.backing$|\.(save_dir|logger_dir|path_to_load_from)$/.test(key);

  const folder = name => name.slice(0, Math.max(0, name.lastIndexOf("/")));

  /* Equal of runs that differ by seed; a run whose configuration is not known yet stays alone. */
  function settings({ id, name, detail }) {
    const keys = detail?.configuration.filter(([key]) => !isPlace(key));
    return keys?.length ? JSON.stringify([folder(name), keys]) : id;
  }

  function grouped(runs, root) {
    const groups = new Map();
    for (const run of runs) groups.set(settings(run), [...groups.get(settings(run)) ?? [], run]);
    return [...groups.values()].map(seeds => {
      const [first] = seeds;
      const place = folder(first.name) || root.split("/").filter(Boolean).at(-1);
      return { ...first, name: seeds.length > 1 ? `${place}, ${seeds.length} seeds` : first.name, seeds };
    });
  }

  /* Values of a curve at ascending places, straight between its points; null outside of them. */
  function at({ x, y }, places) {
    const points = x.map((_, i) => i).filter(i => isNumber(y[i]));
    let next = 0;
    return places.map(place => {
      while (next < points.length && x[points[next]] < place) next++;
      const right = points[next], left = points[next - 1];
      if (x[right] === place) return y[right];
      if (left === undefined || right === undefined) return null;
      return y[left] + (y[right] - y[left]) * (place - x[left]) / (x[right] - x[left]);
    });
  }

  const average = values => values.reduce((sum, value) => sum + value, 0) / values.length;

  const standardError = values => {
    const middle = average(values);
    return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1) / values.length);
  };

  /* Mean and standard error of seeds, at the steps of the one with the fewest points up to the last step of all, where all
     have values: a mean that loses or gains a seed on its way would jump. */
  function spread(curves) {
    const fewest = curves.reduce((fewest, { x }) => x.length < fewest.length ? x : fewest, curves[0].x);
    const end = Math.min(...curves.map(({ x }) => x.at(-1)));
    const x = [...fewest.filter(step => step < end), end];
    const values = curves.map(curve => at(curve, x));
    const of = measure => x.map((_, i) => values.every(y => isNumber(y[i])) ? measure(values.map(y => y[i])) : null);
    const y = of(average), error = of(standardError);
    const beside = sign => y.map((value, i) => value === null ? null : value + sign * error[i]);
    return { x, y, low: beside(-1), high: beside(1) };
  }

  function made(tables, columns, smoothing) {
    const curves = tables.map(table => {
      const column = table && columns.find(name => table.columns[name]);
      return column && { x: table.steps, y: mean(table.columns[column], smoothing) };
    });
    return !curves.every(Boolean) ? null : curves.length === 1 ? curves[0] : spread(curves);
  }

  /* Curves of groups by the table of their first seed: a page draws them more often than tables change. */
  const kept = new WeakMap();

  function curve({ seeds }, mode, columns, smoothing = 1) {
    const tables = seeds.map(({ modes }) => modes[mode]), [first] = tables;
    if (!first || tables.length === 1) return made(tables, columns, smoothing);
    if (!kept.has(first)) kept.set(first, new Map());
    const key = JSON.stringify([columns, smoothing]), known = kept.get(first).get(key);
    if (known?.tables.length === tables.length && known.tables.every((table, i) => table === tables[i])) return known.curve;
    const curve = made(tables, columns, smoothing);
    kept.get(first).set(key, { tables, curve });
    return curve;
  }

  /* Seconds since the start of a run at the steps of its lines of training. A line has the time since the line before; a
     point is the mean of `stride` lines, the last one of `last`. */
  function clock({ modes }, axis) {
    const table = modes.train, seconds = table?.columns[axis];
    if (!seconds) return null;
    let sum = 0;
    const sums = seconds.map((s, i) => sum += (s ?? 0) * (i === seconds.length - 1 ? table.last : table.stride));
    return { x: [0, ...table.steps], y: [0, ...sums], end: sum };
  }

  function scale(entries, axis) {
    const { label } = axes[axis];
    if (axis === "steps") return { label, name: "step" };
    const longest = Math.max(0, ...entries.flatMap(({ seeds }) => seeds.map(run => clock(run, axis)?.end ?? 0)));
    const [name, seconds] = longest > 7200 ? ["hour", 3600] : longest > 120 ? ["minute", 60] : ["second", 1];
    return { label: `${name}s ${label}`, name, seconds };
  }

  /* Evaluations lie where training was at their step; of a group, where its seeds were on average. */
  function over(axis, { seconds }, entry, curve) {
    if (axis === "steps") return curve;
    const clocks = entry.seeds.map(run => clock(run, axis));
    if (!clocks.every(Boolean)) return null;
    const times = clocks.map(one => at(one, curve.x).map(time => time ?? one.end));
    return { ...curve, x: curve.x.map((_, i) => average(times.map(time => time[i])) / seconds) };
  }

  return { axes, alone, grouped, isPlace, curve, scale, over };
})();
