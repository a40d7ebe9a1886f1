/** On every host, the JavaScript API of compiled modules behaves as that host's own WebAssembly. */
import { parse } from '@bytecodealliance/jco';
import { beforeAll, expect, test } from 'vitest';
import { writeFiles } from '../../codegen/test/building.js';
import { KNOWN, MODULES } from '../../codegen/test/js-api/modules.js';
import { compiled, outcomesText } from '../../codegen/test/js-api/operations.js';
import { describeHosts } from './hosts.js';

let script: string;
beforeAll(async () => {
  const bytes: string[] = [];
  for (const [name, wat] of Object.entries(MODULES))
    bytes.push(`${name}:new WebAssembly.Module(new Uint8Array([${await parse(wat)}]))`);
  script = writeFiles({
    'compare.cjs': `const outcomes = ${outcomesText};
      const bytes = {${bytes}};
      const modules = ${await compiled()};
      const own = outcomes({ W: WebAssembly,
        make: (name, ...imports) => new WebAssembly.Instance(bytes[name], ...imports).exports });
      const found = new Map(outcomes({ W: modules.W, make: (name, ...imports) => modules[name](...imports) }));
      if (own.length !== found.size) console.log('other operations');
      for (const [name, outcome] of own)
        if (found.get(name) !== outcome) console.log(name + ': ' + outcome + ', here ' + found.get(name));
      console.log(own.length);`,
  });
});

describeHosts('the JavaScript API', (host) => {
  test('is the host’s own', () => {
    const { stdout, stderr } = host.run(script, []);
    const known = [...KNOWN.v8, ...KNOWN.jsc];
    // V8 counted the parameters of `Table.prototype.set` otherwise before the value could be left out.
    if (host.name === 'Node 18') known.push(/^Table\.prototype shape: .*set\/2", here .*set\/1"$/);
    const lines = stdout.trimEnd().split('\n');
    expect(stderr).toBe('');
    expect(Number(lines.pop())).toBeGreaterThan(5500);
    expect(lines.filter((line) => !known.some((pattern) => pattern.test(line)))).toEqual([]);
  }, 60_000);
});
