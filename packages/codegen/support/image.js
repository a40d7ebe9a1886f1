/*
 * Files that a command brings (packages/codegen/src/emit/overlay.ts).
 */

/**
 * The tree of files, for the option `overlay` of the WASI runtime.
 * @param bytes of all files, one behind the other
 * @param files of each `[mtime, length]`
 * @param directories of each `[mtime, name, entry, ...]`: an entry is the number of a file, `~` that of a
 *   directory, or a link `[target, mtime]`
 */
function _image_files(bytes, files, directories) {
  let at = 0;
  const contents = files.map(([mtime, length]) => {
    const content = bytes.subarray(at, at + length);
    at += length;
    return { type: 'file', content, mtime };
  });
  const made = directories.map(([mtime]) => ({ type: 'directory', entries: new Map(), mtime }));
  directories.forEach((items, i) => {
    for (let k = 1; k < items.length; k += 2) {
      const item = items[k + 1];
      const entry =
        typeof item !== 'number'
          ? { type: 'link', target: item[0], mtime: item[1] }
          : item < 0
            ? made[~item]
            : contents[item];
      made[i].entries.set(items[k], entry);
    }
  });
  return made[0];
}
