#!/usr/bin/env node
// The command. Everything is in src/start.ts; this file exists before a build so that npm can link it.
import { existsSync, statSync } from 'node:fs';
import * as module from 'node:module';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const builds = process.argv[2] === 'build' && process.versions.bun === undefined;
const isKnown = /^1[1-4]\./.test(process.versions.v8);
const isLarge = (path) => {
  try {
    return statSync(path).size >= 8 << 20;
  } catch {
    return false;
  }
};
const large = builds && process.argv.slice(3).some(isLarge);

// Other builds take a second or less. V8's last tier spends the second processor, and time of the first, on
// code that most of its feedback has not seen yet, and throws much of it away again: a fifth to a
// quarter of a build's time. `run` is left alone, since the program that it runs may go on for long.
// V8 complains about flags that it does not know, hence the versions that are known to have them.
const tierUp = [
  [/^11\.3\./, '--interrupt-budget=540000'],
  [/^1[34]\./, '--invocation-count-for-turbofan=100000'],
].find(([version]) => version.test(process.versions.v8));
if (builds && !large && tierUp !== undefined) setFlagsFromString(tierUp[1]);

// Trees of functions have nodes of twenty shapes, and what walks over them meets them all. From five shapes on V8 looks
// each property up in a table, unless it is told to compare with more.
if (large && isKnown) setFlagsFromString('--max-valid-polymorphic-map-count=32');

// The trees of a large function outlive two scavenges. V8 lets garbage grow to several times of what is live: here to
// half of it. And its young generation grows to 128 MiB, where an eighth of that is as fast.
const LIMITS = ['--heap-growing-percent=50', '--min-semi-space-size=8', '--max-semi-space-size=8'];

// Of what V8's compiler threads give back, glibc keeps an arena for each of them, unless it is told to have one when the
// process begins, and keeps there what lies below anything in use, unless that is mapped by itself: V8 asks for 32 KB at a
// time. So this process begins again, as itself: the same number, the same standard streams.
const MALLOC = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '16384' };
const beginAgain = () => {
  const { env, execArgv, execPath, argv, platform } = process;
  const may =
    platform === 'linux' &&
    process.send === undefined &&
    !Object.keys(MALLOC).some((name) => name in env);
  if (!may || process.execve === undefined) return;
  const args = [execPath, ...execArgv, ...LIMITS, ...argv.slice(1)];
  try {
    process.execve(execPath, args, { ...env, ...MALLOC });
  } catch {
    // It may not; then limits are set as far as a running process can.
  }
};

// A running process can ask for no size, but it can end the growth. What the young generation has at the start is a
// twentieth, so it is filled with what lives for a moment.
const YOUNG = 16 << 20;
const youngSize = () =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size;
const limitHeap = () => {
  setFlagsFromString(LIMITS[0]);
  const alive = [];
  // Each round is 1.2 MB; what V8 has grown to by then is enough, whatever it is.
  for (let round = 0; round < 24 && youngSize() < YOUNG; round++)
    for (let i = 0; i < 1 << 13; i++) alive.push(new Array(16).fill(i));
  setFlagsFromString('--semi-space-growth-factor=1');
};
const hasBegunAgain = LIMITS.every((limit) => process.execArgv.includes(limit));
// That was for this process alone.
if (hasBegunAgain) for (const name of Object.keys(MALLOC)) delete process.env[name];
else if (large && isKnown) {
  beginAgain();
  limitHeap();
}

const entry = new URL('../dist/start.js', import.meta.url);
if (existsSync(entry)) {
  // Keeps the compiler's own bytecode from one run to the next (Node 22.1 and later), in the folder for
  // temporary files or where NODE_COMPILE_CACHE says.
  module.enableCompileCache?.();
  const { start } = await import(entry.href);
  await start(process.argv.slice(2));
} else {
  process.stderr.write('wasm2js: error: not built yet; run "npm run build" first\n');
  process.exitCode = 1;
}
