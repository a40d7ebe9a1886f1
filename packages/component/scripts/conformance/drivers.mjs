// How a component is run: with this project's command, or with jco's canonical ABI and shims. Both get a component's path,
// and give a function that makes file and arguments of `{ argv0, args, env, root, world, use, timeLimit }`.
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** Milliseconds that a test may take. */
export const LIMIT = 60_000;

/** A Node that jco's forms run on: that of hosts/, where it is installed. */
export const NODE_WITH_JSPI = path('../../../../hosts/node_modules/node-26/bin/node');

const command = path('../../../cli/bin/wasm2js.js');
const network = ['--tcp', '--udp', '--allow-ip-name-lookup', '--allow-net', '*:*'];

/** With this project's. */
export const commandOfOurs =
  (file) =>
  ({ argv0, args, env, root, world, use, timeLimit }) => {
    const given = [
      ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...(root === undefined ? [] : ['--dir', `${root}::/`]),
      // jco's shims bound nothing either.
      ...network,
    ];
    const { execPath } = process;
    if (use !== undefined)
      return [execPath, path('use-ours.mjs'), command, file, JSON.stringify({ use, env })];
    if (world === 'wasi:http/service') {
      const limit = timeLimit === undefined ? [] : ['--time-limit', String(timeLimit)];
      return [
        ...[execPath, command, 'serve', file, '--port', '0', '--no-access-log'],
        ...limit,
        ...given,
      ];
    }
    const name = argv0 === undefined ? [] : ['--argv0', argv0];
    return [execPath, command, 'run', file, ...name, ...given, '--', ...args];
  };

/** With jco's. @param node one with JSPI */
export const commandOfJco =
  (file, node) =>
  ({ argv0, args, env, root, world, use }) => {
    const settings = JSON.stringify({ argv0, args, env, root, world, use });
    return [node, '--no-warnings', path('jco-run.mjs'), file, settings];
  };
