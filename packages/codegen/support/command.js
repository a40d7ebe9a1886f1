/*
 * WASI commands: running one, by a call or as the program that a host was started with. Which file
 * that is, hosts tell in different ways; which file this is, all of them tell by a stack trace. (Not
 * `import.meta`: scripts have none, and compilers that lower to CommonJS leave it as it is.)
 */

/**
 * Runs a command in a fresh instance.
 * @param runtime what the WASI runtime exports
 * @param defaults options that `options` overrides; with `files` the folders of the host are left out
 * Returns the exit code; traps and the errors of host functions pass through.
 */
function _run_command(runtime, instantiate, defaults, options) {
  const wasi = _new_wasi(runtime, defaults, options);
  return wasi.start({ exports: instantiate(wasi.getImportObject(), options) });
}

/** The WASI system of one run. */
function _new_wasi(runtime, defaults, options) {
  const given = { ...defaults, ...options, returnOnExit: true };
  if (given.files !== undefined) given.preopens = options.preopens;
  return new runtime.WASI(given);
}

/** The path or URL of the file that this function is in, where the host's stack traces tell it. */
function _own_file() {
  const { stackTraceLimit, prepareStackTrace } = Error;
  try {
    Error.stackTraceLimit = 1;
    Error.prepareStackTrace = undefined;
  } catch {
    // Frozen: then nobody has changed them either.
  }
  const stack = String(new Error('').stack);
  try {
    Error.stackTraceLimit = stackTraceLimit;
    Error.prepareStackTrace = prepareStackTrace;
  } catch {
    // As above.
  }
  const frame = stack.split('\n').find((line) => /:\d+(:\d+)?\)?$/.test(line));
  return frame?.replace(/^\s*at (\S+ \()?|^[^@]*@/, '').replace(/:\d+(:\d+)?\)?$/, '');
}

/**
 * Runs the command of an ES module or a script if that is what the host was started with: Node, Deno,
 * Bun and shells of engines. Such a shell runs a script even if it does not tell what it was started
 * with; about a module it says that it was not run, unless something uses it.
 * @param runtime a function that gives what the WASI runtime exports
 * @param script what `run` and `instantiate` belong to is a script
 * @param reader `_node_fs`, where `run` reads a data file
 */
function _start_command(run, runtime, defaults, script, reader = undefined) {
  const { process, print, document, imports, scriptArgs, Deno, Bun } = globalThis;
  const own = _own_file();
  if (process?.versions?.node !== undefined) {
    const started = Deno?.mainModule ?? Bun?.main ?? process.argv?.[1];
    if (own === undefined || started === undefined) return;
    const start = (builtin) => {
      if (_is_started(builtin, own, started)) _main_soon(run, defaults, builtin);
    };
    if (typeof process.getBuiltinModule === 'function') {
      start((name) => process.getBuiltinModule(name));
    } else if (/^file:/.test(own)) {
      // Node before 20.16 gives its modules to an ES module by `import` alone.
      Function('return import("node:module")')().then(({ createRequire }) => {
        const load = createRequire(own);
        runtime().provideBuiltins?.(load);
        if (reader !== undefined) reader.load = load;
        start(load);
      });
    } else if (typeof require === 'function') {
      runtime().provideBuiltins?.(require);
      start(require);
    }
  } else if (document === undefined && typeof print === 'function') {
    const plain = (path) => decodeURI(path).replace(/^file:\/\/|^(\.\.?\/)+/, '');
    const started = imports?.system?.programPath ?? scriptArgs?.[0];
    if (own !== undefined && started !== undefined && typeof globalThis.quit !== 'function') {
      const [a, b] = [plain(own), plain(started)];
      if (a !== b && !b.endsWith(`/${a}`)) return;
      const main = () => run.used || _main_command(run, defaults);
      // As `_main_soon`; but gjs ends well whatever a promise fails of.
      if (script || imports !== undefined) main();
      else Promise.resolve().then(main);
    } else if (script) {
      _main_command(run, defaults);
    } else {
      Promise.resolve().then(() => {
        if (run.used) return;
        const show = globalThis.printErr ?? print;
        show(
          `${defaults.args[0]}: not run, since this host does not tell what it was started with`,
        );
      });
    }
  }
}

/** Is a file the one that Node, Deno or Bun was started with? Both are paths or URLs. */
function _is_started(builtin, own, started) {
  const { isMainThread, workerData } = builtin('node:worker_threads');
  if (!isMainThread && workerData?.[_STARTED_AS] === undefined) return false;
  if (own === started) return true;
  try {
    const { realpathSync } = builtin('node:fs');
    const { fileURLToPath } = builtin('node:url');
    const path = (file) => (/^file:/.test(file) ? fileURLToPath(file) : file);
    const file = path(own);
    let main = path(started);
    try {
      // A folder, or a name without its extension.
      main = builtin('node:module').createRequire(file).resolve(main);
    } catch {
      // It is the file itself.
    }
    return realpathSync(main) === realpathSync(file);
  } catch {
    return false;
  }
}

/**
 * Runs a command as the main program of Node, Deno or Bun once the file has been evaluated, unless it has
 * been used by then: a bundler may have put it into a program that is not the command.
 * @param builtin gives the host's modules where the host itself does not: a bundler may have put in the place of
 *   `require` what knows no module
 */
function _main_soon(run, defaults, builtin) {
  const { process } = globalThis;
  const load =
    process.getBuiltinModule === undefined ? builtin : (name) => process.getBuiltinModule(name);
  queueMicrotask(() => {
    if (!run.used) _main_command(run, defaults, load);
  });
}

/**
 * Runs a command as the main program: arguments, environment, exit code.
 * @param builtin gives the built-in modules of Node, Deno or Bun; left out on other hosts, where an
 *   exit code that cannot be told otherwise becomes an error that nobody catches
 */
function _main_command(run, defaults, builtin) {
  if (builtin === undefined) {
    const code = run({ args: _main_arguments(defaults, defaults.args[0], _shell_arguments()) });
    if (code === 0) return;
    const { imports, std } = globalThis;
    const exit = imports?.system?.exit ?? std?.exit;
    if (exit === undefined) throw new Error(`exit status ${code}`);
    exit(code);
    return;
  }
  const { process } = globalThis;
  const outer = builtin('node:worker_threads').workerData?.[_STARTED_AS];
  const name = (outer ?? process.argv[1]).replace(/^.*[/\\]/, '');
  const args = _main_arguments(defaults, name, process.argv.slice(2));
  args[0] = _host_variable('WASM2JS_ARGV0') ?? args[0];
  const fail = (message, code) => {
    builtin('node:fs').writeSync(2, `${name}: ${message}\n`);
    process.exitCode = code;
  };
  const stack = _host_variable('WASM2JS_STACK_SIZE');
  if (stack && outer === undefined) {
    _main_with_stack(stack, builtin, fail);
    return;
  }
  const preopens = { ...defaults.preopens, ..._dirs_setting(_host_variable('WASM2JS_DIRS')) };
  const env = { ...defaults.env, ..._env_setting(_host_variable('WASM2JS_ENV')) };
  const listeners = (_host_variable('WASM2JS_TCPLISTEN') ?? '').split(',').filter(Boolean);
  const network = {
    tcp: _is_on('WASM2JS_TCP'),
    udp: _is_on('WASM2JS_UDP'),
    allow: (_host_variable('WASM2JS_ALLOW_NET') ?? '').split(/\s+/).filter(Boolean),
    lookup: _is_on('WASM2JS_ALLOW_IP_NAME_LOOKUP'),
  };
  const failed = (error) => {
    if (error instanceof _error_class('RuntimeError'))
      fail(`wasm trap: ${error.message}${_shown_trace(error)}`, 134);
    // The stack was full in the runtime that the program called.
    else if (_is_full_stack(error)) fail(`wasm trap: ${_STACK_EXHAUSTED}`, 134);
    else if (
      (error?.code !== undefined && error.syscall !== undefined) ||
      error instanceof _error_class('LinkError')
    )
      fail(error.message, 1);
    else throw error;
  };
  try {
    const code = run({ args, env, preopens, listeners, network });
    // What is asynchronous ends later, and with it all that its tasks still wait for.
    if (typeof code?.then === 'function')
      code.then(
        (later) => process.exit(later),
        (error) => {
          failed(error);
          process.exit();
        },
      );
    else process.exitCode = code;
  } catch (error) {
    failed(error);
  }
}

/**
 * The arguments of a main program. One that was an image's has some of its own: the first ones always, the others
 * where none are given.
 */
function _main_arguments({ args, fixed }, name, given) {
  if (fixed === undefined) return [name, ...given];
  return given.length === 0 ? args.slice() : [...args.slice(0, fixed), ...given];
}

/** Where a trap was, for whoever has asked for it: with Node's source maps on, or by WASM2JS_DEBUG. */
function _shown_trace({ stack }) {
  const { process, Deno } = globalThis;
  // Deno always says that they are on.
  const maps = Deno === undefined && process.sourceMapsEnabled;
  const wanted = maps || _host_variable('WASM2JS_DEBUG');
  const at = wanted ? String(stack).search(/^ +at /m) : -1;
  return at < 0 ? '' : `\n${stack.slice(at)}`;
}

/** What a worker that runs a command as the main program is told: what the host was started with. */
const _STARTED_AS = 'wasm2js started as';

/** The largest stack that can be asked for, in MB. */
const _MOST_STACK = 1024;

/**
 * Starts the main program again in a worker, whose stack has the size that is wanted: an engine takes
 * that of its first thread as it is.
 * @param setting the size in MB
 * @param fail says what is wrong, given that and the exit code
 */
function _main_with_stack(setting, builtin, fail) {
  const { process, Deno, Bun } = globalThis;
  const size = Number(setting);
  if (!/^[1-9]\d*$/.test(setting) || size > _MOST_STACK) {
    fail(`WASM2JS_STACK_SIZE takes MB, a number from 1 to ${_MOST_STACK}, not "${setting}"`, 2);
    return;
  }
  // Their workers have a stack that nothing changes.
  const other = Deno
    ? 'for Deno: --v8-flags=--stack-size=KB'
    : Bun && 'for Bun: BUN_JSC_maxPerThreadStackUsage=BYTES';
  if (other) {
    fail(`WASM2JS_STACK_SIZE is for Node; ${other}, below ulimit -s`, 2);
    return;
  }
  let [, file] = process.argv;
  try {
    // A folder, or a name without its extension.
    file = builtin('node:module').createRequire(file).resolve(file);
  } catch {
    // It is the file itself.
  }
  const { Worker } = builtin('node:worker_threads');
  // Where there is no room it throws at once, or tells later.
  const failed = (error) => {
    if (!/^ERR_WORKER_/.test(error?.code)) throw error;
    fail(`a thread with ${size} MB of stack: ${error.message}`, 1);
  };
  try {
    const worker = new Worker(file, {
      argv: process.argv.slice(2),
      workerData: { [_STARTED_AS]: process.argv[1] },
      resourceLimits: { stackSizeMb: size },
    });
    worker.on('error', failed);
    worker.on('exit', (code) => {
      process.exitCode = code;
    });
  } catch (error) {
    failed(error);
  }
}

/** The arguments that the shell of an engine was given for its script. */
function _shell_arguments() {
  const { imports, scriptArgs, quit, arguments: given } = globalThis;
  if (imports?.system?.programArgs !== undefined) return imports.system.programArgs;
  // Where there is `quit`, the script's own name is not among them.
  if (scriptArgs !== undefined) return scriptArgs.slice(typeof quit === 'function' ? 0 : 1);
  return given ?? [];
}

/** A variable of the host's environment, or undefined where it must not be read. */
function _host_variable(variable) {
  const query = globalThis.Deno?.permissions?.querySync;
  if (query !== undefined) {
    const { state } = globalThis.Deno.permissions.querySync({ name: 'env', variable });
    if (state !== 'granted') return undefined;
  }
  return globalThis.process.env[variable];
}

/** Is a variable set that says yes? */
function _is_on(variable) {
  return /^(?:1|y|yes|true|on)$/i.test(_host_variable(variable) ?? '');
}

/** Preopened directories of `HOST[::GUEST[::ro]],...`, by guest path. */
function _dirs_setting(setting = '') {
  const dirs = {};
  for (const item of setting.split(',')) {
    const [host, guest = host, mode] = item.split('::');
    if (host !== '') dirs[guest] = { directory: host, readonly: mode === 'ro' };
  }
  return dirs;
}

/** Environment of `NAME=value,NAME,*`: a bare name passes the host's own variable, `*` all but these settings. */
function _env_setting(setting = '') {
  const env = {};
  for (const item of setting.split(',')) {
    const at = item.indexOf('=');
    if (item === '*') {
      Object.assign(env, globalThis.process.env);
      for (const name of Object.keys(env)) if (/^WASM2JS_/.test(name)) delete env[name];
    } else if (at > 0) env[item.slice(0, at)] = item.slice(at + 1);
    else if (item !== '' && _host_variable(item) !== undefined) env[item] = _host_variable(item);
  }
  return env;
}
