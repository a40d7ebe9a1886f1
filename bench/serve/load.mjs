// Puts HTTP servers under load: gets how they are started, tells how many requests they answer, how long these take, and
// what that costs of processor and memory.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

/** Starts a server; returns the process once it listens. */
export const start = (file, args) =>
  new Promise((done, fail) => {
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk) => {
      if (/serving/i.test((said += chunk))) done(child);
    });
    child.on('exit', () => fail(new Error(said)));
  });

/** Asks for some seconds over so many connections; returns how long each answer took, in milliseconds. */
export const load = (port, request, seconds, connections) =>
  new Promise((done, fail) => {
    const times = [];
    const end = performance.now() + seconds * 1000;
    let open = connections;
    for (let i = open; i > 0; i--) {
      const socket = connect(port, '127.0.0.1');
      socket.setNoDelay(true);
      let begun = 0;
      let have = '';
      const ask = () => {
        begun = performance.now();
        socket.write(request);
      };
      socket.on('connect', ask);
      socket.on('error', fail);
      socket.on('data', (chunk) => {
        have += chunk.toString('latin1');
        const head = have.indexOf('\r\n\r\n');
        if (head < 0) return;
        const length = /content-length: *(\d+)/i.exec(have)?.[1];
        if (
          length === undefined
            ? !have.endsWith('0\r\n\r\n')
            : have.length < head + 4 + Number(length)
        )
          return;
        if (!have.startsWith('HTTP/1.1 200')) fail(new Error(have.slice(0, 100)));
        have = '';
        times.push(performance.now() - begun);
        if (performance.now() < end) return ask();
        socket.destroy();
        if (--open === 0) done(times);
      });
    }
  });

/** The value that a part of all, which are sorted, is below. */
export const quantile = (sorted, q) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];

/** Memory of a process. */
export const residentMegabytes = (pid) => {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(kilobytes) / 1024);
};

/** Milliseconds of processor time that a process has taken, all threads together. */
export const processorTime = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

/**
 * Measures servers in turn and prints a line for each.
 * @param cases `{ name, module, request }` each, the request as its text
 * @param servers names and functions that start one for a module and a port
 * @param settings numbers: `seconds` of a round, `rounds`, `warmUp` in seconds, `connections`
 */
export const compare = async (cases, servers, { seconds, rounds, warmUp, connections }) => {
  let port = 18000 + (process.pid % 1000);
  for (const { name, module, request } of cases) {
    console.log(name);
    const running = [];
    for (const [label, make] of servers)
      running.push([label, ++port, await make(module, port), []]);
    for (const [, at] of running) await load(at, request, warmUp, connections);
    for (let round = 0; round < rounds; round++)
      for (const [, at, child, all] of running) {
        const before = processorTime(child.pid);
        const times = await load(at, request, seconds, connections);
        const used = (processorTime(child.pid) - before) * 1000;
        all.push({ times, cost: used / times.length });
      }
    for (const [label, , child, all] of running) {
      const { times } = all.reduce((a, b) => (a.times.length > b.times.length ? a : b));
      const sorted = Float64Array.from(times).sort();
      const rate = Math.round(times.length / seconds);
      const cost = Math.round(Math.min(...all.map((one) => one.cost)));
      const [p50, p99] = [0.5, 0.99].map((q) => quantile(sorted, q).toFixed(1));
      console.log(
        `  ${label}: ${rate} requests/s, p50 ${p50} ms, p99 ${p99} ms, ${cost} µs of processor each, ${residentMegabytes(child.pid)} MB`,
      );
      child.kill();
    }
  }
};
