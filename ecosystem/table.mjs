/** The table of README.md: results as markdown, between two marks. */
import { readFileSync, writeFileSync } from 'node:fs';

const BEGIN = '<!-- results -->';
const END = '<!-- end of results -->';

const time = (cell) =>
  cell === undefined
    ? ''
    : cell.error === undefined
      ? `${cell.cpu}`
      : `**${cell.error.replaceAll('|', '/')}**`;

/** What `precompiled` cells say of where modules were found, and of packages that need `eval` themselves. */
const mark = (cell) => `${cell?.found === 'recorded' ? ' (r)' : ''}${cell?.eval ? ' (e)' : ''}`;

const size = (bytes) =>
  bytes === undefined
    ? ''
    : bytes < 100_000
      ? `${(bytes / 1000).toFixed(1)} KB`
      : `${(bytes / 1e6).toFixed(1)} MB`;

function row(result, hosts) {
  const cells = hosts.flatMap(({ name }) => {
    const host = result.hosts[name];
    if (host?.skipped !== undefined) return [`– (${host.skipped})`, '', ''];
    const { native, runtime, precompiled } = host ?? {};
    return [time(native), time(runtime), time(precompiled) + mark(precompiled)];
  });
  const text = [
    result.name,
    result.version,
    result.made,
    result.does,
    size(result.bytes),
    ...cells,
  ];
  return `| ${text.join(' | ')} |`;
}

/** Counts of one host and mode. */
const count = (results, name, mode) => {
  const cells = results.map(({ hosts }) => hosts[name]?.[mode]).filter(Boolean);
  return `${cells.filter(({ error }) => error === undefined).length} of ${cells.length}`;
};

/**
 * Writes the results into a file.
 * @param path a markdown file with both marks
 */
export function writeTable(path, hosts, versions, results) {
  const full = hosts.filter(({ bare }) => !bare);
  const lines = [
    '| host | version | native | compiled at run time | built ahead, no `eval` |',
    '|---|---|---|---|---|',
    ...hosts.map(
      ({ name, title, bare }) =>
        `| ${title} | ${versions[name]} | ${bare ? 'has none' : count(results, name, 'native')} | ` +
        `${count(results, name, 'runtime')} | ${count(results, name, 'precompiled')} |`,
    ),
    '',
    `| package | version | made by | what the driver does | modules | ${full
      .map(({ title }) => `${title}: native | run time | ahead`)
      .join(' | ')} |`,
    `|---|---|---|---|---|${'---|'.repeat(3 * full.length)}`,
    ...results.map((result) => row(result, full)),
    '',
    ...hosts
      .filter(({ bare }) => bare)
      .flatMap(({ name, title }) => [
        `| ${title} (no WebAssembly at all) | run time | ahead |`,
        '|---|---|---|',
        ...results
          .filter(({ hosts: cells }) => cells[name] !== undefined)
          .map(({ name: of, hosts: cells }) => {
            const { runtime, precompiled } = cells[name];
            return `| ${of} | ${time(runtime)} | ${time(precompiled)}${mark(precompiled)} |`;
          }),
      ]),
  ];
  const text = readFileSync(path, 'utf8');
  const before = text.slice(0, text.indexOf(BEGIN) + BEGIN.length);
  const after = text.slice(text.indexOf(END));
  writeFileSync(path, `${before}\n\n${lines.join('\n')}\n\n${after}`);
}
