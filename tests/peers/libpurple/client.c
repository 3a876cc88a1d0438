/* Pidgin's library without its windows, as a Lync client by way of pidgin-sipe.

     cc client.c $(pkg-config --cflags --libs purple glib-2.0) -o client
     client USER@DOMAIN LOGON PASSWORD HOST:PORT FOLDER [TO TEXT]

   Signs in over TLS by NTLM, whatever the certificate is worth, and says so: `SIGNED-ON`.
   Sends TEXT to TO then. Prints each message that comes, and what ends the connection.
   Stays until it is ended, or its standard input is; keeps its files in FOLDER. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>
#include <libpurple/purple.h>

static GMainLoop *loop;
static const char *to, *text;
static int result = 2;

static void say(const char *what, const char *more) {
  printf("%s %s\n", what, more ? more : "");
  fflush(stdout);
}

/* libpurple's event loop, on GLib's. */

typedef struct {
  PurpleInputFunction call;
  gpointer data;
} Watch;

static gboolean ready(GIOChannel *channel, GIOCondition condition, gpointer data) {
  Watch *watch = data;
  PurpleInputCondition what = 0;
  if (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR)) what |= PURPLE_INPUT_READ;
  if (condition & (G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL)) what |= PURPLE_INPUT_WRITE;
  watch->call(watch->data, g_io_channel_unix_get_fd(channel), what);
  return TRUE;
}

static guint watch(gint file, PurpleInputCondition what, PurpleInputFunction call, gpointer data) {
  Watch *watch = g_new0(Watch, 1);
  watch->call = call;
  watch->data = data;
  GIOCondition condition = 0;
  if (what & PURPLE_INPUT_READ) condition |= G_IO_IN | G_IO_HUP | G_IO_ERR;
  if (what & PURPLE_INPUT_WRITE) condition |= G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL;
  GIOChannel *channel = g_io_channel_unix_new(file);
  guint id = g_io_add_watch_full(channel, G_PRIORITY_DEFAULT, condition, ready, watch, g_free);
  g_io_channel_unref(channel);
  return id;
}

static PurpleEventLoopUiOps events = {
    g_timeout_add, g_source_remove, watch, g_source_remove, NULL, g_timeout_add_seconds, NULL, NULL, NULL};

/* What it asks, it gets: the first action of a question accepts. */

static void *accept(const char *title, const char *primary, const char *secondary, int preset, PurpleAccount *account,
                    const char *who, PurpleConversation *conversation, void *data, size_t count, va_list actions) {
  (void)secondary, (void)preset, (void)account, (void)who, (void)conversation, (void)count;
  say("ASKED", primary ? primary : title);
  va_arg(actions, char *);
  GCallback action = va_arg(actions, GCallback);
  ((void (*)(void *, int))action)(data, 0);
  return NULL;
}

static PurpleRequestUiOps requests = {.request_action = accept};
static PurpleCoreUiOps core = {0};

/* What happens. */

static void signed_on(PurpleConnection *connection, gpointer data) {
  (void)data;
  say("SIGNED-ON", purple_account_get_username(connection->account));
  result = 0;
  if (!to) return;
  PurpleConversation *conversation = purple_conversation_new(PURPLE_CONV_TYPE_IM, connection->account, to);
  purple_conv_im_send(PURPLE_CONV_IM(conversation), text);
}

static void received(PurpleAccount *account, char *who, char *message, PurpleConversation *conversation,
                     PurpleMessageFlags flags, gpointer data) {
  (void)account, (void)conversation, (void)flags, (void)data;
  printf("RECEIVED-IM %s: %s\n", who, message);
  fflush(stdout);
}

static void failed(PurpleConnection *connection, PurpleConnectionError error, const char *why, gpointer data) {
  (void)connection, (void)error, (void)data;
  say("FAILED", why);
  result = 1;
  g_main_loop_quit(loop);
}

static gboolean ended(GIOChannel *channel, GIOCondition condition, gpointer data) {
  (void)channel, (void)condition, (void)data;
  g_main_loop_quit(loop);
  return FALSE;
}

int main(int count, char **words) {
  if (count < 6) return 9;
  if (count > 7) to = words[6], text = words[7];
  loop = g_main_loop_new(NULL, FALSE);
  purple_util_set_user_dir(words[5]);
  /* What it would say of itself may be about anything; what matters is printed here. */
  purple_debug_set_enabled(getenv("SIPE_DEBUG") != NULL);
  purple_core_set_ui_ops(&core);
  purple_eventloop_set_ui_ops(&events);
  purple_request_set_ui_ops(&requests);
  if (!purple_core_init("poolproof-test")) return 8;
  purple_set_blist(purple_blist_new());
  if (!purple_find_prpl("prpl-sipe")) {
    say("FAILED", "pidgin-sipe is missing");
    return 7;
  }
  char *user = g_strdup_printf("%s,%s", words[1], words[2]);
  PurpleAccount *account = purple_account_new(user, "prpl-sipe");
  purple_account_set_password(account, words[3]);
  purple_account_set_string(account, "server", words[4]);
  purple_account_set_string(account, "transport", "tls");
  purple_account_set_string(account, "authentication", "ntlm");
  purple_account_set_bool(account, "sso", FALSE);
  static int handle;
  purple_signal_connect(purple_connections_get_handle(), "signed-on", &handle, PURPLE_CALLBACK(signed_on), NULL);
  purple_signal_connect(purple_connections_get_handle(), "connection-error", &handle, PURPLE_CALLBACK(failed), NULL);
  purple_signal_connect(purple_conversations_get_handle(), "received-im-msg", &handle, PURPLE_CALLBACK(received), NULL);
  g_io_add_watch(g_io_channel_unix_new(0), G_IO_HUP, ended, NULL);
  purple_account_set_enabled(account, "poolproof-test", TRUE);
  purple_savedstatus_activate(purple_savedstatus_new(NULL, PURPLE_STATUS_AVAILABLE));
  g_main_loop_run(loop);
  if (account->gc) purple_account_disconnect(account);
  return result;
}
