// Strings, regular expressions, JSON: the other half of what scripts do.
const words = 'the quick brown fox jumps over the lazy dog while seven wizards box'.split(' ');
let seed = 7;
const random = (limit) => (seed = (seed * 48271) % 2147483647) % limit;
const lines = Array.from({ length: 1500 }, (_, i) => {
  const text = Array.from({ length: 8 }, () => words[random(words.length)]).join(' ');
  return `${i}: ${text} <user${random(90)}@example.org>`;
});
const text = lines.join('\n');
const mails = [...text.matchAll(/<([a-z]+\d+)@([a-z.]+)>/g)].map(([, user]) => user);
const counts = {};
for (const word of text.split(/\W+/)) counts[word] = (counts[word] ?? 0) + 1;
const shouted = text.replace(/\b(fox|dog)\b/g, (word) => word.toUpperCase());
const data = JSON.stringify(lines.map((line, id) => ({ id, line, words: line.split(' ') })));
const parsed = JSON.parse(data);
JSON.stringify([
  new Set(mails).size,
  counts.fox,
  shouted.indexOf('DOG'),
  data.length,
  parsed[900].words.length,
]);
