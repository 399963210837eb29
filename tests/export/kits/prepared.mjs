// tests: what model.js makes of raw values: node prepared.mjs MODEL.js FACTS.json RAW.bin OUT.bin
import { readFileSync, writeFileSync } from 'fs';
import { pathToFileURL } from 'url';

const [code, facts, raw, out] = process.argv.slice(2);
const { prepare } = await import(pathToFileURL(code));
const values = new Uint8Array(readFileSync(raw));
const made = JSON.parse(readFileSync(facts)).map((input) => prepare(values, input));
writeFileSync(out, Buffer.concat(made.map((one) => Buffer.from(one.buffer))));
