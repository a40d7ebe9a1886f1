import GLPK from 'glpk.js/node';
import { show } from '../sample.mjs';

const glpk = await GLPK();
show('version', glpk.version);
const upTo = (ub) => ({ type: glpk.GLP_UP, ub, lb: 0 });
const problem = {
  name: 'LP',
  objective: {
    direction: glpk.GLP_MAX,
    name: 'profit',
    vars: [
      { name: 'x1', coef: 0.6 },
      { name: 'x2', coef: 0.5 },
    ],
  },
  subjectTo: [
    {
      name: 'c1',
      vars: [
        { name: 'x1', coef: 1 },
        { name: 'x2', coef: 2 },
      ],
      bnds: upTo(1),
    },
    {
      name: 'c2',
      vars: [
        { name: 'x1', coef: 3 },
        { name: 'x2', coef: 1 },
      ],
      bnds: upTo(2),
    },
  ],
};
const options = { msglev: glpk.GLP_MSG_OFF };
show('solution', (await glpk.solve(problem, options)).result);
// A knapsack of twelve things.
const names = Array.from({ length: 12 }, (_, i) => `t${i}`);
const weights = names.map((name, i) => ({ name, coef: 3 + ((i * 7) % 11) }));
const values = names.map((name, i) => ({ name, coef: 5 + ((i * 5) % 13) }));
const knapsack = {
  name: 'knapsack',
  objective: { direction: glpk.GLP_MAX, name: 'value', vars: values },
  subjectTo: [{ name: 'weight', vars: weights, bnds: upTo(30) }],
  binaries: names,
};
show('knapsack', (await glpk.solve(knapsack, options)).result);
show('file', await glpk.write?.(problem));
