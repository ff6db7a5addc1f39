// The tasks of the page, and an episode of a task of Meta-World, from the task's data (tasks.json, which the program writes from its definitions):
// the reset, observations, actions and success of src/Interop.CSharp/Environments/MetaWorld.
import { readControl } from './control.js';
import { Names, clamp, define, parse, read } from './formula.js';

/** Physics steps of an action, 2.5 ms each. */
const substeps = 5;
const settlingActions = 50;
const horizon = 500;
/** Metres that the hand's target moves for an action of 1. */
const reach = 0.01;
const frameSize = 18;
const robot = [['body', 'hand'], ['body', 'leftpad'], ['body', 'rightpad'], ['body', 'leftclaw'], ['body', 'rightclaw'],
  ['site', 'leftEndEffector'], ['site', 'rightEndEffector']];

const poseOf = text => /^(body|frame|site|geom)\('([^']*)'\)$/.exec(text)?.slice(1).join(' ');
const readsPose = text => /\b(body|frame|site|geom)\('/.test(text.replace(/settled\([^)]*\)\)/g, ''));

/** The name of a task without its version. */
export const plain = name => name.replace(/-v\d+$/, '');

/** Reads the formulas of all tasks of tasks.json, by name. */
export const readTasks = ({ notations, handLow, handHigh, tasks, control }) => {
  const definitions = define(notations);
  const all = [...tasks.map(task => readTask(task, definitions, handLow, handHigh)), ...readControl(control, definitions)];
  return new Map(all.map(task => [task.name, task]));
};

const readTask = (task, definitions, handLow, handHigh) => {
  const target = task.prepared.find(line => line.startsWith('target = '));
  const start = task.prepared.find(line => line.startsWith('start = '));
  const own = {
    ...task,
    definitions,
    frameLow: handLow,
    frameHigh: handHigh,
    place: task.place.map(edit => ({ ...edit, values: edit.values.map(read) })),
    observed: task.observed.map(({ name, position, orientation }) => ({
      name,
      position: read(position),
      element: poseOf(orientation),
      numbers: orientation && !poseOf(orientation) ? read(orientation) : null,
    })),
    prepared: parse(task.prepared),
    formula: parse(task.formula),
    /** The goal follows from the numbers that are drawn, whatever happens in the world. */
    goalIsDrawn: !readsPose(target) && !readsPose(start),
    /** The goal is a place of the world, which may move. */
    goalIsPlace: /^target = site\(/.test(target),
    actions: 4,
  };
  return { ...own, draw: () => draw(own), episode: world => new Episode(own, world) };
};

/** Numbers of an episode within their ranges, from a source of numbers in [0, 1). */
export const draw = (task, uniform = Math.random) => {
  for (;;) {
    const random = task.randomLow.map((low, i) => low + (task.randomHigh[i] - low) * uniform());
    const accepted = task.prepared.some(({ name }) => name === 'accepted')
      ? new Names({ given: name => (name === 'random' ? random : undefined), definitions: task.definitions })
        .assign(task.prepared).value('accepted')
      : 1;
    if (accepted) return random;
  }
};

export class Episode {
  #settled = null;
  #frame;
  #first;
  #action = [0, 0, 0, 0];
  #lead;
  #left = 0;

  constructor(task, world) {
    [this.task, this.world, this.substeps, this.horizon] = [task, world, substeps, horizon];
  }

  get definesSuccess() {
    return true;
  }

  /** Rewards of an action. */
  get rewardRange() {
    return [0, 10];
  }

  /** Seconds of an action. */
  get seconds() {
    return substeps * this.world.model.opt.timestep;
  }

  /** Starts with given numbers; the hand settles first. */
  reset(random) {
    const { task, world } = this;
    this.random = [...random];
    this.#settled ??= this.#settleFromStart();
    const edits = this.#place(this.#settled.seen).filter(([edit]) => edit.edit === 'body' || edit.edit === 'site');
    world.restoreModel();
    for (const [edit, values] of edits) world.apply(edit, values);
    if (task.settlesAlike) world.load(this.#settled.before);
    else this.#settle();
    world.step(1);
    this.settledScene = this.#scene();
    for (const [edit, values] of this.#place(this.settledScene)) world.apply(edit, values);
    this.placedScene = this.scene = this.#scene();
    this.steps = 0;
    this.isSolved = false;
    this.reward = 0;
    this.#left = 0;
    this.#lead = world.mocap;
    this.#prepare();
    this.#frame = this.#frameOf();
    this.observation = [...this.#frame, ...this.#frame, ...this.target];
    this.#first = this.observation;
    world.locate();
  }

  /** Begins an action; `advance` carries it out. */
  begin(action) {
    const { task, world } = this;
    this.#action = Array.from(action);
    this.#lead = this.#lead.map((x, i) => clamp(x + clamp(action[i], -1, 1) * reach, task.handLow[i], task.handHigh[i]));
    world.command(this.#lead, action[3]);
    this.#left = substeps;
  }

  /** One physics step; true: it was the last of its action, which was observed. */
  advance() {
    this.world.step(1);
    if (--this.#left > 0) return false;
    this.world.forward();
    this.steps++;
    this.#look();
    if (this.steps === 1) this.#first = this.observation;
    const names = this.#names().assign(this.task.formula);
    this.isSolved = Boolean(names.value('success'));
    this.reward = names.value('reward');
    return true;
  }

  /** Moves what depends on the drawn numbers, as far as that is possible while the world goes on. */
  move(random) {
    this.random = [...random];
    for (const [edit, values] of this.#place(this.settledScene))
      if (edit.edit === 'body' || edit.edit === 'site') this.world.apply(edit, values);
    this.world.forward();
    this.scene = this.#scene();
    this.#prepare();
    this.#observe();
  }

  /** Whether numbers can change in a running episode: nothing but bodies and sites of the model moves with them. */
  canMove(random) {
    const [before, after] = [this.#placeOf(this.random), this.#placeOf(random)];
    return this.task.goalIsDrawn && before.every(([edit, values], i) =>
      edit.edit === 'body' || edit.edit === 'site' || values.every((x, k) => x === after[i][1][k]));
  }

  /** Whether the goal moves with the drawn number at a place: it is computed from it, or a body is placed by it. */
  goalFollows(part) {
    const moved = this.random.with(part, this.random[part] + 0.1);
    if (this.task.goalIsDrawn) return this.#targetOf(moved)[0] !== this.#targetOf(this.random)[0];
    const before = this.#placeOf(this.random);
    return this.#placeOf(moved).some(([{ edit }, values], i) => edit === 'body' && values[0] !== before[i][1][0]);
  }

  #placeOf(random) {
    return this.#drawing(random, () => this.#place(this.settledScene));
  }

  #targetOf(random) {
    return this.#drawing(random, () => this.#names(this.placedScene, null).assign(this.task.prepared).value('target'));
  }

  /** What is computed as if other numbers had been drawn. */
  #drawing(random, compute) {
    const kept = this.random;
    this.random = random;
    const computed = compute();
    this.random = kept;
    return computed;
  }

  #look() {
    this.scene = this.#scene();
    if (this.task.goalIsPlace) this.#prepare();
    const before = this.#frame;
    this.#frame = this.#frameOf();
    this.#observe(before);
  }

  #observe(before = this.observation.slice(frameSize, 2 * frameSize)) {
    const { task } = this;
    const clip = frame => frame.map((x, i) =>
      i < 3 ? clamp(x, task.frameLow[i], task.frameHigh[i]) : i === 3 ? clamp(x, -1, 1) : x);
    const goal = this.target.map((x, i) => clamp(x, task.goalLow[i], task.goalHigh[i]));
    this.observation = [...clip(this.#frame), ...clip(before), ...goal];
  }

  /** Values that are fixed at the start. */
  #prepare() {
    const scene = this.task.goalIsPlace ? this.scene : this.placedScene;
    this.prepared = this.#names(scene, null).assign(this.task.prepared);
    this.target = [...this.prepared.value('target')];
  }

  #frameOf() {
    const { task, scene } = this;
    const at = name => scene.poses[name].position;
    const [right, left] = [at('body rightclaw'), at('body leftclaw')];
    const opening = clamp(Math.hypot(right[0] - left[0], right[1] - left[1], right[2] - left[2]) / 0.1, 0, 1);
    const frame = [...at('body hand'), opening];
    const names = this.#names();
    for (const { position, element, numbers } of task.observed)
      frame.push(...position(names), ...(element ? scene.poses[element].orientation : numbers ? numbers(names) : [0, 0, 0, 0]));
    while (frame.length < frameSize) frame.push(0);
    return frame;
  }

  /** The world of formulas; what was prepared is known in it. */
  #names(scene = this.scene, outer = this.prepared) {
    const { task, settledScene, placedScene } = this;
    const [now, first] = [this.observation ?? [], this.#first ?? []];
    return new Names({ given: name => this.#given(name, scene, now), firstGiven: name => this.#given(name, scene, first),
      scene, settledScene, placedScene, definitions: task.definitions, outer });
  }

  #given(name, scene, observation) {
    const at = element => scene.poses[element].position;
    const middle = ({ poses }) =>
      poses['site leftEndEffector'].position.map((x, i) => (x + poses['site rightEndEffector'].position[i]) / 2);
    switch (name) {
      case 'random': return this.random;
      case 'hand': return observation.slice(0, 3);
      case 'opening': return observation[3];
      case 'turned': return observation.slice(7, 11);
      case 'effort': return this.#action[3];
      case 'tcp': return middle(scene);
      case 'tcp0': return middle(this.settledScene);
      case 'hand0': return this.task.handInit;
      case 'leftFinger': return at('site leftEndEffector');
      case 'leftPad': return at('body leftpad');
      case 'rightPad': return at('body rightpad');
      case 'grasped': return Number(this.world.isGrasped(this.task.graspable));
      default: {
        const i = this.task.observed.findIndex(observed => observed.name === name);
        return i < 0 ? undefined : observation.slice(4 + 7 * i, 7 + 7 * i);
      }
    }
  }

  #scene() {
    const { task, world } = this;
    const poses = {};
    for (const [kind, name] of [...robot, ...task.watch]) poses[`${kind} ${name}`] = world.pose(kind, name);
    const joints = Object.fromEntries(task.joints.map(name => [name, world.joint(name)]));
    return { poses, joints };
  }

  /** The edits of the reset with their values, computed before any of them is carried out. */
  #place(settledScene) {
    const names = new Names({ given: name => this.#given(name, settledScene, []), scene: settledScene, settledScene,
      definitions: this.task.definitions });
    return this.task.place.map(edit => [edit, edit.values.map(value => value(names))]);
  }

  #settle() {
    const { task, world } = this;
    world.reset();
    world.command(task.handInit, -1);
    world.step(settlingActions * substeps - 1);
  }

  #settleFromStart() {
    this.world.restoreModel();
    this.#settle();
    const before = this.world.save();
    this.world.step(1);
    return { before, seen: this.#scene() };
  }
}
