import { LuaFactory } from 'wasmoon';
import { show } from '../sample.mjs';

const lua = await new LuaFactory().createEngine();
lua.global.set('sum', (a, b) => a + b);
show(
  'result',
  await lua.doString(`
  local t = {}
  for i = 1, 200 do t[#t + 1] = sum(i, i % 7) end
  table.sort(t, function(a, b) return a % 13 < b % 13 or (a % 13 == b % 13 and a < b) end)
  return table.concat(t, ',')
`),
);
// Errors go through setjmp and longjmp.
show(
  'pcall',
  await lua.doString(
    `local ok, why = pcall(function() error('no') end); return tostring(ok) .. ' ' .. why`,
  ),
);
show(
  'format',
  await lua.doString(`return string.format('%5.2f|%d|%s', 3.14159, 42, ('x'):rep(3))`),
);
try {
  await lua.doString('return nothing.field');
} catch (error) {
  show('error', error.message.split('\n')[0]);
}
lua.global.close();
