// Reads ONNX files: the protocol buffers of a model into nodes, constants and metadata.
// https://onnx.ai/onnx/repo-docs/IR.html, https://protobuf.dev/programming-guides/encoding/

const text = new TextDecoder();

/** A whole number of variable length at a place: [value, next place]; negative ones are in two's complement of 64 bits. */
const whole = (bytes, at) => {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = bytes[at++];
    if (byte === undefined) throw new Error('the file ends too early');
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return [Number(BigInt.asIntN(64, value)), at];
  }
};

/** Fields of a message: [number, value], a value being a number or bytes. */
const fields = function* (bytes) {
  for (let at = 0; at < bytes.length;) {
    let key, value;
    [key, at] = whole(bytes, at);
    const size = { 1: 8, 5: 4 }[key & 7];
    if ((key & 7) === 0) [value, at] = whole(bytes, at);
    else if (size) value = bytes.subarray(at, at += size);
    else {
      let length;
      [length, at] = whole(bytes, at);
      if (at + length > bytes.length) throw new Error('the file ends too early');
      value = bytes.subarray(at, at += length);
    }
    yield [key >> 3, value];
  }
};

/** Whole numbers of a repeated field, packed into one value or not. */
const wholes = value => {
  if (typeof value === 'number') return [value];
  const all = [];
  for (let at = 0; at < value.length;) {
    let one;
    [one, at] = whole(value, at);
    all.push(one);
  }
  return all;
};

const float = bytes => new DataView(bytes.buffer, bytes.byteOffset).getFloat32(0, true);

const attribute = bytes => {
  const read = { ints: [] };
  for (const [field, value] of fields(bytes)) {
    if (field === 1) read.name = text.decode(value);
    else if (field === 2) read.value = float(value);
    else if (field === 3) read.value = value;
    else if (field === 8) read.ints.push(...wholes(value));
  }
  return [read.name, read.value ?? read.ints];
};

const node = bytes => {
  const read = { inputs: [], outputs: [], attributes: {} };
  for (const [field, value] of fields(bytes)) {
    if (field === 1) read.inputs.push(text.decode(value));
    else if (field === 2) read.outputs.push(text.decode(value));
    else if (field === 4) read.operator = text.decode(value);
    else if (field === 5) {
      const [name, given] = attribute(value);
      read.attributes[name] = given;
    }
  }
  return read;
};

/** A constant as a tensor: floats, or whole numbers as doubles. */
const tensor = bytes => {
  const shape = [];
  let name, kind, raw;
  for (const [field, value] of fields(bytes)) {
    if (field === 1) shape.push(...wholes(value));
    else if (field === 2) kind = value;
    else if (field === 8) name = text.decode(value);
    else if (field === 9) raw = value;
  }
  const own = raw.slice().buffer;
  const data = kind === 7 ? Float64Array.from(new BigInt64Array(own), Number) : new Float32Array(own);
  return [name, { shape, data }];
};

const pair = bytes => {
  const both = ['', ''];
  for (const [field, value] of fields(bytes)) both[field - 1] = text.decode(value);
  return both;
};

/** Nodes in order, constants by name, metadata by key. */
export const readModel = bytes => {
  const model = { nodes: [], constants: new Map(), metadata: new Map() };
  for (const [field, value] of fields(bytes)) {
    if (field === 14) model.metadata.set(...pair(value));
    if (field !== 7) continue;
    for (const [part, inner] of fields(value)) {
      if (part === 1) model.nodes.push(node(inner));
      else if (part === 5) model.constants.set(...tensor(inner));
    }
  }
  return model;
};
