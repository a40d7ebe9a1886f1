/*
 * A filter for proxies of the proxy-wasm ABI (0.2.1): lets requests through that have the key of its configuration, tells
 * others what is missing, takes the key off what goes on, and marks responses.
 */
#include <stddef.h>
#include <stdint.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(#name)))
#define EXPORT(name) __attribute__((export_name(#name)))

enum { CONTINUE, PAUSE };
enum { INFO = 2, WARN = 3 };
enum { REQUEST_HEADERS = 0, RESPONSE_HEADERS = 2 };
enum { PLUGIN_CONFIGURATION = 7 };

IMPORT(proxy_log) int proxy_log(int level, const char *text, size_t size);
IMPORT(proxy_get_buffer_bytes)
int proxy_get_buffer_bytes(int type, size_t start, size_t size, char **data, size_t *count);
IMPORT(proxy_get_header_map_value)
int proxy_get_header_map_value(int map, const char *key, size_t size, char **value, size_t *count);
IMPORT(proxy_replace_header_map_value)
int proxy_replace_header_map_value(int map, const char *key, size_t size, const char *value, size_t count);
IMPORT(proxy_remove_header_map_value)
int proxy_remove_header_map_value(int map, const char *key, size_t size);
IMPORT(proxy_send_local_response)
int proxy_send_local_response(int status, const char *details, size_t details_size, const char *body, size_t body_size,
                              const char *headers, size_t headers_size, int grpc);

#define TEXT(literal) literal, sizeof(literal) - 1

/* What the host asks memory for lasts as long as one call: the buffer starts again. */
static char buffer[65536];
static size_t used;
static char key[256];
static size_t key_size;

EXPORT(malloc) void *allocate(size_t size) {
  if (size > sizeof buffer - used) __builtin_trap();
  void *at = buffer + used;
  used += (size + 7) & ~(size_t)7;
  return at;
}

EXPORT(proxy_abi_version_0_2_1) void version(void) {}
EXPORT(proxy_on_context_create) void on_context_create(int context, int parent) { (void)context, (void)parent; }
EXPORT(proxy_on_vm_start) int on_vm_start(int context, int size) { return (void)context, (void)size, 1; }

EXPORT(proxy_on_configure) int on_configure(int context, int size) {
  char *data;
  (void)context, (void)size;
  used = 0;
  if (proxy_get_buffer_bytes(PLUGIN_CONFIGURATION, 0, sizeof key, &data, &key_size) != 0) return 0;
  for (size_t i = 0; i < key_size; i++) key[i] = data[i];
  return key_size > 0;
}

static int is_allowed(void) {
  char *given;
  size_t size;
  if (proxy_get_header_map_value(REQUEST_HEADERS, TEXT("x-api-key"), &given, &size) != 0) return 0;
  unsigned different = size != key_size;
  /* As many steps whatever is right. */
  for (size_t i = 0; i < key_size; i++) different |= (unsigned)(key[i] ^ (i < size ? given[i] : 0));
  return different == 0;
}

EXPORT(proxy_on_request_headers) int on_request_headers(int context, int count, int end) {
  char *path;
  size_t size;
  (void)context, (void)count, (void)end;
  used = 0;
  if (proxy_get_header_map_value(REQUEST_HEADERS, TEXT(":path"), &path, &size) == 0) {
    proxy_log(INFO, path, size);
    /* What a filter must not do: the host has to end it. */
    if (size == 5 && path[1] == 'h' && path[2] == 'a' && path[3] == 'n' && path[4] == 'g')
      for (;;) __asm__ volatile("");
  }
  if (!is_allowed()) {
    proxy_log(WARN, TEXT("no key"));
    proxy_send_local_response(403, TEXT("no key"), TEXT("a key is needed\n"), NULL, 0, -1);
    return PAUSE;
  }
  proxy_remove_header_map_value(REQUEST_HEADERS, TEXT("x-api-key"));
  return CONTINUE;
}

EXPORT(proxy_on_response_headers) int on_response_headers(int context, int count, int end) {
  (void)context, (void)count, (void)end;
  used = 0;
  proxy_replace_header_map_value(RESPONSE_HEADERS, TEXT("x-filtered"), TEXT("yes"));
  return CONTINUE;
}

EXPORT(proxy_on_done) int on_done(int context) { return (void)context, 1; }
EXPORT(proxy_on_log) void on_log(int context) { (void)context; }
EXPORT(proxy_on_delete) void on_delete(int context) { (void)context; }
