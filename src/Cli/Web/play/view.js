// What is seen: the scene in three.js, its camera, the goal, and what the pointer holds.
import * as THREE from './three/three.module.js';
import { lightPlain, plainMaterial, sunward } from './plain.js';
import { geomsOf, kinds, sitesOf } from './shapes.js';

/** How Sawyer at its table is seen: the floor's height, and the camera. */
const sawyer = { floor: -0.913, home: { around: 0.98, above: 0.53, away: 2.05, at: [0.03, 0.46, 0.08] }, follows: -1, spread: 1, cell: 0 };
/** Pictures that take longer on average, in milliseconds, are drawn smaller. */
const slow = 45;
/** Points of a picture for a point of the page, at least. */
const coarsest = 0.35;
/** Renderers without a graphics card, by their names. */
const software = /swiftshader|llvmpipe|softpipe|software|basic render/i;

const isSoftware = () => {
  const context = document.createElement('canvas').getContext('webgl2');
  const named = context.getExtension('WEBGL_debug_renderer_info');
  const name = named ? context.getParameter(named.UNMASKED_RENDERER_WEBGL) : '';
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return software.test(name);
};

/** Of MuJoCo's cameras, those that move with a body: mjCAMLIGHT_TRACK, mjCAMLIGHT_TRACKCOM. */
const tracking = new Set([1, 2]);

/** How a model is seen: as by its first camera, which follows a body where that does; without one from the side. */
const stageOf = ({ model, data }) => {
  const { extent, center } = model.stat;
  const hasCamera = model.cam_mat0.length > 0;
  const [across, along, up] = hasCamera ? [2, 5, 8].map(i => model.cam_mat0[i]) : [0.7, -0.5, 0.5];
  const ground = Array.from(model.geom_type).indexOf(kinds.plane);
  return {
    floor: ground < 0 ? center[2] - extent : data.geom_xpos[3 * ground + 2],
    home: {
      // A camera that looks straight down has y upwards.
      around: Math.atan2(across, -along || 0), above: Math.min(Math.max(Math.asin(up), 0.08), 1.5),
      away: Math.max(1.5 * extent, hasCamera ? Math.hypot(...[0, 1, 2].map(i => model.cam_pos0[i] - center[i])) : 0),
      at: Array.from(center) },
    follows: tracking.has(model.cam_mode[0]) ? model.cam_bodyid[0] : -1,
    spread: Math.max(extent, 1),
    cell: extent < 1 ? 0.1 : 1,
  };
};

const looks = {
  light: { back: '#e8edf2', floor: '#dfe5eb', sky: '#ffffff', ground: '#c4bdb4', sun: 2.2, fill: 2.0 },
  dark: { back: '#10151c', floor: '#1a212b', sky: '#d7e3f5', ground: '#4a443e', sun: 2.2, fill: 1.5 },
};

export class View {
  #renderer;
  #scene = new THREE.Scene();
  #camera = new THREE.PerspectiveCamera(40, 1, 0.02, 30);
  #meshes = [];
  #stage = sawyer;
  #sun = new THREE.DirectionalLight('#fff6ea');
  #fill = new THREE.HemisphereLight();
  #floor;
  #grid = new THREE.GridHelper(40, 40);
  #goal;
  #range;
  #string;
  #isPlain = isSoftware();
  #ratio = this.#isPlain ? 0.6 : Math.min(globalThis.devicePixelRatio, 2);
  #pace = 16;

  constructor(canvas) {
    this.canvas = canvas;
    this.#renderer = new THREE.WebGLRenderer({ canvas, antialias: !this.#isPlain, powerPreference: 'high-performance' });
    // Without a graphics card their cost is seen more than they are.
    this.#renderer.shadowMap.enabled = !this.#isPlain;
    this.#renderer.shadowMap.type = THREE.PCFShadowMap;
    this.#renderer.toneMapping = this.#isPlain ? THREE.NoToneMapping : THREE.NeutralToneMapping;
    this.#camera.up.set(0, 0, 1);
    this.home();
    this.#scene.fog = new THREE.Fog();
    this.#light();
    this.#furnish();
    new ResizeObserver(() => this.#resize()).observe(canvas);
    this.#resize();
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', () => this.#dress(dark.matches));
    this.#dress(dark.matches);
    this.#spread();
  }

  /** Shows a world; the one before is forgotten. */
  show(world) {
    const { model } = world;
    const before = this.#stage;
    this.#stage = model.nmocap > 0 ? sawyer : stageOf(world);
    if (this.#stage !== before) {
      this.home();
      this.#spread();
    }

    for (const mesh of this.#meshes) {
      this.#scene.remove(mesh);
      mesh.geometry.dispose();
      mesh.material.map?.dispose();
      mesh.material.dispose();
    }
    this.#meshes = geomsOf(model, this.#isPlain);
    // Of Meta-World the goal is shown, wherever its sites are.
    if (this.#stage !== sawyer) this.#meshes.push(...sitesOf(model, this.#isPlain));
    this.#scene.add(...this.#meshes);
  }

  /** Draws the world as it is; `milliseconds` have passed since the picture before. */
  draw({ data }, milliseconds) {
    const places = { geom: [data.geom_xpos, data.geom_xmat], site: [data.site_xpos, data.site_xmat] };
    for (const { matrix, userData: { kind, id } } of this.#meshes) {
      const [positions, turns] = places[kind];
      const [p, m] = [3 * id, 9 * id];
      matrix.set(
        turns[m], turns[m + 1], turns[m + 2], positions[p],
        turns[m + 3], turns[m + 4], turns[m + 5], positions[p + 1],
        turns[m + 6], turns[m + 7], turns[m + 8], positions[p + 2],
        0, 0, 0, 1);
    }
    if (this.#stage.follows >= 0) this.#centre(data.xpos.subarray(3 * this.#stage.follows));
    this.#adapt(milliseconds);
    this.#aim();
    this.#renderer.render(this.#scene, this.#camera);
  }

  /** Where the goal is, null: there is none; `state` is "open", "held", "solved" or "fixed". `range`: [low, high] of where it can be. */
  mark(position, state, range) {
    this.#goal.visible = Boolean(position);
    if (!position) return;
    this.#goal.position.set(...position);
    const colour = { open: '#2f9e5b', held: '#4493f8', solved: '#f2b705', fixed: '#7d8894' }[state];
    for (const part of this.#goal.children) part.material.color.set(colour);
    this.#goal.scale.setScalar((state === 'held' ? 1.25 : 1) * this.#stage.spread);
    this.#range.visible = Boolean(range) && state === 'held';
    if (range) {
      const [low, high] = range;
      this.#range.position.set(...low.map((x, i) => (x + high[i]) / 2));
      this.#range.scale.set(...low.map((x, i) => Math.max(high[i] - x, 0.002)));
    }
  }

  /** The string between a point of a body and the pointer; null: nothing is held. */
  pull(ends) {
    this.#string.visible = Boolean(ends);
    if (ends) {
      const places = this.#string.geometry.attributes.position;
      ends.forEach((end, i) => places.setXYZ(i, end.x, end.y, end.z));
      places.needsUpdate = true;
      this.#string.geometry.computeBoundingSphere();
    }
  }

  /** What is under a place of the page: { kind: "goal" | "body" | "nothing", point, body }. */
  pick(x, y) {
    const ray = this.ray(x, y);
    const closeness = ray.distanceToPoint(this.#goal.position);
    const reach = 0.03 + 0.012 * this.camera.away;
    if (this.#goal.visible && closeness < reach) return { kind: 'goal', point: this.#goal.position.clone() };
    const caster = new THREE.Raycaster(ray.origin, ray.direction);
    const [hit] = caster.intersectObjects(this.#meshes.filter(mesh => !mesh.material.transparent), false);
    return hit ? { kind: 'body', point: hit.point, body: hit.object.userData.body } : { kind: 'nothing' };
  }

  ray(x, y) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const caster = new THREE.Raycaster();
    this.#aim();
    caster.setFromCamera(new THREE.Vector2((x - left) / width * 2 - 1, 1 - (y - top) / height * 2), this.#camera);
    return caster.ray;
  }

  /** Where the ray of a place meets a plane through a point: level, or facing the camera. Null: nowhere in front. */
  meet(x, y, point, isLevel) {
    const normal = isLevel ? new THREE.Vector3(0, 0, 1) : this.#camera.getWorldDirection(new THREE.Vector3());
    const plane = new THREE.Plane().setFromNormalAndCoplanarPoint(normal, point);
    return this.ray(x, y).intersectPlane(plane, new THREE.Vector3());
  }

  turn(across, up) {
    const { around, above, away } = this.camera;
    this.look(around - across, above + up, away);
  }

  zoom(factor) {
    const { around, above, away } = this.camera;
    this.look(around, above, away * factor);
  }

  /** Moves the camera, not into the ground nor out of sight. */
  look(around, above, away) {
    const { away: home } = this.#stage.home;
    Object.assign(this.camera, {
      around, above: Math.min(Math.max(above, 0.05), 1.5), away: Math.min(Math.max(away, home / 4), 2.5 * home) });
  }

  home() {
    const { home } = this.#stage;
    this.camera = { ...home, at: [...home.at] };
  }

  /** Light and fog for the size of what is seen. */
  #spread() {
    const { spread, cell, home: { at, away } } = this.#stage;
    this.#grid.visible = cell > 0;
    this.#grid.scale.setScalar(cell);
    Object.assign(this.#sun.shadow.camera, { left: -spread, right: spread, top: 1.1 * spread, bottom: -1.1 * spread, far: 4.5 * spread });
    this.#sun.shadow.camera.updateProjectionMatrix();
    Object.assign(this.#scene.fog, { near: 1.5 * away, far: 4.5 * away });
    this.#centre(at);
  }

  /** Puts camera, light and floor around a place, at the height that they have. */
  #centre([x, y]) {
    const { spread, floor, cell, home: { at: [, , z] } } = this.#stage;
    [this.camera.at[0], this.camera.at[1]] = [x, y];
    this.#floor.position.set(x, y, floor);
    // By whole cells, so that its lines stay where they are.
    this.#grid.position.set(...[x, y].map(at => cell && cell * Math.round(at / cell)), floor + 0.002);
    this.#sun.target.position.set(x, y, z);
    this.#sun.position.copy(this.#sun.target.position).addScaledVector(sunward, spread);
  }

  /** Place on the page of the goal, in pixels: for tests. */
  get goalOnPage() {
    this.#aim();
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    const at = this.#goal.position.clone().project(this.#camera);
    return [left + (at.x + 1) / 2 * width, top + (1 - at.y) / 2 * height];
  }

  #aim() {
    const { around, above, away, at: [x, y, z] } = this.camera;
    // Low and wide pictures, as on a phone held upright, show as much from further away.
    const back = away * Math.max(1, 0.88 / this.#camera.aspect);
    this.#camera.position.set(
      x + back * Math.cos(above) * Math.sin(around), y - back * Math.cos(above) * Math.cos(around), z + back * Math.sin(above));
    this.#camera.lookAt(x, y, z);
    this.#camera.updateMatrixWorld();
  }

  #light() {
    this.#sun.castShadow = true;
    this.#sun.shadow.mapSize.setScalar(2048);
    this.#sun.shadow.radius = 4;
    this.#sun.shadow.bias = -0.0005;
    this.#sun.shadow.normalBias = 0.01;
    this.#sun.shadow.camera.near = 0.3;
    this.#scene.add(this.#sun, this.#sun.target, this.#fill);
  }

  #furnish() {
    this.#floor = new THREE.Mesh(new THREE.CircleGeometry(12, 48), this.#isPlain ? plainMaterial() : new THREE.MeshStandardMaterial({ roughness: 1 }));
    this.#floor.receiveShadow = true;

    this.#grid.rotation.x = Math.PI / 2;
    Object.assign(this.#grid.material, { transparent: true, opacity: 0.35 });

    const core = new THREE.Mesh(new THREE.SphereGeometry(0.014, 24, 16), new THREE.MeshBasicMaterial());
    const halo = new THREE.Mesh(
      new THREE.SphereGeometry(0.032, 24, 16), new THREE.MeshBasicMaterial({ transparent: true, opacity: 0.28, depthWrite: false }));
    const seen = core.clone();
    seen.material = new THREE.MeshBasicMaterial({ transparent: true, opacity: 0.35, depthTest: false });
    seen.renderOrder = 2;
    this.#goal = new THREE.Group().add(core, halo, seen);

    const edges = new THREE.EdgesGeometry(new THREE.BoxGeometry(1, 1, 1));
    this.#range = new THREE.LineSegments(edges, new THREE.LineBasicMaterial({ color: '#4493f8' }));
    const ends = new THREE.BufferGeometry().setAttribute('position', new THREE.BufferAttribute(new Float32Array(6), 3));
    this.#string = new THREE.Line(ends, new THREE.LineBasicMaterial({ color: '#f2b705', depthTest: false }));
    this.#range.visible = this.#string.visible = false;
    this.#scene.add(this.#floor, this.#grid, this.#goal, this.#range, this.#string);
  }

  #dress(isDark) {
    const look = looks[isDark ? 'dark' : 'light'];
    this.#scene.background = new THREE.Color(look.back);
    this.#scene.fog.color.set(look.back);
    this.#floor.material.color.set(look.floor);
    this.#fill.color.set(look.sky);
    this.#fill.groundColor.set(look.ground);
    this.#fill.intensity = look.fill;
    this.#sun.intensity = look.sun;
    lightPlain(this.#sun, this.#fill);
  }

  #resize() {
    const { clientWidth, clientHeight } = this.canvas;
    this.#renderer.setPixelRatio(this.#ratio);
    this.#renderer.setSize(clientWidth, clientHeight, false);
    this.#camera.aspect = clientWidth / Math.max(clientHeight, 1);
    this.#camera.updateProjectionMatrix();
  }

  /** Where drawing is slow, as without a graphics card, pictures get coarser, then lose their shadows. */
  #adapt(milliseconds) {
    this.#pace += 0.05 * (Math.min(milliseconds, 200) - this.#pace);
    if (this.#pace < slow) return;
    this.#pace = 16;
    if (this.#ratio > coarsest) {
      this.#ratio = Math.max(this.#ratio * 0.75, coarsest);
      this.#resize();
    } else this.#sun.castShadow = false;
  }
}
