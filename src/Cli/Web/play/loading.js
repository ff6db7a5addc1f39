// What the page needs before it begins: abilities of the browser, and MuJoCo's module.
import loadMujoco from './mujoco/mujoco.js';
import { bytesWithProgress } from './files.js';

/** What this browser lacks, as a message; null: nothing. */
export const missing = () => {
  const canvas = document.createElement('canvas');
  if (!canvas.getContext('webgl2'))
    return 'This page needs WebGL 2. Turn on hardware acceleration in the settings of this browser, or open the page in another one.';
  if (typeof WebAssembly !== 'object')
    return 'This page needs WebAssembly. Open it in another browser.';
  return null;
};

/** MuJoCo's module, of `size` bytes; `progress` hears how much of it is there, for it is most of what is loaded. */
export const loadPhysics = async (size, progress) => {
  const binary = await bytesWithProgress('./mujoco/mujoco.wasm', size, progress);
  try {
    return await loadMujoco({ wasmBinary: binary });
  } catch (e) {
    throw new Error(`MuJoCo does not start (${e.message}). Open the page in a newer browser.`);
  }
};
