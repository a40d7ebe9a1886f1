import { parse, print } from 'sh-syntax';
import { fails, show } from '../sample.mjs';

const source =
  '#!/bin/sh\nfor f in *.c ; do   if [ -f "$f" ];then cc -o "$f.o" $f||exit 1 ; fi\ndone\ncase $x in a|b) echo "$((1+2))";; esac\n';
show('printed', await print(source));
show(
  'statements',
  (await parse(source)).Stmts?.length ?? JSON.stringify(await parse(source)).length,
);
await fails('error', () => parse('if true; then'));
