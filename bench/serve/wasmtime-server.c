/*
 * The same as `wasm2js serve` for one program, over wasmtime's C interface: an instance for each request, the variables of
 * CGI, the body as standard input. For comparison only (serve.mjs): it trusts whoever asks.
 *
 *     cc -O2 wasmtime-server.c -o wasmtime-server LIBRARY -lpthread     (LIBRARY: wasmtime's _libwasmtime.so)
 *     wasmtime-server MODULE.wasm PORT CONCURRENCY
 *
 * The declarations are what of wasmtime's interface is used, since its packages for other languages bring no headers.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
  size_t size;
  char *data;
} bytes_t;
typedef struct {
  uint64_t store;
  size_t index;
} instance_t;
typedef struct {
  uint8_t kind;
  union {
    struct {
      uint64_t store;
      void *index;
    } func;
    uint64_t room[8];
  } of;
} extern_t;

void *wasm_engine_new(void);
void *wasmtime_module_new(void *engine, const uint8_t *, size_t, void **module);
void *wasmtime_linker_new(void *engine);
void *wasmtime_linker_define_wasi(void *linker);
void *wasmtime_linker_instantiate_pre(void *linker, void *module, void **pre);
void *wasmtime_store_new(void *engine, void *, void (*)(void *));
void *wasmtime_store_context(void *store);
void wasmtime_store_delete(void *store);
void *wasi_config_new(void);
_Bool wasi_config_set_argv(void *config, size_t, const char **);
_Bool wasi_config_set_env(void *config, size_t, const char **names, const char **values);
void wasi_config_set_stdin_bytes(void *config, bytes_t *);
void wasi_config_set_stdout_custom(void *, ptrdiff_t (*)(void *, const uint8_t *, size_t), void *, void (*)(void *));
void *wasmtime_context_set_wasi(void *context, void *config);
void *wasmtime_instance_pre_instantiate(void *pre, void *context, instance_t *, void **trap);
_Bool wasmtime_instance_export_get(void *context, instance_t *, const char *, size_t, extern_t *);
void *wasmtime_func_call(void *context, void *func, void *, size_t, void *, size_t, void **trap);
void wasmtime_error_delete(void *error);
void wasm_trap_delete(void *trap);
void wasm_byte_vec_new(bytes_t *, size_t, const char *);

#define ROOM (1 << 20)
static void *engine, *pre;
static sem_t running;

struct answer {
  size_t length;
  char text[ROOM];
};

static ptrdiff_t take(void *to, const uint8_t *data, size_t count) {
  struct answer *a = to;
  if (a->length + count > ROOM) return -1;
  memcpy(a->text + a->length, data, count);
  a->length += count;
  return count;
}
static void keep(void *answer) {}

static void run(struct answer *a, const char *method, const char *path, const char *body, size_t length) {
  char size[32];
  snprintf(size, sizeof size, "%zu", length);
  const char *args[] = {"/"};
  const char *names[] = {"AUTH_TYPE", "CONTENT_LENGTH", "CONTENT_TYPE", "GATEWAY_INTERFACE", "PATH_INFO",
                         "PATH_TRANSLATED", "QUERY_STRING", "REMOTE_ADDR", "REMOTE_HOST", "REMOTE_USER",
                         "REQUEST_METHOD", "SCRIPT_NAME", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL",
                         "SERVER_SOFTWARE", "X_MATCHED_ROUTE", "X_RAW_PATH_INFO", "X_FULL_URL", "HTTP_HOST"};
  const char *values[] = {"", size, "", "CGI/1.1", path, path, "", "127.0.0.1", "127.0.0.1", "", method, "", "127.0.0.1",
                          "80", "HTTP/1.1", "wasmtime", "/...", path, path, "127.0.0.1"};
  void *store = wasmtime_store_new(engine, NULL, NULL), *context = wasmtime_store_context(store), *trap = NULL;
  void *config = wasi_config_new();
  bytes_t in;
  wasm_byte_vec_new(&in, length, body);
  wasi_config_set_argv(config, 1, args);
  wasi_config_set_env(config, sizeof names / sizeof *names, names, values);
  wasi_config_set_stdin_bytes(config, &in);
  wasi_config_set_stdout_custom(config, take, a, keep);
  wasmtime_context_set_wasi(context, config);
  instance_t instance;
  extern_t start;
  void *error = wasmtime_instance_pre_instantiate(pre, context, &instance, &trap);
  if (!error && !trap && wasmtime_instance_export_get(context, &instance, "_start", 6, &start))
    error = wasmtime_func_call(context, &start.of.func, NULL, 0, NULL, 0, &trap);
  /* Also an exit with 0 is an error there. */
  if (error) wasmtime_error_delete(error);
  if (trap) wasm_trap_delete(trap);
  wasmtime_store_delete(store);
}

static void *serve(void *socket) {
  int fd = (int)(intptr_t)socket, one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  char *text = malloc(ROOM), *out = malloc(ROOM + 256);
  struct answer *a = malloc(sizeof *a);
  size_t have = 0;
  for (;;) {
    text[have] = 0;
    char *end = strstr(text, "\r\n\r\n"), *field;
    size_t wanted = 0, head = end ? end + 4 - text : 0;
    if (end && (field = strstr(text, "Content-Length: ")) && field < end) wanted = atoi(field + 16);
    if (!end || have < head + wanted) {
      ssize_t got = recv(fd, text + have, ROOM - 1 - have, 0);
      if (got <= 0) break;
      have += got;
      continue;
    }
    char method[16], path[1024];
    sscanf(text, "%15s %1023s", method, path);
    a->length = 0;
    sem_wait(&running);
    run(a, method, path, text + head, wanted);
    sem_post(&running);
    have -= head + wanted;
    memmove(text, text + head + wanted, have);
    a->text[a->length < ROOM ? a->length : ROOM - 1] = 0;
    char *lines = strstr(a->text, "\n\n"), *crlf = strstr(a->text, "\r\n\r\n");
    char *body = crlf && (!lines || crlf < lines) ? crlf + 4 : lines ? lines + 2 : NULL;
    size_t length = body ? a->length - (body - a->text) : 0;
    int head_length = body ? body - a->text - (body == crlf + 4 ? 4 : 2) : 0;
    int n = sprintf(out, "HTTP/1.1 %s\r\n%.*s\r\nContent-Length: %zu\r\n\r\n", body ? "200 OK" : "502 Bad Gateway",
                    head_length, a->text, length);
    memcpy(out + n, body ? body : "", length);
    if (send(fd, out, n + length, MSG_NOSIGNAL) < 0) break;
  }
  close(fd);
  free(text);
  free(out);
  free(a);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  FILE *file = fopen(argv[1], "rb");
  uint8_t *module = malloc(1 << 26);
  size_t size = fread(module, 1, 1 << 26, file);
  void *compiled, *linker;
  engine = wasm_engine_new();
  if (wasmtime_module_new(engine, module, size, &compiled)) return 1;
  linker = wasmtime_linker_new(engine);
  if (wasmtime_linker_define_wasi(linker) || wasmtime_linker_instantiate_pre(linker, compiled, &pre)) return 1;
  sem_init(&running, 0, atoi(argv[3]));
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[2])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 512)) return 1;
  fprintf(stderr, "serving on http://127.0.0.1:%s/\n", argv[2]);
  for (;;) {
    pthread_t thread;
    int fd = accept(listener, NULL, NULL);
    if (fd >= 0 && pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0) pthread_detach(thread);
  }
}
