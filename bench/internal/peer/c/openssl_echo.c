/* openssl_echo HOST:PORT LOOPS [http]: what OpenSSL does on a bare epoll.
 *
 * One thread per loop, level-triggered epoll, TLS 1.3 with X25519 and
 * TLS_AES_128_GCM_SHA256, a certificate made at the start, reading ahead. Each
 * thread has a listener of its own (SO_REUSEPORT). A connection that owes a
 * record is not read until it is gone. With http, it does not echo but answers
 * each GET of / with thirteen bytes.
 *
 * Prints "READY HOST:PORT" and ends when its standard input does; a line there
 * has it give back unused memory and print "FREED".
 */
#include "common.h"
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

enum { MAX_EVENTS = 1024, BUFFER_SIZE = 16 * 1024 };

struct conn {
	int fd;
	SSL *ssl;
	char *owed; /* a record that SSL_write has to be called with again */
	int length;
	struct begun begun; /* http */
};

static SSL_CTX *ctx;
static int http;
static struct sockaddr_in address;

static void die_of_ssl(const char *what)
{
	ERR_print_errors_fp(stderr);
	die(what);
}

static void make_context(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	if (!key || !cert)
		die_of_ssl("certificate");
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 24 * 3600);
	X509_set_pubkey(cert, key);
	X509_NAME *name = X509_get_subject_name(cert);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"bench", -1, -1, 0);
	X509_set_issuer_name(cert, name);
	X509_sign(cert, key, EVP_sha256());
	ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256");
	SSL_CTX_set1_groups_list(ctx, "X25519");
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_mode(ctx, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER); /* what is owed moves to a buffer of its own */
	if (SSL_CTX_use_certificate(ctx, cert) != 1 || SSL_CTX_use_PrivateKey(ctx, key) != 1)
		die_of_ssl("SSL_CTX_use_certificate");
}

static int watch(int epfd, int op, int fd, void *p, unsigned events)
{
	struct epoll_event ev = { .events = events, .data.ptr = p };
	return epoll_ctl(epfd, op, fd, &ev);
}

static int start_listening(void)
{
	int one = 1;
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, SOMAXCONN) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		die("listen");
	return fd;
}

static void accept_all(int epfd, int listener)
{
	int one = 1, fd;
	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct conn *c = calloc(1, sizeof *c);
		if (!c || !(c->ssl = SSL_new(ctx)))
			die_of_ssl("SSL_new");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		c->fd = fd;
		SSL_set_fd(c->ssl, fd);
		SSL_set_accept_state(c->ssl);
		watch(epfd, EPOLL_CTL_ADD, fd, c, EPOLLIN);
	}
}

static void drop(struct conn *c)
{
	SSL_free(c->ssl);
	close(c->fd);
	free(c->owed);
	free(c->begun.text);
	free(c);
}

/* failed sorts what a call of OpenSSL has come to; the connection is gone
 * unless it only has to wait. */
static int failed(struct conn *c, int result)
{
	int err = SSL_get_error(c->ssl, result);
	if (err == SSL_ERROR_WANT_READ || err == SSL_ERROR_WANT_WRITE)
		return 0;
	drop(c);
	return 1;
}

/* give writes a record, and owes it if it cannot go. It returns 0 if the
 * connection can be read on. */
static int give(int epfd, struct conn *c, const char *out, int n)
{
	int m = SSL_write(c->ssl, out, n);
	if (m > 0)
		return 0;
	if (failed(c, m))
		return 1;
	if (!(c->owed = malloc(n)))
		die("malloc");
	memcpy(c->owed, out, n);
	c->length = n;
	watch(epfd, EPOLL_CTL_MOD, c->fd, c, EPOLLOUT);
	return 1;
}

/* pay writes what is owed. It returns 0 if the connection can be read on. */
static int pay(int epfd, struct conn *c)
{
	int m = SSL_write(c->ssl, c->owed, c->length);
	if (m <= 0) {
		failed(c, m);
		return 1;
	}
	free(c->owed);
	c->owed = NULL;
	watch(epfd, EPOLL_CTL_MOD, c->fd, c, EPOLLIN);
	return 0;
}

/* reply answers n bytes that were received behind what had begun. */
static int reply(int epfd, struct conn *c, char *buffer, int n)
{
	if (!http)
		return give(epfd, c, buffer, n);
	long requests = take(&c->begun, buffer, n);
	if (requests < 0)
		drop(c);
	if (requests <= 0)
		return requests < 0;
	char *made;
	const char *out = answers(requests, &made);
	int stop = give(epfd, c, out, requests * ANSWER_LENGTH);
	free(made);
	return stop;
}

/* serve reads and writes until one of them would block. */
static void serve(int epfd, struct conn *c, char *buffer)
{
	ERR_clear_error();
	if (c->owed && (pay(epfd, c) || !SSL_has_pending(c->ssl)))
		return;
	do {
		int n = SSL_read(c->ssl, buffer + c->begun.length, BUFFER_SIZE - c->begun.length);
		if (n <= 0) {
			failed(c, n);
			return;
		}
		if (reply(epfd, c, buffer, n))
			return;
	} while (SSL_has_pending(c->ssl));
}

static void *run(void *arg)
{
	static struct conn input;
	int listener = *(int *)arg, epfd = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event events[MAX_EVENTS];
	char *buffer = malloc(BUFFER_SIZE);
	if (!buffer || epfd < 0)
		die("epoll_create1");
	watch(epfd, EPOLL_CTL_ADD, listener, NULL, EPOLLIN);
	watch(epfd, EPOLL_CTL_ADD, 0, &input, EPOLLIN); /* refused for a plain file: no matter */
	for (;;) {
		int n = epoll_wait(epfd, events, MAX_EVENTS, -1);
		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;
			if (!c)
				accept_all(epfd, listener);
			else if (c == &input)
				obey();
			else
				serve(epfd, c, buffer);
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int loops;
	if (argc < 3 || (loops = atoi(argv[2])) < 1) {
		fprintf(stderr, "usage: openssl_echo HOST:PORT LOOPS [http]\n");
		return 2;
	}
	http = argc > 3 && strcmp(argv[3], "http") == 0;
	address = parse(argv[1]);
	prepare();
	make_context();
	int *listeners = calloc(loops, sizeof *listeners);
	for (int i = 0; i < loops; i++)
		listeners[i] = start_listening();
	ready(argv[1], &address);
	for (int i = 1; i < loops; i++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, run, &listeners[i]) != 0)
			die("pthread_create");
	}
	run(&listeners[0]);
	return 0;
}
