/* SPDX-License-Identifier: AGPL-3.0-or-later
 * An HTTP server of one answer, "VERSION HOSTNAME", for tests of deploying. `web check` succeeds if
 * the server in this container takes connections. GET /slow/MS answers after that time. Environment:
 * PORT (8080), START_DELAY seconds before it listens, DRAIN seconds that it goes on serving after
 * SIGTERM, CRASH makes it end at once. */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t told_to_end;

static void end(int signal) {
  (void)signal;
  told_to_end = 1;
}

static const char *setting(const char *name, const char *otherwise) {
  const char *value = getenv(name);
  return value != NULL && *value != '\0' ? value : otherwise;
}

static void answer(int client, const char *host) {
  char request[4096], body[256], response[512];
  int milliseconds = 0;
  ssize_t length = read(client, request, sizeof request - 1);
  if (length <= 0) _exit(0);
  request[length] = '\0';
  sscanf(request, "GET /slow/%d", &milliseconds);
  usleep((useconds_t)milliseconds * 1000);
  int size = snprintf(body, sizeof body, "%s %s\n", setting("VERSION", "?"), host);
  size = snprintf(response, sizeof response,
                  "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n"
                  "Connection: close\r\n\r\n%s", size, body);
  if (write(client, response, (size_t)size) == size) {
    shutdown(client, SHUT_WR);
    /* Until the client has closed: closing first could lose it the answer. */
    while (read(client, request, sizeof request) > 0) {}
  }
  _exit(0);
}

int main(int count, char **words) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_port = htons((unsigned short)atoi(setting("PORT", "8080")));
  int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  if (count > 1 && strcmp(words[1], "check") == 0) {
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect(listener, (struct sockaddr *)&address, sizeof address) != 0;
  }
  if (getenv("CRASH") != NULL) return 3;
  struct sigaction action = {.sa_handler = end};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  signal(SIGCHLD, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  sleep((unsigned)atoi(setting("START_DELAY", "0")));
  char host[64] = "";
  gethostname(host, sizeof host - 1);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
      listen(listener, 512) != 0) {
    perror("web");
    return 1;
  }
  time_t last = 0;
  for (;;) {
    if (told_to_end && last == 0) last = time(NULL) + atoi(setting("DRAIN", "0"));
    if (last != 0 && time(NULL) >= last) return 0;
    struct pollfd ready = {.fd = listener, .events = POLLIN};
    if (poll(&ready, 1, 200) <= 0) continue;
    int client = accept(listener, NULL, NULL);
    if (client < 0) continue;
    if (fork() == 0) answer(client, host);
    close(client);
  }
}
