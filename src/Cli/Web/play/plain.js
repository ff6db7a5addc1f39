// A surface for renderers without a graphics card. Its light is computed at its corners, not at each point of the picture.
import * as THREE from './three/three.module.js';

/** Towards the sun, in the world. */
export const sunward = new THREE.Vector3(0.7, -0.9, 2.1);

/** The light of all plain surfaces, as uniforms. */
const light = {
  sky: { value: new THREE.Color() }, ground: { value: new THREE.Color() }, sun: { value: new THREE.Color() },
  sunward: { value: sunward.clone().normalize() },
};

/** Lights plain surfaces as lights of three.js light others. */
export const lightPlain = (sun, fill) => {
  light.sun.value.copy(sun.color).multiplyScalar(sun.intensity / Math.PI);
  light.sky.value.copy(fill.color).multiplyScalar(fill.intensity / Math.PI);
  light.ground.value.copy(fill.groundColor).multiplyScalar(fill.intensity / Math.PI);
};

const corners = `
  vec3 outward = normalize(mat3(modelMatrix) * normal);
  // The sky of a hemisphere light is along y.
  vLight = mix(ground, sky, 0.5 * outward.y + 0.5) + sun * max(dot(outward, sunward), 0.0);`;

export const plainMaterial = look => {
  const material = new THREE.MeshBasicMaterial(look);
  const after = (shader, chunk, code) => shader.replace(`#include <${chunk}>`, `#include <${chunk}>\n${code}`);
  material.onBeforeCompile = shader => {
    Object.assign(shader.uniforms, light);
    shader.vertexShader = after(after(shader.vertexShader, 'common', 'uniform vec3 sky, ground, sun, sunward;\nvarying vec3 vLight;'), 'begin_vertex', corners);
    shader.fragmentShader = after(after(shader.fragmentShader, 'common', 'varying vec3 vLight;'), 'map_fragment', 'diffuseColor.rgb *= vLight;');
  };
  return material;
};
