// Counts the words of files, or of standard input, and prints the most frequent ones.
// Usage: wordfreq [-n COUNT] [FILE...]
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
  char *text;
  unsigned long count;
} Word;

typedef struct {
  Word *slots;
  size_t room, used;
  unsigned long total;
} Table;

static void *must(void *memory) {
  if (!memory) {
    fputs("wordfreq: out of memory\n", stderr);
    exit(2);
  }
  return memory;
}

/** The slot of a word, or the free slot where it belongs. */
static Word *find(const Table *table, const char *text) {
  size_t hash = 2166136261u;
  for (const char *c = text; *c; c++) hash = (hash ^ (unsigned char)*c) * 16777619u;
  size_t i = hash & (table->room - 1);
  while (table->slots[i].text && strcmp(table->slots[i].text, text) != 0) i = (i + 1) & (table->room - 1);
  return &table->slots[i];
}

static void grow(Table *table) {
  Table bigger = {must(calloc(table->room * 2, sizeof(Word))), table->room * 2, table->used, table->total};
  for (size_t i = 0; i < table->room; i++)
    if (table->slots[i].text) *find(&bigger, table->slots[i].text) = table->slots[i];
  free(table->slots);
  *table = bigger;
}

static void add(Table *table, const char *text) {
  Word *word = find(table, text);
  if (!word->text) {
    word->text = must(strdup(text));
    table->used++;
  }
  word->count++;
  table->total++;
  if (table->used * 2 > table->room) grow(table);
}

/** Adds every word of a stream; a word is a run of letters and apostrophes, in lower case. */
static void read_words(Table *table, FILE *in) {
  size_t length = 0, room = 32;
  char *word = must(malloc(room));
  for (;;) {
    int c = getc(in);
    if (c != EOF && (isalpha(c) || (c == '\'' && length > 0))) {
      if (length + 1 >= room) word = must(realloc(word, room *= 2));
      word[length++] = (char)tolower(c);
      continue;
    }
    while (length > 0 && word[length - 1] == '\'') length--;
    if (length > 0) {
      word[length] = 0;
      add(table, word);
      length = 0;
    }
    if (c == EOF) break;
  }
  free(word);
}

static int by_count(const void *a, const void *b) {
  const Word *x = a, *y = b;
  if (x->count != y->count) return x->count < y->count ? 1 : -1;
  return strcmp(x->text, y->text);
}

int main(int argc, char **argv) {
  Table table = {must(calloc(64, sizeof(Word))), 64, 0, 0};
  unsigned long limit = 10;
  int status = 0, first = 1;
  if (argc > 2 && strcmp(argv[1], "-n") == 0) {
    limit = strtoul(argv[2], NULL, 10);
    first = 3;
  }
  if (first == argc) read_words(&table, stdin);
  for (int i = first; i < argc; i++) {
    FILE *in = fopen(argv[i], "r");
    if (!in) {
      fprintf(stderr, "wordfreq: %s: %s\n", argv[i], strerror(errno));
      status = 1;
      continue;
    }
    read_words(&table, in);
    fclose(in);
  }
  size_t kept = 0;
  for (size_t i = 0; i < table.room; i++)
    if (table.slots[i].text) table.slots[kept++] = table.slots[i];
  qsort(table.slots, kept, sizeof(Word), by_count);
  for (size_t i = 0; i < kept && i < limit; i++)
    printf("%7lu %5.1f%% %s\n", table.slots[i].count, 100.0 * (double)table.slots[i].count / (double)table.total,
           table.slots[i].text);
  printf("%7lu words, %zu distinct\n", table.total, kept);
  return status;
}
