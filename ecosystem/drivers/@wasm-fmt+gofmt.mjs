import { format } from '@wasm-fmt/gofmt/node';
import { fails, show } from '../sample.mjs';

show(
  'formatted',
  format(
    'package main\nimport "fmt"\ntype  T struct{ a int; bb   string }\nfunc main( ){ x:=map[string]int {"a":1,\n"bcd":2}\nfor k,v:=range x{fmt.Println(k,v)}}\n',
  ),
);
await fails('error', () => format('package main\nfunc {'));
