// What a person would do, in the page: reports what is seen at each step. A test serves it into the page.

const element = (id) => document.getElementById(id);
const steps = [];

/** Waits until the status line says one of these, or something wrong. */
const until = async (...texts) => {
  for (let i = 0; i < 1200; i++) {
    const text = element('status').textContent;
    if (texts.includes(text) || element('status').className === 'error') return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited for ${texts}: ${element('status').textContent}`);
};

const press = async (form, ...texts) => {
  element('status').textContent = '';
  element('status').className = '';
  element(form).requestSubmit();
  return until(...texts);
};

const tableOf = (id) =>
  [...element(id).rows].map((row) => [...row.cells].map(({ textContent }) => textContent));

/** Puts files into a file input, or onto the page. */
const transfer = async (path, name) => {
  const response = await fetch(path);
  const data = new DataTransfer();
  data.items.add(new File([await response.arrayBuffer()], name));
  return data;
};

const drive = async () => {
  // The text that is there at first.
  steps.push({ compiled: await press('input', 'compiled'), facts: tableOf('facts') });
  steps.push({ script: element('script').textContent.includes('function $gcd(') });
  steps.push({ download: [element('download').download, element('download').href.slice(0, 5)] });
  element('values').value = '48 36';
  steps.push({ called: await press('call', 'done'), times: tableOf('times') });
  element('measure').checked = true;
  element('export').value = 'squares';
  element('values').value = '1000';
  steps.push({ measured: await press('call', 'done'), times: tableOf('times') });
  element('values').value = '';
  steps.push({ missing: await press('call', 'done') });
  // Text that is wrong, and a module that is not valid.
  element('text').value = '(module (func (result i32)))';
  element('text').dispatchEvent(new Event('input'));
  steps.push({ invalid: await press('input', 'compiled') });
  element('text').value = '(module\n  (fun))';
  element('text').dispatchEvent(new Event('input'));
  steps.push({ wrong: await press('input', 'compiled') });
  // Imports: functions are called, others are said to be missing.
  element('text').value =
    '(module (import "env" "log" (func $log (param i64))) (func (export "f") (call $log (i64.const 5))))';
  element('text').dispatchEvent(new Event('input'));
  await press('input', 'compiled');
  element('measure').checked = false;
  steps.push({ imported: await press('call', 'done'), output: element('output').textContent });
  element('text').value = '(module (import "env" "memory" (memory 1)) (func (export "f")))';
  element('text').dispatchEvent(new Event('input'));
  await press('input', 'compiled');
  steps.push({ why: element('why').textContent, hidden: element('call').hidden });
  // A command, dropped, with a file.
  element('status').textContent = '';
  const dropped = new DragEvent('drop', {
    dataTransfer: await transfer('/wordfreq.wasm', 'wordfreq.wasm'),
  });
  dispatchEvent(dropped);
  steps.push({ dropped: await until('compiled'), title: element('title').textContent });
  element('files').files = (await transfer('/poem.txt', 'poem.txt')).files;
  element('arguments').value = '-n 3 poem.txt';
  steps.push({
    ran: await press('command', 'done'),
    times: tableOf('times'),
    output: element('output').textContent,
  });
};

try {
  await drive();
} catch (error) {
  steps.push({ failed: String(error) });
}
await fetch('/report', { method: 'POST', body: JSON.stringify(steps) });
