// Shapes and colours of a model's geoms, as meshes of three.js.
import * as THREE from './three/three.module.js';
import { plainMaterial } from './plain.js';

/** Kinds of shapes: mjtGeom. */
export const kinds = { plane: 0, sphere: 2, capsule: 3, ellipsoid: 4, cylinder: 5, box: 6, mesh: 7 };
/** Groups from this one on are hidden, as in MuJoCo's viewer. */
const hidden = 3;
/** Place of a material's colour texture among its textures in MuJoCo 3: mjTEXROLE_RGB. In MuJoCo 2 a material has one texture. */
const colourRole = 1;

const hull = (model, id) => {
  const [vertex, vertices] = [model.mesh_vertadr[id], model.mesh_vertnum[id]];
  const [face, faces] = [model.mesh_faceadr[id], model.mesh_facenum[id]];
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute('position', new THREE.BufferAttribute(Float32Array.from(model.mesh_vert.subarray(3 * vertex, 3 * (vertex + vertices))), 3));
  geometry.setIndex(Array.from(model.mesh_face.subarray(3 * face, 3 * (face + faces))));
  const flat = geometry.toNonIndexed();
  flat.computeVertexNormals();
  return flat;
};

/** Shapes stand along z, as MuJoCo's do. */
const upright = geometry => geometry.rotateX(Math.PI / 2);

/** Segments of round shapes: around a sphere and from pole to pole, from the edge of a cap to its pole and around it, around a cylinder. */
const fine = { sphere: [32, 20], cap: [10, 28], cylinder: 40 };
const coarse = { sphere: [14, 8], cap: [3, 12], cylinder: 16 };

/** `kind` is "geom" or "site". */
const shape = (model, kind, id, { sphere, cap, cylinder }) => {
  const [x, y, z] = model[`${kind}_size`].subarray(3 * id, 3 * id + 3);
  switch (model[`${kind}_type`][id]) {
    case kinds.sphere: return new THREE.SphereGeometry(x, ...sphere);
    case kinds.capsule: return upright(new THREE.CapsuleGeometry(x, 2 * y, ...cap));
    case kinds.ellipsoid: return new THREE.SphereGeometry(1, ...sphere).scale(x, y, z);
    case kinds.cylinder: return upright(new THREE.CylinderGeometry(x, x, 2 * y, cylinder));
    case kinds.box: return new THREE.BoxGeometry(2 * x, 2 * y, 2 * z);
    case kinds.mesh: return hull(model, model.geom_dataid[id]);
    default: return null;
  }
};

const texture = (model, id, isPlain) => {
  const [width, height, channels, from] = [model.tex_width[id], model.tex_height[id], model.tex_nchannel[id], model.tex_adr[id]];
  const data = new Uint8Array(4 * width * height).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let channel = 0; channel < channels; channel++) data[4 * pixel + channel] = model.tex_data[from + channels * pixel + channel];
  const made = new THREE.DataTexture(data, width, height);
  made.colorSpace = THREE.SRGBColorSpace;
  made.wrapS = made.wrapT = THREE.RepeatWrapping;
  made.magFilter = THREE.LinearFilter;
  made.minFilter = THREE.LinearMipmapLinearFilter;
  made.generateMipmaps = true;
  // Without a graphics card each sample is computed.
  made.anisotropy = isPlain ? 1 : 4;
  made.needsUpdate = true;
  return made;
};

const surface = (model, kind, of, isPlain) => {
  const id = model[`${kind}_matid`][of];
  const [r, g, b, alpha] = id < 0 ? model[`${kind}_rgba`].subarray(4 * of) : model.mat_rgba.subarray(4 * id);
  const shininess = id < 0 ? 0.3 : model.mat_shininess[id];
  const look = {
    color: new THREE.Color().setRGB(r, g, b, THREE.SRGBColorSpace),
    transparent: alpha < 1,
    opacity: alpha,
    depthWrite: alpha === 1,
  };
  const material = isPlain
    ? plainMaterial(look)
    : new THREE.MeshStandardMaterial({ ...look, roughness: 0.85 - 0.45 * shininess, metalness: 0 });
  const roles = model.mat_texid.length / model.mat_shininess.length;
  const map = id < 0 ? -1 : model.mat_texid[roles * id + (roles > 1 ? colourRole : 0)];
  if (map >= 0) {
    material.map = texture(model, map, isPlain);
    const [across, along] = model.mat_texrepeat.subarray(2 * id);
    const [x, y] = model[`${kind}_size`].subarray(3 * of);
    material.map.repeat.set(across * 2 * x, along * 2 * y);
  }
  return material;
};

const meshesOfKind = (model, kind, count, isPlain) => {
  const meshes = [];
  for (let id = 0; id < count; id++) {
    const geometry = model[`${kind}_group`][id] < hidden ? shape(model, kind, id, isPlain ? coarse : fine) : null;
    if (!geometry) continue;
    const mesh = new THREE.Mesh(geometry, surface(model, kind, id, isPlain));
    mesh.castShadow = mesh.receiveShadow = !mesh.material.transparent;
    mesh.matrixAutoUpdate = false;
    mesh.userData = { kind, id, body: model[`${kind}_bodyid`][id] };
    meshes.push(mesh);
  }
  return meshes;
};

/** Meshes of all geoms that are seen, but for the floor; each has its kind, number and body as `userData`. Plain ones have no gloss and fewer segments. */
export const geomsOf = (model, isPlain) => meshesOfKind(model, 'geom', model.ngeom, isPlain);

/** Meshes of the sites that are seen, such as targets. */
export const sitesOf = (model, isPlain) => meshesOfKind(model, 'site', model.nsite, isPlain);
