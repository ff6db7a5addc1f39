// Tasks that the program plays, because their observations and rewards, or their experts, are code: it sends what happens
// (src/Cli/Play/ServedTask.fs), the page draws it. Nothing can be pushed or dragged in them.
import { linesOf } from './files.js';

/** mjTEXROLE_RGB of mjNTEXROLE: in MuJoCo 2 a material has one texture, in MuJoCo 3 one for each role. */
const [colourRole, roles] = [1, 10];

const typed = numbers => Object.fromEntries(Object.entries(numbers).map(([name, values]) => [name, Float64Array.from(values)]));

/** A model as that of MuJoCo's module, from its arrays. */
const modelOf = (numbers, isSawyer) => {
  const model = typed(numbers);
  const materials = model.mat_shininess.length;
  if (model.mat_texid.length === materials)
    model.mat_texid = Float64Array.from({ length: roles * materials }, (_, i) => (i % roles === colourRole ? model.mat_texid[Math.floor(i / roles)] : -1));
  model.tex_data ??= model.tex_rgb;
  model.tex_nchannel ??= model.tex_width.map(() => 3);
  return {
    ...model,
    stat: { center: model['stat.center'], extent: model['stat.extent'][0] },
    ngeom: model.geom_type.length,
    nsite: model.site_type.length,
    nmocap: isSawyer ? 1 : 0,
  };
};

/**
 * Tasks that the program plays by a policy or random actions, in its order. `come` is called when a step has come, `failed` with
 * what went wrong.
 */
export const readServed = (names, come, failed) => names.map((name, index) => ({
  name,
  kind: 'Tasks of the run',
  objective: '',
  succeeds: '',
  draw: () => null,
  open: isRandom => Stage.open(`./served/${index}/${isRandom ? 'random' : 'policy'}`, { come, failed, rewardRange: [0, 0.01] }),
}));

/** The scripted experts of tasks of Meta-World, as a policy. */
export const readExperts = (tasks, come, failed) => ({
  tasks,
  repeat: 1,
  open: ({ name }) => Stage.open(`./served/${name}/expert`, { come, failed, rewardRange: [0, 10], isSawyer: true }),
});

/** A task that the program plays: its world, and one episode after the other. `delete` ends it. */
class Stage {
  #ending = new AbortController();
  #lines;
  /** Why the program ended. */
  #failure = null;
  /** The next step, or the start of the next episode; null: it has not come. */
  #next = null;
  #isReading = false;
  /** The next line that is shown is a start. */
  #seeksStart = false;
  #action = [];
  #hasEnded = false;
  substeps = 1;
  isStable = true;

  static async open(path, about) {
    const stage = Object.assign(new Stage(), about);
    stage.#lines = linesOf(path, stage.#ending.signal);
    const { model, horizon, seconds, definesSuccess, now } = await stage.#line();
    stage.#look(now);
    return Object.assign(stage, { model: modelOf(model, about.isSawyer), longest: horizon, seconds, definesSuccess });
  }

  delete() {
    this.#ending.abort();
  }

  /** Of Meta-World the goal is the end of the observation. */
  get target() {
    return this.isSawyer ? this.observation.slice(-3) : null;
  }

  locate() {}

  push() {}

  canMove() {
    return false;
  }

  /** Passes over what is left of an episode: the next one begins when its start has come. */
  reset() {
    Object.assign(this, { steps: 0, reward: 0, total: 0, isSolved: false, horizon: this.longest });
    [this.#seeksStart, this.#hasEnded] = [true, false];
    if (!this.#isReading) this.#read(this.#next);
  }

  /** The action of the next step; null: it has not come. After an episode the task stands still. */
  next() {
    return this.#hasEnded ? this.#action : this.#next?.action ?? null;
  }

  begin() {}

  advance() {
    if (this.#hasEnded) return true;
    const { step, action, reward, success, ended } = this.#next;
    this.#look(this.#next);
    [this.steps, this.reward, this.isSolved, this.#action, this.#hasEnded] = [step, reward, success, action, ended];
    this.total += reward;
    this.rewardRange = [Math.min(reward, this.rewardRange[0]), Math.max(reward, this.rewardRange[1])];
    if (ended) this.horizon = step;
    this.#read();
    return true;
  }

  #look({ places, observation }) {
    [this.data, this.observation] = [typed(places), observation];
  }

  async #line() {
    const { value } = await this.#lines.next();
    this.#failure = value?.failure ?? this.#failure;
    if (this.#failure) throw Object.assign(new Error(this.#failure), { isForPeople: true });
    if (!value) throw new Error('the program sends nothing more');
    return value;
  }

  async #read(line = null) {
    [this.#next, this.#isReading] = [null, true];
    try {
      for (; this.#next === null; line = null) {
        line ??= await this.#line();
        if (!this.#seeksStart) this.#next = line;
        else if (line.step === 0) {
          this.#look(line);
          this.#seeksStart = false;
        }
      }
    } catch (e) {
      if (!this.#ending.signal.aborted) this.failed(e);
    } finally {
      this.#isReading = false;
    }
    this.come();
  }
}
