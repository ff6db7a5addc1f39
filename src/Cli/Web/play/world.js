// A simulated world: one scene in MuJoCo's WebAssembly module.

/** Kinds of MuJoCo's elements: mjtObj. */
const kinds = { body: 1, frame: 1, joint: 3, geom: 5, site: 6, actuator: 19, sensor: 20 };
const unstable = 1e6;
/**
 * Parts of the engine that MuJoCo 2.2.2, with which policies were trained, does not have: its own collisions of convex
 * shapes, several contacts of these, islands of constraints (mjDSBL_NATIVECCD, mjDSBL_MULTICCD, mjDSBL_ISLAND).
 */
const newer = (1 << 17) | (1 << 19) | (1 << 18);
/** Orientation to which the hand is led. */
const upright = [Math.SQRT1_2, 0, Math.SQRT1_2, 0];

/** Scenes by name, fetched with the files that they name when they are first asked for. */
export class Scenes {
  #written = new Map();

  /** `read` gives the bytes of a file of the folder of scenes. */
  constructor(mujoco, read) {
    [this.mujoco, this.read] = [mujoco, read];
  }

  async load(scene) {
    await this.#write(`${scene}.xml`);
    const model = this.mujoco.MjModel.mj_loadXML(`/${scene}.xml`);
    return model.nmocap > 0 ? new SawyerWorld(this.mujoco, model) : new World(this.mujoco, model);
  }

  #write(file) {
    if (!this.#written.has(file)) {
      const copy = this.#copy(file);
      // A file that did not come is asked for again.
      copy.catch(() => this.#written.delete(file));
      this.#written.set(file, copy);
    }
    return this.#written.get(file);
  }

  async #copy(file) {
    const { FS } = this.mujoco;
    const bytes = await this.read(file);
    // Textures are looked for beside the file that names them.
    for (const path of file.startsWith('textures/') ? [`/${file}`, `/parts/${file}`] : [`/${file}`]) {
      FS.mkdirTree(path.slice(0, path.lastIndexOf('/')) || '/');
      FS.writeFile(path, bytes);
    }
    if (!file.endsWith('.xml')) return;
    // Models of DeepMind Control name files relative to dmcontrol/, scenes of Meta-World relative to the root.
    const folder = /^dmcontrol\//.exec(file)?.[0] ?? '';
    const named = new TextDecoder().decode(bytes).matchAll(/file="([^"]+)"/g);
    await Promise.all([...named].map(match => this.#write(folder + match[1])));
  }
}

/** Quaternion (x, y, z, w) of a rotation matrix, by the rule of `Orientation.ofMatrix`. */
const turned = m => {
  const trace = m[0] + m[4] + m[8];
  const q = trace > m[0] && trace > m[4] && trace > m[8]
    ? [m[7] - m[5], m[2] - m[6], m[3] - m[1], 1 + trace]
    : m[0] >= m[4] && m[0] >= m[8]
      ? [1 - trace + 2 * m[0], m[3] + m[1], m[6] + m[2], m[7] - m[5]]
      : m[4] >= m[8]
        ? [m[1] + m[3], 1 - trace + 2 * m[4], m[7] + m[5], m[2] - m[6]]
        : [m[2] + m[6], m[5] + m[7], 1 - trace + 2 * m[8], m[3] - m[1]];
  const length = Math.hypot(...q);
  return q.map(x => x / length);
};

/** Product of quaternions (w, x, y, z). */
const times = ([a, b, c, d], [e, f, g, h]) => [
  a * e - b * f - c * g - d * h, a * f + b * e + c * h - d * g, a * g - b * h + c * e + d * f, a * h + b * g - c * f + d * e];

const three = (numbers, id) => Array.from(numbers.subarray(3 * id, 3 * id + 3));
const nine = (numbers, id) => numbers.subarray(9 * id, 9 * id + 9);

/** A model and its state. `delete` frees both. */
export class World {
  #ids = new Map();

  constructor(mujoco, model) {
    model.opt.disableflags |= newer;
    [this.mujoco, this.model, this.data] = [mujoco, model, new mujoco.MjData(model)];
  }

  delete() {
    this.data.delete();
    this.model.delete();
  }

  id(kind, name) {
    const key = `${kind} ${name}`;
    if (!this.#ids.has(key)) {
      const id = this.mujoco.mj_name2id(this.model, kinds[kind], name);
      if (id < 0) throw new Error(`the scene has no ${kind} '${name}'`);
      this.#ids.set(key, id);
    }
    return this.#ids.get(key);
  }

  reset() {
    this.mujoco.mj_resetData(this.model, this.data);
  }

  forward() {
    this.mujoco.mj_forward(this.model, this.data);
  }

  /** Places of all elements for the positions of the joints; nothing else is computed. */
  locate() {
    this.mujoco.mj_kinematics(this.model, this.data);
  }

  /** Whether a body can be pulled: it is not fixed to the world. */
  canPull(body) {
    return this.model.body_weldid[body] !== 0;
  }

  /** A force on a body, at a point; null: none on any. */
  push(body, force, point) {
    const { xfrc_applied, xipos } = this.data;
    xfrc_applied.fill(0);
    if (!force) return;
    const [x, y, z] = point.map((p, i) => p - xipos[3 * body + i]);
    const [a, b, c] = force;
    xfrc_applied.set([a, b, c, y * c - z * b, z * a - x * c, x * b - y * a], 6 * body);
  }

  get isStable() {
    return this.data.qpos.every(x => Math.abs(x) < unstable);
  }
}

/** The world of Sawyer, whose hand is led to positions. */
export class SawyerWorld extends World {
  #bodies;
  #sites;
  #hand;

  constructor(mujoco, model) {
    super(mujoco, model);
    this.#bodies = model.body_pos.slice();
    this.#sites = model.site_pos.slice();
    this.#hand = this.id('body', 'hand');
    // MuJoCo 2.2.2 weighs rotations of a weld as its translations.
    model.body_invweight0[2 * this.#hand + 1] = model.body_invweight0[2 * this.#hand];
  }

  restoreModel() {
    this.model.body_pos.set(this.#bodies);
    this.model.site_pos.set(this.#sites);
  }

  step(count) {
    for (let i = 0; i < count; i++) {
      this.#turnLead();
      this.mujoco.mj_step(this.model, this.data);
    }
  }

  /**
   * In MuJoCo 2.2.2 `torquescale` scales the velocities of a weld's rotation, but not its error. So the lead is turned
   * towards the hand until the scaled error is as large.
   */
  #turnLead() {
    this.locate();
    const hand = this.data.xquat.subarray(4 * this.#hand, 4 * this.#hand + 4);
    const [w, ...axis] = times([hand[0], -hand[1], -hand[2], -hand[3]], upright);
    const error = axis.map(x => Math.sign(w || 1) * x / this.model.eq_data[10]);
    this.data.mocap_quat.set(times(hand, [Math.sqrt(1 - error.reduce((sum, x) => sum + x * x, 0)), ...error]));
  }

  /** Leads the hand to a position, with an effort of the gripper. */
  command(position, effort) {
    this.data.mocap_pos.set(position);
    this.data.ctrl.set([effort, -effort]);
  }

  get mocap() {
    return Array.from(this.data.mocap_pos.subarray(0, 3));
  }

  save() {
    const { qpos, qvel, ctrl, qacc_warmstart, mocap_pos, mocap_quat, time } = this.data;
    return { time, arrays: [qpos, qvel, ctrl, qacc_warmstart, mocap_pos, mocap_quat].map(numbers => numbers.slice()) };
  }

  load({ time, arrays }) {
    const { qpos, qvel, ctrl, qacc_warmstart, mocap_pos, mocap_quat } = this.data;
    this.data.time = time;
    [qpos, qvel, ctrl, qacc_warmstart, mocap_pos, mocap_quat].forEach((numbers, i) => numbers.set(arrays[i]));
  }

  /** Carries out an edit of a reset: { edit, of, values }, the values being numbers. */
  apply({ edit, of }, values) {
    const { model, data } = this;
    const write = { body: () => model.body_pos.set(values, 3 * this.id('body', of)),
      site: () => model.site_pos.set(values, 3 * this.id('site', of)),
      positions: () => data.qpos.set(values, Number(of)),
      velocities: () => data.qvel.set(values, Number(of)),
      joint: () => data.qpos.set(values, model.jnt_qposadr[this.id('joint', of)]),
      jointVelocity: () => data.qvel.set(values, model.jnt_dofadr[this.id('joint', of)]),
      advance: () => this.step(Number(of)),
      forward: () => this.forward() }[edit];
    write();
  }

  /** Position and orientation of an element; of a body its quaternion (w, x, y, z), of others (x, y, z, w) of the matrix. */
  pose(kind, name) {
    const [id, data] = [this.id(kind, name), this.data];
    if (kind === 'body') return { position: three(data.xpos, id), orientation: Array.from(data.xquat.subarray(4 * id, 4 * id + 4)) };
    if (kind === 'frame') return { position: three(data.xpos, id), orientation: turned(nine(data.xmat, id)) };
    if (kind === 'site') return { position: three(data.site_xpos, id), orientation: turned(nine(data.site_xmat, id)) };
    return { position: three(data.geom_xpos, id), orientation: turned(nine(data.geom_xmat, id)) };
  }

  joint(name) {
    return this.data.qpos[this.model.jnt_qposadr[this.id('joint', name)]];
  }

  /** Whether both pads press on a geom. */
  isGrasped(geom) {
    const [left, right, held] = ['leftpad_geom', 'rightpad_geom', geom].map(name => this.id('geom', name));
    const { contact, efc_force } = this.data;
    const pressed = new Set();
    for (let i = 0; i < contact.size(); i++) {
      const { geom1, geom2, efc_address } = contact.get(i);
      const pad = geom1 === held ? geom2 : geom2 === held ? geom1 : -1;
      if (efc_address >= 0 && efc_force[efc_address] > 0) pressed.add(pad);
    }
    contact.delete();
    return pressed.has(left) && pressed.has(right);
  }
}
