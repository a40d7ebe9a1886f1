import { init, parse } from 'es-module-lexer';
import { fails, show } from '../sample.mjs';

await init;
const source = `import a, { b as c } from 'x'; import * as d from "y" with { type: 'json' };
export { c, d as default }; export const [e, f] = await import(\`./\${a}.js\`); export * from 'z'; import.meta.url; /re\\/gex/.test('import "no"')`;
const [imports, exports] = parse(source, 'name');
show('imports', imports);
show('exports', exports);
await fails('error', () => parse('import { from "x', 'bad.js'));
