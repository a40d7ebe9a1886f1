/** After "call stack exhausted" no instruction has been done by half, whatever depth the caller had. */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { evaluate, writeFiles } from './building.js';
import { tornText } from './torn.js';
import { tornStepsText } from './torn-steps.js';

test('nothing is torn', async () => {
  expect(evaluate(await tornText(1))).toEqual([]);
}, 60_000);

test('no instruction is done by half near the end of the stack', async () => {
  const script = writeFiles({ 'steps.js': `console.log(${await tornStepsText()}.join('\\n'))` });
  // A small stack, of which the end is met soon.
  for (const tier of ['--jitless', '--no-opt', '--opt']) {
    const options = [tier, '--stack-size=150'];
    const { status, stdout } = spawnSync(process.execPath, [...options, script], {
      encoding: 'utf8',
    });
    expect([options, status, stdout]).toEqual([options, 0, '\n']);
  }
}, 60_000);
