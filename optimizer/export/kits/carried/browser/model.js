// A .tflite in LiteRT.js, from raw values to what they mean, as it was measured.
//
//   import { Model } from './model.js';
//
//   const model = await Model.load();
//   const [answer] = await model.predict([pixels]);  // an array for each input, of raw values
//   console.log(answer.label, answer.score);
//
// What is done to a sample, and how outputs are read, stands in model.json.

import { loadAndCompile, loadLiteRt, Tensor } from '@litertjs/core';

const WASM = './node_modules/@litertjs/core/wasm/';
const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
};
const LIMITS = { uint8: [0, 255], int32: [-(2 ** 31), 2 ** 31 - 1] };
const f32 = Math.fround;

let loading = null;

export class Model {
  // Fetches model.json and the file beside it. The accelerator is 'wasm', the CPU, as measured;
  // 'webgpu' is faster for large models and rounds otherwise.
  static async load({ accelerator = 'wasm', wasm = WASM } = {}) {
    loading ??= loadLiteRt(wasm);
    await loading;
    const facts = await (await fetch('model.json')).json();
    const bytes = new Uint8Array(await (await fetch(facts.file)).arrayBuffer());
    closeShapes(bytes);
    const compiled = await loadAndCompile(bytes, { accelerator });
    return new Model(facts, compiled);
  }

  constructor(facts, compiled) {
    this.facts = facts;
    this.compiled = compiled;
  }

  // What the model says of one sample: an answer for each of model.json's readings, with `kind`,
  // `label`, `score`, `classes` and the `values` of its output.
  async predict(raw) {
    const outputs = await this.run(raw);
    return this.facts.readings.map((reading) => answer(reading, outputs, raw, this.facts));
  }

  // All outputs of one sample, a Float32Array each.
  async run(raw) {
    const { inputs, outputs } = this.facts;
    if (raw.length !== inputs.length) throw new Error(`The model takes ${inputs.length} inputs.`);
    const named = new Set(this.compiled.getInputDetails().map((one) => one.name));
    const byName = inputs.every((one) => named.has(one.name));
    const tensors = inputs.map((one, at) => new Tensor(prepare(raw[at], one), one.shape));
    const fed = byName
      ? Object.fromEntries(inputs.map((one, at) => [one.name, tensors[at]]))
      : inputs.map((_, place) => tensors[inputs.findIndex((one) => one.place === place)]);
    const given = await this.compiled.run(fed);
    const found = [];
    for (const one of outputs) {
      const tensor = Array.isArray(given) ? given[one.place] : given[one.name];
      found.push(read(await tensor.data(), one));
    }
    for (const tensor of [...tensors, ...Object.values(given)]) tensor.delete();
    return found;
  }

  // The raw values of a picture (an <img>, a canvas or an ImageBitmap) for the first input.
  picture(image) {
    return picture(image, this.facts.inputs[0]);
  }

  // Runs the test vectors; gives for each how far its outputs are off, and whether all is expected.
  async testVectors() {
    const told = [];
    for (const vector of this.facts.vectors) {
      const raw = await Promise.all(
        vector.inputs.map((file, at) => values(file, this.facts.inputs[at].raw_type)),
      );
      const outputs = await this.run(raw);
      const expected = await Promise.all(vector.outputs.map((file) => values(file, 'float32')));
      const off = outputs.map((output, at) => furthest(output, expected[at]));
      const answers = await this.predict(raw);
      const same = answers.every((one, at) => isSame(one, vector.answers[at]));
      const near = off.every((far, at) => far <= this.facts.outputs[at].tolerance);
      told.push({ sample: vector.sample, off, asExpected: near && same, answers });
    }
    return told;
  }
}

// Writes the sizes that tensors have in the file over those that it leaves open, such as the batch:
// LiteRT.js 2.5.3 takes no tensor where a size is open. Nothing that is computed changes.
//
// Fields of tables by their numbers in schema.fbs: Model.subgraphs is 2, SubGraph.tensors 0,
// Tensor.shape 0 and Tensor.shape_signature 7.
function closeShapes(bytes) {
  const view = new DataView(bytes.buffer);
  const uint = (at) => view.getUint32(at, true);
  const follow = (at) => at + uint(at);
  const field = (table, number) => {
    const places = table - view.getInt32(table, true);
    const at = 4 + 2 * number;
    const offset = at < view.getUint16(places, true) ? view.getUint16(places + at, true) : 0;
    return offset ? follow(table + offset) : 0;
  };
  const items = (list) =>
    list ? Array.from({ length: uint(list) }, (_, place) => list + 4 + 4 * place) : [];
  for (const graph of items(field(follow(0), 2))) {
    for (const tensor of items(field(follow(graph), 0))) {
      const sizes = items(field(follow(tensor), 0));
      items(field(follow(tensor), 7)).forEach((open, at) => {
        if (view.getInt32(open, true) < 0) view.setInt32(open, view.getInt32(sizes[at], true), true);
      });
    }
  }
}

async function values(file, type) {
  const response = await fetch(file);
  if (!response.ok) throw new Error(`${file} is missing.`);
  return new ARRAYS[type](await response.arrayBuffer());
}

function furthest(found, expected) {
  return found.reduce((far, value, at) => Math.max(far, Math.abs(value - expected[at])), 0);
}

function isSame(found, expected) {
  if (found.kind === 'positions') {
    const counts = new Array(expected.classes.length).fill(0);
    for (const one of found.classes) counts[one] += 1;
    const apart = counts.reduce((sum, one, at) => sum + Math.abs(one - expected.classes[at]), 0);
    return apart <= 0.02 * found.classes.length;
  }
  const classes = Array.from(found.classes);
  if (classes.join() !== expected.classes.join()) return false;
  if (expected.score === null || found.score === null) return true;
  return Math.abs(found.score - expected.score) <= 0.01 * Math.max(1, Math.abs(expected.score));
}

// ---- before the model --------------------------------------------------------------------------

export function prepare(raw, facts) {
  const count = facts.raw_shape.reduce((product, size) => product * size, 1);
  if (raw.length !== count) throw new Error(`${facts.input} takes ${count} values.`);
  const scaled = facts.scaling ? scale(raw, facts.scaling, facts.raw_shape) : raw;
  const fed = new ARRAYS[facts.type](count);
  const [low, high] = LIMITS[facts.type] ?? [];
  for (let at = 0; at < count; at += 1) {
    let value = Number(scaled[at]);
    if (facts.takes.startsWith('float')) value = f32(value);
    if (facts.scale !== 0) {
      value = f32(halfToEven(f32(value / f32(facts.scale))) + facts.zero_point);
      value = Math.min(Math.max(value, low), high);
    }
    fed[at] = value;
  }
  return fed;
}

// ((x / first) - subtract) / divide, each step rounded to float32, or only the last one.
function scale(raw, scaling, shape) {
  const round = scaling.in_double ? (value) => value : f32;
  const found = new Float32Array(raw.length);
  if (scaling.by_itself) {
    let mean = 0;
    for (const value of raw) mean += Number(value) / raw.length;
    let squares = 0;
    for (const value of raw) squares += (Number(value) - mean) ** 2 / raw.length;
    const spread = Math.max(Math.sqrt(squares), 1e-7);
    return found.map((_, at) => (Number(raw[at]) - mean) / spread);
  }
  const { first, subtract, divide } = scaling;
  const channels = shape.at(-1) ?? 1;
  for (let at = 0; at < raw.length; at += 1) {
    const channel = at % channels;
    const from = scaling.reverse_channels ? at - channel + (channels - 1 - channel) : at;
    const value = round(round(Number(raw[from])) / round(first));
    const less = round(value - round(subtract[at % subtract.length]));
    found[at] = less / round(divide[at % divide.length]);
  }
  return found;
}

function halfToEven(value) {
  const down = Math.floor(value);
  const apart = value - down;
  if (apart !== 0.5) return apart < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}

// The browser resizes a picture a little otherwise than it was done when the file was measured.
function picture(image, facts) {
  const how = facts.picture;
  if (!how) throw new Error('This model takes no pictures.');
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [how.width, how.height];
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  const wide = image.naturalWidth || image.width;
  const high = image.naturalHeight || image.height;
  let [left, top, width, height] = [0, 0, how.width, how.height];
  if (how.letterbox !== null) {
    pen.fillStyle = `rgb(${how.letterbox} ${how.letterbox} ${how.letterbox})`;
    pen.fillRect(0, 0, width, height);
    const ratio = Math.min(width / wide, height / high);
    width = Math.max(1, Math.round(wide * ratio));
    height = Math.max(1, Math.round(high * ratio));
    left = Math.floor((how.width - width) / 2);
    top = Math.floor((how.height - height) / 2);
  }
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(image, left, top, width, height);
  const pixels = pen.getImageData(0, 0, how.width, how.height).data;
  const found = new Float32Array(how.width * how.height * how.channels);
  for (let at = 0; at < how.width * how.height; at += 1) {
    const [red, green, blue, opacity] = pixels.slice(4 * at, 4 * at + 4);
    const grey = (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
    const colours = how.channels === 1 ? [grey] : [red, green, blue, opacity];
    for (let channel = 0; channel < how.channels; channel += 1) {
      const place = how.channels_first
        ? channel * how.width * how.height + at
        : at * how.channels + channel;
      found[place] = f32(f32(colours[channel] / f32(how.divide)) - how.subtract);
    }
  }
  return found;
}

// ---- after the model ---------------------------------------------------------------------------

export function read(stored, facts) {
  if (facts.scale === 0) return Float32Array.from(stored, Number);
  const step = f32(facts.scale);
  return Float32Array.from(stored, (value) => f32(f32(Number(value) - facts.zero_point) * step));
}

function answer(reading, outputs, raw, facts) {
  const found = outputs[reading.output];
  const { kind, labels, threshold } = reading;
  let [label, score, classes] = ['', null, []];
  if (kind === 'class') {
    const best = found.indexOf(Math.max(...found));
    const at = found.length === 1 ? Number(found[0] > threshold) : best;
    [label, score, classes] = [labels[at], found[found.length === 1 ? 0 : at], [at]];
  } else if (kind === 'labels') {
    found.forEach((value, at) => value > threshold && classes.push(at));
    label = classes.map((at) => labels[at]).join(', ');
  } else if (kind === 'positions') {
    classes = positions(found, facts.outputs[reading.output].shape, reading);
  } else if (kind === 'anomaly') {
    const input = facts.inputs[reading.rebuilds];
    const target = reading.target
      ? scale(raw[reading.rebuilds], reading.target, input.raw_shape)
      : Float32Array.from(raw[reading.rebuilds], Number);
    const apart = (value, at) => Math.abs(value - target[at]) ** (reading.error === 'mse' ? 2 : 1);
    score = found.reduce((sum, value, at) => sum + apart(value, at), 0) / found.length;
    classes = [Number(score > threshold)];
    label = ['normal', 'anomaly'][classes[0]];
  }
  const output = facts.outputs[reading.output].output;
  return { output, kind, values: found, label, score, classes };
}

function positions(found, shape, { class_axis: axis, threshold }) {
  if (axis === null) return Array.from(found, (value) => Number(value > threshold));
  const count = shape[axis];
  const stride = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const classes = [];
  for (let block = 0; block < found.length; block += count * stride) {
    for (let place = 0; place < stride; place += 1) {
      let best = 0;
      for (let at = 1; at < count; at += 1) {
        if (found[block + at * stride + place] > found[block + best * stride + place]) best = at;
      }
      classes.push(best);
    }
  }
  return classes;
}
