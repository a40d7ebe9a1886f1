import { loadPyodide } from 'pyodide';
import { show } from '../sample.mjs';

const pyodide = await loadPyodide({ stdout() {}, stderr() {} });
show('version', pyodide.runPython('import sys; sys.version.split()[0]'));
show(
  'result',
  pyodide.runPython(
    'import json, re, hashlib, decimal; json.dumps({"p": [n for n in range(2, 100) if all(n % d for d in range(2, n))], "h": hashlib.sha256(b"x" * 1000).hexdigest(), "d": str(decimal.Decimal(2).sqrt()), "r": re.sub(r"(\\\\w)b", r"<\\\\1>", "abcb")})',
  ),
);
pyodide.globals.set('double', (x) => 2 * x);
show('from JavaScript', pyodide.runPython('sum(map(double, range(10)))'));
try {
  pyodide.runPython('def f(n): return 1 // n\nf(0)');
} catch (error) {
  show('error', error.message.trim().split('\n').pop());
}
show('async', await pyodide.runPythonAsync('import asyncio\nawait asyncio.sleep(0.01)\n7 * 6'));
