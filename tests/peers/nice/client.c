/* libnice as a client of media relays, as Office Communicator and Lync are.

     cc client.c $(pkg-config --cflags --libs nice) -o client
     client HOST PORT USER PASSWORD udp|tcp|tls

   User and password are Base64; `tls` means the prologue that only looks like it. Prints
   what it is given, and ends with 0 when it was given a relayed address. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <agent.h>

enum { PATIENCE_SECONDS = 30 };

static GMainLoop *loop;
static int result = 1;

static void candidate(NiceAgent *agent, NiceCandidate *found, gpointer data) {
  (void)agent, (void)data;
  char address[NICE_ADDRESS_STRING_LEN];
  nice_address_to_string(&found->addr, address);
  if (found->type != NICE_CANDIDATE_TYPE_RELAYED) return;
  printf("relayed %s:%u\n", address, nice_address_get_port(&found->addr));
  result = 0;
}

static void done(NiceAgent *agent, guint stream, gpointer data) {
  (void)agent, (void)stream, (void)data;
  g_main_loop_quit(loop);
}

static void received(NiceAgent *agent, guint stream, guint component, guint length, char *bytes, gpointer data) {
  (void)agent, (void)stream, (void)component, (void)length, (void)bytes, (void)data;
}

static gboolean late(gpointer data) {
  (void)data;
  puts("no answer");
  g_main_loop_quit(loop);
  return FALSE;
}

int main(int count, char **arguments) {
  if (count != 6) return 2;
  const char *way = arguments[5];
  NiceRelayType relay = !strcmp(way, "tcp")   ? NICE_RELAY_TYPE_TURN_TCP
                        : !strcmp(way, "tls") ? NICE_RELAY_TYPE_TURN_TLS
                                              : NICE_RELAY_TYPE_TURN_UDP;
  loop = g_main_loop_new(NULL, FALSE);
  NiceAgent *agent = nice_agent_new(NULL, NICE_COMPATIBILITY_OC2007R2);
  NiceAddress loopback;
  nice_address_init(&loopback);
  nice_address_set_from_string(&loopback, "127.0.0.1");
  nice_agent_add_local_address(agent, &loopback);
  gboolean over_tcp = relay != NICE_RELAY_TYPE_TURN_UDP;
  g_object_set(agent, "controlling-mode", TRUE, "upnp", FALSE, "ice-tcp", over_tcp, "ice-udp", TRUE, NULL);
  g_signal_connect(agent, "new-candidate-full", G_CALLBACK(candidate), NULL);
  g_signal_connect(agent, "candidate-gathering-done", G_CALLBACK(done), NULL);
  guint stream = nice_agent_add_stream(agent, 1);
  nice_agent_set_relay_info(agent, stream, 1, arguments[1], atoi(arguments[2]), arguments[3], arguments[4], relay);
  nice_agent_attach_recv(agent, stream, 1, NULL, received, NULL);
  if (!nice_agent_gather_candidates(agent, stream)) return 3;
  g_timeout_add_seconds(PATIENCE_SECONDS, late, NULL);
  g_main_loop_run(loop);
  return result;
}
