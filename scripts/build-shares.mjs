#!/usr/bin/env node
/**
 * What parts of the compiler take of a build, in this thread and hot: the share of processor time below functions of it.
 *
 *   npm run build-shares -- FILE.wasm [NAME…]
 *
 * Names are those of the compiler's functions; without them those of the work on registers. Rounds are profiled one by one,
 * and the median of their shares is printed, with the lowest and the highest.
 */
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import process from 'node:process';
import { compile } from '@wasm2js/codegen';
import { decodeModule } from '@wasm2js/decoder';

const ROUNDS = 7;
const [file, ...given] = process.argv.slice(2);
const names = given.length > 0 ? given : ['shareRegisters', 'findNeeds', 'spareTemporaries'];
const bytes = new Uint8Array(readFileSync(file));
const build = () => compile(decodeModule(bytes), { format: 'esm', names: 'keep', data: 'inline' });

/** Samples below each of the functions, as a share of all: one counts once for each name that is above it. */
function shares({ nodes, samples }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const above = new Map();
  const pending = [[nodes[0], new Set()]];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const [node, names] = item;
    const inside = new Set(names).add(node.callFrame.functionName);
    above.set(node.id, inside);
    for (const child of node.children ?? []) pending.push([byId.get(child), inside]);
  }
  const busy = samples.filter((id) => byId.get(id).callFrame.functionName !== '(idle)');
  return names.map((name) => busy.filter((id) => above.get(id).has(name)).length / busy.length);
}

build();
const session = new Session();
session.connect();
await session.post('Profiler.enable');
const rounds = [];
for (let round = 0; round < ROUNDS; round++) {
  await session.post('Profiler.start');
  build();
  rounds.push(shares((await session.post('Profiler.stop')).profile));
}
const percent = (share) => `${(100 * share).toFixed(1)} %`.padStart(8);
names.forEach((name, i) => {
  const sorted = rounds.map((round) => round[i]).sort((a, b) => a - b);
  const [low, middle, high] = [sorted[0], sorted[ROUNDS >> 1], sorted.at(-1)];
  console.log(`${name.padEnd(20)}${percent(middle)}${percent(low)}${percent(high)}`);
});
