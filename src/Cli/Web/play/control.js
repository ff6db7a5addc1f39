// An episode of a task of DeepMind Control, from the task's data (tasks.json, which the program writes from its definitions):
// start, observations, actions and rewards of src/Interop.CSharp/Environments/DmControl.
import { Names, clamp, parse, read } from './formula.js';

/** mjINT_RK4: its steps have no first and second half. */
const rungeKutta = 1;

/** Arrays of numbers: their owner, and how many numbers an element has. */
const arrays = {
  qpos: ['data', 1], qvel: ['data', 1], ctrl: ['data', 1], sensordata: ['data', 1],
  xpos: ['data', 3], xipos: ['data', 3], xmat: ['data', 9], geom_xpos: ['data', 3], site_xpos: ['data', 3],
  geom_pos: ['model', 3], geom_size: ['model', 3], site_pos: ['model', 3], site_size: ['model', 3], site_rgba: ['model', 4],
  dof_damping: ['model', 1],
};

/** Where the numbers of an element begin, which are not as many for each. */
const addresses = { qpos: 'jnt_qposadr', qvel: 'jnt_dofadr', dof_damping: 'jnt_dofadr', sensordata: 'sensor_adr' };

/** A number of a world, to be read or written. */
const numberOf = (world, { array, kind, name, index }) => {
  const [owner, size] = arrays[array];
  const id = world.id(kind, name);
  const at = (addresses[array] ? world.model[addresses[array]][id] : size * id) + index;
  return { get: () => world[owner][array][at], set: value => { world[owner][array][at] = value; } };
};

/** Reads the formulas of DeepMind Control's tasks of tasks.json; `definitions` are the functions of formulas. */
export const readControl = (tasks, definitions) => tasks.map(task => {
  const observation = task.observation.map(({ x, formula }) => ({ x, formula: formula && read(formula) }));
  const own = { ...task, observation, formula: parse(task.formula), definitions };
  return {
    ...own,
    succeeds: 'The reward of a step is between 0 and 1; the return of an episode at most 1,000.',
    draw: () => Math.floor(Math.random() * task.starts.length),
    episode: world => new ControlEpisode(own, world),
  };
});

export class ControlEpisode {
  #observed;
  #read;
  #edits;
  /** Of the action in progress: physics steps to come, and the sum of the rewards so far. */
  #left = 0;
  #rewards = 0;

  constructor(task, world) {
    [this.task, this.world] = [task, world];
    const find = place => numberOf(world, place);
    this.#observed = task.observation.map(({ x, formula }) => [x.map(find), formula]);
    this.#read = new Map(task.names.map((name, i) => [name, find(task.reads[i])]));
    this.#edits = task.edits.map(find);
  }

  /** Seconds of an action. */
  get seconds() {
    return this.substeps * this.world.model.opt.timestep;
  }

  /** Physics steps of an action. */
  get substeps() {
    return this.task.substeps * this.repeat;
  }

  /** Actions of an episode. */
  get horizon() {
    return Math.ceil(this.task.horizon / this.repeat);
  }

  get definesSuccess() {
    return false;
  }

  /** Rewards of an action. */
  get rewardRange() {
    return [0, this.repeat];
  }

  /**
   * Begins from a start by its number; where starts with contacts are avoided, from the next one without. Each action is
   * repeated for so many control steps.
   */
  reset(number, repeat) {
    this.repeat = repeat;
    const { task, world, world: { model, data, mujoco } } = this;
    for (let left = task.starts.length; left > 0; left--) {
      const { positions, velocities, edits } = task.starts[number];
      mujoco.mj_resetData(model, data);
      data.qpos.set(positions);
      data.qvel.set(velocities);
      this.#edits.forEach((edit, k) => edit.set(edits[k]));
      world.forward();
      const { contact } = data;
      const touches = contact.size() > 0;
      contact.delete();
      if (!task.avoidsContacts || !touches) break;
      number = (number + 1) % task.starts.length;
    }
    for (let i = 0; i < task.settle; i++) this.#step();
    [this.random, this.steps, this.reward, this.total, this.isSolved, this.#left] = [number, 0, 0, 0, false, 0];
    this.#observe();
  }

  /** Begins an action; `advance` carries it out. The last one may have fewer control steps. */
  begin(action) {
    const { task } = this;
    this.world.data.ctrl.set(Array.from(action).slice(0, task.actions).map(x => clamp(x, -1, 1)));
    const repeats = Math.min(this.repeat, Math.max(task.horizon - this.steps * this.repeat, 1));
    [this.#left, this.#rewards] = [repeats * task.substeps, 0];
  }

  /** One physics step; true: it was the last of its action, which was observed. */
  advance() {
    this.#step();
    if (--this.#left % this.task.substeps === 0) this.#rewards += this.#rewarded();
    if (this.#left > 0) return false;
    this.steps++;
    this.reward = this.#rewards;
    this.total += this.reward;
    this.#observe();
    return true;
  }

  /** The second half of a step, then the first half of the next, so that positions and what follows from them agree. */
  #step() {
    const { mujoco, model, data } = this.world;
    if (model.opt.integrator === rungeKutta) mujoco.mj_step(model, data);
    else mujoco.mj_step2(model, data);
    mujoco.mj_step1(model, data);
  }

  #rewarded() {
    const given = name => this.#read.get(name)?.get();
    return new Names({ given, definitions: this.task.definitions }).assign(this.task.formula).value('reward');
  }

  #observe() {
    this.observation = this.#observed.map(([numbers, formula]) => {
      const x = numbers.map(number => number.get());
      return formula ? formula(new Names({ given: name => (name === 'x' ? x : undefined), definitions: this.task.definitions })) : x[0];
    });
  }
}
