/* A media relay that answers Allocate, and nothing else, on a codec that is not ours: messages
   and their integrity are libnice's, in its OC2007 mode.

     cc server.c $(pkg-config --cflags --libs nice) -o server
     server PORT USER PASSWORD

   UDP and TCP on 127.0.0.1. Over TCP it answers the prologue that looks like TLS, where a
   client sends one, and frames every message by four bytes. */

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <stun/stunagent.h>

enum { MOST_CONNECTIONS = 32, LONGEST = 4096, PROLOGUE = 50, RELAYED_PORT = 50123 };

static const char *user, *password;
static uint8_t realm[] = "\"contoso.test\"", nonce[] = "\"0123456789abcdef\"";

static bool credentials(StunAgent *agent, StunMessage *message, uint8_t *name, uint16_t length, uint8_t **secret,
                        size_t *secret_length, void *data) {
  (void)agent, (void)message, (void)data;
  if (length != strlen(user) || memcmp(name, user, length)) return false;
  *secret = (uint8_t *)password;
  *secret_length = strlen(password);
  return true;
}

/* libnice puts it into requests, and leaves it to us in answers. */
#define COOKIE 0x72c64bc6

/* Writes the answer to a request, and returns its length; 0 for none. */
static size_t answer(uint8_t *in, size_t length, struct sockaddr_in *from, uint8_t *out, size_t room) {
  StunAgent agent;
  StunMessage request, reply;
  stun_agent_init(&agent, STUN_MSOC_KNOWN_ATTRIBUTES, STUN_COMPATIBILITY_OC2007,
                  STUN_AGENT_USAGE_LONG_TERM_CREDENTIALS | STUN_AGENT_USAGE_NO_ALIGNED_ATTRIBUTES);
  StunValidationStatus valid = stun_agent_validate(&agent, &request, in, length, credentials, NULL);
  if (valid == STUN_VALIDATION_NOT_STUN || valid == STUN_VALIDATION_INCOMPLETE_STUN ||
      valid == STUN_VALIDATION_BAD_REQUEST)
    return 0;
  uint16_t size;
  const void *integrity = stun_message_find(&request, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, &size);
  printf("request of %zu bytes, validation %d, integrity %s\n", length, valid, integrity ? "present" : "absent");
  if (valid != STUN_VALIDATION_SUCCESS || !integrity) {
    if (!stun_agent_init_error(&agent, &reply, out, room, &request, STUN_ERROR_UNAUTHORIZED)) return 0;
    stun_message_append32(&reply, STUN_ATTRIBUTE_MAGIC_COOKIE, COOKIE);
    stun_message_append_bytes(&reply, STUN_ATTRIBUTE_REALM, realm, strlen((char *)realm));
    stun_message_append_bytes(&reply, STUN_ATTRIBUTE_NONCE, nonce, strlen((char *)nonce));
    stun_message_append32(&reply, STUN_ATTRIBUTE_MS_VERSION, 1);
    reply.key = NULL;
    return stun_agent_finish_message(&agent, &reply, NULL, 0);
  }
  stun_agent_init_response(&agent, &reply, out, room, &request);
  stun_message_append32(&reply, STUN_ATTRIBUTE_MAGIC_COOKIE, COOKIE);
  struct sockaddr_in relayed = *from;
  relayed.sin_port = htons(RELAYED_PORT);
  stun_message_append_addr(&reply, STUN_ATTRIBUTE_MAPPED_ADDRESS, (struct sockaddr *)&relayed, sizeof relayed);
  StunTransactionId id;
  stun_message_id(&request, id);
  uint32_t mask;
  memcpy(&mask, id, 4);
  stun_message_append_xor_addr_full(&reply, STUN_ATTRIBUTE_MS_XOR_MAPPED_ADDRESS, (struct sockaddr_storage *)from,
                                    sizeof *from, ntohl(mask));
  stun_message_append32(&reply, STUN_ATTRIBUTE_LIFETIME, 600);
  stun_message_append32(&reply, STUN_ATTRIBUTE_BANDWIDTH, 750);
  return stun_agent_finish_message(&agent, &reply, NULL, 0);
}

/* The server's part of the prologue; what is random on the wire is zero here. */
static size_t prologue(uint8_t *out) {
  static const uint8_t begins[] = {0x16, 3, 1, 0, 0x4e, 2, 0, 0, 0x46, 3, 1};
  memset(out, 0, 83);
  memcpy(out, begins, sizeof begins);
  out[43] = 0x20;
  out[77] = 0x18;
  out[79] = 0x0e;
  return 83;
}

/* What to say to bytes that came over a connection; 0 for nothing. */
static size_t said(uint8_t *in, size_t length, struct sockaddr_in *from, uint8_t *out, size_t room) {
  if (length == PROLOGUE && in[0] == 0x16) return prologue(out);
  if (length <= 4 || in[0] != 2) return 0;
  size_t size = answer(in + 4, length - 4, from, out + 4, room - 4);
  if (!size) return 0;
  out[0] = 2, out[1] = 0, out[2] = size >> 8, out[3] = size & 0xff;
  return size + 4;
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  user = arguments[2], password = arguments[3];
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1, udp = socket(AF_INET, SOCK_DGRAM, 0), tcp = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(udp, (void *)&here, sizeof here) || bind(tcp, (void *)&here, sizeof here) || listen(tcp, 8)) {
    perror("bind");
    return 1;
  }
  struct pollfd polled[MOST_CONNECTIONS] = {{udp, POLLIN, 0}, {tcp, POLLIN, 0}};
  struct sockaddr_in peers[MOST_CONNECTIONS];
  uint8_t in[LONGEST], out[LONGEST];
  for (int open = 2;;) {
    poll(polled, open, -1);
    for (int at = 0; at < open; at++) {
      if (!polled[at].revents) continue;
      struct sockaddr_in from;
      socklen_t size = sizeof from;
      if (at == 0) {
        ssize_t length = recvfrom(udp, in, sizeof in, 0, (void *)&from, &size);
        size_t reply = length > 0 ? answer(in, length, &from, out, sizeof out) : 0;
        if (reply) sendto(udp, out, reply, 0, (void *)&from, size);
      } else if (at == 1) {
        int connection = accept(tcp, (void *)&from, &size);
        if (open == MOST_CONNECTIONS) {
          close(connection);
          continue;
        }
        polled[open] = (struct pollfd){connection, POLLIN, 0};
        peers[open++] = from;
      } else {
        ssize_t length = recv(polled[at].fd, in, sizeof in, 0);
        size_t reply = length > 0 ? said(in, length, &peers[at], out, sizeof out) : 0;
        if (reply && send(polled[at].fd, out, reply, 0) == (ssize_t)reply) continue;
        close(polled[at].fd);
        polled[at] = polled[--open];
        peers[at] = peers[open];
        break;
      }
    }
  }
}
