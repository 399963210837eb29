// tests: prints as JSON the TFLite metadata that Netron reads: node … FOLDER_OF_NETRON FILE
import { readFileSync } from 'fs';
import { pathToFileURL } from 'url';

const [folder, file] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${folder}/${name}`));
const { tflite } = await load('tflite-schema.js');
const flatbuffers = await load('flatbuffers.js');
const reader = flatbuffers.BinaryReader.open(new Uint8Array(readFileSync(file)));
const model = tflite.Model.create(reader);
const entry = model.metadata.find((one) => one.name === 'TFLITE_METADATA');
const data = flatbuffers.BinaryReader.open(new Uint8Array(model.buffers[entry.buffer].data));
if (!tflite.ModelMetadata.identifier(data)) throw new Error('another identifier');
const arrays = (_, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
process.stdout.write(JSON.stringify(tflite.ModelMetadata.create(data), arrays));
