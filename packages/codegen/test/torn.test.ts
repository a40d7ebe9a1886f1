/** After "call stack exhausted" no instruction has been done by half, whatever depth the caller had. */
import { expect, test } from 'vitest';
import { evaluate } from './building.js';
import { tornText } from './torn.js';

test('nothing is torn', async () => {
  expect(evaluate(await tornText(1))).toEqual([]);
}, 60_000);
