/** What is left out of jco's glue, and what has to stay. */
import { describe, expect, test } from 'vitest';
import { slimGlue } from '../src/glue.js';

const around = (inside: string, before = ''): string => `"use components";
export function instantiate(getCoreModule, imports, instantiateCore) {
  ${before}
  const gen = (function* _initGenerator() {
    ${inside}
  })();
  return gen.next().value;
}
`;

const slim = (inside: string, before?: string, asynchronous = false): string =>
  slimGlue(around(inside, before), asynchronous).text;

describe('the glue', () => {
  test('declarations that nothing names go, and what only they name', () => {
    const text = slim(
      'return used();',
      'function a() { return b; }\nconst b = new Map();\nfunction used() { return 1; }',
    );
    expect(text).not.toMatch(/function a|const b/);
    expect(text).toContain('function used');
  });

  test('what has an effect stays, and what it names', () => {
    const text = slim(
      'return 1;',
      'const kept = effect();\nfunction effect() { return other; }\nlet other = 1;',
    );
    expect(text).toMatch(/const kept=effect\(\)/);
    expect(text).toMatch(/let other=1/);
  });

  test('a property of the same name keeps nothing', () => {
    expect(slim('return imports.gone;', 'function gone() {}')).not.toContain('function gone');
    expect(slim('return { gone };', 'function gone() {}')).toContain('function gone');
  });

  test('the log goes; other lines of the console stay', () => {
    const text = slim(
      "_debugLog('x', { y: 1 }); console.error('ERROR:', 1); console.error('kept'); return 1;",
    );
    expect(text).not.toMatch(/_debugLog|ERROR/);
    expect(text).toContain("console.error('kept')");
  });

  test('forms for asynchronous imports stay where there are such', () => {
    const inside = 'let t = f.manuallyAsync ? new WebAssembly.Suspending(f) : f; return t;';
    expect(slim(inside)).not.toContain('Suspending');
    expect(slim(inside, '', true)).toContain('Suspending');
  });

  test('modules in it become modules that are asked for', () => {
    const inside =
      'const m = new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])); return m;';
    const { text, modules } = slimGlue(around(inside), false);
    expect(text).toContain("getCoreModule('glue.0')");
    expect(modules).toEqual([['glue.0', Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)]]);
    expect(slimGlue(around('return 1;', inside.replace('return m;', '')), false).modules).toEqual(
      [],
    );
  });

  test('squeezed text means the same', () => {
    const inside = [
      'let a = 1, b = 2',
      'let c = a + +b; let d = a - -b',
      'const t = `x  $' + "{ a  } // y`, r = /a  b/.test('a  b')",
      'return [c, d, t, r, typeof a, a in [0, 1]]',
    ].join('\n');
    const instantiate = (text: string) => new Function(`${text};return instantiate()`)();
    const plain = instantiate(around(inside).replace('export ', ''));
    expect(instantiate(slim(inside))).toEqual(plain);
    expect(plain).toEqual([3, 3, 'x  1 // y', true, 'number', true]);
  });
});

describe('calls of the host', () => {
  const trampoline = (more = ''): string => `
    const _trampoline0 = function(arg0) {
      const hostProvided = true;
      let parentTask; let task; let subtask;
      const createTask = () => { task = createNewCurrentTask({ componentIdx: -1 })[0]; };
      taskCreation: {
        parentTask = getCurrentTask(0)?.task;
        createTask();
        if (hostProvided) { subtask = parentTask.getLatestSubtask(); task.setParentSubtask(subtask); }
      }
      const started = task.enterSync();
      let ret;
      try {
        ret = _withGlobalCurrentTaskMeta({ taskID: task.id(), fn: () => _trackHostOperation(() => imports.ask(arg0)) });
      } catch (err) {
        getOrCreateAsyncState(0).markTrapped(err);
        task.setErrored(err);
        task.reject(err);
        task.exit();
        throw err;
      }
      ${more}
      task.resolve([ret]);
      task.exit();
      return ret * 2;
    };
    _trampoline0.fnName = 'ask';
    let trampoline0 = _lowerImportBackwardsCompat.bind(null, {
      componentIdx: 0, isAsync: false, funcTypeIsAsync: false, importFn: _trampoline0,
    });
    return trampoline0;`;
  const before = `
    let mayLeave = true;
    const trapped = [];
    function _checkMayLeave(componentIdx) { if (!mayLeave) throw new Error('cannot leave ' + componentIdx); }
    function getOrCreateAsyncState() { return { markTrapped: (error) => trapped.push(error) }; }
    imports.leave = (value) => { mayLeave = value; };
    imports.trapped = trapped;`;

  test('need no task where nothing waits, and do all else', () => {
    const text = slim(trampoline(), before);
    expect(text).not.toMatch(/\b(?:task|subtask|createTask|_lowerImportBackwardsCompat)\b/);
    const imports: Record<string, unknown> = { ask: (value: number) => value + 1 };
    const call = new Function('imports', `${text};return instantiate(undefined,imports)`)(imports);
    expect(call(20)).toBe(42);
    // What was thrown is noted, and comes out.
    const broken = new Error('broken');
    imports.ask = () => {
      throw broken;
    };
    expect(() => call(1)).toThrow(broken);
    expect(imports.trapped).toEqual([broken]);
    (imports.leave as (value: boolean) => void)(false);
    expect(() => call(1)).toThrow('cannot leave 0');
  });

  test.each([
    ['what may wait', trampoline(), true],
    ['what names its task elsewhere', trampoline('imports.seen(task);'), false],
    [
      'what is called in another way, too',
      trampoline().replace('return trampoline0', 'return [trampoline0, _trampoline0]'),
      false,
    ],
    [
      'what waits by its type',
      trampoline().replace('funcTypeIsAsync: false', 'funcTypeIsAsync: true'),
      false,
    ],
  ])('keeps the task of %s', (_, inside, asynchronous) => {
    const text = slim(inside, before, asynchronous);
    expect(text).toMatch(/createNewCurrentTask/);
    expect(text).toMatch(/_lowerImportBackwardsCompat\.bind/);
  });
});
