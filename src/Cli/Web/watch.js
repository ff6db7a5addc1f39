"use strict";
/* The live page: a list of runs, and curves, tasks, videos, conflicts and configurations of the selected ones.

   Data (server-sent events) → state → draw. Nothing is drawn in an event: `later` draws once a frame.

   state.rows      id → row of the list
   state.selected  id → slot of its colour
   state.runs      id → { generation, modes: { train: { steps, columns, stride, last }, eval: … }, detail, failure, configurations: how many it had }
   state.changed   id → changed keys of its configuration; null until they are known */
const { palette, number, percent, tick, mean, isNumber, element, dot, Chart } = Charts;
const most = palette.length;
const by = id => document.getElementById(id);
const state = { rows: new Map(), selected: new Map(), runs: new Map(), changed: new Map(), active: null, stream: null, isFresh: true };

/* ---- Events ---- */

function connect() {
  state.stream?.close();
  const stream = new EventSource(`events?runs=${[...state.selected.keys()].join(",")}`);
  state.stream = stream;
  const on = (name, take) => stream.addEventListener(name, e => { take(JSON.parse(e.data)); later(); });
  stream.onopen = () => link("live");
  // It tries again after a lost connection, and not after a status.
  stream.onerror = () => link(stream.readyState === EventSource.CLOSED
    ? "ended: reload the page, or open the address that the program printed"
    : "connection lost, trying again");
  on("runs", takeRows);
  on("curves", takeCurves);
  on("detail", takeDetail);
  on("failure", failure => { run(failure.id).failure = failure.why; });
}

function link(text) {
  by("link").classList.toggle("live", text === "live");
  by("link").lastChild.textContent = text;
}

function run(id) {
  if (!state.runs.has(id)) state.runs.set(id, { modes: {} });
  return state.runs.get(id);
}

function takeRows({ root, rows, present }) {
  by("root").textContent = root;
  for (const row of rows) state.rows.set(row.id, row);
  const there = new Set(present);
  for (const id of state.rows.keys()) if (!there.has(id)) { state.rows.delete(id); state.selected.delete(id); }
  if (state.isFresh) {
    state.isFresh = false;
    firstSelection();
  }
}

/* The selection of the address, else the runs in training, else the newest run. */
function firstSelection() {
  const wanted = location.hash.slice(1).split(",").filter(id => state.rows.has(id));
  const rows = [...state.rows.values()].sort((a, b) => b.changed - a.changed);
  const training = rows.filter(row => row.state === "training").slice(0, 4);
  const first = wanted.length > 0 ? wanted : (training.length > 0 ? training : rows.slice(0, 1)).map(row => row.id);
  const name = id => state.rows.get(id).name;
  for (const id of first.slice(0, most).sort((a, b) => name(a).localeCompare(name(b)))) choose(id, true);
}

function takeDetail(detail) {
  const known = run(detail.id);
  if (JSON.stringify(known.detail?.configuration) !== JSON.stringify(detail.configuration)) {
    state.changed.delete(detail.id);
    known.configurations = (known.configurations ?? 0) + 1;
  }
  known.detail = detail;
  delete known.failure;
}

function takeCurves({ id, mode, generation, from, stride, last, steps, columns }) {
  // A log that was begun anew has nothing of the one before.
  if (run(id).generation !== generation) Object.assign(run(id), { generation, modes: {} });
  const modes = run(id).modes;
  const known = from > 0 && modes[mode] || { steps: [], columns: {} };
  const table = modes[mode] = { steps: known.steps.slice(0, from).concat(steps), columns: known.columns, stride, last };
  for (const name in columns) {
    const old = (table.columns[name] ?? []).slice(0, from);
    while (old.length < from) old.push(null);
    table.columns[name] = old.concat(columns[name]);
  }
}

/* ---- Selection ---- */

function choose(id, isChosen) {
  if (isChosen && !state.selected.has(id)) {
    if (state.selected.size === most) return;
    const taken = new Set(state.selected.values());
    state.selected.set(id, palette.findIndex((_, slot) => !taken.has(slot)));
  } else if (!isChosen) {
    state.selected.delete(id);
    state.runs.delete(id);
  } else return;
  history.replaceState(null, "", "#" + [...state.selected.keys()].join(","));
  clearTimeout(choose.timer);
  choose.timer = setTimeout(connect, 120);
  later();
}

const selected = () => [...state.selected].map(([id, slot]) => ({
  id, colour: palette[slot], row: state.rows.get(id), ...run(id), name: state.rows.get(id)?.name ?? id }));

/* What is drawn as one: a run, or seeds of an experiment. */
const entriesOf = runs => by("grouped").checked ? Series.grouped(runs, by("root").textContent) : Series.alone(runs);

/* ---- Drawing ---- */

const policy = new PolicyPanel(by("policy"), later);

/* Draws in the next frame. A page in the background has none, and draws its title a little later. */
function later() {
  if (later.frame) return;
  const now = () => {
    cancelAnimationFrame(later.frame);
    clearTimeout(later.timer);
    later.frame = 0;
    draw();
  };
  later.frame = requestAnimationFrame(now);
  later.timer = setTimeout(now, 250);
}

function draw() {
  const entries = entriesOf(selected());
  const runs = entries.flatMap(({ seeds, colour }) => seeds.map(run => ({ ...run, colour })));
  drawList(new Map(runs.map(({ id, colour }) => [id, colour])));
  by("empty").hidden = runs.length > 0;
  by("empty").textContent = state.rows.size > 0 ? "Select runs on the left." : "No run here yet. It appears when training starts.";
  document.title = runs.length === 1 ? `${percent(runs[0].row?.success)} ${runs[0].name}` : "mtrl watch";
  drawLegend(entries);
  drawCharts(entries);
  policy.draw(runs);
  drawTasks(entries);
  drawVideos(runs);
  drawConflicts(runs);
  drawConfiguration(entries);
}

const age = at => {
  const s = Math.max(0, (Date.now() - at) / 1000);
  return s < 60 ? "now" : s < 3600 ? `${Math.floor(s / 60)} min ago` : s < 86400 ? `${Math.floor(s / 3600)} h ago` : `${Math.floor(s / 86400)} d ago`;
};

const shown = () => {
  const words = by("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  return [...state.rows.values()].filter(row => words.every(word => `${row.name} ${row.state}`.toLowerCase().includes(word)));
};

const items = new Map();

function item(row, colour) {
  let li = items.get(row.id);
  if (!li) {
    li = element("li");
    li.id = "run-" + row.id;
    li.setAttribute("role", "option");
    li.append(dot(""), element("span", "name"), element("span", "result"), element("progress"), element("span", "facts"));
    li.lastChild.append(element("span", "state"), element("span"));
    li.addEventListener("click", () => { state.active = row.id; choose(row.id, !state.selected.has(row.id)); });
    items.set(row.id, li);
  }
  const key = [row.step, row.total, row.state, row.success, row.return, colour, state.active === row.id, age(row.changed)].join();
  if (li.key === key) return li;
  li.key = key;
  const [mark, name, result, progress, facts] = li.children;
  li.className = `${row.state}${state.active === row.id ? " active" : ""}`;
  li.setAttribute("aria-selected", colour !== undefined);
  mark.style.background = colour ?? "transparent";
  mark.style.borderColor = colour ?? "";
  name.textContent = row.name;
  result.textContent = isNumber(row.success) ? percent(row.success) : number(row.return);
  progress.max = 1;
  progress.value = isNumber(row.total) && row.total > 0 ? Math.min(1, (row.step ?? 0) / row.total) : 0;
  facts.firstChild.textContent = row.state;
  facts.lastChild.textContent = `${tick(row.step ?? 0)}${isNumber(row.total) ? " of " + tick(row.total) : ""} · ${age(row.changed)}`;
  return li;
}

function drawList(colours) {
  const rows = shown();
  const list = by("runs"), wanted = rows.map(row => item(row, colours.get(row.id)));
  if (wanted.length !== list.children.length || wanted.some((li, i) => list.children[i] !== li)) list.replaceChildren(...wanted);
  for (const id of items.keys()) if (!state.rows.has(id)) items.delete(id);
  const all = state.rows.size;
  const count = rows.length === all ? `${number(all)} run${all === 1 ? "" : "s"}` : `${number(rows.length)} of ${number(all)} runs`;
  by("count").firstChild.textContent = count + (state.selected.size > 0 ? `, ${state.selected.size} selected` : "")
    + (state.selected.size === most ? " (at most)" : "");
  by("count").lastChild.hidden = state.selected.size === 0;
  list.setAttribute("aria-activedescendant", state.active ? "run-" + state.active : "");
}

function title(run) {
  const made = element("span", "run", run.name);
  made.prepend(dot(run.colour));
  return made;
}

function drawLegend(entries) {
  by("legend").replaceChildren(...entries.map(entry => {
    const made = title(entry);
    for (const { failure } of entry.seeds) if (failure) made.append(element("span", "muted", ` ${failure}`));
    return made;
  }));
}

/* Columns of training that are no measurement of learning, or belong to one task. */
const isLoss = name => !/env_index_|_before$|^(success|episode|duration|processor_seconds|sampling_seconds|update_seconds|physics_share|step)/.test(name);

const panels = [
  { title: "Success (ever), mean over tasks", columns: ["success", "success_average"], percent: true },
  { title: "Success (at end), mean over tasks", columns: ["success_at_end", "success_at_end_average"], percent: true },
];

/* Longest episodes of training and of evaluation: on-policy agents may cut training episodes. */
function episodeSteps(run) {
  const values = new Map(run.detail?.configuration ?? []);
  return [values.get("agent.on_policy.episode_length"), values.get("env.horizon")];
}

/* Returns of episodes of different lengths have axes of their own. */
function returnPanels(runs) {
  const columns = ["episode_reward_average", "episode_reward"];
  const steps = runs.map(episodeSteps);
  if (steps.every(([train, evaluation]) => train === evaluation)) return [{ title: "Return, mean over tasks", columns }];
  const of = i => [...new Set(steps.map(pair => pair[i]).filter(Boolean))].join(", ");
  return [
    { title: `Return in training, ${of(0)} steps`, columns, modes: ["train"] },
    { title: `Return in evaluation, ${of(1)} steps`, columns, modes: ["eval"] }];
}

/* Modes of evaluation, such as "eval_base": of variants that were trained on, and of others. */
const evaluationModes = run => Object.keys(run.modes).filter(mode => mode.startsWith("eval_"));

/* Returns of the modes, one curve for each. Colours stand for modes, also where there are several runs. */
function modePanels(entries) {
  if (!entries.some(entry => evaluationModes(entry).length)) return [];
  return [{ title: "Return by mode of evaluation, mean over tasks", columns: ["episode_reward_average", "episode_reward"], byMode: true, legend: true }];
}

/* A curve as it is drawn: of seeds with a band. */
function drawn(curve, look) {
  return curve.low ? [{ ...curve, ...look, kind: "band" }, { ...curve, ...look }] : [{ ...curve, ...look }];
}

function modeCurves(entry, panel, over, isNamed) {
  return evaluationModes(entry).flatMap((mode, i) => {
    const curve = over(entry, Series.curve(entry, mode, panel.columns)), name = mode.slice(5);
    return curve ? drawn(curve, { name: isNamed ? `${entry.name}, ${name}` : name, colour: palette[i % palette.length], kind: "dots" }) : [];
  });
}

function curves(entry, panel, over, isNamed) {
  const of = (mode, what, kind, smoothing) => {
    const curve = panel.modes?.includes(mode) === false ? null : over(entry, Series.curve(entry, mode, panel.columns, smoothing));
    return curve ? drawn(curve, { name: isNamed ? `${entry.name}, ${what}` : what, colour: entry.colour, kind }) : [];
  };
  return [...of("train", "training", "line", Number(by("smoothing").value)), ...of("eval", "evaluation", "dots")];
}

const charts = new Map();

/* A chart with another axis is another chart. */
function chart(panel, scale) {
  const known = charts.get(panel.title);
  if (known?.options.xLabel === scale.label) return known;
  known?.remove();
  const made = new Chart(panel.place, { ...panel, xLabel: scale.label, xName: scale.name });
  charts.set(panel.title, made);
  return made;
}

function drawCharts(entries) {
  const tables = entries.flatMap(({ seeds }) => seeds.flatMap(run => Object.values(run.modes)));
  const names = new Set(tables.flatMap(table => Object.keys(table.columns)));
  const losses = [...new Set(entries.flatMap(({ modes }) => Object.keys(modes.train?.columns ?? {}).filter(isLoss)))].sort();
  by("losses").hidden = losses.length === 0;
  const wanted = [
    ...[...panels, ...returnPanels(entries), ...modePanels(entries)].filter(panel => panel.columns.some(name => names.has(name))).map(panel => ({ ...panel, place: by("charts") })),
    ...losses.map(name => ({ title: name.replaceAll("_", " "), columns: [name], place: by("losses").querySelector(".charts") }))];
  for (const [name, chart] of charts) if (!wanted.some(panel => panel.title === name)) { chart.remove(); charts.delete(name); }
  const axis = by("axis").value, scale = Series.scale(entries, axis);
  const over = (entry, curve) => curve && Series.over(axis, scale, entry, curve);
  for (const panel of wanted)
    chart(panel, scale).set(entries.flatMap(entry => (panel.byMode ? modeCurves : curves)(entry, panel, over, entries.length > 1)));
}

const lastNumber = values => values?.findLast(isNumber);

/* Measurements of a task: of its newest evaluation and of training. */
function measured(entry, task) {
  const at = (mode, prefix) => {
    const i = entry.detail?.tasks[mode]?.indexOf(task) ?? -1;
    return i < 0 ? [] : Series.curve(entry, mode, [`${prefix}_env_index_${i}`])?.y ?? [];
  };
  const train = at("train", "success"), evaluation = at("eval", "success");
  return {
    ever: lastNumber(evaluation), end: lastNumber(at("eval", "success_at_end")), result: lastNumber(at("eval", "episode_reward")),
    train: lastNumber(mean(train, 10)), curve: evaluation.some(isNumber) ? evaluation : mean(train, 10) };
}

/* An element of a drawing. */
function svg(name, attributes, ...parts) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  made.append(...parts);
  return made;
}

function spark(values, colour) {
  const ys = values.filter(isNumber);
  const points = ys.map((y, i) => `${(63 * i / (ys.length - 1)).toFixed(1)},${(15 - 14 * y).toFixed(1)}`).join(" ");
  const line = ys.length > 1 ? [svg("polyline", { points, fill: "none", stroke: colour, "stroke-width": 1.5 })] : [];
  return svg("svg", { width: 64, height: 16 }, ...line);
}

function bar(fraction, colour) {
  const made = element("span", "bar");
  made.append(element("i"));
  made.firstChild.style.width = `${100 * (isNumber(fraction) ? fraction : 0)}%`;
  made.firstChild.style.background = colour;
  return made;
}

function cell(...parts) {
  const td = element("td");
  td.append(...parts);
  return td;
}

function table(section, head, rows) {
  const made = element("table");
  const line = element("tr");
  line.append(...head.map(h => { const th = element("th"); th.append(h); return th; }));
  made.append(line, ...rows.map(cells => { const tr = element("tr"); tr.append(...cells); return tr; }));
  const place = by(section).querySelector(".scroll"), left = place.scrollLeft;
  place.replaceChildren(made);
  place.scrollLeft = left;
}

function drawTasks(runs) {
  const tasks = [...new Set(runs.flatMap(run => [...(run.detail?.tasks.eval ?? []), ...(run.detail?.tasks.train ?? [])]))];
  by("tasks").hidden = tasks.length === 0;
  if (tasks.length === 0) return;
  const whole = runs.length <= (policy.isBesideCurves ? 1 : 2);
  const head = ["task", ...runs.flatMap(run => {
    const first = runs.length === 1 ? "success, ever" : title(run);
    return whole ? [first, "at end", "return", "in training"] : [first];
  })];
  table("tasks", head, tasks.map(task => [cell(task), ...runs.flatMap(run => {
    const m = measured(run, task);
    const success = isNumber(m.ever) ? m.ever : m.train;
    // Tasks that define no success have returns.
    const ever = isNumber(success) || whole
      ? cell(spark(m.curve, run.colour), bar(success, run.colour), element("span", "number", percent(success)))
      : cell(element("span", "number", number(m.result)));
    ever.title = `${run.name}, ${task}: at end ${percent(m.end)}, return ${number(m.result)}, in training ${percent(m.train)}`;
    return whole ? [ever, cell(percent(m.end)), cell(number(m.result)), cell(percent(m.train))] : [ever];
  })]));
}

/* A video stays as it is until there is a newer one. */
const videos = new Map();

function drawVideos(runs) {
  const filmed = runs.filter(run => run.detail?.video);
  by("videos").hidden = filmed.length === 0;
  for (const [id, made] of videos) if (!filmed.some(run => run.id === id)) { made.box.remove(); videos.delete(id); }
  for (const run of filmed) {
    const { name, at } = run.detail.video;
    if (videos.get(run.id)?.at !== at) {
      videos.get(run.id)?.box.remove();
      const box = element("div");
      const film = element(name.endsWith(".gif") ? "img" : "video", "video");
      Object.assign(film, { src: `video/${run.id}?at=${at}`, loop: true, muted: true, autoplay: true, controls: true, playsInline: true, alt: name });
      box.append(element("span"), element("div", "muted"), film);
      by("videos").querySelector(".side").append(box);
      videos.set(run.id, { at, box });
    }
    const [head, caption] = videos.get(run.id).box.children;
    head.replaceWith(title(run));
    caption.textContent = `${name}, ${age(at)}`;
  }
}

/* Cosines of all pairs of tasks, (1, 0), (2, 0), (2, 1) …, as a matrix. */
function matrix(cosines, tasks) {
  const n = tasks.length, size = n <= 12 ? 20 : n <= 25 ? 14 : 9, left = n <= 25 ? 150 : 0;
  const parts = [];
  let at = 0;
  for (let i = 0; i < n; i++) {
    if (left) parts.push(svg("text", { x: left - 6, y: i * size + size / 2 + 3.5, "text-anchor": "end" }, tasks[i].slice(0, 26)));
    for (let j = 0; j < i; j++) {
      const c = cosines[at++];
      if (!isNumber(c)) continue;
      const look = { fill: c < 0 ? palette[3] : palette[0], "fill-opacity": Math.min(1, Math.abs(c)).toFixed(2) };
      const place = { x: left + j * size, y: i * size, width: size, height: size };
      parts.push(svg("rect", { ...place, ...look }, svg("title", {}, `${tasks[i]}, ${tasks[j]}: ${c.toFixed(2)}`)));
    }
  }
  return svg("svg", { class: "cosines", viewBox: `0 0 ${left + n * size} ${n * size}`, width: left + n * size }, ...parts);
}

function drawConflicts(runs) {
  const measured = runs.filter(run => run.detail?.conflicts.length > 0);
  by("conflicts").hidden = measured.length === 0;
  const key = JSON.stringify(measured.map(run => [run.id, run.colour, run.detail.conflicts.map(c => [c.part, c.step])]));
  if (key === drawConflicts.key) return;
  drawConflicts.key = key;
  by("conflicts").querySelector(".side").replaceChildren(...measured.flatMap(run => run.detail.conflicts.map(c => {
    const count = Math.round((1 + Math.sqrt(1 + 8 * c.cosines.length)) / 2);
    const names = run.detail.tasks.train ?? [];
    const tasks = names.length === count ? names : Array.from({ length: count }, (_, i) => `task ${i}`);
    const negative = c.cosines.filter(x => isNumber(x) && x < 0).length;
    const box = element("div");
    const pairs = `${c.part}, step ${number(c.step)}: ${negative} of ${c.cosines.length} pairs in conflict`;
    box.append(title(run), element("div", "muted", pairs), matrix(c.cosines, tasks));
    return box;
  })));
}

/* Changed keys of a run, which the server computes when it is asked; null until then. */
function changedKeys(id) {
  if (!state.changed.has(id)) {
    state.changed.set(id, null);
    fetch(`changed/${id}`).then(answer => answer.json()).then(({ keys }) => { state.changed.set(id, keys); later(); }, () => state.changed.delete(id));
  }
  return state.changed.get(id);
}

/* Keys with their values; of seeds, all of their values. */
function valuesOf({ seeds }) {
  const each = seeds.map(run => new Map(run.detail?.configuration ?? []));
  const of = key => [...new Set(each.map(values => values.get(key)).filter(value => value !== undefined))].join(", ");
  return new Map([...each[0].keys()].map(key => [key, of(key)]));
}

/* What a table of keys has, what its fold has, and a sentence about both. */
function listOne(keys, changed) {
  const all = number(keys.length), rest = keys.filter(key => !changed?.includes(key)), more = "Select a second run to see the differences.";
  if (changed === null) return { listed: [], folded: keys, text: `${all} keys; looking for those that were changed.` };
  if (changed.length === 0) return { listed: keys, folded: [], text: `${all} keys. ${more}` };
  return { listed: changed, folded: rest, text: `${number(changed.length)} of ${all} keys were changed from their defaults. ${more}` };
}

function listSeveral(keys, values) {
  const differ = keys.filter(key => new Set(values.map(v => v.get(key))).size > 1), { isPlace } = Series;
  return {
    listed: [...differ.filter(key => !isPlace(key)), ...differ.filter(isPlace)], folded: [],
    text: `${number(differ.length)} keys differ, ${number(keys.length - differ.length)} are equal.` };
}

function drawConfiguration(entries) {
  const known = entries.filter(entry => entry.detail?.configuration.length > 0);
  by("configuration").hidden = known.length === 0;
  const changed = known.length === 1 ? changedKeys(known[0].id) : null;
  const key = JSON.stringify([changed, known.map(({ name, colour, seeds }) => [name, colour, seeds.map(run => [run.id, run.configurations])])]);
  if (known.length === 0 || key === drawConfiguration.key) return;
  drawConfiguration.key = key;
  const values = known.map(valuesOf), keys = [...new Set(values.flatMap(v => [...v.keys()]))];
  const { listed, folded, text } = known.length === 1 ? listOne(keys, changed) : listSeveral(keys, values);
  const lines = keys => keys.map(key => [cell(key), ...values.map(v => cell(v.get(key) ?? "–"))]);
  by("configuration").querySelector("p").textContent = text;
  table("configuration", ["key", ...known.map(title)], lines(listed));
  by("others").hidden = folded.length === 0;
  by("others").firstElementChild.textContent = `${number(folded.length)} ${listed.length > 0 ? "further " : ""}keys`;
  table("others", ["key", ...known.map(title)], lines(folded));
}

/* ---- Input ---- */

function move(by_) {
  const rows = shown();
  if (rows.length === 0) return;
  const at = rows.findIndex(row => row.id === state.active);
  const next = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by_));
  state.active = rows[next].id;
  draw();
  items.get(state.active)?.scrollIntoView({ block: "nearest" });
}

function clear() {
  for (const id of [...state.selected.keys()]) choose(id, false);
}

document.addEventListener("keydown", e => {
  const isTyping = e.target === by("filter");
  const isPressed = /^(BUTTON|A)$/.test(e.target.tagName) && /^(Enter| )$/.test(e.key);
  const isForOther = isPressed || (/^(INPUT|SELECT|SUMMARY|VIDEO)$/.test(e.target.tagName) && !isTyping);
  if (e.ctrlKey || e.metaKey || e.altKey || isForOther) return;
  const act = {
    ArrowDown: () => move(1), ArrowUp: () => move(-1),
    Enter: () => state.active && choose(state.active, !state.selected.has(state.active)),
    Escape: () => { if (isTyping) { by("filter").value = ""; by("runs").focus(); later(); } else clear(); },
    ...(isTyping ? {} : {
      " ": () => state.active && choose(state.active, !state.selected.has(state.active)),
      "/": () => by("filter").focus(),
      j: () => move(1), k: () => move(-1) }),
  }[e.key];
  if (!act) return;
  e.preventDefault();
  act();
});

by("filter").addEventListener("input", later);
by("axis").append(...Object.entries(Series.axes).map(([name, { short }]) => new Option(short, name)));
for (const id of ["smoothing", "axis", "grouped"]) by(id).addEventListener("input", later);
by("count").lastChild.addEventListener("click", clear);
setInterval(later, 30_000);
connect();
