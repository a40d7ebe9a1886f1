import { require, show } from '../sample.mjs';

const Olm = require('@matrix-org/olm');
await Olm.init();
show('version', Olm.get_library_version());
const [alice, bob] = [new Olm.Account(), new Olm.Account()];
for (const account of [alice, bob]) account.create();
bob.generate_one_time_keys(1);
const [oneTimeKey] = Object.values(JSON.parse(bob.one_time_keys()).curve25519);
const out = new Olm.Session();
out.create_outbound(alice, JSON.parse(bob.identity_keys()).curve25519, oneTimeKey);
const into = new Olm.Session();
for (const message of ['first', 'second: grüße', 'x'.repeat(5000)]) {
  const { type, body } = out.encrypt(message);
  if (message === 'first') into.create_inbound(bob, body);
  show('message', [type, into.decrypt(type, body)]);
}
const group = new Olm.OutboundGroupSession();
group.create();
const member = new Olm.InboundGroupSession();
member.create(group.session_key());
show('group', member.decrypt(group.encrypt('to all')));
show('hash', new Olm.Utility().sha256('abc'));
try {
  into.decrypt(1, 'nonsense');
} catch ({ message }) {
  show('error', message);
}
