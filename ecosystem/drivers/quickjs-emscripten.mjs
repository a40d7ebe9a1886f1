import { getQuickJS } from 'quickjs-emscripten';
import { show } from '../sample.mjs';

const QuickJS = await getQuickJS();
const vm = QuickJS.newContext();
const log = vm.newFunction('log', (...handles) => show('log', handles.map(vm.dump)));
vm.setProp(vm.global, 'log', log);
log.dispose();
const result = vm.unwrapResult(
  vm.evalCode(`
    class A { #x = 1n; get x() { return this.#x ** 70n } }
    function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) }
    log([...'aäb'].map((c) => c.codePointAt(0)), /(?<y>\\d+)-/.exec('2026-11').groups.y);
    log(JSON.stringify(new Map([[1, 2]]).entries().next()));
    ({ fib: fib(16), big: String(new A().x), sorted: [3, 1, 2].sort(), pi: Math.PI.toFixed(8) })
  `),
);
show('result', vm.dump(result));
result.dispose();
const failed = vm.evalCode('null.x');
show('error', vm.dump(failed.error));
failed.error.dispose();
vm.dispose();
