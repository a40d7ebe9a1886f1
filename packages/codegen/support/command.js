/*
 * WASI commands: running one, by a call or as the main module of Node, Deno or Bun.
 */

/**
 * Runs a command in a fresh instance.
 * @param WASI class of the runtime
 * @param defaults options that `options` overrides
 * Returns the exit code; traps and the errors of host functions pass through.
 */
function _run_command(WASI, instantiate, defaults, options) {
  const wasi = new WASI({ ...defaults, ...options, returnOnExit: true });
  return wasi.start({ exports: instantiate(wasi.getImportObject()) });
}

/** Is the ES module with this `import.meta` the program that was started? */
function _is_main(meta) {
  if (typeof meta.main === 'boolean') return meta.main;
  const { process } = globalThis;
  const path = process?.argv?.[1];
  if (path === undefined || typeof process.getBuiltinModule !== 'function') return false;
  try {
    const { realpathSync } = process.getBuiltinModule('node:fs');
    const { fileURLToPath } = process.getBuiltinModule('node:url');
    const { isMainThread } = process.getBuiltinModule('node:worker_threads');
    return isMainThread && realpathSync(path) === realpathSync(fileURLToPath(meta.url));
  } catch {
    return false;
  }
}

/** Runs a command as the main module: arguments, environment, exit code. */
function _main_command(run, defaults) {
  const { process } = globalThis;
  const name = process.argv[1].replace(/^.*[/\\]/, '');
  const args = [_host_variable('WASM2JS_ARGV0') ?? name, ...process.argv.slice(2)];
  const fail = (message, code) => {
    process.getBuiltinModule('node:fs').writeSync(2, `${name}: ${message}\n`);
    process.exitCode = code;
  };
  const preopens = { ...defaults.preopens, ..._dirs_setting(_host_variable('WASM2JS_DIRS')) };
  const env = { ...defaults.env, ..._env_setting(_host_variable('WASM2JS_ENV')) };
  const listeners = (_host_variable('WASM2JS_TCPLISTEN') ?? '').split(',').filter(Boolean);
  try {
    process.exitCode = run({ args, env, preopens, listeners });
  } catch (error) {
    if (error instanceof _error_class('RuntimeError')) fail(`wasm trap: ${error.message}`, 134);
    // The stack was full in the runtime that the program called.
    else if (_is_full_stack(error)) fail(`wasm trap: ${_STACK_EXHAUSTED}`, 134);
    else if (error?.code !== undefined && error.syscall !== undefined) fail(error.message, 1);
    else throw error;
  }
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

/** Preopened directories of `HOST[::GUEST[::ro]],...`, by guest path. */
function _dirs_setting(setting = '') {
  const dirs = {};
  for (const item of setting.split(',')) {
    const [host, guest = host, mode] = item.split('::');
    if (host !== '') dirs[guest] = { directory: host, readonly: mode === 'ro' };
  }
  return dirs;
}

/** Environment of `NAME=value,NAME,*`: a bare name passes the host's own variable, `*` all. */
function _env_setting(setting = '') {
  const env = {};
  for (const item of setting.split(',')) {
    const at = item.indexOf('=');
    if (item === '*') Object.assign(env, globalThis.process.env);
    else if (at > 0) env[item.slice(0, at)] = item.slice(at + 1);
    else if (item !== '' && _host_variable(item) !== undefined) env[item] = _host_variable(item);
  }
  return env;
}
