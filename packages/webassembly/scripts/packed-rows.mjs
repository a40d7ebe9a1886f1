// The opcode table as text, for the compiler in a page: names, of which what stands before the dot is left out where it is
// that of the name before; gaps between codes; and a letter for each other column of a row.
const FILES = ['core', 'prefixed', 'simd'];
/** Behind the quotation mark, in front of the reverse solidus: none of them is escaped. */
const FIRST_LETTER = 36;

/** The part of a mnemonic before its dot. */
const PREFIX = `const prefix = (name) => name.slice(0, Math.max(name.indexOf('.'), 0));`;
const prefix = new Function(`${PREFIX} return prefix;`)();

/** Of columns 2 to 4 (immediates, signature, feature): what occurs, in order. The rest are numbers. */
function columnsOf(all) {
  const values = [2, 3, 4].map((column) => [...new Set(all.map((row) => row[column]))]);
  const letter = (value) => String.fromCharCode(FIRST_LETTER + value + (value > 55 ? 1 : 0));
  return {
    values,
    text: (rows) => [
      ...values.map((list, i) => rows.map((row) => letter(list.indexOf(row[i + 2]))).join('')),
      rows.map(([, , , , , align = -1]) => align + 1).join(''),
      rows.map(([, , , , , , lanes = 0]) => lanes.toString(36)).join(''),
    ],
  };
}

/**
 * The table's modules in this form.
 * @param decoder the folder of the decoder's built modules
 * @returns by the names of the files their text, which imports `packed-rows`; and the text of that
 */
export async function packedRows(decoder) {
  const files = new Map();
  for (const file of FILES)
    files.set(`opcode-rows-${file}`, await import(`${decoder}opcode-rows-${file}.js`));
  const all = [...files.values()].flatMap((tables) => Object.values(tables).flat());
  const { values, text } = columnsOf(all);
  const packed = (rows) => {
    const names = rows.map(([name], i) =>
      prefix(name) !== '' && prefix(name) === prefix(rows[i - 1]?.[0] ?? '')
        ? name.slice(prefix(name).length)
        : name,
    );
    const gaps = rows.map(([, code], i) => [i, code - (i === 0 ? 0 : rows[i - 1][1] + 1)]);
    const wide = Object.fromEntries(gaps.filter(([, gap]) => gap !== 0));
    return `rows(${[names.join(' '), text(rows).join(' '), wide].map((x) => JSON.stringify(x))})`;
  };
  const modules = [...files].map(([file, tables]) => {
    const lines = Object.entries(tables).map(
      ([name, rows]) => `export const ${name} = ${packed(rows)};\n`,
    );
    return [file, `import { rows } from 'packed-rows';\n${lines.join('')}`];
  });
  const unpack = `${PREFIX}
    const VALUES = ${JSON.stringify(values.map((list) => list.join()))}.map((list) => list.split(','));
    export function rows(names, columns, gaps) {
      const [immediates, signature, feature, align, lanes] = columns.split(' ');
      const value = (list, column, i) => {
        const letter = column.charCodeAt(i);
        return VALUES[list][letter - (letter > 91 ? ${FIRST_LETTER + 1} : ${FIRST_LETTER})];
      };
      let code = -1;
      let last = '';
      return names.split(' ').map((text, i) => {
        code += 1 + (gaps[i] ?? 0);
        const name = text[0] === '.' ? last + text : text;
        last = prefix(name);
        return [name, code, value(0, immediates, i), value(1, signature, i), value(2, feature, i),
          align[i] - 1, parseInt(lanes[i], 36)];
      });
    }`;
  return { modules: new Map(modules), unpack };
}
