// A policy: its ONNX graph, evaluated for one observation of one task.
import { readModel } from './onnx.js';
import { operators } from './operators.js';

/** The goal in an observation of Meta-World. */
const goal = [36, 39];

/**
 * From the bytes of a file that `mtrl export` wrote; in tasks of DeepMind Control it repeats each action, and where it hides goals it reads zeros
 * in their place, as in its training.
 */
export const readPolicy = (bytes, { repeat, hidesGoals }) => {
  const { nodes, constants, metadata } = readModel(bytes);
  const size = Number(metadata.get('observation_size'));
  const unknown = nodes.find(node => !operators[node.operator]);
  if (unknown) throw new Error(`the policy has the operator ${unknown.operator}, which this page does not know`);

  return {
    /** Names such as "door-open-v3", in the order of their numbers. */
    tasks: JSON.parse(metadata.get('tasks')),
    repeat,
    hasStd: nodes.some(({ outputs }) => outputs[0] === 'log_std'),
    hasValue: nodes.some(({ outputs }) => outputs[0] === 'value'),
    /** The greedy action; with σ and the value, where the file has them. A shorter observation is padded with zeros. */
    act: (observation, task) => {
      const row = new Float32Array(size);
      row.set(observation);
      if (hidesGoals && observation.length === goal[1]) row.fill(0, ...goal);
      const values = new Map(constants);
      values.set('observation', { shape: [1, size], data: row });
      values.set('task', { shape: [1], data: Float64Array.of(task) });
      for (const node of nodes) {
        const inputs = node.inputs.map(name => values.get(name));
        values.set(node.outputs[0], operators[node.operator](inputs, node.attributes));
      }
      return { action: values.get('action').data, std: values.get('log_std')?.data.map(Math.exp), value: values.get('value')?.data[0] };
    },
  };
};
