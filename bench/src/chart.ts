/** The steady-state (or one-shot) figures of one host as an SVG: a row a benchmark, a dot a contender. */

import type { SetName } from './benchmark.js';
import type { ContenderName } from './contenders.js';
import { baseline, byBenchmark, measuredContenders, type Results, ratio } from './tables.js';

const colours: Record<ContenderName, string> = {
  ours: '#0969da',
  'ours-cached': '#0a3069',
  'ours-O': '#54aeff',
  'ours-fuel': '#80ccff',
  native: '#1a7f37',
  'native-opt': '#4ac26b',
  binaryen: '#bf8700',
  polywasm: '#cf222e',
};

const rowHeight = 16;
const left = 130;
const width = 900;
const top = 60;

/** The hosts where contenders can be compared, each with the set to draw. */
function drawable(results: Results): { set: SetName; host: string }[] {
  return results.hosts.flatMap(({ name }) =>
    (['steady', 'oneshot', 'cold'] as const)
      .filter((set) => measuredContenders(byBenchmark(results.cells, set, name)).length > 1)
      .map((set) => ({ set, host: name })),
  );
}

const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function panel(results: Results, set: SetName, host: string, y: number) {
  const rows = byBenchmark(results.cells, set, host);
  const base = baseline(rows, set);
  const present = measuredContenders(rows);
  const x = (value: number) =>
    left + ((Math.log2(Math.min(128, Math.max(0.5, value))) + 1) / 8) * (width - left - 20);
  const lines: string[] = [
    `<text x="8" y="${y + 18}" font-size="14" font-weight="600">${escapeXml(host)}, ${set}: time against ${base} (log scale, left is faster)</text>`,
    ...present.map(
      (name, i) =>
        `<circle cx="${left + i * 110}" cy="${y + 34}" r="4" fill="${colours[name]}"/><text x="${left + 8 + i * 110}" y="${y + 38}">${name}</text>`,
    ),
  ];
  const bottom = y + top + rows.size * rowHeight;
  for (const tick of [0.5, 1, 2, 4, 8, 16, 32, 64, 128]) {
    const stroke = tick === 1 ? '#57606a' : '#d8dee4';
    lines.push(
      `<line x1="${x(tick)}" x2="${x(tick)}" y1="${y + top - 6}" y2="${bottom}" stroke="${stroke}"/>`,
      `<text x="${x(tick)}" y="${bottom + 14}" text-anchor="middle">${tick}×</text>`,
    );
  }
  [...rows.entries()].forEach(([benchmark, row], i) => {
    const cy = y + top + i * rowHeight + 6;
    lines.push(
      `<text x="${left - 8}" y="${cy + 4}" text-anchor="end">${escapeXml(benchmark)}</text>`,
    );
    for (const name of present) {
      const value = ratio(row, name, base);
      if (value === undefined) continue;
      const title = `${benchmark} ${name} ${value.toFixed(2)}×`;
      lines.push(
        `<circle cx="${x(value)}" cy="${cy}" r="4" fill="${colours[name]}" fill-opacity="0.85"><title>${escapeXml(title)}</title></circle>`,
      );
    }
  });
  return { lines, bottom: bottom + 30 };
}

/** The chart of all hosts of a session. */
export function chart(results: Results): string {
  let y = 8;
  const lines: string[] = [];
  for (const { set, host } of drawable(results)) {
    const drawn = panel(results, set, host, y);
    lines.push(...drawn.lines);
    y = drawn.bottom;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" font-family="system-ui, sans-serif" font-size="11" fill="#1f2328">`,
    '<title>Time of every contender against native WebAssembly</title>',
    `<rect width="${width}" height="${y}" fill="#ffffff"/>`,
    ...lines,
    '</svg>\n',
  ].join('\n');
}
