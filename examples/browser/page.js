// The page: files of the user become a file system in memory, which the program is given as '.'.

import { MemoryFileSystem, WASI } from './wasi.js';
import { instantiate } from './wordfreq.js';

const element = (id) => document.getElementById(id);
const form = document.querySelector('form');
const files = new Map();

/** Appends text to the output; standard error looks different. */
const print = (text, className) => {
  const span = document.createElement('span');
  span.className = className;
  span.textContent = text;
  element('output').append(span);
};

/** A sink for a stream of the program: characters may be cut by the ends of pieces. */
const sink = (className) => {
  const decoder = new TextDecoder();
  return (bytes) => print(decoder.decode(bytes, { stream: true }), className);
};

/** Runs the program once, with fresh memory and a fresh file system. */
const run = () => {
  element('output').replaceChildren();
  const wasi = new WASI({
    args: ['wordfreq', ...element('arguments').value.split(/\s+/).filter(Boolean), ...files.keys()],
    preopens: { '.': new MemoryFileSystem(Object.fromEntries(files)).root },
    stdout: sink('text'),
    stderr: sink('error'),
  });
  const start = performance.now();
  try {
    const status = wasi.start({ exports: instantiate(wasi.getImportObject()) });
    const time = Math.round(performance.now() - start);
    element('status').textContent = `Exit code ${status}, ${time} ms`;
  } catch (error) {
    element('status').textContent = `The program trapped: ${error.message}`;
  }
};

/** Adds files of the user and runs the program on all there are. */
const add = async (list) => {
  for (const file of list) files.set(file.name, new Uint8Array(await file.arrayBuffer()));
  const items = [...files].map(([name, { length }]) => {
    const item = document.createElement('li');
    item.textContent = `${name} (${length} bytes)`;
    return item;
  });
  element('list').replaceChildren(...items);
  form.querySelector('button').disabled = files.size === 0;
  if (files.size > 0) run();
};

form.addEventListener('submit', (event) => {
  event.preventDefault();
  run();
});
element('files').addEventListener('change', (event) => add(event.target.files));

const drop = element('drop');
for (const type of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  drop.addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.toggle('over', type === 'dragenter' || type === 'dragover');
  });
}
drop.addEventListener('drop', (event) => add(event.dataTransfer.files));
