// Operators of ONNX on tensors of one row, those that policies of states without a memory have (OnnxLayers.cs).
// A tensor is { shape, data }, row-major. https://onnx.ai/onnx/operators/

const count = shape => shape.reduce((product, size) => product * size, 1);
const place = (axis, rank) => (axis < 0 ? axis + rank : axis);

const broadcast = (a, b) => {
  const rank = Math.max(a.length, b.length);
  const size = (shape, i) => shape[i - rank + shape.length] ?? 1;
  return Array.from({ length: rank }, (_, i) => (size(a, i) === 1 ? size(b, i) : size(a, i)));
};

/** Steps in the data of a tensor along the axes of a larger shape; 0 where it repeats. */
const strides = (own, shape) => {
  const steps = [];
  let step = 1;
  for (let i = own.length - 1; i >= 0; i--) {
    steps.unshift(own[i] === 1 ? 0 : step);
    step *= own[i];
  }
  return [...Array(shape.length - own.length).fill(0), ...steps];
};

/** Places in the data of `own` for all entries of `shape`, in order. */
const places = (own, shape) => {
  let all = [0];
  strides(own, shape).forEach((step, axis) => {
    all = all.flatMap(at => Array.from({ length: shape[axis] }, (_, i) => at + i * step));
  });
  return all;
};

const elementwise = operate => (a, b) => {
  const shape = broadcast(a.shape, b.shape);
  const data = new Float32Array(count(shape));
  if (a.data.length === data.length && b.data.length === data.length)
    for (let i = 0; i < data.length; i++) data[i] = operate(a.data[i], b.data[i]);
  else if (b.data.length === 1)
    for (let i = 0; i < data.length; i++) data[i] = operate(a.data[i], b.data[0]);
  else {
    const [left, right] = [places(a.shape, shape), places(b.shape, shape)];
    for (let i = 0; i < data.length; i++) data[i] = operate(a.data[left[i]], b.data[right[i]]);
  }
  return { shape, data };
};

const each = operate => a => ({ shape: a.shape, data: a.data.map(operate) });

const product = (a, b) => {
  const [rows, inner, columns] = [a.shape.at(-2), a.shape.at(-1), b.shape.at(-1)];
  const outer = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...outer, rows, columns];
  const data = new Float32Array(count(shape));
  const [left, right] = [places(a.shape.slice(0, -2), outer), places(b.shape.slice(0, -2), outer)];
  const sums = new Float64Array(columns);
  left.forEach((first, matrix) => {
    for (let row = 0; row < rows; row++) {
      sums.fill(0);
      for (let k = 0; k < inner; k++) {
        const x = a.data[(first * rows + row) * inner + k];
        if (x === 0) continue;
        const from = (right[matrix] * inner + k) * columns;
        for (let column = 0; column < columns; column++) sums[column] += x * b.data[from + column];
      }
      data.set(sums, (matrix * rows + row) * columns);
    }
  });
  return { shape, data };
};

const add = elementwise((x, y) => x + y);

const concatenate = (parts, axis) => {
  const at = place(axis, parts[0].shape.length);
  const shape = parts[0].shape.with(at, parts.reduce((sum, part) => sum + part.shape[at], 0));
  const data = new Float32Array(count(shape));
  const outer = count(shape.slice(0, at));
  const step = data.length / outer;
  let offset = 0;
  for (const part of parts) {
    const size = part.data.length / outer;
    for (let i = 0; i < outer; i++) data.set(part.data.subarray(i * size, (i + 1) * size), i * step + offset);
    offset += size;
  }
  return { shape, data };
};

const slice = (x, starts, ends, axes, steps) => {
  let { shape, data } = x;
  axes.data.forEach((given, i) => {
    const axis = place(given, shape.length);
    const [start, step] = [starts.data[i], steps?.data[i] ?? 1];
    const kept = [];
    for (let k = start; k < Math.min(ends.data[i], shape[axis]); k += step) kept.push(k);
    const [outer, inner, size] = [count(shape.slice(0, axis)), count(shape.slice(axis + 1)), shape[axis]];
    const to = new Float32Array(outer * kept.length * inner);
    for (let o = 0; o < outer; o++)
      kept.forEach((k, j) => to.set(data.subarray((o * size + k) * inner, (o * size + k + 1) * inner), (o * kept.length + j) * inner));
    [shape, data] = [shape.with(axis, kept.length), to];
  });
  return { shape, data };
};

const reshape = (x, wanted) => {
  const shape = [...wanted.data].map((size, i) => (size === 0 ? x.shape[i] : size));
  const open = shape.indexOf(-1);
  if (open >= 0) shape[open] = x.data.length / -count(shape);
  return { shape, data: x.data };
};

const softmax = x => {
  const size = x.shape.at(-1);
  const data = new Float32Array(x.data.length);
  for (let from = 0; from < data.length; from += size) {
    const row = x.data.subarray(from, from + size);
    const largest = Math.max(...row);
    const powers = Array.from(row, v => Math.exp(v - largest));
    const sum = powers.reduce((a, b) => a + b);
    data.set(powers.map(v => v / sum), from);
  }
  return { shape: x.shape, data };
};

const normalise = (x, gain, epsilon) => {
  const size = x.shape.at(-1);
  const data = new Float32Array(x.data.length);
  for (let from = 0; from < data.length; from += size) {
    const row = x.data.subarray(from, from + size);
    const mean = row.reduce((a, b) => a + b, 0) / size;
    const variance = row.reduce((sum, v) => sum + (v - mean) ** 2, 0) / size;
    for (let i = 0; i < size; i++) data[from + i] = (row[i] - mean) / Math.sqrt(variance + epsilon) * gain.data[i];
  }
  return { shape: x.shape, data };
};

const sumOver = (x, axes, keep) => {
  const axis = place(axes.data[0], x.shape.length);
  const [outer, size, inner] = [count(x.shape.slice(0, axis)), x.shape[axis], count(x.shape.slice(axis + 1))];
  const data = new Float32Array(outer * inner);
  for (let o = 0; o < outer; o++)
    for (let k = 0; k < size; k++)
      for (let i = 0; i < inner; i++) data[o * inner + i] += x.data[(o * size + k) * inner + i];
  return { shape: keep ? x.shape.with(axis, 1) : x.shape.toSpliced(axis, 1), data };
};

const gather = (x, indices) => {
  const size = x.data.length / x.shape[0];
  const rows = Array.from(indices.data, i => ({ shape: [1, ...x.shape.slice(1)], data: x.data.subarray(i * size, (i + 1) * size) }));
  return rows.length === 1 ? rows[0] : concatenate(rows, 0);
};

const unsqueeze = (x, axes) => {
  let shape = x.shape;
  for (const axis of [...axes.data].sort((a, b) => a - b)) shape = shape.toSpliced(axis, 0, 1);
  return { shape, data: x.data };
};

const squeeze = (x, axes) => ({ shape: x.shape.filter((_, i) => !axes.data.includes(i)), data: x.data });

const oneHot = (indices, depth, values) => {
  const data = new Float32Array(indices.data.length * depth.data[0]).fill(values.data[0]);
  indices.data.forEach((index, row) => { data[row * depth.data[0] + index] = values.data[1]; });
  return { shape: [...indices.shape, depth.data[0]], data };
};

const firstOfLargest = x => {
  const size = x.shape.at(-1);
  const rows = x.data.length / size;
  const data = Float64Array.from({ length: rows }, (_, row) => {
    const numbers = [...x.data.subarray(row * size, (row + 1) * size)];
    return numbers.indexOf(Math.max(...numbers));
  });
  return { shape: x.shape.slice(0, -1), data };
};

/** By name: (inputs, attributes) to the result. */
export const operators = {
  Add: inputs => add(...inputs),
  ArgMax: inputs => firstOfLargest(...inputs),
  Cast: ([x]) => x,
  Clip: ([x, low, high]) => each(v => Math.min(Math.max(v, low.data[0]), high.data[0]))(x),
  Concat: (inputs, { axis }) => concatenate(inputs, axis),
  Div: inputs => elementwise((x, y) => x / y)(...inputs),
  Gather: inputs => gather(...inputs),
  Gemm: ([x, weight, bias]) => add(product(x, weight), bias),
  Greater: inputs => elementwise((x, y) => Number(x > y))(...inputs),
  Identity: ([x]) => x,
  LayerNormalization: (inputs, { epsilon }) => normalise(...inputs, epsilon),
  MatMul: inputs => product(...inputs),
  Max: inputs => elementwise(Math.max)(...inputs),
  Mul: inputs => elementwise((x, y) => x * y)(...inputs),
  Neg: inputs => each(x => -x)(...inputs),
  OneHot: inputs => oneHot(...inputs),
  ReduceSum: (inputs, { keepdims }) => sumOver(...inputs, keepdims),
  Relu: inputs => each(x => Math.max(x, 0))(...inputs),
  Reshape: inputs => reshape(...inputs),
  Slice: inputs => slice(...inputs),
  Softmax: inputs => softmax(...inputs),
  Sqrt: inputs => each(Math.sqrt)(...inputs),
  Squeeze: inputs => squeeze(...inputs),
  Sub: inputs => elementwise((x, y) => x - y)(...inputs),
  Tanh: inputs => each(Math.tanh)(...inputs),
  Unsqueeze: inputs => unsqueeze(...inputs),
};
