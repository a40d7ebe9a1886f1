/** Loaded into every measured process: leaves its processor time, in milliseconds, in a file when it ends. */
import { appendFileSync } from 'node:fs';

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  appendFileSync(process.env.ECOSYSTEM_CLOCK, `${(user + system) / 1000}\n`);
});
