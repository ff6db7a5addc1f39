// Plays a policy in a task: episode after episode, in the time of the robot, while somebody moves goals and pushes things.

/** Seconds that are shown after the end of an episode, as by success. */
const after = 1.125;
/** At most this much time of the robot is made up in one picture. */
const most = 0.1;
/** Of a string that pulls a body: acceleration for a metre and for a metre a second. */
const [stiffness, damping] = [150, 20];

const randomAction = ({ actions }) => Array.from({ length: actions }, () => 2 * Math.random() - 1);

export class Player {
  #scenes;
  #pull = null;
  #left = 0;
  #isActing = false;
  #isStepping = false;
  #after = 0;

  constructor(scenes) {
    this.#scenes = scenes;
    this.speed = 1;
    this.isPaused = false;
    this.isHeld = false;
    /** After an episode time stands still, until another one is started. */
    this.waitsAtEnd = false;
    /** The policy that acts; null: random actions. */
    this.policy = null;
    this.solved = this.ended = 0;
    this.solvedTasks = new Set();
    this.history = [];
    this.goalPart = null;
  }

  /** Loads a task and starts an episode, with given drawn numbers or others. */
  async choose(task, numbers = null) {
    const world = await this.#worldOf(task);
    if (world !== this.world) this.world?.delete();
    [this.world, this.task] = [world, task];
    this.episode = this.isServed ? world : task.episode(world);
    this.start(numbers ?? task.draw());
    this.goalPart = this.#goalPart();
  }

  async #worldOf(task) {
    if (this.policy?.open) return this.policy.open(task);
    if (task.open) return task.open(this.policy === null);
    return this.world?.scene === task.scene ? this.world : Object.assign(await this.#scenes.load(task.scene), { scene: task.scene });
  }

  /** Counts anew, from a new episode on. */
  beginAnew() {
    this.solved = this.ended = 0;
    this.solvedTasks.clear();
    if (this.task) this.start();
  }

  start(numbers = this.task.draw()) {
    this.release();
    this.episode.reset(numbers, this.policy?.repeat ?? 1);
    [this.#isActing, this.#isStepping, this.#after, this.#left] = [false, false, 0, 0];
    this.isSolved = this.hasFailed = false;
    this.history = [];
  }

  /** Lets time pass: `seconds` of the viewer. */
  pass(seconds) {
    if (!this.episode) return;
    if (this.#isStepping) this.step();
    if (this.isPaused) return;
    this.#left = Math.min(this.#left + seconds * this.speed, most * Math.max(this.speed, 1));
    const length = this.episode.seconds / this.episode.substeps;
    for (; this.#left >= length && !this.standsStill && this.#advance(); this.#left -= length);
    this.world.locate();
  }

  /** One whole action, also where it is still to come. */
  step() {
    do this.#isStepping = !this.#advance(); while (this.#isActing);
    this.world.locate();
  }

  /** Moves the goal; false: this task's goal follows only with a new episode, see `start`. */
  move(numbers) {
    if (!this.episode.canMove(numbers)) return false;
    this.episode.move(numbers);
    [this.isSolved, this.hasFailed, this.#after] = [false, false, 0];
    this.episode.steps = 0;
    return true;
  }

  /** Pulls a body at a point of it, given in the world, towards another. */
  hold(body, point) {
    const { xpos, xmat } = this.world.data;
    const away = point.map((p, i) => p - xpos[3 * body + i]);
    const turn = xmat.subarray(9 * body);
    const own = [0, 1, 2].map(i => turn[i] * away[0] + turn[3 + i] * away[1] + turn[6 + i] * away[2]);
    this.#pull = { body, own, towards: point, mass: Math.min(this.world.model.body_subtreemass[body] + 0.05, 6), before: point };
  }

  pullTowards(point) {
    if (this.#pull) this.#pull.towards = point;
  }

  release() {
    this.#pull = null;
    this.world?.push(0, null);
  }

  /** Whether the episode has ended and was shown, so that another one begins. */
  get isOver() {
    return this.#after * this.episode.seconds > after && !this.isHeld && !this.#pull;
  }

  get standsStill() {
    return this.waitsAtEnd && this.isOver;
  }

  /** Whether the program plays: then nothing can be pulled. */
  get isServed() {
    return Boolean(this.world?.next);
  }

  /** The ends of the string, or null. */
  get string() {
    return this.#pull && [this.#held(), this.#pull.towards];
  }

  /** First of the three drawn numbers with which the goal moves; null: it does not move, or by less than is seen. */
  #goalPart() {
    const { task, episode } = this;
    if (!episode.target) return null;
    for (let part = 0; part < task.randomLow.length; part += 3) {
      const isFixed = [0, 1].every(i => task.randomHigh[part + i] - task.randomLow[part + i] < 0.005);
      if (!isFixed && episode.goalFollows(part)) return part;
    }
    return null;
  }

  #held() {
    const { body, own } = this.#pull;
    const { xpos, xmat } = this.world.data;
    return [0, 1, 2].map(i => xpos[3 * body + i] + own.reduce((sum, x, k) => sum + xmat[9 * body + 3 * i + k] * x, 0));
  }

  #tug() {
    if (!this.#pull) return;
    const { body, towards, mass, before } = this.#pull;
    const at = this.#held();
    const force = at.map((x, i) =>
      mass * (stiffness * (towards[i] - x) - damping * (x - before[i]) / this.world.model.opt.timestep));
    this.#pull.before = at;
    this.world.push(body, force, at);
  }

  /** One physics step; false: the action that it needs has not come. */
  #advance() {
    const { episode } = this;
    if (!this.#isActing) {
      if (this.isOver) this.start();
      const acted = this.#act();
      if (acted === null) return false;
      episode.begin(acted.action);
      this.#isActing = true;
      this.history.push({ ...acted, action: Array.from(acted.action), reward: episode.reward });
      if (this.history.length > episode.horizon) this.history.shift();
    }
    this.#tug();
    this.#isActing = !episode.advance();
    if (!this.#isActing) this.#judge();
    return true;
  }

  /** The next action, with what the policy says of it; null: it has not come. */
  #act() {
    const { policy, task, episode } = this;
    const served = this.isServed ? episode.next(this.isHeld) : undefined;
    if (served === null) return null;
    const said = policy?.act?.(episode.observation, policy.tasks.indexOf(task.name)) ?? { action: randomAction(task) };
    return { ...said, action: served ?? said.action };
  }

  #judge() {
    if (this.episode.isSolved && !this.isSolved && !this.hasFailed) {
      this.isSolved = true;
      this.solved++;
      this.ended++;
      this.solvedTasks.add(this.task.name);
    } else if (!this.isSolved && !this.hasFailed && this.episode.steps >= this.episode.horizon) {
      this.hasFailed = true;
      this.ended++;
    }
    if (this.isSolved || this.hasFailed) this.#after++;
    if (!this.world.isStable) this.start();
  }
}
