// Tasks that the program plays, because their observations and rewards, or their experts, are code: it sends what happens
// (src/Cli/Play/ServedTask.fs), the page draws it. The page asks for steps, and may move the goal; nothing can be pulled.
import { fetched, linesOf } from './files.js';

/** Seconds of the robot that are asked for at once, and at most so many steps: what the pointer does is seen so much later. */
const [ahead, mostAhead] = [0.1, 50];
/** A place without bounds, as numbers of an episode have them. */
const anywhere = { randomLow: [-Infinity, -Infinity, -Infinity], randomHigh: [Infinity, Infinity, Infinity] };

const typed = numbers => Object.fromEntries(Object.entries(numbers).map(([name, values]) => [name, Float64Array.from(values)]));

/** A model as that of MuJoCo's module, from its arrays. */
const modelOf = (numbers, isSawyer) => {
  const model = typed(numbers);
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
  ...anywhere,
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
  #episode = -1;
  /** The next step; null: it has not come. */
  #next = null;
  #isReading = false;
  /** Steps that were asked for and have not come. */
  #asked = 0;
  /** Where the goal was moved to in this episode, and what the program has not been told of that. */
  #goal = null;
  #moved = null;
  #action = [];
  #hasEnded = false;
  substeps = 1;
  isStable = true;

  static async open(path, about) {
    const stage = Object.assign(new Stage(), about);
    stage.#lines = linesOf(path, stage.#ending.signal);
    const { address, goal, model, horizon, seconds, definesSuccess, now } = await stage.#line();
    stage.#look(now);
    return Object.assign(stage, { address, goal, model: modelOf(model, about.isSawyer), longest: horizon, seconds, definesSuccess });
  }

  delete() {
    this.#ending.abort();
  }

  /** Of Meta-World the goal is the end of the observation, of other tasks a body; null: there is none. */
  get target() {
    if (this.isSawyer) return this.observation.slice(-3);
    return this.goal === null ? null : this.#goal ?? Array.from(this.data.xpos.subarray(3 * this.goal, 3 * this.goal + 3));
  }

  /** What a link keeps: the place of the goal. */
  get random() {
    return this.isSawyer ? null : this.target;
  }

  locate() {}

  push() {}

  canPull() {
    return false;
  }

  goalFollows() {
    return this.goal !== null;
  }

  /** After its end an episode stands still: the goal moves with a new one. */
  canMove() {
    return this.goal !== null && !this.#isOver;
  }

  /** Whether the last step of the episode has come. */
  get #isOver() {
    return this.#next?.ended ?? this.#hasEnded;
  }

  /** Moves the goal: before the steps that are asked for next. */
  move(place) {
    this.#goal = this.#moved = place;
  }

  /** Begins another episode, with the goal at a place; null: where the task puts it. */
  reset(place) {
    Object.assign(this, { steps: 0, reward: 0, total: 0, isSolved: false, horizon: this.longest });
    [this.#next, this.#hasEnded, this.#goal] = [null, false, this.goal === null ? null : place];
    this.#moved = this.#goal;
    this.#episode++;
    this.#ask();
    this.#read();
  }

  /**
   * The action of the next step; null: it has not come. After an episode the task stands still; while the goal is held, none ends.
   */
  next(isHeld) {
    if (isHeld) this.#moved = this.#goal;
    if (this.#asked === 0 && !this.#isOver) this.#ask();
    return this.#next?.action ?? (this.#hasEnded ? this.#action : null);
  }

  begin() {}

  advance() {
    if (this.#next === null) return true;
    const { step, action, reward, success, ended } = this.#next;
    this.#look(this.#next);
    [this.steps, this.reward, this.isSolved, this.#action, this.#hasEnded, this.#next] = [step, reward, success, action, ended, null];
    this.total += reward;
    this.rewardRange = [Math.min(reward, this.rewardRange[0]), Math.max(reward, this.rewardRange[1])];
    this.horizon = ended ? step : this.longest;
    this.#read();
    return true;
  }

  #look({ places, observation }) {
    [this.data, this.observation] = [typed(places), observation];
  }

  async #ask() {
    const steps = Math.min(Math.ceil(ahead / this.seconds), mostAhead);
    const words = { episode: this.#episode, steps, ...(this.#moved && { goal: this.#moved }) };
    [this.#asked, this.#moved] = [steps, null];
    await this.#attempt(() => fetched(`./${this.address}?${new URLSearchParams(words)}`, { signal: this.#ending.signal }));
  }

  async #line() {
    const { value } = await this.#lines.next();
    this.#failure = value?.failure ?? this.#failure;
    if (this.#failure) throw Object.assign(new Error(this.#failure), { isForPeople: true });
    if (!value) throw new Error('the program sends nothing more');
    return value;
  }

  /** Waits for the next step of the episode, and shows its start; steps of the one before are passed over. */
  async #read() {
    if (this.#isReading) return;
    this.#isReading = true;
    await this.#attempt(async () => {
      while (this.#next === null) {
        const line = await this.#line();
        if (line.episode !== this.#episode) continue;
        if (line.step === 0) this.#look(line);
        else [this.#next, this.#asked] = [line, line.ended ? 0 : this.#asked - 1];
      }
    });
    this.#isReading = false;
    this.come();
  }

  async #attempt(act) {
    try {
      await act();
    } catch (e) {
      if (!this.#ending.signal.aborted) this.failed(e);
    }
  }
}
