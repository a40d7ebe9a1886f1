/** A full stack tears nothing, on every host and without its compilers. */
import { beforeAll, expect, test } from 'vitest';
import { writeFiles } from '../../codegen/test/building.js';
import { tornText } from '../../codegen/test/torn.js';
import { execute } from './cli.js';
import { describeHosts } from './hosts.js';

let script: string;
beforeAll(async () => {
  script = writeFiles({
    'torn.cjs': `const found = ${await tornText(2)};
      console.log(found.length === 0 ? 'all is well' : found.join('\\n'));`,
  });
});

describeHosts('a full stack', (host) => {
  test('tears nothing', () => {
    expect(host.run(script, [])).toEqual({ code: 0, stdout: 'all is well\n', stderr: '' });
  }, 120_000);
});

test('nor does it without compilers', () => {
  const { stdout } = execute(process.execPath, ['--jitless', script]);
  expect(stdout).toBe('all is well\n');
}, 120_000);
