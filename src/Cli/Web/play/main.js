// The page: chooses tasks and policies, shows the player's state, and hands the pointer and keys on.
import { readAddress, writeAddress } from './address.js';
import { bytesOf, jsonOf } from './files.js';
import { clamp } from './formula.js';
import { loadPhysics, missing } from './loading.js';
import { plotBars, plotLines } from './plots.js';
import { Player } from './player.js';
import { usePointer } from './pointer.js';
import { readPolicy } from './policy.js';
import { readExperts, readServed } from './served.js';
import { plain, readTasks } from './task.js';
import { TaskList } from './tasklist.js';
import { View } from './view.js';
import { Scenes } from './world.js';

const speeds = [[0.25, '¼×'], [0.5, '½×'], [1, '1×'], [2, '2×']];
const noPolicy = 'random';
const experts = 'expert';
/** Seconds between two looks for a newer policy. */
const renewal = 5;
/** Steps in a plot, and parts of an observation: frame of now, frame before, goal. */
const shown = 160;
const parts = [[4, '--hand'], [14, '--object'], [18, '--before'], [3, '--goal']];

const by = id => document.getElementById(id);
const mean = numbers => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

/** The policy of a file; where the page cannot compute it, the tasks that the program plays by it. */
const readable = (bytes, { served, repeat, hidesGoals }) => {
  try {
    if (bytes) return readPolicy(bytes, { repeat, hidesGoals });
  } catch (error) {
    if (!served?.length) throw error;
  }
  return { tasks: served, repeat };
};

/** What can be dragged. */
const hints = ({ isServed, goalPart }) =>
  isServed
    ? goalPart === null ? 'The program plays. Nothing can be dragged.' : 'The program plays. Drag the goal.'
    : goalPart === null ? 'Drag the robot, or a thing.' : 'Drag the goal. Or the robot.';

/** Whether a task is of Meta-World: its observation is of hand, objects and goal. */
const isSawyer = task => Boolean(task.observed);

const ended = ({ definesSuccess, total, horizon }) => (definesSuccess ? `Not solved in ${horizon} steps` : `Return ${Math.round(total)}`);

/** Ends with one message in place of the picture. */
const stop = message => {
  by('cover').classList.remove('done');
  by('progress').hidden = true;
  by('controls').hidden = true;
  by('message').textContent = message;
};

const start = async () => {
  const lack = missing();
  if (lack) return stop(lack);
  const about = await jsonOf('./play.json');
  const [mujoco, data] = await Promise.all([
    loadPhysics(about.physics, part => { by('progress').value = part; }), jsonOf('./tasks.json')]);
  const scenes = new Scenes(mujoco, file => bytesOf(`./scenes/${file}`));
  const view = new View(by('view'));
  const player = new Player(scenes);
  const list = new TaskList(by('tasks'));
  /** What the program plays goes on when it has come, or it is told why it does not. */
  const answers = [() => player.pass(0), error => failed(error)];
  const tasks = readTasks(data);
  const policies = new Map();
  if (about.hasExperts) policies.set(experts, readExperts([...tasks.keys()].filter(name => !tasks.get(name).starts), ...answers));
  for (const task of readServed(about.policies.flatMap(({ served }) => served), ...answers)) tasks.set(task.name, task);
  const choices = [...about.policies, { name: experts, title: 'scripted experts' }, { name: noPolicy, title: 'random actions' }]
    .filter(({ name }) => name !== experts || about.hasExperts);
  let policy = noPolicy;
  let isLoading = false;
  let loaded = Promise.resolve();
  let drag = null;
  /** Policies that were asked for. */
  let asked = 0;

  const policyOf = async name => {
    if (name === noPolicy) return null;
    if (!policies.has(name)) {
      const said = about.policies.find(one => one.name === name);
      policies.set(name, readable(said.file && await bytesOf(said.file), said));
    }
    return policies.get(name);
  };

  /** Tasks of the policy, in the page's order; without a policy, for random actions, all tasks. */
  const playable = () => [...tasks.values()].filter(task => !player.policy || player.policy.tasks.includes(task.name));

  const markTasks = () => list.mark(player.task?.name, player.solvedTasks);

  const choose = async (name, numbers = null) => {
    if (isLoading) return;
    isLoading = true;
    drag = null;
    try {
      const task = tasks.get(name);
      const isWhole = numbers !== null && numbers.length === task.randomLow?.length;
      await player.choose(task, isWhole ? numbers.map((x, i) => clamp(x, task.randomLow[i], task.randomHigh[i])) : null);
      view.show(player.world);
      by('task').textContent = plain(task.name);
      by('objective').textContent = task.objective;
      by('succeeds').textContent = task.succeeds;
      by('hint').textContent = hints(player);
      by('facts').classList.toggle('control', !isSawyer(task));
      by('next').textContent = player.episode.target ? 'New goal' : 'New start';
      document.title = `${plain(task.name)} – mtrl play`;
      markTasks();
      remember();
    } finally {
      isLoading = false;
    }
  };

  const tell = text => {
    by('hint').hidden = false;
    by('hint').textContent = text;
  };

  const failed = error => {
    setTour(false);
    tell(error.isForPeople ? error.message : 'It cannot be loaded. If the server of this page has ended, start "mtrl play" again and open its address.');
  };

  /** Loads what was asked for, one after the other; where it cannot be had, what is played goes on, again and again. */
  const attempt = load => (loaded = loaded.then(load).catch(failed));

  /** A task that somebody chose: it is played again and again. */
  const visit = name => attempt(async () => {
    setTour(false);
    await choose(name);
  });

  const follow = async name => {
    const number = ++asked;
    const found = await policyOf(name);
    if (number !== asked) return;
    player.policy = found;
    policy = name;
    by('policy').value = name;
    const count = playable().length;
    by('title').textContent = name === noPolicy ? 'Random actions' : `${name === experts ? 'Scripted experts' : 'One policy'}, ${count} ${count === 1 ? 'task' : 'tasks'}`;
    by('tour').hidden = count < 2;
    by('std').parentElement.hidden = !found?.hasStd;
    by('values').parentElement.hidden = !found?.hasValue;
    list.fill(playable(), visit);
    markTasks();
    const isPlayable = playable().includes(player.task);
    if (player.task && (player.isServed || found?.open || !isPlayable)) await choose((isPlayable ? player.task : playable()[0]).name);
  };

  /** Takes the policy of a newer checkpoint of the run whose page this is, if there is one. */
  const renew = async () => {
    const [newest] = (await jsonOf('./play.json')).policies;
    if (newest.step === about.policies[0].step) return;
    policies.delete(newest.name);
    if (policy === newest.name) {
      player.beginAnew();
      await follow(newest.name);
    }
    by('policy').options[0].textContent = newest.title;
    about.policies[0] = newest;
  };

  // Goals.

  /** Where the goal can be: its place now, moved by what is left of the ranges; null: anywhere. */
  const rangeOf = part => {
    const { task, episode } = player;
    if (!Number.isFinite(task.randomLow[part])) return null;
    const end = bounds => episode.target.map((x, i) => x + bounds[part + i] - episode.random[part + i]);
    return [end(task.randomLow), end(task.randomHigh)];
  };

  const hands = {
    goal: () => {
      const { task, episode, goalPart: part } = player;
      if (part === null) return null;
      const height = task.randomHigh[part + 2] - task.randomLow[part + 2];
      return {
        isLevel: height < 0.02 || height === Infinity && view.camera.above > Math.PI / 4,
        grab: () => {
          player.isHeld = true;
          drag = { target: [...episode.target], from: [...episode.target], random: [...episode.random], range: rangeOf(part), next: null, moves: true };
        },
        drag: point => {
          if (!drag) return;
          const random = [...drag.random];
          for (let i = 0; i < 3; i++)
            random[part + i] = clamp(drag.random[part + i] + point[i] - drag.from[i], task.randomLow[part + i], task.randomHigh[part + i]);
          drag.target = drag.from.map((x, i) => x + random[part + i] - drag.random[part + i]);
          drag.next = random;
          drag.moves = player.move(random);
        },
        drop: () => {
          if (drag?.next && !drag.moves) player.start(drag.next);
          player.isHeld = false;
          drag = null;
          remember();
        },
      };
    },
    body: {
      canGrab: body => player.world.canPull(body),
      grab: (body, point) => player.hold(body, point),
      drag: point => player.pullTowards(point),
      drop: () => player.release(),
    },
  };

  const remember = () => {
    if (!player.task) return;
    history.replaceState(null, '', writeAddress({
      task: plain(player.task.name), policy, numbers: player.episode.target && player.episode.random, camera: view.camera, speed: player.speed, isTour: player.waitsAtEnd }));
  };

  const restore = async hash => {
    const said = readAddress(hash);
    const name = [said.policy, about.policies[0].name].find(one => choices.some(({ name }) => name === one));
    await follow(name);
    setSpeed(said.speed ?? 1);
    setTour(said.isTour);
    const named = task => task && playable().find(one => plain(one.name) === plain(task));
    const wanted = named(said.task) ?? named(about.task) ?? playable()[0];
    await choose(wanted.name, said.numbers);
    if (said.camera) view.look(...said.camera);
    remember();
    if (said.policy && said.policy !== name) tell(`There is no policy "${said.policy}" here.`);
    else if (said.task && !named(said.task)) tell(`The policy has no task "${said.task}".`);
  };

  // Controls.

  const setSpeed = speed => {
    player.speed = speeds.some(([one]) => one === speed) ? speed : 1;
    for (const button of document.querySelectorAll('.speeds button')) button.ariaChecked = String(Number(button.value) === player.speed);
    remember();
  };

  /** On a tour each task is played in turn, one episode of each. */
  const setTour = isOn => {
    player.waitsAtEnd = isOn;
    by('tour').ariaPressed = String(isOn);
    remember();
  };

  const pause = () => {
    player.isPaused = !player.isPaused;
    by('pause').textContent = player.isPaused ? '▶' : '❚❚';
    by('pause').ariaLabel = player.isPaused ? 'Go on' : 'Pause';
  };

  const actions = {
    pause,
    step: () => {
      if (!player.isPaused) pause();
      player.step();
    },
    next: () => {
      player.start();
      remember();
    },
    tour: () => setTour(!player.waitsAtEnd),
    home: () => {
      view.home();
      remember();
    },
    link: async () => {
      remember();
      const isCopied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
      by('link').textContent = isCopied ? 'Copied' : 'Copy the address bar';
      setTimeout(() => { by('link').textContent = 'Link'; }, 1200);
    },
  };
  for (const [id, act] of Object.entries(actions)) by(id).addEventListener('click', act);

  /** The name of a task before or behind the one that is played. */
  const beside = by => {
    const all = playable();
    return all.at((all.indexOf(player.task) + by) % all.length).name;
  };
  const keys = {
    ' ': pause, '.': actions.step, n: actions.next, t: actions.tour, c: actions.home, l: actions.link,
    ArrowDown: () => visit(beside(1)), ArrowUp: () => visit(beside(-1)) };
  addEventListener('keydown', event => {
    const act = keys[event.key];
    if (!act || !player.task || event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === 'SELECT') return;
    event.preventDefault();
    act();
  });

  document.querySelector('.speeds').append(...speeds.map(([speed, label]) => {
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', role: 'radio', value: speed, textContent: label, ariaLabel: `speed ${speed}` });
    button.addEventListener('click', () => setSpeed(speed));
    return button;
  }));

  by('policy').append(...choices.map(({ name, title }) => new Option(title, name)));
  by('policy').addEventListener('change', ({ target }) => attempt(async () => {
    await follow(target.value);
    player.start();
    remember();
    target.blur();
  }).finally(() => { target.value = policy; }));

  // What is shown.

  const show = () => {
    const { episode, task } = player;
    const state = drag ? 'held' : player.isSolved ? 'solved' : player.goalPart !== null ? 'open' : 'fixed';
    view.mark(drag?.target ?? episode.target ?? null, state, drag?.range);
    const string = player.string;
    view.pull(string?.map(([x, y, z]) => ({ x, y, z })));

    by('status').className = `note ${player.isSolved ? 'solved' : player.hasFailed ? 'failed' : ''}`;
    by('status').textContent = player.isSolved ? 'Solved' : player.hasFailed ? ended(episode) : player.isPaused ? 'Paused' : '';
    by('solved').textContent = episode.definesSuccess ? player.solved : Math.round(episode.total);
    by('ended').textContent = episode.definesSuccess ? `solved of ${player.ended} episodes` : task.starts ? 'return, of at most 1,000' : 'return';
    by('clock').textContent = `step ${episode.steps} · ${(episode.steps * episode.seconds).toFixed(1)} s`;
    [by('steps').max, by('steps').value] = [episode.horizon, Math.min(episode.steps, episode.horizon)];
    if (player.isSolved && !list.isMarked(task.name)) markTasks();
    if (by('action').clientWidth === 0) return;
    const recent = player.history.slice(-shown);
    plotLines(by('action'), recent.map(({ action }) => action.map(x => clamp(x, -1, 1))), [-1.05, 1.05], shown);
    const said = recent.at(-1);
    if (said?.std) {
      const rows = recent.map(({ std, action }) => Array.from(std?.slice(0, task.actions ?? action.length) ?? []));
      plotLines(by('std'), rows, [0, 1.1 * Math.max(...rows.flat())], shown);
      by('spread').textContent = `mean ${mean(rows.at(-1)).toPrecision(2)}`;
    }
    if (said?.value !== undefined) {
      const values = recent.map(({ value }) => value ?? said.value);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      plotLines(by('values'), values.map(value => [value]), high > low ? [low, high] : [low - 1, high + 1], shown);
      by('value').textContent = Number(said.value.toPrecision(3)).toLocaleString('en');
    }
    plotLines(by('rewards'), recent.map(({ reward }) => [reward]), episode.rewardRange, shown);
    by('reward').textContent = episode.reward.toFixed(episode.rewardRange[1] > 5 ? 1 : 2);
    plotBars(by('observation'), episode.observation, isSawyer(task) ? parts : [[episode.observation.length, '--object']]);
  };

  usePointer(by('view'), view, hands);
  addEventListener('hashchange', () => attempt(() => restore(location.hash)));
  by('view').addEventListener('pointerdown', () => { by('hint').hidden = true; }, { once: true });
  by('view').addEventListener('pointerup', remember);
  // Nothing is computed for a picture that nobody sees, also in a frame that was scrolled away.
  let isSeen = true;
  new IntersectionObserver(entries => { isSeen = entries.at(-1).isIntersecting; }).observe(by('view'));
  await (loaded = restore(location.hash));
  by('controls').hidden = false;
  // A server that is gone leaves the policy as it is.
  if (about.policies[0].step !== null)
    setInterval(() => isSeen && !document.hidden && renew().catch(() => {}), 1000 * renewal);

  let before = performance.now();
  const frame = now => {
    const passed = now - before;
    before = now;
    if (!isLoading && isSeen) {
      // Several pictures may be drawn before the attempt.
      if (player.standsStill) attempt(async () => player.standsStill && choose(beside(1)));
      player.pass(Math.min(passed, 200) / 1000);
      show();
      view.draw(player.world, passed);
    }
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  by('cover').classList.add('done');
  // For tests.
  globalThis.play = { player, view, tasks, scenes, policyOf, choose };
};

// Notices of the browser have no error.
addEventListener('error', ({ error }) => error && stop(`The page has failed: ${error.message}`));
addEventListener('unhandledrejection', ({ reason }) => stop(`The page has failed: ${reason?.message ?? reason}`));
start();
